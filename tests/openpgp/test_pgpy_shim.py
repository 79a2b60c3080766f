"""PGPy imports and works, in silence, on every Python and `cryptography` that we promise."""

import subprocess
import sys

import pytest


def test_importing_is_silent_and_leaves_no_stand_in_behind():
    code = (
        "import sys; import ithaca.openpgp.pgpy_shim; sys.exit('imghdr' in sys.modules and sys.version_info >= (3, 13))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("name", ["BrainpoolP256r1", "BrainpoolP384r1"])
def test_brainpool_curves_can_be_used(name):
    from ithaca.openpgp.pgpy_shim import pgpy

    oid = getattr(pgpy.constants.EllipticCurveOID, name.replace("r1", "").replace("BrainpoolP", "Brainpool_P"))
    assert oid.curve().name.lower() == name.lower()

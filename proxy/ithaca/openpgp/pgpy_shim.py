"""Makes PGPy 0.6.0 import and work on Python 3.11 to 3.13 and with today's `cryptography`, without warnings.

PGPy is dormant and reaches for names that its surroundings drop one by one: the module ``imghdr`` (gone in
Python 3.13), ciphers and modes that `cryptography` moves to ``decrepit``, and Brainpool curve classes. Losing one
cipher name would break them all, because PGPy looks every name up for any of them.
"""

import contextlib
import importlib
import sys
import types
import warnings
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import algorithms, modes

with warnings.catch_warnings():
    # Deprecations that concern PGPy and those who maintain it, not the person who reads our log.
    warnings.simplefilter("ignore")
    from cryptography.hazmat.decrepit.ciphers import algorithms as decrepit

    try:
        decrepit_modes = importlib.import_module("cryptography.hazmat.decrepit.ciphers.modes")
    except ImportError:
        # Before cryptography 47 they stood with the others.
        decrepit_modes = importlib.import_module("cryptography.hazmat.primitives.ciphers.modes")


@contextlib.contextmanager
def _imghdr() -> Iterator[None]:
    """A stand-in for ``imghdr`` while PGPy is imported; PGPy asks it one thing, whether octets are a JPEG."""
    if "imghdr" in sys.modules:
        yield
        return
    module = types.ModuleType("imghdr")
    module.what = lambda _file, h=b"": "jpeg" if bytes(h[:3]) == b"\xff\xd8\xff" else None  # type: ignore[attr-defined]
    sys.modules["imghdr"] = module
    try:
        yield
    finally:
        del sys.modules["imghdr"]


with _imghdr(), warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pgpy = importlib.import_module("pgpy")
    importlib.import_module("pgpy.constants")
    importlib.import_module("pgpy.symenc")


def _cipher(name: str) -> object:
    for module in (decrepit, algorithms):
        found = module.__dict__.get(name)
        if found is not None:
            return found
    # Not callable, so PGPy takes it for a cipher that is not supported.
    return types.SimpleNamespace(block_size=128)


_OLD = ("IDEA", "TripleDES", "CAST5", "Blowfish", "Camellia")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pgpy.constants.algorithms = types.SimpleNamespace(AES=algorithms.AES, **{n: _cipher(n) for n in _OLD})
    pgpy.symenc.modes = types.SimpleNamespace(CFB=getattr(decrepit_modes, "CFB", None) or modes.CFB)

# Since cryptography 45 the curve classes of PGPy are abstract and cannot be made.
for _name, _curve in (
    ("Brainpool_P256", ec.BrainpoolP256R1),
    ("Brainpool_P384", ec.BrainpoolP384R1),
    ("Brainpool_P512", ec.BrainpoolP512R1),
):
    getattr(pgpy.constants.EllipticCurveOID, _name).curve = _curve

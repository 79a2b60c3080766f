"""The program as a person starts it."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from ithaca.keyring import own
from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine
from keymaking import generated


@pytest.fixture
def ithaca(tmp_path):
    """Run the program in a home of its own; ``ithaca("key", "list", …)``."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ITHACA"))}
    environment = {**kept, "HOME": str(home), "COLUMNS": "160"}

    def run(*arguments, data=b"", status=0):
        command = [sys.executable, "-W", "error", "-m", "ithaca", *map(str, arguments)]
        # In a session of its own, since passphrases would be asked for at the terminal from which the tests are run.
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=60, env=environment, check=False, start_new_session=True
        )
        assert done.returncode == status, done.stderr.decode()
        assert b"Traceback" not in done.stderr
        return done

    run.home = home
    run.environment = environment
    return run


@pytest.fixture
def passphrase(tmp_path):
    path = tmp_path / "passphrase"
    path.write_bytes(b"ithaca-sample\n")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="session")
def _carols_keyring(tmp_path_factory):
    """As ``ithaca key generate`` leaves it."""
    keyring = Keyring.create(tmp_path_factory.mktemp("carol") / "c", PgpyEngine())
    own.keep(keyring, generated("Carol <carol@example.org>", b"ithaca-sample", time.time() - 60))
    return keyring.path


@pytest.fixture
def carol(ithaca, passphrase, _carols_keyring):
    """``carol("extend", …)``: a command on the only key of the only keyring, with its passphrase."""

    def run(command, *arguments, **more):
        return ithaca("key", command, "--passphrase-file", passphrase, *arguments, **more)

    run.path = ithaca.home / ".local/share/ithaca/keyrings/c"
    run.path.parent.mkdir(parents=True, mode=0o700)
    shutil.copytree(_carols_keyring, run.path)
    run.keyring = lambda: Keyring(run.path, PgpyEngine())
    run.own = lambda: run.keyring().own_certificate(run.keyring().sole_secret(None))
    run.show = lambda: ithaca("key", "show").stdout
    return run

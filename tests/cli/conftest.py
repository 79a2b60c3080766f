"""The program as a person starts it."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def ithaca(tmp_path):
    """Run the program in a home of its own; ``ithaca("key", "list", …)``."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ITHACA"))}
    environment = {**kept, "HOME": str(home), "COLUMNS": "160"}

    def run(*arguments, data=None, status=0):
        # Without a terminal, getpass warns that what is typed will be seen.
        strictness = "default" if data else "error"
        command = [sys.executable, "-W", strictness, "-m", "ithaca", *map(str, arguments)]
        # In a session of its own, since getpass would ask at the terminal from which the tests are run.
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

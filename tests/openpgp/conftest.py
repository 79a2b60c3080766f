"""Keys of our own making, a foreign packet builder, and gpg in a home of its own."""

import subprocess

import pytest

from ithaca.openpgp import secret_key
from ithaca.openpgp.pgpy_engine import PgpyEngine
from keymaking import new_key
from openpgp import raw as raw_module

NOW = 1_790_000_000
PASSPHRASE = b"correct horse"


@pytest.fixture(scope="session")
def raw():
    """The independent packet builder."""
    return raw_module


@pytest.fixture(scope="session")
def now():
    return NOW


@pytest.fixture(scope="session")
def engine():
    return PgpyEngine()


@pytest.fixture(scope="session")
def alice_octets():
    return new_key("Alice <alice@example.org>", PASSPHRASE, NOW - 1000)


@pytest.fixture(scope="session")
def alice(engine, alice_octets):
    return secret_key.unlock(alice_octets, PASSPHRASE, engine)


@pytest.fixture(scope="session")
def mallory(engine):
    return secret_key.unlock(new_key("Mallory <mallory@example.org>", PASSPHRASE, NOW - 1000), PASSPHRASE, engine)


@pytest.fixture(scope="session")
def lookup(alice):
    return lambda name: [alice.certificate] if name in alice.certificate.names() else []


@pytest.fixture
def gpg(program, tmp_path):
    """gpg in an empty home; ``gpg("--import", data=…)``."""
    path = program("gpg")
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)

    def run(*arguments, data=b"", check=True):
        command = [
            path,
            "--homedir",
            str(home),
            "--batch",
            "--no-tty",
            "--pinentry-mode",
            "loopback",
            "--yes",
        ]
        command += [
            "--passphrase",
            PASSPHRASE.decode(),
            "--trust-model",
            "always",
            "--status-fd",
            "2",
            *arguments,
        ]
        done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
        assert not check or done.returncode == 0, done.stderr.decode()
        return done

    yield run
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)

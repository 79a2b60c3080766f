"""Letters, and a GnuPG that has nothing of ours in between."""

import subprocess

import pytest

from integration import letters as letters_module
from integration.openpgp_correspondents import Correspondents
from integration.openpgp_programs import Program
from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine
from world import PASSPHRASE


@pytest.fixture(scope="session")
def letters():
    return letters_module


@pytest.fixture
def gnupg(program, tmp_path, people):
    """gpg with Penelope's secret key and Ulysses' certificate, and nothing of ours in between."""
    gpg = program("gpg")
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)

    def run(*arguments, data=b""):
        command = [gpg, "--homedir", str(home), "--batch", "--no-tty", "--pinentry-mode", "loopback"]
        command += [
            "--passphrase",
            PASSPHRASE.decode(),
            "--trust-model",
            "always",
            "--status-fd",
            "2",
            *arguments,
        ]
        return subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)

    engine = PgpyEngine()
    penelope, ulysses = (Keyring(people / n, engine) for n in ("penelope", "ulysses"))
    run("--import", data=penelope.secret_octets(penelope.sole_secret(None)))
    run("--import", data=ulysses.own_certificate(ulysses.sole_secret(None)).octets)
    yield run
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)


@pytest.fixture(scope="session")
def correspondents(tmp_path_factory):
    made = Correspondents(tmp_path_factory.mktemp("programs"))
    yield made
    made.close()


@pytest.fixture
def installed(program, correspondents):
    """``installed("gpg")``: the program, or a skip with the reason."""

    def find(name: str) -> Program:
        program(name)
        return correspondents.program(name)

    return find

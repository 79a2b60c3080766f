"""Two people with an Ithaca each, and the provider between them."""

import datetime
import importlib.util
import subprocess
import time
from pathlib import Path

import pytest

from ithaca import config
from ithaca.demo.isp import Isp
from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.service import Service

PASSWORDS = {
    "ulysses@ithaca.example": "scylla and charybdis",
    "penelope@ithaca.example": "a shroud by day",
    "eumaios@ithaca.example": "swine",
    "nobody@ithaca.example": "cyclops",
}
PASSPHRASE = b"correct horse"


def _letters():
    spec = importlib.util.spec_from_file_location("letters", Path(__file__).with_name("letters.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def letters():
    return _letters()


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """Keyrings of three people who have each other's certificates: name → folder."""
    engine = PgpyEngine()
    root = tmp_path_factory.mktemp("keyrings")
    created = datetime.datetime.fromtimestamp(int(time.time()) - 60, datetime.UTC)
    keyrings, certificates = {}, {}
    for name in ("ulysses", "penelope", "eumaios"):
        keyrings[name] = Keyring.create(root / name, engine)
        key = keyrings[name].import_secret(
            engine.generate(f"{name.title()} <{name}@ithaca.example>", PASSPHRASE, created)
        )
        certificates[name] = key.public_octets
        (root / f"{name}.pass").write_bytes(PASSPHRASE)
        (root / f"{name}.pass").chmod(0o600)
    for keyring in keyrings.values():
        for octets in certificates.values():
            keyring.import_certificate(octets)
    return root


def settings_for(isp, people, name, **more):
    provider = {
        "listen": {"smtp_port": 0, "pop3_port": 0},
        "smtp": {"host": "127.0.0.1", "port": isp.smtp_port, "tls": "none"},
        "pop3": {"host": "127.0.0.1", "port": isp.pop3_port, "tls": "none"},
    }
    identity = {
        "address": f"{name}@ithaca.example",
        "provider": "isp",
        "keyring": str(people / name),
        "passphrase": {"file": str(people / f"{name}.pass")},
    }
    import yaml

    text = yaml.safe_dump({"providers": {"isp": provider}, "identities": [identity], **more})
    return config.parse(text, people / "config.yaml")


class World:
    """The provider and Ithacas, with blocking calls for blocking clients."""

    def __init__(self, loop, people):
        self.loop = loop
        self.people = people
        self.services = []

        async def start():
            isp = Isp(PASSWORDS)
            await isp.start()
            return isp

        self.isp = loop.run(start())

    def ithaca(self, name, **more):
        """Start one person's Ithaca: (SMTP port, POP3 port)."""

        async def start():
            service = Service(settings_for(self.isp, self.people, name, **more))
            await service.start()
            self.services.append(service)
            return service.ports["isp"]

        return self.loop.run(start())

    def stored(self, name):
        return self.isp.maildrops[f"{name}@ithaca.example"].messages

    def close(self):
        for service in self.services:
            self.loop.run(service.stop(5))
        self.loop.run(self.isp.stop())


@pytest.fixture
def world(loop, people):
    made = World(loop, people)
    yield made
    made.close()


@pytest.fixture
def passwords():
    return PASSWORDS


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

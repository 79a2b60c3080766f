"""Ulysses, who has Ithaca, and those who write to him, each with a program and a key that a program made.

The law of this file: whoever uses Ithaca has a keyring on disk, filled as a person would fill it, and mail goes through
the two use cases; keys are made when they are first asked for, each once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from click.testing import CliRunner

import people
from integration.openpgp_programs import PASSPHRASE, Gpg, Program, Rnp, Sqop
from ithaca import incoming
from ithaca.access import Access, Identity
from ithaca.address import AddrSpec
from ithaca.cli import ithaca
from ithaca.keyring.secret import FromFile
from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor
from ithaca.openpgp.certificate import Certificate
from ithaca.policy import Encrypt, Policy, Sign, SignFormat
from ithaca.sealing import Style
from ithaca.work import run
from keymaking import new_key

ULYSSES = AddrSpec("ulysses@ithaca.example")
PROGRAMS: dict[str, Callable[[Path], Program]] = {"gpg": Gpg, "sqop": Sqop, "rnp": Rnp}
MADE_BY = {("sqop", "rsa3072"): "gpg", ("sqop", "p256"): "gpg"}
"""Who makes the key where a program cannot make one of that kind; the tests show that it still cannot."""
_PROVIDER, _LOGIN = "isp", b"login"
"""What `people.begin` says of every envelope."""


@dataclass(frozen=True)
class Ithaca:
    """One person's: a keyring on disk with one secret key, and the identity that owns it."""

    address: AddrSpec
    keyring: Keyring
    passphrase: Path

    def _access(self, policy: Policy) -> Access:
        identity = Identity(
            self.address,
            provider=_PROVIDER,
            login=_LOGIN,
            keyring=self.keyring,
            fingerprint=None,
            source=FromFile(self.passphrase),
            policy=policy,
            engine=people.ENGINE,
        )
        return Access([identity], rules=Policy())

    @cached_property
    def _sealing(self) -> Access:
        return self._access(Policy())

    @cached_property
    def _signing(self) -> Access:
        return self._access(Policy(encrypt=Encrypt.NEVER))

    @cached_property
    def _encrypting(self) -> Access:
        return self._access(Policy(sign=Sign.NEVER))

    @property
    def certificate(self) -> Certificate:
        return self.keyring.own_certificate(self.keyring.sole_secret(None))

    @property
    def key(self) -> str:
        return self.certificate.fingerprint

    def seal(self, letter: bytes, *recipients: AddrSpec) -> list[bytes]:
        """What leaves, signed and encrypted: one letter for each group of recipients."""
        return _sent(letter, recipients, self._sealing)

    def sign(self, letter: bytes, recipient: AddrSpec) -> bytes:
        """What leaves where policy never encrypts."""
        (octets,) = _sent(letter, (recipient,), self._signing)
        return octets

    def sign_unobtrusively(self, letter: bytes, recipient: AddrSpec) -> bytes:
        """What leaves where policy never encrypts, and signs so that nobody wonders at it."""
        policy = Policy(encrypt=Encrypt.NEVER, sign_format=SignFormat.UNOBTRUSIVE)
        (octets,) = _sent(letter, (recipient,), self._access(policy))
        return octets

    def encrypt(self, letter: bytes, recipient: AddrSpec) -> bytes:
        """What leaves where policy never signs."""
        (octets,) = _sent(letter, (recipient,), self._encrypting)
        return octets

    def open(self, letter: bytes) -> incoming.Shown:
        now = int(time.time())
        keys = self._sealing.keys(_PROVIDER, _LOGIN, now)
        return run(incoming.open_message(letter, keys, engine=people.ENGINE, now=now))


def _sent(letter: bytes, recipients: tuple[AddrSpec, ...], access: Access) -> list[bytes]:
    now = int(time.time())
    return [octets for _, octets in people.send(letter, recipients, person=access, now=now, style=Style())]


@dataclass(frozen=True)
class Peer:
    """A person who uses a program, with one key; and the same person having moved to Ithaca with that key."""

    program: Program
    kind: str
    key: str
    address: AddrSpec
    certificate: Certificate
    moved: Ithaca


class Correspondents:
    """Everybody, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs: dict[str, Program] = {}
        self._peers: dict[tuple[str, str], Peer] = {}
        self._passphrase = folder / "passphrase"
        self._passphrase.write_bytes(PASSPHRASE)
        self._passphrase.chmod(0o600)
        # A minute back: everybody who is asked to sign or encrypt with it has to find it valid.
        made = int(time.time()) - 60
        keyring = Keyring.create(folder / "ulysses", people.ENGINE)
        keyring.import_secret(new_key(f"Ulysses <{ULYSSES}>", PASSPHRASE, made))
        keyring.import_certificate(people.CERTIFICATES[people.BOB].octets)
        self.ulysses = Ithaca(ULYSSES, keyring, self._passphrase)

    def program(self, name: str) -> Program:
        """A program that knows Ulysses' certificate."""
        if name not in self._programs:
            program = PROGRAMS[name](self._folder)
            self._programs[name] = program
            program.take(self.ulysses.key, armor.armor("PUBLIC KEY BLOCK", self.ulysses.certificate.octets))
        return self._programs[name]

    def peer(self, name: str, kind: str) -> Peer:
        """Who uses this program with a key of this kind; Ulysses has their certificate."""
        if (name, kind) not in self._peers:
            program = self.program(name)
            address, key = self._key(program, kind)
            octets = armor.binary(program.certificate(key), frozenset({"PUBLIC KEY BLOCK"}))
            certificate, _ = self.ulysses.keyring.import_certificate(octets)
            moved = self._move(program, key, address)
            self._peers[name, kind] = Peer(program, kind, key, address, certificate, moved)
        return self._peers[name, kind]

    def _key(self, program: Program, kind: str) -> tuple[AddrSpec, str]:
        maker = MADE_BY.get((program.name, kind))
        if maker is None:
            address = AddrSpec(f"{program.name}.{kind}@peers.example")
            return address, program.make_key(kind, f"Peer <{address}>")
        lender = self.peer(maker, kind)
        program.take(lender.key, lender.program.secret(lender.key))
        return lender.address, lender.key

    def _move(self, program: Program, key: str, address: AddrSpec) -> Ithaca:
        """With the product's own command, from the file that the program exported."""
        exported, folder = self._folder / "exported.asc", self._folder / f"{program.name}-{address}"
        exported.write_bytes(program.secret(key))
        done = CliRunner().invoke(ithaca, ["key", "import", "--keyring", str(folder), str(exported)])
        assert done.exit_code == 0, done.output
        keyring = Keyring(folder, people.ENGINE)
        keyring.import_certificate(self.ulysses.certificate.octets)
        return Ithaca(address, keyring, self._passphrase)

    def close(self) -> None:
        """End what goes on running behind a program."""
        for program in self._programs.values():
            program.close()

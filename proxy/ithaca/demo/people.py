"""The people of the demo: each has keys made on the spot, a configuration for Ithaca, and a mail program.

The law of this file: the mail program is an ordinary one (smtplib, poplib) and knows nothing of OpenPGP. Its calls
block, and belong into a thread.
"""

import poplib
import secrets
import smtplib
import time
from dataclasses import dataclass, field
from pathlib import Path

from ithaca import config, files, state
from ithaca.address import AddrSpec
from ithaca.demo.isp import Isp
from ithaca.dial import Tls
from ithaca.keyring import own, phrase
from ithaca.keyring.peers import Peers
from ithaca.keyring.store import Keyring
from ithaca.openpgp import secret_key
from ithaca.openpgp.own_keys import generation, profiles
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.openpgp.secret_key import SecretKey

SECONDS = 30
"""What a mail program waits for an answer; real ones wait 100."""


@dataclass(slots=True)
class Person:
    """One person; the ports are those of the Ithaca that the mail program talks to."""

    address: str
    password: str = field(repr=False)
    keyring: Keyring
    passphrase: Path
    smtp_port: int = 0
    pop3_port: int = 0

    def knows(self, other: "Person") -> None:
        """Take the certificate of somebody into the keyring, and confirm that it is theirs (``ithaca cert verify``)."""
        certificate = other.keyring.own_certificate(other.keyring.sole_secret(None))
        self.keyring.import_certificate(certificate.octets)
        peers = Peers(self.keyring.path, state.installation_key(self.memory))
        peers.verify(AddrSpec(other.address), certificate.fingerprint, int(time.time()))
        peers.close()

    @property
    def memory(self) -> Path:
        """The folder of what this person's Ithaca remembers."""
        return self.passphrase.with_suffix(".state")

    @property
    def phrase(self) -> str:
        """The seal phrase, as ``ithaca phrase`` shows it."""
        return phrase.kept(self.keyring.path)

    def configuration(self, isp: Isp) -> config.Config:
        """For an Ithaca on ports of the kernel's choosing, in front of this provider."""
        smtp, pop3 = (
            config.Server(host="127.0.0.1", port=port, tls=Tls.NONE) for port in (isp.smtp_port, isp.pop3_port)
        )
        identity = config.Identity(
            address=self.address,
            provider="isp",
            keyring=str(self.keyring.path),
            passphrase=config.Passphrase(file=self.passphrase),
        )
        provider = config.Provider(listen=config.Listen(smtp_port=0, pop3_port=0), smtp=smtp, pop3=pop3)
        return config.Config(providers={"isp": provider}, identities=(identity,), state=self.memory)

    def send(self, recipient: str, message: bytes) -> None:
        """As the mail program does when the person clicks "Send". Raises what smtplib raises."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=SECONDS) as client:
            client.login(self.address, self.password)
            client.sendmail(self.address, [recipient], message)

    def fetch_last(self) -> bytes:
        """The newest message, CRLF lines. Raises what poplib raises."""
        client = poplib.POP3("127.0.0.1", self.pop3_port, timeout=SECONDS)
        try:
            client.user(self.address)
            client.pass_(self.password)
            count, _ = client.stat()
            _, lines, _ = client.retr(count)
        finally:
            client.quit()
        return b"".join(line + b"\r\n" for line in lines)


def settle(folder: Path, address: str) -> Person:
    """A person with a new key in a keyring of its own in `folder`, the passphrase in a 0600 file beside it."""
    name = address.partition("@")[0]
    passphrase = folder / f"{name}.passphrase"
    files.write_atomically(passphrase, secrets.token_urlsafe(16).encode())
    keyring = Keyring.create(folder / name, PgpyEngine())
    own.keep(keyring, _new_key(address, passphrase.read_bytes()))
    return Person(address, secrets.token_urlsafe(9), keyring, passphrase)


def pretend(address: str) -> SecretKey:
    """A key that claims somebody's address, unlocked and on no disk: anybody can make one."""
    passphrase = secrets.token_bytes(16)
    return secret_key.unlock(_new_key(address, passphrase).octets, passphrase, PgpyEngine())


def _new_key(address: str, passphrase: bytes) -> generation.Generated:
    user_id = f"{address.partition('@')[0].title()} <{address}>"
    # A signature made within the key's first second must not be older than the key.
    created = int(time.time()) - 1
    profile = profiles.PROFILES[profiles.DEFAULT]
    return generation.generate(
        profile, [user_id], passphrase, created=created, engine=PgpyEngine(), random=secrets.token_bytes
    )

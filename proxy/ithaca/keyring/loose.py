"""Keys and certificates that were handed over as files, outside any keyring: for ``ithaca explain``."""

from collections.abc import Iterable, Sequence

from ithaca.address import AddrSpec
from ithaca.errors import OpenPGPError
from ithaca.openpgp import armor, secret_key, transferable
from ithaca.openpgp.certificate import Certificate, with_revokers
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.secret_key import SecretKey


class Loose:
    """Certificates in memory, looked up as a keyring on disk would."""

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        self._certificates = with_revokers(certificates)

    def lookup(self, name: str) -> Sequence[Certificate]:
        """By fingerprint or key ID (upper-case hexadecimal) of the primary key or a subkey."""
        return tuple(c for c in self._certificates if name in c.names())

    def claims(self, mailbox: AddrSpec) -> Sequence[Certificate]:
        """Every certificate that carries this address, usable or not."""
        return tuple(c for c in self._certificates if mailbox in c.claimed_addresses())


def certificates(octets: bytes, engine: Engine) -> tuple[Certificate, ...]:
    """The certificates of one file, armored or binary. Raises `OpenPGPError`."""
    binary = armor.binary(octets, frozenset({"PUBLIC KEY BLOCK"}))
    return tuple(Certificate.parse(one, engine) for one in transferable.split_certificates(binary))


def secret(octets: bytes, passphrase: bytes | None, engine: Engine) -> SecretKey:
    """The unlocked key of one file, armored or binary. Raises `OpenPGPError`, `PassphraseError`."""
    binary = armor.binary(octets, frozenset({"PRIVATE KEY BLOCK"}))
    if not binary:
        raise OpenPGPError("no OpenPGP key")
    return secret_key.unlock(binary, passphrase, engine)

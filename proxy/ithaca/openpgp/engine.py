"""The engine: public-key arithmetic, one signature or one session key at a time.

The law of this file: no packet sequence, no certificate, no message passes here. What a valid certificate is,
which key may be used and what a signature means is decided in `certificate` and `verification`; an engine only
computes. It sees key packets, single PKESK bodies and the algorithm fields of single signatures.
"""

import datetime
from dataclasses import dataclass
from typing import Protocol

from ithaca.openpgp.public_key import PublicKey
from ithaca.verdict import Fingerprint


@dataclass(frozen=True, slots=True, repr=False)
class SessionKey:
    """A symmetric algorithm number and its key octets (RFC 9580 §9.3); never shown."""

    cipher: int
    key: bytes


class SecretComponent(Protocol):
    """One unlocked secret primary key or subkey, as its engine keeps it; ``repr`` shows no secret."""

    @property
    def public(self) -> PublicKey:
        """The public half, parsed from our own packet octets."""


class Engine(Protocol):
    """What an OpenPGP implementation must be able to compute for us."""

    def verify(self, key: PublicKey, hash_algorithm: int, digest: bytes, fields: bytes) -> bool:
        """Does `fields` (the algorithm-specific octets of a signature, RFC 9580 §5.2.3) sign `digest`?

        Any malformed input is False; never raises.
        """

    def sign(self, key: SecretComponent, hash_algorithm: int, digest: bytes) -> bytes:
        """The algorithm-specific octets of a signature over `digest`."""

    def encrypt(self, key: PublicKey, session_key: SessionKey, *, anonymous: bool = False) -> bytes:
        """The body of a PKESK v3 packet (RFC 9580 §5.1.1); `anonymous` writes key ID 0."""

    def decrypt(self, key: SecretComponent, pkesk: bytes) -> SessionKey | None:
        """The session key inside the body of a PKESK v3 packet; None for every kind of failure."""

    def unlock(self, packet: bytes, passphrase: bytes | None) -> SecretComponent:
        """Unlock one secret key or subkey packet (whole packet with header).

        Raises `PassphraseError` for a wrong or missing passphrase, `UnsupportedAlgorithm` for protection or
        algorithms not handled (stubs on cards, AEAD).
        """

    def generate(self, user_id: str, passphrase: bytes, created: datetime.datetime) -> bytes:
        """A new transferable secret key (RFC 9580 §10.2), v4 Ed25519 and Curve25519, protected (S2K usage 254)."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One key that a message is encrypted to: an encryption (sub)key that was judged usable."""

    certificate: Fingerprint
    key: PublicKey
    anonymous: bool = False

"""The engine: public-key arithmetic, one signature or one session key at a time.

The law of this file: no packet sequence, no certificate, no message passes here. What a valid certificate is,
which key may be used and what a signature means is decided in `certificate` and `verification`; an engine only
computes. It sees key packets, single PKESK bodies and the algorithm fields of single signatures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ithaca.openpgp.public_key import PublicKey
from ithaca.verdict import Fingerprint


@dataclass(frozen=True, slots=True, repr=False)
class SessionKey:
    """A symmetric algorithm number and its key octets (RFC 9580 §9.3); never shown.

    The number is 0 where a PKESK v6 held the key: the SEIPDv2 packet behind it names the algorithm (§5.1.2).
    """

    cipher: int
    key: bytes


@dataclass(frozen=True, slots=True)
class KeyKind:
    """What kind of key to make: algorithm (§9.1), and its curve (`public_key.CURVES`) or the bits of its modulus."""

    algorithm: int
    curve: str | None = None
    bits: int | None = None


class SecretComponent(Protocol):
    """One unlocked secret primary key or subkey, as its engine keeps it; ``repr`` shows no secret."""

    @property
    def public(self) -> PublicKey:
        """The public half, parsed from our own packet octets."""


class Engine(Protocol):
    """What an OpenPGP implementation must be able to compute for us."""

    def verify(self, key: PublicKey, hash_algorithm: int, digest: bytes, fields: bytes) -> bool:
        """Does `fields` (the algorithm-specific octets of a signature, RFC 9580 §5.2.3) sign `digest`?

        Any malformed input, and any key that `algorithms.key_refused` names, is False; never raises.
        """

    def sign(self, key: SecretComponent, hash_algorithm: int, digest: bytes) -> bytes:
        """The algorithm-specific octets of a signature over `digest`, verified before they leave.

        Raises `UnsupportedAlgorithm` for a key that cannot sign.
        """

    def encrypt(self, key: PublicKey, session_key: SessionKey, *, version: int = 3, anonymous: bool = False) -> bytes:
        """The body of a PKESK packet: version 3 before SEIPDv1 (§5.1.1), version 6 before SEIPDv2 (§5.1.2).

        `anonymous` names no recipient (§5.1.8). Raises `UnsupportedAlgorithm` for a key that cannot or may not.
        """

    def decrypt(self, key: SecretComponent, pkesk: bytes) -> SessionKey | None:
        """The session key inside the body of a PKESK packet of version 3 or 6; None for every kind of failure.

        Weak keys of our own decrypt, too. Whether the packet names this key is not looked at.
        """

    def unlock(self, packet: bytes, passphrase: bytes | None) -> SecretComponent:
        """Unlock one secret key or subkey packet (whole packet with header).

        Raises `PassphraseError` for a wrong or missing passphrase, `UnsupportedAlgorithm` for protection or
        algorithms not handled (stubs on cards).
        """

    def lock(self, key: SecretComponent, passphrase: bytes | None, *, random: Callable[[int], bytes]) -> bytes:
        """The secret key or subkey packet of an unlocked key, whole, with header; None: unprotected.

        Version 4: iterated and salted S2K, usage 254, which GnuPG reads; version 6: Argon2, usage 253 (§3.7.2.1).
        """

    def generate_key(self, kind: KeyKind, created: int, *, version: int = 4, subkey: bool = False) -> SecretComponent:
        """New key material, made at `created` (seconds since 1970). Raises `UnsupportedAlgorithm`."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One key that a message is encrypted to: an encryption (sub)key that was judged usable."""

    certificate: Fingerprint
    key: PublicKey
    anonymous: bool = False

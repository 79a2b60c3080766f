"""A transferable secret key of our own: taken apart by packets, unlocked, and what it may do at a given time.

The law of this file: `repr` shows no secret. What the key may be used for is decided by its certificate.
"""

from dataclasses import dataclass, field

from ithaca.errors import KeyringError, MalformedPacket, OpenPGPError, PassphraseError
from ithaca.openpgp import packets, public_key
from ithaca.openpgp.algorithms import ENCRYPTING, SIGNING
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.openpgp.packets import Packet, Tag
from ithaca.verdict import Fingerprint

_PUBLIC = {Tag.SECRET_KEY: Tag.PUBLIC_KEY, Tag.SECRET_SUBKEY: Tag.PUBLIC_SUBKEY}


@dataclass(frozen=True, slots=True)
class TransferableSecretKey:
    """RFC 9580 §10.2, still locked."""

    fingerprint: Fingerprint
    octets: bytes = field(repr=False)
    public_octets: bytes
    """The certificate: every packet with its secret part taken off."""
    secret_packets: tuple[bytes, ...] = field(repr=False)
    is_protected: bool
    """Every secret part needs a passphrase (or is not in the file at all)."""


def split(octets: bytes) -> TransferableSecretKey:
    """Take a binary transferable secret key apart without unlocking it. Raises `OpenPGPError`."""
    public: list[bytes] = []
    secret: list[Packet] = []
    for packet in packets.split(octets):
        if not secret and packet.tag != Tag.SECRET_KEY:
            raise MalformedPacket("no secret key", packet.offset)
        if secret and packet.tag in (Tag.SECRET_KEY, Tag.PUBLIC_KEY):
            raise MalformedPacket("more than one key", packet.offset)
        if packet.tag in _PUBLIC:
            secret.append(packet)
            body = public_key.parse(packet.body).body
            public.append(packets.encode(_PUBLIC[Tag(packet.tag)], body))
        else:
            public.append(packet.octets)
    if not secret:
        raise MalformedPacket("no secret key", 0)
    return TransferableSecretKey(
        fingerprint=public_key.parse(secret[0].body).fingerprint,
        octets=octets,
        public_octets=b"".join(public),
        secret_packets=tuple(p.octets for p in secret),
        is_protected=all(_protected(p) for p in secret),
    )


def _protected(packet: Packet) -> bool:
    start = len(public_key.parse(packet.body).body)
    return packet.body[start : start + 1] != b"\0"


@dataclass(frozen=True, slots=True)
class SecretKey:
    """An unlocked key with its certificate."""

    certificate: Certificate = field(repr=False)
    components: tuple[SecretComponent, ...]

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the primary key."""
        return self.certificate.fingerprint

    def signing(self, at: int) -> SecretComponent:
        """The component to sign with at `at` (seconds since 1970): the newest signing subkey, else the primary.

        Raises `KeyringError` with the reason.
        """
        able = [c for c in self.components if c.public.algorithm in SIGNING]
        usable = [c for c in able if self.certificate.signing_refused(c.public, at) is None]
        if usable:
            return max(usable, key=lambda c: (c.public.subkey, c.public.created))
        reason = self.certificate.primary_refused(at) or "has no secret key that may sign"
        raise KeyringError(f"The key {self.fingerprint} {reason}.")

    def decrypting(self) -> tuple[SecretComponent, ...]:
        """Every component that can decrypt; expired and revoked ones too, so that old mail stays readable."""
        return tuple(c for c in self.components if c.public.algorithm in ENCRYPTING)


def unlock(
    octets: bytes, passphrase: bytes | None, engine: Engine, *, certificate: Certificate | None = None
) -> SecretKey:
    """Unlock a binary transferable secret key; `certificate` is its public half if more of it is known.

    Parts that are not in the file (kept on a card, an offline primary key) are left out. Raises `PassphraseError`
    for a wrong or missing passphrase, `OpenPGPError` when nothing of it can be used.
    """
    key = split(octets)
    components: list[SecretComponent] = []
    failure: OpenPGPError | None = None
    for packet in key.secret_packets:
        try:
            components.append(engine.unlock(packet, passphrase))
        except OpenPGPError as error:
            failure = error
    if not components:
        raise failure or PassphraseError(f"The secret key {key.fingerprint} cannot be opened.")
    public = certificate or Certificate.parse(key.public_octets, engine)
    return SecretKey(public, tuple(components))

"""A transferable secret key of our own: taken apart by packets, put together, unlocked, and what it may do at a time.

The law of this file: `repr` shows no secret. What the key may be used for is decided by its certificate. One part that
cannot be had (an offline primary key, a card, another passphrase, a new algorithm) never makes the others unusable.
"""

import enum
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ithaca.errors import (
    KeyringError,
    LimitExceeded,
    MalformedPacket,
    OpenPGPError,
    PassphraseError,
    UnsupportedAlgorithm,
)
from ithaca.openpgp import packets, protection, public_key, transferable
from ithaca.openpgp.algorithms import DECRYPTING, SIGNING, PublicKeyAlgorithm, key_refused
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.openpgp.packets import Packet, Tag
from ithaca.openpgp.public_key import PublicKey
from ithaca.verdict import Fingerprint

_PUBLIC = {Tag.SECRET_KEY: Tag.PUBLIC_KEY, Tag.SECRET_SUBKEY: Tag.PUBLIC_SUBKEY}
_SECRET = {public: secret for secret, public in _PUBLIC.items()}
_COMPONENTS = frozenset({Tag.SECRET_SUBKEY, Tag.PUBLIC_SUBKEY, Tag.USER_ID, Tag.USER_ATTRIBUTE})
SIGNS = SIGNING - {PublicKeyAlgorithm.DSA}
"""What signs for us: DSA only verifies (RFC 9580 §9.1)."""
_UNLOCKING = threading.Lock()
"""Argon2 may take gigabytes (`s2k.MOST_MEMORY`): one part at a time, whoever asks."""


class Protection(enum.Enum):
    """How the secret half of a part is kept."""

    NONE = "no passphrase"
    PASSPHRASE = "a passphrase"  # noqa: S105 (says that there is one)
    ABSENT = "not in the file"


_WORTH = {Protection.ABSENT: 0, Protection.NONE: 1, Protection.PASSPHRASE: 2}
"""Which of two states of one part is kept."""


@dataclass(frozen=True, slots=True)
class SecretPart:
    """The primary key or a subkey, locked."""

    public: PublicKey
    packet: bytes = field(repr=False)
    """Whole, with header."""
    protection: Protection

    @property
    def signs(self) -> bool:
        """Could it sign for us, were it unlocked and allowed to?"""
        return self._is_there and self.public.algorithm in SIGNS and key_refused(self.public) is None

    @property
    def decrypts(self) -> bool:
        """Could it open letters, were it unlocked? Weak keys do: old mail stays readable."""
        return self._is_there and self.public.algorithm in DECRYPTING

    @property
    def _is_there(self) -> bool:
        return self.protection is not Protection.ABSENT


@dataclass(frozen=True, slots=True)
class TransferableSecretKey:
    """RFC 9580 §10.2, still locked."""

    fingerprint: Fingerprint
    octets: bytes = field(repr=False)
    public_octets: bytes
    """The certificate: every packet with its secret part taken off."""
    parts: tuple[SecretPart, ...]
    """The primary key first."""
    unknown: tuple[bytes, ...] = field(repr=False)
    """Subkeys that nothing here can read, each with its signatures; not in `public_octets`."""

    @property
    def is_protected(self) -> bool:
        """Every secret part needs a passphrase (or is not in the file at all)."""
        return all(one.protection is not Protection.NONE for one in self.parts)

    @property
    def version(self) -> int:
        """Of all its keys: 4 or 6."""
        return self.parts[0].public.version


def split(octets: bytes) -> TransferableSecretKey:
    """Take a binary transferable secret key apart without unlocking it. Raises `OpenPGPError`."""
    public: list[bytes] = []
    parts: list[SecretPart] = []
    unknown: list[bytes] = []
    skipping = False
    for packet in packets.split(octets):
        if not parts and packet.tag != Tag.SECRET_KEY:
            raise MalformedPacket("no secret key", packet.offset)
        if parts and packet.tag in (Tag.SECRET_KEY, Tag.PUBLIC_KEY):
            raise MalformedPacket("more than one key", packet.offset)
        skipping = skipping and packet.tag not in _COMPONENTS
        if packet.tag in _PUBLIC:
            found = _part(packet)
            if found is not None and parts and found.public.fingerprint == parts[0].public.fingerprint:
                # One of two states of the primary key would be lost.
                raise MalformedPacket("the primary key stands among the subkeys", packet.offset)
            if found is not None:
                parts.append(found)
                public.append(packets.encode(_PUBLIC[Tag(packet.tag)], found.public.body))
                continue
            unknown.append(b"")
            skipping = True
        if skipping:
            unknown[-1] += packet.octets
        else:
            public.append(packet.octets)
    if not parts:
        raise MalformedPacket("no secret key", 0)
    return TransferableSecretKey(parts[0].public.fingerprint, octets, b"".join(public), tuple(parts), tuple(unknown))


def part(octets: bytes) -> SecretPart:
    """One secret packet, whole with header. Raises `OpenPGPError`."""
    found = _part(next(packets.split(octets)))
    if found is None:
        raise UnsupportedAlgorithm("a secret key of a version or an algorithm that is not supported")
    return found


def _part(packet: Packet) -> SecretPart | None:
    """None: a subkey of a version or an algorithm whose public half cannot be told from its secret one."""
    subkey = packet.tag == Tag.SECRET_SUBKEY
    try:
        public = public_key.parse(packet.body, subkey=subkey)
    except UnsupportedAlgorithm:
        if subkey:
            return None
        raise
    return SecretPart(public, packet.octets, _protection(public, packet.body))


def _protection(public: PublicKey, body: bytes) -> Protection:
    try:
        secret = protection.split(public, body)
    except (UnsupportedAlgorithm, LimitExceeded):
        # Protected all the same; why it cannot be opened is said when that is tried.
        return Protection.PASSPHRASE
    if secret.is_absent:
        return Protection.ABSENT
    return Protection.PASSPHRASE if secret.is_protected else Protection.NONE


def split_keys(octets: bytes) -> Iterator[bytes]:
    """The octets of each key of a file that holds several. Raises `MalformedPacket`."""
    start: int | None = None
    for packet in packets.split(octets):
        if packet.tag == Tag.SECRET_KEY:
            if start is not None:
                yield octets[start : packet.offset]
            start = packet.offset
        elif start is None and packet.tag not in transferable.SILENT:
            raise MalformedPacket("no secret key", packet.offset)
    if start is None:
        raise MalformedPacket("no secret key", 0)
    yield octets[start:]


def merge(old: TransferableSecretKey, new: TransferableSecretKey) -> bytes:
    """Two states of one key as one: secret parts stay as `old` has them, what it lacks comes from `new`.

    So no file that is imported takes a secret away, nor brings an older passphrase back. Raises `MalformedPacket` when
    the primary keys differ.
    """
    kept: dict[bytes, SecretPart] = {}
    for one in (*old.parts, *new.parts):
        have = kept.get(one.public.body)
        if have is None or _WORTH[one.protection] > _WORTH[have.protection]:
            kept[one.public.body] = one
    public = transferable.merge(old.public_octets, new.public_octets)
    unknown = dict.fromkeys((*old.unknown, *new.unknown))
    return join(public, (one.packet for one in kept.values()), unknown)


def join(certificate: bytes, secrets: Iterable[bytes], unknown: Iterable[bytes] = ()) -> bytes:
    """The transferable secret key with the packets of `certificate`, secret where one of `secrets` has the secret half.

    `unknown` goes to its end. Every secret must find its place; raises `MalformedPacket` where one does not.
    """
    by_public: dict[bytes, bytes] = {}
    for octets in secrets:
        by_public[part(octets).public.body] = octets
    joined = []
    for packet in packets.split(certificate):
        secret = by_public.pop(packet.body, None) if packet.tag in _SECRET else None
        joined.append(packet.octets if secret is None else secret)
    if by_public:
        raise MalformedPacket("a secret key whose public half is in no certificate", 0)
    return b"".join((*joined, *unknown))


@dataclass(frozen=True, slots=True)
class SecretKey:
    """An unlocked key with its certificate."""

    certificate: Certificate = field(repr=False)
    components: tuple[SecretComponent, ...]
    locked: tuple[tuple[Fingerprint, str], ...] = ()
    """Parts that stayed locked, and why: a sentence, without a full stop."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the primary key."""
        return self.certificate.fingerprint

    def component(self, fingerprint: Fingerprint) -> SecretComponent | None:
        """One unlocked part; None: it is locked, or not in the file."""
        return next((c for c in self.components if c.public.fingerprint == fingerprint), None)

    def signing(self, at: int) -> SecretComponent:
        """The component to sign with at `at` (seconds since 1970): the newest signing subkey, else the primary.

        Raises `KeyringError` with the reason.
        """
        able = [c for c in self.components if c.public.algorithm in SIGNS and key_refused(c.public) is None]
        usable = [c for c in able if self.certificate.signing_refused(c.public, at) is None]
        if usable:
            return max(usable, key=lambda c: (c.public.subkey, c.public.created))
        reason = self.certificate.primary_refused(at) or "has no secret key that may sign"
        locked = "".join(f" ({why})" for _, why in self.locked)
        raise KeyringError(f"The key {self.fingerprint} {reason}{locked}.")

    def decrypting(self) -> tuple[SecretComponent, ...]:
        """Every component that can decrypt; expired, revoked and weak ones too, so that old mail stays readable."""
        return tuple(c for c in self.components if c.public.algorithm in DECRYPTING)


def unlock(
    octets: bytes, passphrase: bytes | None, engine: Engine, *, certificate: Certificate | None = None
) -> SecretKey:
    """Unlock a binary transferable secret key; `certificate` is its public half if more of it is known.

    Parts that are not in the file or do not open are left out, and named. Raises `PassphraseError` for a wrong or
    missing passphrase, `OpenPGPError` when nothing of it can be used.
    """
    key = split(octets)
    components: list[SecretComponent] = []
    failures: list[tuple[Fingerprint, OpenPGPError | PassphraseError]] = []
    for locked_part in key.parts:
        try:
            components.append(unlock_part(locked_part, passphrase, engine))
        except (OpenPGPError, PassphraseError) as error:
            failures.append((locked_part.public.fingerprint, error))
    if not components:
        # A passphrase is what a person can do something about.
        raise min((error for _, error in failures), key=lambda e: not isinstance(e, PassphraseError))
    public = certificate or Certificate.parse(key.public_octets, engine)
    locked = tuple((fingerprint, str(error).removesuffix(".")) for fingerprint, error in failures)
    return SecretKey(public, tuple(components), locked)


def unlock_part(locked: SecretPart, passphrase: bytes | None, engine: Engine) -> SecretComponent:
    """Unlock the primary key or one subkey. Raises `PassphraseError`, `OpenPGPError`."""
    if locked.protection is Protection.ABSENT:
        raise UnsupportedAlgorithm(f"the secret half of {locked.public.fingerprint} is not in this file")
    with _UNLOCKING:
        return engine.unlock(locked.packet, None if locked.protection is Protection.NONE else passphrase)

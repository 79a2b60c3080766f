"""One signature packet: parsed and hashed (RFC 9580 §5.2). Versions 3 (reading alone), 4 and 6.

The law of this file: what counts is read from the hashed area alone; the unhashed area gives hints (issuer) and
what proves itself (embedded signatures). The hash is over the octets as they came, never over a re-serialisation.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from ithaca.errors import LimitExceeded, MalformedPacket, UnsupportedAlgorithm
from ithaca.openpgp import subpackets
from ithaca.openpgp.algorithms import HASHES, SALT_SIZES
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.subpackets import Subpacket, SubpacketType
from ithaca.verdict import Fingerprint

KNOWN = frozenset({2, 3, 4, 5, 6, 7, 9, 11, 12, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 39})
"""Subpacket types that are understood, or may be critical and harmless; any other critical one refuses (§5.2.3.7)."""
MOST_BODY = 1 << 16
MOST_EMBEDDED = 8
LIFETIMES = frozenset({SubpacketType.EXPIRES, SubpacketType.KEY_EXPIRES})
FINGERPRINT_OCTETS = {4: 20, 6: 32}
"""By version of the key (§5.5.4)."""


class HashObject(Protocol):
    """What a `hashlib` object offers."""

    def update(self, data: bytes, /) -> None:
        """The next octets."""

    def digest(self) -> bytes:
        """Of all octets so far."""

    def copy(self) -> "HashObject":
        """Another one in the same state."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature. Version 3 has no subpackets: its time is hashed, its issuer a mere hint."""

    version: int
    type: int
    algorithm: int
    hash_algorithm: int
    hashed_octets: bytes
    """What the signature adds to the signed octets before its trailer (§5.2.4): from the version to the end of the
    hashed area; of version 3, type and time."""
    hashed: tuple[Subpacket, ...]
    unhashed: tuple[Subpacket, ...]
    left16: bytes
    salt: bytes
    """Hashed in front of everything (version 6); empty before."""
    fields: bytes
    created: int
    """Seconds since 1970; exactly one such hashed subpacket is demanded (§5.2.3.11)."""
    body: bytes

    @classmethod
    def parse(cls, body: bytes) -> "Signature":
        """From the body of a signature packet. Raises `MalformedPacket`, `UnsupportedAlgorithm`, `LimitExceeded`."""
        if not body:
            raise MalformedPacket("empty signature packet", 0)
        if len(body) > MOST_BODY:
            raise LimitExceeded(f"signature above {MOST_BODY} octets", 0)
        if body[0] == 3:
            return _version_3(body)
        if body[0] not in (4, 6):
            raise UnsupportedAlgorithm(f"version {body[0]} signatures are not supported", 0)
        return _with_subpackets(body)

    def value(self, kind: int) -> bytes | None:
        """The data of the last hashed subpacket of this type; None: there is none."""
        found = [s.data for s in self.hashed if s.type == kind]
        return found[-1] if found else None

    def _number(self, kind: int) -> int:
        data = self.value(kind)
        return int.from_bytes(data, "big") if data is not None and len(data) == 4 else 0

    @property
    def expires(self) -> int | None:
        """When the signature expires, in seconds since 1970; None: never (§5.2.3.18)."""
        after = self._number(SubpacketType.EXPIRES)
        return self.created + after if after else None

    @property
    def key_expires_after(self) -> int | None:
        """Seconds after the key's creation; 0: never, None: not said (§5.2.3.13)."""
        return None if self.value(SubpacketType.KEY_EXPIRES) is None else self._number(SubpacketType.KEY_EXPIRES)

    @property
    def key_flags(self) -> int | None:
        """First octet of the key flags; None: not said (§5.2.3.29)."""
        data = self.value(SubpacketType.KEY_FLAGS)
        return None if data is None else (data[0] if data else 0)

    @property
    def features(self) -> int:
        """First octet of the features (§5.2.3.32)."""
        return (self.value(SubpacketType.FEATURES) or b"\0")[0]

    @property
    def ciphers(self) -> tuple[int, ...]:
        """Preferred symmetric algorithms for SEIPDv1 (§5.2.3.14)."""
        return tuple(self.value(SubpacketType.CIPHERS) or b"")

    @property
    def aead_suites(self) -> tuple[tuple[int, int], ...]:
        """Preferred pairs of symmetric and AEAD algorithm for SEIPDv2 (§5.2.3.15)."""
        data = self.value(SubpacketType.AEAD_SUITES) or b""
        return tuple(zip(data[::2], data[1::2], strict=False))

    @property
    def is_primary_user_id(self) -> bool:
        """§5.2.3.27."""
        return bool(int.from_bytes(self.value(SubpacketType.PRIMARY_USER_ID) or b"", "big"))

    @property
    def revocation_code(self) -> int:
        """Reason for revocation (§5.2.3.31); 0: none given."""
        data = self.value(SubpacketType.REVOCATION_REASON)
        return data[0] if data else 0

    @property
    def revocation_keys(self) -> tuple[Fingerprint, ...]:
        """Fingerprints of designated revokers (§5.2.3.23): version 4, class octet with its first bit set."""
        found = (s.data for s in self.hashed if s.type == SubpacketType.REVOCATION_KEY)
        return tuple(Fingerprint(d[2:].hex().upper()) for d in found if len(d) == 22 and d[0] & 0x80)

    @property
    def intended_recipients(self) -> tuple[Fingerprint, ...]:
        """Primary fingerprints (§5.2.3.36), without the version octet; of a version not known, the octets as hex."""
        found = (s.data for s in self.hashed if s.type == SubpacketType.INTENDED_RECIPIENT)
        return tuple(Fingerprint(data[1:].hex().upper()) for data in found)

    @property
    def issuers(self) -> tuple[str, ...]:
        """Fingerprints, then key IDs, that the signature names anywhere: hints to find the key by."""
        both = (*self.hashed, *self.unhashed)
        prints = [
            s.data[1:].hex().upper()
            for s in both
            if s.type == SubpacketType.ISSUER_FINGERPRINT
            and s.data[:1]
            and len(s.data) - 1 == FINGERPRINT_OCTETS.get(s.data[0])
        ]
        key_ids = [s.data.hex().upper() for s in both if s.type == SubpacketType.ISSUER_KEY_ID and len(s.data) == 8]
        return tuple(dict.fromkeys((*prints, *key_ids)))

    def names_other_than(self, key: PublicKey) -> bool:
        """Does the hashed area name another key than this one? Its fingerprint must be right if it is there."""
        prints = [s.data for s in self.hashed if s.type == SubpacketType.ISSUER_FINGERPRINT]
        return any(data != bytes([key.version]) + key.fingerprint_octets for data in prints)

    @property
    def embedded(self) -> tuple[bytes, ...]:
        """Bodies of embedded signatures, which prove themselves wherever they stand (§5.2.3.34)."""
        both = (*self.hashed, *self.unhashed)
        return tuple(s.data for s in both if s.type == SubpacketType.EMBEDDED)[:MOST_EMBEDDED]

    @property
    def has_broken_lifetime(self) -> bool:
        """A hashed lifetime has not its four octets (§5.2.3.13, §5.2.3.18): taken for none it would last for ever."""
        return any(s.type in LIFETIMES and len(s.data) != 4 for s in self.hashed)

    @property
    def critical_unknown(self) -> str | None:
        """Why the hashed area cannot be taken as understood (§5.2.3.7); None: it can."""
        for s in self.hashed:
            if s.critical and s.type == SubpacketType.NOTATION:
                return "a critical notation"
            if s.critical and s.type not in KNOWN:
                return f"a critical subpacket of type {s.type}"
        return None

    def fits(self, key: PublicKey) -> bool:
        """May a key of that version make a signature of this one (§5.2)? Version 6 stays among itself."""
        return (self.version == 6) is (key.version == 6)

    def hasher(self) -> HashObject | None:
        """A fresh hash object of its algorithm, its salt fed; None: the algorithm cannot be computed here."""
        return new_hash(self.hash_algorithm, self.salt)

    def digest(self, hasher: HashObject) -> bytes:
        """The digest that is signed, given a hash object that was fed with salt and signed data (§5.2.4)."""
        whole = hasher.copy()
        whole.update(self.hashed_octets + trailer(self.version, len(self.hashed_octets)))
        return whole.digest()

    def matches(self, engine: Engine, key: PublicKey, hasher: HashObject) -> bool:
        """Was this signature made by `key` over what `hasher` was fed with? Arithmetic only, no judgement."""
        if not self.fits(key) or self.algorithm != key.algorithm or self.names_other_than(key):
            return False
        digest = self.digest(hasher)
        return digest[:2] == self.left16 and engine.verify(key, self.hash_algorithm, digest, self.fields)


def trailer(version: int, count: int) -> bytes:
    """What ends the hashed octets (§5.2.4): `count` octets from the version to the end of the hashed area.

    Version 3 has none. Its last five octets are type and time, those of the others begin with 0xFF, so no signature
    can be read as one of another version.
    """
    return b"" if version == 3 else bytes([version, 0xFF]) + (count & 0xFFFFFFFF).to_bytes(4, "big")


def new_hash(algorithm: int, salt: bytes = b"") -> HashObject | None:
    """A fresh hash object, fed with `salt`; None for an algorithm that cannot be computed here."""
    known = HASHES.get(algorithm)
    if known is None or known.python not in hashlib.algorithms_available:
        return None
    return hashlib.new(known.python, salt, usedforsecurity=False)


def _version_3(body: bytes) -> Signature:
    """§5.2.2: 3, 5, type, time, key ID, key algorithm, hash algorithm, 16 bits of the digest, fields."""
    if len(body) < 19 or body[1] != 5:
        raise MalformedPacket("truncated signature", len(body))
    return Signature(
        version=3,
        type=body[2],
        algorithm=body[15],
        hash_algorithm=body[16],
        hashed_octets=body[2:7],
        hashed=(),
        unhashed=(Subpacket(SubpacketType.ISSUER_KEY_ID, body[7:15]),),
        left16=body[17:19],
        salt=b"",
        fields=body[19:],
        created=int.from_bytes(body[3:7], "big"),
        body=body,
    )


def _with_subpackets(body: bytes) -> Signature:
    """§5.2.3: version 6 counts its areas in four octets and holds a salt."""
    version, wide = body[0], 4 if body[0] == 6 else 2
    hashed_end = 4 + wide + _count(body, 4, wide)
    unhashed_start = hashed_end + wide
    unhashed_end = unhashed_start + _count(body, hashed_end, wide)
    if unhashed_end + 2 > len(body):
        raise MalformedPacket("truncated signature", len(body))
    hashed = subpackets.parse(body[4 + wide : hashed_end], 4 + wide)
    times = [s.data for s in hashed if s.type == SubpacketType.CREATED]
    if len(times) != 1 or len(times[0]) != 4:
        raise MalformedPacket("a signature needs exactly one creation time", 4 + wide)
    salt, end = _salt(body, unhashed_end + 2) if version == 6 else (b"", unhashed_end + 2)
    return Signature(
        version=version,
        type=body[1],
        algorithm=body[2],
        hash_algorithm=body[3],
        hashed_octets=body[:hashed_end],
        hashed=hashed,
        unhashed=subpackets.parse(body[unhashed_start:unhashed_end], unhashed_start),
        left16=body[unhashed_end : unhashed_end + 2],
        salt=salt,
        fields=body[end:],
        created=int.from_bytes(times[0], "big"),
        body=body,
    )


def _salt(body: bytes, at: int) -> tuple[bytes, int]:
    """(salt, offset behind it); its size must be the one of the hash algorithm (§5.2.3)."""
    size = body[at] if at < len(body) else 0
    if size != SALT_SIZES.get(body[3]) or at + 1 + size > len(body):
        raise MalformedPacket("a salt of a wrong size", at)
    return body[at + 1 : at + 1 + size], at + 1 + size


def _count(body: bytes, at: int, wide: int) -> int:
    if at + wide > len(body):
        raise MalformedPacket("truncated signature", at)
    return int.from_bytes(body[at : at + wide], "big")

"""One signature packet: parsed, hashed, and built (RFC 9580 §5.2). Version 4.

The law of this file: what counts is read from the hashed area alone; the unhashed area gives hints (issuer) and
what proves itself (embedded signatures). The hash is over the octets as they came, never over a re-serialisation.
"""

import datetime
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ithaca.errors import LimitExceeded, MalformedPacket, UnsupportedAlgorithm
from ithaca.openpgp.algorithms import HASHES, SignatureType
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.openpgp.packets import encode_length
from ithaca.openpgp.public_key import PublicKey
from ithaca.verdict import Fingerprint

CREATED, EXPIRES, KEY_EXPIRES, CIPHERS, REVOCATION_KEY = 2, 3, 9, 11, 12
ISSUER_KEY_ID, NOTATION, PRIMARY_USER_ID, KEY_FLAGS, REVOCATION_REASON = 16, 20, 25, 27, 29
FEATURES, EMBEDDED, ISSUER_FINGERPRINT, INTENDED_RECIPIENT = 30, 32, 33, 35
KNOWN = frozenset({2, 3, 4, 5, 6, 7, 9, 11, 12, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 39})
"""Subpacket types that are understood, or may be critical and harmless; any other critical one refuses (§5.2.3.7)."""
MOST_SUBPACKETS = 500
MOST_BODY = 1 << 16
MOST_EMBEDDED = 8


class HashObject(Protocol):
    """What a `hashlib` object offers."""

    def update(self, data: bytes, /) -> None:
        """The next octets."""

    def digest(self) -> bytes:
        """Of all octets so far."""

    def copy(self) -> "HashObject":
        """Another one in the same state."""


@dataclass(frozen=True, slots=True)
class Subpacket:
    """One subpacket (§5.2.3.7)."""

    type: int
    critical: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """A version 4 signature."""

    type: int
    algorithm: int
    hash_algorithm: int
    hashed_octets: bytes
    """From the version to the end of the hashed area: what the trailer counts (§5.2.4)."""
    hashed: tuple[Subpacket, ...]
    unhashed: tuple[Subpacket, ...]
    left16: bytes
    fields: bytes
    created: int
    """Seconds since 1970; exactly one such hashed subpacket is demanded (§5.2.3.11)."""
    body: bytes

    @classmethod
    def parse(cls, body: bytes) -> "Signature":
        """From the body of a signature packet. Raises `MalformedPacket`, `UnsupportedAlgorithm`."""
        if not body:
            raise MalformedPacket("empty signature packet", 0)
        if body[0] != 4:
            raise UnsupportedAlgorithm(f"version {body[0]} signatures are not supported")
        if len(body) > MOST_BODY:
            raise LimitExceeded(f"signature above {MOST_BODY} octets", 0)
        hashed_end = 6 + _count(body, 4)
        unhashed_end = hashed_end + 2 + _count(body, hashed_end)
        if unhashed_end + 2 > len(body):
            raise MalformedPacket("truncated signature", len(body))
        hashed = _subpackets(body[6:hashed_end], 6)
        times = [s.data for s in hashed if s.type == CREATED]
        if len(times) != 1 or len(times[0]) != 4:
            raise MalformedPacket("a signature needs exactly one creation time", 6)
        return cls(
            type=body[1],
            algorithm=body[2],
            hash_algorithm=body[3],
            hashed_octets=body[:hashed_end],
            hashed=hashed,
            unhashed=_subpackets(body[hashed_end + 2 : unhashed_end], hashed_end + 2),
            left16=body[unhashed_end : unhashed_end + 2],
            fields=body[unhashed_end + 2 :],
            created=int.from_bytes(times[0], "big"),
            body=body,
        )

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
        after = self._number(EXPIRES)
        return self.created + after if after else None

    @property
    def key_expires_after(self) -> int | None:
        """Seconds after the key's creation; 0: never, None: not said (§5.2.3.13)."""
        return None if self.value(KEY_EXPIRES) is None else self._number(KEY_EXPIRES)

    @property
    def key_flags(self) -> int | None:
        """First octet of the key flags; None: not said (§5.2.3.29)."""
        data = self.value(KEY_FLAGS)
        return None if data is None else (data[0] if data else 0)

    @property
    def ciphers(self) -> tuple[int, ...]:
        """Preferred symmetric algorithms for SEIPDv1 (§5.2.3.14)."""
        return tuple(self.value(CIPHERS) or b"")

    @property
    def is_primary_user_id(self) -> bool:
        """§5.2.3.27."""
        return bool(int.from_bytes(self.value(PRIMARY_USER_ID) or b"", "big"))

    @property
    def revocation_code(self) -> int:
        """Reason for revocation (§5.2.3.31); 0: none given."""
        data = self.value(REVOCATION_REASON)
        return data[0] if data else 0

    @property
    def intended_recipients(self) -> tuple[Fingerprint, ...]:
        """Primary fingerprints (§5.2.3.36), without the version octet."""
        return tuple(Fingerprint(s.data[1:].hex().upper()) for s in self.hashed if s.type == INTENDED_RECIPIENT)

    @property
    def issuers(self) -> tuple[str, ...]:
        """Fingerprints, then key IDs, that the signature names anywhere: hints to find the key by."""
        both = (*self.hashed, *self.unhashed)
        fingerprints = [s.data[1:].hex().upper() for s in both if s.type == ISSUER_FINGERPRINT and s.data[:1] == b"\4"]
        key_ids = [s.data.hex().upper() for s in both if s.type == ISSUER_KEY_ID and len(s.data) == 8]
        return tuple(dict.fromkeys((*fingerprints, *key_ids)))

    def names_other_than(self, key: PublicKey) -> bool:
        """Does the hashed area name another key than this one? Its fingerprint must be right if it is there."""
        prints = [s.data for s in self.hashed if s.type == ISSUER_FINGERPRINT]
        return any(data != b"\4" + bytes.fromhex(key.fingerprint) for data in prints)

    @property
    def embedded(self) -> tuple[bytes, ...]:
        """Bodies of embedded signatures, which prove themselves wherever they stand (§5.2.3.34)."""
        both = (*self.hashed, *self.unhashed)
        return tuple(s.data for s in both if s.type == EMBEDDED)[:MOST_EMBEDDED]

    @property
    def critical_unknown(self) -> str | None:
        """Why the hashed area cannot be taken as understood (§5.2.3.7); None: it can."""
        for s in self.hashed:
            if s.critical and (s.type not in KNOWN or s.type == NOTATION):
                return "a critical notation" if s.type == NOTATION else f"a critical subpacket of type {s.type}"
        return None

    def hasher(self) -> HashObject | None:
        """A fresh hash object of its algorithm; None: the algorithm cannot be computed here."""
        return new_hash(self.hash_algorithm)

    def digest(self, hasher: HashObject) -> bytes:
        """The digest that is signed, given a hash object that was fed with the signed data (§5.2.4)."""
        whole = hasher.copy()
        whole.update(self.hashed_octets)
        whole.update(b"\x04\xff" + len(self.hashed_octets).to_bytes(4, "big"))
        return whole.digest()

    def matches(self, engine: Engine, key: PublicKey, hasher: HashObject) -> bool:
        """Was this signature made by `key` over what `hasher` was fed with? Arithmetic only, no judgement."""
        if self.algorithm != key.algorithm or self.names_other_than(key):
            return False
        digest = self.digest(hasher)
        return digest[:2] == self.left16 and engine.verify(key, self.hash_algorithm, digest, self.fields)

    @property
    def created_at(self) -> datetime.datetime:
        """`created` as an aware time."""
        return datetime.datetime.fromtimestamp(self.created, datetime.UTC)


def new_hash(algorithm: int) -> HashObject | None:
    """A fresh hash object; None for an algorithm that is not known."""
    known = HASHES.get(algorithm)
    return None if known is None else hashlib.new(known.python, usedforsecurity=False)


def _count(body: bytes, at: int) -> int:
    if at + 2 > len(body):
        raise MalformedPacket("truncated signature", at)
    return int.from_bytes(body[at : at + 2], "big")


def _subpackets(area: bytes, offset: int) -> tuple[Subpacket, ...]:
    found: list[Subpacket] = []
    at = 0
    while at < len(area):
        length, start = _subpacket_length(area, at, offset)
        if length < 1 or start + length > len(area):
            raise MalformedPacket("a subpacket runs past its area", offset + at)
        found.append(Subpacket(area[start] & 0x7F, bool(area[start] & 0x80), area[start + 1 : start + length]))
        if len(found) > MOST_SUBPACKETS:
            raise LimitExceeded(f"more than {MOST_SUBPACKETS} subpackets", offset + at)
        at = start + length
    return tuple(found)


def _subpacket_length(area: bytes, at: int, offset: int) -> tuple[int, int]:
    first = area[at]
    more = 4 if first == 255 else 1 if first >= 192 else 0
    octets = area[at + 1 : at + 1 + more]
    if len(octets) < more:
        raise MalformedPacket("truncated subpacket", offset + at)
    if more == 4:
        return int.from_bytes(octets, "big"), at + 5
    return (((first - 192) << 8) + octets[0] + 192 if more else first), at + 1 + more


# --- our own -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A signature of ours that lacks only the arithmetic."""

    key: PublicKey
    hash_algorithm: int
    hashed_octets: bytes

    def complete(self, engine: Engine, secret: SecretComponent, hasher: HashObject) -> bytes:
        """The body of the finished packet over what `hasher` was fed with."""
        whole = hasher.copy()
        whole.update(self.hashed_octets)
        whole.update(b"\x04\xff" + len(self.hashed_octets).to_bytes(4, "big"))
        digest = whole.digest()
        fields = engine.sign(secret, self.hash_algorithm, digest)
        # The key ID is only a hint for old readers, so it may stand unhashed (§5.2.3.12).
        unhashed = subpacket(ISSUER_KEY_ID, bytes.fromhex(self.key.key_id))
        return self.hashed_octets + len(unhashed).to_bytes(2, "big") + unhashed + digest[:2] + fields


def build(
    kind: SignatureType,
    key: PublicKey,
    hash_algorithm: int,
    created: int,
    *,
    intended: Iterable[Fingerprint] = (),
) -> Unsigned:
    """A signature of ours by `key`, made at `created` (seconds since 1970), for the `intended` certificates."""
    area = subpacket(CREATED, created.to_bytes(4, "big"), critical=True)
    area += subpacket(ISSUER_FINGERPRINT, b"\4" + bytes.fromhex(key.fingerprint))
    for fingerprint in intended:
        # §5.2.3.36: not critical, so that readers which do not know it still read.
        area += subpacket(INTENDED_RECIPIENT, b"\4" + bytes.fromhex(fingerprint))
    head = bytes([4, kind, key.algorithm, hash_algorithm]) + len(area).to_bytes(2, "big")
    return Unsigned(key, hash_algorithm, head + area)


def subpacket(kind: int, data: bytes, *, critical: bool = False) -> bytes:
    """One subpacket, encoded."""
    return encode_length(len(data) + 1) + bytes([kind | (0x80 if critical else 0)]) + data

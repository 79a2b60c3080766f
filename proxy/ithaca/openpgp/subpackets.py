"""Signature subpackets: an area taken apart, and single ones encoded (RFC 9580 §5.2.3.7).

The law of this file: every length is checked against its area, and nothing is interpreted. Which of the two areas a
subpacket stood in decides what it is worth; that is for `signature` to say.
"""

import enum
from dataclasses import dataclass

from ithaca.errors import LimitExceeded, MalformedPacket
from ithaca.openpgp.packets import encode_length

MOST_SUBPACKETS = 500
"""Of one area; real signatures have about ten."""


class SubpacketType(enum.IntEnum):
    """RFC 9580 §5.2.3.7; the ones that are read or written here."""

    CREATED = 2
    EXPIRES = 3
    EXPORTABLE = 4
    KEY_EXPIRES = 9
    CIPHERS = 11
    REVOCATION_KEY = 12
    ISSUER_KEY_ID = 16
    NOTATION = 20
    HASHES = 21
    COMPRESSION = 22
    KEY_SERVER_PREFERENCES = 23
    PRIMARY_USER_ID = 25
    KEY_FLAGS = 27
    SIGNERS_USER_ID = 28
    REVOCATION_REASON = 29
    FEATURES = 30
    EMBEDDED = 32
    ISSUER_FINGERPRINT = 33
    INTENDED_RECIPIENT = 35
    AEAD_SUITES = 39


@dataclass(frozen=True, slots=True)
class Subpacket:
    """One subpacket."""

    type: int
    data: bytes
    critical: bool = False

    def encode(self) -> bytes:
        """With its length in front."""
        return encode_length(len(self.data) + 1) + bytes([self.type | (0x80 if self.critical else 0)]) + self.data


def parse(area: bytes, offset: int) -> tuple[Subpacket, ...]:
    """The subpackets of one area, which begins at `offset` of its packet. Raises `MalformedPacket`, `LimitExceeded`."""
    found: list[Subpacket] = []
    at = 0
    while at < len(area):
        length, start = _length(area, at, offset)
        if length < 1 or start + length > len(area):
            raise MalformedPacket("a subpacket runs past its area", offset + at)
        found.append(Subpacket(area[start] & 0x7F, area[start + 1 : start + length], bool(area[start] & 0x80)))
        if len(found) > MOST_SUBPACKETS:
            raise LimitExceeded(f"more than {MOST_SUBPACKETS} subpackets", offset + at)
        at = start + length
    return tuple(found)


def _length(area: bytes, at: int, offset: int) -> tuple[int, int]:
    """(length of the subpacket, where it begins): as packets have it, but never partial."""
    first = area[at]
    more = 4 if first == 255 else 1 if first >= 192 else 0
    octets = area[at + 1 : at + 1 + more]
    if len(octets) < more:
        raise MalformedPacket("truncated subpacket", offset + at)
    if more == 4:
        return int.from_bytes(octets, "big"), at + 5
    return (((first - 192) << 8) + octets[0] + 192 if more else first), at + 1 + more

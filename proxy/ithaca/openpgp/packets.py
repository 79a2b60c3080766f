"""Packet framing (RFC 9580 §4.2): octets into packets and packets into octets.

The law of this file: every length is checked against what is there, "truncated" is an error, and time is linear
in the octets however they are cut into parts, or handed over. Bodies are not looked into.
"""

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ithaca.errors import LimitExceeded, MalformedPacket
from ithaca.work import PIECE


class Tag(enum.IntEnum):
    """Packet types (RFC 9580 §5)."""

    PKESK = 1
    SIGNATURE = 2
    SKESK = 3
    ONE_PASS_SIGNATURE = 4
    SECRET_KEY = 5
    PUBLIC_KEY = 6
    SECRET_SUBKEY = 7
    COMPRESSED = 8
    SED = 9
    MARKER = 10
    LITERAL = 11
    TRUST = 12
    USER_ID = 13
    PUBLIC_SUBKEY = 14
    USER_ATTRIBUTE = 17
    SEIPD = 18
    MDC = 19
    GNUPG_OCB = 20
    """Reserved by RFC 9580; LibrePGP's "OCB encrypted data", which GnuPG writes to keys that announce it."""
    PADDING = 21


DATA_TAGS = frozenset({8, 9, 11, 18, 20})
"""Only these may have partial (§4.2.1.4) or indeterminate (§4.2.2) lengths; type 20 has them in LibrePGP."""
FIRST_PARTIAL = 512
"""§4.2.1.4: the first partial length must be at least so many octets."""
MOST_PACKETS = 20_000
"""More is no message. A certificate that others have flooded may have more: see `self_signatures.without_flood`."""
READ = PIECE
"""Octets of one reading, unless said otherwise."""
_SMALL = 1 << 12
"""Parts below so many octets are joined in passing: each piece costs its way through all that is done with it."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet. `octets` is the whole of it with its header, as it came; `offset` where it began."""

    tag: int
    body: bytes
    octets: bytes
    offset: int


def split(data: bytes, *, most_packets: int = MOST_PACKETS) -> Iterator[Packet]:
    """The packets of a sequence that is in memory. Raises `MalformedPacket`, `LimitExceeded`."""
    offset = 0
    for _ in range(most_packets):
        if offset == len(data):
            return
        packet = _packet_at(data, offset)
        yield packet
        offset += len(packet.octets)
    if offset < len(data):
        raise LimitExceeded(f"more than {most_packets} packets", offset)


def _packet_at(data: bytes, offset: int) -> Packet:
    first = data[offset]
    if not first & 0x80:
        raise MalformedPacket("no OpenPGP packet begins here", offset)
    if first & 0x40:
        return _in_parts(data, offset)
    tag, kind = (first >> 2) & 0x0F, first & 3
    start, end = offset + 1, len(data)
    if kind == 3:
        _check_indeterminate(tag, offset)
    else:
        start += 1 << kind
        end = start + int.from_bytes(data[offset + 1 : start], "big")
    if end > len(data):
        raise MalformedPacket("truncated packet", offset)
    return Packet(tag, data[start:end], data[offset:end], offset)


def _in_parts(data: bytes, offset: int) -> Packet:
    """A packet in OpenPGP format; most have one part."""
    tag, end, partial = data[offset] & 0x3F, offset + 1, True
    # One array, since a list of parts of one octet takes many times their memory.
    body = bytearray()
    while partial:
        length, partial, start = _new_length(data, end)
        if partial:
            _check_partial(tag, length, not body, offset)
        end = start + length
        if end > len(data):
            raise MalformedPacket("truncated packet", offset)
        body += memoryview(data)[start:end]
    return Packet(tag, bytes(body), data[offset:end], offset)


def _check_indeterminate(tag: int, offset: int) -> None:
    if tag not in DATA_TAGS:
        raise MalformedPacket("indeterminate length where none may be", offset)


def _check_partial(tag: int, length: int, first: bool, offset: int) -> None:
    if tag not in DATA_TAGS:
        raise MalformedPacket("partial length where none may be", offset)
    if first and length < FIRST_PARTIAL:
        raise MalformedPacket(f"first partial length is below {FIRST_PARTIAL}", offset)


def _new_length(data: bytes, at: int) -> tuple[int, bool, int]:
    """(length, is it partial, where the body starts) of an OpenPGP-format length (§4.2.1)."""
    if at >= len(data):
        raise MalformedPacket("truncated packet header", at)
    first = data[at]
    if first < 192:
        return first, False, at + 1
    if first < 224:
        if at + 2 > len(data):
            raise MalformedPacket("truncated packet header", at)
        return ((first - 192) << 8) + data[at + 1] + 192, False, at + 2
    if first == 255:
        if at + 5 > len(data):
            raise MalformedPacket("truncated packet header", at)
        return int.from_bytes(data[at + 1 : at + 5], "big"), False, at + 5
    return 1 << (first & 0x1F), True, at + 1


def encode_length(length: int) -> bytes:
    """A definite length in OpenPGP format (§4.2.1)."""
    if length < 192:
        return bytes([length])
    if length < 8384:
        return bytes([((length - 192) >> 8) + 192, (length - 192) & 0xFF])
    return b"\xff" + length.to_bytes(4, "big")


def encode(tag: int, body: bytes) -> bytes:
    """A whole packet in OpenPGP format."""
    return bytes([0xC0 | tag]) + encode_length(len(body)) + body


class PartialWriter:
    """Writes one data packet of unknown length in parts of 2^`bits` octets, 2^9 to 2^30 (§4.2.1.4)."""

    def __init__(self, tag: int, bits: int = 16) -> None:
        self._head = bytes([0xC0 | tag])
        self._length = bytes([0xE0 | bits])
        self._size = 1 << bits
        self._held: list[bytes] = []
        self._missing = self._size
        """Octets that the next part lacks."""

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets of the body; give the parts that are full."""
        if len(octets) < self._missing:
            return self._hold(octets)
        view = memoryview(octets)
        out: list[bytes | memoryview] = [self._head, self._length, *self._held, view[: self._missing]]
        self._head = b""
        whole = len(view) - (len(view) - self._missing) % self._size
        for start in range(self._missing, whole, self._size):
            out += (self._length, view[start : start + self._size])
        self._held, self._missing = [], self._size
        self._hold(view[whole:])
        return b"".join(out)

    def _hold(self, octets: bytes | memoryview) -> bytes:
        # A copy: the caller may use his buffer again.
        self._held.append(bytes(octets))
        self._missing -= len(octets)
        return b""

    def finish(self) -> bytes:
        """The last part, whose length is definite."""
        body = b"".join(self._held)
        self._held = []
        return self._head + encode_length(len(body)) + body


class Source:
    """Octets on demand: `read` gives the next ones, and b"" at their end. Every octet is copied at most twice."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._buffer = b""
        self._at = 0
        self._before = 0
        """Octets of all buffers before this one."""

    @property
    def offset(self) -> int:
        """Octets taken so far."""
        return self._before + self._at

    def _fill(self) -> bool:
        if self._at < len(self._buffer):
            return True
        self._before += len(self._buffer)
        self._buffer, self._at = self._read(), 0
        return bool(self._buffer)

    def at_end(self) -> bool:
        """No octet is left."""
        return not self._fill()

    def some(self, most: int) -> bytes:
        """At least one octet and at most `most`; b"" at the end."""
        if not self._fill():
            return b""
        octets = self._buffer[self._at : self._at + most]
        self._at += len(octets)
        return octets

    def exactly(self, count: int) -> bytes:
        """That many octets; `MalformedPacket` if there are fewer."""
        out: list[bytes] = []
        missing = count
        while missing:
            octets = self.some(missing)
            if not octets:
                raise MalformedPacket("truncated packet", self.offset)
            out.append(octets)
            missing -= len(octets)
        return b"".join(out)

    def length(self) -> tuple[int, bool]:
        """(length, is it partial), in OpenPGP format (§4.2.1)."""
        octets = self.exactly(1)
        more = 4 if octets[0] == 255 else 1 if 192 <= octets[0] < 224 else 0
        length, partial, _ = _new_length(octets + self.exactly(more), 0)
        return length, partial

    def whole_parts(self, most: int) -> bytes:
        """Of the parts with partial lengths that come next, those that are at hand whole: at most `most` octets."""
        buffer, at, end = self._buffer, self._at, len(self._buffer)
        out: list[bytes] = []
        while at < end and 224 <= buffer[at] < 255:
            behind = at + 1 + (1 << (buffer[at] & 0x1F))
            most -= behind - at - 1
            if behind > end or most < 0:
                break
            out.append(buffer[at + 1 : behind])
            at = behind
        self._at = at
        return b"".join(out)


class Body:
    """The body of one packet of a `Source`, read in pieces; parts are joined."""

    def __init__(self, source: Source, tag: int, left: int | None, *, partial: bool = False, offset: int = 0) -> None:
        self.tag = tag
        self.offset = offset
        """Where the packet begins."""
        self._source = source
        self._left = left
        """Octets left of this part; None: to the end of the source."""
        self._partial = partial

    def read(self, most: int = READ) -> bytes:
        """The next octets of the body, at most `most`; b"" at its end.

        Raises `MalformedPacket` where it is cut short.
        """
        if self._left is None:
            return self._source.some(most)
        while not self._left:
            if not self._partial:
                return b""
            self._left, self._partial = self._source.length()
        octets = self._source.some(min(self._left, most))
        if not octets:
            raise MalformedPacket("truncated packet", self._source.offset)
        self._left -= len(octets)
        if self._partial and not self._left and len(octets) < min(_SMALL, most):
            octets += self._source.whole_parts(most - len(octets))
        return octets

    def exactly(self, count: int) -> bytes:
        """That many octets of its start, across parts. Raises `MalformedPacket` where there are fewer."""
        octets = b"".join(_pieces(self.read, count))
        if len(octets) < count:
            raise MalformedPacket("a packet that is too short", self._source.offset)
        return octets

    def all(self, limit: int) -> bytes:
        """The whole body; `LimitExceeded` above `limit` octets."""
        octets = b"".join(_pieces(self.read, limit + 1))
        if len(octets) > limit:
            raise LimitExceeded(f"packet of type {self.tag} above {limit} octets", self._source.offset)
        return octets


def _pieces(read: Callable[[int], bytes], size: int) -> list[bytes]:
    """So many octets, or all that are left where they are fewer."""
    pieces: list[bytes] = []
    while size and (octets := read(size)):
        pieces.append(octets)
        size -= len(octets)
    return pieces


def gathered(read: Callable[[int], bytes], size: int = PIECE) -> Iterator[bytes]:
    """What `read` gives, in pieces of `size` octets and a last one of fewer; it is asked for at most so many."""
    while octets := b"".join(_pieces(read, size)):
        yield octets


class PacketReader:
    """The packets of a source, one after the other, at most `most_packets` of them."""

    def __init__(self, source: Source, *, most_packets: int = MOST_PACKETS) -> None:
        self._source = source
        self._current: Body | None = None
        self._most_packets = most_packets
        self._count = 0

    @property
    def offset(self) -> int:
        """Octets of the source taken so far."""
        return self._source.offset

    def next(self) -> Body | None:
        """The next packet; None at the end. The body of the one before must have been read to its end.

        Raises `MalformedPacket`, `LimitExceeded`.
        """
        offset = self._source.offset
        if self._current is not None and self._current.read(1):
            raise MalformedPacket("a packet was not read to its end", offset)
        if self._source.at_end():
            return None
        self._count += 1
        if self._count > self._most_packets:
            raise LimitExceeded(f"more than {self._most_packets} packets", offset)
        self._current = self._header()
        return self._current

    def _header(self) -> Body:
        source, offset = self._source, self._source.offset
        first = source.exactly(1)[0]
        if not first & 0x80:
            raise MalformedPacket("no OpenPGP packet begins here", offset)
        if first & 0x40:
            tag = first & 0x3F
            length, partial = source.length()
            if partial:
                _check_partial(tag, length, True, offset)
            return Body(source, tag, length, partial=partial, offset=offset)
        tag, kind = (first >> 2) & 0x0F, first & 3
        if kind == 3:
            _check_indeterminate(tag, offset)
            return Body(source, tag, None, offset=offset)
        return Body(source, tag, int.from_bytes(source.exactly(1 << kind), "big"), offset=offset)

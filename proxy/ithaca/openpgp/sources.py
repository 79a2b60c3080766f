"""Where octets come from: on demand, a piece at a time, out of their armor if they are in one.

The law of this file: no source is read further than it was asked for, and an end is b"" for as long as one asks.
"""

from collections.abc import Callable, Iterator

from ithaca.openpgp import armor
from ithaca.work import PIECE

Read = Callable[[], bytes]
"""Gives the next octets; b"" at their end."""
Ahead = Callable[[Iterator[bytes]], Iterator[bytes]]
"""What may run an iterator ahead of its consumer; `iter` does not."""


def pieces_of(octets: bytes | memoryview, size: int = PIECE) -> Read:
    """Reads a buffer piece by piece, each of `size` octets."""
    view = memoryview(octets)
    pieces = (bytes(view[start : start + size]) for start in range(0, len(view), size))
    return lambda: next(pieces, b"")


def unarmored(read: Read, kinds: frozenset[str]) -> Read:
    """Reads armor of one of `kinds`, or what is binary, as binary.

    What it gives raises `MalformedPacket`, `LimitExceeded`, and what `read` raises.
    """
    pieces = _unarmored(read, kinds)
    return lambda: next(pieces, b"")


def _unarmored(read: Read, kinds: frozenset[str]) -> Iterator[bytes]:
    octets = _beginning(read)
    if not armor.is_armored(octets):
        while octets:
            yield octets
            octets = read()
        return
    reader = armor.ArmorReader(kinds)
    while octets:
        data = reader.feed(octets)
        if data:
            yield data
        octets = b"" if reader.is_complete else read()
    reader.finish()


def _beginning(read: Read) -> bytes:
    """Enough to tell armor from binary data: text in front of armor may begin as those do."""
    pieces = [read()]
    count = len(pieces[0])
    while pieces[0] and pieces[0][0] >= 0x80 and count < armor.MOST_BEFORE and (piece := read()):
        pieces.append(piece)
        count += len(piece)
    return b"".join(pieces)

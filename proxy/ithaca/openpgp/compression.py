"""Compressed data packets (RFC 9580 §5.6), inflated in pieces.

The law of this file: no piece is larger than was asked for, whatever the octets claim; how much comes out in all is
for the caller to limit. What is cut short, damaged, or followed by something, is an error.
"""

import bz2
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

from ithaca.errors import MalformedPacket, UnsupportedAlgorithm
from ithaca.openpgp.packets import Body
from ithaca.work import PIECE

_INPUT = 1 << 16
"""Octets handed to an inflater at one time; what it does not need yet is copied with every piece that comes out."""


class _Inflater(Protocol):
    """One decompression under way."""

    @property
    def eof(self) -> bool:
        """The data said that they end."""

    @property
    def needs_input(self) -> bool:
        """Nothing more comes out of what it has."""

    @property
    def unused_data(self) -> bytes:
        """What stood behind the end."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many octets."""


class _Deflate:
    """A zlib stream, with the manners of bz2: it keeps what it has not used yet."""

    def __init__(self, window: int) -> None:
        self._inflater = zlib.decompressobj(window)
        self._is_full = False
        """There was no room for more in the last piece: some may wait inside, though all input was taken."""

    @property
    def eof(self) -> bool:
        """The data said that they end."""
        return self._inflater.eof

    @property
    def needs_input(self) -> bool:
        """Nothing more comes out of what it has."""
        return not (self._inflater.unconsumed_tail or self._is_full)

    @property
    def unused_data(self) -> bytes:
        """What stood behind the end."""
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most so many octets."""
        out = self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)
        self._is_full = len(out) == max_length
        return out


_INFLATERS: Mapping[int, Callable[[], _Inflater]] = {
    1: lambda: _Deflate(-zlib.MAX_WBITS),
    2: lambda: _Deflate(zlib.MAX_WBITS),
    3: bz2.BZ2Decompressor,
}
"""§9.4: ZIP (bare deflate), ZLIB (in its own frame), BZip2."""


def inflated(body: Body) -> Callable[[], bytes]:
    """Reads the body of a compressed data packet, at most `PIECE` octets at a time; b"" at its end.

    It and its result raise `MalformedPacket`, `UnsupportedAlgorithm`.
    """
    algorithm = body.exactly(1)[0]
    if algorithm == 0:
        return lambda: body.read(PIECE)
    if algorithm not in _INFLATERS:
        raise UnsupportedAlgorithm(f"compression algorithm {algorithm} is not supported", body.offset)
    inflater = _INFLATERS[algorithm]()

    def read() -> bytes:
        while not inflater.eof:
            octets = body.read(_INPUT) if inflater.needs_input else b""
            if inflater.needs_input and not octets:
                raise MalformedPacket("truncated compressed data", body.offset)
            try:
                out = inflater.decompress(octets, PIECE)
            except (zlib.error, OSError, ValueError, EOFError) as error:
                raise MalformedPacket("damaged compressed data", body.offset) from error
            if out:
                return out
        if inflater.unused_data or body.read(1):
            raise MalformedPacket("something stands behind the compressed data", body.offset)
        return b""

    return read

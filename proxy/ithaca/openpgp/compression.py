"""Compressed data packets (RFC 9580 §5.6), inflated in pieces: how much comes out is for the caller to limit."""

import bz2
import zlib
from collections.abc import Callable
from typing import Any

from ithaca.errors import MalformedPacket, UnsupportedAlgorithm
from ithaca.openpgp import packets
from ithaca.openpgp.packets import Body, Source
from ithaca.work import PIECE


def inflated(body: Body) -> Callable[[], bytes]:
    """Reads the body of a compressed data packet (§5.6), at most `PIECE` octets at a time."""
    source = Source(body.read)
    algorithm = source.exactly(1)[0]
    if algorithm == 0:
        return lambda: source.some(PIECE)
    if algorithm not in (1, 2, 3):
        raise UnsupportedAlgorithm(f"compression algorithm {algorithm} is not supported")
    inflater: Any = bz2.BZ2Decompressor() if algorithm == 3 else zlib.decompressobj(-15 if algorithm == 1 else 15)
    waiting = b""

    def read() -> bytes:
        nonlocal waiting
        while not inflater.eof:
            hungry = inflater.needs_input if algorithm == 3 else not waiting
            octets = (
                (source.some(packets.READ) if hungry else b"")
                if algorithm == 3
                else waiting or source.some(packets.READ)
            )
            if hungry and not octets:
                raise MalformedPacket("truncated compressed data", source.offset)
            try:
                out: bytes = inflater.decompress(octets, PIECE)
            except (zlib.error, OSError, ValueError, EOFError) as error:
                raise MalformedPacket("damaged compressed data", source.offset) from error
            waiting = b"" if algorithm == 3 else inflater.unconsumed_tail
            if out:
                return out
        if inflater.unused_data or not source.at_end():
            raise MalformedPacket("something stands behind the compressed data", source.offset)
        return b""

    return read

"""Signed messages that are not encrypted: judged in one pass, released in a second (RFC 9580 §10.3).

The law of this file: nothing is handed out before grammar, limits and signatures were looked at. Whether it is worth
anything is for whoever reads the judgement.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ithaca.openpgp.sources import Ahead, Read, pieces_of, unarmored
from ithaca.openpgp.verification import Surroundings
from ithaca.openpgp.walk import LIMITS, Limits, Walk, contents
from ithaca.verdict import Signature as Judged
from ithaca.work import PIECE, Job

_KINDS = frozenset({"MESSAGE", "SIGNATURE"})


@dataclass(frozen=True, slots=True, repr=False)
class SignedMessage:
    """A message, its signatures judged."""

    signatures: tuple[Judged, ...]
    bodies: tuple[bytes, ...]
    """The signature packets' bodies, in the order in which they stand."""
    size: int
    """Octets of content."""
    _release: Callable[[], Iterator[bytes]]

    def release(self) -> Iterator[bytes]:
        """The content, in pieces."""
        return self._release()


def read_message(
    read: Read, around: Surroundings, *, spool: BinaryIO, limits: Limits = LIMITS, ahead: Ahead = iter
) -> Job[SignedMessage]:
    """Judge one message, armored or binary, of which `read` gives the next octets (b"" at the end).

    `spool` keeps it as it came for the second pass. `ahead`: see `decryption.open_message`. Raises `MalformedPacket`,
    `LimitExceeded`, `UnsupportedAlgorithm`, and what `read` raises.
    """
    pieces, count = ahead(_spooled(unarmored(read, _KINDS), spool)), 0

    def taken() -> bytes:
        nonlocal count
        octets = next(pieces, b"")
        count += len(octets)
        return octets

    walk = Walk(limits, lambda: count, lambda _: None)
    try:
        yield from walk.run(taken)
    finally:
        if isinstance(pieces, Generator):
            pieces.close()

    def release() -> Iterator[bytes]:
        spool.seek(0)
        return contents(lambda: spool.read(PIECE))

    signatures = yield from walk.judged(around)
    return SignedMessage(signatures, walk.signature_bodies, walk.size, release)


def read(octets: bytes, around: Surroundings, *, limits: Limits = LIMITS) -> Job[tuple[bytes, tuple[Judged, ...]]]:
    """(the content, the signatures judged) of one message that is in memory, armored or binary.

    Raises as `read_message` does.
    """
    pieces, count, content = unarmored(pieces_of(octets), _KINDS), 0, list[bytes]()

    def taken() -> bytes:
        nonlocal count
        piece = pieces()
        count += len(piece)
        return piece

    walk = Walk(limits, lambda: count, content.append)
    yield from walk.run(taken)
    signatures = yield from walk.judged(around)
    return b"".join(content), signatures


def _spooled(read: Read, spool: BinaryIO) -> Iterator[bytes]:
    while octets := read():
        spool.write(octets)
        yield octets

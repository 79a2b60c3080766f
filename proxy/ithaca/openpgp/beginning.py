"""What an OpenPGP message is, told from how it begins (RFC 9580 §10.3): encrypted, or readable by anybody.

The law of this file: it only looks. What it says protects nobody, and whoever reads the message judges it whole.
"""

import enum
from collections.abc import Iterator

from ithaca.errors import MalformedPacket, OpenPGPError
from ithaca.openpgp.armor import ArmorReader
from ithaca.openpgp.grammar import is_ignored
from ithaca.openpgp.packets import PacketReader, Source, Tag
from ithaca.openpgp.sources import Read, pieces_of
from ithaca.work import PIECE

_MESSAGE = frozenset({"MESSAGE"})
_STEP = 1 << 12
"""Octets of armor that are read at one time: of most messages no more are needed."""
MOST_IGNORED = 8
"""Packets that say nothing, in front of the first one that does."""


class Kind(enum.Enum):
    """What an armored message is."""

    ENCRYPTED = "encrypted"
    READABLE = "readable"
    """Signed, compressed or literal: whoever has it can read it."""
    UNKNOWN = "unknown"
    """It cannot be read so far."""


_KINDS: dict[int, Kind] = {
    Tag.PKESK: Kind.ENCRYPTED,
    Tag.SKESK: Kind.ENCRYPTED,
    Tag.SED: Kind.ENCRYPTED,
    Tag.SEIPD: Kind.ENCRYPTED,
    Tag.GNUPG_OCB: Kind.ENCRYPTED,
    Tag.ONE_PASS_SIGNATURE: Kind.READABLE,
    Tag.SIGNATURE: Kind.READABLE,
    Tag.COMPRESSED: Kind.READABLE,
    Tag.LITERAL: Kind.READABLE,
}


def kind(armored: bytes) -> Kind:
    """What the first armored message in some octets is."""
    reader = PacketReader(Source(_data(armored, _STEP)))
    try:
        for _ in range(MOST_IGNORED):
            body = reader.next()
            if body is None:
                break
            if not is_ignored(body.tag):
                return _KINDS.get(body.tag, Kind.UNKNOWN)
            while body.read():
                pass
    except OpenPGPError:
        pass
    return Kind.UNKNOWN


def tags(armored: bytes) -> tuple[int, ...]:
    """Types of the packets of an armored message whose end has not come yet; the last of them may be cut short.

    Raises `OpenPGPError` where something else is wrong than that it is cut short.
    """
    source = Source(_data(armored, PIECE))
    reader, found = PacketReader(source), list[int]()
    try:
        while (body := reader.next()) is not None:
            found.append(body.tag)
            while body.read():
                pass
    except MalformedPacket:
        if not source.at_end():
            raise
    return tuple(found)


def _data(armored: bytes, step: int) -> Read:
    """The data of the first message, as far as they go; a tail line is not asked for."""
    pieces = _pieces(pieces_of(armored, step))
    return lambda: next(pieces, b"")


def _pieces(read: Read) -> Iterator[bytes]:
    reader = ArmorReader(_MESSAGE)
    while not reader.is_complete and (octets := read()):
        if data := reader.feed(octets):
            yield data

"""``ithaca-sop armor`` and ``dearmor``.

The law of this file: the octets stay as they are; the first packets are looked at, for what the armor has to say.
"""

from collections.abc import Iterator
from itertools import chain

import click

from ithaca.cli.sop import standard_streams
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.cli.sop.spool import spool
from ithaca.errors import LimitExceeded, OpenPGPError
from ithaca.openpgp.armor import ArmorReader, ArmorWriter, is_armored
from ithaca.openpgp.packets import PacketReader, Source, Tag

LF = b"\n"
MOST_LOOKED_AT = 1 << 16
"""Octets of one packet in front of the one that tells."""
MOST_IN_FRONT = 1 << 20
"""Octets of all of them; they stay in memory until it is known which armor they get."""
_BEGIN = b"-----BEGIN PGP "
_CLEARTEXT = _BEGIN + b"SIGNED MESSAGE-----"
_MESSAGE = "MESSAGE"
_TELLING = {
    Tag.SECRET_KEY: "PRIVATE KEY BLOCK",
    Tag.PUBLIC_KEY: "PUBLIC KEY BLOCK",
    Tag.PKESK: _MESSAGE,
    Tag.SKESK: _MESSAGE,
    Tag.SED: _MESSAGE,
    Tag.SEIPD: _MESSAGE,
    Tag.ONE_PASS_SIGNATURE: _MESSAGE,
    Tag.COMPRESSED: _MESSAGE,
    Tag.LITERAL: _MESSAGE,
    20: _MESSAGE,
}
"""What the armor of a sequence with such a packet says (RFC 9580 §6.2.1)."""
_BEFORE = frozenset({Tag.SIGNATURE, Tag.MARKER, Tag.PADDING})
"""What may stand in front of one; signatures alone are detached ones."""
_NEW = {
    Tag.SECRET_KEY: 6,
    Tag.PUBLIC_KEY: 6,
    Tag.PKESK: 6,
    Tag.SKESK: 6,
    Tag.ONE_PASS_SIGNATURE: 6,
    Tag.SIGNATURE: 6,
    Tag.SEIPD: 2,
}
"""From this version of a packet on its armor has no checksum (§6.1)."""


@click.command()
def armor() -> None:
    """Put binary OpenPGP data into ASCII armor; what has its armor already stays as it is."""
    pieces = standard_streams.pieces()
    first = next(pieces, b"")
    if is_armored(first):
        if _BEGIN not in first:
            raise Failure(ExitCode.BAD_DATA, "Standard input holds no OpenPGP data.")
        for piece in chain([first], pieces):
            standard_streams.write(piece)
        return
    seen: list[bytes] = []
    writer = _writer(chain([first], pieces), seen)
    for piece in chain(seen, pieces):
        standard_streams.write(writer.feed(piece))
    standard_streams.write(writer.finish())


def _writer(pieces: Iterator[bytes], seen: list[bytes]) -> ArmorWriter:
    """For data that begin so; what was taken from `pieces` is in `seen`."""

    def read() -> bytes:
        if sum(map(len, seen)) > MOST_IN_FRONT:
            raise LimitExceeded(f"more than {MOST_IN_FRONT} octets in front of what it is", sum(map(len, seen)))
        seen.append(next(pieces, b""))
        return seen[-1]

    reader, kind, has_checksum = PacketReader(Source(read)), "", True
    try:
        while not kind and (body := reader.next()) is not None:
            if body.tag in _NEW and body.exactly(1)[0] >= _NEW[Tag(body.tag)]:
                has_checksum = False
            kind = _TELLING.get(body.tag, "")
            if not kind and body.tag not in _BEFORE:
                raise Failure(ExitCode.BAD_DATA, f"Standard input begins with a packet of type {body.tag}.")
            if not kind:
                body.all(MOST_LOOKED_AT)
    except OpenPGPError as error:
        raise Failure(ExitCode.BAD_DATA, f"Standard input holds no OpenPGP data: {error}.") from error
    return ArmorWriter(kind or "SIGNATURE", crc=has_checksum, line_end=LF)


@click.command()
def dearmor() -> None:
    """Take binary OpenPGP data out of its ASCII armor; what is binary already stays as it is."""
    pieces = standard_streams.pieces()
    first = next(pieces, b"")
    if not is_armored(first):
        for piece in chain([first], pieces):
            standard_streams.write(piece)
        return
    if first.lstrip().startswith(_CLEARTEXT):
        sentence = "Standard input is a signed text, and no armor; inline-detach takes it apart."
        raise Failure(ExitCode.BAD_DATA, sentence)
    reader = ArmorReader()
    with spool() as waiting:
        for piece in chain([first], pieces):
            waiting.write(reader.feed(piece))
        reader.finish()
        waiting.seek(0)
        while octets := waiting.read(standard_streams.PIECE):
            standard_streams.write(octets)

"""Sealed parts that stay closed when a message is delivered, for a person who wants one opened: ``ithaca open``.

The law of this file: each part is opened by itself and judged by itself; what it holds is never put beside anything
else.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ithaca.errors import MalformedMessage
from ithaca.incoming import shown_armor
from ithaca.incoming.keys import Keys
from ithaca.mime import entity as entities
from ithaca.mime import pgpmime
from ithaca.mime.banner import ORIGINAL_NAME
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection
from ithaca.openpgp import beginning, decryption
from ithaca.openpgp.beginning import Kind
from ithaca.openpgp.decryption import Decrypted
from ithaca.openpgp.engine import Engine
from ithaca.work import Job

MOST_PARTS = 100
MOST_ENTITIES = 1_000
MOST_DEPTH = 20
_MARK = re.compile(rb"^-----(BEGIN|END) PGP MESSAGE-----", re.MULTILINE)
_PKESK = (b"\x84", b"\x85", b"\xc1", b"\x8c", b"\x8d", b"\xc3")
"""How binary OpenPGP begins that is encrypted: PKESK or SKESK, in the old and the new format (RFC 9580 §4.2)."""
_TEXT = ("text", "")
_FILES = (".asc", ".gpg", ".pgp")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed part."""

    data: bytes
    """OpenPGP, armored or binary."""
    message: bytes
    """The part as a message by itself, with the fields of the whole that say whom it is from."""


def sealed_parts(octets: bytes) -> tuple[Sealed, ...]:
    """Every sealed part of a message, from the front; the message itself where it is one."""
    root = entities.parse(octets)
    section = _fields(root)
    found: list[bytes] = []
    for part in _entities(root):
        is_text = part.content_type.type in _TEXT
        # A text and its HTML copy hold the same armor.
        found += [data for data in _data(part) if not is_text or data not in found]
        if len(found) >= MOST_PARTS:
            break
    return tuple(_sealed(data, section) for data in found[:MOST_PARTS])


def _sealed(data: bytes, section: bytes) -> Sealed:
    frame = pgpmime.encrypted_head(b"=_part_=") + data + pgpmime.encrypted_tail(b"=_part_=")
    return Sealed(data, section + frame)


def open_part(part: Sealed, keys: Keys, *, engine: Engine, now: int) -> Job[Decrypted]:
    """What it holds. Raises `OpenPGPError`."""
    return (
        yield from decryption.decrypt(part.data, keys.secrets, engine=engine, lookup=keys.lookup, now=now, own=keys.own)
    )


def _fields(root: Entity) -> bytes:
    """Of the whole, without what says how it is built."""
    kept = root.header.without(lambda name: name.lower().startswith((b"content-", b"ithaca-", b"mime-version")))
    section = HeaderSection(tuple(f for f in kept.fields if f.name)).render()
    return section if not section or section.endswith(b"\n") else section + b"\r\n"


def _entities(root: Entity) -> Iterator[Entity]:
    """Every entity, messages in messages too; of a sealed one not its parts."""
    waiting = [(root, 0)]
    for _ in range(MOST_ENTITIES):
        if not waiting:
            return
        part, depth = waiting.pop()
        yield part
        if depth < MOST_DEPTH:
            waiting += [(inner, depth + 1) for inner in reversed(_inside(part))]


def _inside(part: Entity) -> tuple[Entity, ...]:
    kind = part.content_type
    try:
        if kind.type == "multipart" and kind.media_type != "multipart/encrypted":
            return part.parts()
        if kind.media_type == "message/rfc822" or ORIGINAL_NAME in _name(part):
            return (entities.parse(part.decoded_body()),)
    except MalformedMessage:
        pass
    return ()


def _data(part: Entity) -> tuple[bytes, ...]:
    kind = part.content_type
    if kind.media_type == "multipart/encrypted":
        try:
            return (bytes(pgpmime.take_encrypted(part)),)
        except MalformedMessage:
            # Its frame is broken; what was sealed stands in it all the same.
            return _armored(part.body)
    try:
        if kind.type in ("multipart", "message") or ORIGINAL_NAME in _name(part):
            return ()
        body = part.decoded_body()
    except MalformedMessage:
        return ()
    if body.startswith(_PKESK):
        is_named = kind.media_type == pgpmime.ENCRYPTED or _name(part).endswith(_FILES)
        return (body,) if is_named else ()
    if kind.type not in _TEXT or len(body) > shown_armor.MOST_TEXT:
        return _armored(body)
    return _closed(shown_armor.messages(shown_armor.text_of(part, body)))


def _armored(octets: bytes) -> tuple[bytes, ...]:
    return _closed(octets[start:end] + b"\r\n" for start, end in _blocks(octets))


def _blocks(octets: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of each block; of several that begin before one ends the last."""
    start: int | None = None
    for mark in _MARK.finditer(octets):
        if mark.group(1) == b"BEGIN":
            start = mark.start()
        elif start is not None:
            yield start, mark.end()
            start = None


def _closed(found: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those that not everybody can read."""
    return tuple(one for one in found if beginning.kind(one) is not Kind.READABLE)


def _name(part: Entity) -> str:
    return part.filename.lower()

"""Sealed parts that stay closed when a message is delivered, for a person who wants one opened: ``ithaca open``.

The law of this file: each part is opened by itself and judged by itself; what it holds is never put beside anything
else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ithaca.errors import MalformedMessage
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
_ARMOR = re.compile(rb"^-----BEGIN PGP MESSAGE-----[ \t]*\r?$.*?^-----END PGP MESSAGE-----", re.MULTILINE | re.DOTALL)
_PKESK = (b"\x84", b"\x85", b"\xc1", b"\x8c", b"\x8d", b"\xc3")
"""How binary OpenPGP begins that is encrypted: PKESK or SKESK, in the old and the new format (RFC 9580 §4.2)."""
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
    found: list[Sealed] = []
    for part, depth in _entities(root):
        section = _fields(root if depth else part)
        for data in _data(part):
            frame = pgpmime.encrypted_head(b"=_part_=") + data + pgpmime.encrypted_tail(b"=_part_=")
            found.append(Sealed(data, section + frame))
    return tuple(found[:MOST_PARTS])


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


def _entities(root: Entity) -> Iterator[tuple[Entity, int]]:
    """Every entity with its depth, messages in messages too; of a sealed one not its parts."""
    waiting = [(root, 0)]
    for _ in range(MOST_ENTITIES):
        if not waiting:
            return
        part, depth = waiting.pop()
        yield part, depth
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
    return _armored(body)


def _armored(octets: bytes) -> tuple[bytes, ...]:
    armors = (found.group() + b"\r\n" for found in _ARMOR.finditer(octets))
    return tuple(armored for armored in armors if beginning.kind(armored) is not Kind.READABLE)


def _name(part: Entity) -> str:
    return part.filename.lower()

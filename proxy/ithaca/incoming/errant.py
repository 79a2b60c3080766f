"""Encrypted parts that are not a layer at the root: errant layers (RFC 9787 §4.5), which stay closed.

The law of this file: it only looks. What it does not find stays closed as well.
"""

import re
from collections.abc import Iterator

from ithaca.errors import MalformedMessage
from ithaca.incoming.envelope import Envelope
from ithaca.mime import entity as entities
from ithaca.mime.entity import Entity
from ithaca.mime.leaves import SUFFIXES, may_hold_openpgp
from ithaca.openpgp import beginning
from ithaca.openpgp.beginning import Kind
from ithaca.verdict import Decryption

MOST_ENTITIES = 1_000
"""Entities that are looked at."""
MOST_DEPTH = 20
MOST_TEXT = 1 << 16
"""Octets of a text that are searched for armor."""
_ARMOR = re.compile(rb"^-----BEGIN PGP MESSAGE-----", re.MULTILINE)
_BEGINNING = 1 << 13
"""Octets of an armor by which it is told that anybody can read it."""


def look(envelope: Envelope) -> None:
    """A finding, where an encrypted part stays closed below what was taken apart."""
    if not envelope.is_whole or not holds_one(envelope.payload):
        return
    envelope.is_sealed = True
    envelope.find("errant-layer", "an encrypted part that is not the message itself stays closed")
    if envelope.decryption is Decryption.FULL:
        envelope.decryption = Decryption.PARTIAL


def holds_one(payload: Entity) -> bool:
    """Is there an encrypted part somewhere inside?"""
    return any(_is_sealed(entity) for entity in _entities(payload))


def _entities(root: Entity) -> Iterator[Entity]:
    """All of them, messages in messages too, up to the limits."""
    waiting = [(root, 0)]
    for _ in range(MOST_ENTITIES):
        if not waiting:
            return
        entity, depth = waiting.pop()
        yield entity
        if depth < MOST_DEPTH:
            waiting += [(inner, depth + 1) for inner in _inside(entity)]


def _inside(entity: Entity) -> tuple[Entity, ...]:
    kind = entity.content_type
    try:
        if kind.type == "multipart":
            return entity.parts()
        if kind.media_type == "message/rfc822":
            return (entities.parse(entity.decoded_body()),)
    except MalformedMessage:
        pass
    return ()


def _is_sealed(entity: Entity) -> bool:
    kind = entity.content_type
    if kind.media_type == "application/pgp-encrypted":
        return True
    if kind.media_type == "multipart/encrypted":
        return b"pgp-encrypted" in entity.header.render().lower()
    if kind.type == "text" or may_hold_openpgp(entity):
        try:
            text = entity.decoded_body()[:MOST_TEXT]
        except MalformedMessage:
            return False
        is_binary = text[:1] >= b"\x80" and entity.filename.lower().endswith(SUFFIXES[1:3])
        return is_binary or any(_is_encrypted(text, begin.start()) for begin in _ARMOR.finditer(text))
    return False


def _is_encrypted(text: bytes, start: int) -> bool:
    """In doubt it is: only what is signed alone, or packed, is no layer of encryption."""
    return beginning.kind(text[start : start + _BEGINNING]) is not Kind.READABLE

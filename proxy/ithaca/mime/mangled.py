"""PGP/MIME that something on its way took apart: opened only where nothing else is in it.

The law of this file: one encrypted part, and every other part is empty or the control part. What has a word in it that
the encryption does not cover stays closed (EFAIL), whatever it was once.
"""

from collections.abc import Sequence

from ithaca.errors import MalformedMessage
from ithaca.mime.entity import Entity
from ithaca.mime.leaves import Finder, Leaf, Role, survey
from ithaca.mime.pgpmime import ENCRYPTED

NAMES = ("encrypted.asc", "msg.asc", "openpgp-encrypted-message.asc")
"""What programs call the encrypted part; by this name alone it is known for one where the control part was lost."""
_BESIDE = {Role.EMPTY, Role.CONTROL}


def sealed(leaves: Sequence[Leaf]) -> Leaf | None:
    """The encrypted part of what once was a multipart/encrypted; None: there is none, or something beside it.

    Exchange makes it multipart/mixed, with an empty text in front; others lose the control part, or all but one.
    """
    found = [leaf for leaf in leaves if leaf.role is Role.SEALED and not leaf.is_text]
    others = [leaf.role for leaf in leaves if leaf.role is not Role.SEALED]
    if len(found) != 1 or len(leaves) != len(others) + 1 or not set(others) <= _BESIDE:
        return None
    entity = found[0].entity
    is_named = entity.filename.lower() in NAMES or entity.content_type.media_type == ENCRYPTED
    return found[0] if is_named or Role.CONTROL in others else None


def sealed_part(entity: Entity, find: Finder) -> Leaf | None:
    """The same of a multipart/encrypted with a broken frame: parts that are missing, or a wrong boundary."""
    try:
        parts = entity.parts()
    except MalformedMessage:
        parts = _parts_by_their_own(entity)
    leaves = [leaf for part in parts for leaf in survey(part, find)]
    found = [leaf for leaf in leaves if leaf.role is Role.SEALED]
    if len(found) != 1 or {leaf.role for leaf in leaves} - {Role.SEALED} - _BESIDE:
        return None
    return found[0]


def _parts_by_their_own(entity: Entity) -> tuple[Entity, ...]:
    """By the delimiter that the body begins with, where the one of the Content-Type is nowhere in it."""
    body = entity.body.lstrip(b"\r\n")
    delimiter = body.partition(b"\n")[0].rstrip(b"\r")
    declared = entity.content_type.params.get("boundary", "")
    if not delimiter.startswith(b"--") or len(delimiter) < 3 or (declared and declared.encode() in entity.body):
        raise MalformedMessage("a multipart without a usable boundary")
    return entity.parts(delimiter)

"""Header protection read (RFC 9788 §4, and what came before it): which fields the root of a payload protects.

The law of this file: a field counts only where the root of the payload says so in one of the known ways; what only
carries or only marks mail is never lifted from inside, and no mark in there stands for a layer.
"""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ithaca.address import AddrSpec
from ithaca.errors import MalformedMessage
from ithaca.mime import ambiguity, pgpmime
from ithaca.mime.entity import Entity, parse
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.protection import LAYERS, ONCE, carries, is_structural
from ithaca.once import once

USER_FACING = frozenset(
    {b"from", b"to", b"cc", b"date", b"subject", b"reply-to", b"followup-to", b"mail-followup-to", b"mail-reply-to"}
    | {b"sender", b"comments", b"keywords"}
)
"""RFC 9787 §1.1.2, and reply fields that clients act upon."""
_LINE_END = re.compile(rb"\r?\n")
_SINGLE = (ONCE | USER_FACING) - {b"comments", b"keywords"}
"""Fields of which one counts, since readers would take different ones of two."""
_NEVER_LIFTED = frozenset({b"hp-outer", b"bcc", b"list-id", b"autocrypt-gossip"})
MOST_HEADERS_PART = 1 << 16
"""Octets of a part that holds header fields."""


class Scheme(enum.Enum):
    """By what a payload says which header fields it protects."""

    NONE = "none"
    STANDARD = "hp"
    """RFC 9788: all fields that are not inside were added on the way."""
    DRAFT = "protected-headers"
    """draft-autocrypt-lamps-protected-headers."""
    MEMORY_HOLE = "memory hole"
    WRAPPED = "wrapped message"
    """RFC 9788 §4.10.1."""


@dataclass(frozen=True)
class Protected:
    """What the root of a payload says."""

    scheme: Scheme
    content: Entity
    """The payload to show, without what only carried header fields."""
    section: HeaderSection = HeaderSection()  # noqa: RUF009 (immutable)
    """What says it: the header section of the root, or one that a part holds."""
    mode: str = ""
    """The value of ``hp``: ``clear`` or ``cipher``."""
    marks: tuple[Field, ...] = ()
    """The HP-Outer fields that count (§2.2)."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """Those that are protected, with CRLF line ends; of what may stand only once (RFC 5322 §3.6) the first."""
        return self._sorted[0]

    @property
    def doubled(self) -> frozenset[bytes]:
        """Lower-case names that stand more than once inside, and may not."""
        return self._sorted[1]

    @once
    def outside(self) -> frozenset[tuple[bytes, bytes]]:
        """(lower-case name, value; see `compared`) of every HP-Outer field."""
        return frozenset(map(_hp_outer, self.marks))

    @once
    def _sorted(self) -> tuple[tuple[Field, ...], frozenset[bytes]]:
        found: list[Field] = []
        seen: set[bytes] = set()
        doubled: set[bytes] = set()
        for field in self.section.fields:
            name = field.name.lower()
            if not name or is_structural(name) or carries(name) or name in _NEVER_LIFTED:
                continue
            if name in seen and name in _SINGLE:
                doubled.add(name)
                continue
            seen.add(name)
            found.append(with_crlf(field))
        return tuple(found), frozenset(doubled)


def read(payload: Entity, *, encrypted: bool, outer: HeaderSection) -> Protected:
    """What the root of a payload protects; `encrypted`: such a layer was opened around it."""
    if ambiguity.of_section(payload.header) is not None:
        return Protected(Scheme.NONE, payload)
    params = payload.content_type.params
    if params.get("hp") in ("clear", "cipher"):
        # §2.2: only under encryption, since a message that was signed alone hides nothing.
        marks = payload.header.get_all(b"HP-Outer") if encrypted else ()
        return Protected(Scheme.STANDARD, payload, payload.header, params["hp"], marks)
    if params.get("protected-headers", "").lower() == "v1":
        content = _without_display_part(payload) if encrypted else payload
        return Protected(Scheme.DRAFT, content, payload.header)
    if params.get("memoryhole", "").lower() == "v1":
        return Protected(Scheme.MEMORY_HOLE, payload, payload.header)
    found = _in_a_part(payload) or _wrapped(payload, outer)
    if found is None and encrypted and any(f.name.lower() in USER_FACING for f in payload.header.fields):
        # Memory Hole before it had a mark: a part has no other reason to hold a Subject.
        return Protected(Scheme.MEMORY_HOLE, payload, payload.header)
    return found or Protected(Scheme.NONE, payload)


def with_crlf(field: Field) -> Field:
    """A field from inside with CRLF line ends: many programs seal what they wrote with LF, and no mail may hold that.

    A lone CR stays: as a line end it would begin a field of the sender's choice.
    """
    if field.octets.count(b"\n") == field.octets.count(b"\r\n"):
        return field
    return Field(field.name, _LINE_END.sub(b"\r\n", field.octets))


def _hp_outer(field: Field) -> tuple[bytes, bytes]:
    name, _, value = field.value.partition(b":")
    return name.strip().lower(), b" ".join(value.split())


def compared(field: Field) -> tuple[bytes, bytes]:
    """(lower-case name, value) for comparison: wherever, and with whatever blanks, the field was folded (§4.3.1)."""
    return field.name.lower(), b" ".join(field.value.split())


# --- older ways --------------------------------------------------------------------------------------


def _without_display_part(payload: Entity) -> Entity:
    """The draft's legacy display part is not shown: the first of exactly two, and it says so itself."""
    parts = _parts(payload)
    if len(parts) != 2 or payload.content_type.media_type != "multipart/mixed":
        return payload
    kind = parts[0].content_type
    is_display = kind.media_type in ("text/plain", "text/rfc822-headers")
    return parts[1] if is_display and kind.params.get("protected-headers", "").lower() == "v1" else payload


def _in_a_part(payload: Entity) -> Protected | None:
    """Memory Hole's other form: a first part that holds the fields."""
    parts = _parts(payload) if payload.content_type.media_type == "multipart/mixed" else ()
    if not parts or parts[0].content_type.media_type != "text/rfc822-headers":
        return None
    if parts[0].content_type.params.get("memoryhole", "").lower() != "v1":
        return None
    try:
        section = HeaderSection.parse(parts[0].decoded_body()[:MOST_HEADERS_PART].lstrip(b"\r\n"))
    except MalformedMessage:
        return None
    return Protected(Scheme.MEMORY_HOLE, parts[1] if len(parts) == 2 else payload, section)


def _wrapped(payload: Entity, outer: HeaderSection) -> Protected | None:
    """A payload that is a message is the message itself (RFC 9788 §4.10.1), unless somebody forwards one.

    Without ``forwarded=no`` it must be of the same author, and no attachment.
    """
    kind = payload.content_type
    if kind.media_type != "message/rfc822" or payload.transfer_encoding not in ("7bit", "8bit", "binary"):
        return None
    inner = parse(payload.whole, payload.body_start, payload.stop)
    if "hp" in kind.params or "hp" in inner.content_type.params or _is_layer(inner):
        return None
    if kind.params.get("forwarded", "").lower() != "no":
        authors = addresses(inner.header.get_all(b"From"))
        is_own = len(authors) == 1 and authors == addresses(outer.get_all(b"From"))
        if not is_own or "forwarded" in kind.params or payload.disposition.subtype == "attachment":
            return None
    return Protected(Scheme.WRAPPED, inner, inner.header)


def _is_layer(entity: Entity) -> bool:
    """Of OpenPGP or of S/MIME, in doubt too."""
    return pgpmime.shape(entity.header) is not pgpmime.Shape.NONE or entity.content_type.media_type in LAYERS


def _parts(entity: Entity) -> tuple[Entity, ...]:
    try:
        return entity.parts() if entity.content_type.type == "multipart" else ()
    except MalformedMessage:
        return ()


def addresses(fields: Sequence[Field]) -> list[AddrSpec]:
    """The addresses of some fields; none where one of them cannot be read."""
    try:
        return [mailbox.address for field in fields for mailbox in field.mailboxes]
    except MalformedMessage:
        return []

"""Legacy display elements taken out on reading (RFC 9788 §4.5.3): header fields that a sealed text repeats.

The law of this file: only what is marked, in a main body part, and of the exact form is taken out; nothing of it is
ever believed, and no other octet of the payload changes. Where somebody else has woven it into an encoded text in a
way of their own, the text is encoded anew.
"""

import binascii
import re
from collections.abc import Callable

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime import insertion, legacy_element
from ithaca.mime.entity import Entity, parse
from ithaca.mime.protected import USER_FACING

MOST_DEPTH = 20
_MARK = re.compile(rb';(?:\r?\n)?[ \t]*hp-legacy-display="?1"?', re.IGNORECASE)
_LINE = re.compile(rb"([!-9;-~]+): [^\r\n]*\Z")
_DIVISION = re.compile(
    rb'\s*(<div class="header-protection-legacy-display">\s*<pre>[^<]*</pre>\s*</div>)', re.IGNORECASE
)

Span = tuple[int, int]


def without_elements(payload: Entity) -> Entity:
    """A payload without its display elements; the same one where it has none."""
    spans = sorted(_elements(payload, 0), reverse=True)
    if not spans:
        return payload
    octets = payload.octets
    for start, end, text in spans:
        octets = octets[: start - payload.start] + text + octets[end - payload.start :]
    return parse(octets)


def _elements(entity: Entity, depth: int) -> list[tuple[int, int, bytes]]:
    """(start and end in `whole`, what stands there instead) in each main body part that has one (RFC 9787 §7.1)."""
    kind = entity.content_type
    if kind.type == "multipart" and depth < MOST_DEPTH:
        try:
            parts = entity.parts()
        except MalformedMessage:
            return []
        main = parts if kind.subtype == "alternative" else parts[:1]
        return [found for part in main for found in _elements(part, depth + 1)]
    find = _FOUND.get(kind.media_type)
    if find is None or kind.params.get("hp-legacy-display") != "1" or entity.disposition.subtype == "attachment":
        return []
    try:
        body = _without(entity, find)
    except MalformedMessage:
        return []
    if body is None:
        return []
    # Without the mark, which means nothing any more, the part is as its sender wrote it.
    mark = _MARK.search(entity.whole, *_kind_field(entity))
    cut = [] if mark is None else [(mark.start(), mark.end(), b"")]
    return [*cut, (entity.body_start, entity.stop, body)]


def _kind_field(entity: Entity) -> Span:
    """Where its Content-Type stands in `whole`."""
    start = entity.start
    for field in entity.header.fields:
        if field.named(b"Content-Type"):
            return start, start + len(field.octets)
        start += len(field.octets)
    return start, start


def _without(part: Entity, find: Callable[[bytes], Span | None]) -> bytes | None:
    """The encoded body without its element; None: it has none. Raises `MalformedMessage` where it cannot be decoded."""
    content, encoding = part.decoded_body(), part.transfer_encoding
    span = find(content)
    if span is None:
        return None
    start, end = span
    rest = content[:start] + content[end:]
    encoded = insertion.taken_out(part.body, content, start, end, encoding)
    if encoded is not None and _decoded(encoded, part) == rest:
        return encoded
    return _ENCODERS.get(encoding, bytes)(rest)


def _decoded(body: bytes, part: Entity) -> bytes | None:
    try:
        return Entity(body, part.header, 0).decoded_body()
    except MalformedMessage:
        return None


def _in_plain(text: bytes) -> Span | None:
    """§5.2.2: lines ``Name: value`` of user-facing fields at the very start, up to the first empty line."""
    at = 0
    while at < legacy_element.MOST_ELEMENT:
        end = text.find(b"\n", at)
        if end < 0:
            return None
        line = text[at:end].removesuffix(b"\r")
        if not line:
            return (0, end + 1) if at else None
        found = _LINE.match(line)
        is_folded = at > 0 and line[:1] in (b" ", b"\t")
        if not is_folded and (found is None or found.group(1).lower() not in USER_FACING):
            return None
        at = end + 1
    return None


def _in_html(text: bytes) -> Span | None:
    """§5.2.3: the first child of the body."""
    place = legacy_element.place(text)
    found = None if place is None else _DIVISION.match(text, place)
    return None if found is None else found.span(1)


_FOUND = {"text/plain": _in_plain, "text/html": _in_html}
_ENCODERS = {
    "base64": lambda rest: pybase64.encodebytes(rest).replace(b"\n", b"\r\n"),
    "quoted-printable": lambda rest: binascii.b2a_qp(rest, istext=True),
}

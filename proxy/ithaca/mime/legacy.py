"""Legacy display elements taken out on reading (RFC 9788 §4.5.3): header fields that a sealed text repeats.

The law of this file: only what is marked, in a main body part, and of the exact form is taken out; nothing of it is
ever believed, and no other octet of the payload changes.
"""

import binascii
import re

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime.entity import Entity, parse
from ithaca.mime.protected import USER_FACING

MOST_ELEMENT = 1 << 16
"""Octets of a display element."""
MOST_DEPTH = 20
_MARK = re.compile(rb';(?:\r?\n)?[ \t]*hp-legacy-display="?1"?', re.IGNORECASE)
_LINE = re.compile(rb"([!-9;-~]+): [^\r\n]*\Z")
_DIV = re.compile(
    rb'(<body[^<>]*>\s*)<div class="header-protection-legacy-display">\s*<pre>[^<]*</pre>\s*</div>(?:\r?\n)?',
    re.IGNORECASE,
)


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
    """(start and end in `whole` of the body, what it becomes) of each main body part that has one (RFC 9787 §7.1)."""
    kind = entity.content_type
    if kind.type == "multipart" and depth < MOST_DEPTH:
        try:
            parts = entity.parts()
        except MalformedMessage:
            return []
        main = parts if kind.subtype == "alternative" else parts[:1]
        return [found for part in main for found in _elements(part, depth + 1)]
    cut = _CUTS.get(kind.media_type)
    if cut is None or kind.params.get("hp-legacy-display") != "1" or entity.disposition.subtype == "attachment":
        return []
    try:
        text = entity.decoded_body()
    except MalformedMessage:
        return []
    rest = cut(text)
    if rest is None:
        return []
    body = (entity.body_start, entity.stop, _ENCODERS.get(entity.transfer_encoding, bytes)(rest))
    mark = _MARK.search(entity.whole, entity.start, entity.body_start)
    # Without the mark, which means nothing any more, the part is as its sender wrote it.
    return [body] if mark is None else [body, (mark.start(), mark.end(), b"")]


def _plain(text: bytes) -> bytes | None:
    """§5.2.2: lines ``Name: value`` of user-facing fields at the very start, up to the first empty line."""
    at = 0
    while at < MOST_ELEMENT:
        end = text.find(b"\n", at)
        if end < 0:
            return None
        line = text[at:end].removesuffix(b"\r")
        if not line:
            return text[end + 1 :] if at else None
        found = _LINE.match(line)
        is_folded = at > 0 and line[:1] in (b" ", b"\t")
        if not is_folded and (found is None or found.group(1).lower() not in USER_FACING):
            return None
        at = end + 1
    return None


def _html(text: bytes) -> bytes | None:
    """§5.2.3: the first child of the body."""
    rest, count = _DIV.subn(rb"\1", text, count=1)
    return rest if count else None


_CUTS = {"text/plain": _plain, "text/html": _html}
_ENCODERS = {
    "base64": lambda rest: pybase64.encodebytes(rest).replace(b"\n", b"\r\n"),
    "quoted-printable": lambda rest: binascii.b2a_qp(rest, istext=True),
}

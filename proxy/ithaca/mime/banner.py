"""The banner as MIME: a text part of its own in front of a message, or a mark in its Subject; built and recognised.

The law of this file: nothing is ever written into a sender's text. The second part is the message as it was, octet
for octet; only its Content-* fields move from the header section of the whole to that of the part (RFC 2046 §5.1.3).
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime import entity as entities
from ithaca.mime import header
from ithaca.mime.entity import Entity
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.protection import ended

MARK = "=== Ithaca on this letter ==="
"""The first line of every banner."""
END = "=== The letter follows ==="
"""The last one, for programs that draw no line between parts."""
SUBJECT_MARK = "[Ithaca: "
"""How a mark in a Subject begins; it ends with ``]``."""
ORIGINAL_NAME = "original.sealed"
"""File name of the sealed original; no program knows its ending, so none opens it by itself."""
ARMORED_NAME = "original.armored"
"""File name of a message that came as armor, though nothing in it was sealed."""
_ORIGINALS = {ORIGINAL_NAME: b"The sealed original of this letter", ARMORED_NAME: b"This letter as it came"}
MOST_SEARCHED = 1 << 16
"""Octets of a message in which a foreign banner is looked for; behind so much text nobody takes it for one."""
MOST_LINE = 998
"""RFC 5322 §2.1.1."""
MOST_LEAVES = 50
MOST_DEPTH = 10

_MARK_LINE = re.compile(r"^[^\w>|]{0,40}ithaca\s+on\s+this\s+letter\b", re.IGNORECASE | re.MULTILINE)
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_TAG = re.compile(r"<(/?[a-zA-Z0-9]{0,20})[^<>]{0,2000}>")
_BREAKING = frozenset(
    [
        "p",
        "div",
        "br",
        "tr",
        "td",
        "th",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "table",
        "body",
        "html",
        "blockquote",
        "pre",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ]
)
"""Tags behind which a new line begins."""
_SUBJECT_FORGED = re.compile(r"[\[\(\{]\s*ithaca\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Original:
    """A message as it came, which hangs on what is shown of it."""

    name: str
    """`ORIGINAL_NAME` or `ARMORED_NAME`."""
    octets: bytes


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A message with a banner in front, taken apart."""

    text: str
    """Of the banner, without its line ends at the end; LF."""
    content: Entity
    """What it stands in front of."""
    original: bytes | None
    """The message as it came that hangs on, decoded."""


def wrap(section: HeaderSection, body: bytes, text: str, boundary: bytes, original: Original | None) -> list[bytes]:
    """The pieces of the message: `section` without its Content-* fields, then the parts.

    `text`: of the banner, "" for none; `body`: that belongs to `section`; `original`: hangs on
    behind it. `boundary` must stand in none of them.
    """
    outside = [ended(f) for f in section.fields if not f.name.lower().startswith(b"content-")]
    inside = [ended(f) for f in section.fields if f.name.lower().startswith(b"content-")]
    if not any(f.named(b"MIME-Version") for f in outside):
        outside.append(Field(b"MIME-Version", b"MIME-Version: 1.0\r\n"))
    delimiter = b"--" + boundary
    out = [
        *(f.octets for f in outside),
        b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n',
        b"" if body.isascii() else b"Content-Transfer-Encoding: 8bit\r\n",
        b"\r\n",
        b"" if not text else delimiter + b"\r\n" + _text_part(text) + b"\r\n",
        delimiter + b"\r\n",
        *(f.octets for f in inside),
        b"\r\n",
        body,
    ]
    if original is not None:
        out += [b"\r\n" + delimiter + b"\r\n" + _original_head(original.name), _base64(original.octets)]
    return [*out, b"\r\n" + delimiter + b"--\r\n"]


def _original_head(name: str) -> bytes:
    return (
        b'Content-Type: application/octet-stream; name="' + name.encode() + b'"\r\n'
        b"Content-Description: " + _ORIGINALS[name] + b"\r\n"
        b'Content-Disposition: attachment; filename="' + name.encode() + b'"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )


def _text_part(text: str) -> bytes:
    octets = (text.rstrip("\n") + "\n").replace("\n", "\r\n").encode()
    if octets.isascii() and max(map(len, octets.split(b"\r\n"))) <= MOST_LINE:
        return b"Content-Type: text/plain; charset=us-ascii\r\nContent-Disposition: inline\r\n\r\n" + octets
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: inline\r\n"
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + _base64(octets)


def _base64(octets: bytes) -> bytes:
    return pybase64.encodebytes(octets).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def unwrap(message: Entity) -> Wrapped | None:
    """Take a message apart that `wrap` has made; None: it is none."""
    try:
        parts = message.parts()
    except MalformedMessage:
        return None
    text = _text_of(parts[0]) if parts else ""
    has_banner = text.startswith(MARK)
    rest = parts[1:] if has_banner else parts
    if not 1 <= len(rest) <= 2:
        return None
    original = _original(rest[1]) if len(rest) == 2 else None
    if (len(rest) == 2 and original is None) or (not has_banner and original is None):
        return None
    return Wrapped(text.replace("\r\n", "\n").rstrip("\n") if has_banner else "", rest[0], original)


def _original(part: Entity) -> bytes | None:
    disposition = part.header.first(b"Content-Disposition")
    if disposition is None or not any(name.encode() in disposition.value for name in _ORIGINALS):
        return None
    try:
        return part.decoded_body()
    except MalformedMessage:
        return None


# --- recognising ---------------------------------------------------------------------------------------


def holds_banner(text: str) -> bool:
    """Does a line of the text look like the head of a banner of ours? What is quoted with ``>`` is none."""
    return _MARK_LINE.search(_bare(text)) is not None


def _bare(text: str) -> str:
    """Without what makes a word look like another to a program, but not to a person."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if unicodedata.category(c) != "Cf")


def texts(message: Entity, *, attached: bool) -> Iterator[str]:
    """The text leaves of a message as a person would see them, decoded, from the front, up to a limit.

    `attached`: those of attached messages too.
    """
    end = message.start + MOST_SEARCHED
    beginning = message if message.stop <= end else entities.parse(message.whole, message.start, end)
    for leaf in _leaves(beginning, attached):
        yield _text_of(leaf)


def _leaves(message: Entity, attached: bool) -> Iterator[Entity]:
    waiting: list[tuple[Entity, int]] = [(message, 0)]
    for _ in range(MOST_LEAVES):
        if not waiting:
            return
        part, depth = waiting.pop()
        kind = part.content_type
        if kind.type == "multipart" and depth < MOST_DEPTH:
            waiting += [(p, depth + 1) for p in reversed(_parts(part))]
        elif kind.media_type == "message/rfc822" and depth < MOST_DEPTH:
            if attached:
                waiting.append((entities.parse(part.whole, part.body_start, part.stop), depth + 1))
        elif kind.type == "text" or not kind.type:
            yield part


def _parts(part: Entity) -> tuple[Entity, ...]:
    """Its parts, the last one cut off where only the beginning is there; () where nobody could tell them."""
    try:
        return part.parts()
    except MalformedMessage:
        boundary = part.content_type.params.get("boundary", "").encode("utf-8", "replace")
        closed = entities.parse(part.octets + b"\r\n--" + boundary + b"--\r\n")
    try:
        return closed.parts()
    except MalformedMessage:
        return ()


def _text_of(part: Entity) -> str:
    """The text of one leaf; never raises. Of an HTML one what stands between the tags."""
    try:
        octets = part.decoded_body()
    except MalformedMessage:
        octets = _leniently(part)
    try:
        text = octets[:MOST_SEARCHED].decode(part.content_type.params.get("charset", "utf-8"), "replace")
    except (LookupError, ValueError, UnicodeError):
        text = octets[:MOST_SEARCHED].decode("utf-8", "replace")
    return without_tags(text) if part.content_type.subtype == "html" else text


def _leniently(part: Entity) -> bytes:
    """Base64 as far as it goes; the octets themselves of any other encoding."""
    if part.transfer_encoding != "base64":
        return part.body
    characters = _NO_BASE64.sub(b"", part.body)
    return pybase64.b64decode(characters[: len(characters) // 4 * 4])


def without_tags(text: str) -> str:
    """What HTML shows, near enough to search in: tags taken out, characters by name put in."""
    return html.unescape(_TAG.sub(lambda tag: "\n" if tag[1].strip("/").lower() in _BREAKING else "", text))


# --- the mark in the Subject ---------------------------------------------------------------------------


def with_subject_mark(section: HeaderSection, word: str) -> HeaderSection:
    """The section with ``[Ithaca: word]`` in front of its Subject, and no forged mark in it."""
    clean = neutralised(section)
    subject = clean.first(b"Subject")
    text = f"{SUBJECT_MARK}{word}] {'' if subject is None else subject.text}".rstrip()
    kept = clean.without(lambda name: name.lower() == b"subject")
    return kept.with_last([header.encode_text(b"Subject", text)])


def neutralised(section: HeaderSection) -> HeaderSection:
    """The section with every mark in a Subject made harmless that a sender wrote there; else unchanged."""
    if not any(f.named(b"Subject") and _SUBJECT_FORGED.search(_bare(f.text)) for f in section.fields):
        return section
    return HeaderSection(tuple(_neutral(f) for f in section.fields))


def _neutral(field: Field) -> Field:
    if not field.named(b"Subject") or not _SUBJECT_FORGED.search(_bare(field.text)):
        return field
    return header.encode_text(b"Subject", _SUBJECT_FORGED.sub("(not Ithaca:", _bare(field.text)))

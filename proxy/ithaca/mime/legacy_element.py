"""One legacy display element put into the beginning of a text part (RFC 9788 §5.2.2, §5.2.3), whatever its encoding.

The law of this file: the content behind the element stays octet for octet. Where there is no certain place for it, or
its characters cannot be said in the charset of the part, there is none.
"""

import html
import re
from collections.abc import Sequence

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime import parameters
from ithaca.mime.entity import Entity
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.transfer import MOST_LINE, quoted

MARK = b'; hp-legacy-display="1"'
MOST_START = 1 << 16
"""Octets of an HTML part in which its body begins; style sheets stand in front of it."""
_BODY = re.compile(rb"<body(?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(rb"""<body(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)
_RAW = ("7bit", "8bit", "binary")

Shown = Sequence[tuple[str, str]]
"""Names and texts of fields, in their order."""


class Start:
    """The start of one text/plain or text/html part, held until the element has its place."""

    def __init__(self, part: Entity, head: bytes, shown: Shown) -> None:
        self._part = part
        self._head = head
        self._shown = shown
        self._held = b""
        self._insert = _INSERT.get((part.content_type.subtype, part.transfer_encoding))

    def feed(self, octets: bytes) -> bytes | None:
        """Header section and beginning of the body as they leave; None: more of the body, please."""
        self._held += octets
        if self._insert is None or not _is_like_ascii(self._part):
            return self.as_it_was()
        try:
            made = self._insert(self._held, self._shown, self._part.content_type.params.get("charset", "us-ascii"))
        except (ValueError, LookupError):
            return self.as_it_was()
        if made is None:
            return self.as_it_was() if len(self._held) > MOST_START else None
        marked = _marked(self._part.header, is_ascii=made.isascii() or self._part.transfer_encoding != "7bit")
        return self.as_it_was() if marked is None else marked + b"\r\n" + made

    def as_it_was(self) -> bytes:
        """The same without any element."""
        return self._head + self._held


def _is_like_ascii(part: Entity) -> bool:
    charset = part.content_type.params.get("charset", "us-ascii")
    try:
        return "Subject: <a>\r\n".encode(charset) == b"Subject: <a>\r\n"
    except (LookupError, ValueError):
        return False


def _marked(section: HeaderSection, *, is_ascii: bool) -> bytes | None:
    """The header section with the mark (RFC 9788 §2.1.2); None: it cannot be put there."""
    fields = list(section.fields)
    kinds = [n for n, f in enumerate(fields) if f.named(b"Content-Type")]
    if len(kinds) > 1:
        return None
    if not kinds:
        fields.append(Field(b"Content-Type", b"Content-Type: text/plain" + MARK + b"\r\n"))
    for n in kinds:
        try:
            fields[n] = parameters.added(fields[n], MARK, (b"hp-legacy-display",))
        except MalformedMessage:
            return None
    marked = HeaderSection(tuple(fields))
    if not is_ascii:
        marked = marked.without(lambda name: name.lower() == b"content-transfer-encoding").with_last(
            [Field(b"Content-Transfer-Encoding", b"Content-Transfer-Encoding: 8bit\r\n")]
        )
    return marked.with_last([]).render()


# --- text/plain --------------------------------------------------------------------------------------


def _lines(shown: Shown, padding: int = 0) -> str:
    # Blanks behind the first colon change nothing for a reader; at the end of a line they would (RFC 3676 §4.1).
    first, *others = (f"{name}: {text}\r\n" for name, text in shown)
    return first.replace(": ", ": " + " " * padding, 1) + "".join(others)


def _plain_raw(held: bytes, shown: Shown, charset: str) -> bytes:
    return (_lines(shown) + "\r\n").encode(charset) + held


def _plain_quoted(held: bytes, shown: Shown, charset: str) -> bytes:
    return quoted((_lines(shown) + "\r\n").encode(charset)) + held


def _plain_base64(held: bytes, shown: Shown, charset: str) -> bytes:
    element = (_lines(shown) + "\r\n").encode(charset)
    padded = (_lines(shown, -len(element) % 3) + "\r\n").encode(charset)
    return _base64_lines(padded) + held


def _base64_lines(octets: bytes) -> bytes:
    return pybase64.encodebytes(octets).replace(b"\n", b"\r\n")


# --- text/html ---------------------------------------------------------------------------------------


def _division(shown: Shown, padding: int = 0) -> bytes:
    """Characters that are not ASCII as references, which every charset understands."""
    text = html.escape(_lines(shown, padding).removesuffix("\r\n"), quote=False)
    inside = text.encode("ascii", "xmlcharrefreplace")
    return b'<div class="header-protection-legacy-display"><pre>' + inside + b"</pre></div>"


def _place(source: bytes) -> int | None:
    """Behind the start tag of the body, which does not stand in a comment."""
    at, found = 0, _BODY.search(source, 0, MOST_START)
    while found is not None:
        comment = source.find(b"<!--", at, found.start())
        if comment < 0:
            tag = _TAG.match(source, found.start())
            return tag.end() if tag is not None else None
        end = source.find(b"-->", comment + 4)
        if end < 0:
            return None
        at = end + 3
        if at > found.start():
            found = _BODY.search(source, at, MOST_START)
    return None


def _html_raw(held: bytes, shown: Shown, _charset: str) -> bytes | None:
    place = _place(held)
    return None if place is None else held[:place] + _division(shown) + held[place:]


def _html_quoted(held: bytes, shown: Shown, _charset: str) -> bytes | None:
    place = _place(held)
    if place is None:
        return None
    if place - (held.rfind(b"\n", 0, place) + 1) >= MOST_LINE:
        raise ValueError("no room for a soft line break")
    return held[:place] + b"=\r\n" + quoted(_division(shown)) + b"=\r\n" + held[place:]


def _html_base64(held: bytes, shown: Shown, _charset: str) -> bytes | None:
    digits = held.translate(None, b" \t\r\n")
    whole = len(digits) // 4 * 4
    content = pybase64.b64decode(digits[:whole], validate=True)
    place = _place(content)
    if place is None:
        return None
    # What follows stays in its groups of four digits.
    padding = -len(_division(shown)) % 3
    made = content[:place] + _division(shown, padding) + content[place:]
    return _base64_lines(made) + digits[whole:]


_INSERT = {
    **{("plain", encoding): _plain_raw for encoding in _RAW},
    ("plain", "quoted-printable"): _plain_quoted,
    ("plain", "base64"): _plain_base64,
    **{("html", encoding): _html_raw for encoding in _RAW},
    ("html", "quoted-printable"): _html_quoted,
    ("html", "base64"): _html_base64,
}

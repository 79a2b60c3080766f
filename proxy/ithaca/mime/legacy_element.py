"""One legacy display element put into the beginning of a text part (RFC 9788 §5.2.2, §5.2.3), whatever its encoding.

The law of this file: the text behind the element stays octet for octet as it is encoded, so that a reader who takes
element and mark away has what the writer wrote. Where there is no certain place for it, or its characters cannot be
said in the charset and the transfer encoding of the part, there is none.
"""

import html
import re
from collections.abc import Sequence

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime import insertion, parameters
from ithaca.mime.entity import Entity
from ithaca.mime.header import Field, HeaderSection

MARK = b'; hp-legacy-display="1"'
_MARKS = (b"hp-legacy-display",)
MOST_ELEMENT = 1 << 16
"""Octets of a display element."""
MOST_START = 1 << 16
"""Octets of an HTML part in which its body begins; style sheets stand in front of it."""
_BODY = re.compile(rb"<body(?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(rb"""<body(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)

Shown = Sequence[tuple[str, str]]
"""Names and texts of fields, in their order."""


class Start:
    """The start of one text/plain or text/html part, held until the element has its place."""

    def __init__(self, part: Entity, head: bytes, shown: Shown, *, is_root: bool) -> None:
        self._part = part
        self._is_root = is_root
        self._head = head
        self._shown = shown
        self._held = b""
        encoding = part.transfer_encoding
        is_small = sum(len(name) + 4 * len(text) + 4 for name, text in shown) < MOST_ELEMENT
        self._insert = _INSERT.get(part.content_type.subtype) if encoding in _ENCODINGS and is_small else None

    def feed(self, octets: bytes) -> bytes | None:
        """Header section and beginning of the body as they leave; None: more of the body, please."""
        self._held += octets
        if self._insert is None or not _is_like_ascii(self._part):
            return self.as_it_was()
        try:
            made = self._insert(self._held, self._shown, self._part.charset, self._part.transfer_encoding)
        except (ValueError, LookupError):
            return self.as_it_was()
        if made is None:
            return self.as_it_was() if len(self._held) > MOST_START else None
        marked = self._marked(is_eight_bit=self._part.transfer_encoding == "7bit" and not made.isascii())
        return self.as_it_was() if marked is None else marked + b"\r\n" + made

    def as_it_was(self) -> bytes:
        """The same without any element."""
        return self._head + self._held

    def _marked(self, *, is_eight_bit: bool) -> bytes | None:
        """The header section with the mark (RFC 9788 §2.1.2); None: it cannot be put there.

        Of the letter itself it may say what it did not; that of a part is an octet string in the body around it.
        """
        section = self._part.header
        kinds = section.get_all(b"Content-Type")
        if len(kinds) > 1 or (not self._is_root and (is_eight_bit or not kinds)):
            return None
        if not kinds:
            section = section.with_last([Field(b"Content-Type", b"Content-Type: text/plain\r\n")])
        try:
            fields = [parameters.added(f, MARK, _MARKS) if f.named(b"Content-Type") else f for f in section.fields]
        except MalformedMessage:
            return None
        if is_eight_bit:
            fields = [f for f in fields if not f.named(b"Content-Transfer-Encoding")]
            fields.append(Field(b"Content-Transfer-Encoding", b"Content-Transfer-Encoding: 8bit\r\n"))
        return HeaderSection(tuple(fields)).with_last([]).render()


def _is_like_ascii(part: Entity) -> bool:
    charset = part.content_type.params.get("charset", "us-ascii")
    try:
        return "Subject: <a>\r\n".encode(charset) == b"Subject: <a>\r\n"
    except (LookupError, ValueError):
        return False


# --- text/plain --------------------------------------------------------------------------------------


def _lines(shown: Shown, padding: int = 0) -> str:
    # Blanks behind the first colon change nothing for a reader; at the end of a line they would (RFC 3676 §4.1).
    first, *others = (f"{name}: {text}\r\n" for name, text in shown)
    return first.replace(": ", ": " + " " * padding, 1) + "".join(others)


def _plain(held: bytes, shown: Shown, charset: str, encoding: str) -> bytes:
    element = (_lines(shown) + "\r\n").encode(charset)
    if encoding == "base64":
        element = (_lines(shown, insertion.fits(len(element))) + "\r\n").encode(charset)
    return insertion.in_front(element, encoding) + held


# --- text/html ---------------------------------------------------------------------------------------


def _division(shown: Shown, padding: int = 0) -> bytes:
    """Characters that are not ASCII as references, which every charset understands."""
    text = html.escape(_lines(shown, padding).removesuffix("\r\n"))
    inside = text.encode("ascii", "xmlcharrefreplace")
    return b'<div class="header-protection-legacy-display"><pre>' + inside + b"</pre></div>"


def place(source: bytes) -> int | None:
    """The offset behind the start tag of the body of HTML, which does not stand in a comment; None: none is sure."""
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


def _html(held: bytes, shown: Shown, _charset: str, encoding: str) -> bytes | None:
    source = _started(held) if encoding == "base64" else held
    at = place(source)
    if at is None:
        return None
    division = _division(shown)
    if encoding == "base64":
        return insertion.in_base64(held, at, _division(shown, insertion.fits(len(division))))
    if encoding == "quoted-printable":
        return insertion.in_quoted(held, at, division)
    return held[:at] + division + held[at:]


def _started(held: bytes) -> bytes:
    """What the first digits of base64 say."""
    digits = held.translate(None, b" \t\r\n")
    return pybase64.b64decode(digits[: len(digits) // 4 * 4], validate=True)


_INSERT = {"plain": _plain, "html": _html}
_ENCODINGS = frozenset({"7bit", "8bit", "binary", "quoted-printable", "base64"})

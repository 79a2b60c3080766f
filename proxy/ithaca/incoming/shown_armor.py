"""Armored messages in a text as a program shows it: quoted, indented, broken anew, or taken out of HTML.

The law of this file: it puts right what stands around the data and never the data: an octet in them that is no base64
stays, so that whoever reads the armor refuses it. Linear in the text.
"""

import re
from collections.abc import Iterator

from ithaca.mime.entity import Entity
from ithaca.mime.visible import MARKUP

MOST_TEXT = 1 << 24
"""Octets of a text that is read so; in a longer one nobody quotes."""
MOST_BLOCKS = 100
COLUMNS = 64
_MARK = re.compile(r"-----(BEGIN|END)[\s>|]{1,10}PGP[\s>|]{1,10}MESSAGE-----")
_QUOTE = re.compile(r"[\s>|]*(?:- )?")
"""In front of a line: quote marks and blanks, and a dash as in cleartext that was signed (RFC 9580 §7.2)."""
_MOST_BEFORE = 200
"""Characters of it that are looked at."""
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_HEADER = re.compile(r"[A-Za-z][A-Za-z-]{0,30}: ")
_FULL_LINE = re.compile(r"[A-Za-z0-9+/=]{20,}")
"""A line that is nothing but data; the least that is encrypted has several dozen octets."""
_CHECKSUM = re.compile(r"=[A-Za-z0-9+/]{4}")


def text_of(leaf: Entity, octets: bytes) -> str:
    """The text of a leaf as it is shown. `octets`: its body, decoded."""
    try:
        text = octets.decode(leaf.charset, "replace")
    except (LookupError, ValueError):
        text = octets.decode("utf-8", "replace")
    return MARKUP.shown(text) if leaf.content_type.subtype == "html" else text


def messages(text: str) -> Iterator[bytes]:
    """The armored messages in it, each as a block by itself, without its armor headers; at most `MOST_BLOCKS`."""
    text = text if text.isascii() else _UNSEEN.sub("", text)
    start: int | None = None
    count = 0
    for mark in _MARK.finditer(text):
        if mark.group(1) == "BEGIN":
            start = mark.end() if _begins_line(text, mark.start()) else start
        elif start is not None:
            yield _block(text[start : mark.start()])
            start, count = None, count + 1
            if count == MOST_BLOCKS:
                return


def _begins_line(text: str, at: int) -> bool:
    before = text[max(0, at - _MOST_BEFORE) : at]
    return _QUOTE.fullmatch(before, before.rfind("\n") + 1) is not None


def _block(inside: str) -> bytes:
    lines = [_QUOTE.sub("", line, count=1) for line in inside.splitlines()]
    data = ["".join(line.split()) for line in lines[_first(lines) :]]
    data = [line for line in data if line]
    if data and _CHECKSUM.fullmatch(data[-1]):
        # Never a reason to refuse (RFC 9580 §6.1); and a text and its HTML copy are one then.
        del data[-1]
    digits = "".join(data)
    broken = [digits[n : n + COLUMNS] for n in range(0, len(digits), COLUMNS)]
    whole = ["-----BEGIN PGP MESSAGE-----", "", *broken, "-----END PGP MESSAGE-----", ""]
    return "\r\n".join(whole).encode("ascii", "replace")


def _first(lines: list[str]) -> int:
    """The first line of data: armor headers stand in front of it, broken into several lines perhaps."""
    found = (n for n, line in enumerate(lines) if _FULL_LINE.fullmatch(line.strip()))
    return next(found, sum(1 for line in lines if _HEADER.match(line)))

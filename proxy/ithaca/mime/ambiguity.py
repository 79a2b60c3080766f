"""What can be read in two ways: then the tree that is checked here need not be the one that a client shows.

The law of this file: it says what is doubtful, and never which reading is right. What no program has to read, such as
the inside of a signed entity, is not its business.
"""

import re

from ithaca.errors import MalformedMessage
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection

_HIDDEN = re.compile(rb"(?:\r(?!\n)|\0)[ \t]*(?:content-|mime-version)", re.IGNORECASE)
"""A field behind what some clients take for a line end."""
_PLAIN_ENCODINGS = ("7bit", "8bit", "binary")
_PREAMBLE = re.compile(rb"This is an? [A-Za-z/ -]{0,40}(?:MIME|multi-?part)[A-Za-z0-9/ .,()-]{0,80}\Z")
"""The sentence for readers without MIME that many programs write (RFC 2046 §5.1.1); nobody else sees it."""


def doubt(entity: Entity) -> str | None:
    """Why the structure of an entity that is taken apart here is not certain; None: everybody reads it alike."""
    return of_section(entity.header) or _of_lines(entity) or _of_multipart(entity)


def of_section(section: HeaderSection) -> str | None:
    """Why a header section can be read in two ways; None: it cannot."""
    for name in (b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version"):
        if len(section.get_all(name)) > 1:
            return f"two {name.decode()} fields"
    if _HIDDEN.search(section.render()):
        return "a field behind a lone CR or a NUL"
    return None


def _of_lines(entity: Entity) -> str | None:
    """Two kinds of line ends, and the header section ends elsewhere for who takes one of them for content."""
    end = entity.whole[max(entity.start, entity.body_start - 2) : entity.body_start]
    is_loose = end.endswith(b"\n") and not end.endswith(b"\r\n")
    has_crlf = is_loose and entity.whole.find(b"\r\n", entity.start, entity.stop) >= 0
    return "a header section that ends in two ways" if has_crlf else None


def _of_multipart(entity: Entity) -> str | None:
    kind = entity.content_type
    if kind.type != "multipart":
        return None
    if kind.ambiguous:
        return "a Content-Type that can be read in two ways"
    if entity.transfer_encoding not in _PLAIN_ENCODINGS:
        # RFC 2045 §6.4: some clients take it off, some do not.
        return "a multipart with a transfer encoding"
    try:
        delimiter = entity.delimiter
    except MalformedMessage:
        return None
    return _of_boundaries(entity, delimiter)


def _of_boundaries(entity: Entity, delimiter: bytes) -> str | None:
    """A line that some programs take for a boundary line, and some do not (RFC 2046 §5.1.1)."""
    if delimiter.endswith((b" ", b"\t")):
        return "a boundary that ends with a blank"
    body, start, stop = entity.whole, entity.body_start, entity.stop
    has_crlf = body.find(b"\r\n", start, stop) >= 0
    is_closed = False
    at = start
    while (begin := body.find(delimiter, at, stop)) >= 0:
        at = begin + len(delimiter)
        before = body[max(start, begin - 2) : begin]
        if before and not before.endswith((b"\n", b"\r")):
            continue
        if before.endswith(b"\r") or (before and has_crlf and before != b"\r\n"):
            return "a boundary behind a lone CR or LF"
        end = body.find(b"\n", at, stop)
        rest = body[at : stop if end < 0 else end].removesuffix(b"\r")
        if rest.rstrip(b" \t") == b"--" and (end < 0 or not body[end:stop].strip()):
            # Whoever does not see the end here sees it at the end of everything.
            return None
        if rest not in (b"", b"--"):
            return "a line that only begins like a boundary"
        if is_closed:
            return "a boundary behind the closing one"
        is_closed = rest == b"--"
    return None


def text_outside(entity: Entity) -> bool:
    """Has a multipart text before its first or behind its last boundary line? A sentence about MIME is none."""
    spans = entity.spans()
    if not spans:
        return True
    whole, delimiter = entity.whole, entity.delimiter
    first = whole.rfind(delimiter, entity.body_start, spans[0][0])
    last = whole.find(delimiter, spans[-1][1], entity.stop)
    preamble = whole[entity.body_start : first].strip()
    epilogue = whole[last + len(delimiter) : entity.stop].removeprefix(b"--").strip()
    return bool(epilogue) or not (preamble == b"" or _PREAMBLE.match(preamble))

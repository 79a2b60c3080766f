"""An entity taken apart while it streams by: header sections, content, and the lines between (RFC 2046 §5.1).

The law of this file: the pieces joined are the octets that came, whatever they are; nothing raises. What is signed or
encrypted is one piece of content: nobody may look for parts in it.
"""

import enum
from dataclasses import dataclass

from ithaca.mime import header
from ithaca.mime.entity import MOST_BOUNDARY, Entity
from ithaca.mime.header import HeaderSection

MOST_HEADER = 1 << 20
"""Octets of a header section that is waited for; what is longer passes as content."""
MOST_DEPTH = 50
_MOST_LINE = MOST_BOUNDARY + 200
"""Octets of a boundary line with blanks behind it; a longer line is none."""
_WHOLE = ("multipart/signed", "multipart/encrypted")


class Kind(enum.Enum):
    """What a piece is."""

    SECTION = "section"
    """A header section with its empty line; a new entity begins."""
    CONTENT = "content"
    """Of the body of the last entity, or text between the parts of a multipart."""
    FRAME = "frame"
    """A boundary line, with the line end before it that belongs to it; the last entity has ended."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some octets, and what they are."""

    kind: Kind
    octets: bytes
    is_leaf: bool = False
    """Of a header section: what follows is content, and no parts."""


class Splitter:
    """Feed it a whole entity, from its header section on."""

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0
        """Up to here it was given away."""
        self._delimiters: list[bytes] = []
        """Of the multiparts that are open, outermost first."""
        self._in_header = True
        self._at_line_start = False

    def feed(self, octets: bytes) -> list[Piece]:
        """The pieces that are complete with the next octets."""
        self._buffer = self._buffer[self._at :] + octets
        self._at = 0
        return self._work(last=False)

    def finish(self) -> list[Piece]:
        """The rest."""
        return self._work(last=True)

    def _work(self, *, last: bool) -> list[Piece]:
        out: list[Piece] = []
        while self._header(out, last) if self._in_header else self._content(out, last):
            pass
        return out

    def _take(self, kind: Kind, end: int, *, is_leaf: bool = False) -> Piece:
        octets, self._at = self._buffer[self._at : end], end
        return Piece(kind, octets, is_leaf)

    def _header(self, out: list[Piece], last: bool) -> bool:
        section, separator, start = header.split_message(self._buffer, self._at)
        if not separator and not last and len(section) <= MOST_HEADER:
            return False
        self._in_header = False
        if not separator or len(section) > MOST_HEADER:
            # No end in sight, or none at all: an entity without a body, or no entity.
            end = len(self._buffer) if last and not separator else self._at
            out.append(self._take(Kind.SECTION, end, is_leaf=True))
            return True
        is_leaf = self._enter(Entity(b"", HeaderSection.parse(section), 0))
        out.append(self._take(Kind.SECTION, start, is_leaf=is_leaf))
        self._at_line_start = True
        return True

    def _enter(self, part: Entity) -> bool:
        """Is it a leaf? Else its parts come next."""
        kind = part.content_type
        plain = part.transfer_encoding in ("7bit", "8bit", "binary")
        if not plain or len(self._delimiters) >= MOST_DEPTH:
            return True
        if kind.media_type == "message/rfc822":
            self._in_header = True
            return False
        boundary = kind.params.get("boundary", "").encode("utf-8", "replace")
        if kind.type != "multipart" or kind.media_type in _WHOLE or not 0 < len(boundary) <= MOST_BOUNDARY:
            return True
        self._delimiters.append(b"--" + boundary)
        return False

    def _content(self, out: list[Piece], last: bool) -> bool:
        if not self._delimiters:
            end = len(self._buffer)
        else:
            found, end = self._boundary(last)
            if found is not None:
                begin, depth, closing = found
                if begin > self._at:
                    out.append(self._take(Kind.CONTENT, begin))
                out.append(self._take(Kind.FRAME, end))
                del self._delimiters[depth + (0 if closing else 1) :]
                self._in_header, self._at_line_start = not closing, True
                return True
        if end > self._at:
            self._at_line_start = self._buffer[end - 1 : end] == b"\n"
            out.append(self._take(Kind.CONTENT, end))
        return False

    def _boundary(self, last: bool) -> tuple[tuple[int, int, bool] | None, int]:
        """((begin, depth, is it the closing one), end) of the next boundary line; (None, end of sure content)."""
        at = self._at
        while True:
            if at == self._at and self._at_line_start and self._buffer.startswith(b"--", at):
                line = at
            else:
                line = self._buffer.find(b"\n--", at) + 1
                if line == 0:
                    return None, len(self._buffer) if last else self._sure()
            begin = self._line_end_before(line)
            end = self._buffer.find(b"\n", line) + 1
            if end == 0:
                if not last and len(self._buffer) - line <= _MOST_LINE:
                    return None, begin
                end = len(self._buffer)
            text = self._buffer[line:end].rstrip(b" \t\r\n")
            for depth, delimiter in enumerate(self._delimiters):
                if text in (delimiter, delimiter + b"--"):
                    return (begin, depth, text != delimiter), end
            at = line + 1

    def _line_end_before(self, line: int) -> int:
        """Where the line end begins that belongs to a boundary line; what was given away stays so."""
        if self._buffer[max(self._at, line - 2) : line] == b"\r\n":
            return line - 2
        return max(self._at, line - 1)

    def _sure(self) -> int:
        """Up to where the buffer cannot begin a boundary line, whatever comes."""
        size = len(self._buffer)
        if self._at_line_start and b"--".startswith(self._buffer[self._at : self._at + 3]):
            return self._at
        for tail in (b"\r\n-", b"\r\n", b"\r", b"\n-", b"\n"):
            if self._buffer.endswith(tail, self._at):
                return size - len(tail)
        return size

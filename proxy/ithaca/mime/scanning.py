"""An entity taken apart while it goes by: header sections, content, and the boundary lines between (RFC 2046 §5.1).

The law of this file: the octets of all events joined are the octets that came; nothing raises, and nothing is held but
a header section, or the beginning of what may be a boundary line.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from ithaca.mime import header
from ithaca.mime.entity import MOST_BOUNDARY, Entity
from ithaca.mime.header import HeaderSection

MOST_HEADER = 1 << 20
"""Octets of a header section that is waited for; what is longer has none."""
MOST_DEPTH = 50
"""Multiparts in one another; a deeper one is content."""
_MOST_LINE = MOST_BOUNDARY + 200
"""Octets of a boundary line with the blanks behind it; a longer line is none."""
_PLAIN = ("7bit", "8bit", "binary")


class Holds(enum.Enum):
    """What the body of an entity is taken for."""

    PARTS = "parts"
    MESSAGE = "message"
    """Another entity (message/rfc822)."""
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Section:
    """The header section of the next entity."""

    octets: bytes
    empty: bytes
    """The empty line behind it; b"": its body part, or everything, ends here."""
    part: Entity
    """Its fields, without its body."""
    holds: Holds
    depth: int
    """Multiparts that are open around its body, its own included."""


@dataclass(frozen=True, slots=True)
class Content:
    """Some octets of the body of the last entity, or of what stands before or behind the parts of a multipart."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Boundary:
    """A boundary line: the entity before it has ended."""

    before: bytes
    """The line end that belongs to it."""
    line: bytes
    depth: int
    """Multiparts that are still open behind it."""
    closing: bool


Event = Section | Content | Boundary


class Scanner:
    """Feed it a whole entity, from its header section on (CRLF lines)."""

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0
        self._delimiters: list[bytes] = []
        """Of the multiparts that are open, outermost first."""
        self._in_header = True
        self._at_line_start = True

    def feed(self, octets: bytes) -> Iterator[Event]:
        """What is complete with the next octets. To be read to its end before more are fed."""
        self._buffer = self._buffer[self._at :] + octets
        self._at = 0
        yield from self._events(last=False)

    def finish(self) -> Iterator[Event]:
        """The rest."""
        yield from self._events(last=True)

    def _events(self, *, last: bool) -> Iterator[Event]:
        while (event := self._section(last) if self._in_header else self._content(last)) is not None:
            yield event

    def _take(self, end: int) -> bytes:
        octets = self._buffer[self._at : end]
        self._at = end
        return octets

    # --- header sections ---

    def _section(self, last: bool) -> Event | None:
        found, _ = self._boundary(last)
        # An empty line right before a boundary line ends the section: it would, had no more come.
        stop = found[1] if found is not None else len(self._buffer)
        octets, empty, body = header.split_message(self._buffer, self._at, stop)
        if not empty and found is None and not last:
            if len(octets) <= MOST_HEADER:
                return None
            octets, body = self._buffer[self._at :], len(self._buffer)
        self._in_header = False
        self._at_line_start = True
        self._take(body)
        part = Entity(b"", HeaderSection.parse(octets), 0)
        holds = self._enter(part) if empty else Holds.CONTENT
        return Section(octets, empty, part, holds, len(self._delimiters))

    def _enter(self, part: Entity) -> Holds:
        kind = part.content_type
        if part.transfer_encoding not in _PLAIN:
            return Holds.CONTENT
        if kind.media_type == "message/rfc822":
            self._in_header = True
            return Holds.MESSAGE
        boundary = kind.params.get("boundary", "").encode("utf-8", "replace")
        if kind.type != "multipart" or not 0 < len(boundary) <= MOST_BOUNDARY or len(self._delimiters) >= MOST_DEPTH:
            return Holds.CONTENT
        self._delimiters.append(b"--" + boundary)
        return Holds.PARTS

    # --- bodies ---

    def _content(self, last: bool) -> Event | None:
        found, sure = self._boundary(last)
        if found is not None and found[0] == self._at:
            return self._line(*found)
        end = sure if found is None else found[0]
        if end == self._at:
            return None
        self._at_line_start = self._buffer[end - 1 : end] == b"\n"
        return Content(self._take(end))

    def _line(self, begin: int, line: int, end: int, depth: int) -> Event:
        before = self._take(line)
        octets = self._take(end)
        closing = octets.rstrip(b" \t\r\n") != self._delimiters[depth]
        del self._delimiters[depth + (0 if closing else 1) :]
        self._in_header, self._at_line_start = not closing, True
        return Boundary(before, octets, len(self._delimiters), closing)

    def _boundary(self, last: bool) -> tuple[tuple[int, int, int, int] | None, int]:
        """((begin with the line end before, begin of the line, end of the line, depth) of the next boundary line, or
        None; up to where there is none for sure)."""
        buffer = self._buffer
        if not self._delimiters:
            return None, len(buffer)
        at_start = self._at_line_start and buffer.startswith(b"--", self._at)
        line = self._at if at_start else self._dashes(self._at)
        while line is not None:
            end = buffer.find(b"\n", line) + 1
            if not end and not last and len(buffer) - line <= _MOST_LINE:
                return None, self._with_line_end(line)
            end = end or len(buffer)
            if end - line <= _MOST_LINE:
                depth = self._depth(buffer[line:end].rstrip(b" \t\r\n"))
                if depth is not None:
                    return (self._with_line_end(line), line, end, depth), line
            line = self._dashes(line)
        return None, len(buffer) if last else self._sure()

    def _dashes(self, start: int) -> int | None:
        """The next line that begins with two of them, behind the one that `start` is in."""
        found = self._buffer.find(b"\n--", start)
        return None if found < 0 else found + 1

    def _depth(self, line: bytes) -> int | None:
        for depth, delimiter in enumerate(self._delimiters):
            if line in (delimiter, delimiter + b"--"):
                return depth
        return None

    def _with_line_end(self, line: int) -> int:
        """Where the line end before a boundary line begins, which belongs to it (§5.1.1)."""
        for line_end in (b"\r\n", b"\n"):
            begin = line - len(line_end)
            if begin >= self._at and self._buffer.startswith(line_end, begin):
                return begin
        return line

    def _sure(self) -> int:
        """Up to where the buffer cannot begin a boundary line, whatever comes."""
        buffer, at = self._buffer, self._at
        if self._at_line_start and len(buffer) - at < 2 and b"--".startswith(buffer[at:]):
            return at
        for tail in (b"\r\n-", b"\r\n", b"\r", b"\n-", b"\n"):
            if buffer.endswith(tail) and len(buffer) - len(tail) >= at:
                return len(buffer) - len(tail)
        return len(buffer)

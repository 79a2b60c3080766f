"""Legacy display elements (RFC 9788 §5.2.1): hidden fields in front of the text, for readers that show no others.

The law of this file: only under encryption, only in the main body parts (RFC 9787 §7.1), and nothing is touched but
their header sections and beginnings. What is signed already is not touched at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ithaca.mime.entity import Entity
from ithaca.mime.header import Field
from ithaca.mime.legacy_element import Shown, Start
from ithaca.mime.protected import USER_FACING
from ithaca.mime.scanning import Boundary, Content, Event, Holds, Scanner, Section

_FIRST, _ALL = frozenset({"mixed", "related"}), frozenset({"alternative"})
"""Subtypes of multipart of which the first part, or every part, is a main body part if the whole is."""


def shown(hidden: Iterable[Field]) -> Shown:
    """Names and texts of those of the hidden fields that a person is meant to see, each text on one line."""
    fields = (f for f in hidden if f.name.lower() in USER_FACING)
    return tuple((f.name.decode("ascii"), " ".join(_printable(f.text).split())) for f in fields)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


@dataclass(slots=True)
class _Multipart:
    """One that is open."""

    is_main: bool
    takes_all: bool
    count: int = 0

    def next_is_main(self) -> bool:
        self.count += 1
        return self.is_main and (self.takes_all or self.count == 1)


class LegacyDisplay:
    """Feed it the entity that is encrypted, from its header section on; it gives the same with the elements."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._scanner = Scanner()
        self._open: list[_Multipart] = []
        self._in_message = False
        self._start: Start | None = None

    def feed(self, octets: bytes) -> bytes:
        """The next octets; gives what is ready."""
        return b"".join(self._next(event) for event in self._scanner.feed(octets))

    def finish(self) -> bytes:
        """The rest."""
        return b"".join(self._next(event) for event in self._scanner.finish()) + self._ended()

    def _next(self, event: Event) -> bytes:
        if isinstance(event, Content):
            return self._content(event.octets)
        ended = self._ended()
        if isinstance(event, Boundary):
            del self._open[event.depth :]
            self._in_message = False
            return ended + event.before + event.line
        return ended + self._section(event)

    def _ended(self) -> bytes:
        start, self._start = self._start, None
        return b"" if start is None else start.as_it_was()

    def _content(self, octets: bytes) -> bytes:
        if self._start is None:
            return octets
        made = self._start.feed(octets)
        if made is None:
            return b""
        self._start = None
        return made

    def _section(self, event: Section) -> bytes:
        kind = event.part.content_type
        is_main = not self._in_message and (self._open[-1].next_is_main() if self._open else True)
        self._in_message = event.holds is Holds.MESSAGE
        if event.holds is Holds.PARTS:
            self._open = self._open[: event.depth - 1]
            self._open.append(_Multipart(is_main and kind.subtype in _FIRST | _ALL, kind.subtype in _ALL))
        head = event.octets + event.empty
        is_text = kind.media_type in ("text/plain", "text/html") and event.holds is Holds.CONTENT
        if not is_main or not is_text or not event.empty or _is_attached(event.part):
            return head
        self._start = Start(event.part, head, self._shown, is_root=not self._open)
        # Plain text needs no octet of the body.
        return self._content(b"")


def _is_attached(part: Entity) -> bool:
    found = part.header.first(b"Content-Disposition")
    return found is not None and not found.value.lower().startswith(b"inline")

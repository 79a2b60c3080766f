"""What of a cleartext is hashed (RFC 9580 §7.1, §7.2): lines without blanks at their ends, and not the last line end.

The law of this file: nothing is given that may turn out to be an end. Beside a piece of the text only the blanks that
its last line ends with so far are held; they are not copied.

A line ends with LF, and a CR in front of that belongs to the line end; any other CR is an octet of its line, as it is
to GnuPG.
"""

from collections.abc import Iterable, Iterator

from ithaca.work import PIECE

LINE_END = b"\r\n"
"""Signatures are over these (§5.2.1.2)."""
TRAILING = b" \t\r"
"""What a line may end with that is not signed."""
_STEP = 1 << 14
"""Octets that are taken apart into lines at one time: a line takes many times as much memory as its end."""


class HashedText:
    """The hashed form of a text that is fed in pieces."""

    def __init__(self, line_end: bytes = LINE_END) -> None:
        self.blanks = 0
        """Octets that are held: the line so far ends with them, if nothing else follows."""
        self._line_end = line_end
        self._held: list[bytes] = []
        self._is_ended = False
        """The line so far has ended; §7.1: the last line end is not signed."""

    def feed(self, octets: bytes) -> list[bytes]:
        """The next octets of the text; gives what of the form is ready, in parts of which some may be empty."""
        if b"\n" not in octets:
            return self._part(octets)
        out: list[bytes] = []
        for at in range(0, len(octets), _STEP):
            out += self._lines(octets[at : at + _STEP])
        return out

    def _lines(self, octets: bytes) -> list[bytes]:
        before, newline, last = octets.rpartition(b"\n")
        out: list[bytes] = []
        if newline:
            first, *lines = before.split(b"\n")
            out += self._part(first)
            # A line of nothing but blanks is a line all the same.
            out += (self._begun(), self._line_end.join([b"", *[line.rstrip(TRAILING) for line in lines]]))
            self._released()
            self._is_ended = True
        return out + self._part(last)

    def finish(self) -> bytes:
        """The rest, which is there only for a last line of nothing but blanks that has no end."""
        return self._begun() if self._released() else b""

    def _part(self, octets: bytes) -> list[bytes]:
        """More of the same line."""
        visible = octets.rstrip(TRAILING)
        out = [self._begun(), *self._released(), visible] if visible else []
        if len(visible) < len(octets):
            self._held.append(octets[len(visible) :])
            self.blanks += len(self._held[-1])
        return out

    def _released(self) -> list[bytes]:
        held, self._held, self.blanks = self._held, [], 0
        return held

    def _begun(self) -> bytes:
        """The end of the line before, now that another follows."""
        was_ended, self._is_ended = self._is_ended, False
        return self._line_end if was_ended else b""


def hashed(text: Iterable[bytes], line_end: bytes = LINE_END) -> Iterator[bytes]:
    """The hashed form of a text in pieces of at most `PIECE` octets, in such pieces.

    With other line ends it is the text of which a person would say that it was signed.
    """
    form = HashedText(line_end)
    for piece in text:
        for octets in form.feed(piece):
            for at in range(0, len(octets), PIECE):
                yield octets[at : at + PIECE]
    yield form.finish()

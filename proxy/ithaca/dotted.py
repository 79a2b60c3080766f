"""Dot-terminated text, as SMTP (RFC 5321 §4.5.2) and POP3 (RFC 1939 §3) both send it; without any I/O.

The law of this file: the end of data is exactly CRLF "." CRLF (or "." CRLF at the very start), and nothing else
ends it; the order is un-stuff, then normalise. Work is done by search and replace over whole pieces.
"""

_END = b"\r\n.\r\n"


class Watcher:
    """Finds the end of dot-terminated text without changing an octet of it."""

    def __init__(self) -> None:
        # The line end in front of the text is the first of CRLF "." CRLF.
        self._tail = b"\r\n"
        self.ended = False
        self.rest = b""
        """Octets behind the end."""

    def feed(self, octets: bytes) -> bytes:
        """The octets that belong to the text, the terminator included."""
        if self.ended:
            self.rest += octets
            return b""
        # A terminator may lie across two pieces: at most four octets of it in the one before.
        seam = self._tail + octets[:4]
        found = seam.find(_END)
        if found >= 0:
            cut = found + 5 - len(self._tail)
        else:
            # One octet is found many times faster than five, and base64 has no dot at all.
            found = octets.find(_END) if b"." in octets else -1
            cut = found + 5
        if found < 0:
            self._tail = (self._tail + octets)[-4:] if len(octets) < 4 else octets[-4:]
            return octets
        self.ended = True
        self.rest = octets[cut:]
        return octets[:cut]


class Unstuffer:
    """Takes the dots off (un-stuffs) and finds the end; with `normalise` a bare CR or LF becomes CRLF."""

    def __init__(self, *, normalise: bool = False) -> None:
        self._watcher = Watcher()
        self._normalise = normalise
        self._held = b"\r\n"
        """Octets that may be part of a line end with a stuffed dot; at first the line end in front."""
        self._first = True

    @property
    def ended(self) -> bool:
        """The terminator has come."""
        return self._watcher.ended

    @property
    def rest(self) -> bytes:
        """Octets behind the end."""
        return self._watcher.rest

    def feed(self, octets: bytes) -> bytes:
        """The content of the next octets, as far as it is certain."""
        data = self._held + self._watcher.feed(octets)
        if self.ended:
            # The terminator's own CRLF belongs to the last line (RFC 5321 §4.1.1.4).
            data, self._held = data[:-3], b""
        else:
            keep = 2 if data.endswith(b"\r\n") else 3 if data.endswith(b"\r\n.") else int(data.endswith(b"\r"))
            data, self._held = data[: len(data) - keep], data[len(data) - keep :]
        if self._first and len(data) >= 2:
            self._first = False
            # Only the line end that was put in front goes: a dot behind it is a stuffed one.
            text = _without_dots(data)[2:]
        else:
            text = _without_dots(data)
        return normalised(text) if self._normalise else text


def _without_dots(data: bytes) -> bytes:
    return data.replace(b"\r\n.", b"\r\n") if b"." in data else data


def normalised(text: bytes) -> bytes:
    """CR, LF and CRLF as CRLF; `text` must not end between the CR and the LF of one line end."""
    if text.count(b"\n") == text.count(b"\r") == text.count(b"\r\n"):
        return text
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


class Stuffer:
    """Puts the dots on (stuffs), and ends the text."""

    def __init__(self) -> None:
        self._tail = b"\r\n"

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the content, stuffed."""
        if not octets:
            return b""
        # Two octets of what went before decide about a dot at the start of this piece.
        tail, self._tail = self._tail, (self._tail + octets[-2:])[-2:]
        if b"." not in octets:
            return octets
        return (tail + octets).replace(b"\r\n.", b"\r\n..")[len(tail) :]

    def finish(self) -> bytes:
        """The line end that may be missing, and the terminator."""
        return b".\r\n" if self._tail == b"\r\n" else b"\r\n.\r\n"


def stuff(content: bytes) -> bytes:
    """A whole text, stuffed and ended."""
    stuffer = Stuffer()
    return stuffer.feed(content) + stuffer.finish()


def unstuff(text: bytes) -> bytes:
    """A whole text with its terminator, un-stuffed."""
    return Unstuffer().feed(text)

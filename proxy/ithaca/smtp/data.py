"""The first octets of a message, up to where it can be decided about."""

from ithaca.mime import header

BODY = 1 << 16
"""Octets of the body that a decision may look at."""
MOST_HEADER = 1 << 18
"""Octets of a header section; the longest that is seen in mail has some tens of thousands."""


class Prefix:
    """Collects the header section and up to `BODY` octets of the body."""

    def __init__(self) -> None:
        self.octets = b""
        self.ready = False
        """Enough has come to decide."""
        self._body_start: int | None = None

    @property
    def too_long(self) -> bool:
        """The header section has no end within `MOST_HEADER` octets."""
        return self._body_start is None and len(self.octets) > MOST_HEADER

    def feed(self, octets: bytes) -> None:
        """The next octets of the message."""
        self.octets += octets
        if self._body_start is None:
            _, separator, start = header.split_message(self.octets)
            self._body_start = start if separator else None
        enough = self._body_start is not None and len(self.octets) - self._body_start >= BODY
        self.ready = enough or self.too_long

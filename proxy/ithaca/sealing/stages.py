"""Stages that a message goes through, each fed what the one before gives; memory does not depend on its size."""

from typing import Protocol


class Sealer(Protocol):
    """Turns one message into the octets for one group. Both sides: CRLF lines, not dot-stuffed."""

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets of the message, from its first header field on; give what is ready to leave.

        Raises `PeerError` when the message cannot be sealed exactly: the transaction is aborted.
        """

    def finish(self) -> bytes:
        """The rest, after the last octet of the message."""


class Passing:
    """Octet for octet."""

    def feed(self, octets: bytes) -> bytes:
        """The same octets."""
        return octets

    def finish(self) -> bytes:
        """Nothing more."""
        return b""


class Leading:
    """Puts other octets in the place of the first `skip` ones."""

    def __init__(self, octets: bytes, skip: int = 0) -> None:
        self._skip = skip
        self._lead = octets

    def feed(self, octets: bytes) -> bytes:
        """The other octets first, then what came behind the first ones."""
        dropped = min(self._skip, len(octets))
        self._skip -= dropped
        lead, self._lead = self._lead, b""
        return lead + octets[dropped:]

    def finish(self) -> bytes:
        """The other octets, if nothing came at all."""
        return self.feed(b"")


class Stages:
    """Several, one behind the other."""

    def __init__(self, *stages: Sealer) -> None:
        self._stages = stages

    def feed(self, octets: bytes) -> bytes:
        """What comes out behind the last one."""
        for stage in self._stages:
            octets = stage.feed(octets)
        return octets

    def finish(self) -> bytes:
        """The rest of each goes through those behind it."""
        rest = b""
        for stage in self._stages:
            rest = (stage.feed(rest) if rest else b"") + stage.finish()
        return rest

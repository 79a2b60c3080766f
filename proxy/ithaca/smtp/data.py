"""Mail data on its way through: the first octets, the rest behind them, and what is kept for further groups."""

from collections.abc import AsyncIterator

from ithaca.errors import PeerError
from ithaca.mime import header
from ithaca.work import Budget

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


class Chain:
    """Octets, then an iterator; an asynchronous iterator itself."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self._first = first
        self._rest = rest

    def __aiter__(self) -> "Chain":
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return await anext(self._rest)


class Held:
    """The message in memory for the groups that follow, within the budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._pieces: list[bytes] = []
        self._taken = 0

    async def keeping(self, message: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The same pieces, kept as they go by."""
        async for piece in message:
            if not self._budget.try_take(len(piece)):
                raise PeerError(
                    "Not sent: too many large messages are being sent at this moment; try again later.",
                    code=452,
                    enhanced="4.3.1",
                )
            self._taken += len(piece)
            self._pieces.append(piece)
            yield piece

    async def again(self) -> AsyncIterator[bytes]:
        """The pieces once more."""
        for piece in self._pieces:
            yield piece

    async def release(self) -> None:
        """Give the memory back."""
        self._pieces = []
        taken, self._taken = self._taken, 0
        if taken:
            await self._budget.give(taken)

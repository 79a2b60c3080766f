"""One message on its way to the client: it passes as it is, or it is held and opened.

The law of this file: a message never becomes ``-ERR``; what cannot be opened, or held, comes as it was, marked.
"""

import asyncio
import collections
import logging
from collections.abc import AsyncIterator

from ithaca.dotted import Stuffer, Unstuffer, stuff
from ithaca.incoming import Look
from ithaca.pop3 import grammar, protocol
from ithaca.pop3.link import Link
from ithaca.pop3.settings import READ, Opening, Settings
from ithaca.work import Budget, Pool, TaskSet

MOST_LOOKED_AT = 8 << 20
"""Octets that may be looked at before a message passes as it is: no header section that anybody reads is longer, and
a forged field must not hide behind an endless one."""

_log = logging.getLogger("ithaca.pop3")


class Delivery:
    """Gives messages to one client."""

    def __init__(self, link: Link, settings: Settings, opening: Opening, pool: Pool, budget: Budget) -> None:
        self._link = link
        self._settings = settings
        self._times = settings.times
        self._opening = opening
        self._pool = pool
        self._budget = budget
        self._tasks = TaskSet()
        self.login: bytes | None = None

    async def close(self) -> None:
        """End what is being opened."""
        await self._tasks.cancel()

    async def extract(self, status: bytes, number: int, count: int, size: int | None) -> None:
        """TOP of a few lines: of a sealed message they are cut from the opened one."""
        content = await self._link.all_lines()
        if self._opening.look(content, True) is not Look.HOLD:
            end = _section_end(content)
            await self._link.say(status + stuff(self._opening.clean(content[:end]) + content[end:]))
            return
        finding = "past-limit"
        if size is None or size <= self._settings.top_limit:
            # Never by RETR, which some ISPs take as "read".
            await self._link.send(b"TOP %d %d" % (number, protocol.EVERYTHING))
            again = await self._link.status()
            if grammar.is_positive(again):
                await self.message(again, count)
                return
            finding = "not-fetched"
        await self._link.say(status + stuff(self._opening.as_it_came(content, finding)))

    async def message(self, status: bytes, lines: int | None) -> None:
        """A whole message: it passes, or it is held and opened; `lines` of its body are wanted, None: all."""
        pieces = self._link.pieces()
        raw, content, look, unstuffer = await _looked_at(pieces, self._opening)
        if look is Look.HOLD:
            await self._held(status, _Content(content, unstuffer, pieces), lines)
            return
        await self._learn(content[: _section_end(content)])
        self._link.midway = True
        await self._link.say(status + _passed(raw, content, unstuffer.ended, self._opening))
        async for piece in pieces:
            await self._link.say(piece)
        self._link.midway = False

    async def _learn(self, section: bytes) -> None:
        try:
            await self._pool.call(self._opening.passing, self._settings.provider, self.login, section)
        except Exception as error:  # noqa: BLE001 (nothing that is learnt is worth a message)
            _log.error("nothing was learnt from a message: %s", type(error).__name__)

    async def _held(self, status: bytes, content: "_Content", lines: int | None) -> None:
        """Fetch, open and give; with signs of life where that takes long."""
        hint = grammar.octet_count(status) or 0
        work = self._tasks.start(self._open_message(content, hint), name="pop3 open")
        done, _ = await asyncio.wait((work,), timeout=self._times.counted)
        if not done:
            self._link.midway = True
            await self._link.say(b"+OK\r\nIthaca-Progress: fetching and opening")
            while not done:
                await self._link.say(b"\r\n still working")
                done, _ = await asyncio.wait((work,), timeout=self._times.progress)
            await self._link.say(b"\r\n")
        message = work.result()
        if message is None:
            await self._too_large(content, lines)
            return
        if lines is not None:
            message = _cut(message, lines)
        head = b"" if self._link.midway else b"+OK %d octets\r\n" % len(message)
        self._link.midway = True
        await self._link.say(head + stuff(message))
        self._link.midway = False

    async def _open_message(self, content: "_Content", hint: int) -> bytes | None:
        """The message to show; None: there is no room to hold it, so it passes as it came."""
        budget = self._budget
        most = min(self._settings.most_held, budget.total)
        taken = min(max(hint, READ), most)
        if hint > most:
            return None
        # Waiting happens while nothing is held, so two large messages cannot block one another.
        await budget.take(taken)
        try:
            async for piece in content:
                content.held.append(piece)
                content.size += len(piece)
                if content.size > taken:
                    if content.size > most or not budget.try_take(content.size - taken):
                        return None
                    taken = content.size
            return await self._opened(b"".join(content.held))
        finally:
            await budget.give(taken)

    async def _opened(self, octets: bytes) -> bytes:
        try:
            shown = await self._pool.drive(self._opening.open(self._settings.provider, self.login, octets))
            message = shown.message
        except Exception as error:  # noqa: BLE001 (a message must never be withheld, whatever opening it meets)
            _log.error("a message could not be opened: %s", type(error).__name__)
            await self._learn(octets[: _section_end(octets)])
            return self._opening.as_it_came(octets, "not-judged")
        if b"\0" in message or not message.count(b"\r") == message.count(b"\n") == message.count(b"\r\n"):
            return self._opening.as_it_came(octets, "unshowable")
        _log.info(
            "opened: decryption %s, signature %s",
            shown.verdict.decryption.value,
            shown.verdict.signature.value,
        )
        return message

    async def _too_large(self, content: "_Content", lines: int | None) -> None:
        """As it came, piece by piece: there is no room to hold it."""
        stuffer = Stuffer()
        # The first piece has the whole header section, since it was seen that the message is sealed.
        held = collections.deque(content.held)
        content.held.clear()
        first = held.popleft() if held else await anext(content)
        head = b"" if self._link.midway else b"+OK\r\n"
        self._link.midway = True
        await self._learn(first[: _section_end(first)])
        marked = self._opening.as_it_came(first, "past-limit")
        if lines is not None:
            await self._link.say(head + stuff(_cut(marked, lines)))
            async for _ in content:
                continue
            self._link.midway = False
            return
        await self._link.say(head + stuffer.feed(marked))
        while held:
            await self._link.say(stuffer.feed(held.popleft()))
        async for piece in content:
            await self._link.say(stuffer.feed(piece))
        await self._link.say(stuffer.finish())
        self._link.midway = False


class _Content:
    """A message as it comes, un-stuffed, and what of it is held."""

    def __init__(self, first: bytes, unstuffer: Unstuffer, pieces: AsyncIterator[bytes]) -> None:
        self._first = first
        self._unstuffer = unstuffer
        self._pieces = pieces
        self.held: list[bytes] = []
        self.size = 0

    def __aiter__(self) -> "_Content":
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return self._unstuffer.feed(await anext(self._pieces))


async def _looked_at(pieces: AsyncIterator[bytes], opening: Opening) -> tuple[bytes, bytes, Look, Unstuffer]:
    """(the first octets as on the wire, un-stuffed, what they show, what goes on with the rest)."""
    raw, content, wanted = bytearray(), bytearray(), 0
    unstuffer = Unstuffer()
    async for piece in pieces:
        raw += piece
        content += unstuffer.feed(piece)
        if len(content) < wanted and not unstuffer.ended:
            continue
        # Each time twice as much: who sends octet by octet must not have all of them looked at for each.
        wanted = min(2 * len(content), len(content) + READ)
        look = opening.look(bytes(content), unstuffer.ended)
        if look is not Look.MORE or len(content) > MOST_LOOKED_AT:
            return bytes(raw), bytes(content), look, unstuffer
    return bytes(raw), bytes(content), Look.MORE, unstuffer


def _section_end(octets: bytes) -> int:
    """Where the header section with its empty line ends; the end where there is none."""
    if octets.startswith(b"\r\n"):
        return 2
    end = octets.find(b"\r\n\r\n")
    return len(octets) if end < 0 else end + 4


def _passed(raw: bytes, content: bytes, ended: bool, opening: Opening) -> bytes:
    """The first octets of a message that passes, as on the wire; only forged fields are taken out."""
    end = _section_end(content)
    section = content[:end]
    cleaned = opening.clean(section)
    if cleaned == section:
        return raw
    if ended:
        return stuff(cleaned + content[end:])
    # Behind what was looked at, raw octets go on: the un-stuffer may hold back the last three.
    stuffer = Stuffer()
    rest = raw[len(Stuffer().feed(content)) :]
    return stuffer.feed(cleaned + content[end:]) + rest


def _cut(message: bytes, lines: int) -> bytes:
    """The header section, the empty line and `lines` lines of the body (RFC 1939 §7)."""
    at = _section_end(message)
    for _ in range(lines):
        found = message.find(b"\r\n", at)
        if found < 0:
            return message
        at = found + 2
    return message[:at]

"""The two connections of a session, to the client and to the ISP: lines and multi-line replies.

The law of this file: what the ISP says is not looked into, and no error of one side is taken for the other's.
"""

import asyncio
from collections.abc import AsyncIterator

from ithaca import dial
from ithaca.dial import Endpoint, Tls
from ithaca.dotted import Unstuffer, Watcher
from ithaca.errors import UntrustedServer
from ithaca.pop3 import grammar, protocol
from ithaca.pop3.settings import READ, Times

MOST_LISTING = 64 << 20
"""Octets of a listing that we must read ourselves."""


class Gone(Exception):
    """The ISP's side broke; `text` is for the client."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class ClientGone(Exception):
    """The client left, or must leave."""


class Link:
    """Client and ISP."""

    def __init__(self, client: dial.Streams, endpoint: Endpoint, times: Times) -> None:
        self.client = client
        self.midway = False
        """Inside a multi-line reply: a status line would become part of a message."""
        self._endpoint = endpoint
        self._times = times
        self._upstream: dial.Streams | None = None

    async def say(self, octets: bytes) -> None:
        """To the client, with back-pressure."""
        writer = self.client[1]
        try:
            writer.write(octets)
            await writer.drain()
        except OSError:
            raise ClientGone from None

    async def client_line(self) -> bytes:
        """The next line of the client."""
        reader = self.client[0]
        try:
            async with asyncio.timeout(self._times.idle):
                line = await reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, OSError, TimeoutError):
            raise ClientGone from None
        except asyncio.LimitOverrunError:
            await self.say(protocol.BAD_LINE)
            raise ClientGone from None
        if len(line) > grammar.MOST_COMMAND:
            await self.say(protocol.BAD_LINE)
            raise ClientGone
        return line

    async def status(self) -> bytes:
        """The next status line of the ISP, verbatim."""
        line = await self.upstream_line(self._times.reply)
        if not grammar.is_status(line):
            raise Gone(f"The mail server {self._endpoint} does not speak POP3.")
        return line

    async def upstream_line(self, seconds: float) -> bytes:
        """The next line of the ISP."""
        try:
            async with asyncio.timeout(seconds):
                return await self._open()[0].readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, TimeoutError):
            raise self._broken() from None

    def _open(self) -> dial.Streams:
        if self._upstream is None:
            raise self._broken()
        return self._upstream

    def _broken(self) -> Gone:
        return Gone(f"The connection to the mail server {self._endpoint} broke; try again later.")

    async def send(self, line: bytes) -> None:
        """One command line to the ISP."""
        writer = self._open()[1]
        try:
            writer.write(line + b"\r\n")
            await writer.drain()
        except OSError:
            raise self._broken() from None

    async def pieces(self) -> AsyncIterator[bytes]:
        """A multi-line reply behind its status line, as it is on the wire, its terminator included."""
        reader = self._open()[0]
        watcher = Watcher()
        while not watcher.ended:
            try:
                async with asyncio.timeout(self._times.reply):
                    octets = await reader.read(READ)
            except (OSError, TimeoutError):
                octets = b""
            if not octets:
                raise self._broken()
            piece = watcher.feed(octets)
            if watcher.rest:
                # Replies to the commands that were pipelined behind this one.
                dial.push_back(reader, watcher.rest)
            yield piece

    async def all_lines(self) -> bytes:
        """A whole listing, un-stuffed, without its terminator."""
        unstuffer = Unstuffer()
        out: list[bytes] = []
        count = 0
        async for piece in self.pieces():
            out.append(unstuffer.feed(piece))
            count += len(piece)
            if count > MOST_LISTING:
                raise Gone("The mail server's reply is too long.")
        return b"".join(out)

    async def connect(self) -> bytes:
        """Connect; the ISP's greeting, verbatim: APOP needs its timestamp."""
        endpoint = self._endpoint
        self._upstream = await dial.connect(endpoint, seconds=self._times.greeting, limit=READ)
        greeting = await self.status()
        if endpoint.tls is Tls.STARTTLS and grammar.is_positive(greeting):
            await self.send(b"STLS")
            if not grammar.is_positive(await self.status()):
                raise UntrustedServer(f"The mail server {endpoint} refuses STLS; nothing was sent to it.")
            await dial.start_tls(self._upstream, endpoint, seconds=self._times.greeting)
        return greeting

    def abort(self) -> None:
        """Cut the connection to the ISP."""
        if self._upstream is not None:
            dial.abort(self._upstream[1].transport)

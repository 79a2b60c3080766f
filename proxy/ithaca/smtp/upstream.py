"""The connection to the ISP's submission server: lines, codes, TLS and streaming; meaning is left to the caller.

The law of this file: replies are kept verbatim, an unfinished message never gets its dot, and a broken connection is
`Unreachable`, never an error that could be taken for the client's.
"""

import asyncio
from dataclasses import dataclass, fields

from ithaca import dial
from ithaca.dial import Endpoint, Tls
from ithaca.errors import LocalProtocolError, RemoteProtocolError, Unreachable, UntrustedServer
from ithaca.smtp import extensions
from ithaca.smtp.replies import MOST_LINE, Assembler, Reply

WRITE_BUFFER = 1 << 18
"""Octets that wait for the ISP before the client is held back."""
_LOOPBACK = frozenset({b"localhost", b"localhost.localdomain", b"[127.0.0.1]", b"127.0.0.1", b"[ipv6:::1]", b"::1"})


@dataclass(frozen=True, slots=True)
class Times:
    """Limits in seconds. RFC 5321 §4.5.3.2 says how long a client has to wait; ours give up first."""

    greeting: float = 25.0
    """From accepting the client to our greeting; mail programs wait 30 s and more."""
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 85.0
    """Until the client gets an answer: Thunderbird gives up after 100 s of silence."""
    afterwards: float = 600.0
    """How long the ISP's answer to the dot is awaited in all."""
    idle: float = 300.0
    parting: float = 2.0
    """For a reply that the ISP may have sent before it closed."""

    def scaled(self, factor: float) -> "Times":
        """All limits times `factor`."""
        return Times(**{f.name: getattr(self, f.name) * factor for f in fields(self)})


class Upstream:
    """One connection to the ISP."""

    def __init__(self, endpoint: Endpoint, times: Times) -> None:
        self._endpoint = endpoint
        self._times = times
        self._streams: dial.Streams | None = None
        self.keywords: dict[bytes, bytes] = {}
        """What the ISP's last EHLO reply offered."""
        self.usable = False

    async def open(self) -> Reply:
        """Connect; the ISP's greeting. Raises `Unreachable`, `UntrustedServer`."""
        self._streams = await dial.connect(self._endpoint, seconds=self._times.greeting, limit=MOST_LINE)
        self._streams[1].transport.set_write_buffer_limits(high=WRITE_BUFFER)
        self.usable = True
        greeting = await self.reply(self._times.greeting)
        if self._endpoint.tls is Tls.STARTTLS and greeting.code == 220:
            await self._start_tls()
        return greeting

    async def _start_tls(self) -> None:
        known = extensions.keywords(await self.command(b"EHLO " + self.address_literal()))
        if b"STARTTLS" not in known:
            raise UntrustedServer(f"The mail server {self._endpoint} offers no STARTTLS; nothing was sent to it.")
        reply = await self.command(b"STARTTLS")
        if reply.code != 220:
            raise UntrustedServer(f"The mail server {self._endpoint} refuses STARTTLS; nothing was sent to it.")
        await dial.start_tls(self._open(), self._endpoint, seconds=self._times.greeting)

    def _open(self) -> dial.Streams:
        if self._streams is None:
            raise LocalProtocolError("not connected")
        return self._streams

    def _gone(self) -> Unreachable:
        self.usable = False
        return Unreachable(f"The mail server {self._endpoint} broke off the connection; try again.", enhanced="4.4.2")

    async def reply(self, seconds: float) -> Reply:
        """The next reply. Raises `Unreachable`; TimeoutError after `seconds`."""
        assembler = Assembler()
        reader, _ = self._open()
        async with asyncio.timeout(seconds):
            while True:
                try:
                    line = await reader.readuntil(b"\n")
                    whole = assembler.line(line)
                except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
                    raise self._gone() from error
                except RemoteProtocolError as error:
                    self.usable = False
                    raise Unreachable(
                        f"The mail server {self._endpoint} does not speak SMTP.", enhanced="4.5.0"
                    ) from error
                if whole is not None:
                    return whole

    def send(self, line: bytes) -> None:
        """Write one command line; the reply is read later (RFC 2920)."""
        if b"\r" in line or b"\n" in line:
            raise LocalProtocolError("a command of two lines")
        self._open()[1].write(line + b"\r\n")

    async def drain(self) -> None:
        """Wait until the ISP keeps up. Raises `Unreachable`."""
        try:
            async with asyncio.timeout(self._times.block):
                await self._open()[1].drain()
        except (TimeoutError, OSError) as error:
            raise self._gone() from error

    async def command(self, line: bytes, seconds: float | None = None) -> Reply:
        """One command and its reply. Raises `Unreachable`."""
        self.send(line)
        try:
            return await self.reply(seconds or self._times.command)
        except TimeoutError as error:
            raise self._gone() from error

    async def ehlo(self, name: bytes) -> Reply:
        """EHLO for our client; a name that means "this machine" becomes our own address."""
        literal = name.strip().lower() in _LOOPBACK
        reply = await self.command(b"EHLO " + (self.address_literal() if literal else name))
        if reply.positive:
            self.keywords = extensions.keywords(reply)
        return reply

    def address_literal(self) -> bytes:
        """The address of our end (RFC 5321 §4.1.3)."""
        name = self._open()[1].get_extra_info("sockname")
        host = str(name[0]).partition("%")[0].encode("ascii")
        return b"[IPv6:" + host + b"]" if b":" in host else b"[" + host + b"]"

    async def write(self, octets: bytes) -> None:
        """Octets of mail data, with back-pressure. Raises `Unreachable`."""
        self._open()[1].write(octets)
        await self.drain()

    async def parting(self) -> Reply | None:
        """What the ISP said before it broke off, if anything."""
        try:
            return await self.reply(self._times.parting)
        except (Unreachable, TimeoutError):
            return None

    def abort(self) -> None:
        """Cut the connection: an unfinished message is dropped by the ISP, never delivered."""
        self.usable = False
        if self._streams is not None:
            dial.abort(self._streams[1].transport)

    async def close(self) -> None:
        """Cut it and wait until it is cut."""
        self.abort()
        if self._streams is not None:
            try:
                await self._streams[1].wait_closed()
            except OSError:
                return

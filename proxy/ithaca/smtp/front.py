"""The submission edge on aiosmtpd: what touches aiosmtpd, and nothing else (RFC 6409).

aiosmtpd's command loop, line reading, timer and session are kept; every command is answered here, since its own
methods and hooks cannot relay. The law of this file: no connection ends without a reply, and nothing that a client
typed or wrote reaches a log.
"""

import asyncio
import logging
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP

from ithaca import dial, sasl
from ithaca.dotted import Unstuffer
from ithaca.errors import PeerError, Unreachable, UntrustedServer
from ithaca.smtp import extensions, replies
from ithaca.smtp.relay import Relay
from ithaca.smtp.replies import Reply
from ithaca.smtp.upstream import Upstream

if TYPE_CHECKING:
    from ithaca.smtp.submission import Submission

_log = logging.getLogger("ithaca.smtp")
# aiosmtpd logs every command line, and at DEBUG every line of mail.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

READ = 1 << 17
"""Limit of the reader: a piece of mail data; twice that is buffered before the client is held back."""
MOST_PENDING = 100
"""Envelope commands sent to the ISP before replies are awaited."""
MOST_BOGUS = 5
HTTP = frozenset({"GET", "POST", "HEAD", "PUT", "DELETE", "CONNECT", "OPTIONS", "PATCH", "TRACE"})


class _Methods(dict[str, Any]):
    """aiosmtpd's table of commands, asked by `get`: one that is not in it is answered by `unknown`."""

    def __init__(self, known: dict[str, Any], unknown: Callable[[str], Any], around: Callable[[Any], Any]) -> None:
        super().__init__(known)
        self._unknown = unknown
        self._around = around

    def get(self, key: str, default: Any = None) -> Any:
        return self._around(self[key] if key in self else self._unknown(key))


class Front(SMTP):
    """One client connection."""

    line_length_limit = READ
    command_size_limit = sasl.MOST_LINE

    def __init__(self, submission: "Submission", loop: asyncio.AbstractEventLoop) -> None:
        settings = submission.settings
        # aiosmtpd keeps one table for all connections and clears it with each new one.
        self.command_size_limits = defaultdict(lambda: sasl.MOST_LINE)
        starttls = settings.tls_context if settings.tls_context and not settings.tls_implicit else None
        super().__init__(
            None,
            enable_SMTPUTF8=True,
            data_size_limit=None,
            auth_require_tls=False,
            timeout=settings.times.idle,
            hostname="localhost",
            tls_context=starttls,
            require_starttls=settings.require_tls and not settings.tls_implicit,
            loop=loop,
        )
        known = {name: method for name, method in self._smtp_methods.items() if name in _COMMANDS}
        self._smtp_methods = _Methods(known, self._unknown, self._busily)
        self._submission = submission
        self._starttls = starttls
        self._local_tls = settings.tls_implicit
        self._upstream = Upstream(settings.endpoint, settings.times)
        self._relay = Relay(self._upstream, submission.terms, submission.rate)
        self._pending = 0
        self._bogus = 0
        self._busy = True
        self.ended = asyncio.Event()

    # --- the life of a connection ---

    async def _handle_client(self) -> None:
        self._submission.sessions.add(self)
        try:
            await self._greeted()
        finally:
            self._upstream.abort()
            self._submission.sessions.discard(self)
            if self.transport is not None:
                self.transport.close()
            self.ended.set()

    async def _greeted(self) -> None:
        times = self._submission.settings.times
        slots = self._submission.slots
        acquired = False
        try:
            try:
                async with asyncio.timeout(times.greeting):
                    acquired = await slots.acquire()
                    greeting = await self._upstream.open()
            except TimeoutError:
                unreachable = replies.own(
                    421,
                    "4.4.1",
                    f"The mail server {self._submission.settings.endpoint} does not answer; try again later.",
                )
                return await self._farewell(unreachable if acquired else replies.BUSY)
            except (Unreachable, UntrustedServer) as error:
                _log.warning("%s", error)
                return await self._farewell(replies.own(error.code, error.enhanced, error.text))
            if self._submission.stopping:
                return await self._farewell(replies.STOPPING)
            if dial.waiting(self._reader):
                # Who speaks before the greeting is no mail program, but a web page (RFC 5321 §3.1).
                dial.abort(self._writer.transport)
                return None
            if greeting.code != 220:
                return await self._farewell(greeting)
            await self._greet(greeting)
            await super()._handle_client()
        finally:
            if acquired:
                slots.release()

    async def _greet(self, greeting: Reply) -> None:
        """aiosmtpd writes the last line of the greeting itself, from these two."""
        for line in greeting.lines[:-1]:
            await self.push(line)
        host, _, words = greeting.lines[-1][4:].partition(b" ")
        self.hostname, self.__ident__ = host.decode("ascii", "replace"), words.decode("ascii", "replace")
        self._busy = False

    async def _farewell(self, reply: Reply) -> None:
        """The last reply of this connection."""
        await self._say(reply)
        if self.transport is not None:
            self.transport.close()

    async def _end(self, reply: Reply) -> None:
        await self._farewell(reply)
        raise asyncio.CancelledError

    async def _say(self, reply: Reply) -> None:
        await self.push(reply.octets)

    def leave(self) -> None:
        """The service stops: now if idle, else after the command that runs."""
        if not self._busy and self.transport is not None:
            self._writer.transport.write(replies.STOPPING.octets + b"\r\n")
            self.cut(gently=True)

    def cut(self, *, gently: bool = False) -> None:
        """End the session now."""
        if self.transport is not None:
            if gently:
                self._writer.transport.close()
            else:
                dial.abort(self._writer.transport)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def eof_received(self) -> bool | None:
        """aiosmtpd cancels the session here; but a client that only shut its writing half awaits its answers."""
        return asyncio.StreamReaderProtocol.eof_received(self)

    def _timeout_cb(self) -> None:
        """The client was silent too long."""
        if self.transport is not None and not self.transport.is_closing():
            self._writer.transport.write(replies.IDLE.octets + b"\r\n")
            self.cut(gently=True)

    async def handle_exception(self, error: Exception) -> str:
        """aiosmtpd would tell the client class and text of any exception and go on; here the session ends."""
        if isinstance(error, (asyncio.IncompleteReadError, ConnectionError)) and not isinstance(error, PeerError):
            self._writer.close()
            raise asyncio.CancelledError
        self.loop.call_soon(self._writer.transport.close)
        if isinstance(error, PeerError):
            _log.warning("session ends: %s", error)
            return replies.own(421, error.enhanced, error.text).octets.decode()
        _log.error("session ends by an internal error", exc_info=error)
        return replies.INTERNAL.octets.decode()

    # --- commands ---

    def _busily(self, method: Callable[[str | None], Awaitable[None]]) -> Callable[[str | None], Awaitable[None]]:
        """A command while it runs: never without an upper limit, never without an answer."""

        async def run(argument: str | None) -> None:
            self._busy = True
            self._reset_timeout(self._submission.settings.times.command * 4)
            await method(argument)
            self._busy = bool(self._pending)
            self._reset_timeout()
            if not self._busy and self._submission.stopping:
                await self._end(replies.STOPPING)
            if not self._busy and not self._upstream.usable:
                await self._end(replies.UPSTREAM_LOST)

        return run

    def _unknown(self, verb: str) -> Callable[[str | None], Awaitable[None]]:
        async def answer(_argument: str | None) -> None:
            if verb in HTTP or verb.endswith(":"):
                # A web page can make a browser speak to this port.
                _log.warning("HTTP on the SMTP port: closed")
                dial.abort(self._writer.transport)
                raise asyncio.CancelledError
            await self._flush()
            self._bogus += 1
            if self._bogus >= MOST_BOGUS:
                await self._end(replies.TOO_MANY_ERRORS)
            # The verb is not repeated: after a refused AUTH it may be a password.
            await self._say(replies.UNRECOGNIZED)

        return answer

    async def _pass(self, verb: bytes, argument: str | None) -> Reply:
        """Relay one command and its reply."""
        await self._flush()
        reply = await self._upstream.command(_line(verb, argument))
        self._relay.transaction.answered(verb, None, reply)
        await self._relayed(reply)
        return reply

    async def _relayed(self, reply: Reply) -> None:
        if reply.code == 421:
            await self._end(reply)
        await self._say(reply)

    async def _flush(self) -> None:
        """Read the replies to pipelined commands, and pass them on together."""
        if not self._pending:
            return
        self._pending = 0
        await self._upstream.drain()
        out: list[bytes] = []
        async for reply in self._relay.collect():
            out.append(reply.octets)
            if reply.code == 421:
                await self._end(Reply(421, tuple(out)))
        await self.push(b"\r\n".join(out))

    async def _pipeline(self, verb: bytes, line: bytes, argument: extensions.Argument | None) -> None:
        """Send an envelope command on; while the client has sent more, its reply can wait."""
        self._relay.send(verb, line, argument)
        self._pending += 1
        if b"\n" not in dial.waiting(self._reader) or self._pending >= MOST_PENDING:
            await self._flush()

    def _greeted_as(self, name: str | None, *, extended: bool) -> None:
        """What aiosmtpd's session knows of EHLO and HELO."""
        if self.session is not None:
            self.session.host_name, self.session.extended_smtp = name, extended

    async def smtp_EHLO(self, argument: str | None) -> None:
        await self._flush()
        reply = await self._upstream.ehlo(_octets(argument))
        if not reply.positive:
            return await self._relayed(reply)
        self._relay.transaction.reset()
        self._greeted_as(argument, extended=True)
        starttls = self._starttls is not None and not self._local_tls
        await self._say(extensions.offer(reply, starttls=starttls, local_tls=self._local_tls))
        return None

    async def smtp_HELO(self, argument: str | None) -> None:
        if (await self._pass(b"HELO", argument)).positive:
            self._greeted_as(argument, extended=False)

    async def smtp_NOOP(self, argument: str | None) -> None:
        await self._pass(b"NOOP", argument)

    async def smtp_VRFY(self, argument: str | None) -> None:
        await self._pass(b"VRFY", argument)

    async def smtp_HELP(self, argument: str | None) -> None:
        await self._pass(b"HELP", argument)

    async def smtp_EXPN(self, _argument: str | None) -> None:
        await self._flush()
        await self._say(replies.NOT_IMPLEMENTED)

    async def smtp_QUIT(self, _argument: str | None) -> None:
        await self._flush()
        try:
            reply = await self._upstream.command(b"QUIT", self._submission.settings.times.parting * 5)
        except Unreachable:
            reply = replies.BYE
        await self._end(reply)

    async def smtp_AUTH(self, argument: str | None) -> None:
        """Relayed line by line; the login counts once the ISP has accepted it (RFC 4954 §4)."""
        await self._flush()
        mechanism, _, initial = _octets(argument).partition(b" ")
        if not sasl.relayable(mechanism):
            return await self._say(replies.NO_MECHANISM)
        exchange = sasl.Exchange(mechanism, initial.strip() or None)
        reply = await self._upstream.command(_line(b"AUTH", argument))
        while reply.code == 334:
            await self._say(reply)
            line = await self._auth_line()
            if line is None:
                await self._upstream.command(b"*")
                return await self._say(replies.LINE_TOO_LONG)
            exchange.client(line)
            reply = await self._upstream.command(line)
        if reply.positive:
            self._relay.login = exchange.login
            if exchange.login is None:
                _log.info("a login that names nobody we can read: no keys")
        await self._relayed(reply)
        return None

    async def _auth_line(self) -> bytes | None:
        """The client's next line; None: too long. Never logged."""
        try:
            line: bytes = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            return None
        line = line.rstrip(b"\r\n")
        return None if len(line) > sasl.MOST_LINE or b"\r" in line else line

    async def smtp_STARTTLS(self, argument: str | None) -> None:
        await self._flush()
        if argument:
            return await self._say(replies.NO_ARGUMENTS)
        if self._starttls is None or self._local_tls or self._relay.login is not None:
            return await self._say(replies.TLS_NOT_NOW)
        if dial.waiting(self._reader):
            # CVE-2011-0411: what was sent in clear must not be run as if it had come under TLS.
            await self._end(replies.TLS_INJECTION)
        await self._say(replies.TLS_READY)
        try:
            await dial.upgrade(self._writer, self._starttls)
        except (OSError, ssl.SSLError):
            dial.abort(self._writer.transport)
            raise asyncio.CancelledError from None
        self.transport = self._writer.transport
        self._reader._transport = self.transport  # type: ignore[attr-defined]  # noqa: SLF001 (for its flow control)
        self._local_tls = True
        # aiosmtpd looks at this one for require_starttls.
        self._tls_protocol = True  # type: ignore[assignment]
        # RFC 3207 §4.2: what was learnt before TLS is forgotten.
        self._greeted_as(None, extended=False)
        self._relay.transaction.reset()
        return None

    async def smtp_MAIL(self, argument: str | None) -> None:
        await self._envelope(b"MAIL", b"FROM", argument, replies.SYNTAX_MAIL)

    async def smtp_RCPT(self, argument: str | None) -> None:
        await self._envelope(b"RCPT", b"TO", argument, replies.SYNTAX_RCPT)

    async def _envelope(self, verb: bytes, word: bytes, argument: str | None, syntax: Reply) -> None:
        parsed = extensions.parse(_octets(argument), word)
        refusal = None
        if parsed is None:
            refusal = syntax
        elif (parsed.value(b"BODY") or b"").upper() == b"BINARYMIME":
            refusal = replies.BINARY
        elif parsed.needs_smtputf8 and b"SMTPUTF8" not in self._upstream.keywords:
            refusal = replies.NEEDS_SMTPUTF8
        if refusal is not None or parsed is None:
            await self._flush()
            return await self._say(refusal or syntax)
        line = verb + b" " + parsed.line(word, self._upstream.keywords)
        await self._pipeline(verb, line, parsed)
        return None

    async def smtp_RSET(self, argument: str | None) -> None:
        await self._pipeline(b"RSET", _line(b"RSET", argument), None)

    async def smtp_DATA(self, argument: str | None) -> None:
        await self._flush()
        if argument:
            return await self._say(replies.NO_ARGUMENTS)
        if not self._relay.transaction.recipients:
            return await self._say(replies.NO_RECIPIENT)
        await self._say(replies.GO_AHEAD)
        reply = await self._relay.data(self._pieces())
        await self._relayed(reply)
        return None

    async def _pieces(self) -> AsyncIterator[bytes]:
        """The message as it comes, un-stuffed, bare CR and LF made CRLF; the timer is wound up by every piece."""
        times = self._submission.settings.times
        unstuffer = Unstuffer(normalise=True)
        while not unstuffer.ended:
            octets: bytes = await self._reader.read(READ)
            if not octets:
                # The client is gone before its dot: nothing of this message may be completed.
                raise ConnectionResetError
            self._reset_timeout(times.block + times.afterwards)
            text = unstuffer.feed(octets)
            if unstuffer.rest:
                # Pipelined commands behind the dot go back to the reader.
                dial.push_back(self._reader, unstuffer.rest)
            if text:
                yield text


_COMMANDS = frozenset(name.removeprefix("smtp_") for name in vars(Front) if name.startswith("smtp_"))


def _octets(argument: str | None) -> bytes:
    """aiosmtpd decodes arguments; this gives the octets that the client wrote."""
    return b"" if argument is None else argument.encode("utf-8", "surrogateescape")


def _line(verb: bytes, argument: str | None) -> bytes:
    return verb if argument is None else verb + b" " + _octets(argument)

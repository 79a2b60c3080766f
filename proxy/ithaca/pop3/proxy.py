"""The retrieval edge: sessions between a client and the ISP's POP3 server (RFC 1939), pipelined.

The law of this file: what the ISP would give is given. A message never becomes ``-ERR`` here, a listing never gets
shorter, and where the ISP breaks off inside a message the connection ends without the final dot.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from typing import Protocol

from ithaca import dial, sasl
from ithaca.dial import Endpoint, Tls
from ithaca.dotted import Stuffer, Unstuffer, Watcher, stuff
from ithaca.errors import Unreachable, UntrustedServer
from ithaca.incoming import Look, Shown
from ithaca.pop3 import grammar, protocol
from ithaca.pop3.grammar import Command
from ithaca.pop3.maildrop import Maildrop
from ithaca.pop3.protocol import Form, Trouble
from ithaca.work import Budget, Job, Pool, TaskSet

READ = 1 << 17
MOST_LOOKED_AT = 1 << 18
"""Octets that may be looked at before a message passes as it is."""
MOST_LISTING = 64 << 20
"""Octets of a listing that we must read ourselves."""
MOST_PENDING = 256
"""Commands sent to the ISP whose replies have not come."""

_log = logging.getLogger("ithaca.pop3")


@dataclass(frozen=True, slots=True)
class Times:
    """Limits in seconds."""

    greeting: float = 25.0
    """From accepting the client to our greeting."""
    reply: float = 600.0
    idle: float = 1800.0
    """RFC 1939 §3 wants ten minutes at least; the ISP has its own limit."""
    counted: float = 10.0
    """A message that is opened within this time is sent with its octet count."""
    progress: float = 15.0
    """Between two signs of life; mail programs give up after 100 s of silence."""

    def scaled(self, factor: float) -> "Times":
        """All limits times `factor`."""
        return Times(**{f.name: getattr(self, f.name) * factor for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Settings:
    """One provider's retrieval edge."""

    provider: str
    endpoint: Endpoint
    times: Times = Times()
    max_connections: int = 8
    tls_context: ssl.SSLContext | None = None
    tls_implicit: bool = False
    require_tls: bool = False
    top_limit: int = 4 << 20
    """Octets, as the ISP lists them, of a sealed message that is opened for TOP."""
    most_held: int = 100 << 20
    """Octets of a sealed message that is opened at all; a larger one passes as it came."""


class Opening(Protocol):
    """What is done to messages; see `ithaca.incoming`."""

    def look(self, prefix: bytes, complete: bool) -> Look:
        """What the first octets show."""

    def clean(self, section: bytes) -> bytes:
        """A header section, its empty line included, without forged fields."""

    def open(self, provider: str, login: bytes | None, octets: bytes) -> Job[Shown]:
        """Open and judge one message."""

    def trouble(self, provider: str, login: bytes) -> str | None:
        """Why this login's mail cannot be opened now, if a person's hand could change that."""


class _Gone(Exception):
    """The ISP's side broke; `text` is for the client."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _ClientGone(Exception):
    """The client left, or must leave."""


class Retrieval:
    """Accepts clients for one provider."""

    def __init__(self, settings: Settings, opening: Opening, pool: Pool, budget: Budget) -> None:
        self.settings = settings
        self.opening = opening
        self.pool = pool
        self.budget = budget
        self.slots = asyncio.Semaphore(settings.max_connections)
        self.sessions: set[Session] = set()
        self.stopping = False

    async def serve(self, sock: socket.socket) -> asyncio.Server:
        """Listen on a bound socket."""
        implicit = self.settings.tls_context if self.settings.tls_implicit else None
        return await asyncio.start_server(self._client, sock=sock, limit=READ, ssl=implicit)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, reader, writer)
        self.sessions.add(session)
        try:
            await session.run()
        finally:
            self.sessions.discard(session)

    async def stop(self, seconds: float) -> None:
        """Sessions end after the reply that they are giving, within `seconds`."""
        self.stopping = True
        sessions = tuple(self.sessions)
        for session in sessions:
            session.leave()
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(s.ended.wait() for s in sessions))
        except TimeoutError:
            for session in sessions:
                session.cut()
            await asyncio.sleep(0)


class Session:
    """One client connection with its connection to the ISP."""

    def __init__(self, retrieval: Retrieval, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._retrieval = retrieval
        self._settings = retrieval.settings
        self._times = retrieval.settings.times
        self._client = (reader, writer)
        self._upstream: dial.Streams | None = None
        self._queue: asyncio.Queue[Command | bytes | None] = asyncio.Queue(MOST_PENDING)
        """Commands whose replies are to come, replies of our own between them, and None at the end."""
        self._tasks = TaskSet()
        self._local_tls = retrieval.settings.tls_implicit
        self._maildrop = Maildrop()
        self._user = b""
        self._login: bytes | None = None
        self._in_transaction = False
        self._trouble: Trouble | None = None
        self._midway = False
        """Inside a multi-line reply: a status line would become part of a message."""
        self._busy = True
        self.ended = asyncio.Event()

    # --- life ---

    async def run(self) -> None:
        """From accepting the client to the end."""
        try:
            async with self._slot():
                if await self._greet():
                    await self._serve()
        except _Gone as gone:
            _log.warning("session ends: %s", gone.text)
            await self._lost(gone.text)
        except _ClientGone:
            pass
        except Exception as error:  # noqa: BLE001 (that session alone ends)
            _log.error("session ends by an internal error", exc_info=error)
            await self._lost("An internal error, which the log of Ithaca names; try again later.")
        finally:
            await self._tasks.cancel()
            if self._upstream is not None:
                self._upstream[1].transport.abort()
            self._client[1].close()
            with contextlib.suppress(OSError):
                await self._client[1].wait_closed()
            self.ended.set()

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        slots = self._retrieval.slots
        try:
            async with asyncio.timeout(self._times.greeting):
                await slots.acquire()
        except TimeoutError:
            await self._say(protocol.BUSY)
            raise _ClientGone from None
        try:
            yield
        finally:
            slots.release()

    async def _lost(self, text: str) -> None:
        with contextlib.suppress(_ClientGone):
            if self._midway:
                # Without the final dot every client drops what it has of the message.
                self._client[1].transport.abort()
            else:
                await self._say(protocol.error(text, "SYS/TEMP"))

    def leave(self) -> None:
        """The service stops: at once if idle, else after the reply that is being given."""
        if not self._busy:
            self.cut()

    def cut(self) -> None:
        """End the session now."""
        self._client[1].transport.abort()

    # --- lines ---

    async def _say(self, octets: bytes) -> None:
        writer = self._client[1]
        try:
            writer.write(octets)
            await writer.drain()
        except OSError:
            raise _ClientGone from None

    async def _client_line(self) -> bytes:
        reader = self._client[0]
        try:
            async with asyncio.timeout(self._times.idle):
                line = await reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, OSError, TimeoutError):
            raise _ClientGone from None
        except asyncio.LimitOverrunError:
            await self._say(protocol.BAD_LINE)
            raise _ClientGone from None
        if len(line) > grammar.MOST_COMMAND:
            await self._say(protocol.BAD_LINE)
            raise _ClientGone
        return line

    async def _status(self) -> bytes:
        """The next status line of the ISP, verbatim."""
        line = await self._upstream_line(self._times.reply)
        if not grammar.is_status(line):
            raise _Gone(f"The mail server {self._settings.endpoint} does not speak POP3.")
        return line

    async def _upstream_line(self, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                return await self._open()[0].readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, TimeoutError):
            raise self._broken() from None

    def _open(self) -> dial.Streams:
        if self._upstream is None:
            raise self._broken()
        return self._upstream

    def _broken(self) -> _Gone:
        return _Gone(f"The connection to the mail server {self._settings.endpoint} broke; try again later.")

    async def _send(self, line: bytes) -> None:
        writer = self._open()[1]
        try:
            writer.write(line + b"\r\n")
            await writer.drain()
        except OSError:
            raise self._broken() from None

    async def _pieces(self) -> AsyncIterator[bytes]:
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

    async def _all(self) -> bytes:
        """A whole listing, un-stuffed, without its terminator."""
        unstuffer = Unstuffer()
        out: list[bytes] = []
        count = 0
        async for piece in self._pieces():
            out.append(unstuffer.feed(piece))
            count += len(piece)
            if count > MOST_LISTING:
                raise _Gone("The mail server's reply is too long.")
        return b"".join(out)

    # --- the ISP ---

    async def _greet(self) -> bool:
        """Connect, and pass the greeting on verbatim: APOP needs its timestamp. False: the session ends."""
        try:
            async with asyncio.timeout(self._times.greeting):
                greeting = await self._connect()
        except (Unreachable, UntrustedServer) as error:
            _log.warning("%s", error)
            code = "SYS/PERM" if isinstance(error, UntrustedServer) else "SYS/TEMP"
            await self._say(protocol.error(error.text, code))
            return False
        except TimeoutError:
            text = f"The mail server {self._settings.endpoint} does not answer; try again later."
            await self._say(protocol.error(text, "SYS/TEMP"))
            return False
        if dial.waiting(self._client[0]):
            # Who speaks before the greeting is no mail program, but a web page.
            raise _ClientGone
        await self._say(greeting)
        return grammar.is_positive(greeting)

    async def _connect(self) -> bytes:
        endpoint = self._settings.endpoint
        self._upstream = await dial.connect(endpoint, seconds=self._times.greeting, limit=READ)
        greeting = await self._status()
        if endpoint.tls is Tls.STARTTLS and grammar.is_positive(greeting):
            await self._send(b"STLS")
            if not grammar.is_positive(await self._status()):
                raise UntrustedServer(f"The mail server {endpoint} refuses STLS; nothing was sent to it.")
            await dial.start_tls(self._upstream, endpoint, seconds=self._times.greeting)
        return greeting

    async def _serve(self) -> None:
        replies = self._tasks.start(self._replies(), name="pop3 replies")
        commands = self._tasks.start(self._commands(), name="pop3 commands")
        done, _ = await asyncio.wait((replies, commands), return_when=asyncio.FIRST_COMPLETED)
        if commands in done and commands.exception() is None:
            # The client has said its last word: it still gets the replies.
            await asyncio.wait((replies,), timeout=self._times.reply)
        for task in (replies, commands):
            if task.done():
                task.result()

    # --- commands ---

    async def _commands(self) -> None:
        while True:
            self._busy = not self._queue.empty()
            if self._retrieval.stopping and not self._busy:
                raise _ClientGone
            try:
                line = await self._client_line()
            except _ClientGone:
                await self._queue.put(None)
                return
            self._busy = True
            command = grammar.parse(line)
            if command is None:
                await self._queue.put(protocol.BAD_LINE)
            elif command.is_http:
                raise _ClientGone
            elif await self._command(command):
                return

    async def _command(self, command: Command) -> bool:
        """One command; True: it was the last."""
        verb = command.verb
        if self._settings.require_tls and not self._local_tls and verb not in protocol.BEFORE_TLS:
            await self._queue.put(protocol.TLS_FIRST)
        elif self._trouble is not None and verb != b"CAPA":
            await self._queue.put(self._trouble.answer(verb))
            if verb == b"QUIT":
                await self._queue.put(None)
                return True
        elif verb in protocol.SYNCHRONOUS:
            await self._queue.join()
            await self._synchronous(command)
        elif verb in protocol.FORMS:
            if verb == b"USER":
                self._user = command.argument
            await self._queue.put(command)
            await self._send(command.octets)
            if verb == b"QUIT":
                await self._queue.put(None)
                return True
        else:
            await self._queue.put(protocol.UNKNOWN)
        return False

    async def _synchronous(self, command: Command) -> None:
        match command.verb:
            case b"PASS":
                await self._log_in(command, self._user)
            case b"APOP":
                await self._log_in(command, command.argument.rpartition(b" ")[0])
            case b"AUTH":
                await self._authenticate(command)
            case b"STLS":
                await self._start_tls()
            case _:
                await self._top(command)

    # --- login ---

    async def _log_in(self, command: Command, name: bytes) -> None:
        try:
            await self._send(command.octets)
            status = await self._status()
        except _Gone as gone:
            await self._in_spite(Trouble(gone.text))
            return
        await self._logged_in(status, name, completable=True)

    async def _logged_in(self, status: bytes, name: bytes | None, *, completable: bool) -> None:
        """The ISP has answered a login."""
        if not grammar.is_positive(status):
            if protocol.is_verdict(status) or not completable:
                await self._say(status)
            else:
                permanent = grammar.response_code(status) == "SYS/PERM"
                await self._in_spite(Trouble(grammar.text_of(status), permanent=permanent))
            return
        self._login = name or None
        self._in_transaction = True
        if self._login is not None:
            retrieval = self._retrieval
            reason = await retrieval.pool.call(retrieval.opening.trouble, self._settings.provider, self._login)
            self._trouble = None if reason is None else Trouble(reason)
        await self._say(status)

    async def _in_spite(self, trouble: Trouble) -> None:
        """Every client takes a refused login for a wrong password: it goes through, and the reason follows."""
        self._trouble = trouble
        await self._say(b"+OK\r\n")

    async def _authenticate(self, command: Command) -> None:
        """Relayed line by line (RFC 5034 §4)."""
        mechanism, _, initial = command.argument.partition(b" ")
        if mechanism and not sasl.relayable(mechanism):
            await self._say(protocol.NO_MECHANISM)
            return
        await self._send(command.octets)
        if not mechanism:
            await self._mechanisms()
            return
        exchange = sasl.Exchange(mechanism, initial.strip() or None)
        completable = protocol.completes(b"AUTH", mechanism)
        try:
            status = await self._upstream_line(self._times.reply)
            while status.startswith(b"+") and not grammar.is_positive(status):
                await self._say(status)
                line = (await self._client_line()).rstrip(b"\r\n")
                exchange.client(line)
                await self._send(line)
                status = await self._upstream_line(self._times.reply)
        except _Gone as gone:
            if not completable:
                raise
            await self._in_spite(Trouble(gone.text))
            return
        await self._logged_in(status, exchange.login, completable=completable)

    async def _mechanisms(self) -> None:
        """QUIRK: a bare AUTH lists the mechanisms; described in no standard, asked by old clients."""
        status = await self._status()
        if grammar.is_positive(status):
            listed = grammar.mechanisms(await self._all(), local_tls=self._local_tls)
            status += stuff(listed)
        await self._say(status)

    async def _start_tls(self) -> None:
        context = self._settings.tls_context
        reader, writer = self._client
        if context is None or self._local_tls or self._in_transaction:
            await self._say(protocol.TLS_NOT_NOW)
            return
        if dial.waiting(reader):
            # CVE-2011-0411: what was sent in clear must not be run as if it had come under TLS.
            raise _ClientGone
        await self._say(protocol.GO_TLS)
        try:
            await dial.upgrade(writer, context)
        except (OSError, ssl.SSLError):
            raise _ClientGone from None
        self._local_tls = True

    # --- replies ---

    async def _replies(self) -> None:
        while (item := await self._queue.get()) is not None:
            try:
                if isinstance(item, bytes):
                    await self._say(item)
                else:
                    await self._reply(item)
            finally:
                self._queue.task_done()
            if self._queue.empty():
                self._busy = False
        self._queue.task_done()

    async def _reply(self, command: Command) -> None:
        status = await self._status()
        form = protocol.FORMS[command.verb]
        if command.verb == b"LIST" and command.argument and grammar.is_positive(status):
            self._maildrop.listed(status[3:].strip())
        if not grammar.is_positive(status) or not protocol.is_multiline(form, command.argument):
            await self._say(status)
        elif form is Form.MESSAGE:
            await self._message(status, None)
        elif form is Form.CAPABILITIES:
            stls = self._settings.tls_context is not None and not self._local_tls and not self._in_transaction
            listed = grammar.capabilities(await self._all(), stls=stls, local_tls=self._local_tls)
            await self._say(status + stuff(listed))
        else:
            await self._listing(status, note=command.verb == b"LIST")

    async def _listing(self, status: bytes, *, note: bool) -> None:
        """LIST, UIDL and the like, as the ISP gives them, however long."""
        self._midway = True
        await self._say(status)
        held = b""
        async for piece in self._pieces():
            await self._say(piece)
            if note:
                lines, end, held = (held + piece).rpartition(b"\n")
                self._maildrop.listed(lines + end)
        self._midway = False

    # --- messages ---

    async def _top(self, command: Command) -> None:
        words = command.argument.split()
        number, count = (int(w) for w in words) if len(words) == 2 and all(w.isdigit() for w in words) else (0, None)
        await self._send(command.octets)
        status = await self._status()
        if not grammar.is_positive(status):
            await self._say(status)
        elif count is not None and count >= protocol.WHOLE:
            await self._message(status, None)
        else:
            await self._extract(status, number, count or 0)

    async def _extract(self, status: bytes, number: int, count: int) -> None:
        """TOP of a few lines: of a sealed message they are cut from the opened one."""
        content = await self._all()
        retrieval = self._retrieval
        sealed = retrieval.opening.look(content, True) is Look.HOLD
        size = self._maildrop.size(number)
        if sealed and (size is None or size <= self._settings.top_limit):
            # Never by RETR, which some ISPs take as "read".
            await self._send(b"TOP %d %d" % (number, protocol.EVERYTHING))
            again = await self._status()
            if grammar.is_positive(again):
                await self._message(again, count)
                return
        await self._say(status + stuff(_with_clean_section(content, retrieval.opening)))

    async def _message(self, status: bytes, lines: int | None) -> None:
        """A whole message: it passes, or it is held and opened; `lines` of its body are wanted, None: all."""
        pieces = self._pieces()
        raw, content, look = b"", b"", Look.MORE
        unstuffer = Unstuffer()
        async for piece in pieces:
            raw += piece
            content += unstuffer.feed(piece)
            look = self._retrieval.opening.look(content, unstuffer.ended)
            if look is not Look.MORE or len(content) > MOST_LOOKED_AT:
                break
        if look is Look.HOLD:
            await self._held(status, _Content(content, unstuffer, pieces), lines)
            return
        self._midway = True
        await self._say(status + _passed(raw, content, unstuffer.ended, self._retrieval.opening))
        async for piece in pieces:
            await self._say(piece)
        self._midway = False

    async def _held(self, status: bytes, content: "_Content", lines: int | None) -> None:
        """Fetch, open and give; with signs of life where that takes long."""
        hint = grammar.octet_count(status) or 0
        work = self._tasks.start(self._open_message(content, hint), name="pop3 open")
        done, _ = await asyncio.wait((work,), timeout=self._times.counted)
        if not done:
            self._midway = True
            await self._say(b"+OK\r\nIthaca-Progress: fetching and opening")
            while not done:
                await self._say(b"\r\n still working")
                done, _ = await asyncio.wait((work,), timeout=self._times.progress)
            await self._say(b"\r\n")
        message = work.result()
        if message is None:
            await self._too_large(content)
            return
        if lines is not None:
            message = _cut(message, lines)
        head = b"" if self._midway else b"+OK %d octets\r\n" % len(message)
        self._midway = True
        await self._say(head + stuff(message))
        self._midway = False

    async def _open_message(self, content: "_Content", hint: int) -> bytes | None:
        """The message to show; None: there is no room to hold it, so it passes as it came."""
        retrieval = self._retrieval
        budget = retrieval.budget
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
        retrieval = self._retrieval
        try:
            shown = await retrieval.pool.drive(retrieval.opening.open(self._settings.provider, self._login, octets))
            message = shown.message
        except Exception as error:  # noqa: BLE001 (a message must never be withheld, whatever opening it meets)
            _log.error("a message could not be opened: %s", type(error).__name__)
            return _with_clean_section(octets, retrieval.opening)
        if b"\0" in message or not message.count(b"\r") == message.count(b"\n") == message.count(b"\r\n"):
            return _with_clean_section(octets, retrieval.opening)
        _log.info(
            "opened: decryption %s, signature %s",
            shown.verdict.decryption.value,
            shown.verdict.signature.value,
        )
        return message

    async def _too_large(self, content: "_Content") -> None:
        stuffer = Stuffer()
        first = b"".join(content.held)
        head = b"" if self._midway else b"+OK\r\n"
        self._midway = True
        await self._say(head + stuffer.feed(_with_clean_section(first, self._retrieval.opening)))
        content.held.clear()
        async for piece in content:
            await self._say(stuffer.feed(piece))
        await self._say(stuffer.finish())
        self._midway = False


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


def _section_end(octets: bytes) -> int:
    """Where the header section with its empty line ends; the end where there is none."""
    if octets.startswith(b"\r\n"):
        return 2
    end = octets.find(b"\r\n\r\n")
    return len(octets) if end < 0 else end + 4


def _with_clean_section(content: bytes, opening: Opening) -> bytes:
    end = _section_end(content)
    return opening.clean(content[:end]) + content[end:]


def _passed(raw: bytes, content: bytes, ended: bool, opening: Opening) -> bytes:
    """The first octets of a message that passes, as on the wire; only forged fields are taken out."""
    end = _section_end(content)
    section = content[:end]
    cleaned = opening.clean(section)
    if cleaned == section:
        return raw
    if ended:
        return stuff(cleaned + content[end:])
    raw_end = _section_end(raw)
    return Stuffer().feed(cleaned) + raw[raw_end:]


def _cut(message: bytes, lines: int) -> bytes:
    """The header section, the empty line and `lines` lines of the body (RFC 1939 §7)."""
    at = _section_end(message)
    for _ in range(lines):
        found = message.find(b"\r\n", at)
        if found < 0:
            return message
        at = found + 2
    return message[:at]

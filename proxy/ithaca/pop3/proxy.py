"""The retrieval edge: sessions between a client and the ISP's POP3 server (RFC 1939), pipelined.

The law of this file: what the ISP would give is given. A listing never gets shorter, and where the ISP breaks off
inside a message the connection ends without the final dot.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator

from ithaca import dial, sasl
from ithaca.dotted import stuff
from ithaca.errors import Unreachable, UntrustedServer
from ithaca.pop3 import grammar, protocol
from ithaca.pop3.grammar import Command
from ithaca.pop3.link import ClientGone, Gone, Link
from ithaca.pop3.maildrop import Maildrop
from ithaca.pop3.message import Delivery
from ithaca.pop3.protocol import Form, Trouble
from ithaca.pop3.settings import READ, Opening, Settings
from ithaca.work import Budget, Pool, TaskSet

MOST_PENDING = 256
"""Commands sent to the ISP whose replies have not come."""

_log = logging.getLogger("ithaca.pop3")


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
        self._link = Link((reader, writer), self._settings.endpoint, self._times)
        self._delivery = Delivery(self._link, self._settings, retrieval.opening, retrieval.pool, retrieval.budget)
        self._queue: asyncio.Queue[Command | bytes | None] = asyncio.Queue(MOST_PENDING)
        """Commands whose replies are to come, replies of our own between them, and None at the end."""
        self._tasks = TaskSet()
        self._local_tls = retrieval.settings.tls_implicit
        self._maildrop = Maildrop()
        self._user = b""
        self._login: bytes | None = None
        self._in_transaction = False
        self._trouble: Trouble | None = None
        self._busy = True
        self.ended = asyncio.Event()

    # --- life ---

    async def run(self) -> None:
        """From accepting the client to the end."""
        try:
            async with self._slot():
                if await self._greet():
                    await self._serve()
        except Gone as gone:
            _log.warning("session ends: %s", gone.text)
            await self._lost(gone.text)
        except ClientGone:
            pass
        except Exception as error:  # noqa: BLE001 (that session alone ends)
            _log.error("session ends by an internal error", exc_info=error)
            await self._lost("An internal error, which the log of Ithaca names; try again later.")
        finally:
            await self._tasks.cancel()
            await self._delivery.close()
            self._link.abort()
            self._link.client[1].close()
            with contextlib.suppress(OSError):
                await self._link.client[1].wait_closed()
            self.ended.set()

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        slots = self._retrieval.slots
        try:
            async with asyncio.timeout(self._times.greeting):
                await slots.acquire()
        except TimeoutError:
            await self._link.say(protocol.BUSY)
            raise ClientGone from None
        try:
            yield
        finally:
            slots.release()

    async def _lost(self, text: str) -> None:
        with contextlib.suppress(ClientGone):
            if self._link.midway:
                # Without the final dot every client drops what it has of the message.
                dial.abort(self._link.client[1].transport)
            else:
                await self._link.say(protocol.error(text, "SYS/TEMP"))

    def leave(self) -> None:
        """The service stops: at once if idle, else after the reply that is being given."""
        if not self._busy:
            self.cut()

    def cut(self) -> None:
        """End the session now."""
        dial.abort(self._link.client[1].transport)

    # --- the ISP ---

    async def _greet(self) -> bool:
        """Connect, and pass the greeting on verbatim: APOP needs its timestamp. False: the session ends."""
        try:
            async with asyncio.timeout(self._times.greeting):
                greeting = await self._link.connect()
        except (Unreachable, UntrustedServer) as error:
            _log.warning("%s", error)
            code = "SYS/PERM" if isinstance(error, UntrustedServer) else "SYS/TEMP"
            await self._link.say(protocol.error(error.text, code))
            return False
        except TimeoutError:
            text = f"The mail server {self._settings.endpoint} does not answer; try again later."
            await self._link.say(protocol.error(text, "SYS/TEMP"))
            return False
        if dial.waiting(self._link.client[0]):
            # Who speaks before the greeting is no mail program, but a web page.
            raise ClientGone
        await self._link.say(greeting)
        return grammar.is_positive(greeting)

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
                raise ClientGone
            try:
                line = await self._link.client_line()
            except ClientGone:
                await self._queue.put(None)
                return
            self._busy = True
            command = grammar.parse(line)
            if command is None:
                await self._queue.put(protocol.BAD_LINE)
            elif command.is_http:
                raise ClientGone
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
            await self._link.send(command.octets)
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
            await self._link.send(command.octets)
            status = await self._link.status()
        except Gone as gone:
            await self._in_spite(Trouble(gone.text))
            return
        await self._logged_in(status, name, completable=True)

    async def _logged_in(self, status: bytes, name: bytes | None, *, completable: bool) -> None:
        """The ISP has answered a login."""
        if not grammar.is_positive(status):
            if protocol.is_verdict(status) or not completable:
                await self._link.say(status)
            else:
                permanent = grammar.response_code(status) == "SYS/PERM"
                await self._in_spite(Trouble(grammar.text_of(status), permanent=permanent))
            return
        self._login = self._delivery.login = name or None
        self._in_transaction = True
        if self._login is not None:
            retrieval = self._retrieval
            reason = await retrieval.pool.call(retrieval.opening.trouble, self._settings.provider, self._login)
            self._trouble = None if reason is None else Trouble(reason)
        await self._link.say(status)

    async def _in_spite(self, trouble: Trouble) -> None:
        """Every client takes a refused login for a wrong password: it goes through, and the reason follows."""
        self._trouble = trouble
        await self._link.say(b"+OK\r\n")

    async def _authenticate(self, command: Command) -> None:
        """Relayed line by line (RFC 5034 §4)."""
        mechanism, _, initial = command.argument.partition(b" ")
        if mechanism and not sasl.relayable(mechanism):
            await self._link.say(protocol.NO_MECHANISM)
            return
        await self._link.send(command.octets)
        if not mechanism:
            await self._mechanisms()
            return
        exchange = sasl.Exchange(mechanism, initial.strip() or None)
        completable = protocol.completes(b"AUTH", mechanism)
        try:
            status = await self._link.upstream_line(self._times.reply)
            while status.startswith(b"+") and not grammar.is_positive(status):
                await self._link.say(status)
                line = (await self._link.client_line()).rstrip(b"\r\n")
                exchange.client(line)
                await self._link.send(line)
                status = await self._link.upstream_line(self._times.reply)
        except Gone as gone:
            if not completable:
                raise
            await self._in_spite(Trouble(gone.text))
            return
        await self._logged_in(status, exchange.login, completable=completable)

    async def _mechanisms(self) -> None:
        """QUIRK: a bare AUTH lists the mechanisms; described in no standard, asked by old clients."""
        status = await self._link.status()
        if grammar.is_positive(status):
            listed = grammar.mechanisms(await self._link.all_lines(), local_tls=self._local_tls)
            status += stuff(listed)
        await self._link.say(status)

    async def _start_tls(self) -> None:
        context = self._settings.tls_context
        reader, writer = self._link.client
        if context is None or self._local_tls or self._in_transaction:
            await self._link.say(protocol.TLS_NOT_NOW)
            return
        if dial.waiting(reader):
            # CVE-2011-0411: what was sent in clear must not be run as if it had come under TLS.
            raise ClientGone
        await self._link.say(protocol.GO_TLS)
        try:
            await dial.upgrade(writer, context)
        except (OSError, ssl.SSLError):
            raise ClientGone from None
        self._local_tls = True

    # --- replies ---

    async def _replies(self) -> None:
        while (item := await self._queue.get()) is not None:
            try:
                if isinstance(item, bytes):
                    await self._link.say(item)
                else:
                    await self._reply(item)
            finally:
                self._queue.task_done()
            if self._queue.empty():
                self._busy = False
        self._queue.task_done()

    async def _reply(self, command: Command) -> None:
        status = await self._link.status()
        form = protocol.FORMS[command.verb]
        if command.verb == b"LIST" and command.argument and grammar.is_positive(status):
            self._maildrop.listed(status[3:].strip())
        if not grammar.is_positive(status) or not protocol.is_multiline(form, command.argument):
            await self._link.say(status)
        elif form is Form.MESSAGE:
            await self._delivery.message(status, None)
        elif form is Form.CAPABILITIES:
            stls = self._settings.tls_context is not None and not self._local_tls and not self._in_transaction
            listed = grammar.capabilities(await self._link.all_lines(), stls=stls, local_tls=self._local_tls)
            await self._link.say(status + stuff(listed))
        else:
            await self._listing(status, note=command.verb == b"LIST")

    async def _listing(self, status: bytes, *, note: bool) -> None:
        """LIST, UIDL and the like, as the ISP gives them, however long."""
        self._link.midway = True
        await self._link.say(status)
        held = b""
        async for piece in self._link.pieces():
            await self._link.say(piece)
            if note:
                lines, end, held = (held + piece).rpartition(b"\n")
                self._maildrop.listed(lines + end)
        self._link.midway = False

    async def _top(self, command: Command) -> None:
        words = command.argument.split()
        number, count = (int(w) for w in words) if len(words) == 2 and all(w.isdigit() for w in words) else (0, None)
        await self._link.send(command.octets)
        status = await self._link.status()
        if not grammar.is_positive(status):
            await self._link.say(status)
        elif count is not None and count >= protocol.WHOLE:
            await self._delivery.message(status, None)
        else:
            await self._delivery.extract(status, number, count or 0, self._maildrop.size(number))

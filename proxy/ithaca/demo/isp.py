"""An embedded ISP: submission by aiosmtpd and a small POP3 server over maildrops in memory, on loopback.

It stands in for a provider in the demo and in tests. What it was given is kept octet for octet, so that anybody can
look for what it should never have seen.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
import ssl
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ithaca.dial import upgrade
from ithaca.dotted import stuff
from ithaca.work import TaskSet

logging.getLogger("mail.log").setLevel(logging.CRITICAL)
MOST_MESSAGE = 64 << 20


@dataclass(frozen=True, slots=True)
class Submitted:
    """One message as it came over SMTP."""

    login: str | None
    reverse_path: str
    recipients: tuple[str, ...]
    octets: bytes


@dataclass(slots=True)
class Maildrop:
    """One person's maildrop; messages as they are stored, CRLF lines."""

    messages: list[bytes] = field(default_factory=list)
    unique_ids: list[str] = field(default_factory=list)
    in_use: bool = False

    def deliver(self, octets: bytes) -> None:
        """Store one message under a unique-id of its own (RFC 1939 §7)."""
        self.messages.append(octets)
        self.unique_ids.append(secrets.token_hex(8))


class Isp:
    """The provider. `users`: address → password; the address is the login."""

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        size: int = MOST_MESSAGE,
    ) -> None:
        self.users = dict(users)
        self.maildrops = {address: Maildrop() for address in users}
        self.submitted: list[Submitted] = []
        self.commands: list[bytes] = []
        """Every POP3 command line that came, passwords left out."""
        self.smtp_port = self.pop3_port = 0
        self.tls = tls
        self.implicit = implicit
        self.size = size
        self._servers: list[asyncio.Server] = []
        self.tasks = TaskSet()
        self.writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen on two ports of the kernel's choosing."""
        loop = asyncio.get_running_loop()
        context = self.tls if self.implicit else None
        smtp = await loop.create_server(lambda: _submission(self, loop), "127.0.0.1", 0, ssl=context)
        pop3 = await asyncio.start_server(self._pop3, "127.0.0.1", 0, ssl=context)
        self._servers = [smtp, pop3]
        self.smtp_port, self.pop3_port = (s.sockets[0].getsockname()[1] for s in self._servers)

    async def stop(self) -> None:
        """Close everything."""
        for server in self._servers:
            server.close()
        for writer in tuple(self.writers):
            writer.transport.abort()
        await self.tasks.cancel()

    async def __aenter__(self) -> "Isp":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def accept(self, message: Submitted) -> None:
        """Deliver to every recipient, with the fields that a mail server adds (RFC 5321 §4.4)."""
        self.submitted.append(message)
        trace = (
            f"Return-Path: <{message.reverse_path}>\r\n"
            "Received: from [127.0.0.1] by isp.invalid with ESMTPA;\r\n Tue, 24 Nov 2026 10:00:00 +0000\r\n"
        ).encode()
        for recipient in dict.fromkeys(message.recipients):
            self.maildrops[recipient].deliver(trace + message.octets)

    async def _pop3(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        try:
            await _Pop3(self, reader, writer).run()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()


# --- submission --------------------------------------------------------------------------------------


def _submission(isp: Isp, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(
        _Handler(isp),
        loop=loop,
        hostname="isp.invalid",
        ident="ESMTP",
        data_size_limit=isp.size,
        enable_SMTPUTF8=True,
        auth_require_tls=False,
        authenticator=isp_authenticator(isp),
        tls_context=isp.tls if not isp.implicit else None,
    )


def isp_authenticator(isp: Isp) -> Callable[..., AuthResult]:
    """Checks PLAIN and LOGIN against the users."""

    def check(_server: SMTP, session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        login, password = data.login.decode(), data.password.decode()
        known = isp.users.get(login)
        right = known is not None and hmac.compare_digest(known, password)
        return AuthResult(success=right, handled=right, auth_data=login if right else None)

    return check


class _Handler:
    """aiosmtpd's hooks."""

    def __init__(self, isp: Isp) -> None:
        self._isp = isp

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's signature)
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's signature)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address not in self._isp.maildrops:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        login = session.auth_data if isinstance(session.auth_data, str) else None
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self._isp.accept(Submitted(login, envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 2.0.0 Ok: taken"


# --- POP3 --------------------------------------------------------------------------------------------


class _Pop3:
    """One POP3 session (RFC 1939)."""

    def __init__(self, isp: Isp, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._isp = isp
        self._reader = reader
        self._writer = writer
        self._stamp = f"<{secrets.token_hex(8)}@isp.invalid>"
        self._user = ""
        self._maildrop: Maildrop | None = None
        self._deleted: set[int] = set()

    async def run(self) -> None:
        self._say(f"+OK POP3 ready {self._stamp}")
        try:
            while True:
                await self._writer.drain()
                line = (await self._reader.readuntil(b"\n")).rstrip(b"\r\n").decode("utf-8", "replace")
                verb, _, argument = line.partition(" ")
                secret = verb.upper() in ("PASS", "APOP", "AUTH")
                self._isp.commands.append(verb.encode() if secret else line.encode())
                if verb.upper() == "QUIT":
                    self._update()
                    self._say("+OK Bye")
                    await self._writer.drain()
                    return
                await self._command(verb.upper(), argument)
        finally:
            if self._maildrop is not None:
                self._maildrop.in_use = False

    async def _command(self, verb: str, argument: str) -> None:
        table = _AUTHORIZATION if self._maildrop is None else _TRANSACTION
        handler = table.get(verb)
        if handler is None:
            self._say("-ERR not here")
            return
        result = handler(self, argument)
        if asyncio.iscoroutine(result):
            await result

    def _say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")

    def _lines(self, status: str, content: bytes) -> None:
        self._writer.write(status.encode() + b"\r\n" + stuff(content))

    # AUTHORIZATION

    def capa(self, _argument: str) -> None:
        listed = ["USER", "TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "SASL PLAIN", "X-OWN"]
        if self._isp.tls is not None and not self._isp.implicit and self._maildrop is None:
            listed.append("STLS")
        self._lines("+OK", "".join(f"{c}\r\n" for c in listed).encode())

    def user(self, argument: str) -> None:
        self._user = argument
        self._say("+OK")

    def password(self, argument: str) -> None:
        known = self._isp.users.get(self._user)
        self._enter(self._user, known is not None and hmac.compare_digest(known, argument))

    def apop(self, argument: str) -> None:
        """RFC 1939 §7: MD5 over the timestamp of the greeting and the password."""
        name, _, digest = argument.partition(" ")
        known = self._isp.users.get(name, "")
        right = hashlib.md5((self._stamp + known).encode(), usedforsecurity=False).hexdigest()
        self._enter(name, bool(known) and hmac.compare_digest(right, digest))

    async def auth(self, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        if not mechanism:
            self._lines("+OK", b"PLAIN\r\n")
            return
        if mechanism.upper() != "PLAIN":
            self._say("-ERR no such mechanism")
            return
        if not initial:
            self._say("+ ")
            await self._writer.drain()
            initial = (await self._reader.readuntil(b"\n")).decode("ascii", "replace").strip()
        parts = b64decode(initial + "==").split(b"\0")
        name, password = (p.decode() for p in parts[1:3]) if len(parts) == 3 else ("", "")
        self._enter(name, bool(name) and hmac.compare_digest(self._isp.users.get(name, ""), password))

    def _enter(self, name: str, right: bool) -> None:
        maildrop = self._isp.maildrops.get(name)
        if not right or maildrop is None:
            self._say("-ERR [AUTH] wrong user name or password")
        elif maildrop.in_use:
            self._say("-ERR [IN-USE] the maildrop is in use")
        else:
            maildrop.in_use = True
            self._maildrop = maildrop
            self._say("+OK logged in")

    async def stls(self, _argument: str) -> None:
        if self._isp.tls is None or self._isp.implicit:
            self._say("-ERR no TLS")
            return
        self._say("+OK begin TLS")
        await self._writer.drain()
        await upgrade(self._writer, self._isp.tls)

    # TRANSACTION

    def _present(self) -> list[tuple[int, bytes]]:
        messages = self._maildrop.messages if self._maildrop else []
        return [(n, m) for n, m in enumerate(messages, 1) if n not in self._deleted]

    def _message(self, argument: str) -> tuple[int, bytes] | None:
        found = next(((n, m) for n, m in self._present() if str(n) == argument), None)
        if found is None:
            self._say("-ERR no such message")
        return found

    def stat(self, _argument: str) -> None:
        present = self._present()
        self._say(f"+OK {len(present)} {sum(len(m) for _, m in present)}")

    def list(self, argument: str) -> None:
        self._listing(argument, lambda _n, m: str(len(m)))

    def uidl(self, argument: str) -> None:
        unique_ids = self._maildrop.unique_ids if self._maildrop else []
        self._listing(argument, lambda n, _m: unique_ids[n - 1])

    def _listing(self, argument: str, value: Callable[[int, bytes], str]) -> None:
        if argument:
            found = self._message(argument)
            if found is not None:
                self._say(f"+OK {found[0]} {value(*found)}")
            return
        self._lines("+OK", "".join(f"{n} {value(n, m)}\r\n" for n, m in self._present()).encode())

    def retr(self, argument: str) -> None:
        found = self._message(argument)
        if found is not None:
            self._lines(f"+OK {len(found[1])} octets", found[1])

    def top(self, argument: str) -> None:
        number, _, count = argument.partition(" ")
        found = self._message(number)
        if found is None:
            return
        head, _, body = found[1].partition(b"\r\n\r\n")
        wanted = body.split(b"\r\n")
        kept = wanted[: int(count)] if count.isdigit() else []
        text = b"\r\n".join(wanted) if len(kept) == len(wanted) else b"".join(line + b"\r\n" for line in kept)
        self._lines("+OK", head + b"\r\n\r\n" + text)

    def dele(self, argument: str) -> None:
        found = self._message(argument)
        if found is not None:
            self._deleted.add(found[0])
            self._say("+OK")

    def rset(self, _argument: str) -> None:
        self._deleted.clear()
        self._say("+OK")

    def noop(self, _argument: str) -> None:
        self._say("+OK")

    def _update(self) -> None:
        """UPDATE state: what was deleted goes now, and only now."""
        if self._maildrop is not None:
            kept = [i for i in range(len(self._maildrop.messages)) if i + 1 not in self._deleted]
            self._maildrop.messages[:] = [self._maildrop.messages[i] for i in kept]
            self._maildrop.unique_ids[:] = [self._maildrop.unique_ids[i] for i in kept]


_Handlers = dict[str, Callable[[_Pop3, str], Any]]
_AUTHORIZATION: _Handlers = {
    "CAPA": _Pop3.capa,
    "USER": _Pop3.user,
    "PASS": _Pop3.password,
    "APOP": _Pop3.apop,
    "AUTH": _Pop3.auth,
    "STLS": _Pop3.stls,
}
_TRANSACTION: _Handlers = {
    "CAPA": _Pop3.capa,
    "STAT": _Pop3.stat,
    "LIST": _Pop3.list,
    "UIDL": _Pop3.uidl,
    "RETR": _Pop3.retr,
    "TOP": _Pop3.top,
    "DELE": _Pop3.dele,
    "RSET": _Pop3.rset,
    "NOOP": _Pop3.noop,
}

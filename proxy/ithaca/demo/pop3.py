"""The POP3 server of the embedded ISP (RFC 1939, 2449, 5034, 2595): one session over a maildrop in memory.

The law of this file: a message is sent with the octets that are stored, and DELE takes effect at QUIT only. Any octets
from a client get a reply, and no client's octets end another's session.
"""

import asyncio
import binascii
import hashlib
import secrets
import ssl
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence

from ithaca.demo.maildrops import Accounts, Maildrop, same
from ithaca.dial import upgrade
from ithaca.dotted import stuff

CAPABILITIES = ("USER", "TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "SASL PLAIN")


async def serve(
    accounts: Accounts, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, stls: ssl.SSLContext | None
) -> None:
    """Serve one connection to its end; `stls`: what STLS begins, None where it is not offered."""
    try:
        await _Session(accounts, reader, writer, stls).run()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # The client has gone, or it sends a line without end.
    finally:
        writer.close()


class _Session:
    """One POP3 session; the state is AUTHORIZATION while `_maildrop` is None."""

    def __init__(
        self,
        accounts: Accounts,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        stls: ssl.SSLContext | None,
    ) -> None:
        self._accounts = accounts
        self._reader = reader
        self._writer = writer
        self._stls = stls
        self._stamp = f"<{secrets.token_hex(8)}@isp.invalid>"
        self._user = ""
        self._maildrop: Maildrop | None = None
        self._messages: Sequence[bytes] = ()
        """As they were when the session entered TRANSACTION: what comes later is for the next one."""
        self._deleted: set[int] = set()

    async def run(self) -> None:
        self._say(f"+OK POP3 ready {self._stamp}")
        try:
            while True:
                verb, _, argument = (await self._line()).partition(" ")
                if verb.upper() == "QUIT":
                    self._update()
                    self._say("+OK Bye")
                    await self._writer.drain()
                    return
                table = _AUTHORIZATION if self._maildrop is None else _TRANSACTION
                waiting = table.get(verb.upper(), _Session.unknown)(self, argument)
                if waiting is not None:
                    await waiting
        finally:
            if self._maildrop is not None:
                self._maildrop.in_use = False

    async def _line(self) -> str:
        await self._writer.drain()
        return (await self._reader.readuntil(b"\n")).rstrip(b"\r\n").decode("utf-8", "surrogateescape")

    def _say(self, line: str) -> None:
        self._writer.write(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def _say_lines(self, status: str, content: bytes) -> None:
        self._writer.write(status.encode() + b"\r\n" + stuff(content))

    def unknown(self, _argument: str) -> None:
        self._say("-ERR not a command of this state")

    # AUTHORIZATION state

    def capa(self, _argument: str) -> None:
        # RFC 2595 §4: STLS is for the AUTHORIZATION state alone.
        more = ("STLS",) if self._stls is not None and self._maildrop is None else ()
        self._say_lines("+OK", "".join(f"{name}\r\n" for name in (*CAPABILITIES, *more)).encode())

    def user(self, argument: str) -> None:
        self._user = argument
        self._say("+OK")

    def password(self, argument: str) -> None:
        self._enter(self._user, self._accounts.admits(self._user, argument))

    def apop(self, argument: str) -> None:
        """RFC 1939 §7: MD5 over the timestamp of the greeting and the password."""
        name, _, digest = argument.partition(" ")
        known = self._accounts.password(name)
        right = hashlib.md5(f"{self._stamp}{known}".encode(), usedforsecurity=False).hexdigest()
        self._enter(name, known is not None and same(right, digest))

    async def auth(self, argument: str) -> None:
        """RFC 5034 §4; the initial response may come on a line of its own."""
        mechanism, _, initial = argument.partition(" ")
        if not mechanism:
            self._say_lines("+OK", b"PLAIN\r\n")
            return
        if mechanism.upper() != "PLAIN":
            self._say("-ERR no such mechanism")
            return
        if not initial:
            self._say("+ ")
            initial = await self._line()
        login, password = _plain(initial)
        self._enter(login, self._accounts.admits(login, password))

    def _enter(self, login: str, right: bool) -> None:
        if not right:
            self._say("-ERR [AUTH] wrong user name or password")
            return
        maildrop = self._accounts.maildrops[login]
        if maildrop.in_use:
            self._say("-ERR [IN-USE] another session has this maildrop")
            return
        maildrop.in_use = True
        self._maildrop, self._messages = maildrop, tuple(maildrop.messages)
        self._say("+OK logged in")

    async def stls(self, _argument: str) -> None:
        if self._stls is None:
            self._say("-ERR no TLS here")
            return
        self._say("+OK begin TLS")
        await self._writer.drain()
        await upgrade(self._writer, self._stls)
        self._stls = None

    # TRANSACTION state

    def _present(self) -> list[tuple[int, bytes]]:
        return [(n, m) for n, m in enumerate(self._messages, 1) if n not in self._deleted]

    def _message(self, argument: str) -> tuple[int, bytes] | None:
        found = next(((n, m) for n, m in self._present() if str(n) == argument), None)
        if found is None:
            self._say("-ERR no such message")
        return found

    def stat(self, _argument: str) -> None:
        present = self._present()
        self._say(f"+OK {len(present)} {sum(len(m) for _, m in present)}")

    def scan_listing(self, argument: str) -> None:
        self._listing(argument, lambda _n, m: str(len(m)))

    def unique_ids(self, argument: str) -> None:
        known = self._maildrop.unique_ids if self._maildrop else []
        self._listing(argument, lambda n, _m: known[n - 1])

    def _listing(self, argument: str, value: Callable[[int, bytes], str]) -> None:
        if argument:
            found = self._message(argument)
            if found is not None:
                self._say(f"+OK {found[0]} {value(*found)}")
            return
        self._say_lines("+OK", "".join(f"{n} {value(n, m)}\r\n" for n, m in self._present()).encode())

    def retr(self, argument: str) -> None:
        found = self._message(argument)
        if found is not None:
            self._say_lines(f"+OK {len(found[1])} octets", found[1])

    def top(self, argument: str) -> None:
        """RFC 1939 §7: the header section, the empty line, and so many lines of the body."""
        number, _, count = argument.partition(" ")
        if not (count.isascii() and count.isdigit()):
            self._say("-ERR TOP takes a message and a number of lines")
            return
        found = self._message(number)
        if found is not None:
            head, empty, body = found[1].partition(b"\r\n\r\n")
            lines = body.split(b"\r\n")
            # int() refuses thousands of digits; so many lines no message has.
            wanted = int(count[:18])
            kept = [*lines[:wanted], b""] if wanted < len(lines) else lines
            self._say_lines("+OK", head + empty + b"\r\n".join(kept))

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
        """UPDATE state (RFC 1939 §6): what was deleted goes now, and only now."""
        if self._maildrop is not None:
            self._maildrop.remove({n - 1 for n in self._deleted})


def _plain(response: str) -> tuple[str, str]:
    """Login and password of a PLAIN response (RFC 4616 §2); empty, which admits nobody, where it is none."""
    try:
        parts = b64decode(response.encode("ascii"), validate=True).split(b"\0")
    except (UnicodeEncodeError, binascii.Error):
        return "", ""
    login, password = parts[1:] if len(parts) == 3 else (b"", b"")
    return login.decode("utf-8", "surrogateescape"), password.decode("utf-8", "surrogateescape")


_Handlers = dict[str, Callable[[_Session, str], Awaitable[None] | None]]
_AUTHORIZATION: _Handlers = {
    "CAPA": _Session.capa,
    "USER": _Session.user,
    "PASS": _Session.password,
    "APOP": _Session.apop,
    "AUTH": _Session.auth,
    "STLS": _Session.stls,
}
_TRANSACTION: _Handlers = {
    "CAPA": _Session.capa,
    "STAT": _Session.stat,
    "LIST": _Session.scan_listing,
    "UIDL": _Session.unique_ids,
    "RETR": _Session.retr,
    "TOP": _Session.top,
    "DELE": _Session.dele,
    "RSET": _Session.rset,
    "NOOP": _Session.noop,
}

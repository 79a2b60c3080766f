"""An embedded ISP on loopback: submission by aiosmtpd, and POP3, over maildrops in memory.

It stands in for a provider in the demo and in tests. What it was given is kept octet for octet, so that anybody can
look for what it should never have seen.
"""

import asyncio
import email.utils
import logging
import ssl
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ithaca import dial
from ithaca.demo import pop3
from ithaca.demo.maildrops import Accounts, Maildrop

# At its usual levels aiosmtpd writes envelopes, message text and passwords into this log.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
MOST_MESSAGE = 64 << 20
"""Octets of one message: beyond what real providers take (25 to 50 MB), so that tests meet our limits first."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """One message as it came over SMTP."""

    login: str | None
    reverse_path: str
    recipients: tuple[str, ...]
    octets: bytes = field(repr=False)


class Isp:
    """The provider. `users`: address → password; the address is the login.

    With a `tls` context it offers STARTTLS and STLS, or speaks TLS from the first octet where `implicit`. A message
    above `size` octets is refused (RFC 1870). `stop` may be called in any state.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        size: int = MOST_MESSAGE,
    ) -> None:
        self._accounts = Accounts(users)
        self._tls, self._implicit, self._size = tls, implicit, size
        self._servers: list[asyncio.Server] = []
        self._connections: weakref.WeakSet[SMTP] = weakref.WeakSet()
        self._writers: set[asyncio.StreamWriter] = set()
        self.submitted: list[Submitted] = []
        self.smtp_port = self.pop3_port = 0

    @property
    def maildrops(self) -> dict[str, Maildrop]:
        """Address → maildrop."""
        return self._accounts.maildrops

    async def start(self) -> None:
        """Listen on two ports of the kernel's choosing, at 127.0.0.1."""
        loop = asyncio.get_running_loop()
        context = self._tls if self._implicit else None
        smtp = await loop.create_server(self._submission, "127.0.0.1", 0, ssl=context)
        self._servers.append(smtp)
        pop = await asyncio.start_server(self._pop3, "127.0.0.1", 0, ssl=context)
        self._servers.append(pop)
        self.smtp_port, self.pop3_port = (s.sockets[0].getsockname()[1] for s in self._servers)

    async def stop(self) -> None:
        """Close the ports and every connection."""
        for server in self._servers:
            server.close()
        for transport in [w.transport for w in self._writers] + [c.transport for c in self._connections]:
            # aiosmtpd has none any more where the client has gone.
            if isinstance(transport, asyncio.WriteTransport):
                dial.abort(transport)
        # The transports tell their sessions so in the loop's next turn.
        await asyncio.sleep(0)

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
            f"Received: from [127.0.0.1] by isp.invalid with ESMTPA;\r\n {email.utils.formatdate()}\r\n"
        ).encode()
        for recipient in dict.fromkeys(message.recipients):
            self.maildrops[recipient].deliver(trace + message.octets)

    def _submission(self) -> SMTP:
        connection = SMTP(
            _Handler(self),
            loop=asyncio.get_running_loop(),
            hostname="isp.invalid",
            ident="ESMTP",
            data_size_limit=self._size,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
            tls_context=None if self._implicit else self._tls,
        )
        self._connections.add(connection)
        return connection

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        """PLAIN and LOGIN, as aiosmtpd has read them."""
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        login, password = (octets.decode("utf-8", "surrogateescape") for octets in (data.login, data.password))
        right = self._accounts.admits(login, password)
        # Not handled: aiosmtpd says 535 by itself.
        return AuthResult(success=right, handled=right, auth_data=login if right else None)

    async def _pop3(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await pop3.serve(self._accounts, reader, writer, stls=None if self._implicit else self._tls)
        finally:
            self._writers.discard(writer)


class _Handler:
    """aiosmtpd's hooks: nobody sends without a login (RFC 6409 §4.3), nor to an address that is not here."""

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

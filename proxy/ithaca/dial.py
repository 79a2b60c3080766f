"""Resolve, connect, TLS, within a time budget.

The law of this file: TLS that the configuration asks for is never given up, and no octet of a login or a letter
goes out before certificate and name were checked. Errors are sentences for the person in front of the mail program.
"""

import asyncio
import contextlib
import enum
import ssl
from dataclasses import dataclass
from pathlib import Path

from ithaca import tls
from ithaca.errors import Unreachable, UntrustedServer
from ithaca.tls import CertificateFileError

HAPPY_EYEBALLS = 0.25
"""Seconds before the next address is tried beside one that has not answered (RFC 8305 §5)."""
LIMIT = 1 << 16
"""Octets that a reader holds at least before it stops reading: its limit."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Tls(enum.Enum):
    """How a connection comes under TLS."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server of the ISP."""

    host: str
    port: int
    tls: Tls
    ca_file: Path | None = None
    """Certificates to trust instead of the system's."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def waiting(reader: asyncio.StreamReader) -> bytearray:
    """What has come and was not read yet; asyncio has no public name for it."""
    buffer: bytearray = reader._buffer  # type: ignore[attr-defined]  # noqa: SLF001 (see above)
    return buffer


def push_back(reader: asyncio.StreamReader, octets: bytes) -> None:
    """Put octets in front of what is waiting: they belong to whoever reads next."""
    waiting(reader)[:0] = octets


def abort(transport: asyncio.WriteTransport) -> None:
    """Cut a connection, in whatever state it is; a TLS transport that was closed twice only goes on closing.

    QUIRK: in Python 3.11.2, which Debian 12 has, such a transport has lost what it would ask, and raises.
    """
    with contextlib.suppress(AttributeError):
        transport.abort()


async def connect(endpoint: Endpoint, *, seconds: float, limit: int = LIMIT) -> Streams:
    """A connection, under TLS already if that is implicit. Raises `Unreachable`, `UntrustedServer`."""
    context = _context(endpoint) if endpoint.tls is Tls.IMPLICIT else None
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.open_connection(
                endpoint.host,
                endpoint.port,
                limit=limit,
                ssl=context,
                server_hostname=endpoint.host if context else None,
                happy_eyeballs_delay=HAPPY_EYEBALLS,
            )
    except ssl.SSLError as error:
        raise untrusted(endpoint, error) from error
    except TimeoutError as error:
        raise Unreachable(f"The mail server {endpoint} does not answer; try again later.") from error
    except OSError as error:
        raise Unreachable(f"The mail server {endpoint} cannot be reached: {_plainly(error)}.") from error


def _context(endpoint: Endpoint) -> ssl.SSLContext:
    try:
        return tls.client_context(endpoint.ca_file)
    except CertificateFileError as error:
        raise UntrustedServer(f"The mail server {endpoint} cannot be trusted: {error}") from error


async def start_tls(streams: Streams, endpoint: Endpoint, *, seconds: float) -> None:
    """Bring an open connection under TLS. Raises `UntrustedServer`, `Unreachable`."""
    reader, writer = streams
    if waiting(reader):
        # CVE-2021-38371: replies sent before TLS would be taken for the server's own.
        raise UntrustedServer(
            f"The mail server {endpoint} sent something before TLS had begun; nothing was sent to it."
        )
    try:
        async with asyncio.timeout(seconds):
            await upgrade(writer, _context(endpoint), name=endpoint.host)
    except ssl.SSLError as error:
        raise untrusted(endpoint, error) from error
    except (TimeoutError, OSError) as error:
        raise Unreachable(f"The mail server {endpoint} broke off while TLS began; try again later.") from error


async def upgrade(writer: asyncio.StreamWriter, context: ssl.SSLContext, *, name: str | None = None) -> None:
    """Begin TLS on an open connection, as client where `name` is given. Raises `ssl.SSLError`, `OSError`.

    QUIRK: asyncio leaves a writer without a transport behind when the peer goes away during the handshake.
    """
    before = writer.transport
    try:
        await writer.start_tls(context, server_hostname=name)
    except AttributeError as error:
        writer._transport = before  # type: ignore[attr-defined]  # noqa: SLF001 (see above)
        abort(before)
        raise ConnectionResetError("the peer went away while TLS began") from error


def untrusted(endpoint: Endpoint, error: ssl.SSLError) -> UntrustedServer:
    """The sentence for a failed handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message.rstrip(".")
        return UntrustedServer(f"The certificate of the mail server {endpoint} is not trusted: {why}.")
    return UntrustedServer(
        f"The mail server {endpoint} does not speak TLS as the configuration says; check its port and tls setting."
    )


def _plainly(error: OSError) -> str:
    """The reason without numbers and Python's words."""
    text = error.strerror or str(error)
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return "connection refused"
    return text[:1].lower() + text[1:].rstrip(".")

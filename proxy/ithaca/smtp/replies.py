"""Replies (RFC 5321 §4.2): the ISP's verbatim, and our own, each one line and a sentence complete in itself."""

import re
from dataclasses import dataclass

from ithaca.errors import RemoteProtocolError

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?\Z", re.DOTALL)
MOST_LINE = 1 << 16
"""Octets of a reply line; RFC 5321 §4.5.3.1.5 says 512, and some servers write more."""
MOST_LINES = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; `lines` whole and without their line ends."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def octets(self) -> bytes:
        """As it goes on the wire, but for the last line end."""
        return b"\r\n".join(self.lines)

    @property
    def positive(self) -> bool:
        """2xx (§4.2.1)."""
        return 200 <= self.code < 300


def own(code: int, enhanced: str, text: str) -> Reply:
    """A reply of ours; `enhanced` is empty where RFC 2034 §4 wants none."""
    words = f"{code} {enhanced} {text}" if enhanced else f"{code} {text}"
    safe = "".join(c if c.isprintable() else " " for c in words)
    return Reply(code, (safe.encode("utf-8"),))


class Assembler:
    """Puts the lines of one reply together."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def line(self, octets: bytes) -> Reply | None:
        """The next line, with or without its line end; the reply once it is whole.

        Raises `RemoteProtocolError` for what is no SMTP.
        """
        octets = octets.rstrip(b"\r\n")
        found = _LINE.match(octets)
        if found is None or (self._lines and octets[:3] != self._lines[0][:3]):
            raise RemoteProtocolError("the server's reply is not SMTP")
        self._lines.append(octets)
        if len(self._lines) > MOST_LINES:
            raise RemoteProtocolError("the server's reply has too many lines")
        return None if found.group(2) == b"-" else Reply(int(found.group(1)), tuple(self._lines))


GO_AHEAD = own(354, "", "End data with <CR><LF>.<CR><LF>")
BYE = own(221, "2.0.0", "Goodbye")
UNRECOGNIZED = own(500, "5.5.2", "Command not recognized")
NOT_IMPLEMENTED = own(502, "5.5.1", "Command not implemented")
TOO_MANY_ERRORS = own(421, "4.7.0", "Too many unrecognized commands, goodbye.")
SYNTAX_MAIL = own(501, "5.5.4", "Syntax: MAIL FROM:<address>")
SYNTAX_RCPT = own(501, "5.5.4", "Syntax: RCPT TO:<address>")
NO_ARGUMENTS = own(501, "5.5.4", "This command takes no argument")
NO_RECIPIENT = own(503, "5.5.1", "No recipient was accepted, so there is nobody to send this message to.")
BINARY = own(555, "5.5.4", "BODY=BINARYMIME is not supported")
NEEDS_SMTPUTF8 = own(
    550,
    "5.6.7",
    "Not sent: the mail server cannot carry non-ASCII addresses; use an ASCII form of the address.",
)
NO_MECHANISM = own(504, "5.5.4", "This authentication mechanism cannot pass through a proxy; choose another.")
LINE_TOO_LONG = own(500, "5.5.6", "Authentication line too long")
TLS_READY = own(220, "2.0.0", "Ready to start TLS")
TLS_NOT_NOW = own(503, "5.5.1", "STARTTLS is not possible now")
TLS_INJECTION = own(421, "4.7.0", "Commands were sent before TLS had begun.")
IDLE = own(421, "4.4.2", "Nothing was sent for a long time, so the connection is closed.")
STOPPING = own(421, "4.3.2", "Ithaca is being stopped; try again later.")
BUSY = own(421, "4.3.2", "Too many connections to this mail server at a time; try again later.")
INTERNAL = own(421, "4.3.0", "Not sent: an internal error, which the log of Ithaca names; try again later.")
UPSTREAM_LOST = own(421, "4.4.2", "The connection to the mail server is gone; try again.")
HEADER_TOO_LONG = own(554, "5.6.0", "Not sent: the header section of this message is too long.")
NO_ROOM = own(452, "4.3.1", "Not sent: too many large messages are being sent at this moment; try again later.")
IN_DOUBT = own(
    451,
    "4.4.7",
    "The mail server has not said whether it took this message: "
    "it may have been accepted; ask a recipient before sending again.",
)
LOST_AFTER_DOT = own(
    451,
    "4.4.2",
    "The connection broke before the mail server said whether it took this message: "
    "it may have been accepted; ask a recipient before sending again.",
)


def too_big(limit: int) -> Reply:
    """RFC 1870 §6.1."""
    megabytes = limit / 1_000_000
    return own(
        552,
        "5.3.4",
        f"Not sent: sealed, this message is larger than the {megabytes:.1f} MB that the mail server takes.",
    )


def too_many_copies(copies: int, limit: int) -> Reply:
    """Each Bcc recipient of a sealed message gets a copy of their own."""
    return own(
        550,
        "5.5.3",
        f"Not sent: {copies} Bcc recipients would need {copies} sealed copies, and {limit} are allowed; "
        "send to fewer at a time.",
    )


def too_slow(copies: int, seconds: float) -> Reply:
    """A mail program gives up after 100 s without an answer."""
    return own(
        550,
        "5.5.3",
        f"Not sent: {copies} sealed copies would take about {seconds:.0f} s to send, too long for one go; "
        "send to fewer Bcc recipients at a time.",
    )

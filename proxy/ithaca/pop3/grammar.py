"""The lines of POP3 (RFC 1939 §3): commands, status indicators, and the lists of RFC 2449 and RFC 5034."""

import re
from dataclasses import dataclass

from ithaca import sasl

MOST_COMMAND = sasl.MOST_LINE
"""RFC 2449 §4 allows 255 octets; responses of AUTH are longer."""
MOST_STATUS = 1 << 16
"""RFC 2449 §4 allows 512; some servers write more."""

_CODE = re.compile(rb"-ERR[ \t]+\[([A-Za-z0-9/-]+)\]")
_COUNT = re.compile(rb"\+OK[ \t]+(\d{1,12})(?:[ \t]|\r|\Z)")
_HTTP = frozenset({b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"PATCH", b"TRACE"})


@dataclass(frozen=True, slots=True)
class Command:
    """One command line."""

    verb: bytes
    """In upper case."""
    argument: bytes
    octets: bytes
    """As the client wrote it, without its line end."""

    @property
    def is_http(self) -> bool:
        """A web page can make a browser speak to this port."""
        return self.verb in _HTTP or self.verb.endswith(b":")


def parse(line: bytes) -> Command | None:
    """A command from a line with or without its line end; None: no command at all."""
    octets = line.removesuffix(b"\n").removesuffix(b"\r")
    verb, _, argument = octets.partition(b" ")
    if not verb or re.search(rb"[\0\r]", octets):
        return None
    return Command(verb.upper(), argument.strip(), octets)


def is_positive(status: bytes) -> bool:
    """``+OK`` (RFC 1939 §3)."""
    return status[:3].upper() == b"+OK"


def is_status(line: bytes) -> bool:
    """Is it a status line at all?"""
    return is_positive(line) or line[:4].upper() == b"-ERR"


def response_code(status: bytes) -> str:
    """The extended response code of a negative status, in upper case (RFC 2449 §8); "" where there is none."""
    found = _CODE.match(status)
    return found.group(1).decode("ascii").upper() if found else ""


def text_of(status: bytes) -> str:
    """The words of a status line for a person, without indicator and code."""
    words = re.sub(rb"^(?:-ERR|\+OK)[ \t]*(?:\[[^\]]*\][ \t]*)?", b"", status.strip(), flags=re.IGNORECASE)
    return words.decode("utf-8", "replace")


def octet_count(status: bytes) -> int | None:
    """The size that the status of RETR states, if it does."""
    found = _COUNT.match(status)
    return int(found.group(1)) if found else None


CAPABILITIES = frozenset(
    {b"TOP", b"USER", b"UIDL", b"RESP-CODES", b"AUTH-RESP-CODE", b"LOGIN-DELAY", b"EXPIRE"}
    | {b"PIPELINING", b"UTF8", b"LANG", b"IMPLEMENTATION"}
)
"""What passes as the ISP says it; SASL is filtered, STLS is ours."""


def capabilities(listed: bytes, *, stls: bool, local_tls: bool) -> bytes:
    """The lines of a capability list that we can honour (RFC 2449 §5); both un-stuffed, with line ends."""
    out: list[bytes] = []
    for line in listed.splitlines():
        name, *words = line.split() or [b""]
        if name.upper() == b"SASL":
            mechanisms = sasl.listed(words, local_tls=local_tls)
            out += [b" ".join((b"SASL", *mechanisms))] if mechanisms else []
        elif name.upper() in CAPABILITIES:
            out.append(line)
    if stls:
        out.append(b"STLS")
    return b"".join(line + b"\r\n" for line in out)


def mechanisms(listed: bytes, *, local_tls: bool) -> bytes:
    """The lines of the reply to a bare AUTH, filtered."""
    names = [line.strip() for line in listed.splitlines() if line.strip()]
    return b"".join(name + b"\r\n" for name in sasl.listed(names, local_tls=local_tls))

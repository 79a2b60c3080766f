"""What each command answers, and what a session may do, as tables (RFC 1939, RFC 2449); without any I/O.

The law of this file: absence from the table means that the form of the reply is not known, so the command cannot be
relayed.
"""

import enum

from ithaca.pop3 import grammar


class Form(enum.Enum):
    """The form of a positive reply."""

    LINE = "line"
    LINES = "lines"
    LISTING = "listing"
    """Lines without an argument, one line with one."""
    CAPABILITIES = "capabilities"
    MESSAGE = "message"


FORMS = {
    b"USER": Form.LINE,
    b"STAT": Form.LINE,
    b"NOOP": Form.LINE,
    b"DELE": Form.LINE,
    b"RSET": Form.LINE,
    b"QUIT": Form.LINE,
    b"LAST": Form.LINE,
    b"UTF8": Form.LINE,
    b"LIST": Form.LISTING,
    b"UIDL": Form.LISTING,
    b"LANG": Form.LISTING,
    b"CAPA": Form.CAPABILITIES,
    b"RETR": Form.MESSAGE,
}
"""Commands that pass as they are, pipelined."""
SYNCHRONOUS = frozenset({b"PASS", b"APOP", b"AUTH", b"STLS", b"TOP"})
"""Commands that wait for the replies before them: they change what follows, or need a command of ours."""
BEFORE_TLS = frozenset({b"CAPA", b"STLS", b"QUIT"})
"""All that a listener beyond loopback does without TLS (RFC 2595 §2.1)."""

NOT_THE_PASSWORD = frozenset({"SYS/TEMP", "SYS/PERM", "IN-USE", "LOGIN-DELAY"})
"""RFC 3206 and RFC 2449 §8: a refused login that is no verdict on the credentials. Every client takes a refused
login for a wrong password, so these are told after it."""
COMPLETABLE = frozenset({b"PLAIN", b"LOGIN", b"CRAM-MD5"})
"""Mechanisms whose exchange ends with the client's word, so that we can end it with ``+OK``."""

WHOLE = 1_000_000
"""TOP of so many lines is RETR: fetchmail asks for 99999999."""
EVERYTHING = 2_147_483_647


class Trouble:
    """A login that went through although the maildrop cannot be served: the reason answers what follows."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        code = "SYS/PERM" if permanent else "SYS/TEMP"
        self.line = error(reason, code)

    def answer(self, verb: bytes) -> bytes:
        """The reply to any command."""
        return b"+OK\r\n" if verb == b"QUIT" else self.line


def error(text: str, code: str = "") -> bytes:
    """A negative status of ours: one line, a sentence (RFC 1939 §3, RFC 2449 §8)."""
    safe = "".join(c if c.isprintable() else " " for c in text)
    mark = f"[{code}] " if code else ""
    return f"-ERR {mark}{safe}".encode()[:500] + b"\r\n"


def is_multiline(form: Form, argument: bytes) -> bool:
    """Does a positive reply of this form end with a dot?"""
    return form is not Form.LINE and not (form is Form.LISTING and argument)


UNKNOWN = error("This command is not supported.")
BAD_LINE = error("This line is no command.")
TLS_FIRST = error("Begin TLS first (STLS).")
TLS_NOT_NOW = error("STLS is not possible now.")
NO_MECHANISM = error("This authentication mechanism cannot pass through a proxy; choose another.", "SYS/PERM")
GO_TLS = b"+OK Begin TLS negotiation\r\n"
BUSY = error("Too many connections to this mail server at a time; try again later.", "SYS/TEMP")
STOPPING = error("Ithaca is being stopped; try again later.", "SYS/TEMP")
INTERNAL = error("An internal error, which the log of Ithaca names; try again later.", "SYS/TEMP")


def completes(verb: bytes, mechanism: bytes) -> bool:
    """Can we end this login with ``+OK`` in the ISP's place?"""
    return verb != b"AUTH" or mechanism.upper() in COMPLETABLE


def is_verdict(status: bytes) -> bool:
    """Is a refusal of a login the ISP's word on the credentials?"""
    return grammar.response_code(status) not in NOT_THE_PASSWORD

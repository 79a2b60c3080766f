"""The letter that carries one's own secret key to another program: the Autocrypt Setup Message (Autocrypt Level 1).

The law of this file: only the letter; what it carries is sealed already, and the code that opens it is not in it.
"""

import datetime
import email.utils

from ithaca.address import AddrSpec
from ithaca.errors import MalformedMessage
from ithaca.mime import entity as entities
from ithaca.mime import header
from ithaca.mime.header import HeaderSection

FIELD, VERSION = b"Autocrypt-Setup-Message", b"v1"
MEDIA_TYPE = "application/autocrypt-setup"
MOST_HEADER = 1 << 16
"""Octets in which a file must show that it is such a letter."""

_TEXT = (
    b"This message holds your secret key, so that another mail program can read and write\r\n"
    b"your encrypted letters. Open it there, and enter the Setup Code that was shown when it\r\n"
    b"was made. The code begins with %b.\r\n"
    b"\r\n"
    b"If you did not make it yourself, delete it, and enter no code anywhere.\r\n"
)


def make(address: AddrSpec, armored: bytes, begin: str, *, now: datetime.datetime, token: str) -> bytes:
    """The whole letter, from and to `address`, CRLF lines.

    `armored`: the sealed key; `begin`: the first two digits of its code; `now`: aware; `token`: random letters and
    digits, of which Message-ID and boundary are made.
    """
    domain = address.rpartition("@")[2]
    boundary = b"=_" + token.encode("ascii")
    head = (
        (b"From", address),
        (b"To", address),
        (b"Subject", "Autocrypt Setup Message"),
        (b"Date", email.utils.format_datetime(now)),
        (b"Message-ID", f"<{token}@{domain}>"),
        (FIELD, VERSION.decode()),
        (b"MIME-Version", "1.0"),
    )
    return (
        b"".join(name + b": " + text.encode() + b"\r\n" for name, text in head)
        + b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
        + b"--" + boundary + b"\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
        + _TEXT % begin.encode("ascii")
        + b"\r\n--" + boundary + b"\r\nContent-Type: " + MEDIA_TYPE.encode() + b"\r\n"
        + b'Content-Disposition: attachment; filename="autocrypt-setup-message.asc"\r\n\r\n'
        + armored
        + b"\r\n--" + boundary + b"--\r\n"
    )  # fmt: skip


def is_one(octets: bytes) -> bool:
    """Does it say that it is such a letter, whatever its version?"""
    section, _, _ = header.split_message(octets[:MOST_HEADER])
    return HeaderSection.parse(section).first(FIELD) is not None


def take(octets: bytes) -> bytes:
    """What the letter carries: armor, with text around it perhaps. Raises `MalformedMessage`."""
    letter = entities.parse(octets)
    if [f.value.strip() for f in letter.header.get_all(FIELD)] != [VERSION]:
        raise MalformedMessage("a Setup Message of another version")
    parts = letter.parts() if letter.content_type.media_type == "multipart/mixed" else ()
    if len(parts) < 2 or parts[1].content_type.media_type != MEDIA_TYPE:
        raise MalformedMessage("a Setup Message without a key where it belongs")
    return parts[1].decoded_body()

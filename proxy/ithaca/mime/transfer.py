"""Transfer encodings written while the content goes by (RFC 2045 §6), in the form that survives signing.

The law of this file: decoded, the octets are those that came, whatever they are. No line is longer than 76 octets, ends
in a blank, begins with ``From `` or with the dashes of a boundary line (RFC 3156 §3, RFC 2046 §5.1.1).
"""

import binascii
import re

import pybase64

MOST_LINE = 76
"""RFC 2045 §6.7, §6.8."""
MOST_HELD = 1 << 16
"""Octets of a line that is held until its end comes."""
_BASE64_LINE = 57
_TOO_LONG = re.compile(rb"^([^\n]{74,75})(=20|=09)$", re.MULTILINE)
"""What binascii makes of a line of so many octets that ends in a blank."""
_RISKY = re.compile(rb"^(?:--|From )", re.MULTILINE)


class Encoder:
    """A streaming transfer encoding; `name` is its own in Content-Transfer-Encoding."""

    name = ""

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the content; gives what is ready."""
        raise NotImplementedError

    def finish(self) -> bytes:
        """The rest; no line end stands at the end, unless the content had one."""
        raise NotImplementedError


class Base64(Encoder):
    """RFC 2045 §6.8."""

    name = "base64"

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        """See `Encoder.feed`."""
        data = self._held + octets
        # The last line stays: no line end belongs behind it.
        whole = max(0, len(data) - 1) // _BASE64_LINE * _BASE64_LINE
        self._held = data[whole:]
        return pybase64.encodebytes(data[:whole]).replace(b"\n", b"\r\n")

    def finish(self) -> bytes:
        """See `Encoder.finish`."""
        return pybase64.encodebytes(self._held).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


class QuotedPrintable(Encoder):
    """RFC 2045 §6.7; CRLF is a line end, a lone CR or LF is not."""

    name = "quoted-printable"

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        """See `Encoder.feed`."""
        data = self._held + octets
        cut = data.rfind(b"\r\n") + 2 if b"\r\n" in data else 0
        self._held = data[cut:]
        if len(self._held) <= MOST_HELD:
            return quoted(data[:cut])
        # One line without end: broken softly where we stand, but not inside a line end.
        line, self._held = self._held[:-1], self._held[-1:]
        return quoted(data[:cut] + line) + b"=\r\n"

    def finish(self) -> bytes:
        """See `Encoder.finish`."""
        return quoted(self._held)


def quoted(octets: bytes) -> bytes:
    """Quoted-printable of whole content, CRLF line ends."""
    if octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n"):
        encoded = binascii.b2a_qp(octets.replace(b"\r\n", b"\n"), quotetabs=False, istext=True)
        encoded = _TOO_LONG.sub(rb"\1=\n\2", encoded)
    else:
        encoded = b"\n".join(_line(line) for line in octets.split(b"\r\n"))
    if _RISKY.search(encoded):
        encoded = b"\n".join(_disarmed(line) for line in encoded.split(b"\n"))
    return encoded.replace(b"\n", b"\r\n")


def _line(octets: bytes) -> bytes:
    """One line with a lone CR or LF in it, broken softly with LF."""
    out, width = [], 0
    for octet in octets:
        token = bytes([octet]) if 0x20 < octet < 0x7F and octet != 0x3D else b"=%02X" % octet
        if width + len(token) >= MOST_LINE:
            out.append(b"=\n")
            width = 0
        out.append(token)
        width += len(token)
    return b"".join(out)


def _disarmed(line: bytes) -> bytes:
    """An encoded line whose first octet is encoded as well, where it begins so that it could be damaged."""
    out = []
    while _RISKY.match(line):
        line = b"=%02X" % line[0] + line[1:]
        if len(line) <= MOST_LINE:
            break
        # Two octets too long: broken softly, and never inside of what stands for one octet.
        cut = MOST_LINE - 4
        cut -= next(
            n for n in (0, 1, 2) if line[cut - n - 1 : cut - n] != b"=" and line[cut - n - 2 : cut - n - 1] != b"="
        )
        out.append(line[:cut] + b"=")
        line = line[cut:]
    return b"\n".join((*out, line))

"""The cleartext signature framework (RFC 9580 §7): text that is read as it stands, and the signatures under it.

The law of this file: what is shown is what was hashed, line by line; anything that stands outside the framework is
named by its offsets, and no header line is believed: a malformed one ends in an error, since text could hide in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ithaca.errors import LimitExceeded, MalformedPacket
from ithaca.openpgp import armor
from ithaca.openpgp.armor import MOST_HEADERS, MOST_LINE
from ithaca.work import PIECE

HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----"
SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
_TAIL = b"-----END PGP SIGNATURE-----"
_HASH = re.compile(rb"Hash: *[A-Za-z0-9/-]+( *, *[A-Za-z0-9/-]+)* *")
"""§7.1: names of hash algorithms, parted by commas. They are hints, and not looked at."""
_TRAILING = b" \t\r"


@dataclass(frozen=True, slots=True)
class Cleartext:
    """One text with its signatures."""

    text: bytes
    """As it is to be shown: dash-escaping taken off, line ends as they came."""
    signatures: bytes
    """The armored signature block, with its head and tail line."""
    start: int
    """Offset of the head line: what stands before it is not signed."""
    end: int
    """Offset behind the tail line: what follows is not signed."""

    def hashed(self) -> Iterator[bytes]:
        """What is signed (§7.2): CRLF line ends, spaces and tabs at the ends of lines left out; in pieces."""
        # §7.1: the line end before the signature's head line is not part of it.
        lines = self.text.removesuffix(b"\n").split(b"\n")
        view = memoryview(b"\r\n".join(line.rstrip(_TRAILING) for line in lines))
        for start in range(0, len(view), PIECE):
            yield bytes(view[start : start + PIECE])


def is_cleartext(octets: bytes) -> bool:
    """A cleartext framework begins somewhere in there."""
    return octets.startswith(HEAD) or b"\n" + HEAD in octets


def parse(octets: bytes) -> Cleartext:
    """The first cleartext framework in `octets`. Raises `MalformedPacket`, `LimitExceeded`."""
    start = _line_start(octets, HEAD, 0)
    if start < 0:
        raise MalformedPacket("no cleartext signature", 0)
    head, at = _line(octets, start)
    if head.rstrip(b" \t") != HEAD:
        raise MalformedPacket("a malformed head of a cleartext signature", start)
    at = _headers(octets, at)
    border = _line_start(octets, SIGNATURE, at)
    if border < 0:
        raise MalformedPacket("a cleartext without its signature", len(octets))
    tail = _line_start(octets, _TAIL, border)
    if tail < 0:
        raise MalformedPacket("armor without its tail line", len(octets))
    _, end = _line(octets, tail)
    return Cleartext(_unescaped(octets[at:border], at), octets[border:end], start, end)


def _line_start(octets: bytes, marker: bytes, at: int) -> int:
    """Where `marker` stands at the start of a line, from `at` (the start of one) on; -1: nowhere."""
    if octets.startswith(marker, at):
        return at
    found = octets.find(b"\n" + marker, at)
    return found + 1 if found >= 0 else -1


def _line(octets: bytes, at: int) -> tuple[bytes, int]:
    """(the line without its end, where the next begins)."""
    end = octets.find(b"\n", at)
    if (len(octets) if end < 0 else end) - at > MOST_LINE:
        raise LimitExceeded(f"armor line above {MOST_LINE} octets", at)
    line = octets[at:] if end < 0 else octets[at:end]
    return line.removesuffix(b"\r"), len(octets) if end < 0 else end + 1


def _headers(octets: bytes, at: int) -> int:
    """Behind the empty line. §7: only well-formed ``Hash`` headers may stand before it."""
    for _ in range(MOST_HEADERS):
        if at >= len(octets):
            break
        line, after = _line(octets, at)
        if not line.strip(b" \t"):
            return after
        if not _HASH.fullmatch(line):
            # Whatever else stands here could be taken for signed text.
            raise MalformedPacket("a header that may not stand before a cleartext", at)
        at = after
    raise MalformedPacket("a cleartext without its empty line", at)


def _unescaped(text: bytes, offset: int) -> bytes:
    """§7.2: ``- `` is taken off; a line that begins with any other hyphen was not written by this framework."""
    if not text:
        return b""
    escaped = b"\n" + text
    found = re.search(rb"\n-(?! )", escaped)
    if found:
        raise MalformedPacket("a line of a cleartext begins with a hyphen", offset + found.start())
    return escaped.replace(b"\n- ", b"\n")[1:]


class CleartextWriter:
    """Puts a text into the framework, line by line, with LF line ends; `hashed` is what is signed.

    The text ends where the signature begins: the line end before it is not signed (§7.1).
    """

    def __init__(self, hash_names: tuple[str, ...]) -> None:
        self._head = HEAD + b"\nHash: " + ", ".join(hash_names).encode("ascii") + b"\n\n"
        self._line = b""
        self._is_first = True

    def feed(self, octets: bytes) -> tuple[bytes, bytes]:
        """(what is ready to leave, what of it is signed) after the next octets of the text."""
        lines = (self._line + octets).split(b"\n")
        self._line = lines.pop()
        return self._written(lines)

    def finish(self) -> tuple[bytes, bytes]:
        """The rest; the armored signature is to follow."""
        return self._written([self._line] if self._line else [])

    def _written(self, lines: list[bytes]) -> tuple[bytes, bytes]:
        out, signed = [self._head], list[bytes]()
        self._head = b""
        for line in lines:
            bare = line.rstrip(_TRAILING)
            escaped = b"- " + line if line.startswith((b"-", b"From ")) else line
            out += (escaped, b"\n")
            signed += (b"" if self._is_first else b"\r\n", bare)
            self._is_first = False
        return b"".join(out), b"".join(signed)


def signatures(block: bytes) -> bytes:
    """The binary signature packets of a `Cleartext.signatures`. Raises `MalformedPacket`."""
    return armor.dearmor(block, frozenset({"SIGNATURE"})).data

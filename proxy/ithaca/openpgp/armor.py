"""ASCII armor (RFC 9580 §6), both ways, incremental, in linear time on any input.

The law of this file: reading is tolerant of what carries mail (line ends, blanks, a missing or wrong checksum,
odd header lines) and strict about the data: no octet that is not base64 is skipped in silence.
"""

import struct
from dataclasses import dataclass

import anycrc
import pybase64

from ithaca.errors import LimitExceeded, MalformedPacket

KINDS = frozenset({"MESSAGE", "PUBLIC KEY BLOCK", "PRIVATE KEY BLOCK", "SIGNATURE"})
MOST_HEADERS = 64
"""Armor header lines before the data."""
MOST_LINE = 16_384
"""Octets of one armor line; §6 allows 76 characters, and nothing that is seen in mail comes near this."""
COLUMNS = 64
_BLOCK = 3 * COLUMNS // 4 * 1024
"""Octets encoded at one time: 1024 lines."""
_LINES = struct.Struct("64s" * 1024)
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BLANKS = b" \t\r\n"
_CRC = anycrc.Model("CRC24-OPENPGP")
_CRC_START = 0xB704CE
"""§6.1.1."""


@dataclass(frozen=True, slots=True)
class Block:
    """One armored block. `crc` is ``good``, ``bad`` or ``absent``: noted, never fatal (§6.1)."""

    kind: str
    headers: tuple[tuple[str, str], ...]
    data: bytes
    crc: str


class ArmorWriter:
    """Armor of one block with CRLF line ends and CRC-24.

    The checksum is written for old objects: GnuPG 2.2 refuses armor without it when the base64 ends in no ``=``.
    """

    def __init__(self, kind: str = "MESSAGE", *, crc: bool = True) -> None:
        self._kind = kind.encode()
        self._crc = _CRC_START if crc else None
        self._head = b"-----BEGIN PGP " + self._kind + b"-----\r\n\r\n"
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets of the data; give whole lines."""
        if self._crc is not None:
            self._crc = _CRC.calc(octets, self._crc)
        data = self._held + octets if self._held else octets
        whole = len(data) // _BLOCK * _BLOCK
        out = [self._head]
        self._head = b""
        view = memoryview(data)
        for start in range(0, whole, _BLOCK):
            encoded = pybase64.b64encode(view[start : start + _BLOCK])
            out.append(b"\r\n".join(_LINES.unpack(encoded)))
            out.append(b"\r\n")
        self._held = bytes(view[whole:])
        return b"".join(out)

    def finish(self) -> bytes:
        """The rest, the checksum and the tail line."""
        encoded = pybase64.b64encode(self._held)
        lines = [encoded[i : i + COLUMNS] for i in range(0, len(encoded), COLUMNS)]
        if self._crc is not None:
            lines.append(b"=" + pybase64.b64encode(self._crc.to_bytes(3, "big")))
        lines.append(b"-----END PGP " + self._kind + b"-----")
        return self._head + b"\r\n".join(lines) + b"\r\n"


def armor(kind: str, data: bytes, *, crc: bool = True) -> bytes:
    """One block, whole."""
    writer = ArmorWriter(kind, crc=crc)
    return writer.feed(data) + writer.finish()


def is_armored(data: bytes) -> bool:
    """Binary OpenPGP data begins with an octet whose bit 7 is set (§4.2); armor and text around it never do."""
    return not data[:1] or data[0] < 0x80


def binary(data: bytes, kinds: frozenset[str] | None = None) -> bytes:
    """The octets behind `data`, armored or not; several blocks one after the other are joined."""
    if not is_armored(data):
        return data
    out, at = [], 0
    while True:
        block, end = _block_at(data, at, kinds)
        if block is None:
            break
        out.append(block.data)
        at = end
    if not out:
        raise MalformedPacket("no armored OpenPGP block", 0)
    return b"".join(out)


def dearmor(data: bytes, kinds: frozenset[str] | None = None) -> Block:
    """The first block of one of `kinds` (any kind, unless said). Raises `MalformedPacket`, `LimitExceeded`."""
    block, _ = _block_at(data, 0, kinds)
    if block is None:
        raise MalformedPacket("no armored OpenPGP block", 0)
    return block


def _block_at(data: bytes, start: int, kinds: frozenset[str] | None) -> tuple[Block | None, int]:
    """(the next block, offset after it); (None, end) where there is none."""
    at = start
    while True:
        at = _line_start(data, b"-----BEGIN PGP ", at)
        if at < 0:
            return None, len(data)
        line, body = _line(data, at)
        kind = line.rstrip(_BLANKS)[15:].removesuffix(b"-----").decode("ascii", "replace")
        if kind in KINDS and (kinds is None or kind in kinds):
            break
        at = body
    headers, body = _headers(data, body)
    end = _line_start(data, b"-----END PGP ", body)
    if end < 0:
        raise MalformedPacket("armor without its tail line", len(data))
    octets, crc = _decode(data[body:end], body)
    return Block(kind, headers, octets, crc), _line(data, end)[1]


def _line_start(data: bytes, marker: bytes, at: int) -> int:
    """Where `marker` stands at the start of a line, from `at` on; -1: nowhere."""
    if at == 0 and data.startswith(marker):
        return 0
    if at and data[at - 1 : at] == b"\n" and data.startswith(marker, at):
        return at
    found = data.find(b"\n" + marker, at)
    return found + 1 if found >= 0 else -1


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    """(the line that begins at `at`, where the next begins)."""
    end = data.find(b"\n", at, at + MOST_LINE)
    if end < 0:
        if len(data) - at > MOST_LINE:
            raise LimitExceeded(f"armor line above {MOST_LINE} octets", at)
        return data[at:], len(data)
    return data[at:end], end + 1


def _headers(data: bytes, at: int) -> tuple[tuple[tuple[str, str], ...], int]:
    """Armor headers up to the blank line, which may hold blanks (§6.2)."""
    found: list[tuple[str, str]] = []
    for _ in range(MOST_HEADERS):
        if at >= len(data):
            raise MalformedPacket("armor without its blank line", at)
        line, after = _line(data, at)
        text = line.strip(_BLANKS)
        if not text:
            return tuple(found), after
        key, colon, value = text.decode("utf-8", "replace").partition(":")
        if not colon:
            raise MalformedPacket("armor without its blank line", at)
        found.append((key, value.strip()))
        at = after
    raise LimitExceeded(f"more than {MOST_HEADERS} armor headers", at)


def _decode(text: bytes, offset: int) -> tuple[bytes, str]:
    """(octets, state of the checksum) of what stands between blank line and tail line."""
    body = text.rstrip(_BLANKS)
    checksum = None
    last = body.rfind(b"\n") + 1
    if body[last : last + 1] == b"=" and len(body) - last == 5:
        checksum, body = body[last + 1 :], body[:last]
    base64 = body.translate(None, _BLANKS)
    data = _from_base64(base64, offset)
    if checksum is None:
        return data, "absent"
    try:
        expected = pybase64.b64decode(checksum, validate=True)
    except ValueError:
        return data, "bad"
    return data, "good" if _CRC.calc(data) == int.from_bytes(expected, "big") else "bad"


def _from_base64(base64: bytes, offset: int) -> bytes:
    digits = base64.rstrip(b"=")
    if len(base64) - len(digits) > 2 or digits.translate(None, _ALPHABET):
        # The decoder would skip what is no base64, and something else than what was sent would come out.
        raise MalformedPacket("foreign octets in armor", offset)
    try:
        return pybase64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)
    except ValueError as error:
        raise MalformedPacket("base64 of a wrong length in armor", offset) from error

"""ASCII armor (RFC 9580 §6), both ways, incremental, in linear time on any input.

The law of this file: reading is tolerant of what carries mail (line ends, blanks, a missing or wrong checksum,
odd header lines) and strict about the data: no octet that is not base64 is skipped in silence.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import anycrc
import pybase64

from ithaca.errors import LimitExceeded, MalformedPacket

KINDS = frozenset({"MESSAGE", "PUBLIC KEY BLOCK", "PRIVATE KEY BLOCK", "SIGNATURE"})
MOST_HEADERS = 64
"""Armor header lines before the data."""
MOST_LINE = 16_384
"""Octets of one armor line; §6 allows 76 characters, and nothing that is seen in mail comes near this."""
COLUMNS = 76
"""§6 allows no more; the encoder breaks lines there by itself, at twice the speed of breaking them afterwards."""
_LINE_OCTETS = 3 * COLUMNS // 4
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BLANKS = b" \t\r\n"
_BEGIN, _END = b"-----BEGIN PGP ", b"-----END PGP "
_MOST_TAIL = 7
"""Two characters of padding, and a checksum with its sign."""
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
    """Armor of one block; mail has CRLF line ends, files have LF.

    The checksum is written for old objects: GnuPG 2.2 refuses armor without it when the base64 ends in no ``=``.
    """

    def __init__(self, kind: str = "MESSAGE", *, crc: bool = True, line_end: bytes = b"\r\n") -> None:
        self._kind = kind.encode()
        self._line_end = line_end
        self._crc = _CRC_START if crc else None
        self._head = _BEGIN + self._kind + b"-----" + line_end + line_end
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets of the data; give whole lines."""
        if self._crc is not None:
            self._crc = _CRC.calc(octets, self._crc)
        data = self._held + octets if self._held else octets
        whole = len(data) // _LINE_OCTETS * _LINE_OCTETS
        self._held = data[whole:]
        lines = self._lines(memoryview(data)[:whole])
        head, self._head = self._head, b""
        return head + lines if head else lines

    def _lines(self, octets: bytes | memoryview) -> bytes:
        """Each with its end."""
        lines = pybase64.encodebytes(octets)
        return lines if self._line_end == b"\n" else lines.replace(b"\n", self._line_end)

    def finish(self) -> bytes:
        """The rest, the checksum and the tail line."""
        lines = self._lines(self._held)
        if self._crc is not None:
            lines += b"=" + pybase64.b64encode(self._crc.to_bytes(3, "big")) + self._line_end
        return self._head + lines + _END + self._kind + b"-----" + self._line_end


class ArmorReader:
    """The data of the first block of one of `kinds` (any kind, unless said), fed in pieces of any size.

    Memory does not depend on the size of the data. `kind`, `headers` and, after `finish`, `crc` say what was read.
    """

    def __init__(self, kinds: frozenset[str] | None = None) -> None:
        self.kind = ""
        self.headers: tuple[tuple[str, str], ...] = ()
        self.crc = "absent"
        """See `Block.crc`."""
        self.offset = 0
        """Octets fed so far."""
        self._kinds = kinds
        self._state: Callable[[bytes], bytes] = self._seek
        self._held = b""
        self._in_line = False
        """The octets held are the rest of a line whose beginning was dropped."""
        self._found: list[tuple[str, str]] = []
        self._digits = b""
        """Base64 digits of a quartet that is not whole yet."""
        self._tail: bytes | None = None
        """What came from the first ``=`` on: padding and checksum."""
        self._sum = _CRC_START

    def feed(self, octets: bytes) -> bytes:
        """The next octets; gives the data that is ready. Raises `MalformedPacket`, `LimitExceeded`."""
        data = self._held + octets if self._held else octets
        self._held = b""
        self.offset += len(octets)
        return self._state(data)

    @property
    def is_complete(self) -> bool:
        """The tail line was seen; whatever follows is not looked at."""
        return self._state == self._after

    def finish(self) -> None:
        """After the last octet. Raises `MalformedPacket` where the block is missing or not whole."""
        if self._held and self._state != self._after:
            self._state(self._held + b"\n")
        if self._state != self._after:
            missing: dict[Callable[[bytes], bytes], str] = {
                self._seek: "no armored OpenPGP block",
                self._read_headers: "armor without its blank line",
            }
            raise MalformedPacket(missing.get(self._state, "armor without its tail line"), self.offset)

    def _seek(self, data: bytes) -> bytes:
        """Text in front of the block."""
        at = 0
        if self._in_line:
            at = data.find(b"\n") + 1
            if not at:
                return b""
            self._in_line = False
        while True:
            at = _line_start(data, _BEGIN, at)
            if at < 0:
                break
            end = data.find(b"\n", at)
            if end < 0 and len(data) - at <= MOST_LINE:
                self._held = data[at:]
                return b""
            self.kind = data[at:end].rstrip(_BLANKS)[15:].removesuffix(b"-----").decode("ascii", "replace")
            if end >= 0 and self.kind in KINDS and (self._kinds is None or self.kind in self._kinds):
                self._state = self._read_headers
                return self._read_headers(data[end + 1 :])
            at = end + 1 if end >= 0 else len(data)
        last = data.rfind(b"\n") + 1
        self._in_line = len(data) - last > MOST_LINE
        self._held = b"" if self._in_line else data[last:]
        return b""

    def _read_headers(self, data: bytes) -> bytes:
        at = 0
        while True:
            end = data.find(b"\n", at)
            if (len(data) if end < 0 else end) - at > MOST_LINE:
                raise LimitExceeded(f"armor line above {MOST_LINE} octets", self.offset)
            if end < 0:
                self._held = data[at:]
                return b""
            text = data[at:end].strip(_BLANKS)
            at = end + 1
            if not text:
                self.headers = tuple(self._found)
                self._state = self._body
                return self._body(data[at:])
            if len(self._found) >= MOST_HEADERS:
                raise LimitExceeded(f"more than {MOST_HEADERS} armor headers", self.offset)
            self._found.append(_header(text, self.offset))

    def _body(self, data: bytes) -> bytes:
        """Base64 lines; a hyphen is none of its digits, so the first one begins the tail line."""
        end = data.find(b"-")
        if end < 0:
            # Whole lines; of a line without end, whatever came.
            cut = data.rfind(b"\n") + 1
            cut = cut if len(data) - cut <= MOST_LINE else len(data)
            self._held = data[cut:]
            if cut:
                self._in_line = data[cut - 1 : cut] != b"\n"
            return self._decoded(data if cut == len(data) else data[:cut])
        if len(data) - end < len(_END) and _END.startswith(data[end:]):
            self._held = data[end - 1 if end else 0 :]
            return self._decoded(data[: max(0, end - 1)])
        if not data.startswith(_END, end) or (data[end - 1 : end] != b"\n" if end else self._in_line):
            raise MalformedPacket("foreign octets in armor", self.offset - len(data) + end)
        out = self._decoded(data[:end])
        self._state = self._after
        return out + self._closed()

    def _decoded(self, text: bytes) -> bytes:
        if self._tail is None and not self._digits and b"=" not in text:
            # The common case: lines of whole quartets, and nothing else. The decoder takes digits alone.
            with contextlib.suppress(ValueError):
                data = pybase64.b64decode(_joined(text), validate=True)
                self._sum = _CRC.calc(data, self._sum)
                return data
        return self._decoded_slowly(text)

    def _decoded_slowly(self, text: bytes) -> bytes:
        octets = text.translate(None, _BLANKS)
        if self._tail is None and b"=" in octets:
            octets, equals, rest = octets.partition(b"=")
            self._tail = equals + rest
        elif self._tail is not None:
            self._tail, octets = self._tail + octets, b""
        if self._tail is not None and len(self._tail) > _MOST_TAIL:
            raise MalformedPacket("foreign octets in armor", self.offset)
        digits = self._digits + octets
        whole = len(digits) & ~3
        self._digits = digits[whole:]
        if digits.translate(None, _ALPHABET):
            raise MalformedPacket("foreign octets in armor", self.offset)
        data = pybase64.b64decode(digits[:whole], validate=True)
        self._sum = _CRC.calc(data, self._sum)
        return data

    def _closed(self) -> bytes:
        """The last octets, and what the checksum says."""
        tail = self._tail or b""
        checksum = tail[-4:] if len(tail) > 4 and tail[-5:-4] == b"=" else None
        padding = tail if checksum is None else tail[:-5]
        data = _from_base64(self._digits + padding, self.offset)
        self._digits = b""
        self._sum = _CRC.calc(data, self._sum)
        if checksum is not None:
            try:
                stated = int.from_bytes(pybase64.b64decode(checksum, validate=True), "big")
            except ValueError:
                stated = -1
            self.crc = "good" if stated == self._sum else "bad"
        return data

    def _after(self, _data: bytes) -> bytes:
        return b""


def _joined(text: bytes) -> bytes:
    """Without the line ends, if they are all like the first: at many times the speed of taking out any octet."""
    end = text.find(b"\n")
    return text.replace(b"\r\n" if text[end - 1 : end] == b"\r" else b"\n", b"")


def armor(kind: str, data: bytes, *, crc: bool = True, line_end: bytes = b"\r\n") -> bytes:
    """One block, whole."""
    writer = ArmorWriter(kind, crc=crc, line_end=line_end)
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
        at = _line_start(data, _BEGIN, at)
        if at < 0:
            return None, len(data)
        line, body = _line(data, at)
        kind = line.rstrip(_BLANKS)[15:].removesuffix(b"-----").decode("ascii", "replace")
        if kind in KINDS and (kinds is None or kind in kinds):
            break
        at = body
    headers, body = _headers(data, body)
    end = _line_start(data, _END, body)
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
        found.append(_header(text, at))
        at = after
    raise LimitExceeded(f"more than {MOST_HEADERS} armor headers", at)


def _header(text: bytes, offset: int) -> tuple[str, str]:
    """One armor header; a space behind the colon is not insisted on."""
    key, colon, value = text.decode("utf-8", "replace").partition(":")
    if not colon:
        raise MalformedPacket("armor without its blank line", offset)
    return key, value.strip()


def _decode(text: bytes, offset: int) -> tuple[bytes, str]:
    """(octets, state of the checksum) of what stands between blank line and tail line."""
    if b"-" in text:
        raise MalformedPacket("foreign octets in armor", offset + text.index(b"-"))
    reader = ArmorReader()
    reader.offset = offset
    data = reader._decoded(text) + reader._closed()  # noqa: SLF001 (its own module)
    return data, reader.crc


def _from_base64(base64: bytes, offset: int) -> bytes:
    digits = base64.rstrip(b"=")
    if len(base64) - len(digits) > 2 or digits.translate(None, _ALPHABET):
        # The decoder would skip what is no base64, and something else than what was sent would come out.
        raise MalformedPacket("foreign octets in armor", offset)
    try:
        return pybase64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True)
    except ValueError as error:
        raise MalformedPacket("base64 of a wrong length in armor", offset) from error

"""ASCII armor (RFC 9580 §6), both ways, incremental, in linear time on any input.

The law of this file: reading is tolerant of what carries mail (line ends, blanks, odd header lines, a missing, wrong or
malformed checksum, text around) and strict about the data: no octet that is not base64 is skipped in silence. There is
one reader, so that whole and in pieces mean the same; what it holds back is bounded, however its input is cut.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anycrc
import pybase64

from ithaca.errors import LimitExceeded, LocalProtocolError, MalformedPacket
from ithaca.work import PIECE

KINDS = frozenset({"MESSAGE", "PUBLIC KEY BLOCK", "PRIVATE KEY BLOCK", "SIGNATURE"})
MOST_HEADERS = 64
"""Armor header lines before the data."""
MOST_LINE = 16_384
"""Octets of a line of armor that is no data; nothing that is seen in mail comes near this."""
MOST_HEAD = 256
"""Octets of a head line; the longest has 37, and may have blanks."""
MOST_BEFORE = 1 << 16
"""Octets of text in front of a block by which text is told from binary data."""
COLUMNS = 76
"""§6 allows no more; the encoder breaks lines there by itself, at twice the speed of breaking them afterwards."""
BEGIN, END = b"-----BEGIN PGP ", b"-----END PGP "
BLANKS = b" \t\r\n"
_LINE_OCTETS = 3 * COLUMNS // 4
_FIRST = 1 << 12
"""Octets of the first piece of a block that is in memory; each further one is twice as large, up to `PIECE`."""
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/ \t\r\n]")
_PADDING = (b"=", b"==")
_KEY = re.compile(r"[!-9;-~]+")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r\x1b")) + b"\x7f"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CRC = anycrc.Model("CRC24-OPENPGP")
_CRC_START = 0xB704CE  # §6.1.1


@dataclass(frozen=True, slots=True)
class Block:
    """One armored block. `crc` is ``good``, ``bad`` or ``absent``: noted, never fatal (§6.1)."""

    kind: str
    headers: tuple[tuple[str, str], ...]
    data: bytes
    crc: str


# --- writing -----------------------------------------------------------------------------------------


class ArmorWriter:
    """Armor of one block; mail has CRLF line ends, files have LF.

    The checksum is written for old objects: GnuPG 2.2 refuses armor without it when the base64 ends in no ``=``.
    `headers` are pairs of key and value; nothing needs them. Raises `LocalProtocolError` where they are no such lines.
    """

    def __init__(
        self,
        kind: str = "MESSAGE",
        *,
        crc: bool = True,
        line_end: bytes = b"\r\n",
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._kind = kind.encode()
        self._line_end = line_end
        self._crc = _CRC_START if crc else None
        lines = [BEGIN + self._kind + b"-----", *(_header_line(*pair) for pair in headers), b"", b""]
        self._head = line_end.join(lines)
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets of the data; give whole lines."""
        if self._crc is not None:
            self._crc = _CRC.calc(octets, self._crc)
        data = self._held + octets if self._held else octets
        whole = len(data) // _LINE_OCTETS * _LINE_OCTETS
        view = memoryview(data)
        # A copy: the caller may use his buffer again.
        self._held = bytes(view[whole:])
        lines = self._lines(view[:whole])
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
        return self._head + lines + END + self._kind + b"-----" + self._line_end


def _header_line(key: str, value: str) -> bytes:
    if not _KEY.fullmatch(key) or not value.isprintable():
        # A line end in there would begin the data, or a header that nobody asked for.
        raise LocalProtocolError("an armor header has a key of printable ASCII and a value of one line")
    return f"{key}: {value}".encode()


def armor(kind: str, data: bytes, *, crc: bool = True, line_end: bytes = b"\r\n") -> bytes:
    """One block, whole."""
    writer = ArmorWriter(kind, crc=crc, line_end=line_end)
    return writer.feed(data) + writer.finish()


# --- reading -----------------------------------------------------------------------------------------


class ArmorReader:
    """The data of the first block of one of `kinds` (any kind, unless said), fed in pieces of any size.

    Memory does not depend on the size of the data. `kind` and `headers` are known once the first data come, `crc` and
    `end` after `finish`. `start`: offset of the first octet that will be fed, for errors, `begin` and `end`.
    """

    def __init__(self, kinds: frozenset[str] | None = None, *, start: int = 0) -> None:
        self.kind = ""
        self.headers: tuple[tuple[str, str], ...] = ()
        self.crc = "absent"
        """See `Block.crc`."""
        self.offset = start
        """Behind the last octet that was fed."""
        self.begin: int | None = None
        """Where the head line begins; None: it has not come."""
        self.end: int | None = None
        """Behind the line end of the tail line; None: it has not come."""
        self.is_complete = False
        """The tail line was seen; whatever follows is not looked at."""
        self._kinds = KINDS if kinds is None else kinds
        self._state: Callable[[bytes], bytes] = self._first_octets
        self._line = bytearray()
        """The beginning of a line that has not ended yet; its first octet stands at `_line_at`."""
        self._line_at = start
        self._is_skipping = False
        """Inside a line that is no head line."""
        self._is_line_start = True
        """Nothing but blanks stood before this on its line."""
        self._tail = b""
        self._digits = b""
        """Base64 digits of a quartet that is not whole yet."""
        self._checksum: bytes | None = None
        self._sum = _CRC_START

    def feed(self, octets: bytes) -> bytes:
        """The next octets; gives the data that is ready. Raises `MalformedPacket`, `LimitExceeded`."""
        self.offset += len(octets)
        return self._state(octets)

    def finish(self) -> None:
        """After the last octet: all data was given. Raises `MalformedPacket` where a whole block is missing."""
        if self._line and self._state in (self._seek, self._read_headers):
            self._state(b"\n")
        if self.begin is None:
            raise MalformedPacket("no armored OpenPGP block", self.offset)
        if not self.is_complete:
            part = "blank" if self._state == self._read_headers else "tail"
            raise MalformedPacket(f"armor without its {part} line", self.offset)
        if self.end is None:
            self.end = self.offset

    # Each state is a method: it takes the next octets, and hands the rest to the state that follows it.

    def _first_octets(self, data: bytes) -> bytes:
        """A byte order mark, which some editors write."""
        data = bytes(self._line) + data
        if len(data) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(data):
            self._line[:] = data
            return b""
        self._line.clear()
        self._state = self._seek
        return self._seek(data.removeprefix(_BYTE_ORDER_MARK))

    def _seek(self, data: bytes) -> bytes:
        """Text in front of the block; only what may become a head line is held."""
        data = bytes(self._line) + data
        self._line.clear()
        at = 0
        if self._is_skipping:
            at = data.find(b"\n") + 1
            if not at:
                return b""
        while (at := _line_start(data, BEGIN, at)) >= 0:
            end = data.find(b"\n", at)
            if end < 0:
                break
            if end - at <= MOST_HEAD and self._begins(data[at:end]):
                self.begin = self.offset - len(data) + at
                self._state = self._read_headers
                return self._read_headers(data[end + 1 :])
            at = end + 1
        rest = data[data.rfind(b"\n") + 1 :]
        self._is_skipping = len(rest) > MOST_HEAD
        if not self._is_skipping:
            self._line += rest
        return b""

    def _begins(self, line: bytes) -> bool:
        label = line.rstrip(BLANKS)[len(BEGIN) :]
        self.kind = next((kind for kind in self._kinds if label == kind.encode() + b"-----"), "")
        self._tail = END + self.kind.encode()
        return bool(self.kind)

    def _read_headers(self, data: bytes) -> bytes:
        at = 0
        while True:
            if not self._line:
                self._line_at = self.offset - len(data) + at
            end = data.find(b"\n", at)
            self._line += data[at:] if end < 0 else data[at:end]
            self._check_line()
            if end < 0:
                return b""
            at = end + 1
            text = self._released()
            if not text:
                self._state = self._body
                return self._body(data[at:])
            if len(self.headers) >= MOST_HEADERS:
                raise LimitExceeded(f"more than {MOST_HEADERS} armor headers", self._line_at)
            self.headers += (_header(text, self._line_at),)

    def _check_line(self) -> None:
        if len(self._line) > MOST_LINE:
            raise LimitExceeded(f"armor line above {MOST_LINE} octets", self._line_at)

    def _released(self) -> bytes:
        text = bytes(self._line).strip(BLANKS)
        self._line.clear()
        return text

    def _body(self, data: bytes) -> bytes:
        """Base64; neither of the signs that padding, checksum and tail line begin with is one of its digits."""
        ends = [at for sign in (b"=", b"-") if (at := data.find(sign)) >= 0]
        text = data[: min(ends)] if ends else data
        out = self._decoded(text, self.offset - len(data))
        if before := text.rstrip(b" \t"):
            self._is_line_start = before.endswith(b"\n")
        if not ends:
            return out
        self._state = self._ending
        return out + self._ending(data[len(text) :])

    def _decoded(self, text: bytes, offset: int) -> bytes:
        # What everybody writes has nothing but line ends between its digits.
        digits = text.replace(b"\n", b"")
        if b"\r" in digits:
            digits = digits.replace(b"\r", b"")
        try:
            return self._quartets(digits)
        except ValueError:
            foreign = _FOREIGN.search(text)
            if foreign is not None:
                raise MalformedPacket("foreign octets in armor", offset + foreign.start()) from None
        return self._quartets(digits.translate(None, BLANKS))

    def _quartets(self, digits: bytes) -> bytes:
        digits = self._digits + digits
        whole = len(digits) & ~3
        # Without `validate` the decoder skips what is no digit, and something else than what was sent would come out.
        data = pybase64.b64decode(memoryview(digits)[:whole], validate=True)
        if digits[whole:].translate(None, _ALPHABET):
            raise ValueError
        self._digits = digits[whole:]
        self._sum = _CRC.calc(data, self._sum)
        return data

    def _ending(self, data: bytes) -> bytes:
        """Padding, checksum and tail line; each may be missing but the last."""
        out = b""
        while data:
            if not self._line:
                data = data.lstrip(BLANKS)
                self._line_at = self.offset - len(data)
            line, end, data = data.partition(b"\n")
            self._line += line
            if self._is_line_start and self._line.startswith(self._tail):
                self._state = self._behind
                self.end = self.offset - len(data) if end else None
                return out + self._closed()
            self._check_line()
            if end:
                out += self._ending_line(self._released())
        return out

    def _ending_line(self, line: bytes) -> bytes:
        is_line_start, self._is_line_start = self._is_line_start, True
        if line in _PADDING and self._digits:
            return self._last_octets(line)
        if line.startswith(b"=") and is_line_start and self._checksum is None:
            # §6.1: never a reason to refuse, and if it is malformed.
            self._checksum = line[1:]
            return self._last_octets()
        raise MalformedPacket("foreign octets in armor", self._line_at)

    def _last_octets(self, padding: bytes = b"") -> bytes:
        """Of the quartet that is not whole; padding may be missing, but not be wrong."""
        digits, self._digits = self._digits, b""
        try:
            data = pybase64.b64decode(digits + (padding or b"=" * (-len(digits) % 4)), validate=True)
        except ValueError as error:
            raise MalformedPacket("base64 of a wrong length in armor", self._line_at) from error
        self._sum = _CRC.calc(data, self._sum)
        return data

    def _closed(self) -> bytes:
        data = self._last_octets()
        self.is_complete = True
        if self._checksum is not None:
            self.crc = "good" if self._checksum == pybase64.b64encode(self._sum.to_bytes(3, "big")) else "bad"
        return data

    def _behind(self, data: bytes) -> bytes:
        """What is left of the tail line, and whatever follows it."""
        if self.end is None and (at := data.find(b"\n") + 1):
            self.end = self.offset - len(data) + at
        return b""


def _line_start(data: bytes, marker: bytes, at: int) -> int:
    """Where `marker` stands at the start of a line, from the line start `at` on; -1: nowhere."""
    if data.startswith(marker, at):
        return at
    found = data.find(b"\n" + marker, at)
    return found + 1 if found >= 0 else -1


def _header(text: bytes, offset: int) -> tuple[str, str]:
    """One armor header; a space behind the colon is not insisted on."""
    key, colon, value = text.decode("utf-8", "replace").partition(":")
    if not colon:
        raise MalformedPacket("armor without its blank line", offset)
    return key, value.strip()


# --- in memory ---------------------------------------------------------------------------------------


def is_armored(data: bytes) -> bool:
    """What `data` begins with is armor, or text around it; else it is binary OpenPGP data.

    Those begin with an octet whose bit 7 is set (§4.2). Text may do so as well, in front of a block; but no packet
    that a message, a certificate or a signature begins with is free of control characters: it has a version.
    """
    if not data or data[0] < 0x80 or data.startswith(_BYTE_ORDER_MARK + BEGIN):
        return True
    at = data.find(b"\n" + BEGIN, 0, MOST_BEFORE)
    return at >= 0 and len(data[:at].translate(None, _CONTROLS)) == at


def binary(data: bytes, kinds: frozenset[str] | None = None) -> bytes:
    """The octets behind `data`, armored or not; several blocks one after the other are joined."""
    if not is_armored(data):
        return data
    out: list[bytes] = []
    block, at = _block_at(data, 0, kinds)
    while block is not None:
        out.append(block.data)
        block, at = _block_at(data, at, kinds)
    if not out:
        raise MalformedPacket("no armored OpenPGP block", len(data))
    return b"".join(out)


def dearmor(data: bytes, kinds: frozenset[str] | None = None) -> Block:
    """The first block of one of `kinds` (any kind, unless said). Raises `MalformedPacket`, `LimitExceeded`."""
    block, _ = _block_at(data, 0, kinds)
    if block is None:
        raise MalformedPacket("no armored OpenPGP block", len(data))
    return block


def _block_at(data: bytes, start: int, kinds: frozenset[str] | None) -> tuple[Block | None, int]:
    """(the next block, offset after it); (None, end) where there is none."""
    reader, out, at, size = ArmorReader(kinds, start=start), list[bytes](), start, _FIRST
    while at < len(data) and reader.end is None:
        out.append(reader.feed(data[at : at + size]))
        at, size = at + size, min(2 * size, PIECE)
    try:
        reader.finish()
    except MalformedPacket:
        if reader.begin is None:
            return None, len(data)
        raise
    return Block(reader.kind, reader.headers, b"".join(out), reader.crc), reader.end or len(data)

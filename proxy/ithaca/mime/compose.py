"""An entity made safe for seven-bit transport before it is signed (RFC 3156 §3), leaf by leaf, as it streams by.

The law of this file: a leaf that is safe keeps every octet, and so does everything else that can. What must be
recoded keeps its decoded content; what cannot be recoded is refused, never altered in silence.
"""

import binascii
import re
from collections.abc import Callable

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime import header
from ithaca.mime.entity import Entity
from ithaca.mime.header import Field, HeaderSection

HOLD = 1 << 20
"""Octets of a leaf that are held to choose its encoding; a larger one is recoded unseen."""
MOST_LINE = 998
"""RFC 5322 §2.1.1."""
MOST_HEADER = 1 << 20
MOST_DEPTH = 50

_UNSAFE = re.compile(rb"[\x80-\xff\0]|[ \t]\r\n|[ \t]\Z|^From |\r\nFrom ")
_LONG_LINE = re.compile(rb"[^\n]{%d}" % (MOST_LINE + 2))
_TRAILING = re.compile(rb"(?<![ \t])[ \t]+(?=\r\n)")


def is_safe(octets: bytes) -> bool:
    """Seven bits, no NUL, no long line, no blank before a line end, no line that begins with ``From ``."""
    return _UNSAFE.search(octets) is None and _LONG_LINE.search(octets) is None


class SevenBit:
    """Feed it a whole entity, from its header section on (CRLF lines); it gives the safe form."""

    def __init__(self) -> None:
        self._buffer = b""
        self._delimiters: list[bytes] = []
        """Boundary lines of the multiparts that are open, outermost first."""
        self._leaf: _Leaf | None = None
        self._in_header = True
        self._root = True

    def feed(self, octets: bytes) -> bytes:
        """The next octets. Raises `MalformedMessage`."""
        self._buffer += octets
        return self._work(last=False)

    def finish(self) -> bytes:
        """The rest, after the last octet. Raises `MalformedMessage`."""
        out = self._work(last=True)
        return out + (self._leaf.finish() if self._leaf else b"")

    def _work(self, *, last: bool) -> bytes:
        out: list[bytes] = []
        moved = True
        while moved:
            moved = self._header(out, last) if self._in_header else self._body(out, last)
        return b"".join(out)

    # --- header sections ---

    def _header(self, out: list[bytes], last: bool) -> bool:
        section, separator, start = header.split_message(self._buffer)
        if len(section) > MOST_HEADER:
            raise MalformedMessage("a part has a header section that is too long.")
        if not separator and not last:
            return False
        if not separator and self._delimiters:
            raise MalformedMessage("a part ends in its header section.")
        self._check(section)
        self._buffer = self._buffer[start:]
        self._in_header = False
        safe = _TRAILING.sub(b"", section)
        part = Entity(b"", HeaderSection.parse(safe), 0)
        self._enter(part, safe + (separator or b"\r\n"), out)
        self._root = False
        return True

    def _check(self, section: bytes) -> None:
        # The root's own fields stand outside as well: a path that carries them carries the copy.
        if not self._root and (not section.isascii() or b"\0" in section):
            raise MalformedMessage("the header section of a part is not in ASCII.")

    def _enter(self, part: Entity, octets: bytes, out: list[bytes]) -> None:
        kind = part.content_type
        boundary = kind.params.get("boundary", "")
        plain = part.transfer_encoding in ("7bit", "8bit", "binary")
        if kind.type == "multipart" and boundary and plain:
            if len(self._delimiters) >= MOST_DEPTH:
                raise MalformedMessage("it is nested too deeply.")
            self._delimiters.append(b"--" + boundary.encode("utf-8", "replace"))
            self._leaf = None
            out.append(_with_encoding(part.header, "7bit") if part.transfer_encoding != "7bit" else octets)
        elif kind.media_type == "message/rfc822" and plain:
            # RFC 2046 §5.2.1: no other encoding is allowed, so what is inside is made safe itself.
            out.append(_with_encoding(part.header, "7bit") if part.transfer_encoding != "7bit" else octets)
            self._in_header = True
        else:
            self._leaf = _Leaf(part, octets)

    # --- bodies ---

    def _body(self, out: list[bytes], last: bool) -> bool:
        found = self._next_boundary(last)
        if found is None:
            keep = 0 if last else self._undecided()
            content, self._buffer = (
                self._buffer[: len(self._buffer) - keep],
                self._buffer[len(self._buffer) - keep :],
            )
            out.append(self._content(content))
            return False
        begin, end, depth, closing = found
        line_end = 2 if self._buffer[max(0, begin - 2) : begin] == b"\r\n" else 0
        out.append(self._content(self._buffer[: begin - line_end]))
        if self._leaf is not None:
            out.append(self._leaf.finish())
            self._leaf = None
        out.append(self._buffer[begin - line_end : begin])
        out.append(self._buffer[begin:end].rstrip(b" \t\r\n") + b"\r\n" * self._buffer[begin:end].endswith(b"\n"))
        self._buffer = self._buffer[end:]
        del self._delimiters[depth + (0 if closing else 1) :]
        self._in_header = not closing
        return True

    def _content(self, octets: bytes) -> bytes:
        if self._leaf is not None:
            return self._leaf.feed(octets)
        # Preamble or epilogue: ignored by readers (RFC 2046 §5.1.1), but it stands in what is signed.
        text = _TRAILING.sub(b"", octets)
        if not is_safe(text):
            raise MalformedMessage("there is text outside its parts that is not plain ASCII.")
        return text

    def _next_boundary(self, last: bool) -> tuple[int, int, int, bool] | None:
        """(start, end, depth, closing) of the next complete boundary line of an open multipart."""
        if not self._delimiters:
            return None
        at = 0
        while True:
            begin = at if at == 0 and self._buffer.startswith(b"--") else self._buffer.find(b"\n--", at) + 1
            if begin == 0 and not (at == 0 and self._buffer.startswith(b"--")):
                return None
            end = self._buffer.find(b"\n", begin)
            if end < 0 and not last:
                return None
            end = len(self._buffer) if end < 0 else end + 1
            line = self._buffer[begin:end].rstrip(b" \t\r\n")
            for depth, delimiter in enumerate(self._delimiters):
                if line in (delimiter, delimiter + b"--"):
                    return begin, end, depth, line != delimiter
            at = max(begin, 1)

    def _undecided(self) -> int:
        """Octets at the end that may still turn out to be a line end and a boundary line."""
        at = self._buffer.rfind(b"\n--")
        if at < 0 or self._buffer.find(b"\n", at + 1) >= 0:
            at = self._buffer.rfind(b"\n", max(0, len(self._buffer) - 2))
        if at < 0:
            starts = self._buffer.startswith(b"-") and len(self._buffer) < 80
            return len(self._buffer) if starts else min(1, len(self._buffer)) if self._buffer.endswith(b"\r") else 0
        return len(self._buffer) - at + (1 if self._buffer[max(0, at - 1) : at] == b"\r" else 0)


def _with_encoding(section: HeaderSection, encoding: str) -> bytes:
    """The header section with another Content-Transfer-Encoding, and the empty line."""
    field = Field(b"Content-Transfer-Encoding", b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n")
    kept = section.without(lambda name: name.lower() == b"content-transfer-encoding")
    return kept.with_last([field]).render() + b"\r\n"


class _Leaf:
    """One leaf: held until its encoding is chosen, then streamed."""

    def __init__(self, part: Entity, head: bytes) -> None:
        self._part = part
        self._head = head
        self._held: list[bytes] = []
        self._count = 0
        self._encode: _Encoder | None = None

    def feed(self, octets: bytes) -> bytes:
        if self._encode is not None:
            return self._encode.feed(octets)
        self._held.append(octets)
        self._count += len(octets)
        return self._choose_unseen() if self._count > HOLD else b""

    def finish(self) -> bytes:
        if self._encode is None:
            return self._choose_whole()
        return self._encode.finish()

    def _choose_unseen(self) -> bytes:
        body = b"".join(self._held)
        self._held = []
        encoding = self._part.transfer_encoding
        if encoding in ("base64", "quoted-printable"):
            self._encode = _Guarded()
            return self._head + self._encode.feed(body)
        self._must_be_recodable()
        text = self._part.content_type.type == "text"
        self._encode = _QuotedPrintable() if text else _Base64()
        return _with_encoding(self._part.header, self._encode.name) + self._encode.feed(body)

    def _choose_whole(self) -> bytes:
        body = b"".join(self._held)
        if is_safe(body):
            return self._head + body
        try:
            plain = Entity(body, self._part.header, 0).decoded_body()
        except MalformedMessage as error:
            raise MalformedMessage("a part is not what its transfer encoding says.") from error
        self._must_be_recodable()
        makers: list[Callable[[], _Encoder]] = [_Base64]
        if self._part.content_type.type == "text" and plain.count(b"\r") == plain.count(b"\n") == plain.count(b"\r\n"):
            makers.append(_QuotedPrintable)
        forms = [(name, octets) for name, octets in (_whole(make(), plain) for make in makers)]
        name, octets = min(forms, key=lambda form: len(form[1]))
        return _with_encoding(self._part.header, name) + octets

    def _must_be_recodable(self) -> None:
        # RFC 2046 §5.2: the message types may not be encoded; multiparts neither (RFC 2045 §6.4).
        if self._part.content_type.type in ("message", "multipart"):
            raise MalformedMessage("a part that may not be recoded is not plain ASCII.")


def _whole(encoder: "_Encoder", octets: bytes) -> tuple[str, bytes]:
    return encoder.name, encoder.feed(octets) + encoder.finish()


class _Encoder:
    """A streaming transfer encoding."""

    name = ""

    def feed(self, octets: bytes) -> bytes:
        raise NotImplementedError

    def finish(self) -> bytes:
        return b""


class _Guarded(_Encoder):
    """Encoded already: passes, unless it turns out not to be safe."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, octets: bytes) -> bytes:
        # A line may be cut between two pieces: the check looks back over the last line.
        text = self._tail + octets
        cut = text.rfind(b"\n") + 1
        if not is_safe(text[:cut]) or len(text) - cut > MOST_LINE:
            raise MalformedMessage("a part is not what its transfer encoding says.")
        self._tail = text[cut:]
        return octets

    def finish(self) -> bytes:
        if not is_safe(self._tail):
            raise MalformedMessage("a part is not what its transfer encoding says.")
        return b""


class _Base64(_Encoder):
    name = "base64"

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        data = self._held + octets
        whole = len(data) // 57 * 57
        self._held = data[whole:]
        # RFC 2045 §6.8: lines of at most 76 characters.
        return pybase64.encodebytes(data[:whole]).replace(b"\n", b"\r\n")

    def finish(self) -> bytes:
        return pybase64.encodebytes(self._held).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


class _QuotedPrintable(_Encoder):
    name = "quoted-printable"

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        data = self._held + octets
        cut = data.rfind(b"\r\n") + 2 if b"\r\n" in data else 0
        self._held = data[cut:]
        if len(self._held) <= HOLD:
            return _quoted(data[:cut])
        # One line without end: broken softly where we stand, but not inside a line end.
        line = self._held[:-1]
        self._held = self._held[-1:]
        return _quoted(data[:cut]) + _quoted(line) + b"=\r\n"

    def finish(self) -> bytes:
        return _quoted(self._held)


def _quoted(octets: bytes) -> bytes:
    """RFC 2045 §6.7, with CRLF as line end; no line begins with ``From ``."""
    encoded = binascii.b2a_qp(octets.replace(b"\r\n", b"\n"), quotetabs=False, istext=True)
    text = b"\n" + encoded
    # A soft line break inside the word keeps every line within 76 characters.
    return text.replace(b"\nFrom ", b"\nFr=\nom ")[1:].replace(b"\n", b"\r\n")

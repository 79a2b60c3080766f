"""Entities as octets: header section, body, and the body parts of a multipart (RFC 2046 §5.1).

The law of this file: a part is exactly the octets between its boundary lines, never a re-serialisation.
"""

import binascii
import quopri
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime import header
from ithaca.mime.header import ContentType, HeaderSection
from ithaca.once import once

MOST_PARTS = 1000
"""Body parts of one multipart; mail that people write has a handful."""
MOST_BOUNDARY = 70
"""RFC 2046 §5.1.1."""


@dataclass(frozen=True)
class Entity:
    """One entity: a whole message, or a body part of one, which stands in the octets of the whole."""

    whole: bytes
    header: HeaderSection
    body_start: int
    """In `whole`."""
    start: int = 0
    end: int = -1
    """Where it ends in `whole`; -1: at its end."""

    @property
    def stop(self) -> int:
        """Where it ends in `whole`."""
        return len(self.whole) if self.end < 0 else self.end

    @property
    def octets(self) -> bytes:
        """All of it; of a part a copy."""
        return self.whole[self.start : self.stop]

    @property
    def body(self) -> bytes:
        """The octets after the empty line, a copy."""
        return self.whole[self.body_start : self.stop]

    @once
    def content_type(self) -> ContentType:
        """Of the first Content-Type field; text/plain where there is none (RFC 2045 §5.2)."""
        field = self.header.first(b"Content-Type")
        return ContentType(b"text/plain") if field is None else field.content_type

    @once
    def transfer_encoding(self) -> str:
        """In lower case; ``7bit`` where it is not said (RFC 2045 §6.1)."""
        field = self.header.first(b"Content-Transfer-Encoding")
        return "7bit" if field is None else field.value.decode("ascii", "replace").strip().lower()

    @once
    def charset(self) -> str:
        """Of a text part, in lower case; ``us-ascii`` where it is not said (RFC 2045 §5.2)."""
        return self.content_type.params.get("charset", "us-ascii").strip().lower()

    @once
    def disposition(self) -> ContentType:
        """Content-Disposition (RFC 2183), read by the same grammar: its `subtype` is ``inline`` or ``attachment``."""
        field = self.header.first(b"Content-Disposition")
        return ContentType(b"disposition/" + (b"inline" if field is None else field.value))

    @property
    def filename(self) -> str:
        """The name that a client would save it under, decoded; "" where it has none."""
        return self.disposition.text("filename") or self.content_type.text("name")

    @property
    def delimiter(self) -> bytes:
        """What a boundary line of this multipart begins with. Raises `MalformedMessage` where it is none."""
        boundary = self.content_type.params.get("boundary", "")
        if self.content_type.type != "multipart" or not 0 < len(boundary) <= MOST_BOUNDARY:
            raise MalformedMessage("a multipart without a usable boundary")
        return b"--" + boundary.encode("utf-8", "replace")

    def spans(self, delimiter: bytes | None = None) -> tuple[tuple[int, int], ...]:
        """(start, end) in `whole` of each body part. Raises `MalformedMessage` where it cannot be taken apart."""
        return tuple(_spans(self.whole, delimiter or self.delimiter, self.body_start, self.stop))

    def parts(self, delimiter: bytes | None = None) -> tuple["Entity", ...]:
        """The body parts of a multipart; `delimiter`: what separates them in truth, where its own does not.

        Raises `MalformedMessage` where it cannot be taken apart.
        """
        return self._parts if delimiter is None else self._apart(delimiter)

    @once
    def _parts(self) -> tuple["Entity", ...]:
        return self._apart(self.delimiter)

    def _apart(self, delimiter: bytes) -> tuple["Entity", ...]:
        return tuple(parse(self.whole, start, end) for start, end in self.spans(delimiter))

    def decoded_view(self) -> memoryview:
        """The same as `decoded_body` without a copy, where the transfer encoding is none. Raises `MalformedMessage`."""
        if self.transfer_encoding in ("7bit", "8bit", "binary"):
            return memoryview(self.whole)[self.body_start : self.stop]
        return memoryview(self.decoded_body())

    def decoded_body(self) -> bytes:
        """The body with its transfer encoding taken off. Raises `MalformedMessage`."""
        decode = _DECODERS.get(self.transfer_encoding)
        if decode is None:
            raise MalformedMessage("a transfer encoding that is not known")
        try:
            return decode(self.body)
        except (binascii.Error, ValueError) as error:
            raise MalformedMessage("a body that its transfer encoding does not fit") from error


def parse(octets: bytes, start: int = 0, end: int | None = None) -> Entity:
    """Take header section and body apart; any octets at all. `start` and `end`: where in `octets` the entity stands."""
    end = len(octets) if end is None else end
    section, _, body_start = header.split_message(octets, start, end)
    return Entity(octets, HeaderSection.parse(section), body_start, start, end)


def _identity(body: bytes) -> bytes:
    return body


def _base64(body: bytes) -> bytes:
    return pybase64.b64decode(body.translate(None, b" \t\r\n"), validate=True)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "7bit": _identity,
    "8bit": _identity,
    "binary": _identity,
    "base64": _base64,
    "quoted-printable": quopri.decodestring,
}


def _spans(whole: bytes, delimiter: bytes, at: int, stop: int) -> Iterator[tuple[int, int]]:
    """(start, end) of each body part; the line end before a boundary line belongs to the boundary (§5.1.1)."""
    start: int | None = None
    count = 0
    for begin, end, closing in boundary_lines(whole, delimiter, at, stop):
        if start is not None:
            count += 1
            if count > MOST_PARTS:
                raise MalformedMessage(f"a multipart of more than {MOST_PARTS} parts")
            yield start, max(start, begin - _line_end_before(whole, begin))
        start = end
        if closing:
            return
    raise MalformedMessage("a multipart without its closing boundary")


def _line_end_before(body: bytes, at: int) -> int:
    if body[max(0, at - 2) : at] == b"\r\n":
        return 2
    return 1 if body[max(0, at - 1) : at] == b"\n" else 0


def boundary_lines(
    body: bytes, delimiter: bytes, start: int = 0, stop: int | None = None
) -> Iterator[tuple[int, int, bool]]:
    """(start, start of the next line, is it the closing one) of each boundary line.

    `start` and `stop`: where in `body` to look; a line begins at `start`.
    """
    stop = len(body) if stop is None else stop
    at = start
    while (begin := body.find(delimiter, at, stop)) >= 0:
        at = begin + len(delimiter)
        if begin > start and body[begin - 1 : begin] != b"\n":
            continue
        # Not before: in one long line full of delimiters the way to its end is long for each of them.
        end = body.find(b"\n", begin, stop)
        end = stop if end < 0 else end + 1
        rest = body[at:end].rstrip(b" \t\r\n")
        if rest in (b"", b"--"):
            yield begin, end, rest == b"--"
            at = end

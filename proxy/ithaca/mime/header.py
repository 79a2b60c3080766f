"""Header sections as octets (RFC 5322 §2.2): read without loss, changed field by field.

The law of this file: a section that was not changed renders to the same octets, whatever was in it. What clients
obey and only we may write is recognised in every spelling, since a forged field must not hide behind a broken one.
"""

import email.header
import re
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ithaca.address import Mailbox, decode_words, parse_mailboxes
from ithaca.once import once

MOST_FIELDS = 5_000
"""Fields of one section; more is kept as one piece that no field is found in."""

_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
_FORGED = re.compile(rb"(?:ithaca-.*|x-mozilla-(?:status2?|keys))\Z", re.IGNORECASE | re.DOTALL)
# A client that takes a lone CR, a lone LF or a NUL for a line end sees a field there; behind a true line end and blanks
# nobody does, since that continues the field before. Every NUL is looked at by itself: the search stays linear.
_HIDDEN_LINE = re.compile(
    rb"(?:(?:^|\0|\r(?!\n)|(?<!\r)\n)[ \t]*|\r\n)(?:ithaca-[!-9;-~]*|x-mozilla-(?:status2?|keys))[ \t\0]*:",
    re.IGNORECASE,
)
_LINE_END = re.compile(rb"\r?\n")


@dataclass(frozen=True)
class Field:
    """One field with its folded lines, or a line that is none (`name` is empty)."""

    name: bytes
    """As written, without blanks before the colon."""
    octets: bytes
    """All of it, line ends included."""

    @once
    def value(self) -> bytes:
        """The field body, unfolded (RFC 5322 §2.2.3), without blanks around it."""
        body = self.octets.partition(b":")[2].strip(b" \t\r\n")
        return _LINE_END.sub(b"", body) if b"\n" in body else body

    @once
    def content_type(self) -> "ContentType":
        """The field body read as that of a Content-Type."""
        return ContentType(self.value)

    @once
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """The field body read as a list of addresses, groups resolved. Raises `MalformedMessage`."""
        return parse_mailboxes(self.value)

    @once
    def text(self) -> str:
        """The field body for a person: encoded words and UTF-8 decoded; never raises."""
        return decode_words(self.value.decode("utf-8", "replace"))

    def named(self, name: bytes) -> bool:
        """Is it this field, in any case?"""
        return self.name.lower() == name.lower()


@dataclass(frozen=True)
class HeaderSection:
    """The fields of a section in their order; immutable."""

    fields: tuple[Field, ...] = ()

    @classmethod
    def parse(cls, octets: bytes) -> "HeaderSection":
        """From the octets before the empty line; any octets at all."""
        fields: list[Field] = []
        current: list[bytes] = []
        for line in octets.splitlines(keepends=True) if b"\r" not in octets else _lines(octets):
            if current and line[:1] not in (b" ", b"\t"):
                fields.append(_field(current))
                current = []
            current.append(line)
            if len(fields) > MOST_FIELDS:
                break
        consumed = sum(len(f.octets) for f in fields) + sum(map(len, current))
        if current:
            fields.append(_field(current))
        if consumed < len(octets):
            fields.append(Field(b"", octets[consumed:]))
        return cls(tuple(fields))

    def render(self) -> bytes:
        """The octets, the empty line not included."""
        return b"".join(field.octets for field in self.fields)

    def get_all(self, name: bytes) -> tuple[Field, ...]:
        """Every field of this name, in order."""
        return tuple(self._by_name.get(name.lower(), ()))

    def first(self, name: bytes) -> Field | None:
        """The first field of this name."""
        found = self._by_name.get(name.lower())
        return found[0] if found else None

    @once
    def _by_name(self) -> dict[bytes, list[Field]]:
        found: dict[bytes, list[Field]] = {}
        for field in self.fields:
            found.setdefault(field.name.lower(), []).append(field)
        return found

    def without(self, drop: Callable[[bytes], bool]) -> "HeaderSection":
        """The section without the fields whose name `drop` says True to; lines that are no field stay."""
        return HeaderSection(tuple(f for f in self.fields if not f.name or not drop(f.name)))

    def with_last(self, fields: Iterable[Field]) -> "HeaderSection":
        """The section with more fields behind; its last line gets the line end that it may lack."""
        own = self.fields
        if own and not own[-1].octets.endswith(b"\n"):
            own = (*own[:-1], Field(own[-1].name, own[-1].octets + b"\r\n"))
        return HeaderSection((*own, *fields))


def _lines(octets: bytes) -> list[bytes]:
    """Lines that end in LF; a lone CR is content."""
    parts = octets.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _field(lines: list[bytes]) -> Field:
    octets = b"".join(lines)
    found = _NAME.match(octets)
    return Field(found.group(1) if found else b"", octets)


def split_message(octets: bytes, start: int = 0, end: int | None = None) -> tuple[bytes, bytes, int]:
    """(header section, empty line, offset of the body in `octets`); the empty line is b"" while none has come.

    LF line ends are read too, as files have them. `start` and `end`: where in `octets` the message stands.
    """
    end = len(octets) if end is None else end
    for empty in (b"\r\n", b"\n"):
        if octets.startswith(empty, start, end):
            return b"", empty, start + len(empty)
    # The first that anybody would take for it: what stands behind must not be lost to who sees a later one.
    crlf = octets.find(b"\n\r\n", start, end)
    loose = octets.find(b"\n\n", start, end if crlf < 0 else crlf + 1)
    if loose >= 0:
        return octets[start : loose + 1], b"\n", loose + 2
    if crlf >= 0:
        return octets[start : crlf + 1], b"\r\n", crlf + 3
    return octets[start:end], b"", end


def is_forged(field: Field) -> bool:
    """Is it, or holds it in some client's eyes, a field that only Ithaca may write?"""
    return bool(_FORGED.match(field.name.strip(b" \t\0"))) or bool(_HIDDEN_LINE.search(field.octets))


def cleaned(section: HeaderSection) -> HeaderSection:
    """The section without forged fields; every other octet stays."""
    if all(not is_forged(f) for f in section.fields):
        return section
    return HeaderSection(tuple(f for f in section.fields if not is_forged(f)))


def self_contained(section: HeaderSection) -> HeaderSection:
    """The section without lines in front of its first field: below a field of ours they would continue that."""
    at = next((n for n, f in enumerate(section.fields) if f.octets[:1] not in (b" ", b"\t")), len(section.fields))
    return HeaderSection(section.fields[at:])


def encode_text(name: bytes, text: str) -> Field:
    """An unstructured field of ours, folded, with encoded words where they are needed (RFC 2047)."""
    safe = "".join(c if c.isprintable() else " " for c in text)
    charset = "us-ascii" if safe.isascii() else "utf-8"
    folded = email.header.Header(safe, charset, header_name=name.decode("ascii"), maxlinelen=76).encode()
    return Field(name, name + b": " + folded.replace("\n", "\r\n").encode("ascii") + b"\r\n")


def encoded_words(text: str, name: str = "") -> str:
    """Text as encoded words, folded with LF (RFC 2047); they may stand in a phrase or a comment, too (§5).

    `name`: of the field, where its first line holds nothing else.
    """
    return email.header.Header(" ".join(text.split()), "utf-8", maxlinelen=76, header_name=name).encode()


# --- Content-Type ------------------------------------------------------------------------------------

_TYPE = re.compile(rb"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*/\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*")
_PARAMETER = re.compile(rb';\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*', re.DOTALL)
_QUOTED_PAIR = re.compile(rb"\\(.)")
_NO_TEXT = re.compile(rb"[\0\r\n]")
_PIECE = re.compile(r"([^*]+)\*(\d{1,3})?(\*)?\Z")


class ContentType:
    """A Content-Type field body (RFC 2045 §5.1, RFC 2231), and whether it can be read in two ways.

    `type`, `subtype` and the keys of `params` are in lower case; without a readable type they are empty.
    """

    def __init__(self, value: bytes) -> None:
        self.type = self.subtype = ""
        self.params: dict[str, str] = {}
        self.ambiguous = False
        self._extended: set[str] = set()
        bare = without_comments(value)
        found = _TYPE.match(bare)
        if found is None:
            self.ambiguous = True
            return
        self.type, self.subtype = found[1].decode("ascii").lower(), found[2].decode("ascii").lower()
        self._parameters(bare, found.end())
        self.ambiguous = self.ambiguous or bare != value or _NO_TEXT.search(value) is not None

    @property
    def media_type(self) -> str:
        """``type/subtype``."""
        return f"{self.type}/{self.subtype}"

    def text(self, name: str) -> str:
        """A parameter for a person: RFC 2231 and encoded words decoded; "" where there is none. Never raises."""
        value = self.params.get(name, "")
        charset, quote, rest = value.partition("'")
        _, second, encoded = rest.partition("'")
        if name in self._extended and quote and second:
            try:
                return urllib.parse.unquote_to_bytes(encoded).decode(charset or "utf-8")
            except (LookupError, ValueError):
                return encoded
        return decode_words(value)

    def _parameters(self, value: bytes, at: int) -> None:
        pieces: dict[str, dict[int, str]] = {}
        while at < len(value):
            found = _PARAMETER.match(value, at)
            if found is None:
                # A lone semicolon at the end is common and harmless.
                self.ambiguous = self.ambiguous or value[at:].strip(b"; \t") != b""
                break
            at = found.end()
            name = found.group(1).decode("ascii").lower()
            raw = found.group(2) if found.group(2) is not None else found.group(3)
            text = (_QUOTED_PAIR.sub(rb"\1", raw) if b"\\" in raw else raw).decode("utf-8", "replace")
            piece = _PIECE.match(name)
            if piece:
                if piece.group(3) or piece.group(2) is None:
                    self._extended.add(piece.group(1))
                pieces.setdefault(piece.group(1), {})[int(piece.group(2) or 0)] = text
            elif name in self.params:
                self.ambiguous = True
            else:
                self.params[name] = text
        for name, parts in pieces.items():
            # Some clients know RFC 2231 and some do not: what decides about structure must not depend on it.
            self.ambiguous = self.ambiguous or name in ("boundary", "protocol") or name in self.params
            self.params.setdefault(name, "".join(parts[k] for k in sorted(parts)))


def without_comments(value: bytes) -> bytes:
    """The value without comments; quotes are respected."""
    if b"(" not in value:
        return value
    out = bytearray()
    depth, quoted, at = 0, False, 0
    while at < len(value):
        octet = value[at : at + 1]
        if octet == b"\\" and at + 1 < len(value):
            out += b"" if depth else value[at : at + 2]
            at += 2
            continue
        if not depth and octet == b'"':
            quoted = not quoted
        if not quoted and octet == b"(":
            depth += 1
        if not depth:
            out += octet
        if not quoted and depth and octet == b")":
            depth -= 1
        at += 1
    return bytes(out)

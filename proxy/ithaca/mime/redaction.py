"""The seal phrase taken out of what leaves: of text in every encoding, of header fields, of attached messages.

The law of this file: where the phrase does not stand, no octet changes. It is looked for as a person would read it,
however a program has quoted, wrapped, marked up or encoded it. What is signed or encrypted already is left alone: it
cannot be searched, or could not be verified any more.
"""

import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

import pybase64

from ithaca.address import decode_words
from ithaca.errors import MalformedMessage
from ithaca.mime import header
from ithaca.mime.entity import Entity
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.splitting import Kind, Piece, Splitter

INSTEAD = "[...]"
HOLD = 1 << 20
"""Octets of a text leaf that are held to search it whole; a larger one is searched as it streams."""
OVERLAP = 1 << 13
"""Octets at the end of a piece that are searched again with the next; no phrase, however wrapped, is longer."""

MOST_FIELD = 1 << 16
"""Octets of a field that is searched; nobody quotes in a longer one, and decoding it takes long."""

_SOFT = "\u00ad\u200b-\u200f\u2060\ufeff"
"""Characters that nobody sees: soft hyphen, zero-width spaces and joiners."""
_SOFTLY = f"[{_SOFT}]{{0,8}}"
_BETWEEN = r"(?:%[0-9A-Fa-f]{2}|[\W_]){0,200}"
"""Between two words: blanks, line ends, quote marks, rules, what a URL writes for a blank."""
_INVISIBLE = re.compile(f"[{_SOFT}]")
_TAG_OR_CHARACTER = re.compile(r"<[!/?a-zA-Z][^<>]{0,2000}>|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});")
_ENCODED_WORDS = re.compile(rb"=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*\?=(?:\s+=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*\?=)*")
_STRUCTURED = frozenset(
    b"from to cc bcc sender reply-to mail-followup-to mail-reply-to followup-to date message-id in-reply-to references "
    b"mime-version content-type content-disposition content-transfer-encoding content-id received return-path "
    b"resent-from resent-to resent-cc resent-sender autocrypt list-id dkim-signature".split()
)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(_one, phrases)), re.IGNORECASE)


def _one(phrase: str) -> str:
    words = unicodedata.normalize("NFC", phrase).split()
    return _BETWEEN.join(_SOFTLY.join(map(re.escape, word)) for word in words)


def finder(phrase: str) -> Callable[[str], bool]:
    """Does a text hold the phrase? For text that was decoded, and rid of its tags."""
    search = _Search((phrase,))
    return lambda text: search.find(unicodedata.normalize("NFKC", text)) is not None


class _Search:
    """The phrases, looked for in text with one fast search first."""

    def __init__(self, phrases: Iterable[str]) -> None:
        wanted = [p for p in phrases if p.split()]
        self._firsts = [unicodedata.normalize("NFC", p).split()[0].casefold() for p in wanted]
        self._pattern = _pattern(wanted)

    def find(self, text: str) -> re.Match[str] | None:
        folded = text.casefold()
        has_first = any(first in folded for first in self._firsts)
        # Without phrases the pattern is empty, and would be found everywhere.
        may_hide_first = bool(self._firsts) and not text.isascii() and _INVISIBLE.search(text) is not None
        return self._pattern.search(text) if has_first or may_hide_first else None

    def count(self, text: str) -> int:
        return len(self._pattern.findall(text)) if self.find(text) else 0

    def replaced(self, text: str, instead: str = INSTEAD) -> str:
        return self._pattern.sub(lambda _: instead, text)

    def in_markup(self, source: str) -> str:
        """HTML with the phrase taken out of what it shows; every tag stays."""
        shown, places = _visible(source)
        out, at = [], 0
        for found in self._pattern.finditer(shown):
            start, end = places[found.start()][0], places[found.end() - 1][1]
            tags = "".join(t for t in _TAG_OR_CHARACTER.findall(source[start:end]) if t.startswith("<"))
            out += [source[at:start], INSTEAD, tags]
            at = end
        return "".join((*out, source[at:]))

    def find_in_markup(self, source: str) -> bool:
        return self.find(_shown(source)) is not None


def _shown(source: str) -> str:
    """What HTML shows."""
    return _TAG_OR_CHARACTER.sub(lambda found: _character(found.group()), source)


def _character(markup: str) -> str:
    """What a character by name or number stands for; of a tag nothing."""
    return html.unescape(markup)[:1] if markup.startswith("&") else ""


def _visible(source: str) -> tuple[str, list[tuple[int, int]]]:
    """What HTML shows, and where in the source each character of it stands."""
    shown: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for found in _TAG_OR_CHARACTER.finditer(source):
        places += [(n, n + 1) for n in range(at, found.start())]
        shown.append(source[at : found.start()])
        at = found.end()
        character = _character(found.group())
        shown.append(character)
        places += [found.span()] * len(character)
    places += [(n, n + 1) for n in range(at, len(source))]
    shown.append(source[at:])
    return "".join(shown), places


class Redactor:
    """Feed it a whole entity, from its header section on (CRLF lines); it gives the same without the phrases."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._search = _Search(phrases)
        self._splitter = Splitter()
        self._leaf: _Leaf | None = None

    def feed(self, octets: bytes) -> bytes:
        """The next octets; some of them may be held back."""
        return b"".join(map(self._piece, self._splitter.feed(octets)))

    def finish(self) -> bytes:
        """The rest, after the last octet."""
        return b"".join((*map(self._piece, self._splitter.finish()), self._end()))

    def _piece(self, piece: Piece) -> bytes:
        if piece.kind is Kind.CONTENT:
            return piece.octets if self._leaf is None else self._leaf.feed(piece.octets)
        ended = self._end()
        if piece.kind is Kind.FRAME:
            return ended + piece.octets
        section, separator, start = header.split_message(piece.octets)
        fields = HeaderSection.parse(section)
        if piece.is_leaf:
            part = Entity(b"", fields, 0)
            self._leaf = _Leaf(part, self._search) if part.content_type.type in ("text", "") else None
        return ended + _redacted(fields, self._search).render() + separator + piece.octets[start:]

    def _end(self) -> bytes:
        leaf, self._leaf = self._leaf, None
        return b"" if leaf is None else leaf.finish()


class _Stage(Protocol):
    def feed(self, octets: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class Guarded:
    """A stage that takes a whole message, whose body it gets without the phrases; its header section as it came.

    Whoever rewrites the header section takes the phrases out of it with `without`.
    """

    def __init__(self, stage: _Stage, body_start: int, phrases: Iterable[str]) -> None:
        self._stage = stage
        self._left = body_start
        self._has_body = False
        self._redactor = Redactor(phrases)

    def feed(self, octets: bytes) -> bytes:
        """See the stage."""
        head, body = octets[: self._left], octets[self._left :]
        self._left -= len(head)
        # The redactor has to know what kind of body comes; without an empty line it holds the fields, Bcc among them.
        self._redactor.feed(head)
        self._has_body = self._has_body or body != b""
        clean = self._redactor.feed(body)
        return self._stage.feed(head + clean) if head or clean else b""

    def finish(self) -> bytes:
        """See the stage."""
        rest = self._redactor.finish() if self._has_body else b""
        return (self._stage.feed(rest) if rest else b"") + self._stage.finish()


def without(section: HeaderSection, phrases: Collection[str]) -> HeaderSection:
    """A header section without the phrases; every field without them keeps its octets."""
    return _redacted(section, _Search(phrases)) if phrases else section


# --- header fields -------------------------------------------------------------------------------------


def _redacted(section: HeaderSection, search: _Search) -> HeaderSection:
    """The section without the phrase in any field; every other field keeps its octets."""
    holding = {n for n, f in enumerate(section.fields) if len(f.octets) <= MOST_FIELD and search.find(f.text)}
    if not holding:
        return section
    return HeaderSection(tuple(_field(f, search) if n in holding else f for n, f in enumerate(section.fields)))


def _field(field: Field, search: _Search) -> Field:
    if not field.name:
        return Field(b"", b"")
    if field.name.lower() not in _STRUCTURED:
        return header.encode_text(field.name, search.replaced(field.text))
    # Structured: what is no encoded word stays where it is, since it may be an address.
    octets = _ENCODED_WORDS.sub(lambda run: _words(run.group(), search), field.octets)
    text = search.replaced(octets.decode("utf-8", "surrogateescape"), "***")
    return Field(field.name, text.encode("utf-8", "surrogateescape"))


def _words(run: bytes, search: _Search) -> bytes:
    text = decode_words(run.decode("ascii", "replace"))
    if search.find(text) is None:
        return run
    encoded = header.encode_text(b"X", search.replaced(text, "***")).octets
    return encoded.partition(b": ")[2].rstrip(b"\r\n")


# --- text leaves ---------------------------------------------------------------------------------------


class _Leaf:
    """One text leaf: held and searched whole, or in pieces that overlap."""

    def __init__(self, part: Entity, search: _Search) -> None:
        self._part = part
        self._search = search
        self._encoding = part.transfer_encoding
        self._held: list[bytes] = []
        self._size = 0
        self._streams = False

    def feed(self, octets: bytes) -> bytes:
        if self._streams and self._encoding == "base64":
            return octets
        self._held.append(octets)
        self._size += len(octets)
        if self._size <= HOLD:
            return b""
        held = b"".join(self._held)
        self._streams = True
        cut = len(held) if self._encoding == "base64" else self._cut(held)
        self._held = [held[cut:]]
        self._size = len(held) - cut
        return self._redacted(held[:cut]) if cut else b""

    def finish(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held if self._streams and self._encoding == "base64" else self._redacted(held)

    def _cut(self, held: bytes) -> int:
        """Where what is held may be cut so that no phrase is: at a line end, or where there is none for long, there."""
        whole = self._count(held)
        for back in range(OVERLAP, 4 * OVERLAP, OVERLAP):
            cut = held.rfind(b"\n", 0, len(held) - back) + 1
            if cut and (not whole or self._count(held[:cut]) + self._count(held[cut:]) == whole):
                return cut
        return len(held) - OVERLAP if self._size > 2 * HOLD else 0

    def _count(self, octets: bytes) -> int:
        text = self._text(octets)
        return self._search.count(_shown(text) if self._is_markup else text)

    @property
    def _is_markup(self) -> bool:
        return self._part.content_type.subtype == "html"

    def _text(self, octets: bytes) -> str:
        try:
            plain = Entity(octets, self._part.header, 0).decoded_body()
        except MalformedMessage:
            plain = octets
        return plain.decode(self._charset, "surrogateescape")

    @property
    def _charset(self) -> str:
        """A charset whose text can be written again octet for octet; the octets themselves where there is none."""
        name = self._part.content_type.params.get("charset", "utf-8")
        try:
            return name if codecs.lookup(name).name in _EXACT else "utf-8"
        except (LookupError, ValueError):
            return "utf-8"

    def _redacted(self, octets: bytes) -> bytes:
        text = self._text(octets)
        if not (self._search.find_in_markup(text) if self._is_markup else self._search.find(text)):
            return octets
        clean = self._search.in_markup(text) if self._is_markup else self._search.replaced(text)
        plain = clean.encode(self._charset, "surrogateescape")
        return _ENCODERS.get(self._encoding, _same)(plain, octets)


_EXACT = frozenset(
    ["utf-8", "ascii", "cp1252", "cp1251", "cp1250", "koi8-r", "koi8-u", "cp866", "utf-16", "utf-16-le", "utf-16-be"]
    + [f"iso8859-{n}" for n in range(1, 17)]
)


def _same(plain: bytes, _before: bytes) -> bytes:
    return plain


def _base64(plain: bytes, before: bytes) -> bytes:
    encoded = pybase64.encodebytes(plain).replace(b"\n", b"\r\n")
    return encoded if before.endswith(b"\n") else encoded.removesuffix(b"\r\n")


def _quoted_printable(plain: bytes, _before: bytes) -> bytes:
    """RFC 2045 §6.7, with CRLF as line end."""
    return binascii.b2a_qp(plain.replace(b"\r\n", b"\n"), istext=True).replace(b"\n", b"\r\n")


_ENCODERS: dict[str, Callable[[bytes, bytes], bytes]] = {"base64": _base64, "quoted-printable": _quoted_printable}

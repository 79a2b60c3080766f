"""What must not leave taken out of it: of text in every encoding, of header fields, of attached messages.

The law of this file: where neither a seal phrase nor the head line of our banner stands, no octet changes. They are
looked for as a person would read them, however a program has quoted, wrapped, marked up or encoded them. What is signed
or encrypted already is left alone: it cannot be searched, or could not be verified any more.
"""

import codecs
from collections.abc import Callable, Collection, Iterator
from typing import Protocol

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime import header, transfer, visible
from ithaca.mime.entity import Entity
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.searching import Search
from ithaca.mime.splitting import Kind, Piece, Splitter
from ithaca.mime.visible import View

INSTEAD = "[...]"
IN_STRUCTURED = "***"
"""Instead in a structured field, where a bracket begins a domain literal (RFC 5322 §3.4.1)."""
HOLD = 1 << 20
"""Octets of a leaf that are held to search it whole; a larger text is searched as it streams, and no larger message."""
OVERLAP = 1 << 13
"""Octets at the end of a piece that are searched again with the next; no phrase, however wrapped, is longer."""
MOST_DEPTH = 5
"""Encoded messages in one another."""

_STRUCTURED = frozenset(
    b"from to cc bcc sender reply-to mail-followup-to mail-reply-to followup-to date message-id in-reply-to references "
    b"mime-version content-type content-disposition content-transfer-encoding content-id received return-path "
    b"resent-from resent-to resent-cc resent-bcc resent-sender resent-reply-to resent-date resent-message-id "
    b"disposition-notification-to return-receipt-to errors-to autocrypt list-id dkim-signature".split()
)
_MESSAGES = frozenset({"message/rfc822", "message/global", "text/rfc822-headers"})
"""RFC 2046 §5.2.1, RFC 6532 §3.7, RFC 6522 §4."""


class Redactor:
    """Feed it a whole entity, from its header section on (CRLF lines); it gives the same without what must not leave.

    `phrases`: the seal phrases; the head line is taken out always. `depth`: encoded messages around it.
    """

    def __init__(self, phrases: Collection[str], depth: int = 0) -> None:
        self._phrases = phrases
        self._depth = depth
        self._in_fields = Search(phrases)
        self._in_texts = Search(phrases, heads=True)
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
            self._leaf = self._between()
            return ended + piece.octets
        section, separator, start = header.split_message(piece.octets)
        fields = HeaderSection.parse(section)
        self._leaf = self._leaf_of(Entity(b"", fields, 0)) if piece.is_leaf else self._between()
        clean = _redacted(fields, self._in_fields) if self._phrases else fields
        return ended + clean.render() + separator + piece.octets[start:]

    def _between(self) -> "_Leaf":
        """Text in front of the first part and behind the last one, which some programs show (RFC 2046 §5.1.1)."""
        return _Text(Entity(b"", HeaderSection(), 0), self._in_texts)

    def _leaf_of(self, part: Entity) -> "_Leaf | None":
        kind = part.content_type
        text = _Text(part, self._in_texts) if kind.type in ("text", "") else None
        is_file = kind.type != "multipart" and part.filename.lower().endswith(".eml")
        if self._depth == MOST_DEPTH or not (is_file or kind.media_type in _MESSAGES):
            return text
        inner = Redactor(self._phrases, self._depth + 1)
        return inner if part.transfer_encoding in ("7bit", "8bit", "binary") else _Message(part, inner, text)

    def _end(self) -> bytes:
        leaf, self._leaf = self._leaf, None
        return b"" if leaf is None else leaf.finish()


class _Stage(Protocol):
    def feed(self, octets: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class Guarded:
    """A stage that takes a whole message: its header section as it came, its body without what must not leave.

    Whoever rewrites the header section takes the phrases out of it with `without`.
    """

    def __init__(self, stage: _Stage, body_start: int, phrases: Collection[str]) -> None:
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
    return _redacted(section, Search(phrases)) if phrases else section


# --- header fields -------------------------------------------------------------------------------------


def _redacted(section: HeaderSection, search: Search) -> HeaderSection:
    """The section without the phrases in any field; every other field keeps its octets."""
    fields = tuple(_field(f, search) for f in section.fields)
    return section if fields == section.fields else HeaderSection(fields)


def _field(field: Field, search: Search) -> Field:
    name, colon, body = field.octets.partition(b":") if field.name else (b"", b"", field.octets)
    charset = _charset_of(body)
    text = body.decode(charset)
    is_text = field.name and field.name.lower() not in _STRUCTURED
    view, instead = (visible.UNSTRUCTURED, INSTEAD) if is_text else (visible.STRUCTURED, IN_STRUCTURED)
    places = search.places(view.shown(text))
    if not places:
        return field
    clean = visible.taken_out(text, view, places, instead)
    return Field(field.name, name + colon + clean.encode(charset))


def _charset_of(octets: bytes) -> str:
    """Of eight bits in a field: UTF-8 (RFC 6532 §3.2), or one in which every octet is a character."""
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


# --- leaves --------------------------------------------------------------------------------------------


class _Leaf(Protocol):
    def feed(self, octets: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class _Message:
    """A message in a transfer encoding: held and searched whole; a large one goes by as the text that it may be."""

    def __init__(self, part: Entity, inner: Redactor, text: _Leaf | None) -> None:
        self._part = part
        self._inner = inner
        self._text = text
        self._held = bytearray()
        self._streams = False

    def feed(self, octets: bytes) -> bytes:
        if not self._streams:
            self._held += octets
            if len(self._held) <= HOLD:
                return b""
            self._streams, octets = True, bytes(self._held)
        return octets if self._text is None else self._text.feed(octets)

    def finish(self) -> bytes:
        if self._streams:
            return b"" if self._text is None else self._text.finish()
        held = bytes(self._held)
        try:
            plain = _decoded(self._part, held)
        except MalformedMessage:
            return held
        clean = self._inner.feed(plain) + self._inner.finish()
        return held if clean == plain else _encoded(self._part, clean, held)


class _Text:
    """One text leaf: held and searched whole, or in pieces that overlap."""

    def __init__(self, part: Entity, search: Search) -> None:
        self._part = part
        self._search = search
        self._encoding = part.transfer_encoding
        self._view = _VIEWS.get(part.content_type.subtype, visible.AS_WRITTEN)
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
        texts = self._texts(octets)
        return sum(self._search.count(self._view.shown(text)) for text, _ in texts)

    def _texts(self, octets: bytes) -> Iterator[tuple[str, str]]:
        """(the text, the charset in which it is written again), in every way in which programs may read it."""
        try:
            plain = _decoded(self._part, octets)
        except MalformedMessage:
            plain = octets
        for charset in _charsets(self._part.content_type.params.get("charset", "utf-8"), plain):
            yield plain.decode(charset, "surrogateescape"), charset

    def _redacted(self, octets: bytes) -> bytes:
        if not octets:
            return octets
        for text, charset in self._texts(octets):
            clean = self._clean(text)
            if clean != text:
                return _encoded(self._part, clean.encode(charset, "surrogateescape"), octets)
        return octets

    def _clean(self, text: str) -> str:
        clean = _without(text, self._view, self._search)
        if self._view is visible.MARKUP and self._search.holds(clean):
            # A tag shows nothing by itself; but the description of a picture is shown, and a link followed.
            return visible.in_tags(clean, lambda tag: _without(tag, visible.AS_WRITTEN, self._search))
        return clean


def _without(text: str, view: View, search: Search) -> str:
    places = search.places(view.shown(text))
    return visible.taken_out(text, view, places, INSTEAD) if places else text


_VIEWS: dict[str, View] = {
    "html": visible.MARKUP,
    "x-amp-html": visible.MARKUP,
    "enriched": visible.MARKUP,
    "calendar": visible.FOLDED_LINES,
    "vcard": visible.FOLDED_LINES,
    "x-vcard": visible.FOLDED_LINES,
}
"""By subtype of text: how it is written, where it shows something else than what stands there."""


# --- octets and text -----------------------------------------------------------------------------------

_EVERYTHING = frozenset(
    ["utf-8", "ascii", "cp1252", "cp1251", "cp1250", "koi8-r", "koi8-u", "cp866"]
    + [f"iso8859-{n}" for n in range(1, 17)]
)
"""In which any octets can be read, and written again as the same, where escapes stand for what is no character."""


def _charsets(name: str, octets: bytes) -> tuple[str, ...]:
    """Those in which these octets are read: as they say, where that can be written again, and as UTF-8 or ASCII."""
    try:
        found = codecs.lookup(name).name
        if found in _EVERYTHING:
            return (name,)
        text = octets.decode(name)
        return (name, "utf-8") if text.encode(name).decode(name) == text else ("utf-8",)
    except (LookupError, ValueError, TypeError):
        return ("utf-8",)


def _decoded(part: Entity, octets: bytes) -> bytes:
    """Its body with the transfer encoding taken off. Raises `MalformedMessage`."""
    return Entity(octets, part.header, 0).decoded_body()


def _encoded(part: Entity, plain: bytes, before: bytes) -> bytes:
    """A body in the same transfer encoding; one that cannot be taken off was not."""
    write = _ENCODERS.get(part.transfer_encoding)
    return plain if write is None else write(plain, before)


def _base64(plain: bytes, before: bytes) -> bytes:
    encoded = pybase64.encodebytes(plain).replace(b"\n", b"\r\n")
    return encoded if before.endswith(b"\n") else encoded.removesuffix(b"\r\n")


def _quoted_printable(plain: bytes, _before: bytes) -> bytes:
    return transfer.quoted(plain)


_ENCODERS: dict[str, Callable[[bytes, bytes], bytes]] = {"base64": _base64, "quoted-printable": _quoted_printable}

"""What HTML, calendars and header fields show, and what of their source has to go so that it is shown no more.

The law of this file: what is taken out is gone, and nothing else is: tags stay, and of a token that holds more than
what is taken out (an encoded word, say) the rest is written again in the same form. Linear in the source.
"""

import codecs
import html
import re
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ithaca.address import decode_words
from ithaca.mime import header

Span = tuple[int, int]
"""(start, end) in a text."""

MOST_DECODED = 1 << 16
"""Octets of a field whose encoded words are looked into; to decode very many of them takes long."""
BREAKING = frozenset(
    "p div br tr td th li ul ol dl dt dd table body html blockquote pre hr h1 h2 h3 h4 h5 h6".split()  # noqa: SIM905
)
"""Tags behind which a new line begins."""

_TAG_OR_CHARACTER = re.compile(
    r"<([!/?a-zA-Z][a-zA-Z0-9]{0,20})[^<>]{0,2000}>|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31});"
)
_FOLD_OR_NEWLINE = re.compile(r"\r?\n[ \t]|\\[nN]")
_IN_FIELD = re.compile(
    r"(?P<words>=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*\?=(?:\s+=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*\?=)*)"
    r"|(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<continued>\"?\s{0,20};\s*[!#$&+.^_`|~0-9A-Za-z-]{1,60}\*[1-9][0-9]{0,2}\*?=\"?)"
    r"|\\(?P<quoted>[^\r\n])"
    r'|(?P<special>["(),;<>])'
)
_SIGNS = ("=?", "%", "*", "\\")
"""One of them stands in every token that shows something else than itself."""
_SPECIALS = frozenset('"(),;<>')
"""RFC 5322 §3.2.3: what stays, lest a name or a comment is left open."""
_CHARSET = re.compile(r"=\s{0,20}([0-9A-Za-z_.:-]{1,40})'[0-9A-Za-z-]{0,40}'")


@dataclass(frozen=True, slots=True)
class Token:
    """Some of a source that shows something else than what is written there."""

    start: int
    end: int
    shows: str
    write: Callable[[str], str] | None = None
    """Writes what is left of what it shows when some of it is taken out; None: it always stays as it is."""
    gap: str = ""
    """Stands between what is left of it and anything else."""


@dataclass(frozen=True, slots=True)
class View:
    """One way in which a source is read."""

    tokens: Callable[[str], Iterable[Token]]
    shown: Callable[[str], str]
    """What a source shows: itself, with what the tokens show in their places."""


def taken_out(source: str, view: View, spans: Sequence[Span], instead: str) -> str:
    """The source, with `instead` in place of what stands at `spans` of what it shows (sorted, none over another)."""
    out: list[str] = []
    at, which = 0, 0
    for token in _whole(source, view.tokens(source)):
        stop = at + len(token.shows)
        # Text that is left and what stands instead of the rest, in turn; whether the beginning is gone.
        pieces, first, is_headless = list[str](), at, which < len(spans) and spans[which][0] < at
        is_cut = is_headless
        while which < len(spans) and spans[which][0] < stop:
            start, end = spans[which]
            is_cut = True
            if start >= at:
                pieces += [token.shows[first - at : start - at], instead]
            first = min(end, stop)
            if end > stop:
                break
            which += 1
        if is_cut and token.write is not None:
            out.append(_left(token, token.write, [*pieces, token.shows[first - at :]], is_headless))
        else:
            out.append(source[token.start : token.end])
        at = stop
    return "".join(out)


def _left(token: Token, write: Callable[[str], str], pieces: list[str], is_headless: bool) -> str:
    written = [piece if n % 2 else write(piece) if piece else "" for n, piece in enumerate(pieces)]
    return (token.gap if is_headless and written[0] else "") + token.gap.join(filter(None, written))


def _whole(source: str, tokens: Iterable[Token]) -> Iterator[Token]:
    """The tokens, and what stands between them as tokens that show themselves."""
    at = 0
    for token in tokens:
        if at < token.start:
            yield Token(at, token.start, source[at : token.start], _itself)
        yield token
        at = token.end
    if at < len(source):
        yield Token(at, len(source), source[at:], _itself)


def _itself(text: str) -> str:
    return text


def _no_tokens(_source: str) -> tuple[()]:
    return ()


AS_WRITTEN = View(_no_tokens, _itself)
"""What is written is what is shown."""


# --- HTML ----------------------------------------------------------------------------------------------


def _markup(source: str) -> Iterator[Token]:
    for found in _TAG_OR_CHARACTER.finditer(source):
        yield Token(*found.span(), _shown_of(found), _itself if found.group(1) is None else None)


def _shown_of(found: re.Match[str]) -> str:
    name = found.group(1)
    if name is None:
        return html.unescape(found.group())
    return "\n" if name.strip("/").lower() in BREAKING else ""


def _shown_of_markup(source: str) -> str:
    return _TAG_OR_CHARACTER.sub(_shown_of, source)


MARKUP = View(_markup, _shown_of_markup)
"""HTML: tags, and characters by name or number."""


def in_tags(source: str, change: Callable[[str], str]) -> str:
    """HTML in which every tag was changed."""
    return _TAG_OR_CHARACTER.sub(lambda found: change(found.group()) if found.group(1) else found.group(), source)


# --- calendars -----------------------------------------------------------------------------------------


def _folded_lines(source: str) -> Iterator[Token]:
    for found in _FOLD_OR_NEWLINE.finditer(source):
        yield Token(*found.span(), _unfolded(found), _itself)


def _unfolded(found: re.Match[str]) -> str:
    return "\n" if found.group().startswith("\\") else ""


def _shown_of_lines(source: str) -> str:
    return _FOLD_OR_NEWLINE.sub(_unfolded, source)


FOLDED_LINES = View(_folded_lines, _shown_of_lines)
"""Lines folded in the middle of a word as well, and line ends in a value (RFC 5545 §3.1, §3.3.11)."""


# --- header fields -------------------------------------------------------------------------------------


def _field(source: str) -> Iterator[Token]:
    """Of a structured field."""
    if len(source) > MOST_DECODED:
        return
    charset, at, pending = _charset(source), 0, b""
    for found in _IN_FIELD.finditer(source):
        kind, (start, end) = found.lastgroup, found.span()
        pending = pending if start == at else b""
        if kind == "words":
            yield Token(start, end, decode_words(found.group()), _encoded_words, " ")
        elif kind == "percent":
            shows, pending = _from_percent(pending + urllib.parse.unquote_to_bytes(found.group()), charset)
            yield Token(start, end, shows, _to_percent(charset))
        elif kind == "quoted":
            yield Token(start, end, found.group("quoted"), _quoted_pair)
        else:
            # What the grammar of the field needs stays; the beginning of another piece shows nothing.
            yield Token(start, end, found.group("special") or "")
        at = end


def _shown_of_field(source: str) -> str:
    if not any(sign in source for sign in _SIGNS):
        return source
    out, at = [], 0
    for token in _field(source):
        out += [source[at : token.start], token.shows]
        at = token.end
    return "".join((*out, source[at:]))


def _text(source: str) -> Iterator[Token]:
    """Of an unstructured one, where no character has a meaning of its own."""
    return (token for token in _field(source) if token.shows not in _SPECIALS or token.write is not None)


STRUCTURED = View(_field, _shown_of_field)
"""A field body: encoded words (RFC 2047), quoted pairs (RFC 5322 §3.2.1), parameters in pieces (RFC 2231)."""
UNSTRUCTURED = View(_text, _shown_of_field)
"""The same of a field that is text; but some that nobody knows are structured after all."""


def _encoded_words(text: str) -> str:
    return header.encoded_words(text).replace("\n", "\r\n") if text.strip() else ""


def _quoted_pair(text: str) -> str:
    return "\\" + text


def _charset(source: str) -> str:
    """Of the parameters (RFC 2231 §4)."""
    found = _CHARSET.search(source)
    try:
        return found.group(1) if found and "x".encode(found.group(1)) == b"x" else "utf-8"
    except (LookupError, ValueError):
        return "utf-8"


def _from_percent(octets: bytes, charset: str) -> tuple[str, bytes]:
    """(the text, the beginning of a character that the next piece completes)."""
    try:
        decoder = codecs.getincrementaldecoder(charset)()
        return decoder.decode(octets), decoder.getstate()[0]
    except (LookupError, ValueError):
        return octets.decode("latin-1"), b""


def _to_percent(charset: str) -> Callable[[str], str]:
    def write(text: str) -> str:
        try:
            octets = text.encode(charset)
        except ValueError:
            octets = text.encode("latin-1", "replace")
        return "".join(f"%{octet:02X}" for octet in octets)

    return write

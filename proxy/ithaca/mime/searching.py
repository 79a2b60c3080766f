"""What must not leave, looked for in text: the seal phrases of our people, and the head line of our banner.

The law of this file: text is compared as a person reads it, without case, accents, forms of one letter and what nobody
sees, and whatever a program has put between two words of it. Every place that is given is one of the text as it came.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

from ithaca.mime.banner import HEAD_WORDS
from ithaca.mime.visible import Span

_MOST_FOLDED = 1 << 13
"""Characters whose folded form is kept; nobody writes with more."""
_BETWEEN = r"(?:%[0-9A-Fa-f]{2}|[\W_]){0,200}"
"""Between two words of a phrase: blanks, line ends, quote marks, rules, what a URL writes for a blank."""
_BETWEEN_HEAD = r"[\s>|]{1,40}"
"""Between two words of the head line: blanks and quote marks alone, since a person writes these words as well."""
_RULE = re.compile(r"={2,}\s{0,20}\Z")
_NO_ASCII = re.compile(r"[^\x00-\x7f]+")
_WORD = re.compile(r"[^\W_]")
_MOST_BEFORE = 400
"""Characters in front of a head line on its line: quote marks, however deep, and signs."""


def folded(text: str) -> str:
    """A text in which equal is what a person reads as equal: without case, marks on letters, and what nobody sees.

    Full case folding of the compatibility decomposition (UAX #15, Unicode §3.13), then without combining marks and
    format characters. Character by character: `folded(a + b) == folded(a) + folded(b)`.
    """
    return (text if text.isascii() else _NO_ASCII.sub(_without_ascii, text)).lower()


def _without_ascii(run: re.Match[str]) -> str:
    return run.group().translate(_FOLDED)


class _Folded(dict[int, str]):
    """By code point; a table for `str.translate` that fills itself."""

    def __missing__(self, code: int) -> str:
        found = _character(chr(code))
        if len(self) < _MOST_FOLDED:
            self[code] = found
        return found


_FOLDED = _Folded()


def _character(character: str) -> str:
    once = unicodedata.normalize("NFKD", character).casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", once) if not _is_unseen(c))


def _is_unseen(character: str) -> bool:
    return unicodedata.combining(character) != 0 or unicodedata.category(character) in ("Mn", "Me", "Cf")


class Search:
    """Some phrases, and the head line of a banner where `heads` says so; a text without them is passed over fast."""

    def __init__(self, phrases: Iterable[str], *, heads: bool = False) -> None:
        words = [found for phrase in phrases if (found := folded(phrase).split())]
        self._phrases = [(some[0], re.compile(_BETWEEN.join(map(re.escape, some)))) for some in words]
        self._heads = heads

    def holds(self, text: str) -> bool:
        """Does the text hold any of it?"""
        return bool(self._spans(folded(text)))

    def count(self, text: str) -> int:
        """How often it does."""
        return len(self._spans(folded(text)))

    def places(self, text: str) -> list[Span]:
        """Where it does, from the front; no two of them overlap."""
        spans = self._spans(folded(text))
        if not spans or text.isascii():
            return spans
        at = [n for n, character in enumerate(text) for _ in folded(character)]
        return _joined((at[start], _with_marks(text, at[end - 1] + 1)) for start, end in spans)

    def _spans(self, text: str) -> list[Span]:
        spans = [m.span() for first, pattern in self._phrases if first in text for m in pattern.finditer(text)]
        if self._heads and _HEAD_FIRST in text:
            spans += [m.span() for m in _HEAD.finditer(text) if _is_head(text, m.start())]
        return _joined(sorted(spans)) if len(spans) > 1 else spans


def finder(phrase: str) -> Callable[[str], bool]:
    """Does a text hold the phrase? For text that was decoded, and rid of its tags."""
    return Search((phrase,)).holds


def _with_marks(text: str, end: int) -> int:
    """Behind the marks that stand on the last letter."""
    while end < len(text) and not folded(text[end]):
        end += 1
    return end


def _joined(spans: Iterable[Span]) -> list[Span]:
    out: list[Span] = []
    for start, end in spans:
        if out and start < out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        else:
            out.append((start, end))
    return out


# --- the head line -------------------------------------------------------------------------------------

_HEAD_FIRST = folded(HEAD_WORDS).split()[0]
_HEAD = re.compile(_BETWEEN_HEAD.join(map(re.escape, folded(HEAD_WORDS).split())) + r"(?![^\W_])")


def _is_head(text: str, start: int) -> bool:
    """Do its words begin a line, or stand behind a rule? In the middle of a sentence they are nobody's banner."""
    before = text[max(0, start - _MOST_BEFORE) : start]
    line = before[before.rfind("\n") + 1 :]
    return _WORD.search(line) is None or _RULE.search(before) is not None

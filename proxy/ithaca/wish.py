"""What the sender asked for one message: tags in the Subject, or the field ``Ithaca-Wish:``.

The law of this file: what strengthens counts anywhere; what weakens only at the very start, where no reply puts a
foreign Subject. A Subject without a tag stays octet for octet. What a stranger wrote never becomes a wish: in incoming
Subjects one character of each tag is changed, in every form in which a mail program might hand it back.
"""

import base64
import binascii
import dataclasses
import enum
import quopri
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ithaca.mime import header
from ithaca.mime.header import Field, HeaderSection

FIELD = b"Ithaca-Wish"
MOST_SUBJECT = 16_384
"""Octets of a Subject in which tags are looked for on the way out; no person writes more."""
_CODE = r"\d{4,8}"


@dataclass(frozen=True, slots=True)
class Names:
    """What the tags are called, in lower case."""

    encrypt: str = "encrypt"
    clear: str = "clear"
    sign: str = "sign"
    nosign: str = "nosign"

    def all(self) -> tuple[str, ...]:
        """The four."""
        return self.encrypt, self.clear, self.sign, self.nosign


NAMES = Names()


class Place(enum.Enum):
    """Where a wish stands."""

    SUBJECT = "subject"
    FIELD = "ithaca-wish"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked; nothing, unless said."""

    encrypt: bool = False
    clear: bool = False
    sign: bool = False
    nosign: bool = False
    code: str | None = None
    """The number that stands behind the tag: it overrides one refusal."""
    stands: frozenset[tuple[str, Place]] = dataclasses.field(default=frozenset(), compare=False)
    """What was asked (the name of the attribute here), and where it stands."""

    @property
    def is_none(self) -> bool:
        """Nothing was asked."""
        return self == Wish()

    def places(self, asked: str) -> frozenset[Place]:
        """Where it is asked; `asked`: the name of the attribute."""
        return frozenset(place for what, place in self.stands if what == asked)


# --- outgoing ----------------------------------------------------------------------------------------


def read(section: HeaderSection, names: Names = NAMES) -> Wish:
    """What the header section of an outgoing message asks."""
    strong, weak = set[tuple[str, Place]](), set[tuple[str, Place]]()
    codes: list[str] = []
    for field in section.get_all(b"Subject"):
        text = decoded(field.octets.partition(b":")[2])
        strong.update((m.group(1).lower(), Place.SUBJECT) for m in _tags(names).finditer(text))
        for name, code in _leading(text, names):
            weak.add((name, Place.SUBJECT))
            codes += [code] if code else []
    for field in section.get_all(FIELD):
        words = re.split(r"[\s,;]+", field.value.decode("ascii", "replace").lower())
        strong.update((word, Place.FIELD) for word in words)
        weak.update((word, Place.FIELD) for word in words)
        codes += [word for word in words if re.fullmatch(_CODE, word)]
    said = {"encrypt": (names.encrypt, strong), "clear": (names.clear, weak)}
    said |= {"sign": (names.sign, strong), "nosign": (names.nosign, weak)}
    stands = frozenset((asked, p) for asked, (tag, found) in said.items() for name, p in found if name == tag)
    asked = {what for what, _ in stands}
    return Wish(
        encrypt="encrypt" in asked,
        clear="clear" in asked,
        sign="sign" in asked,
        nosign="nosign" in asked,
        code=codes[0] if codes else None,
        stands=stands,
    )


def removed(section: HeaderSection, names: Names = NAMES) -> HeaderSection:
    """The section without the wish: no ``Ithaca-Wish``, and no tag that counted in a Subject."""
    fields = (_without_tags(f, names) if f.named(b"Subject") else f for f in section.fields if not f.named(FIELD))
    return HeaderSection(tuple(fields))


@lru_cache(maxsize=8)
def _tags(names: Names) -> "re.Pattern[str]":
    words = "|".join(map(re.escape, sorted(names.all(), key=len, reverse=True)))
    return re.compile(rf"\[\s*({words})(?:\s+({_CODE}))?\s*\]", re.IGNORECASE)


def _leading(text: str, names: Names) -> list[tuple[str, str | None]]:
    """(name, code) of the tags at the very start, one behind the other."""
    found: list[tuple[str, str | None]] = []
    rest = text.lstrip()
    while (tag := _tags(names).match(rest)) is not None:
        found.append((tag.group(1).lower(), tag.group(2)))
        rest = rest[tag.end() :].lstrip()
    return found


def _without_tags(field: Field, names: Names) -> Field:
    name, colon, octets = field.octets.partition(b":")
    text = decoded(octets)
    if _tags(names).search(text) is None:
        return field
    strengthening = {names.encrypt, names.sign}
    for _ in _leading(text, names):
        text = _tags(names).sub("", text, count=1).lstrip()
    text = _tags(names).sub(lambda m: "" if m.group(1).lower() in strengthening else m.group(), text)
    text = re.sub(r"\s+", " ", text).strip()
    line = b" " + text.encode("utf-8", "surrogateescape")
    if b"=?" in octets or len(name + colon + line) > 200:
        return header.encode_text(field.name, text)
    return Field(field.name, name + colon + line + b"\r\n")


# --- incoming ----------------------------------------------------------------------------------------


def neutralised(section: HeaderSection, names: Names = NAMES) -> HeaderSection:
    """The section with Subjects that, answered or sent on, wish nothing; every other octet stays as it is."""
    if all(not f.named(b"Subject") or _harmless(f, names) is f for f in section.fields):
        return section
    return HeaderSection(tuple(_harmless(f, names) if f.named(b"Subject") else f for f in section.fields))


def _harmless(field: Field, names: Names) -> Field:
    name, colon, octets = field.octets.partition(b":")
    plain = octets.decode("utf-8", "surrogateescape")
    altered = _altered(plain, names)
    if b"=?" in octets:
        # Whole: what is past a limit here may be before it once a mail program has written it anew.
        text = decoded(octets, len(octets))
        shown = _altered(text, names)
        if shown != text:
            return header.encode_text(field.name, shown.encode("utf-8", "replace").decode())
    if altered == plain:
        return field
    return Field(field.name, name + colon + altered.encode("utf-8", "surrogateescape"))


def _altered(text: str, names: Names) -> str:
    """The text with the bracket that opens a tag made round, however the tag is spelled."""
    if text.isascii() and "\0" not in text:
        return _tags(names).sub(lambda m: "(" + m.group()[1:], text)
    folded: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        # What stands for another character, or for none at all: full-width letters, soft hyphens, joiners, marks.
        for piece in unicodedata.normalize("NFKC", char):
            if unicodedata.category(piece) not in ("Cf", "Mn", "Me") and piece != "\0":
                folded.append(piece)
                origin.append(at)
    starts = {origin[m.start()] for m in _tags(names).finditer("".join(folded))}
    if not starts:
        return text
    return "".join("(" if at in starts else char for at, char in enumerate(text))


# --- encoded words -----------------------------------------------------------------------------------

_WORD = re.compile(r"=\?([^?\s]+)\?([bq])\?([^?]*)\?=", re.IGNORECASE)
_BETWEEN = re.compile(r"(\?=)\s+(?==\?[^?\s]+\?[bq]\?)", re.IGNORECASE)


def decoded(octets: bytes, most: int = MOST_SUBJECT) -> str:
    """A field body as any mail program might show it: unfolded, each encoded word read by itself (RFC 2047).

    Unlike `Field.text` one word that cannot be read hides no other. Never raises.
    """
    text = octets[:most].decode("utf-8", "surrogateescape").replace("\r\n", "").replace("\n", "")
    if "=?" not in text:
        return text.strip()
    return _WORD.sub(_word, _BETWEEN.sub(r"\1", text)).strip()


def _word(found: "re.Match[str]") -> str:
    charset, encoding, text = found.groups()
    raw = text.encode("utf-8", "surrogateescape")
    try:
        if encoding.lower() == "b":
            raw = base64.b64decode(raw + b"=" * (-len(raw) % 4))
        else:
            raw = quopri.decodestring(raw, header=True)
        # RFC 2231 §5: a language may stand behind the charset.
        return raw.decode(charset.partition("*")[0], "replace")
    except (binascii.Error, LookupError, ValueError):
        return raw.decode("latin-1")

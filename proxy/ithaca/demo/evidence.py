"""What a message shows: to somebody without keys who takes every encoding off, and to the person it is for.

The law of this file: it only reads, and whatever it searches for it would find in a clear letter; a search that can
find nothing proves nothing.
"""

import binascii
import quopri
from dataclasses import dataclass

from ithaca.errors import MalformedMessage
from ithaca.mime import banner as banners
from ithaca.mime import entity, header
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection

WORDS = 4
"""Words of a phrase: fewer stand in any letter by chance ("Ulysses" stands in From)."""
SHORTEST = 12
"""Octets of a phrase or a piece: fifteen characters of base64, which stand nowhere by chance."""
PIECE = 48
"""Octets of a piece of a picture."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that must be so, in words for a person."""

    text: str
    holds: bool


class Reading:
    """One message as anybody can read it on its way: as it is, and with every transfer encoding taken off."""

    def __init__(self, message: bytes) -> None:
        # Base64 is broken into lines wherever the writer liked, quoted-printable by "=" and a line end, which is LF
        # alone where a server keeps mail in files.
        self._joined = message.replace(b"\r", b"").replace(b"\n", b"")
        section = HeaderSection.parse(header.split_message(message)[0])
        fields = "\n".join(field.text for field in section.fields).encode("utf-8", "replace")
        self._plain = (message, self._joined, quopri.decodestring(message), fields)

    def shows(self, secret: bytes) -> bool:
        """Can these octets be read in it?"""
        in_base64 = any(form in self._joined for form in _base64_forms(secret))
        return in_base64 or any(secret in reading for reading in self._plain)


def phrases(text: str) -> tuple[bytes, ...]:
    """Every `WORDS` words of the text that stand in one line; of a shorter line all of it."""
    found = []
    for line in text.splitlines():
        words = line.split(" ")
        starts = range(max(1, len(words) - WORDS + 1))
        found += [" ".join(words[at : at + WORDS]).encode() for at in starts]
    return tuple(phrase for phrase in found if len(phrase) >= SHORTEST)


def pieces(octets: bytes) -> tuple[bytes, ...]:
    """The octets, cut; a rest that is too short to search for left out."""
    cut = (octets[at : at + PIECE] for at in range(0, len(octets), PIECE))
    return tuple(piece for piece in cut if len(piece) >= SHORTEST)


def _base64_forms(secret: bytes) -> tuple[bytes, ...]:
    """What stands for it in base64 at each of the three alignments: those characters that it alone determines."""
    forms = []
    for shift in range(3):
        encoded = binascii.b2a_base64(bytes(shift) + secret, newline=False)
        # A character is six bits: the first that begins inside the secret, the last that ends there.
        forms.append(encoded[-(-8 * shift // 6) : 8 * (shift + len(secret)) // 6])
    return tuple(forms)


# --- what a mail program shows -----------------------------------------------------------------------


def body(message: bytes) -> bytes:
    """The octets behind the empty line."""
    return message[header.split_message(message)[2] :]


def text_of(message: bytes, name: bytes) -> str:
    """A header field for a person; empty where there is none."""
    field = entity.parse(message).header.first(name)
    return "" if field is None else field.text


def letter(message: bytes) -> bytes:
    """The letter behind the banner, as an entity; the message itself where there is none."""
    found = banners.unwrap(entity.parse(message))
    return message if found is None else found.content.octets


def banner(message: bytes) -> str:
    """What stands in front of a letter, in one line; empty where there is nothing."""
    found = banners.unwrap(entity.parse(message))
    return "" if found is None else " ".join(found.text.split())


def pictures(message: bytes) -> tuple[bytes, ...]:
    """The pictures attached to it, decoded."""
    return tuple(part.decoded_body() for part in _parts(letter(message)) if part.content_type.type == "image")


def is_sealed(message: bytes) -> bool:
    """Is it PGP/MIME encrypted (RFC 3156 §4), its subject hidden (RFC 9788)?"""
    kind = entity.parse(message).content_type.media_type
    return kind == "multipart/encrypted" and text_of(message, b"Subject") == "[...]"


def verdict(message: bytes) -> dict[str, str]:
    """The pairs of its ``Ithaca-Verdict:`` (docs/verdict.md); empty where there is not exactly one such field."""
    fields = entity.parse(message).header.get_all(b"Ithaca-Verdict")
    pairs = fields[0].text.split(";") if len(fields) == 1 else []
    found: dict[str, str] = {}
    for pair in pairs:
        name, _, value = pair.strip().partition("=")
        # The first counts: a quoted reason, which stands last, may hold a semicolon.
        found.setdefault(name, value)
    return found


def says(message: bytes, **pairs: str) -> bool:
    """Does its verdict say all of this? ``from_`` stands for ``from``."""
    found = verdict(message)
    return all(found.get(name.rstrip("_")) == value for name, value in pairs.items())


def altered(message: bytes) -> bytes:
    """The message with one character of base64 changed, in the middle of its armor (of its lines, without armor)."""
    start = max(0, message.find(b"-----BEGIN PGP MESSAGE-----"))
    # The first character of a line is data; near the end there may be padding, or a line end.
    at = message.index(b"\r\n", (start + len(message)) // 2) + 2
    return message[:at] + (b"B" if message[at : at + 1] == b"A" else b"A") + message[at + 1 :]


def _parts(message: bytes) -> tuple[Entity, ...]:
    """The parts of a mixed message; none of any other."""
    try:
        return entity.parse(message).parts()
    except MalformedMessage:
        return ()

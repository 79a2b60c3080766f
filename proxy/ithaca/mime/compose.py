"""An entity made safe for seven-bit transport before it is signed (RFC 3156 §3), leaf by leaf, as it streams by.

The law of this file: a leaf that is safe keeps every octet, and so does everything else that can. What must be
recoded keeps its decoded content; what cannot be recoded is refused, never altered in silence. Nothing inside of what
is signed or encrypted already is recoded: that would break it.
"""

import re
from collections.abc import Iterable

from ithaca.errors import MalformedMessage
from ithaca.mime.entity import Entity
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.scanning import MOST_HEADER, Boundary, Content, Event, Holds, Scanner, Section
from ithaca.mime.transfer import Base64, Encoder, QuotedPrintable

HOLD = 1 << 20
"""Octets of a leaf that are held to choose its encoding; a larger one is recoded unseen."""
MOST_LINE = 998
"""RFC 5322 §2.1.1."""

_FOREIGN = re.compile(rb"[\x80-\xff\0]|\r(?!\n)|(?<!\r)\n|[^\r\n]{%d}" % (MOST_LINE + 1))
"""What seven-bit transport has no room for: eight bits, NUL, a lone CR or LF, a long line."""
_DELICATE = re.compile(rb"[ \t](?:\r\n|\Z)|(?:\A|\n)From ")
"""What some programs on the way alter: blanks at the end of a line, and ``From`` at the start of one."""
_TRAILING = re.compile(rb"(?<![ \t])[ \t]+(?=\r\n)")
_BLANK_LINE = re.compile(rb"(?:\A|(?<=\n))[ \t]+\r\n")
_SEALED = ("multipart/signed", "multipart/encrypted")


def is_safe(octets: bytes) -> bool:
    """Seven bits, CRLF alone, no NUL, no long line, no blank before a line end, no line that begins with ``From ``."""
    return _DELICATE.search(octets) is None and _FOREIGN.search(octets) is None


class SevenBit:
    """Feed it a whole entity, from its header section on (CRLF lines); it gives the safe form."""

    def __init__(self) -> None:
        self._scanner = Scanner()
        self._body: _Body = _Between()
        self._is_root = True
        self._sealed: int | None = None
        """Multiparts that are open around what is signed or encrypted already."""

    def feed(self, octets: bytes) -> bytes:
        """The next octets. Raises `MalformedMessage`."""
        return self._made(self._scanner.feed(octets))

    def finish(self) -> bytes:
        """The rest, after the last octet. Raises `MalformedMessage`."""
        return self._made(self._scanner.finish()) + self._body.finish()

    def _made(self, events: Iterable[Event]) -> bytes:
        return b"".join(self._next(event) for event in events)

    def _next(self, event: Event) -> bytes:
        if isinstance(event, Content):
            return self._body.feed(event.octets)
        done = self._body.finish()
        return done + (self._section(event) if isinstance(event, Section) else self._boundary(event))

    def _boundary(self, event: Boundary) -> bytes:
        self._body = _Between()
        untouched = self._sealed is not None
        if self._sealed is not None and event.depth < self._sealed:
            self._sealed = None
        if untouched:
            return event.before + event.line
        return event.before + event.line.rstrip(b" \t\r\n") + b"\r\n" * event.line.endswith(b"\n")

    def _section(self, event: Section) -> bytes:
        if len(event.octets) > MOST_HEADER:
            raise MalformedMessage("a part has a header section that is too long.")
        if not event.empty and event.depth and event.octets:
            raise MalformedMessage("a part ends in its header section.")
        _check(event.octets, is_root=self._is_root)
        self._is_root = False
        if self._sealed is not None:
            self._body = _Untouched()
            return event.octets + event.empty
        octets = _trimmed(event.octets)
        part = Entity(b"", HeaderSection.parse(octets), 0)
        if event.holds is Holds.CONTENT:
            self._body = _Leaf(part, octets + event.empty)
            return b""
        self._body = _Between()
        if part.content_type.media_type in _SEALED:
            self._body, self._sealed = _Untouched(), event.depth
        # RFC 2045 §6.4: of what holds entities the encoding only says which octets are in there.
        return octets + event.empty if part.transfer_encoding == "7bit" else _with_encoding(part.header, "7bit")


def _check(section: bytes, *, is_root: bool) -> None:
    # The root's own fields stand outside as well: a path that carries them carries the copy.
    if (not is_root and not section.isascii()) or b"\0" in section:
        raise MalformedMessage("the header section of a part is not in ASCII.")
    if any(len(line) > MOST_LINE + 1 for line in section.split(b"\n")):
        raise MalformedMessage("a header field has a line that is too long.")


def _trimmed(section: bytes) -> bytes:
    """Without blanks at line ends; a folded line of nothing else goes as a whole, or it would end the section."""
    return _TRAILING.sub(b"", _BLANK_LINE.sub(b"", section))


def _with_encoding(section: HeaderSection, encoding: str) -> bytes:
    """The header section with another Content-Transfer-Encoding, and the empty line."""
    field = Field(b"Content-Transfer-Encoding", b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n")
    kept = section.without(lambda name: name.lower() == b"content-transfer-encoding")
    return kept.with_last([field]).render() + b"\r\n"


# --- bodies ------------------------------------------------------------------------------------------


class _Body:
    """What stands between two header sections or boundary lines."""

    def feed(self, octets: bytes) -> bytes:
        raise NotImplementedError

    def finish(self) -> bytes:
        return b""


class _Lines(_Body):
    """Whole lines at a time: a check must not depend on where the pieces are cut."""

    _most = MOST_HEADER

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        data = self._held + octets
        cut = data.rfind(b"\n") + 1
        if len(data) - cut > self._most:
            raise MalformedMessage("a part has a line that is too long.")
        self._held = data[cut:]
        return self._checked(data[:cut])

    def finish(self) -> bytes:
        held, self._held = self._held, b""
        return self._checked(held)

    def _checked(self, octets: bytes) -> bytes:
        raise NotImplementedError


class _Between(_Lines):
    """Before the first part and behind the last: readers ignore it (RFC 2046 §5.1.1), but it is signed."""

    def _checked(self, octets: bytes) -> bytes:
        text = _TRAILING.sub(b"", octets)
        text = text if text.endswith(b"\n") else text.rstrip(b" \t")
        if _FOREIGN.search(text):
            raise MalformedMessage("there is text outside its parts that is not plain ASCII.")
        return text


class _Untouched(_Lines):
    """Of what is signed or encrypted already."""

    def _checked(self, octets: bytes) -> bytes:
        if _FOREIGN.search(octets):
            raise MalformedMessage("a part that is signed already is not plain ASCII.")
        return octets


class _Guarded(_Lines):
    """Encoded already, and too large to be looked at before it goes: passes, unless it turns out not to be safe."""

    def _checked(self, octets: bytes) -> bytes:
        if not is_safe(octets):
            raise MalformedMessage("a part is not what its transfer encoding says.")
        return octets


class _Leaf(_Body):
    """One leaf: held until its encoding is chosen, then streamed."""

    def __init__(self, part: Entity, head: bytes) -> None:
        self._part = part
        self._head = head
        self._held: list[bytes] = []
        self._count = 0
        self._rest: _Guarded | Encoder | None = None

    def feed(self, octets: bytes) -> bytes:
        if self._rest is not None:
            return self._rest.feed(octets)
        self._held.append(octets)
        self._count += len(octets)
        return self._choose_unseen() if self._count > HOLD else b""

    def finish(self) -> bytes:
        if self._rest is None:
            return self._choose_whole()
        return self._rest.finish()

    def _choose_unseen(self) -> bytes:
        body = b"".join(self._held)
        self._held = []
        if self._part.transfer_encoding in ("base64", "quoted-printable"):
            self._rest = _Guarded()
            return self._head + self._rest.feed(body)
        if self._part.transfer_encoding not in ("7bit", "8bit", "binary"):
            raise MalformedMessage("a large part has a transfer encoding that is not known.")
        self._must_be_recodable()
        text = self._part.content_type.type == "text"
        self._rest = QuotedPrintable() if text else Base64()
        return _with_encoding(self._part.header, self._rest.name) + self._rest.feed(body)

    def _choose_whole(self) -> bytes:
        body = b"".join(self._held)
        self._held = []
        if is_safe(body):
            return self._head + body
        try:
            plain = Entity(body, self._part.header, 0).decoded_body()
        except MalformedMessage as error:
            raise MalformedMessage("a part is not what its transfer encoding says.") from error
        self._must_be_recodable()
        encoders: list[Encoder] = [Base64()]
        if self._part.content_type.type == "text" and self._part.transfer_encoding != "base64":
            encoders.append(QuotedPrintable())
        forms = [(one.name, one.feed(plain) + one.finish()) for one in encoders]
        name, octets = min(forms, key=lambda form: len(form[1]))
        return _with_encoding(self._part.header, name) + octets

    def _must_be_recodable(self) -> None:
        # RFC 2046 §5.2: the message types may not be encoded, save those of RFC 6532 §3.7; nor multiparts (RFC 2045
        # §6.4).
        kind = self._part.content_type
        if kind.type == "multipart" or (kind.type == "message" and not kind.subtype.startswith("global")):
            raise MalformedMessage("a part that may not be recoded is not plain ASCII.")

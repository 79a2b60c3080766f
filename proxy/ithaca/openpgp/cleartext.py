"""The cleartext signature framework (RFC 9580 §7): text that is read as it stands, and the signatures under it.

The law of this file: what is shown is what was hashed, line by line. Nothing stands between the first and the last line
of the framework but a header that says nothing, the text, and one block of armor; what stands outside is named by its
offsets. Whatever could be taken for signed text and is not signed ends in an error. There is one reader, so that whole
and in pieces mean the same; what it holds back is bounded, however its input is cut.

The text may have any charset.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ithaca.errors import LimitExceeded, MalformedPacket
from ithaca.openpgp.algorithms import HASHES
from ithaca.openpgp.armor import MOST_HEAD, MOST_HEADERS, MOST_LINE, ArmorReader
from ithaca.openpgp.hashed_text import LINE_END, TRAILING, HashedText, hashed
from ithaca.work import PIECE

HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----"
SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
MOST_SIGNATURES = 1 << 20
"""Octets of the signature packets under one text."""
MOST_BLANKS = 1 << 20
"""Octets at the end of a line that is written; whether they are signed is known only after the last of them."""
_TAIL = b"-----END PGP SIGNATURE-----"
_KINDS = frozenset({"SIGNATURE"})
_BLANKS = b" \t"
_HASH = b"Hash:"
_HASH_NAMES = {known.name.upper().encode("ascii"): known.name.upper() for known in HASHES.values()}
_HYPHEN = re.compile(rb"\n-(?! )")
_FROM = b"From "


@dataclass(frozen=True, slots=True)
class Cleartext:
    """One text with its signatures."""

    text: bytes
    """As it is to be shown: dash-escaping taken off, line ends as they came."""
    signatures: bytes
    """The signature packets."""
    hash_names: tuple[str, ...]
    """What the header says, in upper case; nothing depends on it."""
    start: int
    """Offset of the head line: what stands before it is not signed."""
    border: int
    """Offset of the armor of the signatures: nothing in it is signed text."""
    end: int
    """Offset behind the tail line: what follows is not signed."""

    def hashed(self, line_end: bytes = LINE_END) -> Iterator[bytes]:
        """What is signed (§7.2), as `hashed_text.hashed` gives it."""
        view = memoryview(self.text)
        return hashed((bytes(view[at : at + PIECE]) for at in range(0, len(view), PIECE)), line_end)


# --- reading -----------------------------------------------------------------------------------------


def is_cleartext(octets: bytes) -> bool:
    """A cleartext framework begins somewhere in there."""
    return octets.startswith(HEAD) or b"\n" + HEAD in octets


def parse(octets: bytes) -> Cleartext:
    """The first cleartext framework in `octets`. Raises `MalformedPacket`, `LimitExceeded`."""
    reader, text = CleartextReader(), list[bytes]()
    for at in range(0, len(octets), PIECE):
        text.append(reader.feed(octets[at : at + PIECE]))
        if reader.end is not None:
            break
    reader.finish()
    begin, end = reader.begin or 0, reader.end or 0
    return Cleartext(b"".join(text), reader.signatures, reader.hash_names, begin, reader.border, end)


class CleartextReader:
    """The first cleartext framework of what is fed in pieces of any size.

    Memory does not depend on the size of the text, which is given as it goes by: nobody knows yet whether it is signed,
    or even whether the framework has an end. `begin` and `hash_names` are known once the first of it comes,
    `signatures` and `end` after `finish`.
    """

    def __init__(self) -> None:
        self.offset = 0
        """Behind the last octet that was fed."""
        self.begin: int | None = None
        """See `Cleartext.start`; None: the head line has not come."""
        self.end: int | None = None
        """See `Cleartext.end`; None: the tail line has not ended."""
        self.hash_names: tuple[str, ...] = ()
        """See `Cleartext.hash_names`."""
        self._state: Callable[[bytes], bytes] = self._seek
        self._held = bytearray()
        """The beginning of a line, of which more has to be seen."""
        self._is_line_start = True
        """A line begins with what is held, or with the next octet."""
        self._line_at = 0
        """Offset of the head line, or of the header."""
        self._headers = 0
        self._armor = ArmorReader(_KINDS)
        self._signatures = bytearray()
        self.border = 0
        """See `Cleartext.border`."""

    @property
    def signatures(self) -> bytes:
        """The signature packets."""
        return bytes(self._signatures)

    def feed(self, octets: bytes) -> bytes:
        """The next octets; gives the text that is ready. Raises `MalformedPacket`, `LimitExceeded`."""
        self.offset += len(octets)
        return self._state(octets)

    def finish(self) -> None:
        """After the last octet: all text was given. Raises `MalformedPacket` where a whole framework is missing."""
        if self._state == self._read_headers and self._held:
            self._line_ended(self.offset)
        missing: dict[Callable[[bytes], bytes], str] = {
            self._seek: "no cleartext signature",
            self._read_headers: "a cleartext without its empty line",
            self._text: "a cleartext without its signature",
        }
        if self._state in missing:
            raise MalformedPacket(missing[self._state], self.offset)
        if self._state == self._signature_head:
            self._armored()
        if self.end is None:
            self._armor.finish()
            self._closed(self.offset)

    # Each state is a method: it takes the next octets, and hands the rest to the state that follows it.

    def _seek(self, data: bytes) -> bytes:
        """What stands in front of the framework."""
        _, rest = self._up_to(HEAD, data)
        if rest is None:
            return b""
        self.begin = self._line_at = self.offset - len(rest)
        self._state = self._read_headers
        return self._read_headers(rest)

    def _up_to(self, marker: bytes, data: bytes) -> tuple[bytes, bytes | None]:
        """(octets in front of the line that begins with `marker`, the octets from there on or None).

        Those in front have another LF before them where they begin a line. What may become such a line is held.
        """
        data = b"".join((b"\n" if self._is_line_start else b"", self._held, data))
        self._held.clear()
        at = data.find(b"\n" + marker) + 1
        if at:
            self._is_line_start = True
            return data[:at], data[at:]
        line = data.rfind(b"\n") + 1
        if line and marker.startswith(data[line:]):
            self._held += data[line:]
            data = data[:line]
        self._is_line_start = 0 < line == len(data)
        return data, None

    def _read_headers(self, data: bytes) -> bytes:
        """The head line, and whatever stands between it and the empty line."""
        at = 0
        while at < len(data):
            end = data.find(b"\n", at)
            self._held += data[at:] if end < 0 else data[at:end]
            if len(self._held) > MOST_LINE:
                raise LimitExceeded(f"armor line above {MOST_LINE} octets", self._line_at)
            if end < 0:
                break
            at = end + 1
            self._line_ended(self.offset - len(data) + at)
            if self._state == self._text:
                return self._text(data[at:])
        return b""

    def _line_ended(self, behind: int) -> None:
        """The line that is held is whole; the next one begins at the offset `behind`."""
        line, at = bytes(self._held), self._line_at
        self._held.clear()
        self._line_at = behind
        if at == self.begin:
            if line.rstrip(TRAILING) != HEAD:
                raise MalformedPacket("a malformed head of a cleartext signature", at)
            return
        line = line.removesuffix(b"\r").rstrip(_BLANKS)
        if not line:
            self._state = self._text
            return
        self.hash_names += _hash_names(line, at)
        self._headers += 1
        if self._headers == MOST_HEADERS:
            raise MalformedPacket("a cleartext without its empty line", behind)

    def _text(self, data: bytes) -> bytes:
        """§7.2: ``- `` is taken off; a line that begins with any other hyphen was not written by this framework."""
        added = int(self._is_line_start)
        escaped, rest = self._up_to(SIGNATURE, data)
        behind = self.offset - len(self._held if rest is None else rest)
        found = _HYPHEN.search(escaped)
        if found:
            at = behind - len(escaped) + found.start() + 1
            raise MalformedPacket("a line of a cleartext begins with a hyphen", at)
        text = escaped.replace(b"\n- ", b"\n")[added:]
        if rest is not None:
            self.border = behind
            self._state = self._signature_head
            self._signature_head(rest)
        return text

    def _signature_head(self, data: bytes) -> bytes:
        """The first line of the armor, which its reader would take for text around if there were more on it."""
        line, newline, rest = data.partition(b"\n")
        self._held += line
        if newline or len(self._held) > MOST_HEAD:
            self._armored()
            self._signature(newline + rest)
        return b""

    def _armored(self) -> None:
        """The armor begins with the line that is held."""
        line = bytes(self._held)
        self._held.clear()
        if line.rstrip(TRAILING) != SIGNATURE or len(line) > MOST_HEAD:
            raise MalformedPacket("a malformed head of a signature under a cleartext", self.border)
        self._armor = ArmorReader(_KINDS, start=self.border)
        self._armor.feed(line)
        self._state = self._signature

    def _signature(self, data: bytes) -> bytes:
        """The armor; what it ends with is held."""
        start = self._armor.offset
        self._signatures += self._armor.feed(data)
        if len(self._signatures) > MOST_SIGNATURES:
            raise LimitExceeded(f"more than {MOST_SIGNATURES} octets of signatures under a cleartext", self.border)
        end = self._armor.end
        seen = data if end is None else data[: end - start - 1]
        line = seen.rfind(b"\n") + 1
        if line:
            self._held.clear()
        self._held += seen[line:]
        # Enough to tell the tail line from any other; blanks may follow it, and nothing else.
        self._held[len(_TAIL) :] = self._held[len(_TAIL) :].strip(TRAILING)[:1]
        if end is not None:
            self._closed(end)
        return b""

    def _closed(self, end: int) -> None:
        if self._held != _TAIL:
            raise MalformedPacket("a malformed end of the signature under a cleartext", end)
        self.end = end
        self._state = self._behind

    def _behind(self, _data: bytes) -> bytes:
        """What stands behind the framework."""
        return b""


def _hash_names(line: bytes, offset: int) -> tuple[str, ...]:
    """§7: anything but names of hash algorithms could be taken for signed text, and words look like names."""
    names = [_HASH_NAMES.get(name.strip(_BLANKS).upper(), "") for name in line[len(_HASH) :].split(b",")]
    if not line.startswith(_HASH) or not all(names):
        raise MalformedPacket("a header that may not stand before a cleartext", offset)
    return tuple(names)


# --- writing -----------------------------------------------------------------------------------------


class CleartextWriter:
    """Puts a text into the framework, as it goes by; the armored signature is to follow.

    The text ends where the signature begins: the line end before it is not signed (§7.1), and one is added where the
    text has none. `line_end` is that of what is added; the text keeps its own. Raises `LimitExceeded` where a line ends
    with more than `MOST_BLANKS` blanks.
    """

    def __init__(self, hash_names: tuple[str, ...], *, line_end: bytes = b"\n") -> None:
        header = b"Hash: " + ", ".join(hash_names).encode("ascii") + line_end if hash_names else b""
        self._out = HEAD + line_end + header + line_end
        self._line_end = line_end
        self._held = b""
        """The beginning of a line, of which more has to be seen."""
        self._is_line_start = True
        self._form = HashedText()

    def feed(self, octets: bytes) -> tuple[bytes, bytes]:
        """(what is ready to leave, what of it is signed) after the next octets of the text."""
        signed = b"".join(self._form.feed(octets))
        if self._form.blanks > MOST_BLANKS:
            raise LimitExceeded(f"more than {MOST_BLANKS} blanks at the end of a line")
        return self._written(octets, is_last=False), signed

    def finish(self) -> tuple[bytes, bytes]:
        """The rest."""
        out = self._written(b"", is_last=True)
        return out if self._is_line_start else out + self._line_end, self._form.finish()

    def _written(self, octets: bytes, *, is_last: bool) -> bytes:
        """§7.2: a hyphen at the start of a line must be escaped, and ``From `` should be: mail may alter it."""
        data = self._held + octets
        last = data.rpartition(b"\n")[2]
        self._held = last if last and not is_last and _FROM.startswith(last) else b""
        if self._held:
            data = data[: -len(self._held)]
        out, self._out = self._out, b""
        if not data:
            return out
        start = b"\n" if self._is_line_start else b""
        self._is_line_start = data.endswith(b"\n")
        escaped = (start + data).replace(b"\n-", b"\n- -").replace(b"\n" + _FROM, b"\n- " + _FROM)
        return out + escaped[len(start) :]

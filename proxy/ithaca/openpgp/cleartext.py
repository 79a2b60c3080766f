"""The cleartext signature framework (RFC 9580 §7): text that is read as it stands, and the signatures under it.

The law of this file: what is shown is what was hashed, line by line. Nothing stands between the first and the last line
of the framework but a header that says nothing, the text, and one block of armor; what stands outside is named by its
offsets. Whatever could be taken for signed text and is not signed ends in an error.

The text may have any charset. A line ends with LF, and a CR in front of that belongs to the line end; any other CR is
an octet of its line, as it is to GnuPG.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ithaca.errors import LimitExceeded, MalformedPacket
from ithaca.openpgp.algorithms import HASHES
from ithaca.openpgp.armor import MOST_HEADERS, MOST_LINE, ArmorReader
from ithaca.work import PIECE

HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----"
SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
_TAIL = b"-----END PGP SIGNATURE-----"
_KINDS = frozenset({"SIGNATURE"})
_BLANKS = b" \t"
_TRAILING = b" \t\r"
_LINE_END = b"\r\n"
_HASH = b"Hash:"
_HASH_NAMES = frozenset(known.name.upper() for known in HASHES.values())
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
    end: int
    """Offset behind the tail line: what follows is not signed."""

    def hashed(self, line_end: bytes = _LINE_END) -> Iterator[bytes]:
        """What is signed (§7.2), in pieces of at most `PIECE` octets: no spaces and tabs at the ends of lines.

        Signatures are over CRLF line ends; with others it is the text of which a person would say that it was signed.
        """
        # The text ends with a line end, so that nothing waits in the form when all was fed.
        form, view = _HashedForm(line_end), memoryview(self.text)
        for start in range(0, len(view), PIECE):
            octets = form.feed(bytes(view[start : start + PIECE]))
            for at in range(0, len(octets), PIECE):
                yield octets[at : at + PIECE]


class _HashedForm:
    """The hashed form of a text that is fed in pieces: nothing that may turn out to be an end is given yet."""

    def __init__(self, line_end: bytes) -> None:
        self._line_end = line_end
        self._blanks: list[bytes] = []
        """What the line so far ends with, if nothing else follows."""
        self._is_ended = False
        """The line so far has ended; §7.1: the last line end is not signed."""

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the text."""
        before, newline, last = octets.rpartition(b"\n")
        out: list[bytes] = []
        if newline:
            lines = (b"".join(self._blanks) + before).split(b"\n")
            out.append(self._begun() + self._line_end.join([line.rstrip(_TRAILING) for line in lines]))
            self._blanks, self._is_ended = [], True
        visible = last.rstrip(_TRAILING)
        if visible:
            out += (self._begun(), *self._blanks, visible)
            self._blanks = []
        if len(visible) < len(last):
            self._blanks.append(last[len(visible) :])
        return b"".join(out)

    def finish(self) -> bytes:
        """The rest: a last line of nothing but blanks is a line all the same."""
        return self._begun() if self._blanks else b""

    def _begun(self) -> bytes:
        """The end of the line before, now that another follows."""
        was_ended, self._is_ended = self._is_ended, False
        return self._line_end if was_ended else b""


# --- reading -----------------------------------------------------------------------------------------


def is_cleartext(octets: bytes) -> bool:
    """A cleartext framework begins somewhere in there."""
    return octets.startswith(HEAD) or b"\n" + HEAD in octets


def parse(octets: bytes) -> Cleartext:
    """The first cleartext framework in `octets`. Raises `MalformedPacket`, `LimitExceeded`."""
    start = _line_start(octets, HEAD, 0)
    if start < 0:
        raise MalformedPacket("no cleartext signature", len(octets))
    head, at = _line(octets, start)
    if head.rstrip(_TRAILING) != HEAD:
        raise MalformedPacket("a malformed head of a cleartext signature", start)
    names, at = _headers(octets, at)
    border = _line_start(octets, SIGNATURE, at)
    if border < 0:
        raise MalformedPacket("a cleartext without its signature", len(octets))
    text = _unescaped(octets[at:border], at)
    signatures, end = _signatures(octets, border)
    return Cleartext(text, signatures, names, start, end)


def _line_start(octets: bytes, marker: bytes, at: int) -> int:
    """Where `marker` stands at the start of a line, from `at` (the start of one) on; -1: nowhere."""
    if octets.startswith(marker, at):
        return at
    found = octets.find(b"\n" + marker, at)
    return found + 1 if found >= 0 else -1


def _line(octets: bytes, at: int) -> tuple[bytes, int]:
    """(the line without its LF, where the next begins)."""
    end = octets.find(b"\n", at, at + MOST_LINE + 1)
    if end < 0:
        if len(octets) - at > MOST_LINE:
            raise LimitExceeded(f"armor line above {MOST_LINE} octets", at)
        end = len(octets)
    return octets[at:end], end + 1


def _headers(octets: bytes, at: int) -> tuple[tuple[str, ...], int]:
    """(hash names, offset behind the empty line). §7: only well-formed ``Hash`` headers may stand before it."""
    names: list[str] = []
    for _ in range(MOST_HEADERS):
        if at >= len(octets):
            break
        line, behind = _line(octets, at)
        line = line.removesuffix(b"\r").rstrip(_BLANKS)
        if not line:
            return tuple(names), behind
        names += _hash_names(line, at)
        at = behind
    raise MalformedPacket("a cleartext without its empty line", min(at, len(octets)))


def _hash_names(line: bytes, offset: int) -> list[str]:
    """§7: anything but names of hash algorithms could be taken for signed text, and words look like names."""
    names = [name.strip(_BLANKS).decode("ascii", "replace").upper() for name in line[len(_HASH) :].split(b",")]
    if not line.startswith(_HASH) or not _HASH_NAMES.issuperset(names):
        raise MalformedPacket("a header that may not stand before a cleartext", offset)
    return names


def _unescaped(text: bytes, offset: int) -> bytes:
    """§7.2: ``- `` is taken off; a line that begins with any other hyphen was not written by this framework."""
    escaped = b"\n" + text
    found = _HYPHEN.search(escaped)
    if found:
        raise MalformedPacket("a line of a cleartext begins with a hyphen", offset + found.start())
    return escaped.replace(b"\n- ", b"\n")[1:]


def _signatures(octets: bytes, border: int) -> tuple[bytes, int]:
    """(the packets of the armor that begins at `border`, offset behind it)."""
    reader, view = ArmorReader(_KINDS, start=border), memoryview(octets)
    data: list[bytes] = []
    for start in range(border, len(octets), PIECE):
        data.append(reader.feed(bytes(view[start : start + PIECE])))
        if reader.end is not None:
            break
    if reader.begin not in (None, border):
        # The reader took the first line for text: there is more on it.
        raise MalformedPacket("a malformed head of a signature under a cleartext", border)
    reader.finish()
    end = reader.end or len(octets)
    tail = octets[border:end].rstrip(_TRAILING + b"\n").rpartition(b"\n")[2]
    if tail != _TAIL:
        raise MalformedPacket("a malformed end of the signature under a cleartext", end)
    return b"".join(data), end


# --- writing -----------------------------------------------------------------------------------------


class CleartextWriter:
    """Puts a text into the framework, as it goes by; the armored signature is to follow.

    The text ends where the signature begins: the line end before it is not signed (§7.1), and one is added where the
    text has none. `line_end` is that of what is added; the text keeps its own.
    """

    def __init__(self, hash_names: tuple[str, ...], *, line_end: bytes = b"\n") -> None:
        header = b"Hash: " + ", ".join(hash_names).encode("ascii") + line_end if hash_names else b""
        self._out = HEAD + line_end + header + line_end
        self._line_end = line_end
        self._held = b""
        """The beginning of a line, of which more has to be seen."""
        self._is_line_start = True
        self._form = _HashedForm(_LINE_END)

    def feed(self, octets: bytes) -> tuple[bytes, bytes]:
        """(what is ready to leave, what of it is signed) after the next octets of the text."""
        return self._written(octets, is_last=False), self._form.feed(octets)

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

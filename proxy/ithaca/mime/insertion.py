"""Octets put into an encoded text and taken out of it again, while what stands around them stays as it was written.

The law of this file: what was put in and is taken out leaves the encoded text octet for octet as it was, its line
breaks too (RFC 2045 §6.7, §6.8 let others write the same content in other ways).
"""

import re

import pybase64

from ithaca.mime.transfer import MOST_LINE, quoted

_SOFT_BREAK = b"=\r\n"
_DIGITS = re.compile(rb"[^ \t\r\n]+")


def fits(octets: int) -> int:
    """How many octets are missing until the content behind so many stays in its groups of base64."""
    return -octets % 3


def in_front(added: bytes, encoding: str) -> bytes:
    """What stands in front of an encoded text so that its content begins with `added`.

    In base64 their count is one that `fits`; in quoted-printable they are whole lines.
    """
    if encoding == "base64":
        return _lines(pybase64.b64encode(added), MOST_LINE) + b"\r\n"
    return quoted(added) if encoding == "quoted-printable" else added


def in_quoted(encoded: bytes, at: int, added: bytes) -> bytes:
    """`added` at an offset of a quoted-printable text, between soft line breaks.

    Raises `ValueError` where the line has no room for one.
    """
    if at - (encoded.rfind(b"\n", 0, at) + 1) >= MOST_LINE:
        raise ValueError("no room for a soft line break")
    return encoded[:at] + _SOFT_BREAK + quoted(added) + _SOFT_BREAK + encoded[at:]


def in_base64(encoded: bytes, at: int, added: bytes) -> bytes | None:
    """`added`, whose count `fits`, at an offset of the content; None: more of the text, please.

    Raises `ValueError` where the text is of a form in which they could not be found again.
    """
    group = _group(encoded, at // 3)
    if group is None:
        return None
    first, after = group
    column = first - (encoded.rfind(b"\n", 0, first) + 1)
    if after - first != 4 or column % 4 or column + 4 > MOST_LINE:
        raise ValueError("lines that are not whole groups")
    content = pybase64.b64decode(encoded[first:after], validate=True)
    if len(content) != 3:
        raise ValueError("no group behind it")
    within = at % 3
    digits = pybase64.b64encode(content[:within] + added + content[within:])
    # The last group stands in the line of what follows, so that every line break between is ours.
    room = MOST_LINE - column
    head = b"\r\n".join(filter(None, (digits[:-4][:room], _lines(digits[:-4][room:], MOST_LINE))))
    return encoded[:first] + head + b"\r\n" + digits[-4:] + encoded[after:]


def taken_out(encoded: bytes, content: bytes, start: int, end: int, encoding: str) -> bytes | None:
    """An encoded text without `content[start:end]`, where it stands as it is put in here; else None."""
    return _TAKEN[encoding](encoded, content, start, end) if encoding in _TAKEN else None


def _from_raw(encoded: bytes, _content: bytes, start: int, end: int) -> bytes:
    return encoded[:start] + encoded[end:]


def _from_quoted(encoded: bytes, content: bytes, start: int, end: int) -> bytes | None:
    element = quoted(content[start:end])
    if start == 0:
        return encoded[len(element) :] if encoded.startswith(element) else None
    before, found, after = encoded.partition(_SOFT_BREAK + element + _SOFT_BREAK)
    return before + after if found else None


def _from_base64(encoded: bytes, content: bytes, start: int, end: int) -> bytes | None:
    if fits(end - start):
        return None
    if start == 0:
        last = _group(encoded, end // 3 - 1)
        return None if last is None else encoded[last[1] :].removeprefix(b"\r\n")
    first, last = _group(encoded, start // 3), _group(encoded, end // 3)
    if first is None or last is None:
        return None
    within = start % 3
    piece = content[start - within : start] + content[end : end + 3 - within]
    return encoded[: first[0]] + pybase64.b64encode(piece) + encoded[last[1] :]


def _group(encoded: bytes, number: int) -> tuple[int, int] | None:
    """Where a group of four digits stands: (its first digit, behind its last); None: not there."""
    wanted, seen, first = 4 * number, 0, None
    for run in _DIGITS.finditer(encoded):
        count = run.end() - run.start()
        if first is None and seen + count > wanted:
            first = run.start() + wanted - seen
        if first is not None and seen + count >= wanted + 4:
            return first, run.start() + wanted + 4 - seen
        seen += count
    return None


def _lines(digits: bytes, width: int) -> bytes:
    return b"\r\n".join(digits[at : at + width] for at in range(0, len(digits), width))


_TAKEN = {
    **dict.fromkeys(("7bit", "8bit", "binary"), _from_raw),
    "quoted-printable": _from_quoted,
    "base64": _from_base64,
}

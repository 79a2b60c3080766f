"""Header fields in eight bits, made ASCII with encoded words before they are signed (RFC 2047).

The law of this file: what a person reads stays the same, which is looked up after each change; what has no such form
is refused. A letter with addresses that are not ASCII needs SMTPUTF8 all the way (RFC 6531 §3.1), so its header section
stays as it is.
"""

import re

from ithaca.address import comments, decode_words
from ithaca.errors import MalformedMessage
from ithaca.mime import protection
from ithaca.mime.header import Field, HeaderSection, encoded_words

_ADDRESSES = frozenset(
    b"from sender reply-to to cc mail-followup-to mail-reply-to disposition-notification-to return-receipt-to".split()
)
_NO_TEXT = frozenset(b"message-id in-reply-to references date autocrypt keywords mime-version".split())
_NO_TEXT_PREFIXES = (b"content-", b"list-")
"""Structured fields in which no encoded word may stand (RFC 2047 §5), or not everywhere."""
_WORD = r'(?:"(?:[^"\\]|\\.)*"|[^\s"(),:;<>@]+)'
_PIECE = re.compile(
    rf'(?P<address>{_WORD}@[^\s"(),:;<>]*|<[^<>]*>)|(?P<phrase>{_WORD}(?:\s+{_WORD})*)|\((?P<comment>(?:[^()\\]|\\.)*)\)',
    re.DOTALL,
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PAIR = re.compile(r"\\(.)", re.DOTALL)


def seven_bit(section: HeaderSection) -> HeaderSection:
    """The section with every field that is signed in ASCII; trace fields, which are not signed, stay as they came.

    Raises `MalformedMessage` where a field has no such form.
    """
    if section.render().isascii() or any(map(_needs_smtputf8, section.fields)):
        return section
    return HeaderSection(tuple(map(_seven_bit, section.fields)))


def _needs_smtputf8(field: Field) -> bool:
    """Is there more than display names and comments in it that is not ASCII?"""
    if field.octets.isascii() or field.name.lower() not in _ADDRESSES:
        return False
    _mailboxes(field)  # What cannot be read is no food for the expression below: of open quotes its cost is a square.
    return not _with_encoded_names(field.value.decode("utf-8")).isascii()


def _seven_bit(field: Field) -> Field:
    lower = field.name.lower()
    if field.octets.isascii() or protection.carries(field.name) or not field.name:
        return field
    try:
        text = field.value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _no_form(field, "is in eight bits that are not UTF-8") from error
    if lower in _NO_TEXT or lower.startswith(_NO_TEXT_PREFIXES):
        raise _no_form(field, "is not in ASCII")
    is_list = lower in _ADDRESSES
    body = _with_encoded_names(text) if is_list else encoded_words(decode_words(text), field.name.decode("ascii"))
    made = Field(field.name, field.name + b": " + body.replace("\n", "\r\n").encode("utf-8") + b"\r\n")
    if (_mailboxes(made) != _mailboxes(field)) if is_list else (made.text.split() != field.text.split()):
        raise _no_form(field, "has no form in ASCII that reads the same")
    return made


def _with_encoded_names(text: str) -> str:
    """An address list whose display names and comments are in encoded words (RFC 2047 §5); addresses stay."""
    return _PIECE.sub(_encoded, text)


def _encoded(found: "re.Match[str]") -> str:
    piece = found.group()
    if piece.isascii() or found["address"]:
        return piece
    if found["phrase"]:
        return encoded_words(decode_words(_QUOTED.sub(lambda q: _PAIR.sub(r"\1", q[1]), piece)))
    return "(" + encoded_words(_PAIR.sub(r"\1", found["comment"])) + ")"


def _mailboxes(field: Field) -> list[object]:
    """What a person reads in an address field; blanks count as one."""
    try:
        names = [(" ".join(m.display_name.split()), m.address, m.in_group) for m in field.mailboxes]
        return [*names, *(" ".join(comment.split()) for comment in comments(field.value))]
    except MalformedMessage as error:
        raise _no_form(field, "cannot be read") from error


def _no_form(field: Field, what: str) -> MalformedMessage:
    return MalformedMessage(f"its {field.name.decode('ascii')} field {what}.")

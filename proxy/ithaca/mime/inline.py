"""Inline OpenPGP: a message whose text is nothing but one armored message or one cleartext signature framework.

The law of this file: it is the layer of the message, or it is not; words in front of it, or a second block, make it a
part of something else. A lone container around it, an HTML copy of the armor, certificates and detached signatures
beside it change nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ithaca.mime.entity import Entity, parse
from ithaca.mime.leaves import ASCII_CHARSETS, Leaf, Role, is_copy

_BESIDE = {Role.EMPTY, Role.KEYS, Role.SIGNATURES}
_UTF_8 = ("utf-8", "utf8")


@dataclass(frozen=True, slots=True)
class Whole:
    """A leaf that is the layer of the message."""

    leaf: Leaf
    has_more: bool
    """Something stands beside it that the layer does not cover."""


def whole_sealed(leaves: Sequence[Leaf]) -> Whole | None:
    """The encrypted message that is all of the text; None: there is none, or more than that."""
    return _armored(leaves, Role.SEALED)


def whole_armored(leaves: Sequence[Leaf]) -> Whole | None:
    """The armored message that is all of the text and not encrypted; None: there is none, or more than that."""
    return _armored(leaves, Role.ARMORED)


def _armored(leaves: Sequence[Leaf], role: Role) -> Whole | None:
    whole = _sole(leaves, role)
    if whole is None or not whole.leaf.is_text:
        return None
    copies = [leaf for leaf in leaves if leaf.role is Role.HTML]
    return whole if all(is_copy(copy, whole.leaf.octets) for copy in copies) else None


def whole_cleartext(leaves: Sequence[Leaf]) -> Whole | None:
    """The cleartext signature framework that is all of the text; None: there is none, or more than that."""
    return _sole(leaves, Role.CLEARSIGNED)


def _sole(leaves: Sequence[Leaf], role: Role) -> Whole | None:
    """The only leaf of a role, with nothing beside it but what changes nothing."""
    found = [leaf for leaf in leaves if leaf.role is role]
    beside = {leaf.role for leaf in leaves} - {role, Role.HTML}
    if len(found) != 1 or not beside <= _BESIDE:
        return None
    return Whole(found[0], any(leaf.role in (Role.KEYS, Role.SIGNATURES) for leaf in leaves))


def cleartext_refused(leaves: Sequence[Leaf], text: bytes) -> str | None:
    """Why a signature over `text`, which is shown as it came, would not speak for what is seen; None: it does."""
    if any(leaf.role is Role.HTML for leaf in leaves):
        # A client that has the choice shows the HTML, which nobody signed.
        return "a cleartext signature beside HTML, which it does not cover"
    (leaf,) = (leaf for leaf in leaves if leaf.role is Role.CLEARSIGNED)
    charset = leaf.entity.charset
    if text.isascii() and charset in ASCII_CHARSETS:
        return None
    # The charset is not signed: in another one the same octets are other words.
    if charset not in _UTF_8 or not _is_utf_8(text):
        return "a cleartext signature over text that is neither ASCII nor UTF-8"
    return None


def text_refused(text: bytes) -> str | None:
    """Why a signature over `text`, shown as UTF-8 if it is that, would not speak for what is seen; None: it does."""
    # The charset is not signed: in another one the same octets are other words.
    return None if _is_utf_8(text) else "a signature over text that is neither ASCII nor UTF-8"


def _is_utf_8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def as_entity(text: bytes, charset: str) -> Entity:
    """What an inline message holds, as an entity: text, whatever it looks like.

    `charset`: what the message says of itself; it counts where the text is no UTF-8 (RFC 9580 §6.2.1).
    """
    named = "utf-8" if _is_utf_8(text) or charset not in ASCII_CHARSETS else charset
    head = f"Content-Type: text/plain; charset={named}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return parse(head.encode("ascii") + text)

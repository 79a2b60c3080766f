"""The leaves of a message, each with what it is to OpenPGP: sealed, a key, a footer, nothing, something else.

The law of this file: a leaf is judged by what it holds, and its name and type only say where to look. Of what is not
exactly one of these, the role is `Role.OTHER`.
"""

import enum
import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ithaca.errors import MalformedMessage
from ithaca.mime.entity import Entity

MOST_LEAVES = 100
"""Leaves of a message that is looked at for inline OpenPGP; what people seal so has a handful."""
MOST_DEPTH = 5
"""Containers in one another; a list's footer around a text with its HTML copy has two."""
MOST_HTML = 1 << 20
"""Octets of an HTML part that may be a copy of an armor."""
_SEARCHED = 1 << 13
"""Octets at the start of an attachment without a name in which its armor has to begin."""
SUFFIXES = (".asc", ".pgp", ".gpg", ".sig")
_CONTAINERS = ("mixed", "alternative", "related")
BASE64_HEADS = (b"LS0tLS1CRUdJTiBQR1Ag", b"0tLS0tQkVHSU4gUEdQI", b"tLS0tLUJFR0lOIFBHUC")
"""``-----BEGIN PGP `` in base64, behind a multiple of three octets, one more, and two more."""
_ARMORED = (b"-----BEGIN PGP ", *BASE64_HEADS)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TAG = re.compile(rb"<[^<>]*>")
_BLANK = re.compile(r"[\s\u00a0]+")
ASCII_CHARSETS = frozenset(
    {"us-ascii", "ascii", "ansi_x3.4-1968", "utf-8", "utf8", "koi8-r", "koi8-u", "macintosh", "latin1"}
    | {f"{name}{n}" for name in ("iso-8859-", "iso8859-", "iso_8859-") for n in range(1, 17)}
    | {f"{name}125{n}" for name in ("windows-", "cp") for n in range(9)}
)
"""In which an octet below 128 is its ASCII character, whatever stands around it."""
MULTIBYTE_CHARSETS = frozenset(
    {"gb2312", "gbk", "gb18030", "big5", "euc-kr", "ks_c_5601-1987", "euc-jp", "iso-2022-jp", "iso-2022-kr"}
)
"""In which that is so where no other octet stands, and nothing that shifts to another set."""
_SHIFTS = re.compile(rb"[\x0e\x0f\x1b]")


@dataclass(frozen=True, slots=True)
class Block:
    """One armored block of OpenPGP, or one cleartext signature framework, in a text."""

    kind: str
    """As its head line says: ``MESSAGE``, ``SIGNED MESSAGE``, ``PUBLIC KEY BLOCK``, ``SIGNATURE``.

    ``READABLE MESSAGE``: a message that is not encrypted, which its head line does not tell."""
    start: int
    end: int


Finder = Callable[[bytes], Sequence[Block]]
"""Gives the blocks in a text."""


class Role(enum.Enum):
    """What one leaf is."""

    SEALED = "sealed"
    """One encrypted message, blanks around it, and nothing else."""
    TRAILED = "trailed"
    """One encrypted message at the start of a text, and other text behind it."""
    CLEARSIGNED = "clearsigned"
    """One cleartext signature framework, blanks around it, and nothing else."""
    ARMORED = "armored"
    """One armored message that is signed, or nothing, but not encrypted, blanks around it, and nothing else."""
    LAYER = "layer"
    """multipart/encrypted or multipart/signed, not taken apart."""
    CONTROL = "control"
    """The control part of RFC 3156 §4."""
    KEYS = "keys"
    SIGNATURES = "signatures"
    HTML = "html"
    EMPTY = "empty"
    TEXT = "text"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf."""

    entity: Entity
    role: Role
    octets: bytes = b""
    """Decoded: the block of a sealed, armored or clearsigned one, all of a text."""
    depth: int = 0
    """Containers around it."""

    @property
    def is_text(self) -> bool:
        """It stands in the text of the message, and what it holds is text."""
        return self.entity.content_type.media_type == "text/plain"


def survey(root: Entity, find: Finder) -> tuple[Leaf, ...]:
    """All leaves in their order. Raises `MalformedMessage` where the message cannot be taken apart."""
    leaves: list[Leaf] = []
    for entity, depth in _entities(root, 0):
        if len(leaves) == MOST_LEAVES:
            raise MalformedMessage(f"more than {MOST_LEAVES} leaves")
        leaves.append(_leaf(entity, depth, find))
    return tuple(leaves)


def _entities(entity: Entity, depth: int) -> Iterator[tuple[Entity, int]]:
    if entity.content_type.type != "multipart" or entity.content_type.subtype not in _CONTAINERS:
        yield entity, depth
        return
    if depth == MOST_DEPTH:
        raise MalformedMessage(f"containers more than {MOST_DEPTH} deep")
    for part in entity.parts():
        yield from _entities(part, depth + 1)


def _leaf(entity: Entity, depth: int, find: Finder) -> Leaf:
    kind = entity.content_type
    if kind.type in ("multipart", "message"):
        is_layer = kind.subtype in ("encrypted", "signed")
        return Leaf(entity, Role.LAYER if is_layer else Role.OTHER, depth=depth)
    try:
        role, octets = (_text if kind.type == "text" else _attachment)(entity, find)
    except MalformedMessage:
        # A transfer encoding that nobody can take off: whatever it is, it is shown as it came.
        role, octets = Role.OTHER, b""
    return Leaf(entity, role, octets, depth)


def _text(entity: Entity, find: Finder) -> tuple[Role, bytes]:
    # A mark that nobody sees, and that some editors write in front of the armor.
    octets = entity.decoded_body().removeprefix(_BYTE_ORDER_MARK)
    if not octets.strip():
        return Role.EMPTY, b""
    if entity.content_type.subtype == "html":
        return Role.HTML, octets
    if entity.content_type.subtype != "plain":
        return Role.OTHER, b""
    blocks = find(octets)
    if not blocks:
        return Role.TEXT, octets
    if not is_ascii(octets, entity.charset):
        # Somebody sees other characters there, and perhaps no armor at all.
        return Role.OTHER, octets
    return _of_blocks(octets, blocks)


def is_ascii(octets: bytes, charset: str) -> bool:
    """Is every octet below 128 its ASCII character, for everybody who reads the text in this charset?"""
    is_free = charset in MULTIBYTE_CHARSETS and octets.isascii() and _SHIFTS.search(octets) is None
    return is_free or charset in ASCII_CHARSETS


def _of_blocks(octets: bytes, blocks: Sequence[Block]) -> tuple[Role, bytes]:
    """What octets are that hold at least one block."""
    first = blocks[0]
    inside = octets[first.start : first.end]
    if octets[: first.start].strip() or any(octets[a.end : b.start].strip() for a, b in pairwise(blocks)):
        return Role.OTHER, octets
    is_all = not octets[blocks[-1].end :].strip()
    kinds = {block.kind for block in blocks}
    if kinds <= {"PUBLIC KEY BLOCK"}:
        return (Role.KEYS if is_all else Role.OTHER), octets
    if kinds <= {"SIGNATURE"}:
        return (Role.SIGNATURES if is_all else Role.OTHER), octets
    if len(blocks) > 1 or first.kind not in _ALONE:
        return Role.OTHER, octets
    role = _ALONE[first.kind] if is_all else _WITH_MORE.get(first.kind, Role.OTHER)
    return role, octets if role is Role.OTHER else inside


_ALONE = {"MESSAGE": Role.SEALED, "SIGNED MESSAGE": Role.CLEARSIGNED, "READABLE MESSAGE": Role.ARMORED}
_WITH_MORE = {"MESSAGE": Role.TRAILED}


def _attachment(entity: Entity, find: Finder) -> tuple[Role, bytes]:
    kind = entity.content_type
    if kind.media_type == "application/pgp-encrypted":
        control = entity.decoded_body()
        if control.strip().lower().startswith(b"version: 1") and len(control) < _SEARCHED:
            return Role.CONTROL, b""
    if not may_hold_openpgp(entity):
        return Role.OTHER, b""
    octets = entity.decoded_body()
    name = entity.filename.lower()
    if octets[:1] >= b"\x80":
        # Binary data begin with an octet whose bit 7 is set (RFC 9580 §4.2); more is said by who opens them.
        return next(((role, octets) for suffix, role in _BINARY if name.endswith(suffix)), (Role.OTHER, b""))
    blocks = find(octets)
    role, inside = _of_blocks(octets, blocks) if blocks else (Role.OTHER, b"")
    return (role, inside) if role in (Role.SEALED, Role.KEYS, Role.SIGNATURES) else (Role.OTHER, b"")


_BINARY = ((".sig", Role.SIGNATURES), (".pgp", Role.SEALED), (".gpg", Role.SEALED))


def is_named_openpgp(entity: Entity) -> bool:
    """An attachment whose type or name says OpenPGP."""
    kind = entity.content_type
    named = kind.subtype.startswith("pgp") or entity.filename.lower().endswith(SUFFIXES)
    return kind.type == "application" and named


def may_hold_openpgp(entity: Entity) -> bool:
    """An attachment whose type, name or beginning says OpenPGP."""
    if is_named_openpgp(entity):
        return True
    kind = entity.content_type
    if kind.type != "application":
        return False
    start = entity.whole[entity.body_start : min(entity.stop, entity.body_start + _SEARCHED)]
    return kind.subtype == "octet-stream" and any(mark in start for mark in _ARMORED)


def is_copy(leaf: Leaf, block: bytes) -> bool:
    """Is an HTML part nothing but the armored `block` once more, as programs make it that always write both?"""
    if len(leaf.octets) > MOST_HTML:
        return False
    body = leaf.octets[max(0, leaf.octets.lower().find(b"<body")) :]
    text = html.unescape(_TAG.sub(b"", body).decode("utf-8", "replace"))
    return _BLANK.sub("", text) == _BLANK.sub("", block.decode("utf-8", "replace"))

"""Messages of which a layer covers a part only: one sealed entity with other things beside it, or every leaf by itself.

The law of this file: in front of what is opened stands nothing, and behind it nothing that is more than text or a file.
"""

import base64
import hashlib
import urllib.parse
from collections.abc import Iterable, Sequence

from ithaca.mime.entity import Entity, parse
from ithaca.mime.leaves import Leaf, Role
from ithaca.mime.pgpmime import Shape, shape

_IN_FRONT = {Role.EMPTY}
_BEHIND = {Role.EMPTY, Role.TEXT, Role.KEYS, Role.SIGNATURES, Role.SEALED}
_FILES = ("application", "image", "audio", "video", "font", "model")


def one_sealed(leaves: Sequence[Leaf]) -> Leaf | None:
    """The sealed entity, directly below the root, that may be shown by itself; None: there is none.

    A list's footer (text/plain) and attachments may stand behind it; HTML or a message may not, and nothing before it.
    """
    at = next((n for n, leaf in enumerate(leaves) if leaf.role not in _IN_FRONT), len(leaves))
    if at == len(leaves) or not _opens(leaves[at]):
        return None
    return leaves[at] if all(_may_follow(leaf) for leaf in leaves[at + 1 :]) else None


def _opens(leaf: Leaf) -> bool:
    if leaf.depth > 1:
        return False
    if leaf.role is Role.LAYER:
        return shape(leaf.entity.header) is Shape.ENCRYPTED
    return leaf.is_text and leaf.role in (Role.SEALED, Role.TRAILED)


def _may_follow(leaf: Leaf) -> bool:
    if leaf.role is Role.SEALED:
        return not leaf.is_text
    return leaf.role in _BEHIND or (leaf.role is Role.OTHER and leaf.entity.content_type.type in _FILES)


def all_sealed(leaves: Sequence[Leaf]) -> tuple[Leaf, ...] | None:
    """Every leaf that is not empty, each sealed by itself (*partitioned*); None: one is not, or there is one text."""
    found = tuple(leaf for leaf in leaves if leaf.role is not Role.EMPTY)
    if any(leaf.role is not Role.SEALED for leaf in found) or not found:
        return None
    return found


# --- what is shown -----------------------------------------------------------------------------------


def beside(opened: Entity, whole: bytes) -> Entity:
    """What was opened, and the message as it came, closed, behind it.

    Not as message/rfc822: Thunderbird draws that into the same window, and the layer covers no octet of it.
    """
    original = (
        b'Content-Type: application/octet-stream; name="as it came.eml"\r\n'
        b"Content-Description: The letter as it came\r\n"
        b'Content-Disposition: attachment; filename="as it came.eml"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(whole).replace(b"\n", b"\r\n")
    )
    return _mixed([_part(opened), original])


def together(leaves: Sequence[Leaf], plaintexts: Sequence[Entity | bytes]) -> Entity:
    """Leaves that were sealed each by itself, opened, in their order: texts as entities, files as octets."""
    return _mixed(
        [
            _part(one) if isinstance(one, Entity) else _file(leaf, one)
            for leaf, one in zip(leaves, plaintexts, strict=True)
        ]
    )


def _part(entity: Entity) -> bytes:
    """As a body part; what is no entity is shown whole, as text."""
    if entity.header.get_all(b"Content-Type"):
        return entity.octets
    return b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + entity.octets


def _file(leaf: Leaf, octets: bytes) -> bytes:
    """An attachment without the suffix that said that it was sealed."""
    name = leaf.entity.filename
    for suffix in (".asc", ".pgp", ".gpg"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    quoted = urllib.parse.quote(name or "attachment", safe="")
    head = (
        "Content-Type: application/octet-stream\r\n"
        f"Content-Disposition: attachment;\r\n filename*=utf-8''{quoted[:500]}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii") + base64.encodebytes(octets).replace(b"\n", b"\r\n")


def _mixed(parts: Iterable[bytes]) -> Entity:
    held = tuple(parts)
    digest = hashlib.sha256()
    for part in held:
        digest.update(part)
    # It cannot occur in the parts: who wanted to write it there would have to know it beforehand.
    boundary = b"=_" + digest.hexdigest()[:40].encode("ascii")
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in held)
    head = b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
    return parse(head + body + b"--" + boundary + b"--\r\n")

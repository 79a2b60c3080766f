"""What the next layer of an envelope is, if there is one.

The law of this file: PGP/MIME is known by its Content-Type, all else by every leaf there is. What lies around a layer
counts only at the root: deeper, it would be opened in the middle of what somebody else wrote.
"""

from collections.abc import Callable, Sequence

from ithaca.errors import MalformedMessage
from ithaca.incoming import unobtrusive_layer
from ithaca.incoming.armored import blocks
from ithaca.incoming.envelope import Envelope
from ithaca.mime import ambiguity, inline, leaves, mangled, partial, pgpmime
from ithaca.mime.entity import Entity
from ithaca.mime.leaves import Leaf, Role
from ithaca.mime.pgpmime import Shape

_ANYWHERE: tuple[tuple[Shape, Callable[[Sequence[Leaf]], object]], ...] = (
    (Shape.INLINE, inline.whole_sealed),
    (Shape.CLEARSIGNED, inline.whole_cleartext),
)
_AT_THE_ROOT: tuple[tuple[Shape, Callable[[Sequence[Leaf]], object]], ...] = (
    (Shape.ARMORED, inline.whole_armored),
    (Shape.MANGLED, mangled.sealed),
    (Shape.PARTITIONED, partial.all_sealed),
    (Shape.PARTIAL, partial.one_sealed),
)
_TELLING = {Role.SEALED, Role.TRAILED, Role.CLEARSIGNED, Role.ARMORED, Role.LAYER}
_BY_TYPE = (Shape.ENCRYPTED, Shape.SIGNED, Shape.UNOBTRUSIVE)
_SHOWN_AS_THEY_CAME = (Shape.SIGNED, Shape.CLEARSIGNED, Shape.UNOBTRUSIVE)


def recognise(envelope: Envelope) -> Shape:
    """The shape of the payload; sets `Envelope.leaves`. A doubt is a finding."""
    entity = envelope.payload
    shape = pgpmime.shape(entity.header)
    if shape is Shape.NONE and unobtrusive_layer.stands(envelope):
        # In doubt it is no signature, and nobody is warned.
        return Shape.UNOBTRUSIVE if _doubt(envelope, entity, Shape.UNOBTRUSIVE) is None else Shape.NONE
    if shape is Shape.NONE:
        shape = _by_leaves(envelope, entity)
    reason = None if shape in (Shape.NONE, Shape.AMBIGUOUS) else _doubt(envelope, entity, shape)
    if reason is not None:
        shape = Shape.AMBIGUOUS
    if shape is Shape.AMBIGUOUS:
        reason = reason or "the Content-Type can be read in two ways"
        envelope.find("ambiguous", f"{reason}, so nothing is opened or believed")
    return shape


def _by_leaves(envelope: Envelope, entity: Entity) -> Shape:
    try:
        envelope.leaves = found = leaves.survey(entity, blocks)
    except MalformedMessage:
        envelope.leaves = ()
        return Shape.NONE
    if not any(leaf.role in _TELLING for leaf in found):
        return Shape.NONE
    if _is_broken_frame(entity):
        return Shape.MANGLED if envelope.is_root else Shape.NONE
    table = (*_ANYWHERE, *_AT_THE_ROOT) if envelope.is_root else _ANYWHERE
    shape = next((shape for shape, test in table if test(found) is not None), Shape.NONE)
    # Inside of a signature it is text like any other, under a header section that it does not cover.
    return Shape.NONE if shape is Shape.CLEARSIGNED and envelope.signatures else shape


def _is_broken_frame(entity: Entity) -> bool:
    """multipart/encrypted that does not say by what protocol."""
    return entity.content_type.media_type == "multipart/encrypted" and "protocol" not in entity.content_type.params


def _doubt(envelope: Envelope, entity: Entity, shape: Shape) -> str | None:
    for one in (entity, *(leaf.entity for leaf in envelope.leaves if shape not in _BY_TYPE)):
        if (reason := ambiguity.doubt(one)) is not None:
            return reason
    as_it_came = envelope.is_root and shape in _SHOWN_AS_THEY_CAME and entity.content_type.type == "multipart"
    if as_it_came and entity.header.first(b"MIME-Version") is None:
        # RFC 2045 §4: without it this is no MIME, and what is shown as it came may be shown as one text.
        return "a multipart without MIME-Version"
    return None

"""What makes a message interesting that has nothing of OpenPGP: a banner that is not ours, a seal phrase.

The law of this file: it only looks, at the beginning of a message; what stands further down convinces nobody.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ithaca.mime import banner, entity, redaction
from ithaca.mime.banner import MOST_SEARCHED
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection
from ithaca.once import once

__all__ = ["MOST_SEARCHED", "Marks"]


@dataclass(frozen=True)
class Marks:
    """What is looked for."""

    phrases: tuple[str, ...] = field(default=(), repr=False)
    """Seal phrases, beside the head line of a banner."""

    def are_in(self, prefix: bytes) -> bool:
        """Does a message that begins so hold any of it?"""
        root = entity.parse(prefix)
        return self.holds_banner(root) or self.holds_phrase(root, root.header)

    def holds_banner(self, root: Entity) -> bool:
        """Does a text of it begin a line as our banner does? Attached messages are somebody else's business."""
        return any(map(banner.holds_banner, banner.texts(root, attached=False)))

    def holds_phrase(self, root: Entity, outer: HeaderSection) -> bool:
        """Does a text, or a field of its two header sections, hold one of the phrases?"""
        if not self._finders:
            return False
        texts = (*_fields(outer), *_fields(root.header), *banner.texts(root, attached=True))
        return any(find(text) for find in self._finders for text in texts)

    @once
    def _finders(self) -> tuple[Callable[[str], bool], ...]:
        return tuple(map(redaction.finder, self.phrases))


def _fields(section: HeaderSection) -> Iterator[str]:
    """The first of its fields, as many as are looked at; to decode very many words takes long."""
    left = MOST_SEARCHED
    for one in section.fields:
        left -= len(one.octets)
        if left < 0:
            return
        yield one.text

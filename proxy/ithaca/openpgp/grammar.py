"""Which packets may follow which in a message (RFC 9580 §10.3), as a pushdown automaton.

The law of this file: what does not derive from the grammar is refused before anything of it is shown. One
encrypted message holds one signed message; nothing stands beside or after it.
"""

import enum
from collections.abc import Callable

from ithaca.errors import LimitExceeded, MalformedPacket
from ithaca.openpgp.packets import Tag

MOST_COMPRESSION = 2
"""Layers of compression: §10.3 allows one; some programs compress what is compressed already."""
MOST_SIGNATURES = 32
"""Signatures round one literal packet; each costs a hash over the whole text."""


class _State(enum.Enum):
    START = "start"
    """Before the literal packet: one-pass and prefixed signatures may come."""
    AFTER = "after"
    """After the literal packet: the signatures that the one-pass packets promised."""


_IGNORED = frozenset({Tag.MARKER, Tag.PADDING})
"""§5.8 and §5.14: to be ignored wherever they stand."""


def is_ignored(tag: int) -> bool:
    """§4.3: non-critical unknown packets are ignored, as are marker and padding."""
    return tag in _IGNORED or tag >= 40


class MessageGrammar:
    """The grammar of what stands inside the encryption."""

    def __init__(self) -> None:
        self._state = _State.START
        self._open = 0
        """One-pass signatures whose signature has not come yet."""
        self._signatures = 0
        self._depth = 0

    def packet(self, tag: int) -> None:
        """The next packet has this type. Raises `MalformedPacket`, `LimitExceeded`."""
        if is_ignored(tag):
            return
        step = _STEPS.get((self._state, tag))
        if step is None:
            raise MalformedPacket(f"a packet of type {tag} may not stand here")
        step(self)

    def end(self) -> None:
        """The message ends here."""
        if self._state is not _State.AFTER:
            raise MalformedPacket("a message without its literal data")
        if self._open:
            raise MalformedPacket("a one-pass signature without its signature")

    def _one_pass(self) -> None:
        self._open += 1
        self._count()

    def _prefixed(self) -> None:
        self._count()

    def _count(self) -> None:
        self._signatures += 1
        if self._signatures > MOST_SIGNATURES:
            raise LimitExceeded(f"more than {MOST_SIGNATURES} signatures")

    def _compressed(self) -> None:
        self._depth += 1
        if self._depth > MOST_COMPRESSION:
            raise LimitExceeded(f"compression more than {MOST_COMPRESSION} deep")

    def _literal(self) -> None:
        self._state = _State.AFTER

    def _closing(self) -> None:
        if not self._open:
            raise MalformedPacket("a signature that nothing announced")
        self._open -= 1


_STEPS: dict[tuple[_State, int], Callable[[MessageGrammar], None]] = {
    (_State.START, Tag.ONE_PASS_SIGNATURE): MessageGrammar._one_pass,  # noqa: SLF001 (its own table)
    (_State.START, Tag.SIGNATURE): MessageGrammar._prefixed,  # noqa: SLF001 (its own table)
    (_State.START, Tag.COMPRESSED): MessageGrammar._compressed,  # noqa: SLF001 (its own table)
    (_State.START, Tag.LITERAL): MessageGrammar._literal,  # noqa: SLF001 (its own table)
    (_State.AFTER, Tag.SIGNATURE): MessageGrammar._closing,  # noqa: SLF001 (its own table)
}

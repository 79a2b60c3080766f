"""Which packets may follow which in a message (RFC 9580 §10.3) and in a detached signature (§10.4), as a pushdown
automaton.

The law of this file: what does not derive from the grammar is refused before anything of it is shown. One encrypted
message holds one signed message; nothing stands beside or after it, and no signature is over an encrypted message.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from ithaca.errors import LimitExceeded, LocalProtocolError, MalformedPacket
from ithaca.openpgp.packets import Tag

MOST_COMPRESSION = 2
"""Layers of compression: §10.3 allows one; some programs compress what is compressed already."""
MOST_SIGNATURES = 32
"""Signatures round one literal packet; each costs a hash over the whole text."""
FIRST_NON_CRITICAL = 40
"""§4.3: unknown types from here on may be ignored."""

_IGNORED = frozenset({Tag.MARKER, Tag.PADDING})
"""§5.8 and §5.14: to be ignored wherever they stand."""
_KNOWN = frozenset(Tag)


def is_ignored(tag: int) -> bool:
    """§4.3: non-critical unknown packets are ignored, as are marker and padding."""
    return tag in _IGNORED or tag >= FIRST_NON_CRITICAL


def is_critical_unknown(tag: int) -> bool:
    """§4.3: a sequence with such a packet is rejected as a whole, wherever that stands."""
    return tag < FIRST_NON_CRITICAL and tag not in _KNOWN


class State(enum.Enum):
    """Where a sequence stands, and where it may start."""

    CONTENT = "signed, compressed or literal"
    """What stands inside an encryption or a compression, up to its literal data; signatures may come before those."""
    SIGNATURES = "detached signatures"
    KEYS = "encrypted session keys"
    """An encrypted message; nothing, or only such keys, has come."""
    ENCRYPTED = "encrypted data"
    """Nothing may follow."""
    AFTER = "literal data"
    """The signatures follow that the one-pass packets promised."""
    SIGNED = "a detached signature"


_COMPLETE = frozenset({State.ENCRYPTED, State.AFTER, State.SIGNED})
_MISSING = {
    State.KEYS: "a message without its encrypted data",
    State.CONTENT: "a message without its literal data",
    State.SIGNATURES: "no signature",
}
_PLACES = {
    State.CONTENT: "before the literal data",
    State.SIGNATURES: "where a detached signature belongs",
    State.KEYS: "before the encrypted data",
    State.ENCRYPTED: "behind the encrypted data",
    State.AFTER: "behind the literal data",
    State.SIGNED: "behind a detached signature",
}


@dataclass(slots=True)
class _Level:
    """One message; what is compressed is a message of its own."""

    state: State
    open: int = 0
    """One-pass signatures whose signature has not come yet."""


class MessageGrammar:
    """The grammar of one sequence of packets: what stands inside an encryption, unless `start` says otherwise.

    Offsets are for errors alone, and may be left out.
    """

    def __init__(self, start: State = State.CONTENT) -> None:
        self._levels = [_Level(start)]
        self._signatures = 0

    def packet(self, tag: int, offset: int | None = None) -> None:
        """The next packet has this type. Raises `MalformedPacket`, `LimitExceeded`.

        After a compressed packet come those that are in it, and `leave`.
        """
        if is_ignored(tag):
            return
        if is_critical_unknown(tag):
            raise MalformedPacket(f"an unknown packet of type {tag}, which is not to be skipped", offset)
        level = self._levels[-1]
        step = _TABLE[level.state].get(tag)
        if step is None:
            raise MalformedPacket(f"a packet of type {tag} may not stand {_PLACES[level.state]}", offset)
        level.state, act = step
        if act is not None:
            act(self, level, offset)

    def leave(self, offset: int | None = None) -> None:
        """What is compressed ends here; it has to be a whole message by itself."""
        if len(self._levels) < 2:
            raise LocalProtocolError("no compressed packet was entered")
        _check_whole(self._levels.pop(), offset)

    def end(self, offset: int | None = None) -> None:
        """The sequence ends here. Raises `MalformedPacket` where something is missing."""
        if len(self._levels) > 1:
            raise LocalProtocolError("a compressed packet was not left")
        _check_whole(self._levels[0], offset)

    def _one_pass(self, level: _Level, offset: int | None) -> None:
        level.open += 1
        self._prefixed(level, offset)

    def _prefixed(self, _level: _Level, offset: int | None) -> None:
        self._signatures += 1
        if self._signatures > MOST_SIGNATURES:
            raise LimitExceeded(f"more than {MOST_SIGNATURES} signatures", offset)

    def _compressed(self, _level: _Level, offset: int | None) -> None:
        self._levels.append(_Level(State.CONTENT))
        if len(self._levels) > 1 + MOST_COMPRESSION:
            raise LimitExceeded(f"compression more than {MOST_COMPRESSION} deep", offset)

    def _closing(self, level: _Level, offset: int | None) -> None:
        if not level.open:
            raise MalformedPacket("a signature that nothing announced", offset)
        level.open -= 1


def _check_whole(level: _Level, offset: int | None) -> None:
    if level.state not in _COMPLETE:
        raise MalformedPacket(_MISSING[level.state], offset)
    if level.open:
        raise MalformedPacket("a one-pass signature without its signature", offset)


_Act = Callable[[MessageGrammar, _Level, int | None], None]
_Step = tuple[State, _Act | None]
_KEYS: dict[int, _Step] = {
    Tag.PKESK: (State.KEYS, None),
    Tag.SKESK: (State.KEYS, None),
    Tag.SEIPD: (State.ENCRYPTED, None),
    Tag.GNUPG_OCB: (State.ENCRYPTED, None),
}
_CONTENT: dict[int, _Step] = {
    Tag.ONE_PASS_SIGNATURE: (State.CONTENT, MessageGrammar._one_pass),  # noqa: SLF001 (its own table)
    Tag.SIGNATURE: (State.CONTENT, MessageGrammar._prefixed),  # noqa: SLF001 (its own table)
    Tag.COMPRESSED: (State.AFTER, MessageGrammar._compressed),  # noqa: SLF001 (its own table)
    Tag.LITERAL: (State.AFTER, None),
}
_TABLE: dict[State, dict[int, _Step]] = {
    State.CONTENT: _CONTENT,
    State.SIGNATURES: {Tag.SIGNATURE: (State.SIGNED, MessageGrammar._prefixed)},  # noqa: SLF001 (its own table)
    State.KEYS: _KEYS,
    State.ENCRYPTED: {},
    State.AFTER: {Tag.SIGNATURE: (State.AFTER, MessageGrammar._closing)},  # noqa: SLF001 (its own table)
    State.SIGNED: {Tag.SIGNATURE: (State.SIGNED, MessageGrammar._prefixed)},  # noqa: SLF001 (its own table)
}
"""What is missing may not stand there: so SED (§5.7), whose contents nothing protects."""

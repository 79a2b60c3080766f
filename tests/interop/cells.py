"""A cell of a matrix, how it turned out, and whether that is what was expected.

The law of this file: a cell works unless a `Limit` says otherwise, with the reason and with the words in which it has to
show itself. A limit that is gone is an error as much as a new one.
"""

import enum
import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from interop.exchange import OPERATIONS, Operation
from interop.programs import Failed, Kind, Unsaid
from interop.workshop import OURS, Workshop


class Direction(enum.Enum):
    """Who writes, and who reads."""

    OUT = "we write, they read"
    IN = "they write, we read"


@dataclass(frozen=True)
class Cell:
    """One thing that two programs do with each other."""

    peer: str
    kind: Kind
    operation: Operation
    direction: Direction

    def __str__(self) -> str:
        return f"{self.peer}-{self.kind.value}-{self.operation.value}-{self.direction.name.lower()}"


class State(enum.Enum):
    """How a cell turned out."""

    WORKS = "works"
    FAILS = "fails"
    UNSAID = "cannot be said"


@dataclass(frozen=True)
class Outcome:
    """How a cell turned out, and why."""

    state: State
    words: str = ""


def run(cell: Cell, workshop: Workshop) -> Outcome:
    """Let the two programs do it."""
    try:
        ours, theirs = (workshop.party(name, cell.kind) for name in (OURS, cell.peer))
        writer, reader = (ours, theirs) if cell.direction is Direction.OUT else (theirs, ours)
        OPERATIONS[cell.operation](writer, reader)
    except Failed as failed:
        return Outcome(State.FAILS, str(failed))
    except Unsaid as unsaid:
        return Outcome(State.UNSAID, str(unsaid))
    return Outcome(State.WORKS)


@dataclass(frozen=True)
class Limit:
    """Why cells do not work; an empty choice means all of them."""

    state: State
    reason: str
    """As the table says it."""
    symptom: str
    """Regular expression for the words of the outcome: it has to fail for this reason and no other."""
    peers: Collection[str] = ()
    kinds: Collection[Kind] = ()
    operations: Collection[Operation] = ()
    directions: Collection[Direction] = ()

    def covers(self, cell: Cell) -> bool:
        """Is it about this cell?"""
        chosen = (
            (self.peers, cell.peer),
            (self.kinds, cell.kind),
            (self.operations, cell.operation),
            (self.directions, cell.direction),
        )
        return all(not choice or value in choice for choice, value in chosen)

    def explains(self, outcome: Outcome) -> bool:
        """Did it show itself as it should?"""
        return outcome.state is self.state and bool(re.search(self.symptom, outcome.words))


@dataclass(frozen=True)
class Matrix:
    """A product of peers, kinds of key, operations and directions, with the limits that are known."""

    title: str
    peers: Sequence[str]
    kinds: Sequence[Kind]
    operations: Sequence[Operation]
    limits: Sequence[Limit]

    def cells(self) -> Iterator[Cell]:
        """All of them: a column of one peer and kind after the other."""
        for peer, kind, direction, operation in itertools.product(self.peers, self.kinds, Direction, self.operations):
            yield Cell(peer, kind, operation, direction)

    def limit(self, cell: Cell) -> Limit | None:
        """What is known to stand in its way; None: it works."""
        return next((known for known in self.limits if known.covers(cell)), None)

    def complaint(self, cell: Cell, outcome: Outcome) -> str | None:
        """What is wrong with an outcome; None: it is the expected one."""
        limit = self.limit(cell)
        if limit is None:
            return None if outcome.state is State.WORKS else f"{cell} {outcome.state.value}: {outcome.words}"
        if outcome.state is State.WORKS:
            return f"{cell} works, although: {limit.reason}"
        if not limit.explains(outcome):
            return f"{cell} {outcome.state.value}, but not by {limit.symptom!r}: {outcome.words}"
        return None

"""docs/interop.md, made of what a run has found.

The law of this file: the page says what was seen, also where it is not what was expected, and holds nothing that differs
from run to run: no date, no duration, no path.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from interop.cells import Cell, Direction, Limit, Matrix, Outcome, State
from interop.exchange import Operation
from interop.matrix import MATRICES


@dataclass
class Found:
    """What a run has found so far."""

    outcomes: dict[Cell, Outcome] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    """By the name of the program, what it says of itself."""

    def whole(self) -> bool:
        """Is every cell of every matrix among it?"""
        return all(cell in self.outcomes for matrix in MATRICES for cell in matrix.cells())


_HEAD = """\
# Interoperability

What `ithaca-sop` and other programs do with each other's keys, messages and signatures. The tests write this page when a run
has seen every cell (`python -m pytest tests/interop`), so it says what happened, and with which versions:

"""

_COLUMNS = {
    Operation.ENCRYPT: "to one recipient; octets of every value, which are no text",
    Operation.SIGN: "signed, not encrypted (one-pass signature, literal data, signature)",
    Operation.BOTH: "signed inside, then encrypted",
    Operation.DETACHED: "a detached signature over octets of every value",
    Operation.CLEARTEXT: "the cleartext signature framework, over text with lines that begin with a dash",
    Operation.BLANKS: "the same with blanks at the end of a line, as before a mail's signature",
    Operation.HIDDEN: "to one recipient whom the message does not name",
    Operation.HIDDEN_SECOND: "to two such recipients; the reader is the second",
    Operation.PROTECTED: "a key that the writer made with a password; the reader decrypts and signs with it, and a wrong password opens nothing; version 6 keys are protected with Argon2",
    Operation.COMPRESSED: "signed, then compressed with each algorithm that the writer has, then encrypted",
    Operation.PARTIAL: "signed and encrypted, more than 4 MiB, in packets whose lengths come in parts",
    Operation.PASSWORD: "to a password and no key, with Argon2",
    Operation.MIXED: "to a version 6 key and to a version 4 key that knows no version 2 SEIPD packet",
    Operation.GCM: "4 MiB in a version 2 SEIPD packet with GCM",
    Operation.EAX: "the same with EAX",
}


def page(found: Found) -> str:
    """The whole page, of a run that is whole."""
    notes = _Notes()
    tables = [_table(m, d, found, notes) for m in MATRICES for d in Direction]
    columns = [f"| {operation.value} | {words} |" for operation, words in _COLUMNS.items()]
    names = [name for matrix in MATRICES for name in matrix.peers if name in found.versions]
    versions = [f"| {name} | {found.versions[name]} |" for name in names]
    return "\n".join(
        [
            _HEAD + "| program | version |\n|---|---|",
            *versions,
            "\nThe reader's key is of the program that reads, the writer's of the program that writes; where a program cannot\n"
            "make a key of that kind, gpg made it. Exactly the octets have to come out, and exactly the signer has to be proved.\n",
            "| column | what it is |\n|---|---|",
            *columns,
            "",
            *tables,
            "## Notes\n",
            "*no*: it has to fail, and in the way that the tests name; should it ever work, the tests fail. –: one of the two programs\n"
            "has no way to be asked for it; where there is anything to try, the tests try it, and it has to say so.\n",
            *notes,
            "",
        ]
    )


def _table(matrix: Matrix, direction: Direction, found: Found, notes: "_Notes") -> str:
    lines = [
        f"## {matrix.title}: {direction.value}\n",
        "| program | key | " + " | ".join(o.value for o in matrix.operations) + " |",
        "|---|---|" + "---|" * len(matrix.operations),
    ]
    for peer in matrix.peers:
        for kind in matrix.kinds:
            cells = [Cell(peer, kind, operation, direction) for operation in matrix.operations]
            entries = [_entry(matrix, cell, found.outcomes[cell], notes) for cell in cells]
            lines.append(f"| {peer} | {kind.value} | {' | '.join(entries)} |")
    return "\n".join([*lines, ""])


_MARKS = {State.WORKS: "yes", State.FAILS: "no", State.UNSAID: "–"}


def _entry(matrix: Matrix, cell: Cell, outcome: Outcome, notes: "_Notes") -> str:
    limit = matrix.limit(cell)
    mark = _MARKS[outcome.state]
    if limit is None:
        return mark if outcome.state is State.WORKS else f"{mark}, unexpectedly"
    if not limit.explains(outcome):
        return f"{mark}, unexpectedly"
    return f"{mark} {notes.number(limit)}"


class _Notes:
    """Reasons, numbered as they are first needed; several limits may share one."""

    def __init__(self) -> None:
        self._reasons: list[str] = []

    def number(self, limit: Limit) -> int:
        if limit.reason not in self._reasons:
            self._reasons.append(limit.reason)
        return self._reasons.index(limit.reason) + 1

    def __iter__(self) -> Iterator[str]:
        return (f"{number}. {reason}" for number, reason in enumerate(self._reasons, 1))

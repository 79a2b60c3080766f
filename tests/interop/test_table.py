"""What is expected of the matrices, and the page that is made of what was found; no program is needed."""

import pytest

from interop import table
from interop.cells import Cell, Direction, Outcome, State
from interop.exchange import Operation
from interop.matrix import MATRICES, VERSION_4
from interop.programs import Kind

ENCRYPT = Cell("gpg", Kind.ED25519, Operation.ENCRYPT, Direction.OUT)
HIDDEN = Cell("rnp", Kind.ED25519, Operation.HIDDEN, Direction.OUT)
INLINE = Cell("gosop", Kind.ED25519, Operation.SIGN, Direction.IN)
WORKS = Outcome(State.WORKS)
HIDDEN_AS_KNOWN = Outcome(State.FAILS, "rnp ended with 1: failed to obtain decrypting key or password")
INLINE_AS_KNOWN = Outcome(State.UNSAID, "gosop has no inline-sign: Unsupported subcommand")


@pytest.mark.parametrize("matrix", MATRICES, ids=lambda m: m.title)
def test_every_limit_is_the_reason_of_some_cell(matrix):
    reasons = [matrix.limit(cell) for cell in matrix.cells()]
    assert [known.reason for known in matrix.limits if known not in reasons] == []


def test_the_product_is_whole():
    """Peers, kinds of key, operations, both ways."""
    for matrix in MATRICES:
        cells = set(matrix.cells())
        assert len(cells) == len(matrix.peers) * len(matrix.kinds) * len(matrix.operations) * 2
    assert {c.peer for c in VERSION_4.cells()} == {"gpg", "sqop", "rnp", "gosop", "pgpainless-cli"}


@pytest.mark.parametrize(
    ("cell", "outcome", "complaint"),
    [
        (ENCRYPT, WORKS, None),
        (ENCRYPT, Outcome(State.FAILS, "gpg: no"), "fails: gpg: no"),
        (ENCRYPT, Outcome(State.UNSAID, "gpg: no option"), "cannot be said: gpg: no option"),
        (HIDDEN, HIDDEN_AS_KNOWN, None),
        (HIDDEN, WORKS, "works, although: rnp opens nothing whose recipient is hidden."),
        (HIDDEN, Outcome(State.FAILS, "rnp ended with 139"), "fails, but not by"),
        (HIDDEN, Outcome(State.UNSAID, HIDDEN_AS_KNOWN.words), "cannot be said, but not by"),
        (INLINE, INLINE_AS_KNOWN, None),
        (INLINE, WORKS, "works, although: gosop has neither"),
    ],
)
def test_what_is_not_as_expected_is_an_error(cell, outcome, complaint):
    """Something that has begun to work, or that fails for another reason, as much as a new failure."""
    said = VERSION_4.complaint(cell, outcome)
    assert said == complaint if complaint is None else complaint in said


def found():
    outcomes = {cell: WORKS for matrix in MATRICES for cell in matrix.cells()}
    return table.Found(outcomes | {HIDDEN: HIDDEN_AS_KNOWN, INLINE: INLINE_AS_KNOWN}, {"gpg": "gpg 2.9"})


def test_a_run_that_missed_a_cell_makes_no_page():
    run = found()
    assert run.whole()
    del run.outcomes[ENCRYPT]
    assert not run.whole()


def _row(page, title, *first):
    after = page[page.index(f"## {title}\n") :]
    (row,) = (
        line for line in after[: after.index("\n## ", 1)].splitlines() if line.startswith(f"| {' | '.join(first)} |")
    )
    return [entry.strip() for entry in row.strip("|").split("|")][2:]


def test_the_page_has_every_cell_with_its_reason():
    page = table.page(found())
    column = VERSION_4.operations.index
    out = _row(page, "Version 4: we write, they read", "rnp", "Ed25519")
    into = _row(page, "Version 4: they write, we read", "gosop", "Ed25519")
    assert out[column(Operation.ENCRYPT)] == "yes"
    assert len(out) == len(into) == len(VERSION_4.operations)
    number = out[column(Operation.HIDDEN)].removeprefix("no ")
    assert f"\n{number}. rnp opens nothing whose recipient is hidden.\n" in page
    number = into[column(Operation.SIGN)].removeprefix("– ")
    assert f"\n{number}. gosop has neither inline-sign nor inline-verify.\n" in page
    assert "| gpg | gpg 2.9 |" in page


def test_the_page_says_what_was_seen_where_it_was_not_expected():
    run = found()
    run.outcomes[ENCRYPT] = Outcome(State.FAILS, "gpg: no")
    row = _row(table.page(run), "Version 4: we write, they read", "gpg", "Ed25519")
    assert row[0] == "no, unexpectedly"
    row = _row(table.page(run), "Version 4: they write, we read", "gosop", "Ed25519")
    assert row[VERSION_4.operations.index(Operation.CLEARTEXT)] == "yes, unexpectedly"


def test_every_column_is_explained():
    page = table.page(found())
    for operation in {o for matrix in MATRICES for o in matrix.operations}:
        assert f"| {operation.value} | " in page

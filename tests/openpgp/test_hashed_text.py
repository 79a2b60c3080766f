"""What of a cleartext is hashed: the same however the text is cut, in pieces, and without copies of what is long."""

import itertools
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ithaca.openpgp.hashed_text import HashedText, hashed
from ithaca.work import PIECE

TEXT = st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b" ", b"\t", b"\r", b"- ", b"\x0c"]), max_size=20).map(b"".join)


def simply_hashed(text, line_end=b"\r\n"):
    """The same, as simply as it can be said."""
    return line_end.join(line.rstrip(b" \t\r") for line in text.removesuffix(b"\n").split(b"\n"))


def cut(text, sizes):
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(text):
            return
        yield text[at : at + size]
        at += size


@given(TEXT, st.lists(st.integers(1, 9), min_size=1, max_size=4), st.sampled_from([b"\r\n", b"\n"]))
@example(b"\n ", [1], b"\n")
@example(b"a\n \t", [1], b"\r\n")
@example(b"\n \n\n", [1], b"\r\n")
def test_blanks_at_the_ends_of_lines_and_the_last_line_end_are_not_signed(text, sizes, line_end):
    """RFC 9580 §7.1, §7.2."""
    assert b"".join(hashed(cut(text, sizes), line_end)) == simply_hashed(text, line_end)


@pytest.mark.parametrize(
    "text", [b"\n" * 300_000, b" \n" * 200_000, b"a" * 1_000_000, b"a \t" * 300_000 + b"\n", b" " * 700_000 + b"a"]
)
@pytest.mark.parametrize("size", [PIECE, 1 << 22])
def test_it_comes_in_pieces(text, size):
    pieces = list(hashed(cut(text + b"\n", [size])))
    assert max(map(len, pieces)) <= PIECE
    assert b"".join(pieces) == simply_hashed(text + b"\n")


LONG = {
    "line ends": b"\n",
    "short lines": b"ab \n",
    "a line": b"a",
    "blanks": b" ",
    "lines of blanks": b" " * 1000 + b"\n",
}


@pytest.mark.parametrize("part", LONG.values(), ids=LONG)
@pytest.mark.parametrize("end", [b"\n", b"a\n"])
def test_a_text_that_is_in_memory_is_not_copied(part, end):
    text = [part * (PIECE // len(part)) for _ in range(24)] + [end]
    tracemalloc.start()
    try:
        for piece in hashed(text):
            assert piece is not None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * PIECE


def test_blanks_that_are_held_are_counted():
    form = HashedText()
    form.feed(b"a \t")
    assert form.blanks == 2
    form.feed(b"  ")
    assert form.blanks == 4
    form.feed(b"a ")
    assert form.blanks == 1
    form.feed(b"\n")
    assert form.blanks == 0

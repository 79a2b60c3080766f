"""Dot-terminated text: any content in any pieces, and nothing ends it but its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca import dotted
from ithaca.dotted import Stuffer, Unstuffer, Watcher

content = st.text("\r\n.ab", max_size=30).map(str.encode)
steps = st.integers(1, 9)


def pieces(octets, size):
    return [octets[i : i + size] for i in range(0, len(octets), size)]


def ended(text):
    return text if not text or text.endswith(b"\r\n") else text + b"\r\n"


@given(content, steps)
def test_stuffing_does_not_depend_on_the_pieces(text, size):
    stuffer = Stuffer()
    assert b"".join(map(stuffer.feed, pieces(text, size))) + stuffer.finish() == dotted.stuff(text)


@given(content, steps)
def test_what_is_stuffed_comes_back_and_what_follows_stays(text, size):
    wire = dotted.stuff(text) + b"QUIT\r\n"
    unstuffer, watcher = Unstuffer(), Watcher()
    assert b"".join(map(unstuffer.feed, pieces(wire, size))) == ended(text)
    assert b"".join(map(watcher.feed, pieces(wire, size))) == dotted.stuff(text)
    assert unstuffer.ended
    assert unstuffer.rest == watcher.rest == b"QUIT\r\n"


@given(content, steps)
def test_normalising_leaves_no_bare_cr_or_lf(text, size):
    unstuffer = Unstuffer(normalise=True)
    found = b"".join(map(unstuffer.feed, pieces(dotted.stuff(text), size)))
    assert found.count(b"\r") == found.count(b"\n") == found.count(b"\r\n")
    assert found.replace(b"\r\n", b"\n") == ended(text).replace(b"\r\n", b"\n").replace(b"\r", b"\n")


SMUGGLING = [
    b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\r\n.\0\r\n",
    b"\r\n\0.\r\n", b"\r\n.\r\r\n", b"\r\n..\r\n", b"\r\r\n.\r\r\n", b"\r\n. \r\n", b"\n\n.\n\n", b"\x85.\x85",
]  # fmt: skip


@pytest.mark.parametrize("end", SMUGGLING)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_every_other_end_of_data_stays_inside(end, size):
    wire = b"text" + end + b"MAIL FROM:<evil@example.org>\r\n.\r\nNOOP\r\n"
    unstuffer = Unstuffer(normalise=True)
    found = b"".join(map(unstuffer.feed, pieces(wire, size)))
    assert b"MAIL FROM" in found
    assert unstuffer.rest == b"NOOP\r\n"
    again = Unstuffer()
    assert again.feed(dotted.stuff(found)) == found


def test_an_empty_text():
    assert dotted.stuff(b"") == b".\r\n"
    assert dotted.unstuff(b".\r\n") == b""

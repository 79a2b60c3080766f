"""An entity taken apart while it goes by: however it is cut, the same events, and joined the same octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import scanning
from ithaca.mime.scanning import Boundary, Content, Holds, Scanner, Section


def events(octets, step=None):
    scanner = Scanner()
    step = step or max(1, len(octets))
    found = [e for i in range(0, len(octets), step) for e in scanner.feed(octets[i : i + step])]
    return [*found, *scanner.finish()]


def octets_of(event):
    if isinstance(event, Section):
        return event.octets + event.empty
    return event.octets if isinstance(event, Content) else event.before + event.line


def joined(found):
    """Without regard to how content was cut."""
    out = []
    for event in found:
        if isinstance(event, Content) and out and isinstance(out[-1], Content):
            out[-1] = Content(out[-1].octets + event.octets)
        else:
            out.append(event)
    return [
        (
            type(e).__name__,
            octets_of(e),
            getattr(e, "depth", None),
            getattr(e, "holds", None),
            getattr(e, "closing", None),
        )
        for e in out
    ]


NESTED = (
    b"Content-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n--out\r\n"
    b"Content-Type: multipart/alternative; boundary=out2\r\n\r\n"
    b"--out2\r\n\r\n--outside\r\n--out 2\r\n--out2  \r\nX: y\r\n\r\n\r\n\r\n--out2--\r\nepilogue\r\n"
    b"--out\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello\r\n--out--\r\nend"
)


def test_a_nested_multipart():
    found = [(e[0], e[2], e[1]) for e in joined(events(NESTED)) if e[0] != "Content"]
    assert [(kind, depth) for kind, depth, _ in found] == [
        ("Section", 1),
        ("Boundary", 1),
        ("Section", 2),
        ("Boundary", 2),
        ("Section", 2),
        ("Boundary", 2),
        ("Section", 2),
        ("Boundary", 1),
        ("Boundary", 1),
        ("Section", 1),
        ("Section", 1),
        ("Boundary", 0),
    ]
    contents = [e[1] for e in joined(events(NESTED)) if e[0] == "Content"]
    assert contents == [b"preamble", b"--outside\r\n--out 2", b"\r\n", b"epilogue", b"hello", b"end"]


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 64])
def test_pieces_do_not_matter(step):
    assert joined(events(NESTED, step)) == joined(events(NESTED))


pieces = st.lists(
    st.sampled_from(
        [b"--b", b"--b--", b"--c", b"--", b"-", b"\r\n", b"\r", b"\n", b" ", b"x", b"X: y\r\n", b"\r\n\r\n"]
        + [b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n" % n for n in (b"b", b"c", b"bc")]
        + [b"Content-Type: message/rfc822\r\n\r\n", b"--bc", b"From "]
    ),
    max_size=30,
).map(b"".join)


@given(pieces, st.integers(1, 9))
def test_any_octets_joined_are_those_that_came_however_they_are_cut(octets, step):
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + octets
    found = events(octets, step)
    assert b"".join(map(octets_of, found)) == octets
    assert joined(found) == joined(events(octets))


def test_a_boundary_ends_a_header_section_that_has_no_end():
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    found = joined(events(head + b"--b\r\nX: y\r\n--b\r\n\r\nz\r\n--b--\r\n"))
    assert found[2][:2] == ("Section", b"X: y\r\n")
    assert found[5][:2] == ("Content", b"z")


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=" + b"b" * 71 + b"\r\n\r\n",
        b"Content-Type: text/plain; boundary=b\r\n\r\n",
    ],
)
def test_what_is_not_taken_apart(head):
    (section, *_) = events(head + b"--b\r\n\r\nx\r\n--b--\r\n")
    assert section.holds is Holds.CONTENT


def test_no_deeper_than_the_limit():
    octets = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(scanning.MOST_DEPTH + 1)
    )
    found = [e for e in events(octets) if isinstance(e, Section)]
    assert [e.holds for e in found] == [Holds.PARTS] * scanning.MOST_DEPTH + [Holds.CONTENT]


def test_little_is_held():
    scanner = Scanner()
    list(scanner.feed(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"))
    for octets in (b"x" * 100_000, b"\r\n--" + b"y" * 100_000, b"\r\n" * 50_000):
        out = sum(len(octets_of(e)) for e in scanner.feed(octets))
        assert out >= len(octets) - 400


def test_a_header_section_without_end_is_not_waited_for():
    scanner = Scanner()
    found = list(scanner.feed(b"x" * (scanning.MOST_HEADER + 1)))
    assert [(type(e), len(octets_of(e))) for e in found] == [(Section, scanning.MOST_HEADER + 1)]
    assert list(scanner.feed(b"more")) == [Content(b"more")]


def test_many_parts_are_taken_apart_in_linear_time():
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 100_000 + b"--not\r\n" * 100_000
    assert sum(isinstance(e, Boundary) for e in events(octets)) == 100_000

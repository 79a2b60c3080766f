"""An entity taken apart while it streams by: nothing lost, whatever it is and however it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime.splitting import MOST_DEPTH, MOST_HEADER, Kind, Splitter

NESTED = (
    b"Subject: s\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n--out\r\n"
    b"Content-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\n\r\nplain\r\n-- \r\n--other\r\n--in  \r\n"
    b"Content-Type: text/html\r\n\r\n<p>\r\n--in--\r\n--out\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: inner\r\n\r\ninner body\r\n--out--\r\nepilogue\r\n"
)


def pieces(octets, size=None):
    splitter = Splitter()
    size = size or max(1, len(octets))
    out = [p for at in range(0, len(octets), size) for p in splitter.feed(octets[at : at + size])]
    return out + splitter.finish()


def shape(found):
    """Neighbouring content joined: how it came does not matter."""
    out = []
    for piece in found:
        if out and piece.kind is Kind.CONTENT and out[-1][0] is Kind.CONTENT:
            out[-1] = (Kind.CONTENT, out[-1][1] + piece.octets)
        elif piece.octets or piece.kind is not Kind.CONTENT:
            out.append((piece.kind, piece.octets))
    return out


def test_every_part_has_its_pieces():
    found = shape(pieces(NESTED))
    assert [octets for kind, octets in found if kind is Kind.FRAME] == [
        b"\r\n--out\r\n",
        b"--in\r\n",
        b"\r\n--in  \r\n",
        b"\r\n--in--\r\n",
        b"--out\r\n",
        b"\r\n--out--\r\n",
    ]
    assert [octets for kind, octets in found if kind is Kind.CONTENT] == [
        b"preamble",
        b"plain\r\n-- \r\n--other",
        b"<p>",
        b"inner body",
        b"epilogue\r\n",
    ]
    leaves = [p.octets for p in pieces(NESTED) if p.kind is Kind.SECTION and p.is_leaf]
    assert leaves == [b"\r\n", b"Content-Type: text/html\r\n\r\n", b"Subject: inner\r\n\r\n"]


@pytest.mark.parametrize("size", range(1, 40))
def test_it_is_the_same_however_it_comes(size):
    assert shape(pieces(NESTED, size)) == shape(pieces(NESTED))
    assert b"".join(p.octets for p in pieces(NESTED, size)) == NESTED


@given(
    st.lists(
        st.sampled_from([b"--out", b"--in", b"--", b"\r\n", b"\n", b"\r", b"-", b"x", NESTED[:60], NESTED]), max_size=20
    ),
    st.integers(1, 70),
)
def test_nothing_is_lost(parts, size):
    octets = b"".join(parts)
    found = pieces(octets, size)
    assert b"".join(p.octets for p in found) == octets
    assert shape(found) == shape(pieces(octets))


@pytest.mark.parametrize("kind", [b"multipart/signed", b"multipart/encrypted", b"multipart/mixed; x=y"])
def test_what_is_signed_or_encrypted_is_one_piece_of_content(kind):
    octets = NESTED.replace(b"multipart/alternative", kind)
    leaves = [p for p in pieces(octets) if p.kind is Kind.SECTION and p.is_leaf]
    assert len(leaves) == (3 if b"mixed" in kind else 2)


def test_a_header_section_without_end_passes():
    octets = b"X: y\r\n" * (MOST_HEADER // 6 + 10)
    assert b"".join(p.octets for p in pieces(octets, 1 << 16)) == octets


def test_nesting_has_its_limit():
    octets = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(80))
    found = pieces(octets, 7)
    assert b"".join(p.octets for p in found) == octets
    assert sum(p.kind is Kind.SECTION for p in found) == MOST_DEPTH + 1

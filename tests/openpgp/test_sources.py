"""Octets on demand: armored or binary, the same comes out, and an end stays an end."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedPacket
from ithaca.openpgp import armor
from ithaca.openpgp.sources import pieces_of, unarmored
from ithaca.work import PIECE

KINDS = frozenset({"MESSAGE"})


def whole(read):
    return b"".join(iter(read, b""))


def cut(octets, size):
    pieces = (octets[at : at + size] for at in range(0, len(octets), size))
    return lambda: next(pieces, b"")


@given(st.binary(max_size=300), st.integers(1, 100))
def test_armored_and_binary_come_out_alike(octets, size):
    data = b"\xc0" + octets
    assert whole(unarmored(cut(data, size), KINDS)) == data
    assert whole(unarmored(cut(armor.armor("MESSAGE", data), size), KINDS)) == data


def test_an_end_is_an_end_however_often_one_asks():
    for read in (pieces_of(b"\xc0x"), unarmored(pieces_of(b"\xc0x"), KINDS)):
        assert [read(), read(), read()] == [b"\xc0x", b"", b""]


def test_a_buffer_comes_in_pieces():
    octets = bytes(PIECE + 1)
    assert [len(piece) for piece in iter(pieces_of(octets), b"")] == [PIECE, 1]


def test_what_follows_the_tail_line_is_not_read():
    asked = []
    pieces = itertools.chain([armor.armor("MESSAGE", b"\xc0x")], itertools.repeat(b"text for ever\n"))
    read = unarmored(lambda: asked.append(1) or next(pieces), KINDS)
    assert whole(read) == b"\xc0x"
    assert len(asked) == 1


@pytest.mark.parametrize("octets", [b"", b"text\n", b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n"])
def test_armor_that_is_none_or_cut_is_told(octets):
    with pytest.raises(MalformedPacket):
        whole(unarmored(pieces_of(octets), KINDS))


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_text_in_front_may_begin_like_binary_data_however_it_comes(size):
    octets = "Ça va\n".encode() + armor.armor("MESSAGE", b"\xc0x")
    assert whole(unarmored(cut(octets, size), KINDS)) == b"\xc0x"

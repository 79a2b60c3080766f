"""Compressed data, inflated in pieces."""

import bz2
import os
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import packets
from ithaca.openpgp.compression import inflated
from ithaca.openpgp.packets import PacketReader, Source
from ithaca.work import PIECE


def deflated(data):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


FORMS = {0: lambda d: d, 1: deflated, 2: zlib.compress, 3: bz2.compress}


def reader(body, size=1000):
    octets = packets.encode(8, body)
    pieces = iter([octets[i : i + size] for i in range(0, len(octets), size)])
    return inflated(PacketReader(Source(lambda: next(pieces, b""))).next())


def read_all(body, size=1000):
    pieces = list(iter(reader(body, size), b""))
    assert all(len(piece) <= PIECE for piece in pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("algorithm", FORMS)
@pytest.mark.parametrize(
    "data", [b"", b"x", b"text " * 200_000, os.urandom(300_000)], ids=["none", "one", "text", "noise"]
)
@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_what_was_compressed_comes_back_in_pieces(algorithm, data, size):
    assert read_all(bytes([algorithm]) + FORMS[algorithm](data), size) == data


@given(st.binary(max_size=300), st.sampled_from([1, 2, 3]), st.integers(1, 50))
def test_what_was_compressed_comes_back_however_it_comes(data, algorithm, size):
    assert read_all(bytes([algorithm]) + FORMS[algorithm](data), size) == data


@pytest.mark.parametrize("algorithm", [1, 2])
def test_what_waits_inside_a_full_piece_is_not_cut_off(algorithm):
    """The last octets of the input stand for hundreds of the output: a piece may be full when all of them are taken."""
    for size in range(PIECE - 2, PIECE + 400):
        assert len(read_all(bytes([algorithm]) + FORMS[algorithm](bytes(size)), 1 << 20)) == size


@pytest.mark.parametrize("algorithm", [1, 2, 3])
@pytest.mark.parametrize("data", [b"text " * 100, bytes(PIECE)], ids=["text", "a full piece"])
def test_every_cut_is_an_error_of_ours(algorithm, data):
    whole = bytes([algorithm]) + FORMS[algorithm](data)
    for end in range(1, len(whole)):
        with pytest.raises(MalformedPacket, match="truncated"):
            read_all(whole[:end])


@pytest.mark.parametrize("algorithm", [1, 2, 3])
@pytest.mark.parametrize("more", [b"m", b"more", b"\0", "again"])
@pytest.mark.parametrize("size", [1, 1000])
def test_nothing_may_follow(algorithm, more, size):
    whole = FORMS[algorithm](b"text " * 100)
    more = whole if more == "again" else more
    with pytest.raises(MalformedPacket, match="behind the compressed data"):
        read_all(bytes([algorithm]) + whole + more, size)


@pytest.mark.parametrize("algorithm", [1, 2, 3])
def test_damage_is_an_error_of_ours(algorithm):
    whole = FORMS[algorithm](bytes(range(256)) * 40)
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        damaged = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            # ZIP has no checksum of its own.
            assert len(read_all(bytes([algorithm]) + damaged)) > 0 or algorithm == 1
            assert algorithm == 1
        except MalformedPacket as error:
            assert error.offset == 0


@given(st.binary(max_size=200), st.integers(1, 50))
def test_any_octets_are_data_or_an_error_of_ours(octets, size):
    try:
        read_all(octets, size)
    except OpenPGPError:
        return


@pytest.mark.parametrize("algorithm", [4, 9, 110, 255])
def test_an_unknown_algorithm_is_named(algorithm):
    with pytest.raises(UnsupportedAlgorithm, match=f"compression algorithm {algorithm} "):
        reader(bytes([algorithm]) + b"x")


def test_a_packet_without_its_algorithm_is_too_short():
    with pytest.raises(MalformedPacket):
        reader(b"")


def test_uncompressed_data_are_read_in_pieces_that_fit():
    data = os.urandom(3 * PIECE + 5)
    assert read_all(b"\0" + data, len(data) + 10) == data


@pytest.mark.parametrize("algorithm", [1, 2, 3])
def test_a_bomb_comes_in_pieces_and_can_be_left(algorithm):
    body = bytes([algorithm]) + FORMS[algorithm](bytes(64 << 20))
    before, read = time.process_time(), reader(body)
    assert all(0 < len(read()) <= PIECE for _ in range(20))
    assert time.process_time() - before < 1

"""Compressed data, inflated in pieces."""

import bz2
import os
import zlib

import pytest

from ithaca.errors import OpenPGPError
from ithaca.openpgp import packets
from ithaca.openpgp.compression import inflated
from ithaca.openpgp.packets import PacketReader, Source
from ithaca.work import PIECE

FORMS = {
    0: lambda d: d,
    1: lambda d: zlib.compress(d)[2:-4],
    2: zlib.compress,
    3: bz2.compress,
}


def reader(body, size=1000):
    octets = packets.encode(8, body)
    pieces = iter([octets[i : i + size] for i in range(0, len(octets), size)])
    return inflated(PacketReader(Source(lambda: next(pieces, b""))).next())


@pytest.mark.parametrize("algorithm", FORMS)
@pytest.mark.parametrize(
    "data", [b"", b"x", b"text " * 200_000, os.urandom(300_000)], ids=["none", "one", "text", "noise"]
)
def test_what_was_compressed_comes_back_in_pieces(algorithm, data):
    read = reader(bytes([algorithm]) + FORMS[algorithm](data))
    out = []
    while piece := read():
        assert len(piece) <= PIECE
        out.append(piece)
    assert b"".join(out) == data


@pytest.mark.parametrize("algorithm", [1, 2, 3])
def test_cut_or_followed_by_something_is_an_error_of_ours(algorithm):
    whole = FORMS[algorithm](b"text " * 100)
    for body in (whole[:-5], whole + b"more", b"junk", b""):
        read = reader(bytes([algorithm]) + body)
        with pytest.raises(OpenPGPError):
            while read():
                continue


def test_an_unknown_algorithm_is_named():
    with pytest.raises(OpenPGPError, match="compression algorithm 9"):
        reader(b"\x09x")

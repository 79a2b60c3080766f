"""Ciphertext read twice: the second reading comes from where the first was kept, and an error is no end."""

import io

import pytest

from ithaca.errors import MalformedPacket
from ithaca.openpgp import packets
from ithaca.openpgp.ciphertext import Ciphertext
from ithaca.openpgp.packets import PacketReader, Source
from ithaca.openpgp.sources import pieces_of

DATA = bytes(range(256)) * 3000


def body(octets):
    return PacketReader(Source(pieces_of(octets))).next()


def test_the_second_reading_is_the_first():
    spool = io.BytesIO()
    ciphertext = Ciphertext(body(packets.encode(18, DATA)), spool, iter)
    assert b"".join(iter(ciphertext.read, b"")) == DATA
    assert spool.getvalue() == DATA
    assert ciphertext.rewind()
    assert b"".join(iter(ciphertext.read, b"")) == DATA
    assert ciphertext.count == len(DATA)


def test_without_a_spool_there_is_no_second_reading():
    ciphertext = Ciphertext(body(packets.encode(18, DATA)), None, iter)
    assert not ciphertext.rewind()


def test_what_is_in_memory_anyway_is_read_again_without_a_spool():
    octets = packets.encode(18, DATA)
    ciphertext = Ciphertext(body(octets), None, iter, lambda: body(octets))
    for _ in range(3):
        assert b"".join(iter(ciphertext.read, b"")) == DATA
        assert ciphertext.rewind()
    assert ciphertext.count == len(DATA)


def test_rewinding_reads_the_rest_first():
    ciphertext = Ciphertext(body(packets.encode(18, DATA)), io.BytesIO(), iter)
    ciphertext.read()
    assert ciphertext.rewind()
    assert b"".join(iter(ciphertext.read, b"")) == DATA


def test_data_that_is_cut_short_is_an_error_however_often_one_asks():
    ciphertext = Ciphertext(body(packets.encode(18, DATA)[:-1]), None, iter)
    for _ in range(2):
        with pytest.raises(MalformedPacket):
            b"".join(iter(ciphertext.read, b""))


def test_closing_ends_a_reading_ahead():
    ended = []

    def ahead(pieces):
        try:
            yield from pieces
        finally:
            ended.append(True)

    ciphertext = Ciphertext(body(packets.encode(18, DATA)), None, ahead)
    ciphertext.read()
    ciphertext.close()
    assert ended == [True]

"""Framing: every length checked, any cut into parts, linear time."""

import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import packets
from ithaca.openpgp.packets import PacketReader, PartialWriter, Source


def reader(octets, size=None):
    step = size or max(1, len(octets))
    pieces = iter([octets[i : i + step] for i in range(0, len(octets), step)])
    return PacketReader(Source(lambda: next(pieces, b"")))


def read_all(octets, size=None):
    out, source = [], reader(octets, size)
    while (body := source.next()) is not None:
        out.append((body.tag, body.all(1 << 24)))
    return out


@given(st.lists(st.tuples(st.sampled_from([1, 2, 11, 13, 18, 61]), st.binary(max_size=300)), max_size=5))
def test_what_is_written_reads_back_whole_and_octet_by_octet(sequence):
    octets = b"".join(packets.encode(tag, body) for tag, body in sequence)
    assert [(p.tag, p.body) for p in packets.split(octets)] == sequence
    assert b"".join(p.octets for p in packets.split(octets)) == octets
    assert read_all(octets) == read_all(octets, 1) == sequence


@pytest.mark.parametrize("size", [0, 1, 191, 192, 8383, 8384, 70000])
def test_lengths_at_their_borders(size):
    octets = packets.encode(11, bytes(size))
    assert [len(p.body) for p in packets.split(octets)] == [size]
    assert len(read_all(octets, 7)[0][1]) == size


@pytest.mark.parametrize("size", [0, 1, 511, 512, 65535, 65536, 65537, 200_000])
def test_partial_lengths_join(size):
    body = bytes(i % 251 for i in range(size))
    writer = PartialWriter(18)
    octets = b"".join(writer.feed(body[i : i + 999]) for i in range(0, size, 999)) + writer.finish()
    assert [(p.tag, p.body) for p in packets.split(octets)] == [(18, body)]
    assert read_all(octets, 1000) == [(18, body)]


MALFORMED = {
    "bit 7 clear": b"\x46\x00",
    "cut in the length": b"\xc2\xff\x00",
    "cut in the body": b"\xc2\x05abc",
    "partial length on a signature": b"\xc2\xe9" + bytes(512) + b"\x00",
    "first part below 512": b"\xd2\xe8" + bytes(256) + b"\x00",
    "cut inside a part": b"\xd2\xe9" + bytes(100),
    "four gigabytes claimed": b"\xcb\xff\xff\xff\xff\xffhello",
    "indeterminate length on a signature": b"\x8bhello",
    "old format cut": b"\x99\x01",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_broken_framing_is_malformed_with_the_offset(case):
    with pytest.raises(MalformedPacket):
        list(packets.split(MALFORMED[case]))
    with pytest.raises(MalformedPacket):
        read_all(MALFORMED[case])


def test_old_format_and_indeterminate_length_read():
    assert [(p.tag, p.body) for p in packets.split(b"\x88\x03abc\xa3rest of all")] == [
        (2, b"abc"),
        (8, b"rest of all"),
    ]
    assert read_all(b"\x88\x03abc\xa3rest of all", 3) == [(2, b"abc"), (8, b"rest of all")]


def test_one_octet_parts_cost_linear_time():
    parts = b"\xd2\xe9" + bytes(512) + b"\xe0x" * 200_000 + b"\x00"
    before = time.perf_counter()
    assert len(next(packets.split(parts)).body) == 200_512
    assert time.perf_counter() - before < 5


def test_too_many_packets_are_a_limit():
    with pytest.raises(LimitExceeded):
        list(packets.split(b"\xca\x00" * 100, most_packets=50))


@given(st.binary(max_size=300))
def test_any_octets_are_packets_or_an_error_of_ours(octets):
    try:
        assert b"".join(p.octets for p in packets.split(octets)) == octets
    except OpenPGPError:
        return


@given(st.lists(st.integers(0, 2500), max_size=8))
def test_however_a_body_comes_its_parts_are_the_same(sizes):
    octets = bytes(index % 251 for index in range(sum(sizes)))
    writer, at, out = packets.PartialWriter(18, bits=9), 0, []
    for size in sizes:
        out.append(writer.feed(octets[at : at + size]))
        at += size
    out.append(writer.finish())
    whole = packets.PartialWriter(18, bits=9)
    assert b"".join(out) == whole.feed(octets) + whole.finish()
    (packet,) = packets.split(b"".join(out))
    assert packet.body == octets


@given(st.binary(max_size=300), st.integers(1, 20), st.integers(1, 50))
def test_what_comes_in_crumbs_goes_on_in_pieces(octets, crumb, size):
    source = io.BytesIO(octets)
    asked = []

    def read(most):
        asked.append(most)
        return source.read(min(most, crumb))

    pieces = list(packets.gathered(read, size))
    assert b"".join(pieces) == octets
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(0 < len(piece) <= size for piece in pieces)
    assert max(asked) <= size

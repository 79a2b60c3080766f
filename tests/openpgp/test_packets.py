"""Framing: every length checked, any cut into parts, linear time."""

import io
import itertools
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import packets
from ithaca.openpgp.packets import PacketReader, PartialWriter, Source, Tag, gathered
from ithaca.work import PIECE


def reader(octets, size=None, **limits):
    step = size or max(1, len(octets))
    pieces = iter([octets[i : i + step] for i in range(0, len(octets), step)])
    return PacketReader(Source(lambda: next(pieces, b"")), **limits)


def read_all(octets, size=None, most=1 << 24):
    out, source = [], reader(octets, size)
    while (body := source.next()) is not None:
        pieces = list(iter(lambda: body.read(most), b""))
        assert all(len(piece) <= most for piece in pieces)
        out.append((body.tag, b"".join(pieces), body.offset))
    return out


def split(octets):
    return [(p.tag, p.body, p.offset) for p in packets.split(octets)]


def outcome(read, *arguments):
    try:
        return read(*arguments)
    except OpenPGPError as error:
        return type(error)


# --- what is written ---------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from([1, 2, 11, 13, 18, 61]), st.binary(max_size=300)), max_size=5))
def test_what_is_written_reads_back_whole_and_octet_by_octet(sequence):
    octets = b"".join(packets.encode(tag, body) for tag, body in sequence)
    assert [(p.tag, p.body) for p in packets.split(octets)] == sequence
    assert b"".join(p.octets for p in packets.split(octets)) == octets
    assert read_all(octets) == read_all(octets, 1) == split(octets)


@pytest.mark.parametrize("size", [0, 1, 191, 192, 8383, 8384, 70000])
def test_lengths_at_their_borders(size):
    octets = packets.encode(11, bytes(size))
    assert [len(p.body) for p in packets.split(octets)] == [size]
    assert len(read_all(octets, 7)[0][1]) == size


LENGTHS = [(0, "00"), (191, "bf"), (192, "c000"), (8383, "dfff"), (8384, "ff000020c0"), (100_000, "ff000186a0")]


@pytest.mark.parametrize(("length", "octets"), LENGTHS)
def test_lengths_are_written_as_the_standard_says(length, octets):
    """RFC 9580 §4.2.1, and its examples."""
    assert packets.encode_length(length) == bytes.fromhex(octets)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 65535, 65536, 65537, 200_000])
@pytest.mark.parametrize("step", [999, 65536, 1 << 18])
def test_partial_lengths_join(size, step):
    body = bytes(i % 251 for i in range(size))
    writer = PartialWriter(18)
    octets = b"".join(writer.feed(body[i : i + step]) for i in range(0, size, step)) + writer.finish()
    assert split(octets) == [(18, body, 0)]
    assert read_all(octets, 1000) == [(18, body, 0)]


@given(st.lists(st.integers(0, 2000), max_size=12), st.integers(9, 11), st.integers(1, 1500))
def test_parts_are_full_however_the_writer_is_fed(sizes, bits, most):
    body = bytes(i % 251 for i in range(sum(sizes)))
    writer, out, at = PartialWriter(11, bits), [], 0
    for size in sizes:
        out.append(writer.feed(body[at : at + size]))
        at += size
    octets = b"".join(out) + writer.finish()
    whole, rest = divmod(len(body), 1 << bits)
    expected = [bytes([0xE0 | bits]) + body[i << bits : (i + 1) << bits] for i in range(whole)]
    assert octets == b"\xcb" + b"".join(expected) + packets.encode_length(rest) + body[whole << bits :]
    assert read_all(octets, 100, most) == [(11, body, 0)]


def test_a_buffer_that_is_used_again_does_no_harm():
    writer, buffer, out = PartialWriter(18, 9), bytearray(100), []
    for number in range(20):
        buffer[:] = bytes([number]) * 100
        out.append(writer.feed(memoryview(buffer)))
    (packet,) = packets.split(b"".join(out) + writer.finish())
    assert packet.body == b"".join(bytes([n]) * 100 for n in range(20))


# --- what is read ------------------------------------------------------------------------------------

WELL_FORMED = {
    "legacy, one octet": ("8803616263", [(2, b"abc", 0)]),
    "legacy, two octets": ("890003616263", [(2, b"abc", 0)]),
    "legacy, four octets": ("8a00000003616263", [(2, b"abc", 0)]),
    "legacy, indeterminate": ("8803616263" + "a3726573747f", [(2, b"abc", 0), (8, b"rest\x7f", 5)]),
    "legacy behind another": ("c20161" + "8803616263", [(2, b"a", 0), (2, b"abc", 3)]),
    "longer than needed, four octets": ("c2ff00000003616263", [(2, b"abc", 0)]),
    "last part empty": ("cbe9" + "61" * 512 + "00", [(11, b"a" * 512, 0)]),
    "last part of two octets' length": ("cbe9" + "61" * 512 + "c000" + "62" * 192, [(11, b"a" * 512 + b"b" * 192, 0)]),
    "last part of four octets' length": ("cbe9" + "61" * 512 + "ff0000000162", [(11, b"a" * 512 + b"b", 0)]),
    "parts of one octet behind the first": ("cbe9" + "61" * 512 + "e062e06300", [(11, b"a" * 512 + b"bc", 0)]),
    "a packet behind the parts": ("cbe9" + "61" * 512 + "00" + "c200", [(11, b"a" * 512, 0), (2, b"", 515)]),
    "type 63": ("ff00", [(63, b"", 0)]),
    "type 40 behind a packet": ("c20161" + "e8c06c" + "62" * 300, [(2, b"a", 0), (40, b"b" * 300, 3)]),
    "type 40 behind the last part": (
        "cbe9" + "61" * 512 + "0162" + "e8c06c" + "62" * 300,
        [(11, b"a" * 512 + b"b", 0), (40, b"b" * 300, 516)],
    ),
    "type 0": ("c000", [(0, b"", 0)]),
}


@pytest.mark.parametrize(("octets", "expected"), WELL_FORMED.values(), ids=WELL_FORMED)
def test_every_form_of_a_length_is_read(octets, expected):
    octets = bytes.fromhex(octets)
    assert split(octets) == expected
    for size in (1, 2, 513, 1000):
        assert read_all(octets, size) == expected


MALFORMED = {
    "bit 7 clear": (b"\x46\x00", "begins", 0),
    "bit 7 clear behind a packet": (b"\xc2\x01a\x46\x00", "begins", 3),
    "no length": (b"\xc2", "truncated", 1),
    "cut in a length of two octets": (b"\xc2\xc0", "truncated", 2),
    "cut in a length of five": (b"\xc2\xff\x00", "truncated", 3),
    "cut in the body": (b"\xc2\x05abc", "truncated", 5),
    "partial length on a signature": (b"\xc2\xe9" + bytes(512) + b"\x00", "partial", 0),
    "first part below 512": (b"\xd2\xe8" + bytes(256) + b"\x00", "below 512", 0),
    "first part of one octet": (b"\xcb\xe0x\x00", "below 512", 0),
    "cut inside a part": (b"\xd2\xe9" + bytes(100), "truncated", 102),
    "the last part is partial": (b"\xd2\xe9" + bytes(512), "truncated", 514),
    "the last part is cut": (b"\xd2\xe9" + bytes(512) + b"\x05abc", "truncated", 518),
    "four gigabytes claimed": (b"\xcb\xff\xff\xff\xff\xffhello", "truncated", 11),
    "a gigabyte claimed for a part": (b"\xcb\xfehello", "truncated", 7),
    "indeterminate length on a signature": (b"\x8bhello", "indeterminate", 0),
    "legacy without its length": (b"\x99", "truncated", 1),
    "legacy cut in the length": (b"\x99\x01", "truncated", 2),
    "legacy cut in the body": (b"\x88\x04abc", "truncated", 5),
    "legacy of four octets, cut": (b"\x8a\x00\x00\x01\x00abc", "truncated", 8),
}


@pytest.mark.parametrize(("octets", "words", "offset"), MALFORMED.values(), ids=MALFORMED)
def test_broken_framing_is_malformed_with_the_offset(octets, words, offset):
    with pytest.raises(MalformedPacket, match=words) as caught:
        split(octets)
    assert caught.value.offset is not None
    for size in (1, 3, 1000):
        with pytest.raises(MalformedPacket, match=words) as caught:
            read_all(octets, size)
        assert caught.value.offset == offset


@pytest.mark.parametrize("tag", range(64))
def test_only_data_packets_have_partial_lengths(tag):
    """RFC 9580 §4.2.1.4; LibrePGP's type 20 beside them."""
    octets = bytes([0xC0 | tag, 0xE9]) + bytes(512) + b"\0"
    expected = [(tag, bytes(512), 0)] if tag in (8, 9, 11, 18, 20) else MalformedPacket
    assert outcome(split, octets) == outcome(read_all, octets, 7) == expected


@pytest.mark.parametrize("tag", range(16))
def test_only_data_packets_have_no_length(tag):
    """RFC 9580 §4.2.2."""
    octets = bytes([0x83 | tag << 2]) + b"text"
    expected = [(tag, b"text", 0)] if tag in (8, 9, 11) else MalformedPacket
    assert outcome(split, octets) == outcome(read_all, octets, 2) == expected


PARTS = st.builds(
    lambda first, parts, last: b"\xcb\xe9" + bytes(512) + b"".join(first) + b"".join(parts) + last,
    st.just([]),
    st.lists(st.integers(0, 6).map(lambda bits: bytes([0xE0 | bits]) + bytes(range(1 << bits))), max_size=60),
    st.binary(max_size=9).map(lambda body: bytes([len(body)]) + body),
)


@given(PARTS, st.integers(1, 700), st.integers(1, 700), st.integers(0, 3))
def test_small_parts_join_however_they_come_and_are_asked_for(octets, size, most, cut):
    octets = octets[: len(octets) - cut]
    assert outcome(read_all, octets, size, most) == outcome(split, octets)


@given(st.binary(max_size=300), st.integers(1, 50), st.integers(1, 50))
def test_any_octets_are_packets_or_an_error_of_ours(octets, size, most):
    found = outcome(split, octets)
    assert outcome(read_all, octets, size, most) == found
    if isinstance(found, list):
        assert b"".join(p.octets for p in packets.split(octets)) == octets


def test_the_body_is_asked_for_in_parts_that_fit():
    body = reader(b"\xcb\xe9" + bytes(range(256)) * 2 + b"\xe0a\xe1bc\x03def", 100).next()
    assert body.exactly(3) == b"\0\1\2"
    assert body.read(1) == b"\3"
    assert body.exactly(508 + 5)[-5:] == b"abcde"
    with pytest.raises(MalformedPacket, match="too short"):
        body.exactly(2)


def test_a_body_that_was_not_read_is_not_passed_over():
    source = reader(packets.encode(11, b"text") * 2)
    source.next().read(2)
    with pytest.raises(MalformedPacket, match="not read to its end"):
        source.next()


def test_the_whole_body_has_its_limit():
    octets = b"\xcb\xe9" + bytes(512) + b"\xe0a" * 88 + b"\0"
    assert len(reader(octets).next().all(600)) == 600
    with pytest.raises(LimitExceeded, match="type 11 above 599"):
        reader(octets).next().all(599)


def test_no_more_is_read_than_the_limit_allows():
    taken = 0

    def read():
        nonlocal taken
        taken += 1000
        assert taken < 10_000
        return bytes(1000)

    with pytest.raises(LimitExceeded):
        packets.Body(Source(read), 11, None).all(5000)


def test_pieces_are_gathered_to_their_size():
    for sizes in ([1], [3, 5], [1000]):
        given_sizes = itertools.cycle(sizes)
        given_pieces = iter([bytes([n % 256]) * next(given_sizes) for n in range(500)])
        pieces = list(gathered(Source(lambda: next(given_pieces, b"")).some, 64))  # noqa: B023
        assert {len(p) for p in pieces[:-1]} <= {64}
        assert len(pieces[-1]) <= 64


# --- limits and cost ---------------------------------------------------------------------------------


def test_too_many_packets_are_a_limit():
    octets = b"\xca\x00" * 100
    with pytest.raises(LimitExceeded) as caught:
        list(packets.split(octets, most_packets=50))
    assert caught.value.offset == 100
    source = reader(octets, most_packets=50)
    for _ in range(50):
        source.next()
    with pytest.raises(LimitExceeded) as caught:
        source.next()
    assert caught.value.offset == 100


def test_a_flood_of_markers_ends_soon():
    before = time.process_time()
    with pytest.raises(LimitExceeded):
        read_all(b"\xca\x03PGP" * 5_000_000, PIECE)
    assert time.process_time() - before < 1


@pytest.mark.parametrize("size", [1, 1000, PIECE])
def test_one_octet_parts_cost_linear_time(size):
    octets = b"\xd2\xe9" + bytes(512) + b"\xe0x" * 100_000 + b"\x00"
    before = time.process_time()
    assert len(read_all(octets, size)[0][1]) == 100_512
    assert len(next(packets.split(octets)).body) == 100_512
    assert time.process_time() - before < 2


def test_small_parts_come_in_large_pieces():
    """Each piece costs its way through cipher, hash and grammar."""
    octets = b"\xd2\xe9" + bytes(512) + (b"\xe9" + bytes(512)) * 2000 + b"\0"
    body = reader(octets, PIECE).next()
    assert sum(1 for _ in iter(body.read, b"")) < 20


def test_small_parts_cost_no_more_memory_than_their_octets():
    octets = b"\xd2\xe9" + bytes(512) + b"\xe1xy" * 50_000 + b"\x00"
    tracemalloc.start()
    try:
        packet = next(packets.split(octets))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(octets)
    assert len(packet.body) == 100_512


def test_the_packet_of_gnupg_is_known_and_nothing_else_is_made_up():
    assert Tag(20) is Tag.GNUPG_OCB
    assert sorted(Tag) == [*range(1, 15), *range(17, 22)]


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

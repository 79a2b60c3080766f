"""Armor: what mail does to it is read, what is no base64 is not skipped, hostile forms cost linear time."""

import base64
import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import armor


@given(st.binary(max_size=400), st.integers(1, 100))
def test_what_is_written_reads_back(data, size):
    writer = armor.ArmorWriter("MESSAGE")
    text = b"".join(writer.feed(data[i : i + size]) for i in range(0, len(data), size)) + writer.finish()
    assert text == armor.armor("MESSAGE", data)
    block = armor.dearmor(text)
    assert (block.kind, block.data, block.crc) == ("MESSAGE", data, "good")
    assert all(len(line) <= 76 for line in text.split(b"\r\n")), "RFC 9580 §6"


def test_large_data_reads_back():
    data = bytes(range(256)) * 1000
    assert armor.dearmor(armor.armor("MESSAGE", data)).data == data


TEXT = armor.armor("MESSAGE", b"\xd2" + bytes(range(200)))


@pytest.mark.parametrize(
    ("change", "crc"),
    [
        (lambda t: t, "good"),
        (lambda t: t.replace(b"\r\n", b"\n"), "good"),
        (lambda t: t.replace(b"\r\n", b"  \r\n"), "good"),
        (lambda t: b"words before \xff\r\n" + t + b"words after", "good"),
        (lambda t: t.replace(b"\r\n\r\n", b"\r\nVersion:\r\nComment: \xc3\xa4\xff\r\n \t\r\n", 1), "good"),
        (lambda t: b"\r\n".join(line for line in t.split(b"\r\n") if not line.startswith(b"=")), "absent"),
        (lambda t: t[: t.rindex(b"\r\n=")] + b"\r\n=AAAA\r\n-----END PGP MESSAGE-----\r\n", "bad"),
    ],
    ids=["as written", "LF", "blanks", "text around", "odd headers", "no checksum", "wrong checksum"],
)
def test_what_mail_does_to_armor_is_read(change, crc):
    block = armor.dearmor(change(TEXT))
    assert block.data == b"\xd2" + bytes(range(200))
    assert block.crc == crc


@pytest.mark.parametrize(
    "text",
    [
        b"no armor",
        TEXT.replace(b"-----END PGP MESSAGE-----", b""),
        TEXT.replace(b"\r\n\r\n", b"\r\n", 1),
        TEXT[:100] + b"*" + TEXT[100:],
        b"> " + TEXT.replace(b"\n", b"\n> "),
    ],
    ids=["none", "no tail", "no blank line", "foreign octet", "quoted"],
)
def test_broken_armor_is_malformed(text):
    with pytest.raises(MalformedPacket):
        armor.dearmor(text)


def test_several_blocks_are_joined():
    two = armor.armor("PUBLIC KEY BLOCK", b"\x99a") + b"\r\n" + armor.armor("PUBLIC KEY BLOCK", b"\x99b")
    assert armor.binary(two) == b"\x99a\x99b"
    assert armor.binary(b"\x99a") == b"\x99a"


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN PGP MESSAGE-----\r\n" + b"A: b\r\n" * 60 + b"x",
        b"-----BEGIN PGP MESSAGE-----\r\n" * 20_000,
        b"-----BEGIN PGP MESSAGE-----\r\n" + b"a: " * 5_000,
        b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + b"\r\n" * 500_000,
        b"-----BEGIN PGP MESSAGE-----" + b"\r" * 500_000,
    ],
    ids=["headers", "begins", "one header", "empty lines", "carriage returns"],
)
def test_hostile_armor_costs_linear_time(text):
    before = time.perf_counter()
    with pytest.raises(OpenPGPError):
        armor.dearmor(text)
    assert time.perf_counter() - before < 2


@given(st.binary(max_size=200))
def test_any_octets_are_a_block_or_an_error_of_ours(octets):
    for text in (
        octets,
        b"-----BEGIN PGP MESSAGE-----\n" + octets,
        b"-----BEGIN PGP MESSAGE-----\n\n" + octets + b"\n-----END PGP MESSAGE-----",
    ):
        try:
            armor.dearmor(text)
        except OpenPGPError:
            continue


def test_base64_agrees_with_the_standard_library():
    data = bytes(range(256)) * 7
    lines = armor.armor("MESSAGE", data).split(b"\r\n")
    assert base64.b64decode(b"".join(lines[2:-3])) == data


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_no_octet_of_the_data_is_skipped(line_end):
    """Whatever stands in the place of a digit or of a line end: the decoder below skips what it does not know."""
    octets = armor.armor("MESSAGE", bytes(200), crc=False, line_end=line_end)
    start = octets.index(line_end * 2) + 2 * len(line_end)
    for at in range(start, octets.index(b"-----END") - len(line_end)):
        for foreign in (b"*", b"\x80", b"_", b"\0"):
            with pytest.raises(MalformedPacket):
                armor.dearmor(octets[:at] + foreign + octets[at + 1 :])


# --- in pieces ---------------------------------------------------------------------------------------


def whole(octets):
    block = armor.dearmor(octets)
    return block.kind, block.headers, block.data, block.crc


def in_pieces(octets, sizes):
    reader, out, at = armor.ArmorReader(), [], 0
    for size in itertools.cycle(sizes):
        if at >= len(octets):
            break
        out.append(reader.feed(octets[at : at + size]))
        at += size
    reader.finish()
    return reader.kind, reader.headers, b"".join(out), reader.crc


def outcome(read, *arguments):
    try:
        return read(*arguments)
    except OpenPGPError as error:
        return type(error)


SIZES = st.lists(st.integers(1, 90), min_size=1, max_size=5)


@given(st.binary(max_size=400), st.booleans(), st.sampled_from([b"\n", b"\r\n"]), SIZES)
def test_what_was_written_is_read_in_pieces_of_any_size(data, crc, line_end, sizes):
    octets = b"text\n- text\n" + armor.armor("MESSAGE", data, crc=crc, line_end=line_end) + b"\ntext"
    assert in_pieces(octets, sizes) == ("MESSAGE", (), data, "good" if crc else "absent")


@given(
    st.binary(max_size=120),
    st.lists(
        st.tuples(st.integers(0, 400), st.sampled_from([b"", b"=", b"-", b"\n", b" ", b"\x80", b"=abcd\n"])), max_size=3
    ),
    SIZES,
)
def test_a_reader_fed_in_pieces_comes_to_the_same_end_as_one_that_has_it_all(data, changes, sizes):
    octets = armor.armor("MESSAGE", data, line_end=b"\n")
    for place, change in changes:
        at = place % len(octets)
        octets = octets[:at] + change + octets[at + 1 :]
    assert outcome(in_pieces, octets, sizes) == outcome(whole, octets)


HOSTILE = {
    "lines after a cleartext head": b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" + b"\r\n" * 100_000,
    "header lines": b"-----BEGIN PGP MESSAGE-----\r\n" + b"A: b\r\n" * 100_000,
    "one endless header line": b"-----BEGIN PGP MESSAGE-----\r\n" + b"a: " * 1_000_000,
    "heads without an end": b"-----BEGIN PGP MESSAGE-----\n" * 100_000,
    "heads of signed messages": b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" * 100_000,
    "a million lines of one character": b"-----BEGIN PGP MESSAGE-----\n\n" + b"A\n" * 1_000_000,
    "one line without end": b"-----BEGIN PGP MESSAGE-----\n\n" + b"A" * 4_000_000,
    "no line at all": b"A" * 4_000_000,
    "a checksum without end": b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n=" + b"A\n" * 1_000_000,
    "blanks without end": b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n=" + b" \n" * 1_000_000,
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("size", [1000, 1 << 18])
def test_a_hostile_text_ends_at_once_in_an_error_of_ours(octets, size):
    """Exponential or quadratic readers take minutes to years for these."""
    before = time.process_time()
    assert outcome(in_pieces, octets, [size]) in (MalformedPacket, LimitExceeded)
    assert outcome(whole, octets) in (MalformedPacket, LimitExceeded)
    assert time.process_time() - before < 10


def test_a_block_of_another_kind_is_passed_over():
    octets = armor.armor("PUBLIC KEY BLOCK", b"\xc6\x01x") + armor.armor("MESSAGE", b"data")
    reader = armor.ArmorReader(frozenset({"MESSAGE"}))
    assert (reader.feed(octets), reader.kind, reader.is_complete) == (b"data", "MESSAGE", True)


def test_what_is_missing_is_named():
    for octets, words in (
        (b"text", "no armored"),
        (b"-----BEGIN PGP MESSAGE-----\nA: b", "blank line"),
        (b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n", "tail line"),
    ):
        reader = armor.ArmorReader()
        with pytest.raises(MalformedPacket, match=words):
            reader.feed(octets), reader.finish()

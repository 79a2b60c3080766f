"""Armor: what mail does to it is read, what is no base64 is not skipped, hostile forms cost linear time."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedPacket, OpenPGPError
from ithaca.openpgp import armor


@given(st.binary(max_size=400), st.integers(1, 100))
def test_what_is_written_reads_back(data, size):
    writer = armor.ArmorWriter("MESSAGE")
    text = b"".join(writer.feed(data[i : i + size]) for i in range(0, len(data), size)) + writer.finish()
    assert text == armor.armor("MESSAGE", data)
    block = armor.dearmor(text)
    assert (block.kind, block.data, block.crc) == ("MESSAGE", data, "good")
    assert all(len(line) <= 64 for line in text.split(b"\r\n"))


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

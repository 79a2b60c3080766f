"""What an armored message is, told from how it begins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import OpenPGPError
from ithaca.openpgp import armor, beginning, packets
from ithaca.openpgp.beginning import Kind

LITERAL = packets.encode(11, b"b\0\0\0\0\0At noon.")
PKESK, SEIPD = packets.encode(1, b"\3" + bytes(9)), packets.encode(18, b"\1" + bytes(400))
MARKER, PADDING = packets.encode(10, b"PGP"), packets.encode(21, bytes(9))


def armored(*octets):
    return armor.armor("MESSAGE", b"".join(octets))


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (armored(PKESK, SEIPD), Kind.ENCRYPTED),
        (armored(packets.encode(3, b"\4"), SEIPD), Kind.ENCRYPTED),
        (armored(SEIPD), Kind.ENCRYPTED),
        (armored(packets.encode(9, b"x")), Kind.ENCRYPTED),
        (armored(packets.encode(20, b"\1")), Kind.ENCRYPTED),
        (armored(MARKER, PADDING, PKESK, SEIPD), Kind.ENCRYPTED),
        (armored(MARKER, packets.encode(4, b"\3"), LITERAL), Kind.READABLE),
        (armored(packets.encode(2, b"\4"), LITERAL), Kind.READABLE),
        (armored(packets.encode(8, b"\1")), Kind.READABLE),
        (armored(LITERAL), Kind.READABLE),
        (armored(LITERAL).replace(b"-----\r\n", b"-----\r\nComment: x\r\n", 1), Kind.READABLE),
        (armored(LITERAL)[:-40], Kind.READABLE),
        (armored(packets.encode(6, b"\4")), Kind.UNKNOWN),
        (armored(packets.encode(39, b"\4")), Kind.UNKNOWN),
        (armored(MARKER * 9, LITERAL), Kind.UNKNOWN),
        (armored(b"Dear Bob"), Kind.UNKNOWN),
        (armored(b""), Kind.UNKNOWN),
        (b"Dear Bob\r\n", Kind.UNKNOWN),
        (armored(LITERAL).replace(b"\r\n\r\n", b"\r\n!", 1), Kind.UNKNOWN),
        (armor.armor("SIGNATURE", LITERAL), Kind.UNKNOWN),
    ],
)
def test_the_first_packet_that_says_something_tells(octets, kind):
    assert beginning.kind(octets) is kind


@given(st.binary(max_size=200))
def test_any_octets_are_something(octets):
    assert beginning.kind(octets) in Kind
    assert beginning.kind(armored(octets)) in Kind


def test_all_packets_are_named_the_last_of_them_cut_short_anywhere():
    whole = armored(PKESK, SEIPD)
    start = whole.index(b"\r\n\r\n")
    for end in range(start, len(whole)):
        assert (1, 18)[: len(beginning.tags(whole[:end]))] == beginning.tags(whole[:end])
    assert beginning.tags(whole) == (1, 18)
    assert beginning.tags(armored(PKESK, SEIPD, packets.encode(11, bytes(99)))[:-60]) == (1, 18, 11)


@pytest.mark.parametrize("octets", [b"Dear Bob, at noon.", PKESK + SEIPD + b"Dear Bob, at noon."])
def test_what_is_wrong_otherwise_is_an_error(octets):
    with pytest.raises(OpenPGPError):
        beginning.tags(armored(octets)[:-40])

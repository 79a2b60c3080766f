"""Where OpenPGP blocks stand in a text: whole lines, and nothing that only looks like one."""

import pytest

from ithaca.incoming.armored import MOST_BLOCKS, blocks
from messages.holders import ALICE
from messages.sealed import armor, binary, inside

ARMOR = b"-----BEGIN PGP MESSAGE-----\r\n\r\nwcBM\r\n-----END PGP MESSAGE-----\r\n"
CLEAR = b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nhi\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\nwcBM\r\n-----END PGP SIGNATURE-----\r\n"


def found(octets):
    return [(block.kind, octets[block.start : block.end]) for block in blocks(octets)]


def test_each_block_with_its_kind():
    assert found(b"hello\r\n" + ARMOR + b"\r\n" + CLEAR) == [("MESSAGE", ARMOR), ("SIGNED MESSAGE", CLEAR)]


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (inside(b"hi", ALICE), "READABLE MESSAGE"),
        (inside(b"hi"), "READABLE MESSAGE"),
        (binary(b"hi", ALICE), "MESSAGE"),
        (b"hi", "MESSAGE"),
    ],
    ids=["signed", "literal", "encrypted", "no packet"],
)
def test_a_message_that_anybody_can_read_is_of_another_kind(octets, kind):
    assert [block.kind for block in blocks(b"x\r\n" + ARMOR + armor("MESSAGE", octets))] == ["MESSAGE", kind]


def test_one_that_has_no_end_reaches_to_the_end():
    assert found(b"x\n-----BEGIN PGP MESSAGE-----\nwcBM\n") == [("MESSAGE", b"-----BEGIN PGP MESSAGE-----\nwcBM\n")]


@pytest.mark.parametrize("before", [b"> ", b" ", b"x", b"\x0b", b"a\r"])
def test_a_line_that_begins_otherwise_begins_no_block(before):
    assert found(before + ARMOR) == []


def test_the_end_of_another_kind_ends_nothing():
    octets = ARMOR.replace(b"END PGP MESSAGE", b"END PGP SIGNATURE")
    assert found(octets) == [("MESSAGE", octets)]


def test_no_more_are_told_apart_than_that():
    assert len(blocks(ARMOR * (MOST_BLOCKS + 5))) == MOST_BLOCKS

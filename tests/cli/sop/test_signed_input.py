"""The signed message on standard input: what is given on is what is signed, and nothing beside it."""

import pytest

from cli.sop.processes import TEXT
from ithaca.cli.sop.signed_input import MOST_TEXT
from ithaca.openpgp import packets
from ithaca.openpgp.packets import Tag

SMOOTH = b"first\nsecond - line\n"


@pytest.fixture
def clearsigned(sop, alice):
    return sop("inline-sign", "--as=clearsigned", alice.key, octets=SMOOTH)


def test_what_stands_around_a_cleartext_is_not_given_on(sop, alice, clearsigned):
    around = b"Dear bank, pay Mallory:\n\n" + clearsigned + b"\nP.S. at once\n"
    assert sop("inline-verify", alice.cert, octets=around) == SMOOTH


def test_blanks_that_were_added_are_not_given_on(sop, alice, clearsigned):
    added = clearsigned.replace(b"first\n", b"first \t \n").replace(b"\n", b"\r\n")
    assert sop("inline-verify", alice.cert, octets=added) == SMOOTH


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b"first", b"First"),
        lambda text: text.replace(b"first\n", b"first\n\n"),
        lambda text: text.replace(b"second - line\n", b""),
    ],
)
def test_a_cleartext_that_was_altered_gives_nothing(sop, alice, clearsigned, spoil):
    sop.fails(3, "inline-verify", alice.cert, octets=spoil(clearsigned))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b"Hash: SHA256\n", b"Hash: SHA256\nNote: pay Mallory\n"),
        lambda text: text.replace(b"first", b"-first"),
        lambda text: text[: text.index(b"-----BEGIN PGP SIGNATURE")],
        lambda text: text[:-20],
        lambda text: text.replace(b"Hash: SHA256\n\n", b""),
    ],
)
def test_a_cleartext_that_is_none_gives_nothing(sop, alice, clearsigned, spoil):
    sop.fails(41, "inline-verify", alice.cert, octets=spoil(clearsigned))


def test_of_a_clearsigned_text_exactly_what_the_signature_is_over(sop, alice):
    """A CR that is in no line end is signed (RFC 9580 §7.2 names spaces and tabs)."""
    clearsigned = sop("inline-sign", "--as=clearsigned", alice.key, octets=b"a\rb \r\n- c\n")
    assert sop("inline-verify", alice.cert, octets=clearsigned) == b"a\rb\n- c\n"
    text = sop("inline-detach", "--signatures-out=s", octets=clearsigned)
    assert text == b"a\rb\n- c"
    assert sop("verify", "s", alice.cert, octets=text)


def test_a_clearsigned_text_has_its_limit(sop, alice):
    """It waits in memory, whatever stands around it."""
    text = (b"- " + b"a" * 61 + b"\n") * (MOST_TEXT // 64)
    largest = sop("inline-sign", "--as=clearsigned", alice.key, octets=text)
    around = b"before\n" + largest + bytes(MOST_TEXT)
    assert sop("inline-verify", alice.cert, octets=around) == text
    larger = largest.replace(b"\n\n", b"\n\n\n", 1)
    for subcommand in (("inline-verify", alice.cert), ("inline-detach", "--signatures-out=s")):
        said = sop.fails(41, *subcommand, octets=larger)
        assert "a clearsigned text of more than 16 MiB" in said
        assert "needs a detached signature" in said
    assert not sop.path("s").exists()


def test_the_framework_inside_a_binary_message_is_data(sop, alice, bob, clearsigned):
    """What a message holds is never taken for the message."""
    literal = packets.encode(Tag.LITERAL, b"b" + bytes(5) + b"\n" + clearsigned)
    sop.fails(41, "inline-verify", alice.cert, octets=literal)
    signed = sop("inline-sign", "--no-armor", bob.key, octets=b"\n" + clearsigned)
    sop.fails(3, "inline-verify", alice.cert, octets=signed)


def test_of_a_message_what_its_signatures_are_over(sop, alice):
    signed = sop("inline-sign", "--no-armor", alice.key, octets=TEXT)
    for octets in (signed, sop("armor", octets=signed), b"some text\n" + sop("armor", octets=signed) + b"more\n"):
        assert sop("inline-verify", alice.cert, octets=octets) == TEXT


@pytest.mark.parametrize("cut", [0, 1, 30, -1])
def test_a_message_that_is_cut_off_gives_nothing(sop, alice, cut):
    signed = sop("inline-sign", "--no-armor", alice.key, octets=TEXT)
    sop.fails(41, "inline-verify", alice.cert, octets=signed[:cut])


def test_what_is_not_signed_is_no_signed_message(sop, alice):
    literal = packets.encode(Tag.LITERAL, b"b" + bytes(5) + TEXT)
    for octets in (literal, sop("encrypt", alice.cert, octets=TEXT), TEXT, b"", alice.cert.read_bytes()):
        sop.fails(41, "inline-verify", alice.cert, octets=octets)
        sop.fails(41, "inline-detach", "--signatures-out=s", octets=octets)
        assert not sop.path("s").exists()

"""What a file holds instead, in words."""

import time

import pytest

from ithaca.cli import contents
from ithaca.openpgp import armor, packets
from keymaking import generated

MADE = generated("Carol <carol@example.org>", b"correct horse", time.time() - 60)
SIGNATURE = next(packets.split(MADE.revocation)).octets
HELD = [
    ("PRIVATE KEY BLOCK", MADE.octets, contents.SECRET_KEY),
    ("PUBLIC KEY BLOCK", MADE.certificate, contents.CERTIFICATE),
    # A revocation certificate says "public key block" around a signature.
    ("PUBLIC KEY BLOCK", SIGNATURE, contents.SIGNATURE),
    ("SIGNATURE", SIGNATURE, contents.SIGNATURE),
    *(("MESSAGE", packets.encode(tag, b"\x03"), contents.ENCRYPTED) for tag in (1, 3, 9, 18, 20)),
    ("MESSAGE", packets.encode(4, b"\x03"), contents.SIGNED),
    ("MESSAGE", packets.encode(8, b"\x03"), "compressed message"),
    ("MESSAGE", packets.encode(11, b"\x03"), "message in clear"),
    # The old form of a header (RFC 9580 §4.2.2).
    ("MESSAGE", b"\x90\x01\x03", contents.SIGNED),
]


@pytest.mark.parametrize(("kind", "octets", "held"), HELD)
def test_it_is_told_by_the_first_packet(kind, octets, held):
    assert contents.held(octets) == held
    assert contents.held(b"Dear Alice,\n\n" + armor.armor(kind, octets) + b"\nYours") == held


def test_a_text_that_anybody_can_read():
    text = b"-----BEGIN PGP SIGNED MESSAGE-----\n\nhello\n" + armor.armor("SIGNATURE", SIGNATURE)
    assert contents.held(text) == contents.CLEARSIGNED


@pytest.mark.parametrize("octets", [b"", b"Dear Alice", b"\xcc\x01", b"\x7f", b"-----BEGIN PGP MESSAGE-----\n\n*"])
def test_what_has_no_name(octets):
    assert contents.held(octets) is None
    assert contents.instead(octets, contents.SECRET_KEY) is None


def test_much_of_it_is_not_read(monkeypatch):
    monkeypatch.setattr(contents, "MOST_LOOKED_AT", 50)
    assert contents.held(b"x" * 50 + b"\n" + armor.armor("PUBLIC KEY BLOCK", MADE.certificate)) is None


def test_the_words():
    said = contents.instead(MADE.certificate, contents.SECRET_KEY)
    assert said == "it holds a certificate, no secret key"
    assert contents.instead(MADE.certificate, contents.CERTIFICATE) is None
    assert contents.instead(MADE.certificate, contents.REVOCATION, contents.CERTIFICATE) is None
    assert contents.instead(packets.encode(1, b""), contents.SIGNATURE) == "it holds an encrypted message, no signature"

"""What of a cleartext framework may be read as words is seen; what programs write is not taken for that."""

import pytest

from ithaca.openpgp import cleartext
from ithaca.openpgp.cleartext_frame import MOST_UNHASHED, is_bare
from messages import sealed
from messages.holders import ALICE, SIGNED
from openpgp import raw

TEXT = b"-- \r\n-100\r\nFrom here\r\n--- \r\n1 - 2\r\nAt noon.\r\n"
BLOCK = sealed.cleartext(TEXT)
START = b"-----BEGIN PGP SIGNATURE-----\r\n"


def bare(octets):
    return is_bare(octets, cleartext.parse(octets))


def signed_as(*packets):
    """The framework with other signature packets."""
    return BLOCK[: BLOCK.index(START)] + sealed.armor("SIGNATURE", b"".join(packets))


def signature(**more):
    return raw.packet(2, ALICE.sign(1, b"text", SIGNED, **more))


@pytest.mark.parametrize(
    "octets",
    [
        BLOCK,
        BLOCK.replace(b"\r\n", b"\n"),
        BLOCK.removesuffix(b"\r\n"),
        b"\r\n\r\n" + BLOCK + b"\r\n",
        BLOCK.replace(b"\r\nFrom here", b"\r\n- From here"),
        BLOCK.replace(b"SIGNATURE-----\r\n\r\n", b"SIGNATURE----- \r\n \r\n", 1),
        sealed.cleartext(TEXT, headers=b""),
        sealed.cleartext(TEXT, headers=b"Hash: SHA256, SHA512\r\n"),
        signed_as(signature(unhashed=raw.sub(33, b"\4" + ALICE.fingerprint))),
        BLOCK[: BLOCK.rindex(b"\r\n=") + 2] + b"-----END PGP SIGNATURE-----\r\n",
    ],
)
def test_what_programs_write_is_bare(octets):
    assert bare(octets)


def test_what_gpg_writes_is_bare(gpg, alice_octets):
    gpg("--import", data=alice_octets)
    for columns in ((), ("--emit-version",), ("--comment", "Pay Eve.")):
        octets = gpg("--no-comments", "--no-emit-version", *columns, "--clearsign", data=TEXT).stdout
        assert bare(octets) is (not columns)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (START, START + b"Comment: Pay Eve.\r\n"),
        (START, START + b"Version: 1\r\n"),
        (START, START + b"Pay: Eve\r\n"),
        (BLOCK[BLOCK.rindex(b"\r\n=") :][:7], b"\r\n=Pay Eve 1000 at once"),
        (BLOCK[BLOCK.rindex(b"\r\n=") :][:7], b"\r\n=PayEve"),
        (START + b"\r\nwn", START + b"\r\nw n"),
        (START + b"\r\nwn", START + b"\r\nw\r\nn"),
        (START + b"\r\nwn", START + b"\r\n\r\nwn"),
        (b"At noon.", b"- At noon."),
    ],
    ids=["comment", "version", "any", "checksum", "a longer one", "blank", "short line", "empty line", "needless dash"],
)
def test_whatever_could_be_words_is_seen(old, new):
    assert old in BLOCK
    octets = BLOCK.replace(old, new, 1)
    assert cleartext.parse(octets).text == TEXT
    assert not bare(octets)


def test_lines_as_short_or_long_as_nobody_writes_them_could_be_words():
    start, end = BLOCK.index(START) + len(START) + 2, BLOCK.rindex(b"\r\n=")
    digits = BLOCK[start:end].replace(b"\r\n", b"")
    for columns, expected in ((20, False), (59, False), (60, True), (76, True), (77, False)):
        lines = b"\r\n".join(digits[at : at + columns] for at in range(0, len(digits), columns))
        assert bare(BLOCK[:start] + lines + BLOCK[end:]) is expected


@pytest.mark.parametrize(
    "packets",
    [
        (signature(), signature()),
        (signature(), raw.packet(60, b"Pay Eve.")),
        (raw.packet(21, b"Pay Eve."), signature()),
        (signature(unhashed=raw.sub(101, b"x" * MOST_UNHASHED)),),
        (raw.packet(2, b"\x09" + b"Pay Eve."),),
    ],
    ids=["two", "private packet", "padding", "unhashed", "of another version"],
)
def test_what_stands_beside_the_one_signature_could_be_words(packets):
    assert not bare(signed_as(*packets))

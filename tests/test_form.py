"""What counts as sealed or signed already: the whole frame of its standard, and nothing readable beside it."""

import base64

import pytest

import people
from ithaca.facts import Form
from ithaca.form import form_of
from ithaca.mime import header
from ithaca.mime.header import HeaderSection
from ithaca.openpgp import armor, packets
from messages.holders import ALICE
from messages.holders import SIGNED as NOON
from openpgp import raw_message

HEAD = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\nSubject: x\r\nContent-Type: text/plain\r\n\r\n"


@pytest.fixture(scope="module")
def sealed():
    ((_, octets),) = people.send(HEAD + b"At noon.\r\n" * 3)
    return octets


@pytest.fixture(scope="module")
def long():
    ((_, octets),) = people.send(HEAD + b"At noon.\r\n" * 20_000)
    return octets


def form(octets, complete=True):
    section, _, start = header.split_message(octets)
    return form_of(HeaderSection.parse(section), octets[start:], complete)


def test_what_we_seal_is_sealed(sealed):
    assert form(sealed) is Form.SEALED


def test_its_beginning_is_enough_where_the_rest_is_still_to_come(long):
    assert form(long[: 64 << 10], complete=False) is Form.SEALED
    assert form(long[: 64 << 10], complete=True) is Form.CLEAR


def _without(octets, old, new=b""):
    assert old in octets
    return octets.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Version: 1\r\n\r\n", b"Version: 1\r\nand a secret\r\n\r\n"),
        (b"Content-Type: application/pgp-encrypted\r\n", b"Content-Type: text/plain\r\n"),
        (b"Content-Type: application/octet-stream", b"Content-Type: text/plain"),
        (b"-----BEGIN PGP MESSAGE-----", b"the secret\r\n-----BEGIN PGP MESSAGE-----"),
        (b"-----END PGP MESSAGE-----", b"-----END PGP MESSAGE-----\r\nthe secret"),
        (b'filename="encrypted.asc"\r\n', b'filename="encrypted.asc"\r\nContent-Transfer-Encoding: base64\r\n'),
    ],
    ids=["control part", "its type", "data type", "words before", "words behind", "encoding"],
)
def test_whatever_is_readable_beside_the_ciphertext_makes_it_clear_text(sealed, old, new):
    assert form(_without(sealed, old, new)) is Form.CLEAR


def test_words_before_between_and_behind_the_parts_make_it_clear_text(sealed):
    boundary = sealed.partition(b'boundary="')[2].partition(b'"')[0]
    head, _, body = sealed.partition(b"\r\n\r\n")
    assert form(head + b"\r\n\r\n" + b"a long preamble\r\n" * 20 + body) is Form.CLEAR
    assert form(sealed + b"an epilogue\r\n") is Form.CLEAR
    third = b"\r\n--" + boundary + b"\r\n\r\nsecret\r\n--" + boundary + b"--"
    assert form(_without(sealed, b"\r\n--" + boundary + b"--", third)) is Form.CLEAR
    assert form(_without(sealed, b"\r\n--" + boundary + b"--")) is Form.CLEAR


def test_a_short_remark_about_openpgp_before_the_parts_is_usual(sealed):
    head, _, body = sealed.partition(b"\r\n\r\n")
    assert (
        form(head + b"\r\n\r\nThis is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)\r\n" + body) is Form.SEALED
    )


def test_words_in_what_is_still_open_armor_make_it_clear_text(long):
    prefix = long[: 64 << 10]
    assert form(prefix + b"\r\n!secret\r\n", complete=False) is Form.CLEAR
    assert form(prefix.replace(b"\r\n\r\n", b"\r\n\r\n", 1) + b"-----", complete=False) is Form.CLEAR
    begin = prefix[: prefix.index(b"-----BEGIN PGP")] + b"-----BEGIN PGP MESSAGE-----\r\n"
    for beside in (b"\r\nDear Bob, all of it.\r\n", b"Dear Bob: all\r\nof it.\r\n\r\n"):
        assert form(begin + beside + b"wcBM\r\n" * 12_000, complete=False) is Form.CLEAR
    labelled = prefix.replace(b"MESSAGE-----\r\n", b"MESSAGE-----\r\nVersion: X 1.0 (y)\r\n", 1)
    assert form(labelled, complete=False) is Form.SEALED


def test_a_letter_in_the_header_section_of_a_part_makes_it_clear_text(sealed):
    for field in (b"X-Letter: Dear Bob\r\n", b"Dear Bob\r\n", b"Content-Description: " + b"all of it, " * 99 + b"\r\n"):
        assert (
            form(
                _without(
                    sealed,
                    b"Content-Type: application/pgp-encrypted",
                    field + b"Content-Type: application/pgp-encrypted",
                )
            )
            is Form.CLEAR
        )
        assert (
            form(
                _without(
                    sealed, b"Content-Type: application/octet-stream", field + b"Content-Type: application/octet-stream"
                )
            )
            is Form.CLEAR
        )
    usual = b"Content-Description: OpenPGP encrypted message\r\nContent-Type: application/octet-stream"
    assert form(_without(sealed, b"Content-Type: application/octet-stream", usual)) is Form.SEALED


READABLE_LINES = {
    "many comments": b"Comment: Dear Bob, all of it in clear\r\n" * 2,
    "very many": b"Comment: Dear Bob, all of it in clear\r\n" * 1000,
    "another key": b"Dear Bob: all of it in clear\r\n",
    "a key in small letters": b"comment: all of it\r\n",
    "long": b"Comment: " + b"all of it, " * 9 + b"\r\n",
    "folded": b"Comment: all\r\n of it\r\n",
    "no header": b"Dear Bob,\r\n",
}
USUAL_LINES = {
    "none": b"",
    "version": b"Version: GnuPG v2.0.22 (GNU/Linux)\r\n",
    "version and comment": b"Version: Mailvelope v4.0\r\nComment: https://www.mailvelope.com\r\n",
    "charset": b"Charset: utf-8\r\nVersion: GnuPG v1.4\r\nComment: Using GnuPG with Mozilla - https://enigmail.net/\r\n",
    "empty": b"Version:\r\n",
}


def _labelled(octets, lines):
    return _without(octets, b"-----BEGIN PGP MESSAGE-----\r\n", b"-----BEGIN PGP MESSAGE-----\r\n" + lines)


def _inline(sealed):
    armored = sealed[sealed.index(b"-----BEGIN PGP") : sealed.index(b"-----END PGP")]
    return HEAD + armored + b"-----END PGP MESSAGE-----\r\n"


@pytest.mark.parametrize("lines", READABLE_LINES.values(), ids=READABLE_LINES)
def test_a_letter_in_the_armor_makes_it_clear_text(sealed, long, lines):
    assert form(_labelled(sealed, lines)) is Form.CLEAR
    assert form(_labelled(_inline(sealed), lines)) is Form.CLEAR
    assert form(_labelled(long[: 64 << 10], lines), complete=False) is Form.CLEAR


@pytest.mark.parametrize("lines", USUAL_LINES.values(), ids=USUAL_LINES)
def test_a_few_lines_of_a_program_in_the_armor_are_usual(sealed, long, lines):
    assert form(_labelled(sealed, lines)) is Form.SEALED
    assert form(_labelled(_inline(sealed), lines)) is Form.SEALED
    assert form(_labelled(long[: 64 << 10], lines), complete=False) is Form.SEALED


SESSION_KEY = packets.encode(1, b"\3" + bytes(9))


@pytest.mark.parametrize("length", range(90, 96))
def test_armor_ends_with_padding_and_checksum_in_every_way_and_with_no_words(length):
    """A reader takes any words for a checksum that is wrong."""
    octets = SESSION_KEY + packets.encode(18, b"\1" + bytes(length))
    for crc in (True, False):
        armored = armor.armor("MESSAGE", octets, crc=crc)
        assert form(HEAD + armored) is Form.SEALED
        assert form(HEAD + armored.replace(b"\r\n", b" \r\n").replace(b"--- ", b"---", 1)) is Form.SEALED
        for words in (
            b"=Dear Bob\r\n",
            b"= all of it in clear\r\n",
            b"=Dear=Bob\r\n",
            b"Dear Bob\r\n",
            b"=\r\n=DearBob\r\n",
        ):
            assert form(HEAD + armored.replace(b"-----END", words + b"-----END")) is Form.CLEAR
        lines = armored.splitlines(keepends=True)
        spaced = b"".join([*lines[:2], lines[2][:5] + b" " + lines[2][5:], *lines[3:]])
        assert form(HEAD + spaced) is Form.CLEAR


@pytest.mark.parametrize("cut", range(1, 80))
def test_the_end_of_what_was_seen_may_stand_anywhere_in_the_armor(long, cut):
    """Up to its last line, where the boundary line that follows is missing."""
    end = long.index(b"-----END PGP MESSAGE")
    assert form(long[: end - cut], complete=False) is Form.SEALED


def test_a_literal_in_armor_is_no_ciphertext(sealed):
    start, end = sealed.index(b"-----BEGIN PGP"), sealed.index(b"\r\n--", sealed.index(b"-----END PGP"))
    clear = armor.armor("MESSAGE", packets.encode(11, b"b\0\0\0\0\0clear"))
    assert form(sealed[:start] + clear + sealed[end:]) is Form.CLEAR


SIGNED = raw_message.signed(ALICE, b"At noon.\r\n" * 10_000, NOON)
READABLE = {
    "signed": SIGNED,
    "compressed": packets.encode(8, b"\0" + SIGNED),
    "literal": raw_message.literal(b"At noon.\r\n" * 10_000),
    "behind a session key": packets.encode(1, b"\3" + bytes(9)) + SIGNED,
    "behind something sealed": packets.encode(1, b"\3" + bytes(9)) + packets.encode(18, b"\1" + bytes(99)) + SIGNED,
    "no packet": b"At noon.\r\n" * 10_000,
}


@pytest.mark.parametrize("octets", READABLE.values(), ids=READABLE)
def test_armor_that_anybody_can_read_is_never_taken_for_sealed(sealed, octets):
    """Else it would go out as it is where encryption is demanded."""
    clear = armor.armor("MESSAGE", octets)
    start, end = sealed.index(b"-----BEGIN PGP"), sealed.index(b"\r\n--", sealed.index(b"-----END PGP"))
    framed = sealed[:start] + clear + sealed[end:]
    assert form(framed) is Form.CLEAR
    assert form(framed[: 64 << 10], complete=False) is Form.CLEAR
    for head in (b"Subject: x\r\n\r\n", HEAD):
        assert form(head + clear) is Form.CLEAR
        assert form(head + clear[: 64 << 10], complete=False) is Form.CLEAR


def smime(kind, body, encoding=b"base64", name=b"application/pkcs7-mime"):
    return (
        b"Content-Type: " + name + b"; smime-type=" + kind + b"\r\nContent-Transfer-Encoding: " + encoding
        + b"\r\n\r\n" + body
    )  # fmt: skip


def cms(kind, begin=b"\x30\x82\x01\x10"):
    """The beginning of a ContentInfo (RFC 5652 §3)."""
    return begin + b"\x06" + bytes([len(kind)]) + kind + b"\xa0\x80" + b"\0" * 80


PKCS7, SMIME_CT = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07", b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
ENVELOPED, AUTH_ENVELOPED, SIGNED = PKCS7 + b"\x03", SMIME_CT + b"\x17", PKCS7 + b"\x02"


@pytest.mark.parametrize(
    ("octets", "wanted"),
    [
        (smime(b"enveloped-data", base64.encodebytes(cms(ENVELOPED))), Form.SEALED),
        (smime(b"enveloped-data", base64.encodebytes(cms(ENVELOPED, b"\x30\x80"))), Form.SEALED),
        (
            smime(b"authEnveloped-data", base64.encodebytes(cms(AUTH_ENVELOPED)), name=b"application/x-pkcs7-mime"),
            Form.SEALED,
        ),
        (smime(b"enveloped-data", cms(ENVELOPED), b"binary"), Form.SEALED),
        (smime(b"enveloped-data", base64.encodebytes(cms(SIGNED))), Form.CLEAR),
        (smime(b"enveloped-data", base64.encodebytes(cms(SMIME_CT + b"\x09"))), Form.CLEAR),
        (smime(b"enveloped-data", b"MIIB\r\n"), Form.CLEAR),
        (smime(b"enveloped-data", b"My dear Bob, all of it in clear\r\n"), Form.CLEAR),
        (smime(b"enveloped-data", b"\x30\x82", b"binary"), Form.CLEAR),
        (smime(b"enveloped-data", b"Dear Bob"), Form.CLEAR),
        (smime(b"enveloped-data", b"My dear Bob", b"7bit"), Form.CLEAR),
        (smime(b"signed-data", base64.encodebytes(cms(SIGNED))), Form.SIGNED),
        (smime(b"Signed-Data", cms(SIGNED, b"\x30\x80"), b"binary"), Form.SIGNED),
        (smime(b"signed-data", base64.encodebytes(cms(ENVELOPED))), Form.CLEAR),
        (smime(b"compressed-data", base64.encodebytes(cms(SMIME_CT + b"\x09"))), Form.CLEAR),
        (smime(b"", base64.encodebytes(cms(SIGNED))), Form.CLEAR),
        (smime(b"signed-data", b"MIIB\r\n"), Form.CLEAR),
        (smime(b"signed-data", b"Dear Bob, all of it\r\n", b"7bit"), Form.CLEAR),
        (b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\r\n\r\n', Form.SIGNED),
        (b'Content-Type: multipart/signed; protocol="application/x"; boundary=b\r\n\r\n', Form.CLEAR),
        (b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\r\n\r\n', Form.SIGNED),
        (b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n", Form.CLEAR),
        (b"\r\n", Form.CLEAR),
    ],
)
def test_other_forms(octets, wanted):
    assert form(octets) is wanted


def test_an_inline_message_alone(sealed):
    inline = sealed[sealed.index(b"-----BEGIN PGP") : sealed.index(b"-----END PGP")] + b"-----END PGP MESSAGE-----\r\n"
    assert form(b"Subject: x\r\n\r\n" + inline) is Form.SEALED
    assert form(b"Content-Type: text/plain\r\n\r\n" + inline) is Form.SEALED
    assert form(b"Content-Type: text/html\r\n\r\n" + inline) is Form.CLEAR
    assert form(b"Content-Type: text/plain\r\n\r\nhello\r\n" + inline) is Form.CLEAR
    assert form(b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inline) is Form.CLEAR
    assert form(b"Content-Type: text/plain\r\n\r\n" + inline, complete=False) is Form.CLEAR

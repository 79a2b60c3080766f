"""Sealed parts that stay closed are found, each by itself, and opened by hand."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
import shown
from ithaca.errors import OpenPGPError
from ithaca.incoming import by_hand
from ithaca.openpgp import armor
from ithaca.work import run

HEAD = b"From: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nAt noon.\r\n"
SEALED = people.send(HEAD + TEXT)[0][1]
ENTITY = SEALED[SEALED.index(b"Content-Type: multipart/encrypted") :]
ARMOR = SEALED[SEALED.index(b"-----BEGIN") : SEALED.index(b"-----END PGP MESSAGE-----")] + b"-----END PGP MESSAGE-----"
BINARY = armor.dearmor(ARMOR).data


def mixed(*parts):
    joined = b"".join(b"--m\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=m\r\n\r\n" + joined + b"--m--\r\n"


def file(name, data):
    kind = f'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return (kind + "Content-Transfer-Encoding: base64\r\n\r\n").encode() + base64.encodebytes(data).replace(
        b"\n", b"\r\n"
    )


PLAIN = b"Content-Type: text/plain\r\n\r\nclear\r\n"
READABLE = armor.armor("MESSAGE", b"\xcb\x09b\0\0\0\0\0abc")
ONE = {
    "the message itself": SEALED,
    "behind one that anybody can read": HEAD + b"\r\n" + READABLE + ARMOR + b"\r\n",
    "an errant part": mixed(PLAIN, ENTITY, PLAIN),
    "inline among text": HEAD + b"\r\nfirst\r\n" + ARMOR + b"\r\nlast\r\n",
    "an armored file": mixed(PLAIN, file("report.pdf.asc", ARMOR)),
    "a binary file": mixed(PLAIN, file("report.pdf.gpg", BINARY)),
    "in an attached message": mixed(PLAIN, b"Content-Type: message/rfc822\r\n\r\n" + SEALED),
    "a file with more said of it": mixed(PLAIN, file('report.pdf.gpg"; size="1234', BINARY)),
    "a file whose name is encoded": mixed(PLAIN, file("=?utf-8?b?cmVwb3J0LnBncA==?=", BINARY)),
    "a file with a type alone": mixed(PLAIN, file("report", BINARY).replace(b"octet-stream", b"pgp-encrypted")),
    "a frame without its control part": mixed(PLAIN, ENTITY.replace(b"Version: 1", b"Version: 2")),
    "a frame that was cut": SEALED[: SEALED.rindex(b"\r\n--")],
    "a sealed original of another installation": mixed(PLAIN, file("original.sealed", SEALED)),
}


@pytest.mark.parametrize("message", ONE.values(), ids=ONE)
def test_it_is_found_opened_and_judged_by_itself(message):
    (part,) = by_hand.sealed_parts(message)
    opened = run(by_hand.open_part(part, people.keys(people.BOB), engine=people.ENGINE, now=people.NOW))
    assert opened.plaintext.endswith(b"At noon.\r\n")
    verdict = people.open_(part.message).verdict
    assert (verdict.decryption.value, verdict.signature.value, verdict.from_.value) == ("full", "good", "match")
    assert b"clear" not in people.open_(part.message).message


def test_several_are_found_in_their_order():
    other = people.send(HEAD.replace(b"Subject: s", b"Subject: t") + TEXT.replace(b"noon", b"dusk"))[0][1]
    parts = by_hand.sealed_parts(mixed(ENTITY, file("x.eml.asc", other[other.index(b"-----BEGIN") :])))
    keys = people.keys(people.BOB)
    opened = [run(by_hand.open_part(p, keys, engine=people.ENGINE, now=people.NOW)).plaintext for p in parts]
    assert [o.endswith(b"At dusk.\r\n") for o in opened] == [False, True]


def test_what_holds_nothing_sealed_has_no_part():
    for message in (
        b"",
        HEAD + TEXT,
        mixed(PLAIN, file("picture.png", BINARY)),
        HEAD + b"\r\n" + READABLE,
        mixed(b"Content-Type: message/rfc822\r\n\r\n"),
    ):
        assert by_hand.sealed_parts(message) == ()


def test_what_is_not_for_us_stays_closed():
    (part,) = by_hand.sealed_parts(ONE["an errant part"])
    with pytest.raises(OpenPGPError):
        run(by_hand.open_part(part, people.keys(known={}), engine=people.ENGINE, now=people.NOW))


@given(st.binary(max_size=200))
def test_any_octets_are_looked_through(octets):
    for head in (b"", HEAD + b"Content-Type: multipart/encrypted; boundary=m\r\n\r\n--m\r\n", shown.KEY):
        by_hand.sealed_parts(head + octets)

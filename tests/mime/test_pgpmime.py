"""PGP/MIME: recognised without doubt or not at all."""

import email

import pytest

from ithaca.errors import MalformedMessage
from ithaca.mime import entity, pgpmime
from ithaca.mime.header import HeaderSection
from ithaca.mime.pgpmime import Shape

ENCRYPTED = b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"\r\n'
SIGNED = b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=x; boundary="b"\r\n'


@pytest.mark.parametrize(
    ("section", "shape"),
    [
        (ENCRYPTED, Shape.ENCRYPTED),
        (SIGNED, Shape.SIGNED),
        (b"Content-Type: text/plain\r\n", Shape.NONE),
        (b"", Shape.NONE),
        (b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"\r\n', Shape.NONE),
        (b"Content-Type: multipart/mixed\r\n" + ENCRYPTED, Shape.AMBIGUOUS),
        (ENCRYPTED + SIGNED, Shape.AMBIGUOUS),
        (ENCRYPTED.replace(b";", b"; boundary=c;", 1), Shape.AMBIGUOUS),
        (ENCRYPTED.replace(b"/encrypted;", b"/encrypted (x);"), Shape.AMBIGUOUS),
        (
            b"content-TYPE: Multipart/Encrypted; PROTOCOL=application/PGP-Encrypted; boundary=b\r\n",
            Shape.ENCRYPTED,
        ),
    ],
)
def test_shapes(section, shape):
    assert pgpmime.shape(HeaderSection.parse(section)) is shape


def test_what_we_compose_we_and_others_take_apart():
    boundary = pgpmime.make_boundary(bytes(range(18)))
    whole = (
        b"MIME-Version: 1.0\r\n" + pgpmime.encrypted_head(boundary) + b"ARMOR\r\n" + pgpmime.encrypted_tail(boundary)
    )
    assert pgpmime.take_encrypted(entity.parse(whole)) == b"ARMOR\r\n"
    other = email.message_from_bytes(whole)  # noqa: TID251 (a foreign reader)
    assert other.get_content_type() == "multipart/encrypted"
    assert other.get_payload(1).get_payload() == "ARMOR\r\n"
    signed = pgpmime.signed_head(boundary, "pgp-sha256") + b"X: y\r\n\r\ntext\r\n"
    signed += pgpmime.signed_middle(boundary) + b"SIG\r\n" + pgpmime.signed_tail(boundary)
    assert pgpmime.take_signed(entity.parse(signed)) == (b"X: y\r\n\r\ntext\r\n", b"SIG\r\n")


PART = b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
DATA = b"--b\r\nContent-Type: application/octet-stream\r\n\r\nX\r\n"


@pytest.mark.parametrize(
    "body",
    [
        PART + b"--b--",
        DATA + PART + b"--b--",
        PART + DATA + DATA + b"--b--",
        PART.replace(b": 1", b": 2") + DATA + b"--b--",
        PART + DATA,
        PART + DATA.replace(b"octet-stream", b"pdf") + b"--b--",
    ],
    ids=["one part", "wrong order", "three parts", "version", "open", "other type"],
)
def test_a_broken_frame_is_malformed(body):
    with pytest.raises(MalformedMessage):
        pgpmime.take_encrypted(entity.parse(ENCRYPTED + b"\r\n" + body))


def test_a_signed_message_with_three_parts_is_malformed():
    part = b"--b\r\nContent-Type: application/pgp-signature\r\n\r\nX\r\n"
    with pytest.raises(MalformedMessage):
        pgpmime.take_signed(entity.parse(SIGNED + b"\r\n" + part * 3 + b"--b--"))

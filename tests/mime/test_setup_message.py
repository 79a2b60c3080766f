"""The letter that carries a key: made and taken apart."""

import datetime
import email
import email.policy

import pytest

from ithaca.address import AddrSpec
from ithaca.errors import MalformedMessage
from ithaca.mime import setup_message

NOW = datetime.datetime(2026, 12, 1, 10, 0, tzinfo=datetime.UTC)
ARMORED = b"-----BEGIN PGP MESSAGE-----\r\n\r\nAAAA\r\n-----END PGP MESSAGE-----\r\n"
LETTER = setup_message.make(AddrSpec("u@x.example"), ARMORED, "17", now=NOW, token="abc123")


def test_the_letter_is_what_the_standard_says():
    read = email.message_from_bytes(LETTER, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
    assert read["From"] == read["To"] == "u@x.example"
    assert read["Autocrypt-Setup-Message"] == "v1"
    assert read["Message-ID"] == "<abc123@x.example>"
    assert read["Date"] == "Tue, 01 Dec 2026 10:00:00 +0000"
    assert read.get_content_type() == "multipart/mixed"
    text, key = read.get_payload()
    assert text.get_content_type() == "text/plain"
    assert "begins with 17." in text.get_content()
    assert key.get_content_type() == "application/autocrypt-setup"
    assert key.get_content_disposition() == "attachment"
    assert key.get_payload(decode=True) == ARMORED
    assert read.defects == []


def test_what_is_made_is_taken():
    assert setup_message.is_one(LETTER)
    assert setup_message.take(LETTER) == ARMORED
    assert setup_message.take(LETTER.replace(b"\r\n", b"\n")) == ARMORED.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Message: v1", b"Message: v2"),
        (b"Message: v1", b"Message: v1\r\nAutocrypt-Setup-Message: v1"),
        (b"multipart/mixed", b"multipart/alternative"),
        (b"application/autocrypt-setup", b"application/octet-stream"),
        (b"--=_abc123--", b""),
    ],
)
def test_what_is_not_exactly_so_is_refused(old, new):
    assert old in LETTER
    letter = LETTER.replace(old, new)
    assert setup_message.is_one(letter)
    with pytest.raises(MalformedMessage):
        setup_message.take(letter)


@pytest.mark.parametrize("octets", [b"", ARMORED, b"Subject: x\r\n\r\nAutocrypt-Setup-Message: v1\r\n"])
def test_what_is_none(octets):
    assert not setup_message.is_one(octets)

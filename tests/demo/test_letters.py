"""The letters are what an ordinary mail program would send."""

import email
import email.policy
import time
import zlib

from ithaca.demo import letters


def test_the_letter_has_text_and_picture():
    octets = letters.from_ulysses("u@x.example", "p@x.example")
    message = email.message_from_bytes(octets, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
    assert message["Subject"] == letters.SUBJECT
    (attached,) = message.iter_attachments()
    assert attached.get_content() == letters.picture()
    assert "ναῦς" in message.get_body().get_content()
    assert octets.count(b"\n") == octets.count(b"\r\n")


def test_the_picture_is_a_sound_png():
    octets = letters.picture()
    at, kinds = 8, []
    while at < len(octets):
        size = int.from_bytes(octets[at : at + 4], "big")
        kind, data = octets[at + 4 : at + 8], octets[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + data) == int.from_bytes(octets[at + 8 + size : at + 12 + size], "big")
        kinds.append(kind)
        at += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_every_letter_is_dated_now_and_has_a_message_id_of_its_own():
    one, other = (
        email.message_from_bytes(letters.from_ulysses("u@x.example", "p@x.example"), policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
        for _ in range(2)
    )
    assert abs(one["Date"].datetime.timestamp() - time.time()) < 60
    assert one["Message-ID"] != other["Message-ID"]

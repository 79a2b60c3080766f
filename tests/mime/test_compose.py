"""Seven-bit safe: what is safe keeps every octet, what is not keeps its content."""

import contextlib
import email
import email.policy
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedMessage
from ithaca.mime import compose
from ithaca.mime.compose import SevenBit


def safe(octets, size=None):
    made = SevenBit()
    step = size or max(1, len(octets))
    return b"".join(made.feed(octets[i : i + step]) for i in range(0, len(octets), step)) + made.finish()


def leaves(octets):
    message = email.message_from_bytes(octets, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
    return [
        (p.get_content_type(), p.get_content_charset(), p.get_payload(decode=True))
        for p in message.walk()
        if not p.is_multipart()
    ]


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"
MIXED = (
    b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\npreamble\r\n"
    b"--b\r\n" + TEXT + b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe  \r\nFrom here\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n" + TEXT + b"\r\ninner \xc3\xa4\r\n"
    b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + b"QUJD\r\n" * 50
    + b"\r\n--b--\r\nepilogue\r\n"
)


@pytest.mark.parametrize("size", [None, 1, 7, 64])
def test_a_mixed_message_becomes_safe_and_keeps_every_leaf(size):
    made = safe(MIXED, size)
    assert compose.is_safe(made)
    assert leaves(made) == leaves(MIXED)
    assert b"QUJD\r\n" * 50 in made
    assert made == safe(MIXED)


@pytest.mark.parametrize(
    "octets",
    [
        TEXT + b"\r\nplain text\r\n.\r\nlast line",
        b"Subject: x\r\n\r\n",
        b"\r\nbody alone\r\n",
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--",
        MIXED.replace(b"8bit", b"7bit")
        .replace(b"Gr\xc3\xbc\xc3\x9fe  ", b"Gruss")
        .replace(b"From here", b"here")
        .replace(b"\xc3\xa4", b"a"),
    ],
    ids=["text", "no body", "no fields", "alternative", "mixed"],
)
def test_what_is_safe_keeps_every_octet(octets):
    for size in (None, 1, 5):
        assert safe(octets, size) == octets


@given(st.binary(max_size=500).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"\r\n")))
def test_any_text_becomes_safe_and_keeps_its_content(body):
    for kind in (b"text/plain; charset=latin-1", b"application/octet-stream"):
        octets = b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body
        made = safe(octets, 11)
        assert compose.is_safe(made)
        message = email.message_from_bytes(made, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
        assert message.get_payload(decode=True) == body


@pytest.mark.parametrize("kind", [b"text/plain", b"application/zip"])
def test_a_large_leaf_is_recoded_while_it_streams(kind):
    rng = random.Random(3)
    body = b"".join(bytes(rng.choices(range(32, 256), k=rng.randrange(200))) + b"\r\n" for _ in range(20_000))
    assert len(body) > compose.HOLD
    made = safe(b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body, 40_000)
    assert compose.is_safe(made)
    message = email.message_from_bytes(made, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
    assert message.get_payload(decode=True) == body


@pytest.mark.parametrize(
    "octets",
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: \xc3\xa4\r\n\r\nx\r\n--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xc3\xa4\r\n--b\r\n\r\nx\r\n--b--\r\n",
        b"Content-Type: message/delivery-status\r\n\r\n\xc3\xa4\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n\xff\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: y",
    ],
    ids=["part header", "preamble", "report", "false base64", "cut in a header"],
)
def test_what_cannot_be_recoded_is_refused(octets):
    with pytest.raises(MalformedMessage):
        safe(octets)


@given(st.binary(max_size=300))
def test_any_octets_are_safe_or_malformed(octets):
    for prefix in (b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"):
        try:
            safe(prefix + octets, 13)
        except MalformedMessage:
            continue


def test_blanks_before_a_line_end_are_found_in_linear_time():
    """A line of 64 kB of blanks took half a minute, and every other session waited."""
    safe = compose.SevenBit()
    head = b"Content-Type: message/rfc822\r\n\r\n"
    octets = head + b"Subject: x" + b" " * 1_000_000 + b"y\r\n\r\nbody\r\n"
    with contextlib.suppress(MalformedMessage):
        safe.feed(octets)
        safe.finish()

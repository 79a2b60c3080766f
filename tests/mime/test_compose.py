"""Seven-bit safe: what is safe keeps every octet, what is not keeps its content."""

import contextlib
import random

import pybase64
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedMessage
from ithaca.mime import compose
from ithaca.mime.compose import SevenBit
from strategies import entity, leaves, read


def safe(octets, size=None):
    made = SevenBit()
    step = size or max(1, len(octets))
    return b"".join(made.feed(octets[i : i + step]) for i in range(0, len(octets), step)) + made.finish()


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
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n\r\n--b\r\nX: y\r\n\r\n--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\nThis is a multi-part message.\r\n--b\r\n\r\nnot closed",
        MIXED.replace(b"8bit", b"7bit")
        .replace(b"Gr\xc3\xbc\xc3\x9fe  ", b"Gruss")
        .replace(b"From here", b"here")
        .replace(b"\xc3\xa4", b"a"),
    ],
    ids=["text", "no body", "no fields", "alternative", "empty parts", "not closed", "mixed"],
)
def test_what_is_safe_keeps_every_octet(octets):
    for size in (None, 1, 5):
        assert safe(octets, size) == octets


# --- any message at all ---


@given(entity(), st.integers(1, 300))
def test_any_message_becomes_safe_and_keeps_the_content_of_every_leaf(octets, step):
    made = safe(octets, step)
    assert compose.is_safe(made), made
    assert leaves(made) == leaves(octets)
    assert made == safe(octets)
    assert safe(made) == made


@given(st.binary(max_size=500).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"\r\n")))
def test_any_text_becomes_safe_and_keeps_its_content(body):
    for kind in (b"text/plain; charset=latin-1", b"application/octet-stream"):
        octets = b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body
        made = safe(octets, 11)
        assert compose.is_safe(made)
        assert read(made).get_payload(decode=True) == body


@pytest.mark.parametrize("body", [b"a\rb", b"a\nb", b"a\0b", b"a\r\r\nb", b"\xff\xfe\r\0\n\0"])
def test_what_no_mail_may_hold_is_encoded(body):
    made = safe(b"Content-Type: text/plain\r\n\r\n" + body)
    assert compose.is_safe(made)
    assert read(made).get_payload(decode=True) == body


def test_blanks_that_flow_survive():
    """RFC 3676 §4.1: in format=flowed a blank at the end of a line says that the paragraph goes on."""
    body = b"one paragraph \r\nthat goes on \r\n-- \r\nUlysses\r\n"
    made = safe(b"Content-Type: text/plain; format=flowed\r\n\r\n" + body)
    assert compose.is_safe(made)
    assert read(made).get_payload(decode=True) == body


def test_quoted_printable_of_another_program_never_grows_a_boundary_line():
    inside = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=2D-b \r\n=2D-b--\r\n"
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + inside + b"--b--\r\n"
    made = safe(octets)
    assert compose.is_safe(made)
    assert len(read(made).get_payload()) == 1


def test_base64_stays_base64():
    octets = TEXT + b"Content-Transfer-Encoding: base64\r\n\r\nUGxhaW4gdGV4dC4= \r\n"
    assert b"quoted" not in safe(octets)
    assert read(safe(octets)).get_payload(decode=True) == b"Plain text."


@pytest.mark.parametrize("kind", [b"text/plain", b"application/zip"])
def test_a_large_leaf_is_recoded_while_it_streams(kind):
    rng = random.Random(3)
    body = b"".join(bytes(rng.choices(range(32, 256), k=rng.randrange(200))) + b"\r\n" for _ in range(20_000))
    assert len(body) > compose.HOLD
    made = safe(b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body, 40_000)
    assert compose.is_safe(made)
    assert read(made).get_payload(decode=True) == body


def test_a_large_leaf_that_is_encoded_already_passes():
    octets = b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 15 * 30_000
    octets = octets.replace(b"QUJD" * 15, b"QUJD" * 15 + b"\r\n")
    assert len(octets) > compose.HOLD
    assert safe(octets, 50_001) == octets


# --- header sections ---


def test_a_folded_line_of_blanks_does_not_end_the_header_section():
    """Its blanks alone were taken off, and what followed became text."""
    octets = b"X-Old: a\r\n \t \r\n b  \r\nContent-Type: text/plain\r\n\r\nbody\r\n"
    assert safe(octets) == b"X-Old: a\r\n b\r\nContent-Type: text/plain\r\n\r\nbody\r\n"


def test_the_root_may_say_in_eight_bits_what_stands_outside_so():
    octets = b"To: \xc3\xa4@x.example\r\n\r\nbody\r\n"
    assert safe(octets) == octets


# --- what is signed already ---

SIGNED = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x  \r\n"
    b"Content-Type: multipart/signed; boundary=s\r\n\r\n--s  \r\nX: y \r\n\r\ntext \r\n-- \r\nFrom me\r\n"
    b"--s\r\n\r\nsignature\r\n--s--\r\n--b\r\n\r\nFrom here\r\n--b--\r\n"
)


@pytest.mark.parametrize("size", [None, 1, 9])
def test_what_is_signed_already_keeps_every_octet(size):
    made = safe(SIGNED, size)
    begin, end = SIGNED.index(b"--s  "), SIGNED.index(b"--b\r\n\r\nFrom")
    assert SIGNED[begin:end] in made
    assert compose.is_safe(made[made.index(SIGNED[begin:end]) + end - begin :])


def test_what_is_signed_already_and_cannot_pass_is_refused():
    with pytest.raises(MalformedMessage, match="signed already"):
        safe(SIGNED.replace(b"text ", b"t\xc3\xa4xt"))


@pytest.mark.parametrize(
    "octets",
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: \xc3\xa4\r\n\r\nx\r\n--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xc3\xa4\r\n--b\r\n\r\nx\r\n--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n" + b"x" * 999,
        b"Content-Type: message/delivery-status\r\n\r\n\xc3\xa4\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n\xff\r\n",
        b"Content-Transfer-Encoding: uuencode\r\n\r\n\xff\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: y",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: y\r\n--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n\xc3\xa4\r\n",
        b"X: " + b"y" * 999 + b"\r\n\r\n",
        b"X: \0\r\n\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"x\r\n" * 400_000 + b"\xff",
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"x" * 3_000_000,
        b"Content-Transfer-Encoding: uuencode\r\n\r\n" + b"x\r\n" * 400_000,
    ],
    ids=[
        "part header",
        "preamble",
        "long epilogue",
        "report",
        "false base64",
        "not known",
        "cut in a header",
        "boundary in a header",
        "encoded multipart",
        "long field",
        "NUL in a field",
        "large and false",
        "large and one line",
        "large and not known",
    ],
)
def test_what_cannot_be_recoded_is_refused(octets):
    for size in (None, 60_000):
        with pytest.raises(MalformedMessage):
            safe(octets, size)


def test_a_message_in_other_letters_may_be_recoded():
    """RFC 6532 §3.7: unlike message/rfc822."""
    body = b"Subject: \xc3\xa4\r\n\r\n\xc3\xb6\r\n"
    made = safe(b"Content-Type: message/global\r\n\r\n" + body)
    assert compose.is_safe(made)
    assert pybase64.b64decode(made.partition(b"\r\n\r\n")[2]) == body


@given(st.binary(max_size=300))
def test_any_octets_are_safe_or_malformed(octets):
    for prefix in (b"", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"):
        try:
            safe(prefix + octets, 13)
        except MalformedMessage:
            continue


def test_blanks_before_a_line_end_are_found_in_linear_time():
    """A line of 64 kB of blanks took half a minute, and every other session waited."""
    head = b"Content-Type: message/rfc822\r\n\r\n"
    for octets in (head + b"Subject: x" + b" " * 1_000_000 + b"y\r\n\r\nbody\r\n", head + b"\r\n" + b" " * 1_000_000):
        with contextlib.suppress(MalformedMessage):
            safe(octets)


@pytest.mark.parametrize(
    ("octets", "is_safe"),
    [
        (b"", True),
        (b"x" * 998 + b"\r\n", True),
        (b"x" * 999, False),
        (b"From", True),
        (b"a\r\nFrom b", False),
        (b"a \r\n", False),
        (b"a\t", False),
    ],
)
def test_what_is_safe(octets, is_safe):
    assert compose.is_safe(octets) is is_safe

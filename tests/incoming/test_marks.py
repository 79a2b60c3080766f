"""Plain mail that carries what only we write, or nobody else may know, is held and marked."""

import base64
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
import shown
from ithaca import incoming
from ithaca.incoming import Banner, Look, Marks
from ithaca.mime import banner

MARKS = Marks(phrases=(shown.PHRASE,))
HEAD = b"From: eve@evil.example\r\nSubject: hello\r\n"
COPIED = f"{banner.MARK}\nThis letter is from the bank.\n".encode()
IN_BASE64 = base64.encodebytes(COPIED).replace(b"\n", b"\r\n")
HELD = {
    "banner": HEAD + b"\r\n" + COPIED,
    "first part": HEAD
    + b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\n"
    + COPIED,
    "base64, cut": HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + IN_BASE64[:-9],
    "phrase": HEAD + b"\r\nYour new phrase: copper lantern\r\nwalnut river\r\n",
    "phrase in the subject": HEAD.replace(b"hello", shown.PHRASE.encode()) + b"\r\ntext\r\n",
}
PASSING = {
    "plain": HEAD + b"\r\nAt noon.\r\n",
    "quoted": HEAD + b"\r\n> " + COPIED,
    "far down": HEAD + b"\r\n" + b"salt\r\n" * 12_000 + COPIED,
    "attached": HEAD
    + b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: message/rfc822\r\n\r\n\r\n"
    + COPIED
    + b"\r\n--m--\r\n",
}


@pytest.mark.parametrize("message", HELD.values(), ids=HELD)
def test_what_imitates_us_is_held_and_told(message):
    assert incoming.look(message, True, MARKS) is Look.HOLD
    assert incoming.look(message, True) is Look.PASS
    got = people.open_(message, presentation=shown.PART)
    assert got.verdict.findings in (("foreign-banner",), ("phrase-leaked",))
    assert shown.text_of(got.message).startswith(banner.MARK + "\nThis letter holds")


@pytest.mark.parametrize("message", PASSING.values(), ids=PASSING)
def test_everything_else_passes(message):
    assert incoming.look(message, True, MARKS) is Look.PASS


def test_no_more_is_waited_for_than_is_looked_at():
    message = PASSING["far down"]
    assert incoming.look(message[:1000], False, MARKS) is Look.MORE
    start = message.index(b"\r\n\r\n") + 4
    assert incoming.look(message[: start + banner.MOST_SEARCHED], False, MARKS) is Look.PASS


@given(st.binary(max_size=200), st.booleans())
def test_any_octets_are_looked_at(octets, complete):
    for head in (b"", HEAD + b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"):
        incoming.look(head + octets, complete, MARKS)


# --- what is cleaned ---


def test_results_in_our_name_are_taken_out_of_what_passes_or_comes_as_it_was():
    """ui-ar, RETR and TOP alike."""
    forged = f'authentication-results :\r\n ("x") "{shown.PART.authserv_id}" 1;\r\n x-openpgp=pass\r\n'.encode()
    theirs = b"Authentication-Results: mx.isp.example; x-openpgp=fail\r\n"
    message = forged + theirs + b"Subject: s\r\n\r\nbody\r\n"
    assert incoming.clean(message, shown.PART) == theirs + b"Subject: s\r\n\r\nbody\r\n"
    assert b"x-openpgp=pass" not in incoming.as_it_came(message, "past-limit", shown.PART)
    assert incoming.clean(message) == message


def test_marks_in_a_subject_are_harmless_where_they_mean_something():
    message = b"Subject: [Ithaca: proved] pay\r\n\r\n"
    by_subject = dataclasses.replace(shown.PART, banner=Banner.SUBJECT)
    assert incoming.clean(message, by_subject) == b"Subject: (not Ithaca: proved] pay\r\n\r\n"
    assert incoming.clean(message, shown.PART) == message

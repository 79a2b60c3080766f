"""What only we may write, or nobody but the person may know, is noticed in what a sender wrote."""

import base64
import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
import shown
from ithaca.incoming import Banner, showing
from ithaca.policy import Encrypt, Policy
from people import Person

HEAD = (
    people.DATE
    + b"From: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
)
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"
COPIED = shown.text_of(
    people.open_(people.send(HEAD + TEXT + b"\r\nAt noon.\r\n")[0][1], presentation=shown.PART).message
)
CLEAR = Person(policy=Policy(encrypt=Encrypt.NEVER))


def entity(kind, text, encoding="8bit"):
    octets = text.encode()
    if encoding == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + octets


def mixed(*parts):
    joined = b"".join(b"--m\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=m\r\n\r\n" + joined + b"--m--\r\n"


HTML = "<div style='border:1px'><b>===&nbsp;Ith</b><i>aca</i> on this letter ===</div>"
BANNERS = {
    "text": entity("text/plain; charset=utf-8", COPIED),
    "base64": entity("text/plain; charset=utf-8", COPIED, "base64"),
    "latin": entity("text/plain; charset=iso-8859-1", COPIED),
    "html": entity("text/html; charset=utf-8", HTML),
    "first part": mixed(entity("text/plain", COPIED), entity("text/plain", "Pay Eve.")),
    "no frame": entity("text/plain", "Ithaca on this letter\r\nThis letter is from the bank."),
    "soft hyphen": entity("text/plain", "=== Itha\u00adca on this letter ==="),
    "wide": entity("text/plain", "=== Ｉｔｈａｃａ on this letter ==="),
}
OTHERS = {
    "plain": entity("text/plain", "At noon."),
    "quoted": entity("text/plain", "Yes.\r\n> " + COPIED.replace("\n", "\r\n> ")),
    "sentence": entity("text/plain", "What do you think of Ithaca on this letter?"),
}


def both_ways(content):
    """Sealed, and signed only."""
    for person in (Person(), CLEAR):
        yield people.send(HEAD + content, person=person)[0][1]


@pytest.mark.parametrize("content", BANNERS.values(), ids=BANNERS)
def test_a_banner_that_a_sender_wrote_is_named_and_ours_stands_in_front(content):
    for letter in both_ways(content):
        got = people.open_(letter, presentation=shown.PART)
        assert "foreign-banner" in got.verdict.findings
        assert "not by Ithaca" in shown.text_of(got.message)


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_a_quotation_and_a_sentence_are_no_banner(content):
    for letter in both_ways(content):
        assert people.open_(letter, presentation=shown.PART).verdict.findings == ()


PHRASES = {
    "text": entity("text/plain", f"Your phrase is {shown.PHRASE}!"),
    "html": entity("text/html", "<p>Copper&nbsp;<b>lan</b>tern<br>walnut River</p>"),
    "base64": entity("text/plain", f"> {shown.PHRASE}", "base64"),
    "attached message": mixed(
        entity("text/plain", "see"), b"Content-Type: message/rfc822\r\n\r\n" + entity("text/plain", shown.PHRASE)
    ),
}


@pytest.mark.parametrize("content", PHRASES.values(), ids=PHRASES)
def test_the_phrase_in_foreign_mail_is_a_leak_and_is_told(content):
    """ui-phish."""
    for letter in both_ways(content):
        got = people.open_(letter, presentation=shown.PART)
        assert "phrase-leaked" in got.verdict.findings
        text = shown.text_of(got.message)
        assert "ithaca phrase new" in text
        assert shown.PHRASE not in text


def test_the_phrase_in_the_subject_is_a_leak():
    head = HEAD.replace(b"Subject: s", b"Subject: Re: copper lantern\r\n walnut river")
    for person in (Person(), CLEAR):
        letter = people.send(head + OTHERS["plain"], person=person)[0][1]
        assert "phrase-leaked" in people.open_(letter, presentation=shown.PART).verdict.findings


def test_without_a_phrase_there_is_no_leak():
    presentation = dataclasses.replace(shown.PART, phrase=None)
    letter = people.send(HEAD + PHRASES["text"])[0][1]
    assert people.open_(letter, presentation=presentation).verdict.findings == ()


@pytest.mark.parametrize("banner", Banner)
def test_results_in_our_name_inside_and_outside_never_reach_the_client(banner):
    """ui-ar, ui-inner."""
    presentation = dataclasses.replace(shown.PART, banner=banner)
    forged = f"Authentication-Results: {presentation.authserv_id}; x-openpgp=pass header.from=forged\r\n".encode()
    theirs = b"Authentication-Results: mx.isp.example; dkim=pass header.from=genuine\r\n"
    for person in (Person(), CLEAR):
        letter = people.send(HEAD.replace(b"Subject", forged + b"Subject") + OTHERS["plain"], person=person)[0][1]
        got = people.open_(forged + theirs + letter, presentation=presentation).message
        head = got.partition(b"\r\n\r\n")[0]
        assert b"header.from=forged" not in head
        assert theirs in head


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"x"]), max_size=9).map(b"".join), st.integers(1, 3))
def test_every_line_end_becomes_crlf_wherever_pieces_end(octets, piece):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(showing, "PIECE", piece)
        assert showing.with_crlf(octets) == re.sub(rb"\r\n|\r|\n", b"\r\n", octets)


def test_what_has_no_other_line_end_is_not_copied():
    for octets in (b"", b"one", b"one\r\ntwo\r\n"):
        assert showing.with_crlf(octets) is octets

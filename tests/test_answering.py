"""The reply guard: whatever shows that a message has to do with one that came sealed."""

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca import answering
from ithaca.address import AddrSpec
from ithaca.answering import MOST_IDS, answered, quotation_of
from ithaca.facts import Trace
from ithaca.letters import Found
from ithaca.mime import entity

ME, ALICE, EVE = (AddrSpec(f"{n}@example.org") for n in ("me", "alice", "eve"))
SENTENCE = "This letter came sealed: nobody could read it on the way."
QUOTES = quotation_of(SENTENCE)


class Memory:
    """One letter, or several with one Message-ID."""

    def __init__(self, *letters):
        self.letters = letters or ((ALICE, False, {ALICE}),)
        self.asked = []

    def find(self, ids, asked):
        self.asked = list(ids)
        if b"sealed@x" not in ids:
            return ()
        return tuple(
            Found(b"sealed@x", who, 7, doubtful, frozenset(named) & frozenset(asked), frozenset({b"subject"}))
            for who, doubtful, named in self.letters
        )


def ask(head, body=b"", memory=None, recipients=(ALICE,)):
    message = entity.parse((head.encode() if isinstance(head, str) else head) + b"\r\n" + body)
    return answered(message, memory or Memory(), recipients=recipients, own={ME}, quotes_banner=QUOTES)


@pytest.mark.parametrize(
    ("field", "trace"),
    [
        ("Message-ID: <sealed@x>", Trace.OWN_ID),
        ("In-Reply-To: <sealed@x>", Trace.IN_REPLY_TO),
        ("in-reply-to: Your letter of Monday <sealed@x>", Trace.IN_REPLY_TO),
        ("In-Reply-To: sealed@x", Trace.IN_REPLY_TO),
        ("References: <a@x>\r\n <sealed@x>\r\n <c@x>", Trace.REFERENCES),
        ("References: <a@x><sealed@x>", Trace.REFERENCES),
        ("Resent-Message-ID: <sealed@x>", Trace.RESENT),
        ("X-Forwarded-Message-Id: <sealed@x>", Trace.FORWARDED),
    ],
)
def test_every_identifier_counts(field, trace):
    found = ask(f"{field}\r\n")
    assert found.traces == {trace}
    assert (found.from_, found.date, found.hides) == (ALICE, 7, {b"subject"})


def test_what_has_to_do_with_nothing_sealed():
    assert ask("Message-ID: <other@x>\r\nReferences: <more@x>\r\n", b"> hello\r\n") is None
    assert ask("Subject: x\r\n") is None


NESTED = b"From: a@x\r\nMessage-ID: <sealed@x>\r\n\r\nthe letter\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\n\r\nlook\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + NESTED + b"\r\n--b--\r\n",
        # Cut off where we stop looking.
        b"--b\r\n\r\nlook\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + NESTED,
        b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(NESTED).replace(b"\n", b"\r\n")
        + b"--b--\r\n",
    ],
    ids=["attached", "cut off", "base64"],
)
def test_a_message_that_is_attached_counts(body):
    assert ask("Content-Type: multipart/mixed; boundary=b\r\n", body).traces == {Trace.ATTACHED}


def test_the_header_section_that_a_forward_writes_out_counts():
    assert ask("Subject: Fwd\r\n", NESTED).traces == {Trace.ATTACHED}


QUOTED = [
    b"On Monday Alice wrote:\r\n> This letter came sealed: nobody\r\n> could read it on the way.\r\n",
    b">> This letter came sealed: nobody could read it on\r\n>> the way.\r\n",
    b"<blockquote>This letter <b>came</b> sealed:&nbsp;nobody could&#32;read it on the way.</blockquote>",
    b"THIS LETTER CAME SEALED NOBODY COULD READ IT ON THE WAY",
]


@pytest.mark.parametrize("text", QUOTED)
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_our_own_words_in_a_quotation_count(text, encoding):
    encode = {"8bit": bytes, "base64": base64.encodebytes, "quoted-printable": quopri.encodestring}[encoding]
    part = b"--b\r\nContent-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + encode(text) + b"\r\n--b--\r\n"
    assert ask("Content-Type: multipart/alternative; boundary=b\r\n", part).traces == {Trace.QUOTED}
    flat = f"Content-Transfer-Encoding: {encoding}\r\n"
    assert ask(flat, encode(text)).traces == {Trace.QUOTED}


def test_a_reply_goes_to_those_whom_something_signed_names():
    assert ask("In-Reply-To: <sealed@x>\r\n", recipients=[ALICE, ME]).strangers == frozenset()
    assert ask("In-Reply-To: <sealed@x>\r\n", recipients=[ALICE, EVE]).strangers == {EVE}
    # Without In-Reply-To the last of References is what is answered.
    assert ask("References: <a@x> <sealed@x>\r\n", recipients=[EVE]).strangers == {EVE}
    assert ask("References: <sealed@x> <a@x>\r\n", recipients=[EVE]).strangers == frozenset()
    assert ask("References: <sealed@x> <a@x> <sealed@x>\r\n", recipients=[EVE]).strangers == {EVE}


@pytest.mark.parametrize("field", ["X-Forwarded-Message-Id: <sealed@x>", "Message-ID: <sealed@x>"])
def test_who_sends_a_letter_on_chooses_who_gets_it(field):
    found = ask(f"{field}\r\nIn-Reply-To: <sealed@x>\r\n", memory=Memory((ALICE, True, {ALICE})), recipients=[EVE])
    assert (found.strangers, found.doubtful) == (frozenset(), False)


def test_doubt_about_any_letter_with_that_id_is_doubt():
    found = ask("In-Reply-To: <sealed@x>\r\n", memory=Memory((ALICE, False, {ALICE}), (EVE, True, {EVE})))
    assert found.doubtful


def test_of_several_letters_with_one_id_one_must_name_everybody():
    memory = Memory((ALICE, False, {ALICE}), (EVE, False, {EVE}))
    assert ask("In-Reply-To: <sealed@x>\r\n", memory=memory, recipients=[EVE]).strangers == frozenset()
    assert len(ask("In-Reply-To: <sealed@x>\r\n", memory=memory, recipients=[EVE, ALICE]).strangers) == 1


def test_ten_thousand_references_are_capped_at_the_first_and_the_last():
    memory = Memory()
    ask("References: " + " ".join(f"<{n}@x>" for n in range(10_000)) + "\r\n", memory=memory)
    assert len(memory.asked) == MOST_IDS
    assert memory.asked[0] == b"0@x"
    assert memory.asked[-1] == b"9999@x"


@given(st.binary(max_size=3000))
def test_any_octets_at_all(octets):
    ask(b"Content-Type: multipart/mixed; boundary=b\r\n" + octets[:200], octets)


@given(st.text(max_size=500))
def test_what_does_not_hold_the_letters_is_no_quotation(text):
    assert not QUOTES(text)


def test_hostile_nesting_ends():
    body = b"".join(b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (n, n + 1) for n in range(500))
    ask(b"Content-Type: multipart/mixed; boundary=0\r\n", body)
    assert len(list(answering.readable(entity.parse(b"X: y\r\n\r\n" + b"<" * 60_000)))) == 1
    assert not QUOTES("<" * 60_000)

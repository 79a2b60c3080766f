"""Wording: one line, complete in itself, and nothing of a message unescaped."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from ithaca import report
from ithaca.address import AddrSpec
from ithaca.policy import Action, Cause, Decision, Recipient, Standing
from ithaca.report.plain import MOST_TEXT
from ithaca.verdict import Decryption, From, Signature, SignatureState, Verdict


def person(name, standing, reason=""):
    return Recipient(AddrSpec(name), name, hidden=False, standing=standing, reason=reason)


def refused(*people, because=(Cause.DEMANDED, Cause.NO_CERTIFICATE)):
    return Decision(Action.REFUSE, because, people)


def test_a_refusal_names_every_address_the_reason_and_the_remedy_in_one_line():
    text = report.refusal(
        refused(
            person("carol@example.org", Standing.ABSENT),
            person("dave@example.org", Standing.ABSENT),
            person("erin@example.org", Standing.UNUSABLE, "expired on 2025-03-01"),
        )
    )
    assert text == (
        "Not sent: no key is known for carol@example.org and dave@example.org; the key of erin@example.org "
        "expired on 2025-03-01. Ask for each missing key and run: ithaca cert import FILE; or remove the address."
    )


def test_a_refusal_about_very_many_still_fits_one_reply_line():
    people = [person(f"somebody.with.a.long.name.{n}@example.org", Standing.ABSENT) for n in range(400)]
    text = report.refusal(refused(*people))
    assert len(text.encode()) <= report.MOST_REPLY
    assert "somebody.with.a.long.name.0@example.org" in text
    assert "more" in text


@given(st.text())
def test_foreign_text_is_one_printable_line(text):
    safe = report.plain(text)
    assert safe.isprintable()
    assert len(safe) <= MOST_TEXT


@given(st.text(), st.text())
def test_the_verdict_field_is_well_formed_whatever_the_text(reason, user_id):
    verdict = Verdict(
        decryption=Decryption.FULL,
        signature=SignatureState.GOOD,
        from_=From.MATCH,
        signatures=(Signature(SignatureState.GOOD, reason, user_ids=(user_id,)),),
    )
    field = report.verdict_field(verdict)
    lines = field.split(b"\r\n")
    assert lines[0].startswith(b"Ithaca-Verdict: v=1;")
    assert lines[-1] == b""
    assert all(line.startswith(b" ") for line in lines[1:-1])
    assert all(0x20 <= octet < 0x7F for line in lines for octet in line)


def test_the_verdict_field_says_who_and_when():
    made = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    good = Signature(SignatureState.GOOD, "made by a valid signing key", signer="AB" * 20, created=made)
    field = report.verdict_field(Verdict(signature=SignatureState.GOOD, signatures=(good,)))
    assert b"signer=" + b"AB" * 20 in field
    assert b"time=2026-01-02T03:04:05Z" in field


@given(st.text())
def test_no_line_for_the_terminal_holds_a_control_character(text):
    verdict = Verdict(subject=text, signatures=(Signature(SignatureState.BAD, text, user_ids=(text,)),))
    assert all(line.isprintable() for line in report.lines(verdict))


def test_the_log_says_what_was_done_and_why_it_was_no_more():
    assert report.done(Decision(Action.SIGN_AND_SEAL, (Cause.POSSIBLE,))) == "signed and sealed"
    foreign = Decision(Action.PASS, (Cause.FOREIGN_SENDER,))
    assert report.done(foreign) == "passed as it came: From is no identity of this login"

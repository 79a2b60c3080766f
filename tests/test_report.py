"""Wording: one line, complete in itself, and nothing of a message unescaped."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca import report
from ithaca.address import AddrSpec
from ithaca.policy import Action, Answered, Basis, Cause, Decision, Override, Reason, Recipient, Sender, Standing, Trace
from ithaca.report.plain import MOST_TEXT
from ithaca.verdict import Decryption, From, Signature, SignatureState, Verdict


def person(name, standing, reason=""):
    return Recipient(AddrSpec(name), name, hidden=False, standing=standing, reason=reason)


def reasons(*causes):
    return tuple(map(Reason, causes))


def refused(*people, because=(Cause.DEMANDED, Cause.NO_CERTIFICATE)):
    return Decision(Action.REFUSE, reasons(*because), people)


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


def test_what_a_program_answers_has_a_remedy_too():
    for cause in (Cause.DOUBTFUL_ORIGIN, Cause.UNSIGNED_ADDRESSEE):
        text = report.refusal(overridable(CAROL, because=(Cause.ANSWERS_SEALED, Cause.AUTOMATIC, cause), way=None))
        assert text.endswith(" A person has to answer it.")
    text = report.refusal(overridable(CAROL, because=(Cause.WITHDRAWN,), way=None))
    assert text.endswith(" To encrypt all the same, put [encrypt] into the subject.")


def test_of_one_missing_and_one_doubled_key_both_remedies_are_said():
    text = report.refusal(refused(person("a@x.example", Standing.ABSENT), person("b@x.example", Standing.AMBIGUOUS)))
    assert "ithaca cert import FILE; of two keys run ithaca cert verify FINGERPRINT;" in text


CAROL = person("carol@example.org", Standing.USABLE)
LETTER = Answered(frozenset({Trace.IN_REPLY_TO}), "carol@example.org", 1_700_000_000)


def overridable(*people, because, way=Override.CLEAR, answered=None):
    return Decision(Action.REFUSE, reasons(*because), people, override=way, answered=answered)


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (
            overridable(
                person("carol@example.org", Standing.UNUSABLE, "expired on 2025-03-01"),
                because=(Cause.SPOILT_CERTIFICATE,),
            ),
            "Not sent: the key of carol@example.org expired on 2025-03-01. Ask for a new key and run: ithaca cert "
            "import FILE; or remove the address. To send it readable by anyone on the way, put [clear 4711] before "
            "the subject.",
        ),
        (
            overridable(
                person("carol@example.org", Standing.CHANGED, "another key than before"),
                because=(Cause.SPOILT_CERTIFICATE,),
            ),
            "Not sent: carol@example.org has another key than before. Ask which one is theirs and run: ithaca cert "
            "verify FINGERPRINT. To send it readable by anyone on the way, put [clear 4711] before the subject.",
        ),
        (
            overridable(
                CAROL, because=(Cause.ANSWERS_SEALED, Cause.DOUBTFUL_ORIGIN), way=Override.SEALED, answered=LETTER
            ),
            "Not sent: this answers the letter of carol@example.org of 2023-11-14, which came encrypted and whose "
            "sender is not proved: somebody may have sent on what he could not read, to find it in your quotation. "
            "If that is right, put [encrypt 4711] before the subject and send it again.",
        ),
        (
            overridable(
                CAROL, because=(Cause.ANSWERS_SEALED, Cause.UNSIGNED_ADDRESSEE), way=Override.SEALED, answered=LETTER
            ),
            "Not sent: this answers the letter of carol@example.org of 2023-11-14, which came encrypted, and nothing "
            "that was signed in it names carol@example.org. If that is right, put [encrypt 4711] before the subject "
            "and send it again.",
        ),
        (
            overridable(
                replace(CAROL, once_sealed=True),
                person("dave@example.org", Standing.ABSENT),
                because=(Cause.ONCE_SEALED, Cause.NO_CERTIFICATE),
            ),
            "Not sent: mail to carol@example.org was encrypted before, but dave@example.org cannot get it so. To send "
            "it readable by anyone on the way, put [clear 4711] before the subject.",
        ),
        (
            overridable(replace(CAROL, once_sealed=True), because=(Cause.WISHED_CLEAR, Cause.ONCE_SEALED)),
            "Not sent: mail to carol@example.org was encrypted before. To send it readable by anyone on the way, put "
            "[clear 4711] before the subject.",
        ),
        (
            overridable(because=(Cause.WISHED_CLEAR, Cause.ANSWERS_SEALED), answered=replace(LETTER, from_="")),
            "Not sent: this has to do with a letter, which came encrypted. To send it readable by anyone on the way, "
            "put [clear 4711] before the subject.",
        ),
        (
            overridable(
                person("dave@example.org", Standing.ABSENT),
                because=(Cause.ANSWERS_SEALED, Cause.NO_CERTIFICATE),
                answered=LETTER,
            ),
            "Not sent: this has to do with the letter of carol@example.org of 2023-11-14, which came encrypted; no key "
            "is known for dave@example.org. Ask for their key and run: ithaca cert import FILE; or remove the address. "
            "To send it readable by anyone on the way, put [clear 4711] before the subject.",
        ),
        (
            overridable(CAROL, because=(Cause.WITHDRAWN,)),
            "Not sent: carol@example.org asked for encryption before and no longer does. To encrypt all the same, put "
            "[encrypt] into the subject. To send it readable by anyone on the way, put [clear 4711] before the subject.",
        ),
    ],
)
def test_refusals_that_a_code_overrides(decision, words):
    assert report.refusal(decision, code="4711") == words
    assert "4711" not in report.refusal(decision)


def test_who_wished_encryption_is_told_how_to_take_it_back():
    wished = Decision(
        Action.REFUSE,
        reasons(Cause.WISHED_SEALED, Cause.NO_CERTIFICATE),
        (person("dave@example.org", Standing.ABSENT),),
    )
    assert report.refusal(wished).endswith("or remove the address. Or take [encrypt] out of the subject.")


def test_a_memory_that_cannot_be_read_is_said_with_its_remedy():
    memory = "X is damaged: move it away with: mv X Y."
    decision = Decision(Action.DEFER, reasons(Cause.MEMORY), memory=memory, identity=AddrSpec("alice@example.org"))
    assert report.refusal(decision) == (
        "Not sent: whether mail of alice@example.org has to be encrypted cannot be looked up. "
        f"{memory} Put that right, and send it again."
    )
    assert "mail of this sender" in report.refusal(replace(decision, identity=None))


@pytest.mark.parametrize("why", ["It expired on 2026-01-01: prolong it with ithaca key extend.", "\u00e9" * 900])
def test_a_key_of_our_own_that_cannot_be_used_is_said_with_whose_it_is(why):
    text = report.refusal(
        Decision(Action.DEFER, reasons(Cause.OWN_KEY), own_key=why, identity=AddrSpec("alice@example.org"))
    )
    assert text.startswith(f"Not sent: the key of alice@example.org cannot be used. {why[:60]}")
    assert text.endswith(" Put that right, and send it again.")
    assert len(text.encode()) <= report.MOST_REPLY


@given(
    st.sampled_from(Cause),
    st.lists(st.builds(person, st.text(max_size=300), st.sampled_from(Standing), st.text(max_size=300)), max_size=30),
    st.text(max_size=300),
)
def test_every_refusal_is_one_printable_line_of_bounded_length(cause, some, text):
    answered = replace(LETTER, from_=text)
    decision = overridable(*some, because=(Cause.ANSWERS_SEALED, cause), answered=answered)
    said = report.refusal(decision, code="4711")
    assert len(said.encode()) <= report.MOST_REPLY
    assert said.isprintable()
    assert all(line.isprintable() for line in report.why(Sender.OURS, some, decision))


def test_every_fact_has_words():
    for cause in Cause:
        for action in Action:
            lines = report.why(Sender.OURS, [], Decision(action, reasons(cause), hides=frozenset({b"subject"})))
            assert any(line.startswith("because") for line in lines)
    for standing in Standing:
        for basis in Basis:
            assert report.why(Sender.FOREIGN, [replace(CAROL, standing=standing, basis=basis)], refused())


def test_the_log_names_no_address():
    for action in (Action.PASS, Action.CLEAR, Action.SIGN, Action.SEAL, Action.SIGN_AND_SEAL):
        for cause in Cause:
            said = report.done(Decision(action, reasons(cause), (CAROL,), answered=LETTER))
            assert "@" not in said


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
    assert report.done(Decision(Action.SIGN_AND_SEAL, reasons(Cause.POSSIBLE))) == "signed and sealed"
    foreign = Decision(Action.PASS, reasons(Cause.FOREIGN_SENDER))
    assert report.done(foreign) == "passed as it came: From is no identity of this login"

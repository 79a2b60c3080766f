"""The banner: what it says of each verdict."""

import dataclasses
import datetime
import itertools
import re
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.report import banner
from ithaca.report.findings import FINDINGS
from ithaca.verdict import (
    Binding,
    Decryption,
    FieldProtection,
    Fingerprint,
    From,
    Layer,
    Protection,
    Signature,
    SignatureState,
    Verdict,
)

MADE = datetime.datetime(2026, 11, 24, 10, 0, tzinfo=datetime.UTC)
PHRASE = "copper lantern walnut river"


def signature(state=SignatureState.GOOD, reason="made by a valid signing key"):
    return Signature(state, reason, signer=Fingerprint("AB" * 20), created=MADE)


GOOD = Verdict(
    decryption=Decryption.FULL,
    signature=SignatureState.GOOD,
    signatures=(signature(),),
    from_=From.MATCH,
    from_addresses=("ulysses@ithaca.example",),
    binding=Binding.SEEN,
    since=datetime.datetime(2026, 3, 3, tzinfo=datetime.UTC),
    messages=12,
    layers=(Layer.ENCRYPTED, Layer.SIGNED),
)


def said(verdict=GOOD, phrase=PHRASE, **change):
    """In one line, as a person reads it."""
    lines = banner.sentences(dataclasses.replace(verdict, **change), phrase)
    return " ".join(line for line in lines if line)


def test_the_sentence_that_a_letter_came_sealed_fits_a_line_that_no_program_breaks():
    assert len(banner.CAME_SEALED) < 60
    assert banner.CAME_SEALED.isascii()
    assert f"It {banner.CAME_SEALED}" in banner.sentences(GOOD)


@given(
    st.lists(st.sampled_from([1, 2, 7, 30, 73, 74, 75, 76, 77, 200]), max_size=9).map(
        lambda sizes: ["w" * n for n in sizes]
    )
)
def test_a_phrase_of_any_words_is_broken_as_another_program_breaks_it(words):
    text = banner.PHRASE + " ".join(words)
    lines = banner.sentences(GOOD, " ".join(words))
    assert list(lines[lines.index("", 2) + 1 :]) == textwrap.wrap(
        text, banner.WIDTH, break_long_words=False, break_on_hyphens=False
    )


def test_a_letter_that_is_proved():
    assert banner.sentences(GOOD, PHRASE) == (
        "This letter is from ulysses@ithaca.example, as far as anybody can tell: the",
        "same key has signed 12 letters from this address since 3 March 2026.",
        "It came sealed: nobody could read it on the way.",
        "Nobody has changed it since it was signed.",
        "It was signed on 24 November 2026 at 10:00 (UTC).",
        "",
        "Your seal phrase: copper lantern walnut river",
    )


@pytest.mark.parametrize(
    ("binding", "words", "proved"),
    [
        (Binding.VERIFIED, "that you have checked yourself", True),
        (Binding.VOUCHED, "that the mail provider of this address names as theirs", True),
        (Binding.SEEN, "has signed 12 letters from this address since 3 March 2026", True),
        (Binding.NEW, "nobody has confirmed yet", False),
        (Binding.CONFLICT, "one of them may be an impostor's", False),
    ],
)
def test_how_the_key_is_tied_is_said(binding, words, proved):
    text = said(binding=binding)
    assert words in text
    assert (PHRASE in text) is proved
    assert ("What to do" in text) is not proved
    assert ("ithaca cert verify FINGERPRINT" in text) is not proved


def test_one_letter_is_no_letters():
    assert "has signed one letter from this address." in said(messages=1, since=None)


@pytest.mark.parametrize("state", [s for s in SignatureState if s is not SignatureState.GOOD])
@pytest.mark.parametrize("decryption", Decryption)
def test_what_is_not_good_never_names_an_author(state, decryption):
    text = said(
        decryption=decryption,
        signature=state,
        signatures=() if state is SignatureState.NONE else (signature(state, "too old"),),
        from_=From.NONE,
        binding=Binding.NONE,
    )
    assert re.search(r"is not proved|Do not trust", text)
    for words in ("This letter is from", "Nobody has changed", "It was signed on", PHRASE):
        assert words not in text
    assert (banner.CAME_SEALED in text) is (decryption is not Decryption.NONE)


def test_a_signature_that_cannot_be_accepted_says_why():
    refused = (signature(SignatureState.REFUSED, "the key had expired"),)
    assert "accepted (the key had expired)." in said(signature=SignatureState.REFUSED, signatures=refused)


def test_somebody_elses_signature_is_no_authors():
    text = said(from_=From.MISMATCH, binding=Binding.NONE)
    assert "Do not rely on who wrote this" in text
    assert "This letter is from" not in text


@pytest.mark.parametrize("finding", FINDINGS)
def test_every_finding_is_said_with_what_to_do(finding):
    row = FINDINGS[finding]
    text = said(findings=(finding,))
    assert row.means in text
    assert row.do in text
    alone = said(Verdict(findings=(finding,)))
    assert row.means in alone
    assert "This letter is from" not in alone


def test_a_finding_without_a_row_is_called_unusual_and_never_proved():
    text = said(findings=("a-finding-of-tomorrow",))
    assert "unusual (a-finding-of-tomorrow" in text
    assert PHRASE not in text


def test_what_stayed_closed_says_that_and_no_author():
    text = said(Verdict(findings=("not-decrypted",), from_addresses=("eve@evil.example",)))
    assert text.startswith("This letter is sealed and could not be opened")
    assert "eve@" not in text


def test_fields_that_are_not_covered_are_named():
    fields = (
        FieldProtection("subject", Protection.UNPROTECTED),
        FieldProtection("date", Protection.SIGNED),
        FieldProtection("reply-to", Protection.ENCRYPTED),
        FieldProtection("x-evil: you won", Protection.UNPROTECTED),
    )
    text = said(fields=fields)
    assert "Not protected, and easily changed on the way: the subject and where answers go." in text
    assert "evil" not in text
    unsigned = said(fields=fields, signature=SignatureState.NONE, signatures=(), from_=From.NONE, binding=Binding.NONE)
    assert "on the way: the subject." in unsigned


def test_where_there_is_nothing_to_say_nothing_is_said():
    assert banner.sentences(Verdict(), PHRASE) == ()


@given(
    addresses=st.lists(st.text(), max_size=5),
    reason=st.text(),
    state=st.sampled_from(SignatureState),
    binding=st.sampled_from(Binding),
    from_=st.sampled_from(From),
    findings=st.lists(st.sampled_from([*FINDINGS]) | st.text(), max_size=3),
    subject=st.text(),
    users=st.lists(st.text(), max_size=2),
    names=st.lists(st.text(), max_size=2),
)
def test_no_octet_of_a_message_stands_in_it_unescaped(
    addresses, reason, state, binding, from_, findings, subject, users, names
):
    """Lines, marks and sentences of ours cannot be written by a sender."""
    verdict = dataclasses.replace(
        GOOD,
        from_addresses=tuple(addresses),
        signature=state,
        signatures=(dataclasses.replace(signature(state, reason), user_ids=tuple(users)),),
        binding=binding,
        from_=from_,
        findings=tuple(findings),
        subject=subject,
        fields=tuple(FieldProtection(n, Protection.UNPROTECTED) for n in names),
    )
    lines = banner.sentences(verdict, None)
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith(banner.PHRASE) for line in lines)
    # The same facts by an honest sender have as many rows that begin as ours do.
    assert sum(line.startswith("What to do:") for line in lines) <= 1 + len(findings)


def test_an_address_that_could_be_taken_for_another_is_spelled():
    text = said(from_addresses=("\u0430lice@ithaca.example",))
    assert "(letter by letter: \\u0430lice@ithaca.example)" in text
    assert "letter by letter" not in said()


def test_a_long_address_does_not_push_the_rest_out_of_sight():
    assert len(said(from_addresses=("a" * 5000 + "@b.example",))) < 600
    assert "and 7 more" in said(from_addresses=tuple(f"{n}@b.example" for n in range(10)))


def test_the_word_for_the_subject():
    words = {
        "proved": {},
        "signed, new key": {"binding": Binding.NEW},
        "warning": {"from_": From.MISMATCH},
        "WARNING": {"signature": SignatureState.BAD},
        "not proved": {"signature": SignatureState.UNKNOWN},
    }
    for word, change in words.items():
        assert banner.subject_mark(dataclasses.replace(GOOD, **change)) == word
    assert banner.subject_mark(dataclasses.replace(GOOD, findings=("phrase-leaked",))) == "WARNING"
    assert banner.subject_mark(dataclasses.replace(GOOD, findings=("far-from-date",))) == "not proved"
    assert banner.subject_mark(Verdict(findings=("not-decrypted",))) == "not opened"
    assert banner.subject_mark(Verdict()) == ""


def test_a_sender_whom_the_key_names_is_not_called_easily_changed():
    fields = (FieldProtection("from", Protection.UNPROTECTED), FieldProtection("to", Protection.UNPROTECTED))
    assert "easily changed on the way: the recipients." in said(fields=fields)
    assert "easily changed on the way: the sender and the recipients." in said(fields=fields, from_=From.MISMATCH)


@pytest.mark.parametrize("protection", Protection)
def test_a_mark_vouches_for_no_subject_that_is_not_signed(protection):
    verdict = dataclasses.replace(GOOD, fields=(FieldProtection("subject", protection),))
    is_signed = protection in (Protection.SIGNED, Protection.SIGNED_AND_ENCRYPTED)
    assert banner.subject_mark(verdict) == ("proved" if is_signed else "letter proved, subject not")


def test_every_state_has_words():
    for state, binding, from_, decryption in itertools.product(SignatureState, Binding, From, Decryption):
        assert said(signature=state, binding=binding, from_=from_, decryption=decryption)

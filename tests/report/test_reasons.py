"""A decision explained: every reason says whom it is about and where it comes from, and nothing is left unescaped."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca import report
from ithaca.address import AddrSpec
from ithaca.facts import Automatic
from ithaca.policy import (
    Action,
    Answered,
    Basis,
    Cause,
    Decision,
    Facts,
    Form,
    Policy,
    Reason,
    Recipient,
    Rule,
    Sender,
    SignFormat,
    Standing,
    Trace,
)
from ithaca.report import reasons
from ithaca.wish import Names, Place

ALICE = AddrSpec("alice@example.org")
CAROL = Recipient(AddrSpec("carol@example.org"), "carol@example.org", False, Standing.USABLE)
KEYED = replace(CAROL, certificate="AB" * 20)
LETTER = Answered(frozenset({Trace.IN_REPLY_TO}), "bob@example.org", 1_700_000_000)
DECISION = Decision(
    Action.SIGN,
    (),
    answered=LETTER,
    identity=ALICE,
    memory="X is damaged.",
    own_key="It expired.",
    sign_format=SignFormat.UNOBTRUSIVE,
)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason(Cause.ALREADY_SEALED), "the mail program has encrypted it already"),
        (Reason(Cause.LOGIN_DOES_NOT_OWN_FROM), "From names alice@example.org, but not as the one sender"),
        (Reason(Cause.UNREADABLE_FROM), "From holds alice@example.org, and cannot be read as that one address"),
        (Reason(Cause.DEMANDED, (CAROL,), Rule("*@b")), "the rule '*@b' demands encryption for carol@example.org"),
        (Reason(Cause.DEMANDED, (CAROL,)), "the policy demands encryption for carol@example.org"),
        (Reason(Cause.NEVER, (CAROL,), Rule("*@b")), "the rule '*@b' says that mail to carol@example.org is never"),
        (Reason(Cause.SIGNS, (CAROL,), Rule("c@*")), "the rule 'c@*' wants a signature for carol@example.org"),
        (Reason(Cause.SIGNS_NOT, (CAROL,)), "the policy wants no signature in such mail to carol@example.org"),
        (
            Reason(Cause.FORMATS, (CAROL,), Rule("c@*")),
            "the rule 'c@*' wants the signature unobtrusive for carol@example.org",
        ),
        (
            Reason(Cause.WISHED_SEALED, shown_by=frozenset({Place.SUBJECT, Place.FIELD})),
            "the sender wishes encryption: [secret] in Ithaca-Wish and in the Subject",
        ),
        (
            Reason(Cause.ANSWERS_SEALED, shown_by=frozenset({Trace.REFERENCES, Trace.ATTACHED})),
            "it has to do with the letter of bob@example.org of 2023-11-14, which came encrypted; "
            "shown by References and a message that is attached",
        ),
        (
            Reason(Cause.AUTOMATIC, shown_by=frozenset({Automatic.NULL_PATH})),
            "a program wrote it; shown by a null reverse-path",
        ),
        (
            Reason(Cause.OVERRIDDEN, shown_by=frozenset({Place.SUBJECT})),
            "the sender gave the code that an earlier refusal named: in the Subject",
        ),
        (Reason(Cause.ONCE_SEALED, (CAROL,)), "mail to carol@example.org was encrypted before"),
        (Reason(Cause.UNSIGNED_ADDRESSEE, (CAROL,)), "nothing signed in the letter of bob@example.org of 2023-11-14"),
        (
            Reason(Cause.SPOILT_CERTIFICATE, (replace(CAROL, standing=Standing.UNUSABLE, reason="expired"),)),
            "a certificate cannot be used, or is in doubt: the key of carol@example.org expired",
        ),
        (Reason(Cause.MEMORY), "cannot be looked up: X is damaged."),
        (Reason(Cause.OWN_KEY), "the key of alice@example.org cannot be used: It expired."),
    ],
    ids=lambda value: value.cause.value if isinstance(value, Reason) else "",
)
def test_a_reason_says_what_of_whom_and_by_what(reason, words):
    assert words in reasons.sentence(reason, DECISION, Names(encrypt="secret"))


@pytest.mark.parametrize("basis", [b for b in Basis if b is not Basis.NONE])
@pytest.mark.parametrize("cause", [Cause.POSSIBLE, Cause.USABLE, Cause.NOT_BY_ITSELF, Cause.WITHDRAWN])
def test_which_certificate_and_how_it_is_known_is_said(cause, basis):
    said = reasons.sentence(Reason(cause, (replace(KEYED, basis=basis), CAROL)), DECISION)
    first, second = said.rpartition(": ")[2].split("; ")
    assert first.startswith(f"carol@example.org ({'AB' * 20}, ")
    assert "certificate" in first
    assert second == "carol@example.org (can be encrypted to)"


def test_the_bases_differ_in_words():
    said = {reasons.sentence(Reason(Cause.USABLE, (replace(KEYED, basis=b),)), DECISION) for b in Basis}
    assert len(said) == len(Basis)


@pytest.mark.parametrize(
    ("action", "causes", "first"),
    [
        (Action.PASS, (Cause.FOREIGN_SENDER,), "It would pass as it came."),
        (Action.CLEAR, (Cause.ALREADY_SEALED,), "It would pass as it came, encrypted already."),
        (Action.CLEAR, (Cause.ALREADY_SIGNED,), "It would be sent in clear, signed by the mail program."),
        (Action.SEAL, (Cause.ALREADY_SIGNED,), "It would be sent sealed, signed by the mail program."),
        (Action.SEAL, (Cause.POSSIBLE,), "It would be sent sealed, not signed."),
        (Action.SIGN, (Cause.NO_CERTIFICATE,), "It would be sent signed, in clear."),
        (Action.REFUSE, (Cause.NO_CERTIFICATE,), "It would be refused:"),
        (Action.DEFER, (Cause.OWN_KEY,), "It would be refused for now:"),
    ],
)
def test_the_first_line_says_what_becomes_of_it(action, causes, first):
    assert report.why(Sender.OURS, (CAROL,), Decision(action, tuple(map(Reason, causes))))[0] == first


def _facts(*recipients, sender=Sender.OURS):
    return Facts(sender, Form.CLEAR, Policy(), recipients)


def test_as_plain_values():
    by_rule = Reason(Cause.DEMANDED, (KEYED,), Rule("*@x"))
    decision = replace(DECISION, because=(by_rule,), hides=frozenset({b"subject", b"to"}))
    record = report.decision_record(_facts(replace(KEYED, basis=Basis.MUTUAL, once_sealed=True)), decision)
    assert json.loads(json.dumps(record)) == {
        "version": 1,
        "action": "sign",
        "refusal": None,
        "override": None,
        "because": [
            {
                "cause": "encryption-demanded",
                "recipients": ["carol@example.org"],
                "rule": "*@x",
                "shown_by": [],
                "text": "the rule '*@x' demands encryption for carol@example.org",
            }
        ],
        "sender": "ours",
        "identity": "alice@example.org",
        "form": "clear",
        "sign_format": "unobtrusive",
        "hides": ["subject", "to"],
        "recipients": [
            {
                "address": "carol@example.org",
                "hidden": False,
                "standing": "usable",
                "reason": "",
                "basis": "autocrypt-mutual",
                "certificate": "AB" * 20,
                "serves": True,
                "once_served": False,
                "once_sealed": True,
                "knows_openpgp": False,
            }
        ],
    }


@given(
    st.builds(
        Reason,
        st.sampled_from(Cause),
        st.lists(
            st.builds(
                Recipient,
                address=st.none(),
                shown=st.text(max_size=300),
                hidden=st.booleans(),
                standing=st.sampled_from(Standing),
                reason=st.text(max_size=300),
                basis=st.sampled_from(Basis),
            ),
            max_size=5,
        ).map(tuple),
        st.none() | st.builds(Rule, st.text(max_size=300)),
        st.frozensets(st.sampled_from([*Place, *Trace, *Automatic])),
    ),
    st.sampled_from(Action),
    st.text(max_size=300),
)
def test_nothing_of_a_message_is_said_unescaped(reason, action, text):
    decision = replace(DECISION, action=action, because=(reason,), answered=replace(LETTER, from_=text), own_key=text)
    for sender in Sender:
        assert all(line.isprintable() for line in report.why(sender, reason.recipients, decision))
        record = report.decision_record(_facts(*reason.recipients, sender=sender), decision)
        assert _strings(record) == [s for s in _strings(record) if s.isprintable()]


def _strings(value):
    if isinstance(value, dict):
        return [s for one in value.values() for s in _strings(one)]
    if isinstance(value, list):
        return [s for one in value for s in _strings(one)]
    return [value] if isinstance(value, str) else []

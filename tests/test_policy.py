"""Decisions: what policy wants encrypted is sealed or refused, never clear."""

import itertools

import pytest

from ithaca.address import AddrSpec
from ithaca.policy import (
    Action,
    Cause,
    Encrypt,
    Facts,
    Form,
    Policy,
    Recipient,
    Rule,
    Sender,
    Sign,
    Standing,
    decide,
)


def person(name, standing=Standing.USABLE, *, hidden=False, reason=""):
    return Recipient(AddrSpec(f"{name}@example.org"), f"{name}@example.org", hidden, standing, reason)


def facts(*recipients, policy=Policy(), sender=Sender.OURS, form=Form.CLEAR, own_key="", locked=False):  # noqa: B008 (frozen)
    return Facts(sender, form, policy, tuple(recipients), own_key, locked)


def test_everybody_with_a_certificate_is_sealed_and_signed():
    assert decide(facts(person("carol"), person("dave"))).action is Action.SIGN_AND_SEAL


def test_nobody_known_goes_in_clear_but_signed():
    assert decide(facts(person("carol", Standing.ABSENT))).action is Action.SIGN


def test_one_without_a_certificate_makes_the_whole_message_clear_when_nothing_demands_more():
    assert decide(facts(person("carol"), person("dave", Standing.ABSENT))).action is Action.SIGN


def test_demanded_encryption_names_everybody_without_a_certificate():
    decision = decide(
        facts(
            person("carol"),
            person("dave", Standing.ABSENT),
            person("erin", Standing.UNUSABLE, reason="expired"),
            policy=Policy(encrypt=Encrypt.ALWAYS),
        )
    )
    assert decision.action is Action.REFUSE
    assert [r.shown for r in decision.concerned] == ["dave@example.org", "erin@example.org"]


@pytest.mark.parametrize("standing", [Standing.UNUSABLE, Standing.AMBIGUOUS])
def test_a_spoilt_certificate_is_a_refusal_not_clear_text(standing):
    decision = decide(facts(person("carol", standing), person("dave", Standing.ABSENT)))
    assert decision.action is Action.REFUSE
    assert decision.because == (Cause.SPOILT_CERTIFICATE,)


def test_bcc_without_a_certificate_never_turns_the_others_copy_clear():
    decision = decide(facts(person("carol"), person("eve", Standing.ABSENT, hidden=True)))
    assert decision.action is Action.REFUSE
    assert [r.shown for r in decision.concerned] == ["eve@example.org"]


def test_rule_for_a_domain_demands_for_the_whole_message():
    policy = Policy(rules=(Rule("*@example.org", encrypt=Encrypt.ALWAYS),), encrypt=Encrypt.NEVER)
    assert decide(facts(person("carol"), policy=policy)).action is Action.SIGN_AND_SEAL
    assert decide(facts(person("carol", Standing.ABSENT), policy=policy)).action is Action.REFUSE


def test_first_rule_that_speaks_wins():
    policy = Policy(
        rules=(
            Rule("carol@example.org", sign=Sign.NEVER),
            Rule("carol@example.org", encrypt=Encrypt.NEVER),
            Rule("*@example.org", encrypt=Encrypt.ALWAYS),
        )
    )
    assert decide(facts(person("carol", Standing.ABSENT), policy=policy)).action is Action.CLEAR


def test_never_goes_clear_and_signed():
    assert decide(facts(person("carol"), policy=Policy(encrypt=Encrypt.NEVER))).action is Action.SIGN


@pytest.mark.parametrize(
    ("sign", "sealed", "clear"),
    [
        (Sign.ALWAYS, Action.SIGN_AND_SEAL, Action.SIGN),
        (Sign.WHEN_ENCRYPTING, Action.SIGN_AND_SEAL, Action.CLEAR),
        (Sign.NEVER, Action.SEAL, Action.CLEAR),
    ],
)
def test_signing_follows_the_policy(sign, sealed, clear):
    assert decide(facts(person("carol"), policy=Policy(sign=sign))).action is sealed
    assert decide(facts(person("carol", Standing.ABSENT), policy=Policy(sign=sign))).action is clear


def test_what_is_signed_already_is_encrypted_around_and_not_signed_again():
    assert decide(facts(person("carol"), form=Form.SIGNED)).action is Action.SEAL
    assert decide(facts(person("carol", Standing.ABSENT), form=Form.SIGNED)).action is Action.CLEAR


def test_what_is_sealed_already_passes():
    assert decide(facts(person("carol", Standing.ABSENT), form=Form.SEALED)).action is Action.CLEAR
    sealed = facts(person("carol"), form=Form.SEALED, sender=Sender.FOREIGN)
    assert decide(sealed).action is Action.PASS


def test_a_foreign_sender_passes_unless_a_rule_demands_encryption():
    assert decide(facts(person("carol"), sender=Sender.FOREIGN)).action is Action.PASS
    everybody = Policy(encrypt=Encrypt.ALWAYS)
    assert decide(facts(person("carol"), sender=Sender.FOREIGN, policy=everybody)).action is Action.REFUSE
    ruled = Policy(rules=(Rule("*@example.org", encrypt=Encrypt.ALWAYS),))
    assert decide(facts(person("carol"), sender=Sender.FOREIGN, policy=ruled)).action is Action.REFUSE


def test_an_address_of_ours_without_its_login_is_never_sent_clear_against_its_policy():
    always = Policy(encrypt=Encrypt.ALWAYS)
    assert decide(facts(person("carol"), sender=Sender.UNPROVED, policy=always)).action is Action.REFUSE
    assert decide(facts(person("carol"), sender=Sender.UNPROVED)).action is Action.PASS


def test_own_key_trouble_is_a_refusal_and_a_locked_key_one_for_now():
    assert decide(facts(person("carol"), own_key="expired")).action is Action.REFUSE
    assert decide(facts(person("carol"), own_key="locked", locked=True)).action is Action.DEFER
    unsigned = Policy(sign=Sign.NEVER, encrypt=Encrypt.NEVER)
    assert decide(facts(person("carol"), own_key="expired", policy=unsigned)).action is Action.CLEAR


def test_no_combination_that_demands_encryption_leaves_clear():
    """Every sender, form, standing and visibility of two recipients, one of them under a rule."""
    ruled = Policy(rules=(Rule("carol@example.org", encrypt=Encrypt.ALWAYS),))
    clear = (Action.PASS, Action.CLEAR, Action.SIGN)
    for sender, form, mine, other, hidden, own in itertools.product(
        Sender, (Form.CLEAR, Form.SIGNED), Standing, Standing, (False, True), ("", "expired")
    ):
        people = (person("carol", mine, hidden=hidden), person("dave", other))
        decision = decide(facts(*people, policy=ruled, sender=sender, form=form, own_key=own))
        assert decision.action not in clear, (sender, form, mine, other, hidden, own)


def test_the_order_of_recipients_decides_nothing():
    people = [person("a"), person("b", Standing.ABSENT), person("c", Standing.ABSENT, hidden=True)]
    actions = {decide(facts(*order)).action for order in itertools.permutations(people)}
    assert len(actions) == 1

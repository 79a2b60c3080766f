"""Decisions: what policy wants encrypted is sealed or refused, never clear."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.address import AddrSpec
from ithaca.facts import Automatic
from ithaca.policy import (
    SPOILT,
    Action,
    Answered,
    Basis,
    Cause,
    Encrypt,
    Facts,
    Form,
    Override,
    Policy,
    Recipient,
    Rule,
    Sender,
    Sign,
    SignFormat,
    Standing,
    Trace,
    decide,
)
from ithaca.wish import Place, Wish


def person(name, standing=Standing.USABLE, *, hidden=False, reason=""):
    return Recipient(AddrSpec(f"{name}@example.org"), f"{name}@example.org", hidden, standing, reason)


def facts(*recipients, policy=Policy(), sender=Sender.OURS, form=Form.CLEAR, own_key="", locked=False):  # noqa: B008 (frozen)
    return Facts(sender, form, policy, tuple(recipients), own_key, locked)


ABOUT_THE_SIGNATURE = frozenset(
    {Cause.SIGNS, Cause.SIGNS_NOT, Cause.KNOWS_OPENPGP, Cause.MAY_NOT_KNOW_OPENPGP, Cause.FORMATS}
)


def causes(decision):
    """Of sealing it or not."""
    return tuple(cause for cause in decision.causes if cause not in ABOUT_THE_SIGNATURE)


def told(decision, cause):
    """Names of those of whom a cause is said, and the rule that says it, for each reason."""
    found = [r for r in decision.because if r.cause is cause]
    return [(" ".join(str(p.shown).partition("@")[0] for p in r.recipients), r.rule) for r in found]


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
    assert decision.causes == (Cause.SPOILT_CERTIFICATE,)


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
    for sender in (Sender.FOREIGN, Sender.UNPROVED, Sender.UNREADABLE):
        assert decide(facts(person("carol"), form=Form.SEALED, sender=sender)).action is Action.PASS


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


def test_what_may_be_ours_and_cannot_be_read_so_passes_only_where_nothing_is_ever_encrypted():
    def unreadable(*people, **more):
        return decide(facts(*people, sender=Sender.UNREADABLE, **more))

    carol, dave = person("carol"), person("dave", Standing.ABSENT)
    spared = Policy(rules=(Rule("carol@*", encrypt=Encrypt.NEVER),))
    never = Policy(encrypt=Encrypt.NEVER)
    assert unreadable(dave).causes == (Cause.UNREADABLE_FROM,)
    assert {unreadable(dave).action, unreadable(carol, dave, policy=spared).action} == {Action.REFUSE}
    assert {unreadable(carol, policy=spared).action, unreadable(dave, policy=never).action} == {Action.PASS}
    assert unreadable(dave, form=Form.SEALED).action is Action.PASS
    ruled = unreadable(carol, dave, policy=Policy(encrypt=Encrypt.ALWAYS))
    assert ruled.causes == (Cause.DEMANDED, Cause.UNREADABLE_FROM)
    assert ruled.concerned == (carol, dave)


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


# --- what serves by itself ----------------------------------------------------------------------------


def known(name, **more):
    return replace(person(name), **more)


def test_a_certificate_that_does_not_serve_by_itself_serves_where_it_is_asked_for():
    carol = known("carol", serves=False, basis=Basis.GOSSIP)
    decision = decide(facts(carol))
    assert (decision.action, causes(decision)) == (Action.SIGN, (Cause.NOT_BY_ITSELF,))
    asked = decide(replace(facts(carol), wish=Wish(encrypt=True)))
    assert (asked.action, causes(asked)) == (Action.SIGN_AND_SEAL, (Cause.WISHED_SEALED, Cause.USABLE))


def test_one_that_served_by_itself_once_is_a_refusal_not_clear_text():
    carol = known("carol", serves=False, once_served=True)
    decision = decide(facts(carol))
    assert (decision.action, decision.causes, decision.override) == (
        Action.REFUSE,
        (Cause.WITHDRAWN,),
        Override.CLEAR,
    )
    assert decide(replace(facts(carol), wish=Wish(encrypt=True))).action is Action.SIGN_AND_SEAL


@pytest.mark.parametrize("standing", sorted(SPOILT, key=lambda s: s.value))
def test_every_spoilt_certificate_is_a_refusal_that_a_code_overrides(standing):
    decision = decide(facts(person("carol", standing), person("dave")))
    assert (decision.action, decision.override) == (Action.REFUSE, Override.CLEAR)
    assert [r.shown for r in decision.concerned] == ["carol@example.org"]


def test_who_was_written_to_under_seal_never_gets_a_clear_letter_unawares():
    carol = known("carol", once_sealed=True)
    decision = decide(facts(carol, person("dave", Standing.ABSENT), person("erin")))
    assert (decision.action, decision.override) == (Action.REFUSE, Override.CLEAR)
    assert decision.causes == (Cause.ONCE_SEALED, Cause.NO_CERTIFICATE)
    assert {r.shown for r in decision.concerned} == {"carol@example.org", "dave@example.org"}
    # Where a rule of the person's says never, it says so of them.
    never = Policy(rules=(Rule("carol@example.org", encrypt=Encrypt.NEVER),))
    assert decide(facts(carol, person("dave", Standing.ABSENT), policy=never)).action is Action.SIGN


def test_a_bcc_recipient_whom_a_rule_spares_does_not_turn_the_others_copy_clear():
    spared = Policy(rules=(Rule("eve@example.org", encrypt=Encrypt.NEVER),))
    decision = decide(facts(person("carol"), person("eve", hidden=True), policy=spared))
    assert (decision.action, causes(decision)) == (Action.REFUSE, (Cause.BCC_WITHOUT_CERTIFICATE, Cause.NEVER))
    assert decide(facts(person("carol"), person("eve"), policy=spared)).action is Action.SIGN


# --- wishes -------------------------------------------------------------------------------------------


def wishing(wish, *recipients, **more):
    return decide(replace(facts(*recipients), wish=wish, **more))


def test_a_wish_for_encryption_turns_missing_certificates_into_a_refusal():
    decision = wishing(Wish(encrypt=True), person("carol"), person("dave", Standing.ABSENT))
    assert (decision.action, decision.override) == (Action.REFUSE, None)
    assert decision.causes == (Cause.WISHED_SEALED, Cause.NO_CERTIFICATE)


def test_clear_alone_chooses_where_nothing_forbids():
    decision = wishing(Wish(clear=True), person("carol"), person("dave", Standing.ABSENT, hidden=True))
    assert (decision.action, causes(decision)) == (Action.SIGN, (Cause.WISHED_CLEAR,))


@pytest.mark.parametrize(
    ("carol", "answered", "cause"),
    [
        (known("carol", once_sealed=True), None, Cause.ONCE_SEALED),
        (person("carol", Standing.UNUSABLE), None, Cause.SPOILT_CERTIFICATE),
        (person("carol"), Answered(frozenset({Trace.QUOTED})), Cause.ANSWERS_SEALED),
    ],
)
def test_clear_needs_the_code_where_something_forbids(carol, answered, cause):
    decision = wishing(Wish(clear=True), carol, answered=answered)
    assert (decision.action, decision.override) == (Action.REFUSE, Override.CLEAR)
    assert cause in decision.causes
    overridden = wishing(Wish(clear=True, code="4711"), carol, answered=answered, code_holds=True)
    assert overridden.action is Action.SIGN
    assert {Cause.WISHED_CLEAR, Cause.OVERRIDDEN, cause} <= set(overridden.causes)
    assert wishing(Wish(clear=True, code="4711"), carol, answered=answered).action is Action.REFUSE


def test_nothing_overrides_a_rule_that_demands():
    policy = Policy(rules=(Rule("carol@example.org", encrypt=Encrypt.ALWAYS),))
    demanding = replace(facts(person("carol"), policy=policy), wish=Wish(clear=True, code="1"), code_holds=True)
    assert decide(demanding).action is Action.SIGN_AND_SEAL
    lacking = replace(demanding, recipients=(person("carol", Standing.ABSENT),))
    assert (decide(lacking).action, decide(lacking).override) == (Action.REFUSE, None)


def test_of_two_wishes_the_stronger_counts():
    assert wishing(Wish(encrypt=True, clear=True), person("carol")).action is Action.SIGN_AND_SEAL


def test_wishes_for_a_signature():
    never = Policy(sign=Sign.NEVER)
    assert decide(replace(facts(person("carol"), policy=never), wish=Wish(sign=True))).action is Action.SIGN_AND_SEAL
    assert wishing(Wish(nosign=True), person("carol")).action is Action.SEAL
    assert wishing(Wish(nosign=True), person("carol", Standing.ABSENT)).action is Action.CLEAR
    assert wishing(Wish(nosign=True, sign=True), person("carol")).action is Action.SIGN_AND_SEAL


# --- answers to what came sealed ----------------------------------------------------------------------

EVE = AddrSpec("eve@example.org")
ANSWER = Answered(frozenset({Trace.IN_REPLY_TO}), "carol@example.org", 7, hides=frozenset({b"subject"}))


def answering(*recipients, answered=ANSWER, **more):
    return decide(replace(facts(*recipients), answered=answered, **more))


def test_an_answer_to_what_came_sealed_goes_sealed_and_hides_what_was_hidden():
    decision = answering(known("carol", serves=False))
    assert (decision.action, causes(decision)) == (Action.SIGN_AND_SEAL, (Cause.ANSWERS_SEALED, Cause.USABLE))
    assert decision.hides == {b"subject"}


def test_an_answer_that_cannot_go_sealed_is_refused_and_a_code_overrides():
    decision = answering(person("carol"), person("dave", Standing.ABSENT))
    assert (decision.action, decision.override) == (Action.REFUSE, Override.CLEAR)
    assert decision.answered == ANSWER
    never = answering(person("carol", Standing.ABSENT), policy=Policy(encrypt=Encrypt.NEVER))
    assert never.action is Action.REFUSE


@pytest.mark.parametrize(
    ("answered", "cause"),
    [
        (replace(ANSWER, doubtful=True), Cause.DOUBTFUL_ORIGIN),
        (replace(ANSWER, strangers=frozenset({AddrSpec("eve@example.org")})), Cause.UNSIGNED_ADDRESSEE),
    ],
)
def test_an_answer_that_a_forger_may_have_had_in_mind_is_refused_though_it_could_be_sealed(answered, cause):
    people = (person("carol"), person("eve"))
    for more in ({}, {"wish": Wish(encrypt=True)}, {"policy": Policy(encrypt=Encrypt.ALWAYS)}):
        decision = answering(*people, answered=answered, **more)
        assert (decision.action, decision.override) == (Action.REFUSE, Override.SEALED)
        assert cause in decision.causes
    overridden = answering(*people, answered=answered, wish=Wish(encrypt=True, code="1"), code_holds=True)
    assert (overridden.action, Cause.OVERRIDDEN in overridden.causes) == (Action.SIGN_AND_SEAL, True)


def test_a_recipient_that_cannot_be_read_is_a_stranger_too():
    answered = replace(ANSWER, strangers=frozenset({AddrSpec("eve@example.org")}))
    decision = answering(person("carol"), replace(person("x"), address=None), answered=answered)
    assert [r.shown for r in decision.concerned] == ["x@example.org"]


def test_the_guard_holds_whatever_from_says():
    for sender in (Sender.FOREIGN, Sender.UNPROVED):
        decision = answering(person("carol"), sender=sender, wish=Wish(clear=True), code_holds=True)
        assert (decision.action, decision.override) == (Action.REFUSE, None)


def test_what_a_program_answers_hides_the_subject_in_any_case():
    answered = Answered(frozenset({Trace.IN_REPLY_TO}), hides=frozenset({b"to"}))
    assert answering(person("carol"), answered=answered).hides == {b"to"}
    assert answering(person("carol"), answered=answered, automatic=True).hides == {b"to", b"subject"}


def test_what_a_program_wrote_wishes_nothing_weaker():
    for wish in (Wish(clear=True, code="1"), Wish(nosign=True)):
        decision = answering(person("carol"), wish=wish, code_holds=True, automatic=True)
        assert decision.action is Action.SIGN_AND_SEAL
        assert Cause.AUTOMATIC in decision.causes
    refused = answering(person("carol", Standing.ABSENT), automatic=True)
    assert (refused.action, refused.override) == (Action.REFUSE, None)
    doubtful = answering(
        person("carol"),
        answered=replace(ANSWER, doubtful=True),
        automatic=True,
        wish=Wish(encrypt=True),
        code_holds=True,
    )
    assert doubtful.action is Action.REFUSE
    assert decide(replace(facts(person("carol")), wish=Wish(clear=True), automatic=True)).action is Action.SIGN_AND_SEAL


def test_what_cannot_be_remembered_defers_everything_that_is_not_sealed_already():
    for sender in Sender:
        assert decide(replace(facts(person("carol"), sender=sender), memory="damaged")).action is Action.DEFER
    assert decide(replace(facts(person("carol"), form=Form.SEALED), memory="damaged")).action is Action.CLEAR


# --- the form of a signature --------------------------------------------------------------------------


def formatted(*recipients, sign_format=SignFormat.AUTO, rules=()):
    policy = Policy(encrypt=Encrypt.NEVER, sign_format=sign_format, rules=rules)
    return decide(facts(*recipients, policy=policy)).sign_format


def test_the_form_of_a_signature():
    knows, other = known("carol", knows_openpgp=True), person("dave", Standing.ABSENT)
    assert formatted(knows) is SignFormat.ATTACHED
    assert formatted(other) is SignFormat.UNOBTRUSIVE
    assert formatted(knows, other) is SignFormat.UNOBTRUSIVE
    assert formatted(other, sign_format=SignFormat.ATTACHED) is SignFormat.ATTACHED
    assert formatted(knows, sign_format=SignFormat.UNOBTRUSIVE) is SignFormat.UNOBTRUSIVE
    lists = (Rule("dave@example.org", sign_format=SignFormat.ATTACHED),)
    assert formatted(knows, other, rules=lists) is SignFormat.ATTACHED


# --- reasons ------------------------------------------------------------------------------------------


def test_each_rule_is_named_with_those_of_whom_it_decided():
    bank, everybody = Rule("*@bank.example", encrypt=Encrypt.ALWAYS), Rule("*@*", sign=Sign.NEVER)
    banker = replace(person("banker"), address=AddrSpec("banker@bank.example"))
    decision = decide(facts(person("carol"), banker, policy=Policy(rules=(everybody, bank))))
    assert told(decision, Cause.DEMANDED) == [("banker", bank)]
    assert told(decision, Cause.SIGNS_NOT) == [("carol banker", everybody)]
    assert told(decision, Cause.USABLE) == [("carol banker", None)]
    always = decide(facts(person("carol"), banker, policy=Policy(encrypt=Encrypt.ALWAYS, rules=(bank,))))
    assert told(always, Cause.DEMANDED) == [("banker", bank), ("carol", None)]
    assert told(always, Cause.SIGNS) == [("carol banker", None)]
    foreign = decide(facts(person("carol"), banker, policy=Policy(rules=(bank,)), sender=Sender.FOREIGN))
    assert told(foreign, Cause.DEMANDED) == [("banker", bank)]


def test_who_turned_it_clear_is_named():
    spared = Rule("erin@*", encrypt=Encrypt.NEVER)
    people = person("carol"), person("dave", Standing.ABSENT), person("erin"), known("frank", serves=False)
    decision = decide(facts(*people, policy=Policy(rules=(spared,))))
    assert told(decision, Cause.NEVER) == [("erin", spared)]
    assert told(decision, Cause.NO_CERTIFICATE) == [("dave", None)]
    assert told(decision, Cause.NOT_BY_ITSELF) == [("frank", None)]
    assert told(decision, Cause.SIGNS) == [("carol dave erin frank", None)]
    once = decide(facts(known("carol", once_sealed=True), person("dave", Standing.ABSENT)))
    assert told(once, Cause.ONCE_SEALED) == [("carol", None)]
    assert told(once, Cause.NO_CERTIFICATE) == [("dave", None)]
    assert told(decide(facts(person("carol"), policy=Policy(encrypt=Encrypt.NEVER))), Cause.NEVER) == [("carol", None)]


def test_whose_certificates_served_and_whose_are_amiss_is_named():
    assert told(decide(facts(person("carol"), person("dave"))), Cause.POSSIBLE) == [("carol dave", None)]
    spoilt = facts(person("carol"), person("dave", Standing.CHANGED), person("erin", Standing.LOST))
    assert told(decide(spoilt), Cause.SPOILT_CERTIFICATE) == [("dave erin", None)]
    clear = decide(replace(spoilt, wish=Wish(clear=True)))
    assert told(clear, Cause.SPOILT_CERTIFICATE) == [("dave erin", None)]
    withdrawn = facts(person("carol"), known("dave", serves=False, once_served=True))
    assert told(decide(withdrawn), Cause.WITHDRAWN) == [("dave", None)]
    blind = facts(person("carol"), person("eve", Standing.ABSENT, hidden=True))
    assert told(decide(blind), Cause.BCC_WITHOUT_CERTIFICATE) == [("eve", None)]
    assert told(decide(blind), Cause.NO_CERTIFICATE) == [("eve", None)]
    strange = answering(person("carol"), person("eve"), answered=replace(ANSWER, strangers=frozenset({EVE})))
    assert told(strange, Cause.UNSIGNED_ADDRESSEE) == [("eve", None)]


@pytest.mark.parametrize(
    ("more", "cause", "signs"),
    [
        ({"wish": Wish(encrypt=True, stands=frozenset({("encrypt", Place.FIELD)}))}, Cause.WISHED_SEALED, Place.FIELD),
        ({"wish": Wish(clear=True, stands=frozenset({("clear", Place.SUBJECT)}))}, Cause.WISHED_CLEAR, Place.SUBJECT),
        ({"wish": Wish(sign=True, stands=frozenset({("sign", Place.FIELD)}))}, Cause.WISHED_SIGNED, Place.FIELD),
        ({"wish": Wish(nosign=True, stands=frozenset({("nosign", Place.FIELD)}))}, Cause.WISHED_UNSIGNED, Place.FIELD),
        ({"answered": ANSWER}, Cause.ANSWERS_SEALED, Trace.IN_REPLY_TO),
        ({"answered": ANSWER, "wish": Wish(clear=True)}, Cause.ANSWERS_SEALED, Trace.IN_REPLY_TO),
    ],
)
def test_where_it_stands_is_named(more, cause, signs):
    (reason,) = (r for r in decide(replace(facts(person("carol")), **more)).because if r.cause is cause)
    assert reason.shown_by == {signs}


@pytest.mark.parametrize("more", [{"answered": ANSWER}, {"wish": Wish(clear=True)}, {"wish": Wish(nosign=True)}])
def test_what_shows_a_program_is_named_where_it_counts(more):
    written = replace(facts(person("carol")), automatic=True, automatic_by=frozenset({Automatic.REPORT}))
    (reason,) = (r for r in decide(replace(written, **more)).because if r.cause is Cause.AUTOMATIC)
    assert reason.shown_by == {Automatic.REPORT}
    assert Cause.AUTOMATIC not in decide(written).causes


def test_why_a_signature_has_its_form_is_named():
    knows, other = known("carol", knows_openpgp=True), person("dave", Standing.ABSENT)
    lists = Rule("carol@*", sign_format=SignFormat.UNOBTRUSIVE)

    def form(*people, **more):
        decision = decide(facts(*people, policy=Policy(encrypt=Encrypt.NEVER, **more)))
        return [told(decision, c) for c in (Cause.KNOWS_OPENPGP, Cause.MAY_NOT_KNOW_OPENPGP, Cause.FORMATS)]

    assert form(knows) == [[("carol", None)], [], []]
    assert form(knows, other) == [[], [("dave", None)], []]
    assert form(knows, other, rules=(lists,)) == [[], [("dave", None)], [("carol", lists)]]
    assert form(knows, sign_format=SignFormat.ATTACHED) == [[], [], [("carol", None)]]
    sealed = decide(facts(person("carol")))
    assert not {Cause.KNOWS_OPENPGP, Cause.MAY_NOT_KNOW_OPENPGP, Cause.FORMATS} & set(sealed.causes)


# --- properties ---------------------------------------------------------------------------------------

NAMES = ["a", "b", "c", "d"]
_recipients = st.lists(
    st.builds(
        Recipient,
        address=st.sampled_from([AddrSpec(f"{n}@example.org") for n in NAMES] + [None]),
        shown=st.sampled_from(NAMES),
        hidden=st.booleans(),
        standing=st.sampled_from(Standing),
        reason=st.just(""),
        basis=st.sampled_from(Basis),
        serves=st.booleans(),
        once_served=st.booleans(),
        once_sealed=st.booleans(),
        knows_openpgp=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
_rules = st.lists(
    st.builds(
        Rule,
        match=st.sampled_from([f"{n}@example.org" for n in NAMES] + ["*@example.org"]),
        sign=st.sampled_from([None, *Sign]),
        encrypt=st.sampled_from([None, *Encrypt]),
        sign_format=st.sampled_from([None, *SignFormat]),
    ),
    max_size=3,
)
_policies = st.builds(
    Policy,
    st.sampled_from(Sign),
    st.sampled_from(Encrypt),
    _rules.map(tuple),
    st.sampled_from(SignFormat),
)
_answers = st.none() | st.builds(
    Answered,
    traces=st.just(frozenset({Trace.IN_REPLY_TO})),
    doubtful=st.booleans(),
    strangers=st.frozensets(st.sampled_from([AddrSpec(f"{n}@example.org") for n in NAMES]), max_size=2),
    hides=st.just(frozenset({b"subject"})),
)
_facts = st.builds(
    Facts,
    sender=st.sampled_from(Sender),
    form=st.sampled_from(Form),
    policy=_policies,
    recipients=_recipients.map(tuple),
    own_key=st.sampled_from(["", "expired"]),
    own_key_locked=st.booleans(),
    wish=st.builds(Wish, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.sampled_from([None, "4711"])),
    code_holds=st.booleans(),
    answered=_answers,
    automatic=st.booleans(),
    memory=st.sampled_from(["", "", "", "damaged"]),
)
READABLE = (Action.PASS, Action.CLEAR, Action.SIGN)
SEALED = (Action.SEAL, Action.SIGN_AND_SEAL)


def _demanded(given_facts, recipient):
    ruled = given_facts.policy.rule_encrypts(recipient.address) if recipient.address else None
    return (ruled or given_facts.policy.encrypt) is Encrypt.ALWAYS


@given(_facts)
def test_no_facts_in_which_demanded_encryption_leaves_readable(given_facts):
    decision = decide(given_facts)
    if given_facts.form is not Form.SEALED and any(_demanded(given_facts, r) for r in given_facts.recipients):
        assert decision.action not in READABLE


@given(_facts)
def test_only_the_code_lets_an_answer_to_sealed_mail_or_a_letter_to_a_peer_once_sealed_to_go_clear(given_facts):
    decision = decide(given_facts)
    if decision.action not in READABLE or given_facts.form is Form.SEALED or given_facts.sender is not Sender.OURS:
        assert given_facts.answered is None or decision.action not in READABLE or given_facts.form is Form.SEALED
        return
    chosen = given_facts.wish.clear and given_facts.code_holds and not given_facts.automatic
    wanting = [r for r in given_facts.recipients if _policy_of(given_facts, r) is not Encrypt.NEVER]
    if given_facts.answered is not None or any(r.once_sealed or r.standing in SPOILT for r in wanting):
        assert chosen
    assert not given_facts.wish.encrypt
    assert not given_facts.memory


def _policy_of(given_facts, recipient):
    ruled = given_facts.policy.rule_encrypts(recipient.address) if recipient.address else None
    return ruled or given_facts.policy.encrypt


@given(_facts)
def test_nothing_is_sealed_to_anybody_without_a_usable_certificate(given_facts):
    decision = decide(given_facts)
    if decision.action in SEALED:
        assert all(r.standing is Standing.USABLE for r in given_facts.recipients)
        assert given_facts.sender is Sender.OURS
        assert not given_facts.own_key
    if decision.action in (Action.SIGN, Action.SIGN_AND_SEAL):
        assert (given_facts.sender, given_facts.form) == (Sender.OURS, Form.CLEAR)


@given(_facts)
def test_no_doubtful_answer_is_sealed_without_its_code(given_facts):
    decision = decide(given_facts)
    answered = given_facts.answered
    if decision.action in SEALED and answered is not None:
        strange = {r.address for r in given_facts.recipients} & answered.strangers
        if answered.doubtful or strange:
            assert given_facts.wish.encrypt
            assert given_facts.code_holds
            assert not given_facts.automatic


@given(_facts, st.randoms(use_true_random=False))
def test_the_order_of_recipients_decides_nothing_at_all(given_facts, random):
    shuffled = list(given_facts.recipients)
    random.shuffle(shuffled)
    one, other = decide(given_facts), decide(replace(given_facts, recipients=tuple(shuffled)))
    assert _unordered(one) == _unordered(other)


def _unordered(decision):
    because = tuple(replace(r, recipients=_sorted(r.recipients)) for r in decision.because)
    return replace(decision, because=because, concerned=_sorted(decision.concerned))


def _sorted(recipients):
    return tuple(sorted(recipients, key=repr))


@given(_facts)
def test_every_recipient_of_whom_something_is_demanded_or_sealed_is_named(given_facts):
    decision = decide(given_facts)
    named = {cause: {p for r in decision.because if r.cause is cause for p in r.recipients} for cause in Cause}
    if Cause.DEMANDED in decision.causes:
        wanting = {r for r in given_facts.recipients if _demanded_so(given_facts, r)}
        assert named[Cause.DEMANDED] == wanting
    if decision.action in SEALED:
        assert named[Cause.POSSIBLE] | named[Cause.USABLE] == set(given_facts.recipients)
    for reason in decision.because:
        assert reason.rule is None or all(reason.rule in given_facts.policy.rules for _ in reason.recipients)


def _demanded_so(given_facts, recipient):
    return (given_facts.policy.rule_encrypts(recipient.ruled_as) or given_facts.policy.encrypt) is Encrypt.ALWAYS


@given(_facts)
def test_every_decision_has_a_cause_and_every_refusal_a_way_or_a_reason(given_facts):
    decision = decide(given_facts)
    assert decision.because
    if decision.override is not None:
        assert decision.action is Action.REFUSE
        assert not given_facts.automatic
        assert given_facts.sender is Sender.OURS

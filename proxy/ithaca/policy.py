"""The decision: facts about one outgoing message in, what to do with it and why out.

The law of this file: pure, and it fails closed. What policy wants encrypted is sealed or refused, never sent in clear;
a certificate that was spoilt (expired, revoked, doubled, changed, lost) leads to a refusal, not to clear text.
Wording is `report`'s.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ithaca.decision import Action, Cause, Decision, Override, Reason
from ithaca.facts import (
    ENCRYPTING,
    FORMATTING,
    SIGNING,
    SPOILT,
    Answered,
    Basis,
    Encrypt,
    Facts,
    Form,
    Policy,
    Recipient,
    Rule,
    Sender,
    Sign,
    SignFormat,
    Standing,
    Trace,
)

__all__ = [
    "SPOILT",
    "Action",
    "Answered",
    "Basis",
    "Cause",
    "Decision",
    "Encrypt",
    "Facts",
    "Form",
    "Override",
    "Policy",
    "Reason",
    "Recipient",
    "Rule",
    "Sender",
    "Sign",
    "SignFormat",
    "Standing",
    "Trace",
    "decide",
]


@dataclass(frozen=True, slots=True)
class _Demand:
    """What wants the message encrypted; the person can override all but the first."""

    by_rule: tuple[Recipient, ...]
    by_guard: bool
    reasons: tuple[Reason, ...] = ()

    @property
    def holds(self) -> bool:
        return bool(self.reasons)


def decide(facts: Facts) -> Decision:
    """The one decision for the whole message; it never depends on the order of the recipients."""
    return replace(_decide(facts), identity=facts.identity)


def _decide(facts: Facts) -> Decision:
    if facts.form is Form.SEALED:
        # Of mail that is not ours nothing is read as a wish, so no tag is taken out.
        action = Action.CLEAR if facts.sender is Sender.OURS else Action.PASS
        return Decision(action, (Reason(Cause.ALREADY_SEALED),))
    demand = _demand(facts)
    if facts.memory:
        return Decision(Action.DEFER, (Reason(Cause.MEMORY),), memory=facts.memory)
    if facts.sender is not Sender.OURS:
        return _not_ours(facts, demand)
    sealed = _whether_sealed(facts, demand)
    if sealed.action is not Action.REFUSE:
        sealed = _with_signature(facts, sealed)
    sealed = _automatically(facts, sealed)
    if facts.answered is None:
        return sealed
    # What a program answers repeats the Subject unasked, whatever the letter had hidden.
    hides = facts.answered.hides | ({b"subject"} if facts.automatic else set())
    return replace(sealed, hides=hides, answered=facts.answered)


def _demand(facts: Facts) -> _Demand:
    by_rule = tuple(r for r in facts.recipients if _encrypts(facts, r) is Encrypt.ALWAYS)
    reasons = [*_by_policy(Cause.DEMANDED, facts, by_rule, ENCRYPTING)]
    if facts.wish.encrypt:
        reasons.append(_wished(Cause.WISHED_SEALED, facts, "encrypt"))
    if facts.answered is not None:
        reasons.append(_guard(facts.answered))
        reasons += [_program(facts)] if facts.automatic else []
    return _Demand(by_rule, facts.answered is not None, tuple(reasons))


def _encrypts(facts: Facts, recipient: Recipient) -> Encrypt:
    ruled = facts.policy.rule_encrypts(recipient.ruled_as)
    if ruled is not None:
        return ruled
    # Who is not ours to speak for is bound by what is demanded of everybody, and by nothing less.
    binds = facts.sender is not Sender.FOREIGN or facts.policy.encrypt is Encrypt.ALWAYS
    return facts.policy.encrypt if binds else Encrypt.NEVER


def _not_ours(facts: Facts, demand: _Demand) -> Decision:
    reason = Reason(_NOT_OURS[facts.sender])
    if demand.holds:
        return Decision(Action.REFUSE, (*demand.reasons, reason), demand.by_rule, answered=facts.answered)
    if facts.sender is Sender.UNREADABLE and any(_encrypts(facts, r) is not Encrypt.NEVER for r in facts.recipients):
        # Read by anybody else it may be our own person's letter, which would have been sealed.
        return Decision(Action.REFUSE, (reason,))
    return Decision(Action.PASS, (reason,))


_NOT_OURS = {
    Sender.FOREIGN: Cause.FOREIGN_SENDER,
    Sender.UNPROVED: Cause.LOGIN_DOES_NOT_OWN_FROM,
    Sender.UNREADABLE: Cause.UNREADABLE_FROM,
}


def _whether_sealed(facts: Facts, demand: _Demand) -> Decision:
    """Sealed, clear or refused."""
    if _wishes_clear(facts) and not demand.by_rule:
        return _knowingly_clear(facts)
    doubt = _doubt(facts, demand)
    if doubt is not None:
        return doubt
    if demand.holds:
        return _demanded(facts, demand)
    return _opportunity(facts)


def _wishes_clear(facts: Facts) -> bool:
    return facts.wish.clear and not facts.wish.encrypt and not facts.automatic


def _knowingly_clear(facts: Facts) -> Decision:
    """``[clear]`` alone only chooses where nothing forbids; with the code of a refusal it overrides that."""
    wished = _wished(Cause.WISHED_CLEAR, facts, "clear")
    sealed = tuple(r for r in facts.recipients if r.once_sealed)
    spoilt = _having(facts.recipients, SPOILT)
    forbidding = [_guard(facts.answered)] if facts.answered else []
    forbidding += [*_about(Cause.ONCE_SEALED, sealed), *_about(Cause.SPOILT_CERTIFICATE, spoilt)]
    if not forbidding:
        return Decision(Action.CLEAR, (wished,))
    because = (wished, *forbidding)
    if facts.code_holds:
        return Decision(Action.CLEAR, (*because, _wished(Cause.OVERRIDDEN, facts, "clear")))
    concerned = tuple(r for r in facts.recipients if r.once_sealed or r in spoilt)
    return Decision(Action.REFUSE, because, concerned, override=Override.CLEAR)


def _doubt(facts: Facts, demand: _Demand) -> Decision | None:
    """Is it an answer that a forger may have had in mind? Sealed, too, it would open to him what he captured."""
    answered = facts.answered
    if answered is None or (facts.code_holds and facts.wish.encrypt and not facts.automatic):
        return None
    strangers = tuple(r for r in facts.recipients if r.address is None or r.address in answered.strangers)
    override = None if facts.automatic else Override.SEALED
    if answered.doubtful:
        because = (*demand.reasons, Reason(Cause.DOUBTFUL_ORIGIN))
        return Decision(Action.REFUSE, because, facts.recipients, override=override)
    if answered.strangers and strangers:
        because = (*demand.reasons, Reason(Cause.UNSIGNED_ADDRESSEE, strangers))
        return Decision(Action.REFUSE, because, strangers, override=override)
    return None


def _demanded(facts: Facts, demand: _Demand) -> Decision:
    spoilt = _having(facts.recipients, SPOILT)
    absent = _having(facts.recipients, {Standing.ABSENT})
    if not spoilt and not absent:
        confirms = facts.code_holds and facts.wish.encrypt
        confirmed = [_wished(Cause.OVERRIDDEN, facts, "encrypt")] if confirms else []
        return Decision(Action.SEAL, (*demand.reasons, *confirmed, *_about(Cause.USABLE, facts.recipients)))
    lacking = [*_about(Cause.SPOILT_CERTIFICATE, spoilt), *_about(Cause.NO_CERTIFICATE, absent)]
    # A rule has the last word; a wish of the person's own is taken back by taking it out.
    overridable = not demand.by_rule and not facts.automatic and (demand.by_guard or bool(spoilt))
    return Decision(
        Action.REFUSE,
        (*demand.reasons, *lacking),
        tuple(r for r in facts.recipients if r in spoilt + absent),
        override=Override.CLEAR if overridable else None,
    )


def _opportunity(facts: Facts) -> Decision:
    """``when-possible``: sealed where every recipient has a certificate that serves by itself."""
    wanting = tuple(r for r in facts.recipients if _encrypts(facts, r) is not Encrypt.NEVER)
    spared = tuple(r for r in facts.recipients if r not in wanting)
    never = tuple(_by_policy(Cause.NEVER, facts, spared, ENCRYPTING))
    override = None if facts.automatic else Override.CLEAR
    if not wanting:
        return Decision(Action.CLEAR, never)
    spoilt = _having(wanting, SPOILT)
    if spoilt:
        return Decision(Action.REFUSE, _about(Cause.SPOILT_CERTIFICATE, spoilt), spoilt, override=override)
    withdrawn = tuple(r for r in wanting if r.standing is Standing.USABLE and not r.serves and r.once_served)
    if withdrawn:
        return Decision(Action.REFUSE, _about(Cause.WITHDRAWN, withdrawn), withdrawn, override=override)
    absent = _having(wanting, {Standing.ABSENT})
    on_demand = tuple(r for r in wanting if r not in absent and not r.serves)
    lacking = tuple(r for r in wanting if r in absent + on_demand)
    if not lacking and not spared:
        return Decision(Action.SEAL, _about(Cause.POSSIBLE, wanting))
    reasons = (*never, *_about(Cause.NO_CERTIFICATE, absent), *_about(Cause.NOT_BY_ITSELF, on_demand))
    # A Bcc recipient without a certificate must not turn the copy of the others clear.
    if any(not r.hidden for r in wanting) and all(r.hidden for r in lacking + spared):
        blind = Reason(Cause.BCC_WITHOUT_CERTIFICATE, lacking + spared)
        return Decision(Action.REFUSE, (blind, *reasons), lacking + spared)
    sealed = tuple(r for r in wanting if r.once_sealed)
    if sealed:
        # Who was written to under seal never gets a clear letter unawares.
        concerned = tuple(r for r in facts.recipients if r.once_sealed or r in lacking or r in spared)
        return Decision(Action.REFUSE, (Reason(Cause.ONCE_SEALED, sealed), *reasons), concerned, override=override)
    return Decision(Action.CLEAR, reasons, lacking)


# --- the signature -----------------------------------------------------------------------------------


def _with_signature(facts: Facts, sealed: Decision) -> Decision:
    sealing = sealed.action is Action.SEAL
    signing, reasons = _signs(facts, sealing)
    because = sealed.because + reasons
    if signing and facts.form is Form.SIGNED:
        # RFC 3156 §6.1: what is signed already is encrypted around, unaltered.
        signing = False
        because += (Reason(Cause.ALREADY_SIGNED),)
    if (signing or sealing) and facts.own_key:
        action = Action.DEFER if facts.own_key_locked else Action.REFUSE
        return Decision(action, (*because, Reason(Cause.OWN_KEY)), own_key=facts.own_key)
    sign_format, reasons = _format(facts)
    # Inside encryption a signature has one form.
    because += reasons if signing and not sealing else ()
    return Decision(_ACTIONS[signing, sealing], because, sealed.concerned, sign_format=sign_format)


_ACTIONS = {
    (False, False): Action.CLEAR,
    (True, False): Action.SIGN,
    (False, True): Action.SEAL,
    (True, True): Action.SIGN_AND_SEAL,
}
"""By "it is signed" and "it is sealed"."""


def _signs(facts: Facts, sealing: bool) -> tuple[bool, tuple[Reason, ...]]:
    if facts.wish.sign:
        return True, (_wished(Cause.WISHED_SIGNED, facts, "sign"),)
    if facts.wish.nosign and not facts.automatic:
        return False, (_wished(Cause.WISHED_UNSIGNED, facts, "nosign"),)
    counting = {Sign.ALWAYS, Sign.WHEN_ENCRYPTING} if sealing else {Sign.ALWAYS}
    wanting = tuple(r for r in facts.recipients if _signs_to(facts, r) in counting)
    if wanting:
        return True, tuple(_by_policy(Cause.SIGNS, facts, wanting, SIGNING))
    return False, tuple(_by_policy(Cause.SIGNS_NOT, facts, facts.recipients, SIGNING))


def _signs_to(facts: Facts, recipient: Recipient) -> Sign:
    return facts.policy.rule_signs(recipient.ruled_as) or facts.policy.sign


def _format(facts: Facts) -> tuple[SignFormat, tuple[Reason, ...]]:
    """The form of a signature in clear: attached only where nobody would wonder at it."""
    wanted = {r: facts.policy.rule_formats(r.ruled_as) or facts.policy.sign_format for r in facts.recipients}
    formats = {r: _AUTO[r.knows_openpgp] if w is SignFormat.AUTO else w for r, w in wanted.items()}
    chosen = SignFormat.UNOBTRUSIVE if SignFormat.UNOBTRUSIVE in formats.values() else SignFormat.ATTACHED
    deciding = tuple(r for r, form in formats.items() if form is chosen)
    said = tuple(r for r in deciding if wanted[r] is not SignFormat.AUTO)
    known = tuple(r for r in deciding if r not in said)
    cause = Cause.KNOWS_OPENPGP if chosen is SignFormat.ATTACHED else Cause.MAY_NOT_KNOW_OPENPGP
    return chosen, (*_by_policy(Cause.FORMATS, facts, said, FORMATTING), *_about(cause, known))


_AUTO = {True: SignFormat.ATTACHED, False: SignFormat.UNOBTRUSIVE}
"""By "they are known to use OpenPGP"."""


# --- reasons -----------------------------------------------------------------------------------------


def _about(cause: Cause, recipients: tuple[Recipient, ...]) -> tuple[Reason, ...]:
    """A reason about some recipients, if there are any."""
    return (Reason(cause, recipients),) if recipients else ()


def _by_policy(
    cause: Cause, facts: Facts, recipients: Iterable[Recipient], speaks: Callable[[Rule], object]
) -> list[Reason]:
    """What a policy says of some recipients, by the rule that says it: rules in their order, then the policy itself."""
    ruling = [(facts.policy.rule(r.ruled_as, speaks), r) for r in recipients]
    rules = (*dict.fromkeys(facts.policy.rules), None)
    said = ((rule, tuple(r for one, r in ruling if one is rule)) for rule in rules)
    return [Reason(cause, some, rule) for rule, some in said if some]


def _wished(cause: Cause, facts: Facts, asked: str) -> Reason:
    return Reason(cause, shown_by=frozenset(facts.wish.places(asked)))


def _guard(answered: Answered) -> Reason:
    return Reason(Cause.ANSWERS_SEALED, shown_by=frozenset(answered.traces))


def _program(facts: Facts) -> Reason:
    return Reason(Cause.AUTOMATIC, shown_by=frozenset(facts.automatic_by))


def _automatically(facts: Facts, decision: Decision) -> Decision:
    """With the fact that a program wrote it, where it took a wish or a way out from it."""
    counted = facts.wish.clear or facts.wish.nosign or decision.action is Action.REFUSE
    if not facts.automatic or not counted or Cause.AUTOMATIC in decision.causes:
        return decision
    return replace(decision, because=(*decision.because, _program(facts)))


def _having(recipients: Iterable[Recipient], standings: Iterable[Standing]) -> tuple[Recipient, ...]:
    wanted = frozenset(standings)
    return tuple(r for r in recipients if r.standing in wanted)

"""The decision: facts about one outgoing message in, what to do with it and why out.

The law of this file: pure, and it fails closed. What policy wants encrypted is sealed or refused, never sent in clear;
a certificate that was spoilt (expired, revoked, doubled, changed, lost) leads to a refusal, not to clear text.
Wording is `report`'s.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ithaca.address import AddrSpec
from ithaca.facts import (
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
    "Recipient",
    "Rule",
    "Sender",
    "Sign",
    "SignFormat",
    "Standing",
    "Trace",
    "decide",
]


class Action(enum.Enum):
    """What is done with the message."""

    PASS = "pass"  # noqa: S105 (no password)
    """Octet for octet, but for its Bcc fields."""
    CLEAR = "clear"
    """In clear and unsigned, without its Bcc fields."""
    SIGN = "sign"
    SEAL = "seal"
    """Encrypted, not signed."""
    SIGN_AND_SEAL = "sign-and-seal"
    REFUSE = "refuse"
    DEFER = "defer"
    """Refused for now: trying again helps."""


class Cause(enum.Enum):
    """Why a decision fell."""

    ALREADY_SEALED = "already-sealed"
    ALREADY_SIGNED = "already-signed"
    FOREIGN_SENDER = "foreign-sender"
    LOGIN_DOES_NOT_OWN_FROM = "login-does-not-own-from"
    UNREADABLE_FROM = "unreadable-from"
    """It holds an identity's address, and cannot be read as exactly one mailbox."""
    DEMANDED = "encryption-demanded"
    WISHED_SEALED = "wished-sealed"
    ANSWERS_SEALED = "answers-sealed"
    POSSIBLE = "every-recipient-has-a-certificate"
    NEVER = "policy-says-never"
    WISHED_CLEAR = "wished-clear"
    OVERRIDDEN = "overridden-by-code"
    NO_CERTIFICATE = "no-certificate"
    NOT_BY_ITSELF = "certificate-only-on-demand"
    """There is one, but it serves only where the person asks for it."""
    WITHDRAWN = "no-longer-by-itself"
    """There is one that served by itself once."""
    SPOILT_CERTIFICATE = "spoilt-certificate"
    ONCE_SEALED = "once-sealed-to"
    BCC_WITHOUT_CERTIFICATE = "bcc-without-certificate"
    DOUBTFUL_ORIGIN = "answers-doubtful-origin"
    UNSIGNED_ADDRESSEE = "addressee-that-nothing-signed-names"
    AUTOMATIC = "automatic"
    WISHED_SIGNED = "wished-signed"
    WISHED_UNSIGNED = "wished-unsigned"
    MEMORY = "memory-unreadable"
    OWN_KEY = "own-key"


class Override(enum.Enum):
    """The tag that, with a code, overrides a refusal."""

    CLEAR = "clear"
    SEALED = "encrypt"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and every fact that led to it."""

    action: Action
    because: tuple[Cause, ...]
    concerned: tuple[Recipient, ...] = ()
    """The recipients that a refusal is about."""
    own_key: str = ""
    """Why our own key cannot be used."""
    sign_format: SignFormat = SignFormat.ATTACHED
    hides: frozenset[bytes] = frozenset()
    """Lower-case names of fields that the message answered had hidden: the reply shows no more of them outside
    (RFC 9788 §6.1)."""
    override: Override | None = None
    """How the person can have the message sent all the same; None: not at all."""
    answered: Answered | None = None
    memory: str = ""
    identity: AddrSpec | None = None
    """Whose message it is, or may be."""


@dataclass(frozen=True, slots=True)
class _Demand:
    """What wants the message encrypted; the person can override all but the first."""

    by_rule: tuple[Recipient, ...]
    by_wish: bool
    by_guard: bool
    causes: tuple[Cause, ...] = field(default=())

    @property
    def holds(self) -> bool:
        return bool(self.causes)


def decide(facts: Facts) -> Decision:
    """The one decision for the whole message; it never depends on the order of the recipients."""
    return replace(_decide(facts), identity=facts.identity)


def _decide(facts: Facts) -> Decision:
    if facts.form is Form.SEALED:
        return Decision(Action.PASS if facts.sender is Sender.FOREIGN else Action.CLEAR, (Cause.ALREADY_SEALED,))
    demand = _demand(facts)
    if facts.memory:
        return Decision(Action.DEFER, (Cause.MEMORY,), memory=facts.memory)
    if facts.sender is not Sender.OURS:
        return _not_ours(facts, demand)
    sealed = _whether_sealed(facts, demand)
    if sealed.action is not Action.REFUSE:
        sealed = _with_signature(facts, sealed)
    if facts.answered is None:
        return sealed
    # What a program answers repeats the Subject unasked, whatever the letter had hidden.
    hides = facts.answered.hides | ({b"subject"} if facts.automatic else set())
    return replace(sealed, hides=hides, answered=facts.answered)


def _demand(facts: Facts) -> _Demand:
    by_rule = tuple(r for r in facts.recipients if _encrypts(facts, r) is Encrypt.ALWAYS)
    by_wish = facts.wish.encrypt
    by_guard = facts.answered is not None
    causes = [Cause.DEMANDED] if by_rule else []
    causes += [Cause.WISHED_SEALED] if by_wish else []
    causes += [Cause.ANSWERS_SEALED] if by_guard else []
    causes += [Cause.AUTOMATIC] if by_guard and facts.automatic else []
    return _Demand(by_rule, by_wish, by_guard, tuple(causes))


def _encrypts(facts: Facts, recipient: Recipient) -> Encrypt:
    ruled = facts.policy.rule_encrypts(recipient.ruled_as)
    if ruled is not None:
        return ruled
    # Who is not ours to speak for is bound by what is demanded of everybody, and by nothing less.
    binds = facts.sender is not Sender.FOREIGN or facts.policy.encrypt is Encrypt.ALWAYS
    return facts.policy.encrypt if binds else Encrypt.NEVER


def _not_ours(facts: Facts, demand: _Demand) -> Decision:
    cause = _NOT_OURS[facts.sender]
    if demand.holds:
        return Decision(Action.REFUSE, (*demand.causes, cause), demand.by_rule, answered=facts.answered)
    if facts.sender is Sender.UNREADABLE and any(_encrypts(facts, r) is not Encrypt.NEVER for r in facts.recipients):
        # Read by anybody else it may be our own person's letter, which would have been sealed.
        return Decision(Action.REFUSE, (cause,))
    return Decision(Action.PASS, (cause,))


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
    forbidding = [Cause.ANSWERS_SEALED] if facts.answered else []
    sealed = tuple(r for r in facts.recipients if r.once_sealed)
    spoilt = _having(facts.recipients, SPOILT)
    forbidding += [Cause.ONCE_SEALED] if sealed else []
    forbidding += [Cause.SPOILT_CERTIFICATE] if spoilt else []
    if not forbidding:
        return Decision(Action.CLEAR, (Cause.WISHED_CLEAR,))
    because = (Cause.WISHED_CLEAR, *forbidding)
    if facts.code_holds:
        return Decision(Action.CLEAR, (*because, Cause.OVERRIDDEN))
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
        return Decision(Action.REFUSE, (*demand.causes, Cause.DOUBTFUL_ORIGIN), facts.recipients, override=override)
    if answered.strangers and strangers:
        return Decision(Action.REFUSE, (*demand.causes, Cause.UNSIGNED_ADDRESSEE), strangers, override=override)
    return None


def _demanded(facts: Facts, demand: _Demand) -> Decision:
    spoilt = _having(facts.recipients, SPOILT)
    absent = _having(facts.recipients, {Standing.ABSENT})
    if not spoilt and not absent:
        confirmed = (Cause.OVERRIDDEN,) if facts.code_holds and facts.wish.encrypt else ()
        return Decision(Action.SEAL, demand.causes + confirmed)
    causes = [*demand.causes]
    causes += [Cause.SPOILT_CERTIFICATE] if spoilt else []
    causes += [Cause.NO_CERTIFICATE] if absent else []
    # A rule has the last word; a wish of the person's own is taken back by taking it out.
    overridable = not demand.by_rule and not facts.automatic and (demand.by_guard or bool(spoilt))
    return Decision(
        Action.REFUSE,
        tuple(causes),
        tuple(r for r in facts.recipients if r in spoilt + absent),
        override=Override.CLEAR if overridable else None,
    )


def _opportunity(facts: Facts) -> Decision:
    """``when-possible``: sealed where every recipient has a certificate that serves by itself."""
    wanting = tuple(r for r in facts.recipients if _encrypts(facts, r) is not Encrypt.NEVER)
    if not wanting:
        return Decision(Action.CLEAR, (Cause.NEVER,))
    spoilt = _having(wanting, SPOILT)
    if spoilt:
        return Decision(Action.REFUSE, (Cause.SPOILT_CERTIFICATE,), spoilt, override=_clear_unless_automatic(facts))
    withdrawn = tuple(r for r in wanting if r.standing is Standing.USABLE and not r.serves and r.once_served)
    if withdrawn:
        return Decision(Action.REFUSE, (Cause.WITHDRAWN,), withdrawn, override=_clear_unless_automatic(facts))
    lacking = tuple(r for r in wanting if r.standing is Standing.ABSENT or not r.serves)
    spared = tuple(r for r in facts.recipients if r not in wanting)
    if not lacking and not spared:
        return Decision(Action.SEAL, (Cause.POSSIBLE,))
    # A Bcc recipient without a certificate must not turn the copy of the others clear.
    if any(not r.hidden for r in wanting) and all(r.hidden for r in lacking + spared):
        return Decision(Action.REFUSE, (Cause.BCC_WITHOUT_CERTIFICATE,), lacking + spared)
    causes = [Cause.NEVER] if spared else []
    causes += [Cause.NO_CERTIFICATE] if any(r.standing is Standing.ABSENT for r in lacking) else []
    causes += [Cause.NOT_BY_ITSELF] if any(r.standing is not Standing.ABSENT for r in lacking) else []
    if any(r.once_sealed for r in wanting):
        # Who was written to under seal never gets a clear letter unawares.
        concerned = tuple(r for r in facts.recipients if r.once_sealed or r in lacking or r in spared)
        return Decision(Action.REFUSE, (Cause.ONCE_SEALED, *causes), concerned, override=_clear_unless_automatic(facts))
    return Decision(Action.CLEAR, tuple(causes), lacking)


def _clear_unless_automatic(facts: Facts) -> Override | None:
    return None if facts.automatic else Override.CLEAR


# --- the signature -----------------------------------------------------------------------------------


def _with_signature(facts: Facts, sealed: Decision) -> Decision:
    sealing = sealed.action is Action.SEAL
    signing, because = _signs(facts, sealing)
    because = sealed.because + because
    if signing and facts.form is Form.SIGNED:
        # RFC 3156 §6.1: what is signed already is encrypted around, unaltered.
        signing = False
        because += (Cause.ALREADY_SIGNED,)
    if (signing or sealing) and facts.own_key:
        action = Action.DEFER if facts.own_key_locked else Action.REFUSE
        return Decision(action, (*because, Cause.OWN_KEY), own_key=facts.own_key)
    return Decision(_ACTIONS[signing, sealing], because, sealed.concerned, sign_format=_format(facts))


_ACTIONS = {
    (False, False): Action.CLEAR,
    (True, False): Action.SIGN,
    (False, True): Action.SEAL,
    (True, True): Action.SIGN_AND_SEAL,
}
"""By "it is signed" and "it is sealed"."""


def _signs(facts: Facts, sealing: bool) -> tuple[bool, tuple[Cause, ...]]:
    if facts.wish.sign:
        return True, (Cause.WISHED_SIGNED,)
    if facts.wish.nosign and not facts.automatic:
        return False, (Cause.WISHED_UNSIGNED,)
    wanted = {facts.policy.rule_signs(r.ruled_as) or facts.policy.sign for r in facts.recipients}
    return Sign.ALWAYS in wanted or (sealing and Sign.WHEN_ENCRYPTING in wanted), ()


def _format(facts: Facts) -> SignFormat:
    """The form of a signature in clear: attached only where nobody would wonder at it."""
    formats = {_format_for(facts, r) for r in facts.recipients}
    return SignFormat.UNOBTRUSIVE if SignFormat.UNOBTRUSIVE in formats else SignFormat.ATTACHED


def _format_for(facts: Facts, recipient: Recipient) -> SignFormat:
    wanted = facts.policy.rule_formats(recipient.ruled_as) or facts.policy.sign_format
    if wanted is SignFormat.AUTO:
        return SignFormat.ATTACHED if recipient.knows_openpgp else SignFormat.UNOBTRUSIVE
    return wanted


def _having(recipients: Iterable[Recipient], standings: Iterable[Standing]) -> tuple[Recipient, ...]:
    wanted = frozenset(standings)
    return tuple(r for r in recipients if r.standing in wanted)

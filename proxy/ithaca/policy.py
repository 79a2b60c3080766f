"""The decision: facts about one outgoing message in, what to do with it and why out.

The law of this file: pure, and it fails closed. What policy wants encrypted is sealed or refused, never sent
in clear; a certificate that was spoilt (expired, revoked, doubled) leads to a refusal, not to clear text.
Wording is `report`'s.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from ithaca.address import AddrSpec, matches


class Sign(enum.Enum):
    """When to sign."""

    ALWAYS = "always"
    WHEN_ENCRYPTING = "when-encrypting"
    NEVER = "never"


class Encrypt(enum.Enum):
    """When to encrypt."""

    ALWAYS = "always"
    WHEN_POSSIBLE = "when-possible"
    NEVER = "never"


class SignFormat(enum.Enum):
    """How what is only signed carries its signature."""

    AUTO = "auto"
    """By what is known of the recipients; a decision never says so."""
    ATTACHED = "attached"
    """multipart/signed (RFC 3156 §5)."""
    UNOBTRUSIVE = "unobtrusive"
    """In a field of the one part (draft-ietf-mailmaint-unobtrusive-signatures)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What differs for recipients whose address matches; the first rule that matches and speaks decides."""

    match: str
    """An address, or a pattern with ``*``: ``*@bank.example``."""
    sign: Sign | None = None
    encrypt: Encrypt | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What one identity wants."""

    sign: Sign = Sign.ALWAYS
    encrypt: Encrypt = Encrypt.WHEN_POSSIBLE
    rules: tuple[Rule, ...] = ()

    def rule_signs(self, recipient: AddrSpec) -> Sign | None:
        """What the rules say about signing to this recipient; None: nothing."""
        return next((r.sign for r in self.rules if r.sign and matches(r.match, recipient)), None)

    def rule_encrypts(self, recipient: AddrSpec) -> Encrypt | None:
        """What the rules say about encrypting to this recipient; None: nothing."""
        return next((r.encrypt for r in self.rules if r.encrypt and matches(r.match, recipient)), None)


class Standing(enum.Enum):
    """What is known of a recipient's certificates, now."""

    USABLE = "usable"
    ABSENT = "absent"
    UNUSABLE = "unusable"
    """There is one, but it may not be used: the reason says why."""
    AMBIGUOUS = "ambiguous"
    """Two could be used; a person has to choose."""


class Sender(enum.Enum):
    """Whose message this is."""

    OURS = "ours"
    """From is one identity of the login."""
    FOREIGN = "foreign"
    """From is no identity of anybody here."""
    UNPROVED = "unproved"
    """From is an identity here, but the session's login does not own it."""


class Form(enum.Enum):
    """What the client has done already."""

    CLEAR = "clear"
    SIGNED = "signed"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Recipient:
    """The facts about one recipient."""

    address: AddrSpec | None
    """None: the forward-path is no address that can be read."""
    shown: str
    """How a reply to the sender names them."""
    hidden: bool
    """In the envelope, but neither in To nor in Cc."""
    standing: Standing
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision rests on."""

    sender: Sender
    form: Form
    policy: Policy
    """Of the identity; for a foreign sender the one for everybody, of which its demands count."""
    recipients: tuple[Recipient, ...]
    own_key: str = ""
    """Why our own key cannot be used; empty: it can."""
    own_key_locked: bool = False
    """The person can put it right and send again."""


class Action(enum.Enum):
    """What is done with the message."""

    PASS = "pass"  # noqa: S105 (no password)
    """Octet for octet."""
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
    DEMANDED = "encryption-demanded"
    POSSIBLE = "every-recipient-has-a-certificate"
    NEVER = "policy-says-never"
    NO_CERTIFICATE = "no-certificate"
    SPOILT_CERTIFICATE = "spoilt-certificate"
    BCC_WITHOUT_CERTIFICATE = "bcc-without-certificate"
    OWN_KEY = "own-key"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and every fact that led to it."""

    action: Action
    because: tuple[Cause, ...]
    concerned: tuple[Recipient, ...] = ()
    """The recipients that a refusal is about."""
    own_key: str = ""
    sign_format: SignFormat = SignFormat.ATTACHED
    hides: frozenset[bytes] = frozenset()
    """Lower-case names of fields that the message answered had hidden: the reply shows no more of them outside
    (RFC 9788 §6.1)."""


def decide(facts: Facts) -> Decision:
    """The one decision for the whole message; it never depends on the order of the recipients."""
    demanding = tuple(r for r in facts.recipients if _encrypts(facts, r) is Encrypt.ALWAYS)
    if facts.form is Form.SEALED:
        return Decision(Action.PASS if facts.sender is Sender.FOREIGN else Action.CLEAR, (Cause.ALREADY_SEALED,))
    if facts.sender is not Sender.OURS:
        return _not_ours(facts, demanding)
    sealed = _whether_sealed(facts, bool(demanding))
    if sealed.action is not Action.SEAL and sealed.action is not Action.CLEAR:
        return sealed
    return _with_signature(facts, sealed)


def _encrypts(facts: Facts, recipient: Recipient) -> Encrypt:
    ruled = facts.policy.rule_encrypts(recipient.address) if recipient.address else None
    if ruled is not None:
        return ruled
    # Who is not ours to speak for is bound by what is demanded of everybody, and by nothing less.
    binds = facts.sender is not Sender.FOREIGN or facts.policy.encrypt is Encrypt.ALWAYS
    return facts.policy.encrypt if binds else Encrypt.NEVER


def _not_ours(facts: Facts, demanding: tuple[Recipient, ...]) -> Decision:
    unproved = facts.sender is Sender.UNPROVED
    cause = Cause.LOGIN_DOES_NOT_OWN_FROM if unproved else Cause.FOREIGN_SENDER
    if demanding:
        return Decision(Action.REFUSE, (Cause.DEMANDED, cause), demanding)
    return Decision(Action.PASS, (cause,))


def _whether_sealed(facts: Facts, demanded: bool) -> Decision:
    wanting = tuple(r for r in facts.recipients if _encrypts(facts, r) is not Encrypt.NEVER)
    if not wanting:
        return Decision(Action.CLEAR, (Cause.NEVER,))
    considered = facts.recipients if demanded else wanting
    spoilt = _having(considered, Standing.UNUSABLE, Standing.AMBIGUOUS)
    absent = _having(considered, Standing.ABSENT)
    if demanded and (spoilt or absent):
        causes = [Cause.DEMANDED]
        causes += [Cause.SPOILT_CERTIFICATE] if spoilt else []
        causes += [Cause.NO_CERTIFICATE] if absent else []
        return Decision(Action.REFUSE, tuple(causes), tuple(r for r in considered if r in spoilt + absent))
    if spoilt:
        return Decision(Action.REFUSE, (Cause.SPOILT_CERTIFICATE,), spoilt)
    if demanded:
        return Decision(Action.SEAL, (Cause.DEMANDED,))
    return _opportunity(facts, wanting, absent)


def _opportunity(facts: Facts, wanting: tuple[Recipient, ...], absent: tuple[Recipient, ...]) -> Decision:
    if len(wanting) < len(facts.recipients):
        return Decision(Action.CLEAR, (Cause.NEVER,))
    if not absent:
        return Decision(Action.SEAL, (Cause.POSSIBLE,))
    # A Bcc recipient without a certificate must not turn the copy of the others clear.
    visible_sealed = any(not r.hidden for r in wanting) and all(r.hidden for r in absent)
    if visible_sealed:
        return Decision(Action.REFUSE, (Cause.BCC_WITHOUT_CERTIFICATE,), absent)
    return Decision(Action.CLEAR, (Cause.NO_CERTIFICATE,), absent)


def _with_signature(facts: Facts, sealed: Decision) -> Decision:
    sealing = sealed.action is Action.SEAL
    because = sealed.because
    signing = _signs(facts, sealing)
    if signing and facts.form is Form.SIGNED:
        # RFC 3156 §6.1: what is signed already is encrypted around, unaltered.
        signing = False
        because += (Cause.ALREADY_SIGNED,)
    if (signing or sealing) and facts.own_key:
        action = Action.DEFER if facts.own_key_locked else Action.REFUSE
        return Decision(action, (*because, Cause.OWN_KEY), own_key=facts.own_key)
    action = {
        (False, False): Action.CLEAR,
        (True, False): Action.SIGN,
        (False, True): Action.SEAL,
        (True, True): Action.SIGN_AND_SEAL,
    }[signing, sealing]
    return Decision(action, because, sealed.concerned)


def _signs(facts: Facts, sealing: bool) -> bool:
    wanted = {
        (facts.policy.rule_signs(r.address) if r.address else None) or facts.policy.sign for r in facts.recipients
    }
    return Sign.ALWAYS in wanted or (sealing and Sign.WHEN_ENCRYPTING in wanted)


def _having(recipients: Iterable[Recipient], *standings: Standing) -> tuple[Recipient, ...]:
    return tuple(r for r in recipients if r.standing in standings)

"""A decision about one outgoing message, as a value: what is done, and every fact that led to it.

The law of this file: a reason names whom it is about and where it comes from, in facts; wording is `report`'s.
"""

import enum
from dataclasses import dataclass

from ithaca.address import AddrSpec
from ithaca.facts import Answered, Automatic, Recipient, Rule, SignFormat, Trace
from ithaca.wish import Place


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
    """One that serves by itself."""
    USABLE = "every-recipient-can-be-encrypted-to"
    """Encryption is asked for, and everybody has a certificate that serves then."""
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
    SIGNS = "policy-signs"
    SIGNS_NOT = "policy-signs-not"
    KNOWS_OPENPGP = "every-recipient-knows-openpgp"
    """So the signature is attached."""
    MAY_NOT_KNOW_OPENPGP = "recipient-may-not-know-openpgp"
    """So it is unobtrusive."""
    FORMATS = "policy-sign-format"
    MEMORY = "memory-unreadable"
    OWN_KEY = "own-key"


class Override(enum.Enum):
    """The tag that, with a code, overrides a refusal."""

    CLEAR = "clear"
    SEALED = "encrypt"


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact that led to a decision."""

    cause: Cause
    recipients: tuple[Recipient, ...] = ()
    """Whom it is true of, with what is known of their certificates; empty: it is true of the message."""
    rule: Rule | None = None
    """The rule that says so for them; None: the policy itself does, or it is nothing that a policy says."""
    shown_by: frozenset[Place | Trace | Automatic] = frozenset()
    """Where in the message it stands, or what in it shows it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and every fact that led to it."""

    action: Action
    because: tuple[Reason, ...]
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

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Of its reasons, each once, in their order."""
        return tuple(dict.fromkeys(reason.cause for reason in self.because))

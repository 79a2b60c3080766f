"""The verdict: a frozen record of what is true of an incoming message.

The law of this file: facts, never wording (that is `report`) and never a truth value. "Nothing found" and
"found good" are different values; what could not be evaluated is "unknown" or "refused", never "good".
The words are those of RFC 9787 (envelope, payload, errant layer) and RFC 9580 (signature, certificate).
"""

import datetime
import enum
from dataclasses import dataclass, field
from typing import NewType, NoReturn

Fingerprint = NewType("Fingerprint", str)
"""A fingerprint in upper-case hexadecimal: 40 digits (v4) or 64 digits (v6), RFC 9580 §5.5.4."""


class Decryption(enum.Enum):
    """How much of the cryptographic envelope was opened."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


class SignatureState(enum.Enum):
    """What one signature, or all of them together, proved."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    NONE = "none"


class From(enum.Enum):
    """Whether the signer's certificate carries the address of the From field."""

    MATCH = "match"
    MISMATCH = "mismatch"
    NONE = "none"


class Binding(enum.Enum):
    """How a certificate is tied to the address it is used for, strongest first."""

    VERIFIED = "verified"
    VOUCHED = "vouched"
    SEEN = "seen"
    NEW = "new"
    CONFLICT = "conflict"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Tie:
    """How a certificate is tied to an address, and since when that is known here."""

    binding: Binding
    since: datetime.datetime | None = None
    """Aware UTC: the first letter that it signed well from this address."""
    messages: int = 0
    """Letters that it signed well from this address, each counted once."""


class Protection(enum.Enum):
    """What the cryptographic envelope did for one header field (RFC 9788 §4.3)."""

    UNPROTECTED = "unprotected"
    SIGNED = "signed-only"
    ENCRYPTED = "encrypted-only"
    SIGNED_AND_ENCRYPTED = "signed-and-encrypted"


@dataclass(frozen=True, slots=True)
class FieldProtection:
    """One user-facing field as it is shown: its protection, and whether the outer header section says otherwise."""

    name: str
    """In lower case."""
    protection: Protection
    differs: bool = False
    """It stands outside with another value, or not at all."""


class Layer(enum.Enum):
    """One cryptographic layer of the envelope, from the root inwards (RFC 9787)."""

    ENCRYPTED = "encrypted"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature, judged. `reason` is a short English phrase that is free of octets from the message."""

    state: SignatureState
    reason: str
    signer: Fingerprint | None = None
    """The primary key of the certificate whose (sub)key made it; None unless that key is known."""
    key: Fingerprint | None = None
    """The primary key or subkey that made it, or the one that the signature names."""
    created: datetime.datetime | None = None
    """Signing time, aware UTC, from the hashed area."""
    hash: str | None = None
    """Name of the hash algorithm, such as ``SHA256``."""
    user_ids: tuple[str, ...] = ()
    """Valid, unrevoked, self-signed User IDs of the signer's certificate at signing time."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at on the way to the verdict, for ``ithaca explain``."""

    subject: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is true of one incoming message as a whole."""

    decryption: Decryption = Decryption.NONE
    signature: SignatureState = SignatureState.NONE
    signatures: tuple[Signature, ...] = ()
    from_: From = From.NONE
    from_addresses: tuple[str, ...] = ()
    """The addr-specs of the From field that was judged."""
    binding: Binding = Binding.NONE
    since: datetime.datetime | None = None
    """With `messages`, of the tie between the signer's certificate and From; see `Tie`."""
    messages: int = 0
    fields: tuple[FieldProtection, ...] = ()
    """The header mask: every user-facing field that is shown, in the order shown."""
    subject: str | None = None
    """The Subject as shown to the person, decoded."""
    layers: tuple[Layer, ...] = ()
    findings: tuple[str, ...] = ()
    """Names of oddities, lower case with dashes, such as ``locked-key``; none of them makes anything good."""
    steps: tuple[Step, ...] = field(default=(), compare=False)

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is not true or false: ask for the fact that you need")


def overall(signatures: tuple[Signature, ...]) -> SignatureState:
    """The state of several signatures together: good only if one is good and none is bad.

    Otherwise bad, refused, unknown, none, in that order.
    """
    states = {signature.state for signature in signatures}
    if SignatureState.GOOD in states and SignatureState.BAD not in states:
        return SignatureState.GOOD
    for state in (SignatureState.BAD, SignatureState.REFUSED, SignatureState.UNKNOWN):
        if state in states:
            return state
    return SignatureState.NONE


HARMLESS = frozenset({"old-cipher", "mangled"})
"""Findings that take nothing from the proof of who wrote a letter, and when."""
_TIED = (Binding.VERIFIED, Binding.VOUCHED, Binding.SEEN)


def is_proved(verdict: Verdict) -> bool:
    """Is everything proved, so that the seal phrase may stand under it?

    A good signature by whom From names, by a key that is tied to that address by more than its own word, and nothing
    odd: a signature that is a day or more away from Date is a finding, too.
    """
    return (
        verdict.signature is SignatureState.GOOD
        and verdict.from_ is From.MATCH
        and verdict.binding in _TIED
        and HARMLESS.issuperset(verdict.findings)
    )

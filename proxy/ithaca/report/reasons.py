"""A decision about an outgoing message with every fact that led to it: in sentences, and as plain values for JSON.

The law of this file: each reason names whom it is about and where it comes from (the rule, the tag, the certificate),
so that nobody has to guess which of several decided.
"""

import enum
from collections.abc import Iterable

from ithaca.facts import Automatic
from ithaca.policy import Action, Basis, Cause, Decision, Facts, Reason, Recipient, Rule, Sender, Standing, Trace
from ithaca.report.plain import listed, plain
from ithaca.report.sending import letter, outcome, passes, refusal, spoilt
from ithaca.wish import NAMES, Names, Place

_REFUSED = {Action.REFUSE: "It would be refused:", Action.DEFER: "It would be refused for now:"}
_CAUSES = {
    Cause.ALREADY_SEALED: "the mail program has encrypted it already",
    Cause.ALREADY_SIGNED: "the mail program has signed it already",
    Cause.FOREIGN_SENDER: "From is none of the configured identities",
    Cause.LOGIN_DOES_NOT_OWN_FROM: "From names {own}, but not as the one sender, whom this login owns",
    Cause.UNREADABLE_FROM: "From holds {own}, and cannot be read as that one address",
    Cause.DEMANDED: "{rule} demands encryption for {whom}",
    Cause.WISHED_SEALED: "the sender wishes encryption",
    Cause.ANSWERS_SEALED: "it has to do with {letter}, which came encrypted",
    Cause.POSSIBLE: "everybody has a certificate that serves by itself",
    Cause.USABLE: "everybody can be encrypted to",
    Cause.NEVER: "{rule} says that mail to {whom} is never encrypted",
    Cause.WISHED_CLEAR: "the sender wishes that it goes in clear",
    Cause.OVERRIDDEN: "the sender gave the code that an earlier refusal named",
    Cause.NO_CERTIFICATE: "no certificate is known for {whom}",
    Cause.NOT_BY_ITSELF: "only where encryption is asked for serves what is known of {whom}",
    Cause.WITHDRAWN: "a certificate served by itself once, and does no longer",
    Cause.SPOILT_CERTIFICATE: "a certificate cannot be used, or is in doubt",
    Cause.ONCE_SEALED: "mail to {whom} was encrypted before",
    Cause.BCC_WITHOUT_CERTIFICATE: "{whom}, in Bcc, must not turn the others' copy clear",
    Cause.DOUBTFUL_ORIGIN: "who wrote {letter} is not proved",
    Cause.UNSIGNED_ADDRESSEE: "nothing signed in {letter} names {whom}",
    Cause.AUTOMATIC: "a program wrote it",
    Cause.WISHED_SIGNED: "the sender wishes a signature",
    Cause.WISHED_UNSIGNED: "the sender wishes no signature",
    Cause.SIGNS: "{rule} wants a signature for {whom}",
    Cause.SIGNS_NOT: "{rule} wants no signature in such mail to {whom}",
    Cause.KNOWS_OPENPGP: "the signature is attached, since nobody here would wonder at it: {whom}",
    Cause.MAY_NOT_KNOW_OPENPGP: "the signature is unobtrusive, since nothing says that {whom} knows OpenPGP",
    Cause.FORMATS: "{rule} wants the signature {form} for {whom}",
    Cause.MEMORY: "what came encrypted, and what was sealed to, cannot be looked up: {memory}",
    Cause.OWN_KEY: "the key of {own} cannot be used: {own_key}",
}
_CERTIFICATES = frozenset({Cause.POSSIBLE, Cause.USABLE, Cause.NOT_BY_ITSELF, Cause.WITHDRAWN})
"""Causes that are about certificates: each is said, and how it is known."""
_TAGS = {
    Cause.WISHED_SEALED: "encrypt",
    Cause.WISHED_CLEAR: "clear",
    Cause.WISHED_SIGNED: "sign",
    Cause.WISHED_UNSIGNED: "nosign",
}
"""Attributes of `Names`."""
_BASES = {
    Basis.NONE: "",
    Basis.OWN: "our own certificate",
    Basis.VERIFIED: "a certificate that the person verified",
    Basis.VOUCHED: "a certificate that its domain vouches for",
    Basis.SEEN: "a certificate whose holder has written to us",
    Basis.IMPORTED: "a certificate that the person imported",
    Basis.FOUND: "a certificate that was looked up",
    Basis.USED: "an Autocrypt certificate that was used before",
    Basis.MUTUAL: "an Autocrypt certificate whose holder asks for encryption, as we do",
    Basis.AUTOCRYPT: "an Autocrypt certificate, whose holder does not ask for encryption",
    Basis.GOSSIP: "a certificate that somebody else named",
}
_STANDINGS = {
    Standing.USABLE: "can be encrypted to",
    Standing.ABSENT: "no certificate is known",
    Standing.UNUSABLE: "the certificate cannot be used",
    Standing.AMBIGUOUS: "a person has to choose",
    Standing.CHANGED: "the certificate has changed",
    Standing.LOST: "the certificate is gone",
}
_SHOWN_BY = {
    Trace.OWN_ID: "its own Message-ID",
    Trace.IN_REPLY_TO: "In-Reply-To",
    Trace.REFERENCES: "References",
    Trace.RESENT: "a Resent field",
    Trace.FORWARDED: "the Message-ID of what is forwarded",
    Trace.ATTACHED: "a message that is attached",
    Trace.QUOTED: "our own words, quoted",
    Automatic.NULL_PATH: "a null reverse-path",
    Automatic.SUBMITTED: "Auto-Submitted",
    Automatic.REPORT: "a multipart/report",
    Place.SUBJECT: "in the Subject",
    Place.FIELD: "in Ithaca-Wish",
}
_SENDERS = {
    Sender.OURS: "From is one of the login's identities",
    Sender.FOREIGN: "From is none of the configured identities",
    Sender.UNPROVED: "From names an identity, but not as the one sender, whom this login owns",
    Sender.UNREADABLE: "From holds the address of an identity, and cannot be read as that one address",
}


def why(sender: Sender, recipients: Iterable[Recipient], decision: Decision, names: Names = NAMES) -> list[str]:
    """A decision with every fact that led to it, for the terminal."""
    if decision.action in _REFUSED:
        lines = [_REFUSED[decision.action], f"  {_refusal(decision, names)}"]
    else:
        lines = [f"It would {'pass' if passes(decision) else 'be sent'} {outcome(decision)}."]
    lines += [f"because      {sentence(reason, decision, names)}" for reason in decision.because]
    whose = f": {plain(decision.identity)}" if decision.identity and sender is Sender.OURS else ""
    lines.append(f"sender       {_SENDERS[sender]}{whose}")
    if decision.hides:
        lines.append(f"hides        {listed(_hidden(decision))}")
    # Of mail that is none of ours nobody looks into a keyring; a rule, or a wish, may name its recipients all the same.
    lines += [_about(r) if sender is not Sender.FOREIGN else f"{_kind(r)} {plain(r.shown)}" for r in recipients]
    return lines


def sentence(reason: Reason, decision: Decision, names: Names = NAMES) -> str:
    """One reason: what, whom it is about, and where it comes from."""
    said = _CAUSES[reason.cause].format(
        whom=_whom(reason.recipients),
        rule=_rule(reason.rule),
        own=plain(decision.identity or "an identity"),
        letter=letter(decision.answered),
        memory=plain(decision.memory, 1000),
        own_key=plain(decision.own_key, 1000),
        form=decision.sign_format.value,
    )
    more = _details(reason, decision, names)
    colon = "; shown by " if reason.cause in (Cause.ANSWERS_SEALED, Cause.AUTOMATIC) else ": "
    return f"{said}{colon}{more}" if more else said


def _whom(recipients: Iterable[Recipient]) -> str:
    return listed(plain(r.shown) for r in recipients) or "somebody"


def _rule(rule: Rule | None) -> str:
    return "the policy" if rule is None else f"the rule '{plain(rule.match)}'"


def _details(reason: Reason, decision: Decision, names: Names) -> str:
    if reason.cause in _CERTIFICATES:
        return "; ".join(f"{plain(r.shown)} ({_certificate(r)})" for r in reason.recipients)
    if reason.cause is Cause.SPOILT_CERTIFICATE:
        return "; ".join(spoilt(r) or plain(r.shown) for r in reason.recipients)
    shown = listed(sorted(_SHOWN_BY[sign] for sign in reason.shown_by))
    if reason.cause in _TAGS:
        return f"[{getattr(names, _TAGS[reason.cause])}] {shown}".strip()
    return shown


def _certificate(recipient: Recipient) -> str:
    """Which one stands for them, and how it is known."""
    known = filter(None, (recipient.certificate, _BASES[recipient.basis]))
    return ", ".join(known) or _STANDINGS[recipient.standing]


def _refusal(decision: Decision, names: Names) -> str:
    return refusal(decision, names, "CODE" if decision.override else None)


def _hidden(decision: Decision) -> list[str]:
    return sorted(plain(name.decode("ascii", "replace")) for name in decision.hides)


def _kind(recipient: Recipient) -> str:
    return f"{'Bcc' if recipient.hidden else 'To/Cc':<12}"


def _about(recipient: Recipient) -> str:
    facts = [_STANDINGS[recipient.standing]]
    if recipient.reason:
        facts = [spoilt(recipient) or plain(recipient.reason)]
    facts += [_certificate(recipient)] if _BASES[recipient.basis] else []
    facts += ["mail to them was encrypted before"] if recipient.once_sealed else []
    facts += ["only where encryption is asked for"] if _on_demand(recipient) else []
    return f"{_kind(recipient)} {plain(recipient.shown)}: {'; '.join(facts)}"


def _on_demand(recipient: Recipient) -> bool:
    return recipient.standing is Standing.USABLE and not recipient.serves


# --- for programs ------------------------------------------------------------------------------------


def decision_record(facts: Facts, decision: Decision, names: Names = NAMES) -> dict[str, object]:
    """The decision as plain values for JSON; the names are in docs/sending.md."""
    return {
        "version": 1,
        "action": decision.action.value,
        "refusal": _refusal(decision, names) if decision.action in _REFUSED else None,
        "override": decision.override.value if decision.override else None,
        "because": [_reason_record(reason, decision, names) for reason in decision.because],
        "sender": facts.sender.value,
        "identity": decision.identity,
        "form": facts.form.value,
        "sign_format": decision.sign_format.value if decision.action is Action.SIGN else None,
        "hides": _hidden(decision),
        "recipients": [_recipient_record(r) for r in facts.recipients],
    }


def _reason_record(reason: Reason, decision: Decision, names: Names) -> dict[str, object]:
    return {
        "cause": reason.cause.value,
        "recipients": [plain(r.shown) for r in reason.recipients],
        "rule": plain(reason.rule.match) if reason.rule else None,
        "shown_by": sorted(_value(sign) for sign in reason.shown_by),
        "text": sentence(reason, decision, names),
    }


def _value(sign: enum.Enum) -> str:
    return str(sign.value)


def _recipient_record(recipient: Recipient) -> dict[str, object]:
    return {
        "address": plain(recipient.shown),
        "hidden": recipient.hidden,
        "standing": recipient.standing.value,
        "reason": plain(recipient.reason, 1000),
        "basis": recipient.basis.value,
        "certificate": recipient.certificate,
        "serves": recipient.serves and recipient.standing is Standing.USABLE,
        "once_served": recipient.once_served,
        "once_sealed": recipient.once_sealed,
        "knows_openpgp": recipient.knows_openpgp,
    }

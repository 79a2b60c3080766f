"""Decisions about outgoing messages in words: refusals, what the log says, and every fact for who asks why.

The law of this file: a reply is one line and a sentence complete in itself, since some clients show only the first
line of a reply and some only the last. What the log says names no address.
"""

import datetime
from collections.abc import Callable, Iterable

from ithaca.policy import Action, Answered, Basis, Cause, Decision, Override, Recipient, Sender, Standing, Trace
from ithaca.report.plain import listed, plain
from ithaca.wish import NAMES, Names

MOST_REPLY = 480
"""Octets of text in one reply line; with code and enhanced code it stays within 512 (RFC 5321 §4.5.3.1.5)."""

_DONE = {
    Action.PASS: "passed as it came",
    Action.CLEAR: "in clear, not signed",
    Action.SIGN: "signed, in clear",
    Action.SEAL: "sealed, not signed",
    Action.SIGN_AND_SEAL: "signed and sealed",
}


def done(decision: Decision) -> str:
    """What was done with a message, for the log: no address, no word of it."""
    said = _DONE[decision.action]
    if _NOT_OURS & set(decision.because):
        return f"{said}: From is no identity of this login"
    if Cause.OVERRIDDEN in decision.because:
        return f"{said}: a refusal was overridden by its code"
    if Cause.WISHED_CLEAR in decision.because:
        return f"{said}: the sender wished it"
    return said


# --- refusals ----------------------------------------------------------------------------------------


def inexact(decision: Decision, error: str, names: Names = NAMES) -> str:
    """The text of a refusal of what cannot be sealed, or signed, exactly; `error`: a sentence that says why."""
    if decision.action is Action.SIGN:
        remedy = f"To send it unsigned, put [{names.nosign}] before the subject."
        return f"Not sent: this message cannot be signed exactly: {error} {remedy}"
    if decision.action in (Action.PASS, Action.CLEAR):
        return f"Not sent: it cannot be seen whom a blind copy names in this message: {error}"
    return f"Not sent: this message cannot be sealed exactly: {error}"


def refusal(decision: Decision, names: Names = NAMES, code: str | None = None) -> str:
    """The text of a refusal: every address concerned, the reason, and what to do; one line.

    `names`: what the tags are called; `code`: the number that overrides this refusal, if one was made.
    """
    because = decision.because
    if decision.own_key:
        return _unable(f"the key of {_own(decision)} cannot be used.", decision.own_key)
    if Cause.MEMORY in because:
        return _unable(f"whether mail of {_own(decision)} has to be encrypted cannot be looked up.", decision.memory)
    if _NOT_OURS & set(because):
        return _not_ours(decision)
    way = _way(decision, names, code)
    say = next((words for cause, words in _REFUSALS.items() if cause in because), _missing)
    return _fitting(decision, lambda some, more: f"Not sent: {say(decision, some, more)} {way}")


_NOT_OURS = frozenset({Cause.FOREIGN_SENDER, Cause.LOGIN_DOES_NOT_OWN_FROM, Cause.UNREADABLE_FROM})


def _unable(what: str, why: str) -> str:
    """A refusal for what the person has to put right; `why` names it, and is cut where it leaves no room."""
    begin, end = f"Not sent: {what} ", " Put that right, and send it again."
    return f"{begin}{_cut(plain(why, MOST_REPLY), MOST_REPLY - len((begin + end).encode()))}{end}"


def _own(decision: Decision) -> str:
    return plain(decision.identity or "this sender")


def _not_ours(decision: Decision) -> str:
    ends = _sender_amiss(decision)

    def say(some: tuple[Recipient, ...], more: str) -> str:
        what = f"mail to {_names(some)}{more} must be encrypted"
        if not some:
            what = _answers(decision.answered) if decision.answered else "this message is to be encrypted"
        return f"Not sent: {what}, {ends}"

    return _fitting(decision, say)


def _sender_amiss(decision: Decision) -> str:
    if Cause.UNREADABLE_FROM in decision.because:
        whose = _own(decision)
        return f"but From holds {whose} and cannot be read as that one address; write it alone into one From field."
    if Cause.LOGIN_DOES_NOT_OWN_FROM in decision.because:
        return (
            "but From is not the one address of an identity that this login owns; "
            "choose another sender, or its own outgoing server, in the mail program."
        )
    return "but the From address is none of the configured identities; choose another sender."


def _way(decision: Decision, names: Names, code: str | None) -> str:
    """How the person can have it sent all the same."""
    seal = f"To encrypt all the same, put [{names.encrypt}] into the subject. "
    seal = seal if Cause.WITHDRAWN in decision.because else ""
    if decision.override is None or code is None:
        by_hand = "A person has to answer it. " if _is_for_a_person(decision) else ""
        return (seal + by_hand + _withdraw(decision, names)).strip()
    if decision.override is Override.CLEAR:
        # Of two wishes the stronger counts.
        instead = f" and take [{names.encrypt}] out" if Cause.WISHED_SEALED in decision.because else ""
        return (
            f"{seal}To send it readable by anyone on the way, put [{names.clear} {code}] before the subject{instead}."
        )
    return f"If that is right, put [{names.encrypt} {code}] before the subject and send it again."


def _is_for_a_person(decision: Decision) -> bool:
    asks = {Cause.DOUBTFUL_ORIGIN, Cause.UNSIGNED_ADDRESSEE} & set(decision.because)
    return bool(asks) and Cause.AUTOMATIC in decision.because


def _withdraw(decision: Decision, names: Names) -> str:
    only_wished = Cause.WISHED_SEALED in decision.because and Cause.DEMANDED not in decision.because
    if only_wished and Cause.ANSWERS_SEALED not in decision.because:
        return f"Or take [{names.encrypt}] out of the subject."
    return ""


Words = Callable[[Decision, tuple[Recipient, ...], str], str]


def _doubtful(decision: Decision, _some: tuple[Recipient, ...], _more: str) -> str:
    which = _letter(decision.answered)
    return (
        f"this answers {which}, which came encrypted and whose sender is not proved: "
        "somebody may have sent on what he could not read, to find it in your quotation."
    )


def _stranger(decision: Decision, some: tuple[Recipient, ...], more: str) -> str:
    which = _letter(decision.answered)
    return f"this answers {which}, which came encrypted, and nothing that was signed in it names {_names(some)}{more}."


def _once_sealed(decision: Decision, some: tuple[Recipient, ...], more: str) -> str:
    sealed = [r for r in some if r.once_sealed]
    others = [r for r in some if not r.once_sealed]
    whom = _names(sealed) if sealed else "somebody here"
    if Cause.WISHED_CLEAR in decision.because:
        said = f"mail to {whom} was encrypted before" if sealed else ""
        answers = _answers(decision.answered) if Cause.ANSWERS_SEALED in decision.because else ""
        spoilt = [_spoilt(r) for r in some if _spoilt(r)]
        return f"{'; '.join(filter(None, (answers, said, *spoilt)))}{more}."
    lacking = f", but {_names(others)}{more} cannot get it so" if others else f"{more}, and this would not be"
    return f"mail to {whom} was encrypted before{lacking}."


def _withdrawn(_decision: Decision, some: tuple[Recipient, ...], more: str) -> str:
    return f"{_names(some)}{more} asked for encryption before and no longer does."


_REFUSALS: dict[Cause, Words] = {
    Cause.DOUBTFUL_ORIGIN: _doubtful,
    Cause.UNSIGNED_ADDRESSEE: _stranger,
    Cause.WISHED_CLEAR: _once_sealed,
    Cause.ONCE_SEALED: _once_sealed,
    Cause.WITHDRAWN: _withdrawn,
}
"""Causes that have a sentence of their own, the first that applies is said; all others are about certificates."""


def _answers(answered: Answered | None) -> str:
    return f"this has to do with {_letter(answered)}, which came encrypted" if answered else ""


def _letter(answered: Answered | None) -> str:
    if answered is None or not answered.from_:
        return "a letter"
    day = "" if answered.date is None else f" of {_day(answered.date)}"
    return f"the letter of {plain(answered.from_)}{day}"


def _day(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(min(seconds, 253_402_300_799), datetime.UTC).strftime("%Y-%m-%d")


def _fitting(decision: Decision, say: Callable[[tuple[Recipient, ...], str], str]) -> str:
    """Every address is named if that fits the line; of very many, as many as fit and how many more."""
    concerned = decision.concerned
    for shown in range(len(concerned), 0, -1):
        left = len(concerned) - shown
        text = say(concerned[:shown], f" and {left} more" if left else "").strip()
        if len(text.encode()) <= MOST_REPLY:
            return text
    if concerned:
        return f"Not sent: {len(concerned)} recipients have no usable certificate; send to fewer at a time."
    return _cut(say((), "").strip())


def _cut(text: str, most: int = MOST_REPLY) -> str:
    """Within one reply line."""
    return text.encode()[:most].decode("utf-8", "ignore")


def _missing(decision: Decision, recipients: tuple[Recipient, ...], more: str) -> str:
    absent = [r for r in recipients if not _spoilt(r)]
    reasons = [said for r in recipients if (said := _spoilt(r))]
    if absent:
        spared = Cause.BCC_WITHOUT_CERTIFICATE in decision.because
        kind = "Bcc recipient " if spared else ""
        verb = "no key that serves is known" if spared else "no key is known"
        reasons.insert(0, f"{verb} for {kind}{_names(absent)}")
    if Cause.ANSWERS_SEALED in decision.because:
        reasons.insert(0, _answers(decision.answered))
    return f"{'; '.join(reasons)}{';' + more if more else ''}. {_remedy(decision, recipients)}"


def _spoilt(recipient: Recipient) -> str:
    name, reason = plain(recipient.shown), plain(recipient.reason)
    return {
        Standing.UNUSABLE: f"the key of {name} {reason}",
        Standing.AMBIGUOUS: f"{name} has {reason}",
        Standing.CHANGED: f"{name} has {reason}",
        Standing.LOST: f"for {name} {reason}",
    }.get(recipient.standing, "")


_CHOOSE = frozenset({Standing.AMBIGUOUS, Standing.CHANGED})


def _remedy(decision: Decision, recipients: tuple[Recipient, ...]) -> str:
    standings = {r.standing for r in recipients}
    if standings and standings <= _CHOOSE:
        # Which of two keys is theirs nobody but they can say.
        return "Ask which one is theirs and run: ithaca cert verify FINGERPRINT."
    if Cause.BCC_WITHOUT_CERTIFICATE in decision.because:
        return "Send it to them by itself; or ask for their key and run: ithaca cert import FILE."
    whose = "their key" if len(recipients) == 1 else "each missing key"
    fresh = "a new key" if standings == {Standing.UNUSABLE} else whose
    choose = "; of two keys run ithaca cert verify FINGERPRINT" if standings & _CHOOSE else ""
    return f"Ask for {fresh} and run: ithaca cert import FILE{choose}; or remove the address."


def _names(recipients: Iterable[Recipient]) -> str:
    return listed(plain(r.shown) for r in recipients)


# --- why ---------------------------------------------------------------------------------------------

_ACTIONS = {
    **{action: f"It would be sent {said}." for action, said in _DONE.items()},
    Action.PASS: "It would pass as it came.",
    Action.REFUSE: "It would be refused:",
    Action.DEFER: "It would be refused for now:",
}
_CAUSES = {
    Cause.ALREADY_SEALED: "the mail program has encrypted it already",
    Cause.ALREADY_SIGNED: "the mail program has signed it already",
    Cause.FOREIGN_SENDER: "From is none of the configured identities",
    Cause.LOGIN_DOES_NOT_OWN_FROM: "From names an identity, but not as the one sender, whom this login owns",
    Cause.UNREADABLE_FROM: "From holds the address of an identity, and cannot be read as that one address alone",
    Cause.DEMANDED: "a rule, or the policy, demands encryption",
    Cause.WISHED_SEALED: "the sender wishes encryption",
    Cause.ANSWERS_SEALED: "it has to do with a letter that came encrypted",
    Cause.POSSIBLE: "everybody has a certificate that serves by itself",
    Cause.NEVER: "a rule, or the policy, says that mail to some recipient is never encrypted",
    Cause.WISHED_CLEAR: "the sender wishes that it goes in clear",
    Cause.OVERRIDDEN: "the sender gave the code that an earlier refusal named",
    Cause.NO_CERTIFICATE: "no certificate is known for somebody",
    Cause.NOT_BY_ITSELF: "somebody's certificate serves only where encryption is asked for",
    Cause.WITHDRAWN: "somebody's certificate served by itself once, and does no longer",
    Cause.SPOILT_CERTIFICATE: "somebody's certificate cannot be used, or is in doubt",
    Cause.ONCE_SEALED: "mail to somebody was encrypted before",
    Cause.BCC_WITHOUT_CERTIFICATE: "a Bcc recipient without a certificate must not turn the others' copy clear",
    Cause.DOUBTFUL_ORIGIN: "who wrote the letter that it answers is not proved",
    Cause.UNSIGNED_ADDRESSEE: "it answers an encrypted letter, and nothing signed in that one names somebody here",
    Cause.AUTOMATIC: "a program wrote it",
    Cause.WISHED_SIGNED: "the sender wishes a signature",
    Cause.WISHED_UNSIGNED: "the sender wishes no signature",
    Cause.MEMORY: "what came encrypted cannot be looked up",
    Cause.OWN_KEY: "our own key cannot be used",
}
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
_TRACES = {
    Trace.OWN_ID: "its own Message-ID",
    Trace.IN_REPLY_TO: "In-Reply-To",
    Trace.REFERENCES: "References",
    Trace.RESENT: "a Resent field",
    Trace.FORWARDED: "the Message-ID of what is forwarded",
    Trace.ATTACHED: "a message that is attached",
    Trace.QUOTED: "our own words, quoted",
}
_SENDERS = {
    Sender.OURS: "From is one of the login's identities",
    Sender.FOREIGN: _CAUSES[Cause.FOREIGN_SENDER],
    Sender.UNPROVED: _CAUSES[Cause.LOGIN_DOES_NOT_OWN_FROM],
    Sender.UNREADABLE: _CAUSES[Cause.UNREADABLE_FROM],
}


def why(sender: Sender, recipients: Iterable[Recipient], decision: Decision, names: Names = NAMES) -> list[str]:
    """A decision with every fact that led to it, for the terminal."""
    lines = [_ACTIONS[decision.action]]
    if decision.action in (Action.REFUSE, Action.DEFER):
        code = "CODE" if decision.override else None
        lines.append(f"  {refusal(decision, names, code)}")
    lines += [f"because      {_CAUSES[cause]}" for cause in decision.because]
    lines.append(f"sender       {_SENDERS[sender]}")
    if decision.answered is not None:
        traces = listed(sorted(_TRACES[t] for t in decision.answered.traces))
        lines.append(f"answers      {_letter(decision.answered)}, which came encrypted; shown by {traces}")
    if decision.hides:
        lines.append(f"hides        {listed(sorted(plain(n.decode('ascii', 'replace')) for n in decision.hides))}")
    # Of mail that is none of ours nobody looks into a keyring; a rule, or a wish, may name its recipients all the same.
    lines += [_about(r) if sender is not Sender.FOREIGN else f"{_kind(r)} {plain(r.shown)}" for r in recipients]
    return lines


def _kind(recipient: Recipient) -> str:
    return f"{'Bcc' if recipient.hidden else 'To/Cc':<12}"


def _about(recipient: Recipient) -> str:
    facts = [_STANDINGS[recipient.standing]]
    if recipient.reason:
        facts = [_spoilt(recipient) or plain(recipient.reason)]
    facts += [_BASES[recipient.basis]] if _BASES[recipient.basis] else []
    facts += ["mail to them was encrypted before"] if recipient.once_sealed else []
    facts += ["only where encryption is asked for"] if _on_demand(recipient) else []
    return f"{_kind(recipient)} {plain(recipient.shown)}: {'; '.join(facts)}"


def _on_demand(recipient: Recipient) -> bool:
    return recipient.standing is Standing.USABLE and not recipient.serves

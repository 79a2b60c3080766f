"""Decisions about outgoing messages in words: refusals, and what the log says.

The law of this file: a reply is one line and a sentence complete in itself, since some clients show only the first
line of a reply and some only the last. What the log says names no address.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence

from ithaca.policy import Action, Answered, Cause, Decision, Override, Recipient, Standing
from ithaca.report.plain import listed, plain
from ithaca.wish import NAMES, Names

MOST_REPLY = 480
"""Octets of text in one reply line; with code and enhanced code it stays within 512 (RFC 5321 §4.5.3.1.5)."""

_DONE = {
    Action.PASS: "as it came",
    Action.CLEAR: "in clear, not signed",
    Action.SIGN: "signed, in clear",
    Action.SEAL: "sealed, not signed",
    Action.SIGN_AND_SEAL: "signed and sealed",
}
_AROUND = {
    Action.CLEAR: "in clear, signed by the mail program",
    Action.SEAL: "sealed, signed by the mail program",
}


def outcome(decision: Decision) -> str:
    """What becomes of a message that is sent: what we do, and what the mail program has done already."""
    if Cause.ALREADY_SEALED in decision.causes:
        return "as it came, encrypted already"
    signed = Cause.ALREADY_SIGNED in decision.causes and decision.action in _AROUND
    return _AROUND[decision.action] if signed else _DONE[decision.action]


def passes(decision: Decision) -> bool:
    """Is nothing done with it, but for Bcc fields?"""
    return decision.action is Action.PASS or Cause.ALREADY_SEALED in decision.causes


def done(decision: Decision) -> str:
    """What was done with a message, for the log: no address, no word of it."""
    said = f"passed {outcome(decision)}" if passes(decision) else outcome(decision)
    if _NOT_OURS & set(decision.causes):
        return f"{said}: From is no identity of this login"
    if Cause.OVERRIDDEN in decision.causes:
        return f"{said}: a refusal was overridden by its code"
    if Cause.WISHED_CLEAR in decision.causes:
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
    because = decision.causes
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
    if Cause.UNREADABLE_FROM in decision.causes:
        whose = _own(decision)
        return f"but From holds {whose} and cannot be read as that one address; write it alone into one From field."
    if Cause.LOGIN_DOES_NOT_OWN_FROM in decision.causes:
        return (
            "but From is not the one address of an identity that this login owns; "
            "choose another sender, or its own outgoing server, in the mail program."
        )
    return "but the From address is none of the configured identities; choose another sender."


def _way(decision: Decision, names: Names, code: str | None) -> str:
    """How the person can have it sent all the same."""
    seal = f"To encrypt all the same, put [{names.encrypt}] into the subject. "
    seal = seal if Cause.WITHDRAWN in decision.causes else ""
    if decision.override is None or code is None:
        by_hand = "A person has to answer it. " if _is_for_a_person(decision) else ""
        return (seal + by_hand + _withdraw(decision, names)).strip()
    if decision.override is Override.CLEAR:
        # Of two wishes the stronger counts.
        instead = f" and take [{names.encrypt}] out" if Cause.WISHED_SEALED in decision.causes else ""
        return (
            f"{seal}To send it readable by anyone on the way, put [{names.clear} {code}] before the subject{instead}."
        )
    return f"If that is right, put [{names.encrypt} {code}] before the subject and send it again."


def _is_for_a_person(decision: Decision) -> bool:
    asks = {Cause.DOUBTFUL_ORIGIN, Cause.UNSIGNED_ADDRESSEE} & set(decision.causes)
    return bool(asks) and Cause.AUTOMATIC in decision.causes


def _withdraw(decision: Decision, names: Names) -> str:
    only_wished = Cause.WISHED_SEALED in decision.causes and Cause.DEMANDED not in decision.causes
    if only_wished and Cause.ANSWERS_SEALED not in decision.causes:
        return f"Or take [{names.encrypt}] out of the subject."
    return ""


Words = Callable[[Decision, tuple[Recipient, ...], str], str]


def _doubtful(decision: Decision, _some: tuple[Recipient, ...], _more: str) -> str:
    which = letter(decision.answered)
    return (
        f"this answers {which}, which came encrypted and whose sender is not proved: "
        "somebody may have sent on what he could not read, to find it in your quotation."
    )


def _stranger(decision: Decision, some: tuple[Recipient, ...], more: str) -> str:
    which = letter(decision.answered)
    return f"this answers {which}, which came encrypted, and nothing that was signed in it names {_names(some)}{more}."


def _once_sealed(decision: Decision, some: tuple[Recipient, ...], more: str) -> str:
    sealed = [r for r in some if r.once_sealed]
    others = [r for r in some if not r.once_sealed]
    whom = _names(sealed) if sealed else "somebody here"
    if Cause.WISHED_CLEAR in decision.causes:
        said = f"mail to {whom} was encrypted before" if sealed else ""
        answers = _answers(decision.answered) if Cause.ANSWERS_SEALED in decision.causes else ""
        amiss = [spoilt(r) for r in some if spoilt(r)]
        return f"{'; '.join(filter(None, (answers, said, *amiss)))}{more}."
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
    return f"this has to do with {letter(answered)}, which came encrypted" if answered else ""


def letter(answered: Answered | None) -> str:
    """The letter that is answered, by whom and when."""
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
    absent = [r for r in recipients if not spoilt(r)]
    reasons = [said for r in recipients if (said := spoilt(r))]
    if Cause.BCC_WITHOUT_CERTIFICATE in decision.causes:
        return f"{_blind(decision, absent)}{more}. {_remedy(decision, recipients)}"
    if absent:
        reasons.insert(0, f"no key is known for {_names(absent)}")
    if Cause.ANSWERS_SEALED in decision.causes:
        reasons.insert(0, _answers(decision.answered))
    return f"{'; '.join(reasons)}{';' + more if more else ''}. {_remedy(decision, recipients)}"


def _blind(decision: Decision, recipients: Sequence[Recipient]) -> str:
    """Why Bcc recipients cannot get what the others get."""
    spared = [p for r in decision.because if r.cause is Cause.NEVER for p in r.recipients]
    lacking = [r for r in recipients if r not in spared]
    never = [r for r in recipients if r in spared]
    said = [f"no key that serves is known for Bcc recipient {_names(lacking)}"] if lacking else []
    said += [f"mail to Bcc recipient {_names(never)} is never encrypted, by your policy"] if never else []
    return "; ".join(said)


def spoilt(recipient: Recipient) -> str:
    """What is wrong with somebody's certificate; empty: nothing."""
    name, reason = plain(recipient.shown), plain(recipient.reason)
    return {
        Standing.UNUSABLE: f"the key of {name} {reason}",
        Standing.AMBIGUOUS: f"{name} has {reason}",
        Standing.CHANGED: f"{name} has {reason}",
        Standing.LOST: f"for {name} {reason}",
    }.get(recipient.standing, "")


_ASK = "; or ask for their key and run: ithaca cert import FILE"
_CHOOSE = frozenset({Standing.AMBIGUOUS, Standing.CHANGED})


def _remedy(decision: Decision, recipients: tuple[Recipient, ...]) -> str:
    standings = {r.standing for r in recipients}
    if standings and standings <= _CHOOSE:
        # Which of two keys is theirs nobody but they can say.
        return "Ask which one is theirs and run: ithaca cert verify FINGERPRINT."
    if Cause.BCC_WITHOUT_CERTIFICATE in decision.causes:
        never = any(r.cause is Cause.NEVER for r in decision.because)
        return f"Send it to them by itself{'' if never else _ASK}."
    whose = "their key" if len(recipients) == 1 else "each missing key"
    fresh = "a new key" if standings == {Standing.UNUSABLE} else whose
    choose = "; of two keys run ithaca cert verify FINGERPRINT" if standings & _CHOOSE else ""
    return f"Ask for {fresh} and run: ithaca cert import FILE{choose}; or remove the address."


def _names(recipients: Iterable[Recipient]) -> str:
    return listed(plain(r.shown) for r in recipients)

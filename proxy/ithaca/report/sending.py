"""Decisions about outgoing messages in words: refusals, and what the log says.

The law of this file: a reply is one line and a sentence complete in itself, since some clients show only the first
line of a reply and some only the last.
"""

from collections.abc import Iterable

from ithaca.policy import Action, Cause, Decision, Recipient, Standing
from ithaca.report.plain import listed, plain

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
    if Cause.FOREIGN_SENDER in decision.because or Cause.LOGIN_DOES_NOT_OWN_FROM in decision.because:
        return f"{_DONE[decision.action]}: From is no identity of this login"
    return _DONE[decision.action]


def refusal(decision: Decision) -> str:
    """The text of a refusal: every address concerned, the reason, and what to do; one line."""
    if decision.own_key:
        return f"Not sent: {plain(decision.own_key, MOST_REPLY)}"
    if Cause.LOGIN_DOES_NOT_OWN_FROM in decision.because:
        return (
            "Not sent: this message must be encrypted, but the login of this connection does not own its From address; "
            "choose the right outgoing server for this account in the mail program."
        )
    if Cause.FOREIGN_SENDER in decision.because:
        return (
            f"Not sent: mail to {_names(decision.concerned)} must be encrypted, but the From address is none of "
            "the configured identities; choose another sender or change the policy."
        )
    return _fitting(decision)


def _fitting(decision: Decision) -> str:
    """Every address is named if that fits the line; of very many, as many as fit and how many more."""
    concerned = decision.concerned
    for shown in range(len(concerned), 0, -1):
        text = _missing(decision, concerned[:shown], len(concerned) - shown)
        if len(text.encode()) <= MOST_REPLY:
            return text
    return f"Not sent: {len(concerned)} recipients have no usable certificate; send to fewer at a time."


def _missing(decision: Decision, recipients: tuple[Recipient, ...], more: int) -> str:
    absent = [r for r in recipients if r.standing is Standing.ABSENT]
    reasons = [f"the key of {plain(r.shown)} {plain(r.reason)}" for r in recipients if r.standing is Standing.UNUSABLE]
    reasons += [f"{plain(r.shown)} has {plain(r.reason)}" for r in recipients if r.standing is Standing.AMBIGUOUS]
    if absent:
        kind = "Bcc recipient " if Cause.BCC_WITHOUT_CERTIFICATE in decision.because else ""
        reasons.insert(0, f"no key is known for {kind}{_names(absent)}")
    rest = f"; and {more} more" if more else ""
    return f"Not sent: {'; '.join(reasons)}{rest}. {_remedy(recipients)}"


def _remedy(recipients: tuple[Recipient, ...]) -> str:
    standings = {r.standing for r in recipients}
    if standings == {Standing.AMBIGUOUS}:
        return "Remove the wrong one: ithaca cert remove FINGERPRINT."
    whose = "their key" if len(recipients) == 1 else "each missing key"
    fresh = "a new key" if standings == {Standing.UNUSABLE} else whose
    return f"Ask for {fresh} and run: ithaca cert import FILE; or remove the address."


def _names(recipients: Iterable[Recipient]) -> str:
    return listed(plain(r.shown) for r in recipients)

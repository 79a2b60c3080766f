"""The only place that words a decision or a verdict for a person.

The law of this file: no octet of a message leaves unescaped. A reply is one line and a sentence complete in
itself, since some clients show only the first line of a reply and some only the last.
"""

import datetime
from collections.abc import Iterable

from ithaca.policy import Action, Cause, Decision, Recipient, Standing
from ithaca.verdict import Signature, SignatureState, Verdict

VERDICT_FIELD = b"Ithaca-Verdict"
MOST_REPLY = 480
"""Octets of text in one reply line; with code and enhanced code it stays within 512 (RFC 5321 §4.5.3.1.5)."""
MOST_TEXT = 200
"""Characters of anything foreign that is quoted."""


def plain(text: str, most: int = MOST_TEXT) -> str:
    """Foreign text made safe for one line: control, format and bidirectional characters escaped, cut."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return safe if len(safe) <= most else safe[: most - 1] + "…"


def listed(words: Iterable[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


# --- sending -----------------------------------------------------------------------------------------


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


# --- receiving ---------------------------------------------------------------------------------------


def verdict_field(verdict: Verdict) -> bytes:
    """The field ``Ithaca-Verdict:`` with its line end; grammar in docs/verdict.md. ASCII only, folded."""
    parts = ["v=1", f"decryption={verdict.decryption.value}", f"signature={verdict.signature.value}"]
    parts += [f"from={verdict.from_.value}", f"binding={verdict.binding.value}"]
    decisive = deciding(verdict)
    if decisive is not None:
        if decisive.signer or decisive.key:
            parts.append(f"signer={decisive.signer or decisive.key}")
        if decisive.created is not None:
            parts.append(f"time={timestamp(decisive.created)}")
        parts.append(f"reason={_quoted(decisive.reason)}")
    if verdict.findings:
        parts.append(f"findings={','.join(verdict.findings)}")
    return VERDICT_FIELD + b": " + ";\r\n ".join(parts).encode("ascii") + b"\r\n"


def _quoted(text: str) -> str:
    safe = plain(text).encode("ascii", "replace").decode("ascii")
    return '"' + safe.replace("\\", "/").replace('"', "'") + '"'


def deciding(verdict: Verdict) -> Signature | None:
    """The signature that the state of the whole rests on; None where there is none."""
    same = [s for s in verdict.signatures if s.state is verdict.signature]
    return same[0] if same else None


def timestamp(moment: datetime.datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_OVERALL = {
    SignatureState.GOOD: "signed, and the signature is good",
    SignatureState.BAD: "signed, but the signature is bad: the text was changed, or never was theirs",
    SignatureState.UNKNOWN: "signed by a key that is not known here, which proves nothing",
    SignatureState.REFUSED: "signed, but the signature cannot be accepted",
    SignatureState.NONE: "not signed",
}


def lines(verdict: Verdict) -> tuple[str, ...]:
    """The verdict for a terminal: a line a fact, steps last."""
    out = [
        f"decryption  {verdict.decryption.value}",
        f"signature   {verdict.signature.value}: {_OVERALL[verdict.signature]}",
        f"from        {verdict.from_.value} {listed(plain(a) for a in verdict.from_addresses)}".rstrip(),
        f"binding     {verdict.binding.value}",
        f"subject     {plain(verdict.subject)}" if verdict.subject is not None else "subject     (none)",
        f"layers      {', '.join(layer.value for layer in verdict.layers) or 'none'}",
        f"findings    {', '.join(verdict.findings) or 'none'}",
    ]
    for number, signature in enumerate(verdict.signatures, 1):
        out.append(f"signature {number}: {signature.state.value}: {plain(signature.reason)}")
        out += [f"    {line}" for line in _signature_lines(signature)]
    out += [f"step {n}: {plain(s.subject)}: {plain(s.outcome)}" for n, s in enumerate(verdict.steps, 1)]
    return tuple(out)


def _signature_lines(signature: Signature) -> list[str]:
    out = []
    if signature.signer:
        out.append(f"signer {signature.signer}")
    if signature.key and signature.key != signature.signer:
        out.append(f"key    {signature.key}")
    if signature.created:
        out.append(f"time   {timestamp(signature.created)}")
    if signature.hash:
        out.append(f"hash   {signature.hash}")
    out += [f"user   {plain(user_id)}" for user_id in signature.user_ids]
    return out


def as_record(verdict: Verdict) -> dict[str, object]:
    """The verdict as plain values for JSON; the schema is in docs/verdict.md."""
    return {
        "version": 1,
        "decryption": verdict.decryption.value,
        "signature": verdict.signature.value,
        "signatures": [_signature_record(s) for s in verdict.signatures],
        "from": verdict.from_.value,
        "from_addresses": list(verdict.from_addresses),
        "binding": verdict.binding.value,
        "subject": verdict.subject,
        "layers": [layer.value for layer in verdict.layers],
        "findings": list(verdict.findings),
        "steps": [{"subject": s.subject, "outcome": s.outcome} for s in verdict.steps],
    }


def _signature_record(signature: Signature) -> dict[str, object]:
    return {
        "state": signature.state.value,
        "reason": signature.reason,
        "signer": signature.signer,
        "key": signature.key,
        "time": timestamp(signature.created) if signature.created else None,
        "hash": signature.hash,
        "user_ids": list(signature.user_ids),
    }

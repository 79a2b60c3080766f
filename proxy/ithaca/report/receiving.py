"""Verdicts on incoming messages in words: the field, the lines of ``ithaca explain``, and the record."""

import datetime
import re

from ithaca.address import user_id_address
from ithaca.report.plain import listed, plain
from ithaca.verdict import Binding, FieldProtection, From, Signature, SignatureState, Verdict, is_proved

VERDICT_FIELD = b"Ithaca-Verdict"


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


_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}\Z")
_RESULTS = {
    SignatureState.GOOD: "neutral",
    SignatureState.BAD: "fail",
    SignatureState.UNKNOWN: "neutral",
    SignatureState.REFUSED: "policy",
    SignatureState.NONE: "none",
}


def authentication_results(verdict: Verdict, authserv_id: str) -> bytes:
    """``Authentication-Results`` (RFC 8601) with its line end; the method x-openpgp is ours, none is registered.

    pass only where everything is proved: filters and people read no more than that one word.
    """
    result = _RESULTS[verdict.signature]
    if is_proved(verdict):
        result = "pass"
    elif verdict.from_ is From.MISMATCH or verdict.binding is Binding.CONFLICT:
        result = "policy"
    parts = [f"{authserv_id};", f"x-openpgp={result}"]
    if len(verdict.from_addresses) == 1 and _PLAIN_ADDRESS.match(verdict.from_addresses[0]):
        parts.append(f"header.from={verdict.from_addresses[0]}")
    decisive = deciding(verdict)
    if decisive is not None and (decisive.signer or decisive.key):
        parts.append(f"policy.fingerprint={decisive.signer or decisive.key}")
    return b"Authentication-Results: " + "\r\n ".join(parts).encode("ascii") + b"\r\n"


def _quoted(text: str) -> str:
    safe = plain(text).encode("ascii", "replace").decode("ascii")
    return '"' + safe.replace("\\", "/").replace('"', "'") + '"'


def deciding(verdict: Verdict) -> Signature | None:
    """The signature that the state of the whole rests on; None where there is none.

    Of several good ones that of whom From names: anybody can put another one around a letter, and must not be named.
    """
    same = [s for s in verdict.signatures if s.state is verdict.signature]
    own = [s for s in same if _names(s, verdict.from_addresses)] if verdict.from_ is From.MATCH else []
    return next(iter((*own, *same)), None)


def _names(signature: Signature, mailboxes: tuple[str, ...]) -> bool:
    return any(user_id_address(text) in mailboxes for text in signature.user_ids)


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
        f"binding     {verdict.binding.value}{_known(verdict)}",
        f"subject     {plain(verdict.subject)}" if verdict.subject is not None else "subject     (none)",
        f"layers      {', '.join(layer.value for layer in verdict.layers) or 'none'}",
        f"findings    {', '.join(verdict.findings) or 'none'}",
    ]
    out += [f"field       {_field_line(f)}" for f in verdict.fields]
    for number, signature in enumerate(verdict.signatures, 1):
        out.append(f"signature {number}: {signature.state.value}: {plain(signature.reason)}")
        out += [f"    {line}" for line in _signature_lines(signature)]
    out += [f"step {n}: {plain(s.subject)}: {plain(s.outcome)}" for n, s in enumerate(verdict.steps, 1)]
    return tuple(out)


def _known(verdict: Verdict) -> str:
    if verdict.since is None:
        return ""
    letters = "1 letter" if verdict.messages == 1 else f"{verdict.messages} letters"
    return f": {letters} since {timestamp(verdict.since)}"


def _field_line(field: FieldProtection) -> str:
    differs = "; it stands outside with another value, or not at all" if field.differs else ""
    return f"{plain(field.name)}: {field.protection.value}{differs}"


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
        "since": timestamp(verdict.since) if verdict.since else None,
        "messages": verdict.messages,
        "fields": [{"name": f.name, "protection": f.protection.value, "differs": f.differs} for f in verdict.fields],
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

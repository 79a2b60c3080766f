"""The verdict on an envelope that was taken apart: who signed, whether that is who From names, how both are tied."""

from ithaca import report
from ithaca.address import AddrSpec
from ithaca.incoming import senders
from ithaca.incoming.covering import Covering, signers
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.incoming.senders import Sender
from ithaca.mime import date
from ithaca.mime.header import Field
from ithaca.mime.protected import addresses
from ithaca.verdict import Binding, Fingerprint, From, SignatureState, Tie, Verdict, overall

DAY = 86_400
"""Seconds between signing and Date; a letter that waited longer may be an old one that somebody sends again."""


def judge(envelope: Envelope, covering: Covering, sender: Sender, keys: Keys) -> Verdict:
    """The verdict; `covering`: the header section as it is shown, `sender`: whom its From names."""
    section = covering.section
    signatures = tuple(envelope.signatures)
    state = overall(signatures)
    named = tuple(mailbox.address for mailbox in sender.mailboxes)
    sole = sender.sole
    _find_all(envelope, (*covering.remarks, *sender.remarks))
    if sole is not None:
        _find_all(envelope, senders.remarks(sole, keys.people))
    from_, tie = From.NONE, Tie(Binding.NONE)
    if state is SignatureState.GOOD:
        matching = signers(envelope, sole.address) if sole is not None else ()
        from_ = From.MATCH if matching else From.MISMATCH
        envelope.note("From", f"{from_.value}: {report.listed(named) or 'no single address'}")
        if sole is not None and matching:
            tie = _tie(envelope, sole.address, matching[0], section.first(b"Message-ID"), keys)
        _find_all(envelope, _far(envelope, covering))
        _find_all(envelope, _not_addressed(covering, keys))
    subject = section.first(b"Subject")
    return Verdict(
        decryption=envelope.decryption,
        signature=state,
        signatures=signatures,
        from_=from_,
        from_addresses=named,
        binding=tie.binding,
        since=tie.since,
        messages=tie.messages,
        fields=covering.fields,
        subject=None if subject is None else subject.text,
        layers=tuple(envelope.layers),
        findings=tuple(dict.fromkeys(envelope.findings)),
        steps=tuple(envelope.steps),
    )


def _find_all(envelope: Envelope, remarks: tuple[tuple[str, str], ...]) -> None:
    for finding, outcome in remarks:
        envelope.find(finding, outcome)


def _tie(envelope: Envelope, mailbox: AddrSpec, signer: Fingerprint, message_id: Field | None, keys: Keys) -> Tie:
    tie = keys.tie(mailbox, signer, None if message_id is None else message_id.value)
    envelope.note("binding", tie.binding.value)
    return tie


def _far(envelope: Envelope, covering: Covering) -> tuple[tuple[str, str], ...]:
    """Was it signed about when it says that it was written? Else somebody may send an old letter again."""
    field = covering.section.first(b"Date")
    written = None if field is None else date.seconds(field.value)
    if written is None:
        return (("far-from-date", "there is no readable Date to compare the time of signing with"),)
    times = [s.created for s in envelope.signatures if s.state is SignatureState.GOOD and s.created is not None]
    if any(abs(moment.timestamp() - written) > DAY for moment in times):
        return (("far-from-date", "it was signed more than a day from its Date"),)
    return ()


def _not_addressed(covering: Covering, keys: Keys) -> tuple[tuple[str, str], ...]:
    """Is it to us? A letter to somebody else may have been sent on, sealed anew (RFC 9580 §13.12)."""
    names = [name for name in (b"to", b"cc") if name in covering.covered]
    to = {one for name in names for one in addresses(covering.section.get_all(name))}
    if not names or not keys.addresses or keys.addresses & to:
        return ()
    return (("not-addressed", "it was signed for others: To and Cc name no address of yours"),)

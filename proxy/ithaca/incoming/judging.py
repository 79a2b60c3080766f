"""The verdict on an envelope that was taken apart: who signed, whether that is who From names, how both are tied."""

from ithaca import address, report
from ithaca.address import AddrSpec
from ithaca.errors import MalformedMessage
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.mime.header import HeaderSection
from ithaca.verdict import Binding, From, SignatureState, Tie, Verdict, overall


def judge(envelope: Envelope, section: HeaderSection, keys: Keys) -> Verdict:
    """The verdict; `section` is the header section as it will be shown."""
    signatures = tuple(envelope.signatures)
    state = overall(signatures)
    addresses = _from_addresses(envelope, section)
    from_, tie = From.NONE, Tie(Binding.NONE)
    if state is SignatureState.GOOD:
        sole = addresses[0] if len(addresses) == 1 and "odd-from" not in envelope.findings else None
        matching = sole is not None and signed_by(envelope, sole)
        from_ = From.MATCH if matching else From.MISMATCH
        envelope.note("From", f"{from_.value}: {report.listed(addresses) or 'no single address'}")
        if sole is not None and matching:
            tie = _tie(envelope, sole, keys)
    subject = section.first(b"Subject")
    return Verdict(
        decryption=envelope.decryption,
        signature=state,
        signatures=signatures,
        from_=from_,
        from_addresses=tuple(addresses),
        binding=tie.binding,
        since=tie.since,
        messages=tie.messages,
        subject=None if subject is None else subject.text,
        layers=tuple(envelope.layers),
        findings=tuple(dict.fromkeys(envelope.findings)),
        steps=tuple(envelope.steps),
    )


def _tie(envelope: Envelope, mailbox: AddrSpec, keys: Keys) -> Tie:
    signers = [
        s.signer
        for s in envelope.signatures
        if s.state is SignatureState.GOOD and s.signer and mailbox in map(address.user_id_address, s.user_ids)
    ]
    tie = keys.tie(mailbox, signers[0])
    envelope.note("binding", tie.binding.value)
    return tie


def _from_addresses(envelope: Envelope, section: HeaderSection) -> list[AddrSpec]:
    """The addresses of From as shown; several fields, several mailboxes or tricks are an oddity."""
    fields = section.get_all(b"From")
    try:
        mailboxes = [m for f in fields for m in address.parse_mailboxes(f.value)]
    except MalformedMessage as error:
        envelope.find("odd-from", str(error))
        return []
    if len(fields) != 1 or len(mailboxes) != 1:
        envelope.find("odd-from", f"{len(fields)} From fields with {len(mailboxes)} mailboxes")
    elif _names_another(mailboxes[0]):
        envelope.find("odd-from", "the display name holds another address")
    return [m.address for m in mailboxes]


def _names_another(mailbox: address.Mailbox) -> bool:
    """JF I2: a display name such as ``"carol@good.example" <mallory@evil.example>``."""
    words = mailbox.display_name.replace("<", " ").replace(">", " ").split()
    claiming = [word.strip("\"'(),;:[]") for word in words]
    claimed = {address.user_id_address(word) for word in claiming if "@" in word.strip("@")}
    return bool(claimed - {mailbox.address})


def signed_by(envelope: Envelope, mailbox: AddrSpec) -> bool:
    """Does a good signature come from a certificate that carries this address?"""
    return any(
        s.state is SignatureState.GOOD and mailbox in map(address.user_id_address, s.user_ids)
        for s in envelope.signatures
    )

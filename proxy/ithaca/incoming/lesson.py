"""What an incoming message teaches: values for those who remember (peers, the reply guard); nothing is kept here."""

from dataclasses import dataclass

from ithaca import address
from ithaca.address import AddrSpec
from ithaca.incoming.covering import Covering
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.senders import Sender
from ithaca.mime import date
from ithaca.mime.header import HeaderSection
from ithaca.mime.protected import addresses
from ithaca.verdict import Fingerprint, From, SignatureState, Verdict


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one message, judged, teaches."""

    message_id: bytes | None = None
    """As shown, with its angle brackets."""
    from_: AddrSpec | None = None
    """The one address of From as shown; None where there is no single one."""
    date: int | None = None
    """Of the Date field as shown, in seconds since 1970."""
    sealed: bool = False
    """Some part of it came encrypted, whether it could be opened or not."""
    digest: bytes | None = None
    """SHA-256 of the SEIPD body (joined from its chunks) whose content is shown; None: nothing was opened."""
    hidden: frozenset[bytes] = frozenset()
    """Lower-case names of fields that came confidential (RFC 9788 §4.3), such as ``subject``."""
    signer: Fingerprint | None = None
    """Whose signature is good and matches From; None: nobody's."""
    addressees: frozenset[AddrSpec] = frozenset()
    """Whom an answer may go to: From, and the addresses of Reply-To, To and Cc that the layers cover."""
    autocrypt: tuple[bytes, ...] = ()
    """The values of the Autocrypt fields as shown, unfolded."""
    gossip: tuple[bytes, ...] = ()
    """The values of the Autocrypt-Gossip fields in the root of the encrypted payload."""
    from_inside: bool = False
    """The encryption holds a From, and it names whom From outside names."""
    is_automatic: bool = False
    """A report or an automatic reply: no letter by a person, nothing is learnt of its sender (Autocrypt 1.1)."""


NOTHING = Lesson()


def lesson_of(envelope: Envelope, covering: Covering, sender: Sender, verdict: Verdict) -> Lesson:
    """What one message teaches; `sender`: whom the From that is shown names."""
    section = covering.section
    message_id, date_field = section.first(b"Message-ID"), section.first(b"Date")
    author = sender.address
    return Lesson(
        message_id=None if message_id is None else message_id.value,
        from_=author,
        date=None if date_field is None else date.seconds(date_field.value),
        sealed=envelope.is_sealed,
        digest=envelope.digests[-1] if envelope.digests and envelope.opened is not None else None,
        hidden=covering.hidden,
        signer=_signer(verdict, author),
        addressees=_addressees(covering),
        autocrypt=tuple(field.value for field in section.get_all(b"Autocrypt")),
        gossip=_gossip(envelope),
        from_inside=_is_from_inside(envelope, covering, author),
        is_automatic=is_automatic(section, envelope.whole.header, envelope.payload.header),
    )


def _signer(verdict: Verdict, author: AddrSpec | None) -> Fingerprint | None:
    if verdict.from_ is not From.MATCH:
        return None
    matching = [
        s.signer
        for s in verdict.signatures
        if s.state is SignatureState.GOOD and author in map(address.user_id_address, s.user_ids)
    ]
    return matching[0] if matching else None


def _addressees(covering: Covering) -> frozenset[AddrSpec]:
    names = {b"from"} | ({b"reply-to", b"to", b"cc"} & covering.covered)
    return frozenset(one for name in names for one in addresses(covering.section.get_all(name)))


def _gossip(envelope: Envelope) -> tuple[bytes, ...]:
    """Autocrypt 1.1: in the root of the encrypted payload and nowhere else."""
    if envelope.opened is None or not envelope.is_whole:
        return ()
    return tuple(field.value for field in envelope.payload.header.get_all(b"Autocrypt-Gossip"))


def _is_from_inside(envelope: Envelope, covering: Covering, author: AddrSpec | None) -> bool:
    """Whether it is secret too, or signed, is another question: mostly it stands outside just so (RFC 9788 §4.3)."""
    is_covered = envelope.opened is not None and b"from" in covering.covered
    return is_covered and author is not None and addresses(envelope.outer.get_all(b"From")) == [author]


def is_automatic(*sections: HeaderSection) -> bool:
    """Does one of these header sections say that a program replied (RFC 3834 §5), or reports?"""
    kinds = (f.content_type.media_type for s in sections for f in s.get_all(b"Content-Type"))
    said = (f.value.partition(b";")[0].strip().lower() for s in sections for f in s.get_all(b"Auto-Submitted"))
    return "multipart/report" in kinds or b"auto-replied" in said

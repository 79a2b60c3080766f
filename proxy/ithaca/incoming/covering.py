"""What the layers cover of the header section, and how it is shown (RFC 9788 §4).

The law of this file: a field from inside is shown only where a layer covers it, a From that differs only if a good
signature binds it; a reply never goes where nobody that was proved said so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ithaca import address, report
from ithaca.address import AddrSpec
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.incoming.secrecy import Secrecy, secrecy
from ithaca.mime import header, legacy, protected
from ithaca.mime.entity import Entity, parse
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.protected import USER_FACING, Protected, Scheme, addresses, with_crlf
from ithaca.mime.protection import ended, is_structural
from ithaca.verdict import Binding, Decryption, FieldProtection, Fingerprint, Protection, SignatureState, overall

REPLY_FIELDS = frozenset({b"reply-to", b"mail-reply-to", b"mail-followup-to"})
"""Fields by which clients choose whom an answer goes to."""
_WRITERS = (USER_FACING - {b"from"}) | {
    *(b"in-reply-to", b"references", b"thread-topic", b"thread-index"),
    *(
        b"disposition-notification-to",
        b"disposition-notification-options",
        b"return-receipt-to",
        b"x-confirm-reading-to",
    ),
    *(b"importance", b"priority", b"x-priority", b"x-msmail-priority", b"sensitivity", b"organization"),
}
"""Fields that are shown or acted upon, and that the writer alone knows (RFC 9788 §4, §4.6). Without a Message-ID a
server adds one, and what servers and lists add beside (§7) is theirs."""
_ALL_INSIDE = frozenset({Scheme.STANDARD, Scheme.WRAPPED})
"""Schemes by which every field of the writer is inside."""
_PROTECTION = {
    (False, False): Protection.UNPROTECTED,
    (False, True): Protection.SIGNED,
    (True, False): Protection.ENCRYPTED,
    (True, True): Protection.SIGNED_AND_ENCRYPTED,
}


@dataclass(frozen=True, slots=True)
class Covering:
    """The header section to show, and what is known of it."""

    section: HeaderSection
    fields: tuple[FieldProtection, ...] = ()
    """The header mask: see `verdict.Verdict.fields`."""
    covered: frozenset[bytes] = frozenset()
    """Lower-case names of the fields that come from inside."""
    hidden: frozenset[bytes] = frozenset()
    """See `secrecy.Secrecy.hidden`."""
    remarks: tuple[tuple[str, str], ...] = ()
    """(finding, outcome) of each oddity."""


def content(envelope: Envelope) -> None:
    """Take what only repeats or carries header fields out of what was opened."""
    if not _is_encrypted(envelope) or envelope.payload is not envelope.opened:
        # Inside a multipart/signed it stays: without these octets nobody could verify the signature again.
        return
    found = protected.read(envelope.payload, encrypted=True, outer=envelope.outer)
    shown = legacy.without_elements(found.content) if found.scheme is Scheme.STANDARD else found.content
    if shown is not envelope.payload:
        envelope.note("header protection", f"{found.scheme.value}: what only repeats header fields is not shown")
        envelope.opened = shown if shown.header.get_all(b"Content-Type") else _as_text(shown)


def _is_encrypted(envelope: Envelope) -> bool:
    """Did the payload come encrypted, all of it?"""
    return envelope.decryption is not Decryption.NONE and envelope.is_whole


def _as_text(entity: Entity) -> Entity:
    """An entity without a Content-Type field is plain text (RFC 2045 §5.2), and now says so."""
    return parse(b"Content-Type: text/plain; charset=us-ascii\r\n" + entity.octets)


def cover(envelope: Envelope, keys: Keys) -> Covering:
    """The header section as it is shown: protected fields only where the verdict covers them."""
    encrypted = _is_encrypted(envelope)
    signed = overall(tuple(envelope.signatures)) is SignatureState.GOOD
    outer = header.cleaned(envelope.outer)
    inner = Protected(Scheme.NONE, envelope.payload)
    if encrypted or signed:
        inner = protected.read(envelope.payload, encrypted=encrypted, outer=envelope.outer)
    remarks = list(_remarks(inner, encrypted=encrypted))
    lifted: list[Field] = []
    message_id = next((f.value for f in inner.fields if f.named(b"Message-ID")), None)
    for field in inner.fields:
        if not field.named(b"From") or _may_show_from(field, inner, outer, _bound(envelope, keys, message_id)):
            lifted.append(field)
        else:
            remarks.append(("other-from-inside", _other_from(field)))
    covered = frozenset(field.name.lower() for field in lifted)
    secret = secrecy(lifted, inner, outer, keys.addresses) if encrypted else Secrecy()
    # RFC 9788 §4: what a reader acts upon and only stands outside was added by somebody else.
    dropped = covered | (_WRITERS if inner.scheme in _ALL_INSIDE else frozenset())
    section = _structured(envelope, _in_place(outer, lifted, dropped))
    if encrypted or signed or envelope.opened is not None:
        section, withheld = _without_foreign_replies(section, covered)
        remarks += [
            ("reply-field-removed", f"{name}, which nothing covers, names others than From") for name in withheld
        ]
    mask = _mask(section, outer, covered, secret.unseen, signed=signed)
    return Covering(section, mask, covered, secret.hidden, tuple(remarks))


def signers(envelope: Envelope, mailbox: AddrSpec) -> tuple[Fingerprint, ...]:
    """The certificates that carry this address and made a good signature, in the order of the signatures."""
    good = [
        s.signer
        for s in envelope.signatures
        if s.state is SignatureState.GOOD and mailbox in map(address.user_id_address, s.user_ids)
    ]
    return tuple(signer for signer in good if signer)


def _bound(envelope: Envelope, keys: Keys, message_id: bytes | None) -> Callable[[AddrSpec], bool]:
    """RFC 9788 §4.4.1.2: a certificate that only claims the address of somebody better known binds nothing."""

    def is_bound(mailbox: AddrSpec) -> bool:
        ties = [keys.tie(mailbox, signer, message_id) for signer in signers(envelope, mailbox)]
        return any(tie.binding is not Binding.CONFLICT for tie in ties)

    return is_bound


def _remarks(inner: Protected, *, encrypted: bool) -> list[tuple[str, str]]:
    if inner.scheme is Scheme.STANDARD and (inner.mode == "cipher") is not encrypted:
        # §10.2: the mark never stands for a layer, nor for one that somebody put around it on the way.
        return [("hp-mismatch", f"header protection says {inner.mode}, and the layers say otherwise")]
    return []


def _may_show_from(
    field: Field, inner: Protected, outer: HeaderSection, from_is_bound: Callable[[AddrSpec], bool]
) -> bool:
    """RFC 9788 §4.4: an inner From that differs is shown only if a good signature binds it."""
    named = addresses([field])
    if len(named) != 1 or b"from" in inner.doubled:
        return False
    outside = outer.get_all(b"From")
    is_same = [field.value] == [other.value for other in outside] or named == addresses(outside)
    return is_same or from_is_bound(named[0])


def _other_from(field: Field) -> str:
    # RFC 9788 §4.4.2: both are named, the one outside as From.
    named = report.listed(addresses([field])) or "nobody that can be read"
    return f"From inside is another one, which no signature binds; not shown: {named}"


def _in_place(outer: HeaderSection, lifted: Sequence[Field], dropped: frozenset[bytes]) -> list[Field]:
    """The fields to show: those from inside stand where the first outer one of their name stood."""
    waiting: dict[bytes, list[Field]] = {}
    for field in lifted:
        waiting.setdefault(field.name.lower(), []).append(field)
    found: list[Field] = []
    for field in outer.fields:
        name = field.name.lower()
        if name in waiting:
            found += waiting.pop(name)
        elif name not in dropped:
            found.append(field)
    return [*found, *(field for fields in waiting.values() for field in fields)]


def _mask(
    section: HeaderSection, outer: HeaderSection, covered: frozenset[bytes], unseen: frozenset[bytes], *, signed: bool
) -> tuple[FieldProtection, ...]:
    mask: dict[bytes, FieldProtection] = {}
    for field in section.fields:
        name = field.name.lower()
        if name not in USER_FACING or name in mask:
            continue
        is_inside = name in covered
        state = _PROTECTION[is_inside and name in unseen, is_inside and signed]
        differs = is_inside and _values(section, name) != _values(outer, name)
        mask[name] = FieldProtection(name.decode("ascii"), state, differs)
    return tuple(mask.values())


def _values(section: HeaderSection, name: bytes) -> list[bytes]:
    return [field.value for field in section.get_all(name)]


# --- fields that are not shown -----------------------------------------------------------------------


def _without_foreign_replies(section: HeaderSection, covered: frozenset[bytes]) -> tuple[HeaderSection, list[str]]:
    """(the section without reply fields that are not covered and name others than From, their names)."""
    authors = set(addresses(section.get_all(b"From")))
    fields, withheld = list[Field](), list[str]()
    for field in section.fields:
        name = field.name.lower()
        named = set(addresses([field])) if name in REPLY_FIELDS and name not in covered else None
        if named is None or (named and named <= authors):
            fields.append(field)
        else:
            withheld.append(name.decode("ascii"))
    return HeaderSection(tuple(fields)), withheld


# --- structure ---------------------------------------------------------------------------------------


def _structured(envelope: Envelope, fields: list[Field]) -> HeaderSection:
    """With the Content-* fields of what is shown."""
    if envelope.opened is not None:
        fields = [f for f in fields if not is_structural(f.name)]
        fields += map(with_crlf, _content(envelope.opened.header))
    return HeaderSection(tuple(map(ended, fields)))


def _content(structure: HeaderSection) -> list[Field]:
    found = [f for f in structure.fields if f.name.lower().startswith(b"content-")]
    if not any(f.named(b"Content-Type") for f in found):
        # The sealed octets are no entity: plain text, shown whole.
        found = [
            Field(b"Content-Type", b"Content-Type: text/plain; charset=utf-8\r\n"),
            Field(b"Content-Transfer-Encoding", b"Content-Transfer-Encoding: 8bit\r\n"),
        ]
    return [Field(b"MIME-Version", b"MIME-Version: 1.0\r\n"), *found]

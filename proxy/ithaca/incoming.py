"""The use case of receiving: a message as it came in; the message to show and its verdict out.

The law of this file: nothing is withheld and nothing is believed too easily. Whatever goes wrong, the result
is the message as it came, marked. Only layers at the root count (RFC 9787 §4.5): an encrypted part anywhere
else stays closed, and no plaintext ever stands beside octets that its layer does not cover.
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ithaca import address, report
from ithaca.address import AddrSpec
from ithaca.errors import DecryptionError, LimitExceeded, MalformedMessage, OpenPGPError, UnsupportedAlgorithm
from ithaca.mime import entity as entities
from ithaca.mime import header, pgpmime, protection
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection
from ithaca.mime.pgpmime import Shape
from ithaca.openpgp import decryption, verification
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.verdict import (
    Binding,
    Decryption,
    Fingerprint,
    From,
    Layer,
    Signature,
    SignatureState,
    Step,
    Verdict,
    overall,
)
from ithaca.work import Job

MOST_LAYERS = 4
"""Layers of one envelope: sign-encrypt-sign with a mailing list's encryption around it is already odd."""


class Look(enum.Enum):
    """What the first octets of a message show."""

    PASS = "pass"  # noqa: S105 (no password)
    """Nothing of OpenPGP: it streams through, its header section cleaned."""
    HOLD = "hold"
    """Sealed or signed: hold it whole and open it."""
    MORE = "more"
    """Not to be said yet: more octets, please."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the client gets in place of a held message. CRLF lines, not dot-stuffed."""

    message: bytes
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Keys:
    """What one login may use: its own unlocked keys, and the certificates of others."""

    secrets: tuple[SecretComponent, ...]
    own: frozenset[Fingerprint]
    """Primary fingerprints of `secrets`, for intended recipients (RFC 9580 §5.2.3.36)."""
    lookup: Callable[[str], Sequence[Certificate]]
    """Certificates by fingerprint or key ID, upper-case hexadecimal, of primary keys and subkeys alike."""
    binding: Callable[[AddrSpec, Fingerprint], Binding]
    """How a certificate is tied to an address."""


@dataclass(slots=True)
class Envelope:
    """What taking the cryptographic envelope apart brought to light."""

    outer: HeaderSection
    payload: Entity
    """The innermost entity: the root of the cryptographic payload (RFC 9787 §4)."""
    opened: Entity | None = None
    """The plaintext of the last encrypted layer; None: nothing was opened."""
    decryption: Decryption = Decryption.NONE
    layers: list[Layer] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def note(self, subject: str, outcome: str) -> None:
        """One step, for the person who asks why."""
        self.steps.append(Step(subject, outcome))

    def find(self, finding: str, outcome: str) -> None:
        """One oddity."""
        self.findings.append(finding)
        self.note(finding, outcome)


def look(prefix: bytes, complete: bool) -> Look:
    """What to do with a message that begins so; `complete`: no more octets will come."""
    section, separator, _ = header.split_message(prefix)
    if not separator and not complete:
        return Look.MORE
    shape = pgpmime.shape(HeaderSection.parse(section))
    return Look.PASS if shape is Shape.NONE else Look.HOLD


def clean(section: bytes) -> bytes:
    """A header section (with its empty line, if it has one) without fields that only Ithaca may write.

    Every other octet stays as it is.
    """
    fields, separator, start = header.split_message(section)
    # Behind an empty line that not everybody takes for one, a client may still see fields.
    parts = (header.cleaned(HeaderSection.parse(part)).render() for part in (fields, section[start:]))
    return separator.join(parts) if section[start:] else next(parts) + separator


def as_it_came(octets: bytes, finding: str) -> bytes:
    """A held message that will not be shown opened, or its beginning with the whole header section: marked, and
    without fields that only Ithaca may write. `finding` says why (docs/verdict.md)."""
    fields, separator, start = header.split_message(octets)
    mark = report.verdict_field(Verdict(findings=(finding,)))
    return header.under(mark, header.cleaned(HeaderSection.parse(fields))) + (separator or b"\r\n") + octets[start:]


def open_message(octets: bytes, keys: Keys, *, engine: Engine, now: int) -> Job[Shown]:
    """Open and judge one message; `octets` with CRLF line ends, `now` in seconds since 1970. Never raises."""
    envelope = yield from take_apart(octets, keys, engine=engine, now=now)
    return show(octets, envelope, keys)


def take_apart(octets: bytes, keys: Keys, *, engine: Engine, now: int) -> Job[Envelope]:
    """Walk the cryptographic envelope from the root: decrypt and verify, layer by layer."""
    root = entities.parse(octets)
    envelope = Envelope(outer=root.header, payload=root)
    for _ in range(MOST_LAYERS):
        shape = pgpmime.shape(envelope.payload.header)
        if shape is Shape.NONE:
            break
        try:
            going_on = yield from _LAYERS[shape](envelope, keys, engine, now)
        except MalformedMessage as error:
            envelope.find(f"malformed-{shape.value}", str(error))
            break
        if not going_on:
            break
    else:
        envelope.find("too-many-layers", f"more than {MOST_LAYERS} layers: the rest stays closed")
        _close(envelope)
    return envelope


def _encrypted(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    data = pgpmime.take_encrypted(envelope.payload)
    try:
        decrypted = yield from decryption.decrypt(
            data, keys.secrets, engine=engine, lookup=keys.lookup, now=now, own=keys.own
        )
    except OpenPGPError as error:
        _not_opened(envelope, error)
        return False
    if envelope.signatures:
        # Davis, USENIX ATC 2001: a signature over ciphertext says nothing about who wrote the letter.
        envelope.find("signature-over-ciphertext", "the signature outside the encryption is not counted")
        envelope.signatures.clear()
    envelope.layers.append(Layer.ENCRYPTED)
    envelope.decryption = Decryption.FULL
    envelope.note("encryption", f"opened with our key; cipher {decrypted.cipher}")
    if decrypted.is_outdated:
        envelope.find("old-cipher", f"{decrypted.cipher} is outdated; the sender's program should not use it any more")
    if decrypted.signatures:
        envelope.layers.append(Layer.SIGNED)
        _add(envelope, decrypted.signatures)
    envelope.payload = envelope.opened = entities.parse(decrypted.plaintext)
    return True


_FAILURES: tuple[tuple[type[OpenPGPError], str], ...] = (
    (LimitExceeded, "past-limit"),
    (UnsupportedAlgorithm, "unsupported"),
    (DecryptionError, "not-decrypted"),
    (OpenPGPError, "malformed-openpgp"),
)


def _not_opened(envelope: Envelope, error: OpenPGPError) -> None:
    finding = next(name for kind, name in _FAILURES if isinstance(error, kind))
    envelope.find(finding, str(error))
    _close(envelope)


def _close(envelope: Envelope) -> None:
    """A layer stays closed: what was opened around it is shown, and no signature speaks for the whole."""
    if envelope.decryption is Decryption.FULL:
        envelope.decryption = Decryption.PARTIAL
    envelope.signatures.clear()


def _signed(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    octets, signature = pgpmime.take_signed(envelope.payload)
    try:
        found = yield from verification.verify_detached(octets, signature, engine=engine, lookup=keys.lookup, now=now)
    except OpenPGPError as error:
        envelope.find("malformed-signature", str(error))
        found = (Signature(SignatureState.REFUSED, "the signature part cannot be read"),)
    envelope.layers.append(Layer.SIGNED)
    _add(envelope, found)
    envelope.payload = entities.parse(octets)
    return True


def _ambiguous(envelope: Envelope, _keys: Keys, _engine: Engine, _now: int) -> Job[bool]:
    envelope.find("ambiguous", "the Content-Type can be read in two ways, so nothing is opened or believed")
    _close(envelope)
    envelope.signatures.append(Signature(SignatureState.REFUSED, "the message can be read in two ways"))
    return False
    yield  # a job, like its neighbours


_LAYERS: dict[Shape, Callable[[Envelope, Keys, Engine, int], Job[bool]]] = {
    Shape.ENCRYPTED: _encrypted,
    Shape.SIGNED: _signed,
    Shape.AMBIGUOUS: _ambiguous,
}


def _add(envelope: Envelope, signatures: Sequence[Signature]) -> None:
    for signature in signatures:
        envelope.signatures.append(signature)
        whose = signature.signer or signature.key or "an unnamed key"
        envelope.note(f"signature by {whose}", f"{signature.state.value}: {signature.reason}")


# --- what the client sees ----------------------------------------------------------------------------


def show(octets: bytes, envelope: Envelope, keys: Keys) -> Shown:
    """The message for the client, and the verdict that it carries."""
    body = _body(envelope)
    if envelope.opened is not None and body is None:
        envelope.find("unshowable", "the opened text holds a NUL octet, which no mail may hold")
        envelope.decryption, envelope.opened = Decryption.NONE, None
        envelope.signatures.clear()
    section = _shown_section(envelope)
    verdict = _judge(envelope, section, keys)
    marked = header.under(report.verdict_field(verdict), section)
    if envelope.opened is None:
        _, separator, start = header.split_message(octets)
        return Shown(marked + (separator or b"\r\n") + octets[start:], verdict)
    return Shown(marked + b"\r\n" + (body or b""), verdict)


def _body(envelope: Envelope) -> bytes | None:
    """The opened body with CRLF line ends; None: nothing opened, or no mail may hold it."""
    if envelope.opened is None:
        return None
    body = envelope.opened.body
    if not envelope.opened.header.get_all(b"Content-Type"):
        # Sealed text that is no entity (a commit, a note) has no header section to take off.
        body = envelope.opened.octets
    if b"\0" in body:
        return None
    return with_crlf(body)


def with_crlf(octets: bytes) -> bytes:
    """Every CR, LF or CRLF as CRLF, in a few passes at C speed."""
    if octets.count(b"\n") == octets.count(b"\r") == octets.count(b"\r\n"):
        return octets
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _shown_section(envelope: Envelope) -> HeaderSection:
    """The header section to show: protected fields only where the verdict covers them (RFC 9788 §4)."""
    return protection.shown(
        header.cleaned(envelope.outer),
        envelope.payload.header,
        structure=None if envelope.opened is None else envelope.opened.header,
        encrypted=envelope.opened is not None,
        signed=overall(tuple(envelope.signatures)) is SignatureState.GOOD,
        from_is_bound=lambda mailbox: _signed_by(envelope, mailbox),
    )


def _signed_by(envelope: Envelope, mailbox: AddrSpec) -> bool:
    """Does a good signature come from a certificate that carries this address?"""
    return any(
        s.state is SignatureState.GOOD and mailbox in map(address.user_id_address, s.user_ids)
        for s in envelope.signatures
    )


def _judge(envelope: Envelope, section: HeaderSection, keys: Keys) -> Verdict:
    signatures = tuple(envelope.signatures)
    state = overall(signatures)
    addresses = _from_addresses(envelope, section)
    from_, binding = From.NONE, Binding.NONE
    if state is SignatureState.GOOD:
        sole = addresses[0] if len(addresses) == 1 and "odd-from" not in envelope.findings else None
        matching = sole is not None and _signed_by(envelope, sole)
        from_ = From.MATCH if matching else From.MISMATCH
        envelope.note("From", f"{from_.value}: {report.listed(addresses) or 'no single address'}")
        if sole is not None and matching:
            binding = _binding(envelope, sole, keys)
    subject = section.first(b"Subject")
    return Verdict(
        decryption=envelope.decryption,
        signature=state,
        signatures=signatures,
        from_=from_,
        from_addresses=tuple(addresses),
        binding=binding,
        subject=None if subject is None else subject.text,
        layers=tuple(envelope.layers),
        findings=tuple(dict.fromkeys(envelope.findings)),
        steps=tuple(envelope.steps),
    )


def _binding(envelope: Envelope, mailbox: AddrSpec, keys: Keys) -> Binding:
    signers = [
        s.signer
        for s in envelope.signatures
        if s.state is SignatureState.GOOD and s.signer and mailbox in map(address.user_id_address, s.user_ids)
    ]
    binding = keys.binding(mailbox, signers[0])
    envelope.note("binding", binding.value)
    return binding


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

"""The use case of sending: a message and its envelope in, a refusal or a plan out.

The law of this file: what policy wants encrypted is sealed or refused before an octet of it leaves. What is
signed is the octets that go on the wire. Bcc fields never leave, and a Bcc recipient's copy is encrypted to
nobody but them and the sender.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ithaca import address, policy, report
from ithaca.address import AddrSpec
from ithaca.errors import Error, KeyringError, MalformedMessage, PassphraseError, PeerError
from ithaca.mime import compose, header, pgpmime, protection
from ithaca.mime.header import HeaderSection
from ithaca.mime.pgpmime import Shape
from ithaca.openpgp import armor, packets, stream
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine, Recipient, SecretComponent
from ithaca.openpgp.secret_key import SecretKey
from ithaca.policy import Action, Decision, Facts, Form, Policy, Sender, Standing
from ithaca.verdict import Fingerprint


@dataclass(frozen=True, slots=True)
class Envelope:
    """The SMTP envelope as the ISP has accepted it (RFC 5321 §2.3.1)."""

    provider: str
    login: bytes | None
    """Authentication identity of the exchange that the ISP accepted; None: nobody, or nobody we can read."""
    reverse_path: bytes
    """Inside the angle brackets, without source route; empty for the null reverse-path."""
    recipients: tuple[bytes, ...]
    """Accepted forward-paths, inside the angle brackets, in the client's order, duplicates kept."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing may be sent: the reply to the dot. `text` is one line, a whole sentence."""

    code: int
    enhanced: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Recipients who get the same octets, as indexes into `Envelope.recipients`; To/Cc first."""

    recipients: tuple[int, ...]


class Sealer(Protocol):
    """Turns one message into the octets for one group. Both sides: CRLF lines, not dot-stuffed."""

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets of the message, from its first header field on; give what is ready to leave.

        Raises `PeerError` when the message cannot be sealed exactly: the transaction is aborted.
        """

    def finish(self) -> bytes:
        """The rest, after the last octet of the message."""


class Plan(Protocol):
    """The decision to send, and how."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """At least one; together they hold every accepted recipient exactly once."""

    def bound(self, octets: int) -> int | None:
        """Upper bound of what leaves for a message of that many octets; None: the message passes unchanged."""

    def sealer(self, group: Group) -> Sealer:
        """A fresh sealer for one group."""


class Identity(Protocol):
    """What sending needs of one of our identities."""

    @property
    def address(self) -> AddrSpec:
        """The addr-spec that is ours."""

    @property
    def policy(self) -> Policy:
        """What this identity wants."""

    def secret(self, now: int) -> SecretKey:
        """Its unlocked key; raises `PassphraseError` while it is locked, `KeyringError` when it is unusable."""

    def own_certificate(self) -> Certificate:
        """The public half of its key; raises `KeyringError`."""

    def claims(self, mailbox: AddrSpec) -> Sequence[Certificate]:
        """Every certificate of the keyring that carries this address, usable or not."""


class Identities(Protocol):
    """Who may speak on a connection."""

    def owned(self, provider: str, login: bytes | None) -> Sequence[Identity]:
        """The identities of this login."""

    def claimed(self, provider: str, mailbox: AddrSpec) -> Identity | None:
        """The identity with this address, whoever is logged in."""

    def rules(self) -> Policy:
        """The rules by recipient, which hold whatever From says."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A recipient of the envelope with the certificate that serves, if there is one."""

    fact: policy.Recipient
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What sealing needs from outside: arithmetic, time in seconds since 1970, randomness."""

    engine: Engine
    now: int
    random: Callable[[int], bytes]


def begin(
    envelope: Envelope, prefix: bytes, complete: bool, identities: Identities, around: Surroundings
) -> Plan | Refused:
    """Decide about one message.

    `prefix` is its header section and up to 64 KiB of its body, CRLF lines; `complete`: that is all of it.
    """
    octets, _, body_start = header.split_message(prefix)
    section = HeaderSection.parse(octets)
    sender, identity = _sender(envelope, section, identities)
    recipients = _recipients(envelope, section, identity, around.now)
    own_key, locked, secret = _own_key(identity, around.now)
    facts = Facts(
        sender=sender,
        form=form_of(section, prefix[body_start:], complete),
        policy=identity.policy if identity else identities.rules(),
        recipients=tuple(r.fact for r in recipients),
        own_key=own_key,
        own_key_locked=locked,
    )
    decision = policy.decide(facts)
    if decision.action is Action.REFUSE:
        return Refused(550, "5.7.1", report.refusal(decision))
    if decision.action is Action.DEFER:
        return Refused(451, "4.7.1", report.refusal(decision))
    if decision.action in (Action.SIGN, Action.SEAL, Action.SIGN_AND_SEAL):
        try:
            protection.protect(section, encrypted=True)
        except MalformedMessage as error:
            return Refused(554, "5.6.0", f"Not sent: this message cannot be sealed exactly: {error}")
    message = Message(section, body_start)
    return Sending(decision, message, recipients, secret, around)


# --- facts -------------------------------------------------------------------------------------------


def _sender(
    envelope: Envelope, section: HeaderSection, identities: Identities
) -> tuple[Sender, Identity | None]:
    """Whose message it is: only one From field with one mailbox that this login owns is ours."""
    try:
        mailboxes = [m.address for f in section.get_all(b"From") for m in address.parse_mailboxes(f.value)]
    except MalformedMessage:
        mailboxes = []
    owned = {i.address: i for i in identities.owned(envelope.provider, envelope.login)}
    if len(mailboxes) == 1 and mailboxes[0] in owned:
        return Sender.OURS, owned[mailboxes[0]]
    for mailbox in mailboxes:
        claimed = identities.claimed(envelope.provider, mailbox)
        if claimed is not None:
            return Sender.UNPROVED, claimed
    return Sender.FOREIGN, None


def _recipients(
    envelope: Envelope, section: HeaderSection, identity: Identity | None, now: int
) -> tuple[Chosen, ...]:
    named = _named(section)
    return tuple(_recipient(path, named, identity, now) for path in envelope.recipients)


def _named(section: HeaderSection) -> frozenset[AddrSpec]:
    """The addresses in To and Cc; a field that cannot be read names nobody, which hides, never shows."""
    found: set[AddrSpec] = set()
    for name in (b"To", b"Cc"):
        for field in section.get_all(name):
            try:
                found.update(m.address for m in address.parse_mailboxes(field.value))
            except MalformedMessage:
                continue
    return frozenset(found)


def _recipient(path: bytes, named: frozenset[AddrSpec], identity: Identity | None, now: int) -> Chosen:
    mailbox = address.path_address(path)
    shown = path.decode("utf-8", "replace")
    hidden = mailbox not in named
    if mailbox is None or identity is None:
        return Chosen(policy.Recipient(mailbox, shown, hidden, Standing.ABSENT), None)
    if mailbox == identity.address:
        candidates: Sequence[Certificate] = _own(identity)
    else:
        candidates = identity.claims(mailbox)
    standing, reason, certificate = _standing(candidates, mailbox, now)
    return Chosen(policy.Recipient(mailbox, shown, hidden, standing, reason), certificate)


def _own(identity: Identity) -> Sequence[Certificate]:
    try:
        return (identity.own_certificate(),)
    except KeyringError:
        return ()


def _standing(
    candidates: Sequence[Certificate], mailbox: AddrSpec, now: int
) -> tuple[Standing, str, Certificate | None]:
    usable = [c for c in candidates if c.encryption_refused(now, mailbox) is None]
    if len(usable) == 1:
        return Standing.USABLE, "", usable[0]
    if usable:
        names = report.listed(c.fingerprint for c in usable)
        return Standing.AMBIGUOUS, f"{len(usable)} keys ({names})", None
    if candidates:
        return Standing.UNUSABLE, candidates[0].encryption_refused(now, mailbox) or "", None
    return Standing.ABSENT, "", None


def _own_key(identity: Identity | None, now: int) -> tuple[str, bool, SecretKey | None]:
    """(why our key cannot be used, whether the person can unlock it, the key)."""
    if identity is None:
        return "", False, None
    try:
        secret = identity.secret(now)
        secret.signing(now)
        refused = secret.certificate.encryption_refused(now)
    except PassphraseError as error:
        return str(error), True, None
    except KeyringError as error:
        return str(error), False, None
    if refused is not None:
        return (
            f"the key of {identity.address} {refused}: renew it, or make a new one with: ithaca key generate.",
            False,
            None,
        )
    return "", False, secret


# --- what the client has done already ----------------------------------------------------------------


def form_of(section: HeaderSection, body: bytes, complete: bool) -> Form:
    """Is the message sealed or signed already? In doubt it is clear text to the policy."""
    shape = pgpmime.shape(section)
    if shape is Shape.ENCRYPTED:
        # Only the frame of RFC 3156 §4 with armor inside counts: the Content-Type alone protects nothing.
        return Form.SEALED if _holds_ciphertext(body) else Form.CLEAR
    if shape is Shape.SIGNED:
        return Form.SIGNED
    content_types = section.get_all(b"Content-Type")
    if len(content_types) != 1:
        return Form.SEALED if not content_types and complete and _is_one_message(body) else Form.CLEAR
    return _form_by_type(header.ContentType(content_types[0].value), section, body, complete)


def _form_by_type(kind: header.ContentType, section: HeaderSection, body: bytes, complete: bool) -> Form:
    media = f"{kind.type}/{kind.subtype}"
    if kind.ambiguous:
        return Form.CLEAR
    if media in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        # RFC 8551 §3.2.2: signed-data under the same media type is readable by anyone.
        smime = kind.params.get("smime-type", "").lower()
        return Form.SEALED if smime in ("enveloped-data", "authenveloped-data") else Form.CLEAR
    if media == "multipart/signed":
        protocol = kind.params.get("protocol", "").lower()
        return Form.SIGNED if protocol.endswith("pkcs7-signature") else Form.CLEAR
    encodings = {f.value.strip().lower() for f in section.get_all(b"Content-Transfer-Encoding")}
    plain = media == "text/plain" and encodings <= {b"7bit", b"8bit"}
    return Form.SEALED if plain and complete and _is_one_message(body) else Form.CLEAR


def _holds_ciphertext(body: bytes) -> bool:
    start = body.find(b"-----BEGIN PGP MESSAGE-----")
    return start >= 0 and b"application/pgp-encrypted" in body[:start].lower()


def _is_one_message(body: bytes) -> bool:
    """Nothing but one armored message, and that one encrypted (RFC 9580 §10.3)."""
    text = body.strip()
    if not text.startswith(b"-----BEGIN PGP MESSAGE-----") or not text.endswith(b"-----END PGP MESSAGE-----"):
        return False
    if text.count(b"-----BEGIN PGP ") != 1:
        return False
    try:
        tags = [p.tag for p in packets.split(armor.dearmor(text).data)]
    except Error:
        return False
    return len(tags) >= 2 and set(tags[:-1]) <= {1, 3} and tags[-1] == 18


# --- the plan ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """The header section of the message, and where its body begins."""

    section: HeaderSection
    body_start: int


class Sending:
    """A plan: groups of recipients, and a sealer for each."""

    def __init__(
        self,
        decision: Decision,
        message: Message,
        recipients: tuple[Chosen, ...],
        secret: SecretKey | None,
        around: Surroundings,
    ) -> None:
        self.decision = decision
        self._message = message
        self._recipients = recipients
        self._secret = secret
        self._around = around
        self.groups = self._group()

    def _group(self) -> tuple[Group, ...]:
        everybody = range(len(self._recipients))
        if self.decision.action not in (Action.SEAL, Action.SIGN_AND_SEAL):
            return (Group(tuple(everybody)),)
        visible = tuple(i for i in everybody if not self._recipients[i].fact.hidden)
        hidden: dict[AddrSpec | None, list[int]] = {}
        for i in everybody:
            if self._recipients[i].fact.hidden:
                # The same address twice in the envelope is one person, and one copy.
                hidden.setdefault(self._recipients[i].fact.address, []).append(i)
        groups = [Group(visible)] if visible else []
        return (*groups, *(Group(tuple(copy)) for copy in hidden.values()))

    def bound(self, octets: int) -> int | None:
        """See `Plan.bound`; for what is only signed the count on the way has the last word."""
        if self.decision.action in (Action.SEAL, Action.SIGN_AND_SEAL):
            frame = 2 * len(self._message.section.render()) + FRAME
            most = max(len(g.recipients) for g in self.groups) + 1
            return frame + stream.expansion(octets + frame, most * MOST_SUBKEYS)
        if self.decision.action is Action.SIGN:
            return octets + len(self._message.section.render()) + FRAME
        return None

    def sealer(self, group: Group) -> Sealer:
        """See `Plan.sealer`."""
        action = self.decision.action
        if action is Action.PASS:
            return Passing()
        section = self._message.section.without(_is_bcc)
        if action is Action.CLEAR:
            return Rewriting(self._message.body_start, section.render() + b"\r\n", Passing())
        if action is Action.SIGN:
            return self._signing(section)
        return self._sealing(section, group)

    def _signing(self, section: HeaderSection) -> Sealer:
        inner, outer = protection.protect(section, encrypted=False)
        boundary = pgpmime.make_boundary(self._around.random(18))
        body = Signing(self._signer(), boundary, inner, self._around)
        return Rewriting(self._message.body_start, outer.render() + body.head(), body)

    def _sealing(self, section: HeaderSection, group: Group) -> Sealer:
        assert self._secret is not None  # noqa: S101 (policy refuses to seal without our own key)
        inner, outer = protection.protect(section, encrypted=True)
        boundary = pgpmime.make_boundary(self._around.random(18))
        certificates = self._certificates(group, self._secret)
        signing = self.decision.action is Action.SIGN_AND_SEAL
        encryptor = stream.Encryptor(
            tuple(_encryption_keys(certificates, self._around.now)),
            engine=self._around.engine,
            signer=self._signer() if signing else None,
            created=self._around.now,
            cipher=_cipher(certificates, self._around.now),
            intended=tuple(c.fingerprint for c in certificates) if signing else (),
            random=self._around.random,
        )
        body = Encrypting(encryptor, boundary, inner)
        return Rewriting(self._message.body_start, outer.render() + body.head(), body)

    def _certificates(self, group: Group, secret: SecretKey) -> tuple[Certificate, ...]:
        """Of the group's recipients and of the sender, each once."""
        chosen: dict[Fingerprint, Certificate] = {}
        for index in group.recipients:
            certificate = self._recipients[index].certificate
            assert certificate is not None  # noqa: S101 (policy seals only where every recipient has one)
            chosen.setdefault(certificate.fingerprint, certificate)
        chosen.setdefault(secret.fingerprint, secret.certificate)
        return tuple(chosen.values())

    def _signer(self) -> SecretComponent:
        assert self._secret is not None  # noqa: S101 (policy refuses to sign without our own key)
        return self._secret.signing(self._around.now)


MOST_SUBKEYS = 4
"""Encryption subkeys used of one certificate, newest first."""
FRAME = 4096
"""Octets that the MIME frame, the signature and HP-Outer fields add at most, beside the header section."""
AES128, AES256 = 7, 9


def _encryption_keys(certificates: Sequence[Certificate], now: int) -> list[Recipient]:
    return [
        Recipient(certificate.fingerprint, key)
        for certificate in certificates
        for key in certificate.encryption_keys(now)[:MOST_SUBKEYS]
    ]


def _cipher(certificates: Sequence[Certificate], now: int) -> int:
    """AES-256 if everybody lists it, else AES-128, which everybody must have (RFC 9580 §9.3)."""
    return AES256 if all(AES256 in c.ciphers(now) for c in certificates) else AES128


def _is_bcc(name: bytes) -> bool:
    return name.strip().lower() in (b"bcc", b"resent-bcc")


class Passing:
    """Octet for octet."""

    def feed(self, octets: bytes) -> bytes:
        """The same octets."""
        return octets

    def finish(self) -> bytes:
        """Nothing more."""
        return b""


class Rewriting:
    """Puts another header section in front; what follows goes through `body`."""

    def __init__(self, skip: int, head: bytes, body: Sealer) -> None:
        self._skip = skip
        self._head = head
        self._body = body

    def feed(self, octets: bytes) -> bytes:
        """The new header section first, then what `body` makes of the old body."""
        dropped = min(self._skip, len(octets))
        self._skip -= dropped
        head, self._head = self._head, b""
        rest = octets[dropped:]
        return head + (self._body.feed(rest) if rest else b"")

    def finish(self) -> bytes:
        """The end of the body."""
        head, self._head = self._head, b""
        return head + self._body.finish()


class Signing:
    """The body of a multipart/signed (RFC 3156 §5): the signed entity made 7-bit safe, then its signature."""

    def __init__(
        self, signer: SecretComponent, boundary: bytes, inner: HeaderSection, around: Surroundings
    ) -> None:
        self._signature = stream.DetachedSigner(signer, engine=around.engine, created=around.now)
        self._boundary = boundary
        self._safe = compose.SevenBit()
        self._pending = inner.render() + b"\r\n"
        self._held = b""

    def head(self) -> bytes:
        """The rest of the outer header section, and the body up to the signed entity."""
        return pgpmime.signed_head(self._boundary, self._signature.micalg)

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the signed entity."""
        pending, self._pending = self._pending, b""
        return self._sign(self._safely(self._safe.feed, pending + octets))

    def finish(self) -> bytes:
        """The end of the entity, and the part with the signature."""
        pending, self._pending = self._pending, b""
        last = self._safely(self._safe.feed, pending) if pending else b""
        rest = self._sign(last + self._safely(lambda _: self._safe.finish(), b""))
        armored = self._signature.finish()
        return rest + pgpmime.signed_middle(self._boundary) + armored + pgpmime.signed_tail(self._boundary)

    def _sign(self, octets: bytes) -> bytes:
        self._signature.feed(octets)
        return octets

    @staticmethod
    def _safely(step: Callable[[bytes], bytes], octets: bytes) -> bytes:
        try:
            return step(octets)
        except MalformedMessage as error:
            raise PeerError(
                f"Not sent: this message cannot be signed exactly: {error}", code=554, enhanced="5.6.0"
            ) from error


class Encrypting:
    """The body of a multipart/encrypted (RFC 3156 §4)."""

    def __init__(self, encryptor: stream.Encryptor, boundary: bytes, inner: HeaderSection) -> None:
        self._encryptor = encryptor
        self._boundary = boundary
        self._pending = inner.render() + b"\r\n"

    def head(self) -> bytes:
        """The rest of the outer header section, and the body up to the armor."""
        return pgpmime.encrypted_head(self._boundary)

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the payload, as armor."""
        pending, self._pending = self._pending, b""
        return self._encryptor.feed(pending + octets)

    def finish(self) -> bytes:
        """The end of the armor and of the frame."""
        pending, self._pending = self._pending, b""
        last = self._encryptor.feed(pending) if pending else b""
        return last + self._encryptor.finish() + pgpmime.encrypted_tail(self._boundary)

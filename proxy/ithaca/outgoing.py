"""The use case of sending: a message and its envelope in, a refusal or a plan out.

The law of this file: what policy wants encrypted is sealed or refused before an octet of it leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ithaca import address, policy, report
from ithaca.address import AddrSpec
from ithaca.errors import Error, KeyringError, MalformedMessage, PassphraseError
from ithaca.mime import header, pgpmime, protection
from ithaca.mime.header import HeaderSection
from ithaca.mime.pgpmime import Shape
from ithaca.openpgp import armor, packets
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.secret_key import SecretKey
from ithaca.policy import Action, Facts, Form, Policy, Sender, Standing
from ithaca.sealing import Chosen, Message, Plan, Sending, Surroundings


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


def _sender(envelope: Envelope, section: HeaderSection, identities: Identities) -> tuple[Sender, Identity | None]:
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


def _recipients(envelope: Envelope, section: HeaderSection, identity: Identity | None, now: int) -> tuple[Chosen, ...]:
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
        refused = secret.certificate.encryption_refused(now)
        if refused is None:
            secret.signing(now)
    except PassphraseError as error:
        return str(error), True, None
    except KeyringError as error:
        return str(error), False, None
    if refused is not None:
        return (
            f"the key of {identity.address} {refused}: prolong it with ithaca key extend, or make another one "
            "with ithaca key generate.",
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

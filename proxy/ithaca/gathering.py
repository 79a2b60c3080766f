"""The facts about one outgoing message, gathered: what it says, what the keyring knows, and what is remembered.

The law of this file: looking changes nothing and remembers nothing. What cannot be read is a fact as well; no fact is
ever guessed in its place.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ithaca import address, answering, choice, policy, wish
from ithaca.address import AddrSpec
from ithaca.choice import Known
from ithaca.errors import KeyringError, MalformedMessage, PassphraseError
from ithaca.facts import Automatic, Basis, Encrypt, Facts, Policy, Recipient, Sender, Standing, ruled_as
from ithaca.form import form_of
from ithaca.keyring.peers import Peer
from ithaca.letters import Found
from ithaca.mime import entity
from ithaca.mime.header import Field, HeaderSection
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.secret_key import SecretKey
from ithaca.policy import Decision, Override
from ithaca.report.banner import CAME_SEALED
from ithaca.sealing import Chosen, Own
from ithaca.state import StateError
from ithaca.verdict import Fingerprint
from ithaca.wish import NAMES, Names

_QUOTES_BANNER = answering.quotation_of(CAME_SEALED)


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

    def known(self, mailbox: AddrSpec) -> Known:
        """All that its keyring knows of an address. Raises `StateError`."""

    def sealed_to(self, pairs: Collection[tuple[AddrSpec, Fingerprint]], now: int) -> None:
        """Remember to whom something was sealed; never waits."""


class Identities(Protocol):
    """Who may speak on a connection."""

    def owned(self, provider: str, login: bytes | None) -> Sequence[Identity]:
        """The identities of this login."""

    def claimed(self, provider: str, mailbox: AddrSpec) -> Identity | None:
        """The identity with this address, whoever is logged in."""

    def rules(self) -> Policy:
        """The rules by recipient, which hold whatever From says."""


class Memory(Protocol):
    """What is remembered of letters; see `Letters`."""

    def find(self, ids: Sequence[bytes], asked: Collection[AddrSpec]) -> Sequence[Found]:
        """The letters that came sealed. Raises `StateError`."""

    def code_holds(self, binding: Iterable[bytes], code: str, now: int) -> bool:
        """Was this code named for exactly this? Raises `StateError`."""

    def name_code(self, binding: Iterable[bytes], code: str, now: int) -> str:
        """A refusal names this code, which is given back. Raises `StateError`."""

    def use_code(self, binding: Iterable[bytes], code: str) -> None:
        """It was used; never waits."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A message looked at: what is known of it and what is done with it."""

    facts: Facts
    decision: Decision
    recipients: tuple[Chosen, ...]
    identity: Identity | None
    own: Own | None
    section: HeaderSection
    """As it came."""
    body_start: int


def examine(
    envelope: Envelope,
    prefix: bytes,
    complete: bool,
    identities: Identities,
    now: int,
    *,
    memory: Memory | None = None,
    names: Names = NAMES,
    own_mutual: bool = True,
) -> Examined:
    """Gather the facts about one message and decide; nothing is changed or remembered by it.

    `own_mutual`: what our own Autocrypt fields say: that we prefer encryption.
    """
    message = entity.parse(prefix)
    section = message.header
    sender, identity = _sender(envelope, section, identities)
    forgotten: list[str] = []
    recipients = _recipients(envelope, section, identity, now, _Look(own_mutual, forgotten))
    wished = wish.read(section, names)
    answered, code_holds = None, False
    if memory is not None:
        own = frozenset(i.address for i in identities.owned(envelope.provider, envelope.login))
        try:
            answered = answering.answered(
                message,
                memory,
                recipients=[r.fact.address for r in recipients if r.fact.address],
                own=own | ({identity.address} if identity else set()),
                quotes_banner=_QUOTES_BANNER,
            )
            override = Override.SEALED if wished.encrypt else Override.CLEAR
            if wished.code is not None:
                code_holds = memory.code_holds(binding(envelope, override), wished.code, now)
        except StateError as error:
            forgotten.append(str(error))
    own_key, locked, usable = _own_key(identity, now)
    programs = _automatic(envelope, section)
    facts = Facts(
        sender=sender,
        form=form_of(section, message.body, complete),
        policy=identity.policy if identity else identities.rules(),
        recipients=tuple(r.fact for r in recipients),
        identity=identity.address if identity else None,
        own_key=own_key,
        own_key_locked=locked,
        wish=wished,
        code_holds=code_holds,
        answered=answered,
        automatic=bool(programs),
        automatic_by=programs,
        memory=forgotten[0] if forgotten else "",
    )
    return Examined(facts, policy.decide(facts), recipients, identity, usable, section, message.body_start)


def binding(envelope: Envelope, override: Override) -> tuple[bytes, ...]:
    """What a code is good for: this login, these recipients, this way out."""
    login = b"-" if envelope.login is None else b"+" + envelope.login
    recipients = {address.path_address(path) or path.decode("utf-8", "replace") for path in envelope.recipients}
    return (envelope.provider.encode(), login, override.value.encode(), *(r.encode() for r in sorted(recipients)))


def _sender(envelope: Envelope, section: HeaderSection, identities: Identities) -> tuple[Sender, Identity | None]:
    """Whose message it is: only one From field with one mailbox that this login owns is ours."""
    fields = section.get_all(b"From")
    try:
        mailboxes = [one for f in fields for one in addresses_of(f)]
    except MalformedMessage:
        mailboxes = []
    owned = {i.address: i for i in identities.owned(envelope.provider, envelope.login)}
    if len(mailboxes) == 1 and mailboxes[0] in owned:
        return Sender.OURS, owned[mailboxes[0]]
    held = mailboxes or _held(fields)
    claimed = [i for m in held if (i := identities.claimed(envelope.provider, m)) is not None]
    unreadable = bool(claimed) and len(mailboxes) != 1
    sender = address.path_address(envelope.reverse_path)
    if not mailboxes and sender is not None:
        # A From that cannot be read, or is not there, may mean whoever sends it: what is demanded of them must hold.
        claimed += filter(None, [identities.claimed(envelope.provider, sender)])
    if not claimed:
        return Sender.FOREIGN, None
    # Of several the one that demands most: a second name must not free the letter of the first one's demand.
    strictest = max(claimed, key=lambda i: _strictness(i.policy, envelope))
    return Sender.UNREADABLE if unreadable else Sender.UNPROVED, strictest


_STRICTNESS = {Encrypt.NEVER: 0, Encrypt.WHEN_POSSIBLE: 1, Encrypt.ALWAYS: 2}


def _strictness(wanted: Policy, envelope: Envelope) -> int:
    """How much a policy asks for these recipients."""
    ruled = [ruled_as(address.path_address(path), _shown(path)) for path in envelope.recipients]
    return max((_STRICTNESS[wanted.rule_encrypts(r) or wanted.encrypt] for r in ruled), default=0)


def addresses_of(field: Field) -> list[AddrSpec]:
    """The addresses in a field that our own mail program wrote. Raises `MalformedMessage`."""
    try:
        field.value.decode()
    except UnicodeDecodeError:
        # A name in eight bits of an older charset; the marks around addresses are ASCII in all that programs write so.
        return [m.address for m in address.parse_mailboxes(field.value.decode("latin-1"))]
    return [m.address for m in field.mailboxes]


_BLANKS = re.compile(r"""[\s"]+""")
_BETWEEN_ADDRESSES = re.compile(r"""[\s<>,;:()'\[\]]+""")


def _held(fields: Sequence[Field]) -> list[AddrSpec]:
    """The addresses that stand somehow in a From that cannot be read."""
    # RFC 5322 §4.4: blanks around the sign are an older form.
    texts = (_BLANKS.sub(" ", f.text).replace(" @", "@").replace("@ ", "@") for f in fields)
    words = [word for text in texts for word in _BETWEEN_ADDRESSES.split(text) if "@" in word]
    return [*dict.fromkeys(filter(None, map(address.addr_spec, words)))]


def _automatic(envelope: Envelope, section: HeaderSection) -> frozenset[Automatic]:
    """What shows that it was made by a program (RFC 3834 §5)."""
    said = [f.value.partition(b";")[0].partition(b"(")[0].strip().lower() for f in section.get_all(b"Auto-Submitted")]
    reports = (f.content_type.media_type == "multipart/report" for f in section.get_all(b"Content-Type"))
    shown = {
        Automatic.NULL_PATH: not envelope.reverse_path,
        Automatic.SUBMITTED: any(word != b"no" for word in said),
        Automatic.REPORT: any(reports),
    }
    return frozenset(sign for sign, holds in shown.items() if holds)


@dataclass(frozen=True, slots=True)
class _Look:
    """How recipients are looked at, and what could not be."""

    own_mutual: bool
    forgotten: list[str]


def _recipients(
    envelope: Envelope, section: HeaderSection, identity: Identity | None, now: int, look: _Look
) -> tuple[Chosen, ...]:
    named = _named(section)
    return tuple(_recipient(path, named, identity, now, look) for path in envelope.recipients)


def _named(section: HeaderSection) -> frozenset[AddrSpec]:
    """The addresses in To and Cc; a field that cannot be read names nobody, which hides, never shows."""
    found: set[AddrSpec] = set()
    for name in (b"To", b"Cc"):
        for field in section.get_all(name):
            try:
                found.update(addresses_of(field))
            except MalformedMessage:
                continue
    return frozenset(found)


def _recipient(path: bytes, named: frozenset[AddrSpec], identity: Identity | None, now: int, look: _Look) -> Chosen:
    mailbox = address.path_address(path)
    shown = _shown(path)
    hidden = mailbox not in named
    if mailbox is None or identity is None:
        return Chosen(Recipient(mailbox, shown, hidden, Standing.ABSENT), None)
    if mailbox == identity.address:
        return _ourselves(identity, shown, hidden, now)
    try:
        known = identity.known(mailbox)
    except StateError as error:
        look.forgotten.append(str(error))
        known = Known(Peer(mailbox))
    chosen = choice.choose(known, mailbox, now, own_mutual=look.own_mutual)
    fact = Recipient(
        mailbox,
        shown,
        hidden,
        chosen.standing,
        chosen.reason,
        basis=chosen.basis,
        serves=chosen.serves,
        once_served=chosen.once_served,
        once_sealed=bool(known.peer.used),
        knows_openpgp=bool(known.held or known.heard or known.peer.used),
        certificate=chosen.certificate.fingerprint if chosen.certificate else None,
    )
    return Chosen(fact, chosen.certificate)


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")


def _ourselves(identity: Identity, shown: str, hidden: bool, now: int) -> Chosen:
    """We are a recipient too: our own certificate, whatever else carries our address."""
    mailbox, own = identity.address, Basis.OWN
    try:
        certificate = identity.own_certificate()
    except KeyringError:
        return Chosen(Recipient(mailbox, shown, hidden, Standing.ABSENT, basis=own, knows_openpgp=True), None)
    refused = certificate.encryption_refused(now, mailbox)
    standing = Standing.USABLE if refused is None else Standing.UNUSABLE
    fact = Recipient(
        mailbox,
        shown,
        hidden,
        standing,
        refused or "",
        basis=own,
        knows_openpgp=True,
        certificate=certificate.fingerprint if refused is None else None,
    )
    return Chosen(fact, certificate if refused is None else None)


def _own_key(identity: Identity | None, now: int) -> tuple[str, bool, Own | None]:
    """(why our key cannot be used, whether the person can unlock it, the key)."""
    if identity is None:
        return "", False, None
    try:
        secret = identity.secret(now)
        refused = secret.certificate.encryption_refused(now)
        if refused is None:
            return "", False, Own(secret.certificate, secret.signing(now))
    except PassphraseError as error:
        return str(error), True, None
    except KeyringError as error:
        return str(error), False, None
    return (
        f"It {refused}: prolong it with ithaca key extend, or make another one with ithaca key generate.",
        False,
        None,
    )

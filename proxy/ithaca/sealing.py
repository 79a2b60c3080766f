"""The plan and its sealers: one message in, the octets for each group of recipients out, while it streams by.

The law of this file: what is signed is the octets that go on the wire. Bcc fields never leave, and a Bcc recipient's
copy is encrypted to nobody but them and the sender.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ithaca import policy, report
from ithaca.address import AddrSpec
from ithaca.errors import MalformedMessage, PeerError
from ithaca.mime import compose, pgpmime, protection
from ithaca.mime.header import HeaderSection
from ithaca.openpgp import encryption, profile
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine, Recipient, SecretComponent
from ithaca.openpgp.secret_key import SecretKey
from ithaca.openpgp.signer import DetachedSigner
from ithaca.policy import Action, Decision
from ithaca.verdict import Fingerprint


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
    def done(self) -> str:
        """What is done with the message, in words for the log."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """At least one; together they hold every accepted recipient exactly once."""

    def bound(self, octets: int) -> int | None:
        """Upper bound of what leaves for a message of that many octets; None: the message passes unchanged."""

    def sealer(self, group: Group) -> Sealer:
        """A fresh sealer for one group."""


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
        self.done = report.done(decision)
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
            return frame + encryption.expansion(octets + frame, most * MOST_SUBKEYS)
        if self.decision.action is Action.SIGN:
            return octets + len(self._message.section.render()) + FRAME
        return None

    def sealer(self, group: Group) -> Sealer:
        """See `Plan.sealer`."""
        action = self.decision.action
        if action is Action.PASS:
            return Passing()
        section = self._message.section.without(_stays_here)
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
        readable = profile.common(certificates, self._around.now)
        binary = encryption.BinaryEncryptor(
            tuple(_encryption_keys(certificates, self._around.now)),
            engine=self._around.engine,
            random=self._around.random,
            created=self._around.now,
            signers=(self._signer(),) if signing else (),
            profile=readable,
            intended=tuple(c.fingerprint for c in certificates) if signing else (),
        )
        body = Encrypting(encryption.Encryptor(binary, profile=readable), boundary, inner)
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


def _encryption_keys(certificates: Sequence[Certificate], now: int) -> list[Recipient]:
    return [
        Recipient(certificate.fingerprint, key)
        for certificate in certificates
        for key in certificate.encryption_keys(now)[:MOST_SUBKEYS]
    ]


def _stays_here(name: bytes) -> bool:
    """Fields that are for us alone: Bcc in every form (RFC 5322 §3.6.3), and our own."""
    lower = name.strip().lower()
    return lower in (b"bcc", b"resent-bcc") or lower.startswith(b"ithaca-")


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

    def __init__(self, signer: SecretComponent, boundary: bytes, inner: HeaderSection, around: Surroundings) -> None:
        self._signature = DetachedSigner(signer, engine=around.engine, created=around.now, random=around.random)
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

    def __init__(self, encryptor: encryption.Encryptor, boundary: bytes, inner: HeaderSection) -> None:
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

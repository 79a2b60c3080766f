"""A decision carried out: who shares a copy, and the stages that each copy goes through."""

from collections.abc import Iterable, Sequence

from ithaca import report
from ithaca.address import AddrSpec
from ithaca.mime import encoded_fields, legacy_display, pgpmime, protection, redaction
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.protection import Protected
from ithaca.openpgp import encryption, profile
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Recipient, SecretComponent
from ithaca.policy import Action, Cause, Decision, SignFormat
from ithaca.sealing import announcing
from ithaca.sealing.encrypting import Encrypting
from ithaca.sealing.plan import Author, Chosen, Group, Message, Own, Surroundings
from ithaca.sealing.signing import Attached, Safe, Unobtrusive
from ithaca.sealing.stages import Leading, Passing, Sealer, Stages
from ithaca.sealing.style import Style
from ithaca.verdict import Fingerprint
from ithaca.wish import NAMES, Names

MOST_SUBKEYS = 4
"""Encryption subkeys used of one certificate, newest first."""
FRAME = 4096
"""Octets that the MIME frame and the signature add at most, beside header sections."""


class Sending:
    """A plan: groups of recipients, and a sealer for each. Raises `MalformedMessage` for what cannot be sealed."""

    def __init__(
        self,
        decision: Decision,
        message: Message,
        recipients: tuple[Chosen, ...],
        own: Own | None,
        around: Surroundings,
        *,
        author: Author | None = None,
        style: Style = Style(),  # noqa: B008 (frozen)
        names: Names = NAMES,
    ) -> None:
        self.decision = decision
        self.done = report.done(decision)
        self._came = message.section
        self._message = Message(redaction.without(message.section, around.phrases), message.body_start)
        self._recipients = recipients
        self._own = own
        self._around = around
        self._style = style
        self._names = names
        self._announcing = announcing.of(decision, author, style, around.now)
        self.groups = self._group()
        self._section = self._leaving()
        protection.check(self._message.section)
        signs = self.decision.action is Action.SIGN
        self._protected = self._protect(self._gossip()) if self._encrypts or signs else None

    @property
    def _encrypts(self) -> bool:
        return self.decision.action in (Action.SEAL, Action.SIGN_AND_SEAL)

    def _group(self) -> tuple[Group, ...]:
        everybody = range(len(self._recipients))
        if not self._encrypts:
            return (Group(tuple(everybody)),)
        visible = tuple(i for i in everybody if not self._recipients[i].fact.hidden)
        hidden: dict[AddrSpec | None, list[int]] = {}
        for i in everybody:
            if self._recipients[i].fact.hidden:
                # The same address twice in the envelope is one person, and one copy.
                hidden.setdefault(self._recipients[i].fact.address, []).append(i)
        groups = [Group(visible)] if visible else []
        return (*groups, *(Group(tuple(copy), blind=True) for copy in hidden.values()))

    # --- header sections ---

    def _leaving(self) -> HeaderSection:
        """The header section of the letter itself: without what is for us alone, with our Autocrypt field."""
        section = self._message.section.without(_stays_here)
        if not self._encrypts and Cause.ALREADY_SEALED not in self.decision.causes:
            section = protection.obscured(section, self.decision.hides)
        return self._announcing.in_place(section)

    def _protect(self, inside: Sequence[Field] = ()) -> Protected:
        # Inside encryption nothing is recoded; what is signed only goes through servers as it is (RFC 3156 §3).
        section = self._section if self._encrypts else encoded_fields.seven_bit(self._section)
        return protection.protect(
            section,
            encrypted=self._encrypts,
            policy=self._style.header_protection,
            hides=self.decision.hides,
            inside=inside,
        )

    def bound(self, octets: int) -> int | None:
        """See `Plan.bound`; for what is only signed the count on the way has the last word."""
        head = len(self._section.render())
        if self._encrypts:
            gossip = sum(len(f.octets) for f in self._gossip())
            # Inside stand the fields and HP-Outer for each, and what is hidden once more in the text.
            inner = octets + 4 * head + gossip + FRAME
            most = max(len(g.recipients) for g in self.groups) + 1
            return head + FRAME + encryption.expansion(inner, most * MOST_SUBKEYS)
        if self._protected is not None:
            return octets + len(self._protected.inner.render() + self._protected.outer.render()) + FRAME
        return None

    # --- stages ---

    def sealer(self, group: Group) -> Sealer:
        """See `Plan.sealer`."""
        if self.decision.action is Action.PASS:
            return self._passing()
        sealer = self._sealer(group)
        phrases = self._around.phrases
        return redaction.Guarded(sealer, self._message.body_start, phrases) if phrases else sealer

    def _passing(self) -> Sealer:
        """Octet for octet, but for the blind recipients (RFC 5322 §3.6.3)."""
        came, left = self._came.render(), self._came.without(_is_blind).render()
        if len(left) == len(came):
            return Passing()
        # Behind the last field the line stays that was there: empty, or none at all.
        return Leading(left, len(came))

    def _sealer(self, group: Group) -> Sealer:
        if self.decision.action is Action.CLEAR:
            return Leading(self._section.render() + b"\r\n", self._message.body_start)
        protected = self._protected or self._protect(self._gossip())
        # The entity: its header section, and the body as it came.
        entity = Leading(protected.inner.render() + b"\r\n", self._message.body_start)
        frame = self._encrypting(group) if self._encrypts else self._signing()
        return Stages(entity, *self._stages(protected), frame, Leading(protected.outer.render()))

    def _stages(self, protected: Protected) -> Iterable[Sealer]:
        """What the entity goes through before it is encrypted or signed."""
        if self._encrypts and self._style.legacy_display:
            shown = legacy_display.shown(protected.hidden)
            if shown:
                yield legacy_display.LegacyDisplay(shown)
        if not self._encrypts:
            yield Safe(lambda error: report.inexact(self.decision, error, self._names))

    def _signing(self) -> Sealer:
        boundary = pgpmime.make_boundary(self._around.random(18))
        kind = Unobtrusive if self.decision.sign_format is SignFormat.UNOBTRUSIVE else Attached
        return kind(self._signer(), boundary, self._around)

    def _encrypting(self, group: Group) -> Sealer:
        assert self._own is not None  # noqa: S101 (policy refuses to seal without our own key)
        boundary = pgpmime.make_boundary(self._around.random(18))
        certificates = self._certificates(group, self._own.certificate)
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
        return Encrypting(encryption.Encryptor(binary, profile=readable), boundary)

    # --- keys ---

    def _gossip(self) -> list[Field]:
        """About those in To and Cc; never about a Bcc recipient, whose own copy tells of them the same."""
        if not self._encrypts:
            return []
        visible = {
            c.fact.address: c.certificate
            for c in self._recipients
            if not c.fact.hidden and c.fact.address is not None and c.certificate is not None
        }
        return self._announcing.gossip(visible)

    def _certificates(self, group: Group, own: Certificate) -> tuple[Certificate, ...]:
        """Of the group's recipients and of the sender, each once."""
        chosen: dict[Fingerprint, Certificate] = {}
        for index in group.recipients:
            certificate = self._recipients[index].certificate
            assert certificate is not None  # noqa: S101 (policy seals only where every recipient has one)
            chosen.setdefault(certificate.fingerprint, certificate)
        chosen.setdefault(own.fingerprint, own)
        return tuple(chosen.values())

    def _signer(self) -> SecretComponent:
        assert self._own is not None  # noqa: S101 (policy refuses to sign without our own key)
        return self._own.signer


def _encryption_keys(certificates: Sequence[Certificate], now: int) -> list[Recipient]:
    return [
        Recipient(certificate.fingerprint, key)
        for certificate in certificates
        for key in certificate.encryption_keys(now)[:MOST_SUBKEYS]
    ]


def _stays_here(name: bytes) -> bool:
    """Fields that are for us alone: Bcc in every form (RFC 5322 §3.6.3), and our own."""
    return _is_blind(name) or name.strip().lower().startswith(b"ithaca-")


def _is_blind(name: bytes) -> bool:
    """Bcc in every form."""
    return name.strip().lower() in (b"bcc", b"resent-bcc")

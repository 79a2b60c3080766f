"""The use case of sending: a message and its envelope in, a refusal or a plan out.

The law of this file: what policy wants encrypted is sealed or refused before an octet of it leaves. What is remembered
of a message (to whom it was sealed, which code it used) is remembered once the ISP has taken it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ithaca import gathering, report, wish
from ithaca.errors import KeyringError, MalformedMessage
from ithaca.facts import Basis, Sender
from ithaca.gathering import Envelope, Examined, Identities, Identity, Memory, examine
from ithaca.policy import Action, Cause, Decision, Override
from ithaca.sealing import Author, Group, Message, Plan, Sealer, Sending, Style, Surroundings
from ithaca.state import StateError
from ithaca.wish import NAMES, Names

__all__ = ["Envelope", "Identities", "Identity", "Memory", "Refused", "Remembered", "begin"]

CODE_DIGITS = 4
"""Of a code that overrides a refusal: enough against a link that guesses, since each refusal names another one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing may be sent: the reply to the dot. `text` is one line, a whole sentence."""

    code: int
    enhanced: str
    text: str


def begin(
    envelope: Envelope,
    prefix: bytes,
    complete: bool,
    identities: Identities,
    around: Surroundings,
    *,
    memory: Memory | None = None,
    names: Names = NAMES,
    style: Style = Style(),  # noqa: B008 (frozen)
) -> Plan | Refused:
    """Decide about one message.

    `prefix` is its header section and up to 64 KiB of its body, CRLF lines; `complete`: that is all of it. `memory`:
    None where nothing is remembered, since nobody's mail is opened here. `style`: how it will look.
    """
    seen = examine(
        envelope, prefix, complete, identities, around.now, memory=memory, names=names, own_mutual=style.prefer_encrypt
    )
    decision = seen.decision
    if decision.action is Action.REFUSE:
        code = _code_for(decision, envelope, memory, around)
        return Refused(550, "5.7.1", report.refusal(decision, names, code))
    if decision.action is Action.DEFER:
        return Refused(451, "4.7.1", report.refusal(decision, names))
    section = seen.section
    if decision.action is not Action.PASS:
        section = wish.removed(section, names)
    message = Message(section, seen.body_start)
    author = _author(seen.identity) if seen.facts.sender is Sender.OURS else None
    try:
        plan = Sending(decision, message, seen.recipients, seen.own, around, author=author, style=style, names=names)
    except MalformedMessage as error:
        return Refused(554, "5.6.0", report.inexact(decision, str(error), names))
    return Remembered(plan, _remembering(seen, envelope, memory, around.now))


def _author(identity: Identity | None) -> Author | None:
    if identity is None:
        return None
    try:
        return Author(identity.address, identity.own_certificate())
    except KeyringError:
        return Author(identity.address, None)


# --- what is remembered ------------------------------------------------------------------------------


class Remembered:
    """A plan that has its groups remembered when the ISP has taken them."""

    def __init__(self, plan: Sending, remember: Callable[[Group], None]) -> None:
        self._plan = plan
        self._remember = remember

    @property
    def decision(self) -> Decision:
        """What it carries out."""
        return self._plan.decision

    @property
    def done(self) -> str:
        """See `Plan.done`."""
        return self._plan.done

    @property
    def groups(self) -> tuple[Group, ...]:
        """See `Plan.groups`."""
        return self._plan.groups

    def bound(self, octets: int) -> int | None:
        """See `Plan.bound`."""
        return self._plan.bound(octets)

    def sealer(self, group: Group) -> Sealer:
        """See `Plan.sealer`."""
        return self._plan.sealer(group)

    def accepted(self, group: Group) -> None:
        """See `Plan.accepted`."""
        self._remember(group)


def _remembering(seen: Examined, envelope: Envelope, memory: Memory | None, now: int) -> Callable[[Group], None]:
    identity, code = seen.identity, seen.facts.wish.code
    sealed = seen.decision.action in (Action.SEAL, Action.SIGN_AND_SEAL)
    used = code is not None and Cause.OVERRIDDEN in seen.decision.causes
    override = Override.SEALED if seen.facts.wish.encrypt else Override.CLEAR

    def remember(group: Group) -> None:
        people = [seen.recipients[i] for i in group.recipients]
        pairs = [
            (p.fact.address, p.certificate.fingerprint)
            for p in people
            if p.fact.address is not None and p.certificate is not None and p.fact.basis is not Basis.OWN
        ]
        if sealed and identity is not None and pairs:
            identity.sealed_to(pairs, now)
        if used and memory is not None and code is not None:
            memory.use_code(gathering.binding(envelope, override), code)

    return remember


def _code_for(decision: Decision, envelope: Envelope, memory: Memory | None, around: Surroundings) -> str | None:
    """A fresh code for a refusal that can be overridden; None: it cannot be, or the code could not be kept."""
    if decision.override is None or memory is None:
        return None
    number = int.from_bytes(around.random(8), "big") % (9 * 10 ** (CODE_DIGITS - 1)) + 10 ** (CODE_DIGITS - 1)
    try:
        return memory.name_code(gathering.binding(envelope, decision.override), str(number), around.now)
    except StateError:
        return None

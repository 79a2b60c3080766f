"""What the edge learns of a decision to send, and what the decision was made from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ithaca import policy
from ithaca.address import AddrSpec
from ithaca.mime.header import HeaderSection
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.sealing.stages import Sealer


@dataclass(frozen=True, slots=True)
class Group:
    """Recipients who get the same octets, as indexes into `Envelope.recipients`; To/Cc first."""

    recipients: tuple[int, ...]
    blind: bool = False
    """They are named in no field: a copy of their own, which nobody else is to notice."""


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

    def accepted(self, group: Group) -> None:
        """The ISP has taken what the sealer of this group made; never waits."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A recipient of the envelope with the certificate that serves, if there is one."""

    fact: policy.Recipient
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class Author:
    """The identity of ours whose letter it is."""

    address: AddrSpec
    certificate: Certificate | None
    """None: it cannot be had now."""


@dataclass(frozen=True, slots=True)
class Own:
    """Our own key, which may be used now."""

    certificate: Certificate
    signer: SecretComponent


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What sealing needs from outside: arithmetic, time in seconds since 1970, randomness."""

    engine: Engine
    now: int
    random: Callable[[int], bytes]
    phrases: tuple[str, ...] = ()
    """Seal phrases of our own people, which never leave."""


@dataclass(frozen=True, slots=True)
class Message:
    """The header section of the message, and where its body begins."""

    section: HeaderSection
    body_start: int

"""Certificates that travel with letters: our own in the one Autocrypt field, those of the others as gossip.

The law of this file: no word about anybody in clear but about ourselves, and about a Bcc recipient to nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ithaca.address import AddrSpec
from ithaca.mime import autocrypt
from ithaca.mime.header import Field, HeaderSection
from ithaca.openpgp import transferable
from ithaca.openpgp.certificate import Certificate
from ithaca.policy import Action, Cause, Decision
from ithaca.sealing.plan import Author
from ithaca.sealing.style import Style


@dataclass(frozen=True, slots=True)
class Announcing:
    """What one message announces."""

    field: Field | None
    """Our Autocrypt field; None: whatever the client wrote stays."""
    sender: AddrSpec | None = None
    now: int = 0

    def in_place(self, section: HeaderSection) -> HeaderSection:
        """The section with our field instead of the client's own; more than one valid field would void all."""
        if self.field is None:
            return section
        return section.without(lambda name: name.lower() == b"autocrypt").with_last([self.field])

    def gossip(self, visible: Mapping[AddrSpec, Certificate]) -> list[Field]:
        """About each of those in To and Cc, so that they can answer all; one alone has nobody to hear of."""
        if self.sender is None or len(visible) < 2:
            return []
        made = (
            autocrypt.make_gossip(address, octets)
            for address, certificate in visible.items()
            if address != self.sender and (octets := transferable.minimal(certificate, self.now, address)) is not None
        )
        return [field for field in made if field is not None][: autocrypt.MOST_GOSSIP]


NOTHING = Announcing(None)


def of(decision: Decision, author: Author | None, style: Style, now: int) -> Announcing:
    """What goes with a letter of `author`: nothing where it passes untouched, or where its key does not serve."""
    if not style.autocrypt or author is None or author.certificate is None or decision.action is Action.PASS:
        return NOTHING
    if decision.action is Action.CLEAR and {Cause.ALREADY_SEALED, Cause.ALREADY_SIGNED} & set(decision.causes):
        return NOTHING
    octets = transferable.minimal(author.certificate, now, author.address)
    field = None if octets is None else autocrypt.make(author.address, octets, mutual=style.prefer_encrypt)
    return NOTHING if field is None else Announcing(field, author.address, now)

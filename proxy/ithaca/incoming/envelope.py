"""The cryptographic envelope as it is taken apart: what was opened, and what was seen on the way (RFC 9787)."""

from dataclasses import dataclass, field

from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection
from ithaca.verdict import Decryption, Layer, Signature, Step


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

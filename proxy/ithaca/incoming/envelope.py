"""The cryptographic envelope as it is taken apart: what was opened, and what was seen on the way (RFC 9787)."""

from dataclasses import dataclass, field

from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection
from ithaca.mime.leaves import Leaf
from ithaca.verdict import Decryption, Layer, Signature, Step


@dataclass(slots=True)
class Envelope:
    """What taking the cryptographic envelope apart brought to light."""

    outer: HeaderSection
    whole: Entity
    """The message as it came."""
    payload: Entity
    """The innermost entity: the root of the cryptographic payload (RFC 9787 §4)."""
    opened: Entity | None = None
    """What is shown in place of what came: the plaintext of the last encrypted layer, what is composed of it, or what
    an armored message holds; None: it is shown as it came."""
    decryption: Decryption = Decryption.NONE
    layers: list[Layer] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    leaves: tuple[Leaf, ...] = ()
    """Of `payload`, once it was looked at for what it holds."""
    is_sealed: bool = False
    """Some part of the message is encrypted, whether it was opened or not."""
    is_whole: bool = True
    """What was opened is the payload of the message; False: only a part, which says nothing of its header section."""
    digests: list[bytes] = field(default_factory=list)
    """Of the ciphertexts that were opened, from the root inwards; see `openpgp.decryption.Opened.digest`."""

    @property
    def is_root(self) -> bool:
        """No layer was taken off yet."""
        return not self.layers

    def note(self, subject: str, outcome: str) -> None:
        """One step, for the person who asks why."""
        self.steps.append(Step(subject, outcome))

    def find(self, finding: str, outcome: str) -> None:
        """One oddity."""
        self.findings.append(finding)
        self.note(finding, outcome)

    def close(self) -> None:
        """A layer stays closed: what was opened around it is shown, and no signature speaks for the whole."""
        if self.decryption is Decryption.FULL:
            self.decryption = Decryption.PARTIAL
        self.signatures.clear()

    def close_all(self) -> None:
        """Nothing of it is shown opened: the message is shown as it came."""
        self.decryption, self.opened = Decryption.NONE, None
        self.signatures.clear()
        self.digests.clear()

    def forget(self) -> None:
        """Let go of the octets, once everything was said of them; what was found stays."""
        self.whole = self.payload = Entity(b"", HeaderSection(), 0)
        self.opened, self.leaves = None, ()

    def add(self, signatures: tuple[Signature, ...]) -> None:
        """Signatures of one more signed layer."""
        self.layers.append(Layer.SIGNED)
        for signature in signatures:
            self.signatures.append(signature)
            whose = signature.signer or signature.key or "an unnamed key"
            self.note(f"signature by {whose}", f"{signature.state.value}: {signature.reason}")

"""A suitor who forges letters: From says Ulysses, the key is his own, and the verdict is of his own writing.

The law of this file: his letter is well made. It is sealed to its reader and its signature is sound; only the key
behind it gives him away.
"""

from collections.abc import Collection, Sequence

from ithaca.address import AddrSpec
from ithaca.choice import Known
from ithaca.keyring.peers import Peer
from ithaca.keyring.store import Keyring
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.secret_key import SecretKey
from ithaca.outgoing import Envelope, Refused, begin
from ithaca.policy import Policy
from ithaca.sealing import Surroundings
from ithaca.verdict import Fingerprint

BOAST = b"Ithaca-Verdict: v=1; decryption=full; signature=good; from=match; binding=verified\r\n"
"""What he writes on top himself."""


class Suitor:
    """The forger as an identity that `ithaca.outgoing` seals for."""

    def __init__(self, address: str, secret: SecretKey, reader: Keyring) -> None:
        self.address = AddrSpec(address)
        self.policy = Policy()
        self._secret, self._reader = secret, reader

    def secret(self, now: int) -> SecretKey:
        """The key of his own making."""
        return self._secret

    def own_certificate(self) -> Certificate:
        """Its public half, which nobody has."""
        return self._secret.certificate

    def known(self, mailbox: AddrSpec) -> Known:
        """He has the same certificates as his victim: they are public."""
        return Known(Peer(mailbox), self._reader.claims(mailbox))

    def sealed_to(self, pairs: Collection[tuple[AddrSpec, Fingerprint]], now: int) -> None:
        """He remembers nothing."""

    def owned(self, provider: str, login: bytes | None) -> Sequence["Suitor"]:
        """Whoever asks, the address is his."""
        return [self]

    def claimed(self, provider: str, mailbox: AddrSpec) -> None:
        """Nobody else is here."""

    def rules(self) -> Policy:
        """None of his own."""
        return self.policy

    def forge(self, letter: bytes, recipient: str, around: Surroundings) -> bytes:
        """The letter, sealed to `recipient` whose certificate is in the reader's keyring, and signed by himself."""
        envelope = Envelope("isp", b"", str(self.address).encode(), (recipient.encode(),))
        plan = begin(envelope, letter, True, self, around)
        if isinstance(plan, Refused):
            raise TypeError("the forgery was refused")
        sealer = plan.sealer(plan.groups[0])
        return BOAST + sealer.feed(letter) + sealer.finish()

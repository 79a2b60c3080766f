"""Who makes self-signatures: one unlocked primary key or subkey, at one time.

The law of this file: every signature is read back and verified before anybody gets it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ithaca.errors import OpenPGPError
from ithaca.openpgp import signing
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.subpackets import Subpacket


@dataclass(frozen=True, slots=True, repr=False)
class Issuer:
    """An unlocked key, and what its signatures need."""

    secret: SecretComponent
    engine: Engine
    random: Callable[[int], bytes]
    """``random(count)`` gives that many random octets."""
    at: int
    """When its signatures are made, in seconds since 1970."""

    @property
    def key(self) -> PublicKey:
        """The public half."""
        return self.secret.public

    def sign(self, kind: int, octets: bytes, subpackets: Iterable[Subpacket] = ()) -> bytes:
        """The body of a signature of type `kind` (RFC 9580 §5.2.1) over `octets`, with these hashed `subpackets`."""
        chosen = signing.hash_for(self.key)
        unsigned = signing.build(kind, self.key, chosen, self.at, random=self.random, subpackets=subpackets)
        hasher = unsigned.hasher()
        hasher.update(octets)
        body = unsigned.complete(self.engine, self.secret, hasher)
        made = Signature.parse(body)
        again = made.hasher()
        if again is None:
            raise OpenPGPError("a self-signature of ours cannot be hashed")
        again.update(octets)
        if not made.matches(self.engine, self.key, again):
            raise OpenPGPError("a self-signature of ours did not verify")
        return body

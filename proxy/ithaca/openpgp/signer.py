"""Documents signed while they go by: inside a message, or detached (RFC 9580 §5.4, §10.3, §10.4).

The law of this file: what is signed is the octets as they go by, and nothing of them is held. The first signer is the
innermost: some programs look at that signature alone.
"""

from collections.abc import Callable, Sequence

from ithaca.openpgp import armor, one_pass, packets, signing
from ithaca.openpgp.algorithms import HASHES, SignatureType
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.openpgp.hashing import TextHasher
from ithaca.openpgp.packets import PartialWriter, Tag
from ithaca.verdict import Fingerprint

_FORMATS = {SignatureType.BINARY: b"b", SignatureType.TEXT: b"u"}
"""§5.9: of the literal data, by the kind of signature that goes with it."""
_NAMELESS = b"\0" + bytes(4)
"""§5.9: no name, no date: neither would be covered by the signature."""


class _Signing:
    """One signature to come."""

    def __init__(
        self,
        secret: SecretComponent,
        kind: SignatureType,
        created: int,
        random: Callable[[int], bytes],
        intended: Sequence[Fingerprint],
    ) -> None:
        key = secret.public
        self._secret = secret
        self.unsigned = signing.build(kind, key, signing.hash_for(key), created, random=random, intended=intended)
        self._hasher = self.unsigned.hasher()
        self._feed = TextHasher(self._hasher) if kind == SignatureType.TEXT else None
        self.update = self._feed.update if self._feed is not None else self._hasher.update

    def packet(self, engine: Engine) -> bytes:
        """The finished signature."""
        if self._feed is not None:
            self._feed.finish()
        return packets.encode(Tag.SIGNATURE, self.unsigned.complete(engine, self._secret, self._hasher))


class _Signers:
    """All of them."""

    def __init__(
        self,
        signers: Sequence[SecretComponent],
        kind: SignatureType,
        *,
        engine: Engine,
        created: int,
        random: Callable[[int], bytes],
        intended: Sequence[Fingerprint] = (),
    ) -> None:
        self._engine = engine
        self.all = [_Signing(one, kind, created, random, intended) for one in signers]

    def feed(self, octets: bytes) -> None:
        """The next octets of the document."""
        for one in self.all:
            one.update(octets)

    def finish(self) -> bytes:
        """The signature packets, innermost first."""
        return b"".join(one.packet(self._engine) for one in self.all)


class MessageSigner:
    """A signed message, binary (§10.3); without signers, literal data alone."""

    def __init__(
        self,
        signers: Sequence[SecretComponent],
        *,
        engine: Engine,
        created: int,
        random: Callable[[int], bytes],
        kind: SignatureType = SignatureType.BINARY,
        intended: Sequence[Fingerprint] = (),
    ) -> None:
        self._signers = _Signers(signers, kind, engine=engine, created=created, random=random, intended=intended)
        self._literal = PartialWriter(Tag.LITERAL)
        announced = [one_pass.encode(s.unsigned, last=s is self._signers.all[0]) for s in reversed(self._signers.all)]
        self._head = b"".join(packets.encode(Tag.ONE_PASS_SIGNATURE, body) for body in announced)
        self._head += self._literal.feed(_FORMATS[kind] + _NAMELESS)

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the document; gives what is ready of the message."""
        self._signers.feed(octets)
        head, self._head = self._head, b""
        out = self._literal.feed(octets)
        return head + out if head else out

    def finish(self) -> bytes:
        """The rest."""
        head, self._head = self._head, b""
        return head + self._literal.finish() + self._signers.finish()


class DetachedSigner:
    """Detached signatures (§10.4) over octets as they go by."""

    def __init__(
        self,
        *signers: SecretComponent,
        engine: Engine,
        created: int,
        random: Callable[[int], bytes],
        kind: SignatureType = SignatureType.BINARY,
    ) -> None:
        self._signers = _Signers(signers, kind, engine=engine, created=created, random=random)
        self.hash_algorithm = self._signers.all[0].unsigned.hash_algorithm
        self.has_checksum = all(one.public.version == 4 for one in signers)
        """Whether their armor ends in a CRC, which §6.1 forbids with version 6."""

    @property
    def micalg(self) -> str:
        """Of the first signature (RFC 3156 §5)."""
        return HASHES[self.hash_algorithm].micalg

    def feed(self, octets: bytes) -> None:
        """The next octets of the document."""
        self._signers.feed(octets)

    def finish_binary(self) -> bytes:
        """The signature packets."""
        return self._signers.finish()

    def finish(self) -> bytes:
        """The armored signatures, CRLF line ends."""
        return armor.armor("SIGNATURE", self._signers.finish(), crc=self.has_checksum)

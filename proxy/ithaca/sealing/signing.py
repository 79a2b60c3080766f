"""What is signed and goes in clear: attached signatures (RFC 3156 §5), and unobtrusive ones where they fit.

The law of this file: signed is what leaves, made seven-bit safe; what cannot be made so is refused with the reason.
"""

from collections.abc import Callable

from ithaca.errors import MalformedMessage, PeerError
from ithaca.mime import compose, pgpmime, unobtrusive
from ithaca.openpgp.engine import SecretComponent
from ithaca.openpgp.signer import DetachedSigner
from ithaca.sealing.plan import Surroundings
from ithaca.sealing.stages import Sealer

MOST_HELD = 1 << 20
"""Octets of an entity that is held until its unobtrusive signature, which stands in front of it, is made. What is
larger carries an attached one: letters that people write are far below, and attachments must not fill the memory."""


class Safe:
    """The entity made seven-bit safe."""

    def __init__(self, words: Callable[[str], str]) -> None:
        """`words`: of the refusal, given why it cannot be made so."""
        self._safe = compose.SevenBit()
        self._words = words

    def feed(self, octets: bytes) -> bytes:
        """See `Sealer.feed`."""
        return self._exactly(lambda: self._safe.feed(octets))

    def finish(self) -> bytes:
        """See `Sealer.finish`."""
        return self._exactly(self._safe.finish)

    def _exactly(self, step: Callable[[], bytes]) -> bytes:
        try:
            return step()
        except MalformedMessage as error:
            raise PeerError(self._words(str(error)), code=554, enhanced="5.6.0") from error


class Attached:
    """The body of a multipart/signed (RFC 3156 §5), and the rest of the outer header section in front of it."""

    def __init__(self, signer: SecretComponent, boundary: bytes, around: Surroundings) -> None:
        self._signature = _signature(signer, around)
        self._boundary = boundary
        self._head = pgpmime.signed_head(boundary, self._signature.micalg)

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the entity, safe already."""
        head, self._head = self._head, b""
        self._signature.feed(octets)
        return head + octets

    def finish(self) -> bytes:
        """The part with the signature."""
        armored = self._signature.finish()
        return self.feed(b"") + pgpmime.signed_middle(self._boundary) + armored + pgpmime.signed_tail(self._boundary)


class Unobtrusive:
    """A multipart/mixed of one part, whose first field is the signature over the rest of it; see `unobtrusive`.

    An entity beyond `MOST_HELD` carries an attached signature, as does one without a body, of which programs do not
    agree what is signed.
    """

    def __init__(self, signer: SecretComponent, boundary: bytes, around: Surroundings) -> None:
        self._signer = signer
        self._boundary = boundary
        self._around = around
        self._held: list[bytes] = []
        self._count = 0
        self._attached: Sealer | None = None

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the entity, safe already; nothing comes out while they are held."""
        if self._attached is not None:
            return self._attached.feed(octets)
        self._held.append(octets)
        self._count += len(octets)
        if self._count <= MOST_HELD:
            return b""
        self._attached = Attached(self._signer, self._boundary, self._around)
        held, self._held = b"".join(self._held), []
        return self._attached.feed(held)

    def finish(self) -> bytes:
        """The whole, or the end of one with an attached signature."""
        if self._attached is not None:
            return self._attached.finish()
        entity = b"".join(self._held)
        octets, *others = unobtrusive.readings(entity)
        if others:
            attached = Attached(self._signer, self._boundary, self._around)
            return attached.feed(entity) + attached.finish()
        signature = _signature(self._signer, self._around)
        signature.feed(octets)
        return unobtrusive.wrapped(entity, signature.finish_binary(), self._boundary)


def _signature(signer: SecretComponent, around: Surroundings) -> DetachedSigner:
    return DetachedSigner(signer, engine=around.engine, created=around.now, random=around.random)

"""The packets inside an encryption, or of a signed message: walked through, hashed, and judged (RFC 9580 §10.3).

The law of this file: grammar and limits hold before anything is handed out, and nothing here knows whether what it
walks through was proved: whoever drives it shows nothing until he does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ithaca.errors import LimitExceeded, OpenPGPError
from ithaca.openpgp import one_pass, verification
from ithaca.openpgp.compression import inflated
from ithaca.openpgp.grammar import MessageGrammar
from ithaca.openpgp.hashing import Hashers
from ithaca.openpgp.one_pass import OnePass
from ithaca.openpgp.packets import Body, PacketReader, Source, Tag, gathered
from ithaca.openpgp.verification import Surroundings
from ithaca.verdict import Signature as Judged
from ithaca.work import Job

MOST_SMALL = 1 << 16
"""Octets of any packet that is no bulk data."""
MOST_PLAINTEXT = 512 << 20
MOST_RATIO = 200
"""Plaintext octets for one octet of ciphertext, above `FREE_PLAINTEXT`: text compresses twentyfold, bombs a
thousandfold."""
FREE_PLAINTEXT = 16 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What opening one message may cost at most, in octets of plaintext."""

    plaintext: int = MOST_PLAINTEXT
    ratio: int = MOST_RATIO


LIMITS = Limits()


class Walk:
    """Goes through the packets once; `keep` gets the content piece by piece, `consumed` says how much was read."""

    def __init__(self, limits: Limits, consumed: Callable[[], int], keep: Callable[[bytes], None]) -> None:
        self._limits = limits
        self._consumed = consumed
        self._keep = keep
        self._grammar = MessageGrammar()
        self._hashers = Hashers()
        self._announced: list[OnePass] = []
        """One-pass signatures, outermost first."""
        self._signatures: list[tuple[bytes, OnePass | None]] = []
        """Body of each signature, and what announced it."""
        self.size = 0
        """Octets of content so far."""
        self._ended = False
        """The literal packet has gone by."""

    def run(self, read: Callable[[], bytes]) -> Job[None]:
        """Walk to the end; raises where the grammar (§10.3) or a limit is broken."""
        reader = PacketReader(Source(read))
        yield from self._packets(reader)
        self._grammar.end(reader.offset)

    def _packets(self, reader: PacketReader) -> Job[None]:
        while (body := reader.next()) is not None:
            self._grammar.packet(body.tag, body.offset)
            if body.tag == Tag.COMPRESSED:
                inner = PacketReader(Source(self._bounded(inflated(body))))
                yield from self._packets(inner)
                self._grammar.leave(inner.offset)
            elif body.tag == Tag.LITERAL:
                yield from self._literal(body)
            elif body.tag == Tag.ONE_PASS_SIGNATURE:
                self._announce(body.all(MOST_SMALL))
            elif body.tag == Tag.SIGNATURE:
                self._sign(body.all(MOST_SMALL))
            else:
                while body.read():
                    yield

    def _announce(self, body: bytes) -> None:
        try:
            announced = one_pass.parse(body)
        except OpenPGPError:
            # §10.3.2.2: what it announces is refused alone; the message stands.
            self._announced.append(OnePass(0, 0, 0, 0, b"", ""))
            return
        self._announced.append(announced)
        self._hashers.prepare(announced.type, announced.hash_algorithm, announced.salt)

    def _sign(self, body: bytes) -> None:
        if self._ended:
            # §5.4: one-pass signatures nest, so the first signature answers the last announcement.
            self._signatures.append((body, self._announced.pop()))
        else:
            self._signatures.append((body, None))
            verification.prepare(self._hashers, body)

    def _bounded(self, read: Callable[[], bytes]) -> Callable[[], bytes]:
        """What comes out of a compression counts, even if it is padding, or a compression that holds nothing."""
        count = 0

        def bounded() -> bytes:
            nonlocal count
            octets = read()
            count += len(octets)
            self._check(count)
            return octets

        return bounded

    def _check(self, octets: int) -> None:
        if octets > min(self._limits.plaintext, max(FREE_PLAINTEXT, self._consumed() * self._limits.ratio)):
            raise LimitExceeded("the message unpacks to more than it may", octets)

    def _literal(self, body: Body) -> Job[None]:
        for octets in literal_data(body):
            self.size += len(octets)
            self._check(self.size)
            self._hashers.update(octets)
            self._keep(octets)
            yield
        self._ended = True

    @property
    def signature_bodies(self) -> tuple[bytes, ...]:
        """Of every signature packet, in the order in which they stand."""
        return tuple(body for body, _ in self._signatures)

    def judged(self, around: Surroundings) -> Job[tuple[Judged, ...]]:
        """Every signature, judged."""
        return (yield from verification.judge_all(self._signatures, self._hashers.finish(), around))


def literal_data(body: Body) -> Iterator[bytes]:
    """The data of a literal packet, in pieces of `PIECE` octets."""
    # §5.9: format, name and date are not covered by any signature, and are not looked at.
    body.exactly(1)
    body.exactly(body.exactly(1)[0])
    body.exactly(4)
    yield from gathered(body.read)


def contents(read: Callable[[], bytes]) -> Iterator[bytes]:
    """The content of a message that a `Walk` went through before: the data of its literal packet, in pieces."""
    reader = PacketReader(Source(read))
    while (body := reader.next()) is not None:
        if body.tag == Tag.COMPRESSED:
            yield from contents(inflated(body))
        elif body.tag == Tag.LITERAL:
            yield from literal_data(body)
        else:
            while body.read():
                pass

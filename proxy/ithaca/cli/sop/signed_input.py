"""The signed message on standard input: OpenPGP packets, or a text in the cleartext signature framework.

The law of this file: what is given on is what the signatures are over, and nothing beside it: of a cleartext no octet
that stands outside the framework, and no blank at the end of a line (RFC 9580 §7.2).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ithaca import work
from ithaca.cli.sop import designators, standard_streams
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.openpgp import cleartext, signed_message, verification
from ithaca.openpgp.armor import is_armored
from ithaca.openpgp.verification import Surroundings
from ithaca.openpgp.walk import Limits
from ithaca.verdict import Signature as Judged

LIMITS = Limits(plaintext=1 << 62)
"""A person gave the message, and says where it goes: only its ratio to what came in is bounded."""


@dataclass(frozen=True, slots=True, repr=False)
class SignedInput:
    """A message, its signatures judged."""

    signatures: tuple[Judged, ...]
    bodies: tuple[bytes, ...]
    """Of the signature packets, in the same order."""
    document: Callable[[], Iterator[bytes]]
    """Exactly what is signed, in pieces; once."""
    ending: bytes
    """What a text file ends with, which is not signed; empty for other messages."""


def read(around: Surroundings, waiting: BinaryIO) -> SignedInput:
    """Standard input, read to its end; `waiting` keeps it."""
    first = standard_streams.piece()
    if is_armored(first) and cleartext.is_cleartext(first):
        return _cleartext(first + standard_streams.read_all(designators.MOST_OCTETS), around)
    ahead = [first]

    def more() -> bytes:
        return ahead.pop() if ahead else standard_streams.piece()

    message = work.run(signed_message.read_message(more, around, spool=waiting, limits=LIMITS))
    if not message.bodies:
        raise Failure(ExitCode.BAD_DATA, "Standard input is a message without any signature.")
    return SignedInput(message.signatures, message.bodies, message.release, b"")


def _cleartext(octets: bytes, around: Surroundings) -> SignedInput:
    parsed = cleartext.parse(octets)
    bodies = verification.signature_bodies(parsed.signatures)
    judged = work.run(verification.verify_pieces(parsed.hashed(), bodies, around))

    def document() -> Iterator[bytes]:
        for piece in parsed.hashed():
            # A CR elsewhere than in a line end is not signed either.
            yield piece.replace(b"\r", b"")

    return SignedInput(judged, bodies, document, b"\n")

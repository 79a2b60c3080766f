"""The signed message on standard input: OpenPGP packets, or a text in the cleartext signature framework.

The law of this file: what is given on is what the signatures are over, and nothing beside it: of a cleartext no octet
that stands outside the framework, and no blank at the end of a line (RFC 9580 §7.2). A cleartext is plaintext: it waits
in memory, never in a file, so its size is limited.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from ithaca import work
from ithaca.cli.sop import standard_streams
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.openpgp import cleartext, signed_message, verification
from ithaca.openpgp.armor import is_armored
from ithaca.openpgp.hashed_text import hashed
from ithaca.openpgp.verification import Surroundings
from ithaca.openpgp.walk import Limits
from ithaca.verdict import Signature as Judged

LIMITS = Limits(plaintext=1 << 62)
"""A person gave the message, and says where it goes: only its ratio to what came in is bounded."""
MOST_TEXT = 16 << 20
"""Octets of a clearsigned text. With all else that the process holds it stays below 64 MB."""


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
        return _cleartext(chain([first], standard_streams.pieces()), around)
    ahead = [first]

    def more() -> bytes:
        return ahead.pop() if ahead else standard_streams.piece()

    message = work.run(signed_message.read_message(more, around, spool=waiting, limits=LIMITS))
    if not message.bodies:
        raise Failure(ExitCode.BAD_DATA, "Standard input is a message without any signature.")
    return SignedInput(message.signatures, message.bodies, message.release, b"")


def _cleartext(pieces: Iterable[bytes], around: Surroundings) -> SignedInput:
    reader, text, size = cleartext.CleartextReader(), list[bytes](), 0
    for piece in pieces:
        text.append(reader.feed(piece))
        size += len(text[-1])
        if size > MOST_TEXT:
            raise Failure(
                ExitCode.BAD_DATA,
                f"Standard input holds a clearsigned text of more than {MOST_TEXT >> 20} MiB, which has to stay in "
                "memory until its signatures are judged; a larger text needs a detached signature.",
            )
    reader.finish()
    bodies = verification.signature_bodies(reader.signatures)
    judged = work.run(verification.verify_pieces(hashed(text), bodies, around))
    return SignedInput(judged, bodies, lambda: hashed(text, b"\n"), b"\n")

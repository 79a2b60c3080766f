"""``ithaca-sop verify``, ``inline-verify`` and ``inline-detach``.

The law of this file: one good signature is enough, and a bad one beside it changes nothing (the draft's rule); without
one nothing is written.
"""

import time
from collections.abc import Sequence
from typing import BinaryIO

import click

from ithaca import work
from ithaca.cli import contents
from ithaca.cli.sop import designators, materials, options, signed_input, standard_streams, verifications
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.cli.sop.materials import Named
from ithaca.cli.sop.signed_input import SignedInput
from ithaca.cli.sop.spool import spool
from ithaca.cli.sop.verifications import Window
from ithaca.errors import OpenPGPError
from ithaca.openpgp import packets, verification
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.verification import Surroundings


def _surroundings(found: Sequence[Named]) -> Surroundings:
    """For signatures by these certificates, judged now."""
    return Surroundings(materials.ENGINE, materials.lookup(found), int(time.time()))


def _message(around: Surroundings, waiting: BinaryIO) -> SignedInput:
    """The signed message on standard input; of an encrypted one is said who reads it."""
    try:
        return signed_input.read(around, waiting)
    except OpenPGPError as error:
        # What was read before it failed waits there.
        waiting.seek(0)
        if contents.held(waiting.read(contents.MOST_LOOKED_AT)) != contents.ENCRYPTED:
            raise
        sentence = "Standard input is encrypted: 'ithaca-sop decrypt' reads it, and verifies its signatures."
        raise Failure(ExitCode.BAD_DATA, sentence) from error


@click.command()
@options.not_before_and_after()
@click.argument("signatures")
@options.certs
def verify(not_before: int | None, not_after: int | None, signatures: str, certs: tuple[str, ...]) -> None:
    """Verify detached SIGNATURES over standard input, and print a line for each that one of the CERTS made."""
    given = designators.read(signatures)
    try:
        bodies = verification.signature_bodies(given)
    except OpenPGPError as error:
        said = contents.instead(given, contents.SIGNATURE) or error
        raise Failure(ExitCode.BAD_DATA, f"{signatures}: {said}.") from error
    found = materials.certificates(certs)
    judged = work.run(verification.verify_pieces(standard_streams.pieces(), bodies, _surroundings(found)))
    lines = verifications.lines(judged, bodies, Window(not_before, not_after), found)
    verifications.require(lines, judged)
    standard_streams.write(verifications.encoded(lines))


@click.command("inline-verify")
@options.not_before_and_after()
@click.option("--verifications-out", metavar="VERIFICATIONS", help="Where a line goes for each good signature.")
@options.certs
def inline_verify(
    not_before: int | None, not_after: int | None, verifications_out: str | None, certs: tuple[str, ...]
) -> None:
    """Verify the signed message on standard input, and print what it holds if one of the CERTS signed it."""
    out = designators.output(verifications_out)
    found = materials.certificates(certs)
    with spool() as waiting:
        message = _message(_surroundings(found), waiting)
        lines = verifications.lines(message.signatures, message.bodies, Window(not_before, not_after), found)
        verifications.require(lines, message.signatures)
        if out is not None:
            out.write(verifications.encoded(lines))
        for piece in message.document():
            standard_streams.write(piece)
        standard_streams.write(message.ending)


@click.command("inline-detach")
@options.no_armor
@click.option("--signatures-out", required=True, metavar="SIGNATURES", help="Where the signatures go.")
def inline_detach(armored: bool, signatures_out: str) -> None:
    """Split the signed message on standard input: print what it holds, write its signatures elsewhere, verify none.

    What is printed is to the octet what the signatures are over: of a clearsigned text that is without its last line
    end.
    """
    out = designators.Output(signatures_out)
    with spool() as waiting:
        message = _message(_surroundings(()), waiting)
        octets = b"".join(packets.encode(Tag.SIGNATURE, body) for body in message.bodies)
        versions = [Signature.parse(body).version for body in message.bodies]
        out.write(materials.written("SIGNATURE", octets, armored=armored, versions=versions))
        for piece in message.document():
            standard_streams.write(piece)

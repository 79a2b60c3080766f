"""Text on standard input: UTF-8 or a failure.

The law of this file: a text of usual size is known to be one before anything is made of it; of a larger one the parts
that went before stay made, and the result is cut off, which no reader accepts.
"""

import codecs
from collections.abc import Iterable, Iterator

from ithaca.cli.sop.exit_codes import ExitCode, Failure

HELD = 8 << 20
"""Octets that are read before anything is given on. Ten bibles; memory must not depend on what comes."""


def checked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same pieces, proved to be UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    held: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            decoder.decode(piece)
            size += len(piece)
            held.append(piece)
            if size > HELD:
                yield from held
                held.clear()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Failure(ExitCode.EXPECTED_TEXT, "Standard input is not UTF-8 text.") from error
    yield from held

"""Where octets wait between two passes: in memory while they are few, then in a file that has no name.

The law of this file: nobody else can open it, and it is gone with the program, however that ends. What waits there is
what came from standard input or what everybody may read, never a plaintext that was not there before.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from ithaca.cli.sop.exit_codes import ExitCode, Failure

IN_MEMORY = 4 << 20
"""Octets; more go to the folder that TMPDIR names, else /tmp."""


@contextmanager
def spool() -> Iterator[BinaryIO]:
    """An empty one."""
    try:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            yield cast(BinaryIO, file)
    except OSError as error:
        folder = tempfile.gettempdir()
        sentence = f"No more can be kept in {folder}: {error.strerror}; TMPDIR may name another folder."
        raise Failure(ExitCode.UNSPECIFIED_FAILURE, sentence) from error

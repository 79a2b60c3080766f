"""Standard input and standard output, in big pieces and without Python's buffers.

The law of this file: every octet that goes in or out through descriptors 0 and 1 passes here, and a write is whole or
an error.
"""

import contextlib
import errno
import fcntl
import functools
import os
import select
import signal
from collections.abc import Iterator

from ithaca.cli.sop.exit_codes import ExitCode, Failure

STANDARD_INPUT = 0
STANDARD_OUTPUT = 1
PIECE = 1 << 18
"""Octets of one read: a pipe gives less, which is gathered."""
_PIPE = 1 << 20
"""Room in a pipe, so that neither side waits for the other all the time; Linux gives that much to anybody."""


def prepare() -> None:
    """Before anything is read: a consumer who goes away, or Ctrl-C, ends it in silence, like all in a pipeline."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Else it was ignored when the program was started, and stays so.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for descriptor in (STANDARD_INPUT, STANDARD_OUTPUT):
        # Only pipes have it, and where nobody may have more the old size does.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE)


def read(most: int) -> bytes:
    """At most that many octets of standard input, as many as there are at once; b"" at its end."""
    while True:
        try:
            return os.read(STANDARD_INPUT, most)
        except BlockingIOError:
            # Whoever shares it may have asked not to be kept waiting; we wait.
            select.select([STANDARD_INPUT], [], [])
        except OSError as error:
            raise Failure(ExitCode.MISSING_INPUT, f"Standard input cannot be read: {error.strerror}.") from error


def piece() -> bytes:
    """`PIECE` octets of standard input, fewer at its end alone."""
    octets = read(PIECE)
    if 0 < len(octets) < PIECE:
        octets = _gathered(octets)
    if len(octets) == PIECE:
        _keep_memory()
    return octets


def _gathered(first: bytes) -> bytes:
    parts, missing = [first], PIECE - len(first)
    while missing and (octets := read(missing)):
        parts.append(octets)
        missing -= len(octets)
    return b"".join(parts)


@functools.cache
def _keep_memory() -> None:
    """For inputs that have more than one piece."""
    from ithaca.cli.sop import heap  # noqa: PLC0415 (small inputs need not wait for it)

    heap.keep()


def pieces() -> Iterator[bytes]:
    """All of standard input."""
    while octets := piece():
        yield octets


def read_all(most: int) -> bytes:
    """All of standard input; more than `most` octets are a failure."""
    parts, left = [], most + 1
    while left and (octets := read(min(left, PIECE))):
        parts.append(octets)
        left -= len(octets)
    if not left:
        raise Failure(ExitCode.BAD_DATA, f"Standard input holds more than {most} octets, which is too much here.")
    return b"".join(parts)


def write(octets: bytes | memoryview) -> None:
    """All of it to standard output."""
    write_to(STANDARD_OUTPUT, octets, "Standard output")


def write_to(descriptor: int, octets: bytes | memoryview, name: str) -> None:
    """All of it to an open descriptor; `name` begins the sentence of a failure."""
    view = memoryview(octets)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
        except OSError as error:
            what = "is closed" if error.errno == errno.EBADF else f"cannot be written: {error.strerror}"
            raise Failure(ExitCode.UNSPECIFIED_FAILURE, f"{name} {what}.") from error

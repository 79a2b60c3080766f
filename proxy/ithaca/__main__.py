"""``ithaca`` and ``python -m ithaca``: errors become one line and an exit status (sysexits.h)."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import NoReturn

from ithaca.cli import ithaca
from ithaca.errors import ConfigError, Error, SetUpError

EX_CONFIG = 78


class _OutputError(Error):
    """What was printed cannot be written."""


class _Output(io.TextIOWrapper):
    """Standard output, whose failures are told from those of other files."""

    def write(self, text: str) -> int:
        with _said():
            return super().write(text)

    def flush(self) -> None:
        with _said():
            super().flush()


@contextlib.contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # Whoever read it has seen enough.
        raise
    except OSError as error:
        raise _OutputError(f"Standard output cannot be written: {error.strerror}.") from error


def main() -> None:
    """Run a command; never shows a traceback for an error of ours."""
    if sys.stdout is None:
        # Else what is to be printed would be lost in silence.
        _end("Standard output is closed.", 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        out = sys.stdout
        sys.stdout = _Output(
            out.buffer, out.encoding, out.errors, line_buffering=out.line_buffering, write_through=out.write_through
        )
    try:
        ithaca(prog_name="ithaca")
    except _OutputError as error:
        # What is held would be tried once more as Python ends, and be complained of.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _end(str(error), 1)
    except ConfigError as error:
        _end("\nithaca: ".join(map(str, error.problems)), EX_CONFIG)
    except Error as error:
        # A service manager starts again what ended with another status.
        _end(str(error), EX_CONFIG if isinstance(error, SetUpError) else 1)


def _end(sentence: str, status: int) -> NoReturn:
    print(f"ithaca: {sentence}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()

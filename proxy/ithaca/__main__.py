"""``ithaca`` and ``python -m ithaca``: errors become one line and an exit status (sysexits.h)."""

import sys

from ithaca.cli import ithaca
from ithaca.errors import ConfigError, Error, SetUpError

EX_CONFIG = 78


def main() -> None:
    """Run a command; never shows a traceback for an error of ours."""
    try:
        ithaca(prog_name="ithaca")
    except ConfigError as error:
        for problem in error.problems:
            print(f"ithaca: {problem}", file=sys.stderr)
        sys.exit(EX_CONFIG)
    except Error as error:
        print(f"ithaca: {error}", file=sys.stderr)
        # A service manager starts again what ended with another status.
        sys.exit(EX_CONFIG if isinstance(error, SetUpError) else 1)


if __name__ == "__main__":
    main()

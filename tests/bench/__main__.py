"""Measure, print a line for each figure, and fail where a target is missed."""

import sys
import tempfile
from pathlib import Path

from bench import whole_path
from servers.provider import missing


def main() -> int:
    """Zero when every target is met."""
    reason = missing()
    if reason:
        print(f"Nothing was measured: {reason}.", file=sys.stderr)
        return 1
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for figure in whole_path.figures(Path(folder)):
            missed += not figure.met
            sign = "ok  " if figure.met else "MISS"
            print(f"{sign} {figure.work:36} {figure.measured:48} target {figure.target}")
            for cost in figure.costs:
                print(f"       {cost}")
            sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

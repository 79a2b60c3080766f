"""Measure, print a line for each figure, and fail where a target is missed."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import mail, openpgp, whole_path
from bench.measuring import Figure
from servers import provider

BENCHES: dict[str, tuple[Callable[[], str | None], Callable[[Path], Iterator[Figure]]]] = {
    "whole-path": (provider.missing, whole_path.figures),
    "openpgp": (openpgp.missing, openpgp.figures),
    "mail": (mail.missing, mail.figures),
}
"""By name: why it cannot be measured here, and its figures."""


def main() -> int:
    """Zero when every target of the benches named (all, unless said) is met."""
    chosen = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        print(f"There is no bench {unknown[0]}; there are {', '.join(BENCHES)}.", file=sys.stderr)
        return 1
    return max(_measured(name) for name in chosen)


def _measured(name: str) -> int:
    missing, figures = BENCHES[name]
    reason = missing()
    if reason:
        print(f"Nothing of {name} was measured: {reason}.", file=sys.stderr)
        return 1
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for figure in figures(Path(folder)):
            missed += not figure.met
            sign = "ok  " if figure.met else "MISS"
            print(f"{sign} {figure.work:36} {figure.measured:48} target {figure.target}")
            for cost in figure.costs:
                print(f"       {cost}")
            sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

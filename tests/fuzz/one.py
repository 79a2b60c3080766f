"""One target under atheris; started by ``python -m fuzz``."""

import sys

import atheris

with atheris.instrument_imports(include=["ithaca"]):
    from fuzz.targets import TARGETS
from fuzz.bounds import survives

target = TARGETS[sys.argv[1]]


def one(octets: bytes) -> None:
    """Survive it, within the bounds."""
    survives(target, octets)


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], one)
    atheris.Fuzz()

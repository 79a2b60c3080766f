"""Memory that is used again: seen in how often the system is asked for a page."""

import subprocess
import sys

from cli.sop.processes import COMMAND
from ithaca.cli.sop import standard_streams

FAULTS = (
    "import resource, sys; from ithaca.cli.sop import main; code = main();"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt, file=sys.stderr); sys.exit(code)"
)


def faults(sop, size, *arguments):
    """Pages that were mapped for an input of that size."""
    source = sop.write("in", b"")
    with source.open("wb") as file:
        file.truncate(size)
    with source.open("rb") as given, sop.path("out").open("wb") as out:
        command = [COMMAND[0], "-c", FAULTS, *map(str, arguments)]
        done = subprocess.run(
            command, stdin=given, stdout=out, stderr=subprocess.PIPE, env=sop.environment(), check=True
        )
    return int(done.stderr)


def test_a_large_input_takes_hardly_more_pages_than_a_small_one(sop, alice):
    command = ("encrypt", f"--sign-with={alice.key}", alice.cert)
    small, large = faults(sop, 1, *command), faults(sop, 64 << 20, *command)
    # A page is 4 KiB: of 64 MiB each octet would be mapped several times over.
    assert large - small < (64 << 20) / 4096


def test_a_small_input_does_not_wait_for_it(sop):
    loaded = (
        "import sys; from ithaca.cli.sop import standard_streams; standard_streams.piece();"
        "print('ctypes' in sys.modules)"
    )
    for size, expected in ((10, b"False\n"), (standard_streams.PIECE, b"True\n")):
        done = subprocess.run([sys.executable, "-c", loaded], input=bytes(size), capture_output=True, check=True)
        assert done.stdout == expected

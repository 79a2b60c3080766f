"""Coverage-guided fuzzing by atheris: ``python -m fuzz [--minutes 10] [TARGET …]``, all targets in turn.

The law of this file: an input that takes longer than a second of its process's time, any exception that is not of our
family, and an input that takes more memory than it may (`fuzz.bounds`) end the run, and the input is kept. So do, as
the net below, an input that never returns and a process above a gigabyte, which the fuzzer sees from outside.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

MEGABYTES = 1024
"""Of the process with the fuzzer's own memory."""
NO_RETURN = 20
"""Seconds by the clock. What returns is measured by process time, which a busy machine does not stretch."""


def main() -> int:
    """Zero when every target survived."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where inputs that failed go")
    parser.add_argument("targets", nargs="*")
    chosen = parser.parse_args()
    from fuzz.targets import TARGETS, seeds

    names = chosen.targets or list(TARGETS)
    seconds = max(1, round(chosen.minutes * 60 / len(names)))
    chosen.keep.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            for number, octets in enumerate(seeds(name)):
                (Path(folder) / f"seed-{number}").write_bytes(octets)
            command = [sys.executable, "-m", "fuzz.one", name, folder]
            command += [
                f"-max_total_time={seconds}",
                f"-timeout={NO_RETURN}",
                f"-rss_limit_mb={MEGABYTES}",
                "-max_len=8192",
            ]
            command += [f"-artifact_prefix={chosen.keep}/{name}-", "-print_final_stats=1", "-verbosity=0"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        counts = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        print(
            f"{name:14} {'ok  ' if not done.returncode else 'FAIL'} {counts[0].split(':')[-1].strip() if counts else '?'} inputs"
        )
        if done.returncode:
            failed.append(name)
            # The exception is on one of the two, what the fuzzer says on the other.
            print(done.stdout[-3000:], done.stderr[-3000:], sep="\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

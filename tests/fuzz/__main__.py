"""Coverage-guided fuzzing by atheris: ``python -m fuzz [--minutes 10] [TARGET …]``, all targets in turn.

The law of this file: an input that takes longer than a second of its process's time, any exception that is not of our
family, and memory above a gigabyte end the run, and the input is kept.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

MEGABYTES = 1024


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
            command += [f"-max_total_time={seconds}", "-timeout=2", f"-rss_limit_mb={MEGABYTES}", "-max_len=8192"]
            command += [f"-artifact_prefix={chosen.keep}/{name}-", "-print_final_stats=1", "-verbosity=0"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        counts = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        print(
            f"{name:14} {'ok  ' if not done.returncode else 'FAIL'} {counts[0].split(':')[-1].strip() if counts else '?'} inputs"
        )
        if done.returncode:
            failed.append(name)
            print(done.stderr[-3000:])
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

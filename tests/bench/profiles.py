"""Where the time goes: samples of a running process by py-spy, added up by the line's function nearest to the work."""

import collections
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

RATE = 500
"""Samples a second."""
_WAITING = ("select (selectors.py", "_worker (concurrent/futures/thread.py", "wait (threading.py", "run_forever")


def largest(pid: int, work: Callable[[], None], count: int = 3) -> tuple[str, ...]:
    """The functions with the largest shares of a process's busy time while `work` runs; empty without py-spy."""
    if shutil.which("py-spy") is None:
        return ("no profile: pip install py-spy",)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "raw"
        command = ["py-spy", "record", "-p", str(pid), "-f", "raw", "-o", out, "-r", str(RATE), "-d", "600", "-n"]
        recorder = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert recorder.stdout is not None
        recorder.stdout.readline()
        work()
        recorder.send_signal(2)
        recorder.communicate()
        return _shares(out.read_text().splitlines(), count)


def imports(command: list[str], count: int = 3) -> tuple[str, ...]:
    """The modules of a Python program whose own import takes longest, as ``-X importtime`` has it."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", *command], capture_output=True, text=True, check=False
    )
    lines = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if "|" in line][1:]
    spent = {name.strip(): int(own) for own, _, name in lines if own.strip().isdigit()}
    largest_first = sorted(spent.items(), key=lambda item: -item[1])[:count]
    return tuple(f"import of {name} {microseconds / 1000:.0f} ms" for name, microseconds in largest_first)


def _shares(lines: list[str], count: int) -> tuple[str, ...]:
    spent: collections.Counter[str] = collections.Counter()
    for line in lines:
        stack, _, samples = line.rpartition(" ")
        frames = stack.split(";")
        if not any(word in frames[-1] for word in _WAITING):
            spent[frames[-1]] += int(samples)
    total = sum(spent.values()) or 1
    return tuple(f"{name} {100 * samples / total:.0f} %" for name, samples in spent.most_common(count))

"""Where the time goes: samples of a running process by py-spy, added up by the line of ours that was at work.

The law of this file: time that a library spends counts for the line that called it, and waiting is no work.
"""

import collections
import inspect
import linecache
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

RATE = 250
"""Samples a second."""
_IDLE = ("select (selectors.py", "_worker (concurrent/futures/thread.py", "submit (concurrent/futures/thread.py")
"""Innermost frames of threads that wait for work, or for one another."""
_FRAME = re.compile(r"(?P<function>.+) \((?P<file>.+):(?P<line>\d+)\)")
_OURS = "ithaca/"
_LOOP = re.compile(r"ithaca/(service|__main__|cli/)")
"""Frames under which everything of the event loop stands."""


def largest(pid: int, work: Callable[[], object], count: int = 3) -> tuple[str, ...]:
    """The largest shares of a process's busy time while `work` runs; says so where py-spy is missing."""
    if shutil.which("py-spy") is None:
        return ("no profile: pip install py-spy",)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "raw"
        command = ["py-spy", "record", "-p", str(pid), "-f", "raw", "-o", out, "-r", str(RATE), "-d", "600"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as recorder:
            assert recorder.stdout is not None
            recorder.stdout.readline()
            work()
            recorder.send_signal(signal.SIGINT)
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


def resident_by_import(modules: dict[str, str], count: int = 3) -> tuple[str, ...]:
    """What importing adds to a process's memory; `modules`: what it stands for → its name, in the order of import."""
    script = "import importlib, sys\n" + inspect.getsource(_resident) + _IMPORTING
    command = [sys.executable, "-c", script, *modules.values()]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    grown = dict(zip(("Python itself", *modules), map(int, done.stdout.split()), strict=True))
    largest_first = sorted(grown.items(), key=lambda item: -item[1])[:count]
    return tuple(f"{octets / 1e6:2.0f} MB  {name}" for name, octets in largest_first)


_IMPORTING = """
before = 0
for name in ["sys", *sys.argv[1:]]:
    importlib.import_module(name)
    now = _resident()
    print(now - before)
    before = now
"""


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def allocations(work: Callable[[Callable[[], None]], object], count: int = 3) -> tuple[str, ...]:
    """The lines whose memory is largest at the moment when `work` calls what it is given."""
    tracemalloc.start()
    taken: list[tracemalloc.Snapshot] = []
    try:
        work(lambda: taken.append(tracemalloc.take_snapshot()))
    finally:
        tracemalloc.stop()
    found = []
    for statistic in taken[-1].statistics("lineno")[:count]:
        frame = statistic.traceback[0]
        text = linecache.getline(frame.filename, frame.lineno).strip()
        found.append(f"{statistic.size / 1e6:.2f} MB  {Path(frame.filename).name}:{frame.lineno}  {text}")
    return tuple(found)


def _shares(lines: list[str], count: int) -> tuple[str, ...]:
    spent: collections.Counter[str] = collections.Counter()
    for line in lines:
        stack, _, samples = line.rpartition(" ")
        frames = stack.split(";")
        if not any(word in frames[-1] for word in _IDLE):
            spent[_owner(frames)] += int(samples)
    total = sum(spent.values()) or 1
    return tuple(f"{100 * samples / total:2.0f} %  {name}" for name, samples in spent.most_common(count))


def _owner(frames: list[str]) -> str:
    """The innermost line of ours in a stack, with its text."""
    for frame in reversed(frames):
        found = _FRAME.fullmatch(frame)
        if found is None or _OURS not in found["file"] or _LOOP.search(found["file"]):
            continue
        path = Path(__file__).resolve().parents[2] / "proxy" / found["file"][found["file"].index(_OURS) :]
        text = linecache.getline(str(path), int(found["line"])).strip()
        return f"{found['function']} ({path.name}:{found['line']})  {text}"
    return "asyncio and threads themselves"

"""Figures that can be trusted on a machine that other work shares: pairs in turn, medians, the kernel's own counts."""

import socket
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAIRS = 7
"""Measured pairs of each figure, after one that is thrown away."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    work: str
    measured: str
    target: str
    met: bool
    costs: tuple[str, ...] = ()
    """The largest, with their share of the time."""


def seconds(work: Callable[[], None]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def paired(ours: Callable[[], float], other: Callable[[], float], pairs: int = PAIRS) -> tuple[float, float, float]:
    """(median of ours, of the other, and of other ÷ ours): seconds, measured in turn so that drift hits both."""
    rounds = [(ours(), other()) for _ in range(pairs + 1)][1:]
    ratio = statistics.median(b / a for a, b in rounds)
    return statistics.median(a for a, _ in rounds), statistics.median(b for _, b in rounds), ratio


def median(work: Callable[[], float], times: int = PAIRS) -> float:
    """Of several measurements, the first thrown away."""
    return statistics.median([work() for _ in range(times + 1)][1:])


def resident(pid: int, line: str = "VmRSS") -> int:
    """Octets of memory that a process holds now, or held at most (``VmHWM``)."""
    for entry in Path(f"/proc/{pid}/status").read_text().splitlines():
        if entry.startswith(line + ":"):
            return int(entry.split()[1]) << 10
    raise LookupError(line)


def forget_peak(pid: int) -> None:
    """``VmHWM`` begins anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until somebody accepts there."""
    for _ in range(1000):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise TimeoutError(f"nobody answers on port {port}")

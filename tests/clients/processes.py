"""Programs that a test starts, and ends together with everything that they started themselves."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

SECONDS = 10.0
"""From the request to end to the end by force."""


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    log: Path = Path(os.devnull),
    pass_fds: Sequence[int] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a process group of its own, until the end of `with`; what it prints goes into the log."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            # Where the test itself is killed, the kernel ends the program.
            ["setpriv", "--pdeathsig", "TERM", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=pass_fds,
            process_group=0,
        )
    try:
        yield process
    finally:
        _end(process)


def wait_for(condition: Callable[[], object], what: str, *, seconds: float) -> None:
    """Return once the condition is true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)


def is_dead(process: subprocess.Popen[bytes]) -> bool:
    """Has it ended? Unlike `Popen.poll` this leaves its number in its hands."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the program to end; then kill what is left of its group.

    Until `wait` even a dead process keeps its number, so that no other group can bear it and be killed instead.
    """
    os.kill(process.pid, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: is_dead(process), "the end of a program", seconds=SECONDS)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

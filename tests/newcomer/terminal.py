"""A terminal with a program in it: what is shown, and what a person types.

The law of this file: what is typed is typed when the program asks for it; what is shown is kept whole.
"""

import contextlib
import os
import pty
import re
import select
import signal
import time
from collections.abc import Sequence

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """One program on a pseudo-terminal of its own."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process, self._side = pty.fork()
        if not self._process:
            os.environ["TERM"] = "dumb"
            os.execvp(command[0], list(command))
        self._octets = b""
        self.status: int | None = None
        """Exit status, once it has ended."""

    @property
    def shown(self) -> str:
        """Everything so far, without colours."""
        text = self._octets.decode("utf-8", "replace").replace("\r\n", "\n")
        return _ESCAPES.sub("", text)

    def expect(self, words: str, *, seconds: float = 30) -> None:
        """Until these words are shown. Raises `TimeoutError`, or `EOFError` where the program ends before."""
        end = time.monotonic() + seconds
        seen = len(self.shown)
        while words not in self.shown:
            if time.monotonic() > end:
                raise TimeoutError(f"{words!r} is not shown: {self.shown[seen - 500 :]}")
            if not self._read(0.1) and self.status is not None:
                raise EOFError(f"ended without {words!r}: {self.shown[-2000:]}")

    def type(self, text: str) -> None:
        """As at the keyboard; ``\\x03`` is Ctrl-C, ``\\x04`` Ctrl-D."""
        os.write(self._side, text.encode())

    def wait(self, seconds: float = 600) -> str:
        """Until it has ended: what was shown. Raises `TimeoutError`."""
        end = time.monotonic() + seconds
        while self.status is None:
            if time.monotonic() > end:
                raise TimeoutError(f"has not ended: {self.shown[-2000:]}")
            self._read(0.1)
        return self.shown

    def close(self) -> None:
        """End it, and what it started on this terminal, if it still runs."""
        if self.status is None:
            os.killpg(self._process, signal.SIGKILL)
            self.wait(30)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._side], [], [], seconds)
        if ready:
            # Linux says EIO at the end of a terminal.
            with contextlib.suppress(OSError):
                octets = os.read(self._side, 65536)
                self._octets += octets
                return True
            _, status = os.waitpid(self._process, 0)
            os.close(self._side)
            self.status = os.waitstatus_to_exitcode(status)
        return False

"""A virtual X screen with a window manager: what a person would see, and the keys that they would press.

The law of this file: it knows nothing of the programs that are shown.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from clients.processes import running

SIZE = "1280x1000x24"
SECONDS = 10.0


class Screen:
    """One display; `screen()` makes it."""

    def __init__(self, display: str) -> None:
        self.environment = {**os.environ, "DISPLAY": display}
        """For programs that are to be shown here."""

    def photograph(self, path: Path) -> Path:
        """Write the whole screen to a PNG file, once it has come to rest."""
        end = time.monotonic() + SECONDS
        before, now = b"", self._picture()
        while now != before and time.monotonic() < end:
            before, now = now, self._picture()
        path.write_bytes(now)
        return path

    def pixels(self, x: int, y: int, width: int, height: int) -> bytes:
        """The colours of a part of the screen: red, green and blue, an octet each, line by line."""
        return self._run("import", "-window", "root", "-crop", f"{width}x{height}+{x}+{y}", "-depth", "8", "rgb:-")

    def activate(self, window: str) -> None:
        """Bring the window to the front whose title matches a regular expression."""
        self._run("xdotool", "search", "--sync", "--onlyvisible", "--name", window, "windowactivate", "--sync")

    def press(self, window: str, *keys: str) -> None:
        """Press keys, as xdotool names them, in the window whose title matches a regular expression."""
        self.activate(window)
        self._run("xdotool", "key", "--clearmodifiers", *keys)

    def write(self, window: str, text: str) -> None:
        """Type ASCII into the field of that window which has the focus."""
        self.activate(window)
        self._run("xdotool", "type", "--clearmodifiers", "--delay", "5", text)

    def _picture(self) -> bytes:
        # Without the hour of the picture in it: two of the same screen are the same.
        return self._run("import", "-window", "root", "-define", "png:exclude-chunks=date,time", "png:-")

    def _run(self, *command: str) -> bytes:
        done = subprocess.run(command, env=self.environment, capture_output=True, timeout=SECONDS, check=False)
        if done.returncode:
            raise OSError(f"{' '.join(command[:2])} failed: {done.stderr.decode(errors='replace')}")
        return done.stdout


@contextlib.contextmanager
def screen() -> Iterator[Screen]:
    """A screen of its own, until the end of `with`."""
    with contextlib.ExitStack() as stack:
        shown = Screen(_start_x(stack))
        stack.enter_context(running(["openbox"], environment=shown.environment))
        yield shown


def _start_x(stack: contextlib.ExitStack) -> str:
    """Start Xvfb; the display that it chose, which it writes once that can be used."""
    reading, writing = os.pipe()
    with open(reading, "rb") as chosen:
        try:
            # -noreset: else Xvfb forgets its state whenever the last client leaves.
            command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset"]
            stack.enter_context(running(command, pass_fds=[writing]))
        finally:
            os.close(writing)
        # Up to the line end: closed before that, the pipe would kill Xvfb.
        number = chosen.readline().decode().strip()
    if not number:
        raise OSError("Xvfb did not start")
    return f":{number}"

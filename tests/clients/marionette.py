"""Marionette, the remote control that is built into Gecko, as a client: commands out, results in, over one connection.

The law of this file: it knows the protocol and nothing of mail. A message is JSON, its length in octets and ":" in
front; a command is ``[0, number, name, parameters]`` and its answer ``[1, number, error, result]``.
"""

import json
import socket
from types import TracebackType
from typing import Any, Self

PROTOCOL = 3
SECONDS = 60.0
"""For one answer; a script that waits for a person's program must end before."""


class MarionetteError(Exception):
    """A command that failed; the text is Gecko's."""


class Marionette:
    """A session in the context of the program's own windows ("chrome"), from `with` to its end."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._waiting = b""
        self._number = 0

    def __enter__(self) -> Self:
        hello = self._receive()
        if hello.get("marionetteProtocol") != PROTOCOL:
            raise MarionetteError(f"Marionette protocol {PROTOCOL} is spoken here, not that of {hello}")
        # "ignore": a dialog that opens is looked at by whoever drives the program, and is never closed for them.
        self.command("WebDriver:NewSession", unhandledPromptBehavior="ignore")
        self.command("Marionette:SetContext", value="chrome")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def command(self, name: str, **parameters: Any) -> Any:
        """The result of one command."""
        self._number += 1
        octets = json.dumps([0, self._number, name, parameters]).encode()
        self._connection.sendall(b"%d:" % len(octets) + octets)
        _, number, error, result = self._receive()
        if number != self._number:
            raise MarionetteError(f"answer {number} came to command {self._number}")
        if error:
            raise MarionetteError(f"{name}: {error['error']}: {error['message']}\n{error.get('stacktrace', '')}")
        return result["value"] if isinstance(result, dict) and result.keys() == {"value"} else result

    def script(self, source: str, *arguments: Any) -> Any:
        """What the body of a function returns, or resolves to, in the current window."""
        return self.command(
            "WebDriver:ExecuteScript",
            script=source,
            args=list(arguments),
            sandbox="system",
            newSandbox=True,
            scriptTimeout=int(SECONDS * 1000),
        )

    def _receive(self) -> Any:
        while b":" not in self._waiting:
            self._read()
        length, _, self._waiting = self._waiting.partition(b":")
        while len(self._waiting) < int(length):
            self._read()
        octets, self._waiting = self._waiting[: int(length)], self._waiting[int(length) :]
        return json.loads(octets)

    def _read(self) -> None:
        octets = self._connection.recv(1 << 16)
        if not octets:
            raise ConnectionResetError("the program closed Marionette's connection")
        self._waiting += octets


def connect(port: int) -> Marionette:
    """To the program that listens on this port; it writes the port into its profile, as MarionetteActivePort."""
    return Marionette(socket.create_connection(("127.0.0.1", port), timeout=SECONDS))

"""Where the passphrase of a key comes from, and unlocking with it.

The law of this file: never from the command line or the environment, which other users of the machine can read; and
never into a message or a `repr`.
"""

import contextlib
import getpass
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ithaca import files, systemd
from ithaca.errors import OpenPGPError, PassphraseError
from ithaca.files import FileError
from ithaca.keyring.store import Keyring
from ithaca.openpgp import secret_key
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.secret_key import SecretKey
from ithaca.verdict import Fingerprint

MOST_PASSPHRASE = 4096
"""Octets of a passphrase file."""


class PassphraseSource(Protocol):
    """Gives a passphrase."""

    @property
    def remedy(self) -> str:
        """What to do where it gives a wrong one; a sentence."""

    def read(self) -> bytes:
        """The passphrase. Raises `PassphraseError` with what to do."""


@dataclass(frozen=True, slots=True)
class FromFile:
    """A file that is ours alone (0600)."""

    path: Path

    @property
    def remedy(self) -> str:
        """See `PassphraseSource.remedy`."""
        return f"Put the right one into {self.path}."

    def read(self) -> bytes:
        """See `PassphraseSource.read`."""
        try:
            octets = files.read_private(self.path, most=MOST_PASSPHRASE)
        except FileError as error:
            raise PassphraseError(f"The passphrase cannot be had: {error}") from error
        return _first_line(octets, str(self.path))


@dataclass(frozen=True, slots=True)
class FromCredential:
    """A credential that the service manager passes (systemd.exec(5), LoadCredential=)."""

    name: str

    @property
    def remedy(self) -> str:
        """See `PassphraseSource.remedy`."""
        return f"Put the right one into the file of the credential '{self.name}', and start Ithaca again."

    def read(self) -> bytes:
        """See `PassphraseSource.read`."""
        folder = systemd.credentials()
        if folder is None:
            raise PassphraseError(
                f"The passphrase '{self.name}' is to come as a systemd credential, "
                "but this is not run as such a service."
            )
        try:
            octets = (folder / self.name).read_bytes()[:MOST_PASSPHRASE]
        except OSError as error:
            raise PassphraseError(
                f"There is no credential '{self.name}'; add to the unit: LoadCredential={self.name}:PATH"
            ) from error
        return _first_line(octets, f"the credential {self.name}")


class FromTerminal:
    """Asked once at start, while somebody sits there; kept until the service ends."""

    def __init__(self, whose: str) -> None:
        self._whose = whose
        self._passphrase: bytes | None = None

    def __repr__(self) -> str:
        return f"<passphrase of {self._whose} from the terminal>"

    @property
    def remedy(self) -> str:
        """See `PassphraseSource.remedy`."""
        return "Start Ithaca again, and type the right one."

    def ask(self) -> None:
        """Ask for it now. Raises `PassphraseError` where nobody answers."""
        try:
            self._passphrase = typed(f"Passphrase of {self._whose}: ")
        except (EOFError, OSError) as error:
            raise PassphraseError(f"The passphrase of {self._whose} was not given at the terminal.") from error

    def read(self) -> bytes:
        """See `PassphraseSource.read`."""
        if self._passphrase is None:
            raise PassphraseError(f"The passphrase of {self._whose} was not given at the terminal.")
        return self._passphrase


def has_terminal() -> bool:
    """Does somebody sit there who can be asked?"""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin is not None and sys.stdin.isatty()
    return True


def typed(prompt: str) -> bytes:
    """What is typed at the terminal, where nobody sees it; where there is none, a line of standard input.

    Raises `EOFError` where nothing comes.
    """
    if has_terminal():
        return _octets(getpass.getpass(prompt))
    print(prompt, end="", file=sys.stderr, flush=True)
    if isinstance(sys.stdin, io.TextIOWrapper):
        # Not after the first read.
        with contextlib.suppress(io.UnsupportedOperation):
            sys.stdin.reconfigure(errors="surrogateescape")
    line = "" if sys.stdin is None else sys.stdin.readline()
    print(file=sys.stderr)
    if not line:
        raise EOFError
    return _octets(line.rstrip("\r\n"))


def _octets(line: str) -> bytes:
    """As they were typed, in whatever encoding."""
    return line.encode(errors="surrogateescape")


def _first_line(octets: bytes, where: str) -> bytes:
    """Editors end files with a line end, which is no part of a passphrase."""
    line = octets.split(b"\n", 1)[0].removesuffix(b"\r")
    if not line:
        raise PassphraseError(f"The passphrase in {where} is empty.")
    return line


def unlock(keyring: Keyring, fingerprint: Fingerprint, source: PassphraseSource, engine: Engine) -> SecretKey:
    """Unlock a key of a keyring. Raises `PassphraseError`, `KeyringError`."""
    octets = keyring.secret_octets(fingerprint)
    public = keyring.own_certificate(fingerprint)
    given = source.read()
    try:
        return secret_key.unlock(octets, given, engine, certificate=public)
    except PassphraseError as error:
        raise PassphraseError(f"{error} {source.remedy}") from error
    except OpenPGPError as error:
        raise PassphraseError(f"The key {fingerprint} cannot be unlocked: {error}.") from error

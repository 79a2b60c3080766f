"""Options that several commands share, and what they ask at the terminal.

The law of this file: a passphrase comes from a private file or is typed where nobody sees it; it is never an argument.
"""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ithaca import files
from ithaca.config import keyring_path, keyrings_folder
from ithaca.errors import PassphraseError
from ithaca.files import FileError
from ithaca.keyring.secret import FromFile
from ithaca.keyring.store import MOST_FILE, Keyring
from ithaca.openpgp import armor
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.verdict import Fingerprint

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
SHORTEST = 8
"""Characters of a passphrase that is typed; more is better, and a file may hold what it likes."""
YEAR = 365 * 86400
"""Seconds."""
V4_DIGITS = 40
"""Of a version 4 fingerprint."""

configuration: Callable[[Any], Any] = click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file; default: $XDG_CONFIG_HOME/ithaca/config.yaml.",
)
keyring_name: Callable[[Any], Any] = click.option(
    "--keyring",
    "keyring",
    callback=lambda _context, _option, value: value or _sole_keyring(),
    help="Name of a keyring, or the path of its folder; can be left out where there is only one.",
)
new_keyring_name: Callable[[Any], Any] = click.option(
    "--keyring", required=True, help="Name of a keyring, or the path of its folder; made if it is missing."
)
out: Callable[[Any], Any] = click.option(
    "-o", "--out", type=NEW_FILE, help="Write to this file instead of the terminal."
)
passphrase_file: Callable[[Any], Any] = click.option(
    "--passphrase-file", type=EXISTING_FILE, help="Holds the passphrase; asked for, unless given."
)
until: Callable[[Any], Any] = click.option(
    "--until", metavar="DATE", help="When it expires: a date such as 2030-01-31, or 'never'."
)
years: Callable[[Any], Any] = click.option(
    "--years", type=click.IntRange(1, 100), help="When it expires: so many years from now."
)


def _sole_keyring() -> str:
    folder = keyrings_folder()
    names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if len(names) == 1:
        return names[0]
    there = f"there are: {', '.join(names)}" if names else "there is none yet"
    raise click.UsageError(f"Name a keyring with --keyring NAME; {there}.")


def open_keyring(name: str) -> Keyring:
    """An existing keyring by name or path; raises `KeyringError`."""
    return Keyring(keyring_path(name), PgpyEngine())


def moment(text: str | None, number: int | None, now: int) -> int | None:
    """What ``--until`` and ``--years`` say, one of which must be given: seconds since 1970, None: never.

    Raises `click.UsageError`.
    """
    if (text is None) is (number is None):
        raise click.UsageError("Say when with either --until DATE (or 'never') or --years NUMBER.")
    if number is not None:
        return now + number * YEAR
    if text in ("never", "now"):
        return None if text == "never" else now
    try:
        day = datetime.datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise click.UsageError(f"'{text}' is no date such as 2030-01-31, and neither 'never' nor 'now'.") from None
    if day.timestamp() <= now:
        raise click.UsageError(f"{text} is not in the future.")
    return int(day.timestamp())


def passphrase(file: Path | None, whose: str) -> bytes:
    """The passphrase that a key has. Raises `PassphraseError`."""
    if file is not None:
        return FromFile(file).read()
    typed: str = click.prompt(f"Passphrase of {whose}", hide_input=True, err=True)
    return typed.encode()


def new_passphrase(file: Path | None, prompt: str = "Passphrase for the new key") -> bytes:
    """A passphrase that a key gets, typed twice. Raises `PassphraseError`."""
    if file is not None:
        return FromFile(file).read()
    typed: str = click.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True)
    if len(typed) < SHORTEST:
        raise PassphraseError(f"The passphrase is too short: use at least {SHORTEST} characters.")
    return typed.encode()


def content(file: Path) -> bytes:
    """Of a file that holds keys. Raises `FileError`."""
    try:
        with file.open("rb") as opened:
            octets = opened.read(MOST_FILE + 1)
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror}.") from error
    if len(octets) > MOST_FILE:
        raise FileError(f"{file} is larger than {MOST_FILE} octets.")
    return octets


def give(kind: str, octets: bytes, fingerprint: Fingerprint, out: Path | None) -> None:
    """A key or certificate, armored, with the system's line ends. Raises `FileError`."""
    # RFC 9580 §6.1: no checksum with objects of version 6.
    give_text(armor.armor(kind, octets, crc=len(fingerprint) == V4_DIGITS).replace(b"\r\n", b"\n"), out)


def give_text(text: bytes, out: Path | None) -> None:
    """To a new file of ours alone, or to the terminal. Raises `FileError`."""
    if out is None:
        click.echo(text.decode("ascii"), nl=False)
    elif out.exists():
        # Of a backup there may be no other copy.
        raise FileError(f"{out} is there already; choose another name, or remove it.")
    else:
        files.write_atomically(out, text)

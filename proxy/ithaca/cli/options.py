"""Options that several commands share, and what they ask at the terminal.

The law of this file: a passphrase comes from a private file or is typed where nobody sees it; it is never an argument.
"""

import contextlib
import datetime
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from ithaca import files
from ithaca.cli import contents
from ithaca.config import keyring_path, keyrings_folder
from ithaca.errors import KeyringError, OpenPGPError, PassphraseError
from ithaca.files import FileError
from ithaca.keyring.secret import FromFile, has_terminal, typed
from ithaca.keyring.store import MOST_FILE, Keyring
from ithaca.openpgp import armor
from ithaca.openpgp.own_keys.self_signatures import LONGEST_LIFE
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.verdict import Fingerprint

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
INPUT = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
"""An existing file, or ``-`` for standard input."""
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
SHORTEST = 8
"""Characters of a passphrase that a key gets; more is better."""
YEAR = 365 * 86400
"""Seconds."""
V4_DIGITS = 40
"""Of a version 4 fingerprint."""

configuration: Callable[[Any], Any] = click.option(
    "--config",
    "config_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The configuration file; default: ~/.config/ithaca/config.yaml (where XDG_CONFIG_HOME is set, below that).",
)
keyring_name_as_given: Callable[[Any], Any] = click.option(
    "--keyring",
    "keyring",
    help="Name of a keyring, or the path of its folder; can be left out where there is only one.",
)
"""For a group, whose options are looked at before a command of it shows its help; `chosen` says which it is."""
keyring_name: Callable[[Any], Any] = click.option(
    "--keyring",
    "keyring",
    callback=lambda _context, _option, value: chosen(value),
    help="Name of a keyring, or the path of its folder; can be left out where there is only one.",
)
new_keyring_name: Callable[[Any], Any] = click.option(
    "--keyring",
    required=True,
    callback=lambda _context, _option, value: _named(value),
    help="Name of a keyring, or the path of its folder; made if it is missing.",
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
until_or_now: Callable[[Any], Any] = click.option(
    "--until", metavar="DATE", help="When it expires: a date such as 2030-01-31, 'never', or 'now'."
)
years: Callable[[Any], Any] = click.option(
    "--years", type=click.IntRange(1, 100), help="When it expires: so many years from now."
)


def chosen(name: str | None) -> str:
    """The keyring that is named, else the only one. Raises `KeyringError`, `click.UsageError`."""
    return _sole_keyring() if name is None else _named(name)


def _named(name: str) -> str:
    if not name.strip():
        raise click.UsageError("Name a keyring with --keyring NAME.")
    return name


def _sole_keyring() -> str:
    folder = keyrings_folder()
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    except FileNotFoundError:
        names = []
    except OSError as error:
        raise KeyringError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    if len(names) == 1:
        return names[0]
    if not names:
        raise KeyringError(
            f"There is no keyring in {folder} yet; make one with: ithaca key generate --keyring NAME --address ADDRESS"
        )
    raise click.UsageError(f"Name a keyring with --keyring NAME; there are: {', '.join(names)}.")


def open_keyring(name: str) -> Keyring:
    """An existing keyring by name or path; raises `KeyringError`."""
    return Keyring(keyring_path(name), PgpyEngine())


def moment(
    text: str | None, number: int | None, now: int, *, made: int | None = None, may_be_now: bool = False
) -> int | None:
    """What ``--until`` and ``--years`` say, one of which must be given: seconds since 1970, None: never.

    `made`: when the key was; `now`, unless said. Raises `click.UsageError`.
    """
    if (text is None) is (number is None):
        raise click.UsageError("Say when with either --until DATE (or 'never') or --years NUMBER.")
    if number is not None:
        return now + number * YEAR
    if text == "never":
        return None
    if text == "now" and may_be_now:
        return now
    try:
        day = datetime.datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=datetime.UTC)
    except ValueError:
        others = "and neither 'never' nor 'now'" if may_be_now else "nor 'never'"
        raise click.UsageError(f"'{text}' is no date such as 2030-01-31, {others}.") from None
    if day.timestamp() <= now:
        raise click.UsageError(f"{text} is not in the future.")
    latest = datetime.datetime.fromtimestamp((now if made is None else made) + LONGEST_LIFE, datetime.UTC)
    if day > latest:
        raise click.UsageError(f"{text} is too late: {latest:%Y-%m-%d} is the last day that a key can say; or 'never'.")
    return int(day.timestamp())


def passphrase(file: Path | None, whose: str) -> bytes:
    """The passphrase that a key has. Raises `PassphraseError`."""
    if file is not None:
        return FromFile(file).read()
    return _asked(f"Passphrase of {whose}", "--passphrase-file", least=1)


def new_passphrase(
    file: Path | None, prompt: str = "Passphrase for the new key", option: str = "--passphrase-file"
) -> bytes:
    """A passphrase that a key gets, typed twice; `option` names a file. Raises `PassphraseError`."""
    if file is not None:
        given = FromFile(file).read()
        if _is_short(given, SHORTEST):
            raise PassphraseError(f"The passphrase in {file} is too short: use at least {SHORTEST} characters.")
        return given
    while True:
        first = _asked(f"{prompt} (at least {SHORTEST} characters)", option, least=SHORTEST)
        if first == _asked("Repeat for confirmation", option):
            return first
        _again("The two were not the same.")


def _asked(prompt: str, option: str, *, least: int = 0) -> bytes:
    """At least that many characters."""
    while True:
        try:
            given = typed(f"{prompt}: ")
        except (EOFError, OSError) as error:
            where = "can be asked for, since there is no terminal"
            if has_terminal():
                where = "was typed"
                click.echo(err=True)
            raise PassphraseError(
                f"No passphrase {where}; name a private file that holds it: {option} FILE."
            ) from error
        if not _is_short(given, least):
            return given
        _again(f"That is too short: use at least {least} characters." if given else "Nothing was typed.")


def _is_short(octets: bytes, least: int) -> bool:
    return len(octets.decode(errors="replace")) < least


def _again(sentence: str) -> None:
    """Somebody at the terminal may try once more. Raises `PassphraseError` where nobody sits there."""
    if not has_terminal():
        raise PassphraseError(sentence)
    click.echo(sentence, err=True)


def confirm(question: str) -> None:
    """Goes on only after a yes. Raises `KeyringError`."""
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)
        raise KeyringError("Nobody said yes, so nothing was changed; --yes says it beforehand.") from None
    if not agreed:
        raise KeyringError("Nothing was changed.")


def content(file: Path) -> bytes:
    """Of a file that holds keys; ``-``: standard input. Raises `FileError`."""
    try:
        if str(file) == "-":
            octets = sys.stdin.buffer.read(MOST_FILE + 1)
        else:
            with file.open("rb") as opened:
                octets = opened.read(MOST_FILE + 1)
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror}.") from error
    if len(octets) > MOST_FILE:
        raise FileError(f"{file} is larger than {MOST_FILE} octets.")
    return octets


def whole(message: Path) -> bytes:
    """A message of any size; ``-``: standard input. Raises `FileError`."""
    try:
        return sys.stdin.buffer.read() if str(message) == "-" else message.read_bytes()
    except OSError as error:
        raise FileError(f"{message} cannot be read: {error.strerror}.") from error


def binary(file: Path, kinds: frozenset[str], *wanted: str) -> bytes:
    """The packets in a file, armored as one of `kinds` or binary, beginning with what is `wanted` (see `contents`).

    Raises `KeyringError` with the name of the file, `FileError`.
    """
    octets = content(file)
    with about(file, octets, *wanted):
        return armor.binary(octets, kinds)


@contextlib.contextmanager
def about(file: Path, octets: bytes, *wanted: str) -> Iterator[None]:
    """What is wrong with the octets of a file becomes a `KeyringError` with its name; `wanted`: see `contents`."""
    try:
        yield
    except OpenPGPError as error:
        raise KeyringError(sentence(f"{file}: {contents.instead(octets, *wanted) or error}")) from error


def sentence(text: str) -> str:
    """With one full stop."""
    return text if text.endswith(".") else f"{text}."


def command(*words: object) -> str:
    """One of ours, as it can be typed."""
    return shlex.join(("ithaca", *map(str, words)))


def give(kind: str, octets: bytes, fingerprint: Fingerprint, out: Path | None) -> None:
    """A key or certificate, armored, with the system's line ends. Raises `FileError`."""
    # RFC 9580 §6.1: no checksum with objects of version 6.
    give_text(armor.armor(kind, octets, crc=len(fingerprint) == V4_DIGITS).replace(b"\r\n", b"\n"), out)


def give_text(text: bytes, out: Path | None) -> None:
    """To a new file of ours alone, or to the terminal. Raises `FileError`."""
    if out is None:
        click.echo(text.decode("ascii"), nl=False)
    elif os.path.lexists(out):
        # Of a backup there may be no other copy.
        raise FileError(f"{out} is there already; choose another name, or remove it.")
    else:
        files.write_atomically(out, text)

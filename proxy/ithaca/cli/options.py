"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ithaca import files
from ithaca.config import keyring_path, keyrings_folder
from ithaca.files import FileError
from ithaca.keyring.store import Keyring
from ithaca.openpgp.pgpy_engine import PgpyEngine

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)

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
out: Callable[[Any], Any] = click.option(
    "-o", "--out", type=NEW_FILE, help="Write to this file instead of the terminal."
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


def give(octets: bytes, out: Path | None) -> None:
    """Armor to a new file of ours alone, or to the terminal, with the system's line ends. Raises `FileError`."""
    text = octets.replace(b"\r\n", b"\n")
    if out is None:
        click.echo(text.decode("ascii"), nl=False)
    elif out.exists():
        # Of a backup there may be no other copy.
        raise FileError(f"{out} is there already; choose another name, or remove it.")
    else:
        files.write_atomically(out, text)

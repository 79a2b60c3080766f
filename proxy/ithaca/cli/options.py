"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ithaca import files
from ithaca.config import keyring_path
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
    "--keyring", "keyring", required=True, help="Name of a keyring, or the path of its folder."
)
out: Callable[[Any], Any] = click.option(
    "-o", "--out", type=NEW_FILE, help="Write to this file instead of the terminal."
)


def open_keyring(name: str) -> Keyring:
    """An existing keyring by name or path; raises `KeyringError`."""
    return Keyring(keyring_path(name), PgpyEngine())


def give(octets: bytes, out: Path | None) -> None:
    """Armor to a file of ours alone, or to the terminal, with the system's line ends."""
    text = octets.replace(b"\r\n", b"\n")
    if out is None:
        click.echo(text.decode("ascii"), nl=False)
    else:
        files.write_atomically(out, text)

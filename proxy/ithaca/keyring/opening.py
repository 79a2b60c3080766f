"""A keyring's folder before anything in it is read: is it one, is it private, and how one is made.

The law of this file: what is no keyring is left as it is, open to others or not; what was not made to its end, because
the disk was full or somebody pressed Ctrl-C, is made to its end by the next who tries.
"""

import os
import shlex
from pathlib import Path

from ithaca import files
from ithaca.errors import KeyringError
from ithaca.files import FileError
from ithaca.keyring import layout


def is_to_be_made(path: Path) -> bool:
    """Is nothing there yet, or no more than `make` leaves when it is stopped? Raises `KeyringError`."""
    try:
        return not os.path.lexists(path) or _is_begun(path)
    except NotADirectoryError:
        return False
    except OSError as error:
        raise KeyringError(f"The keyring {path} cannot be read: {error.strerror}.") from error


def _is_begun(path: Path) -> bool:
    for name in os.listdir(path):
        if name in (layout.KEYS, layout.CERTIFICATES):
            if os.listdir(path / name):
                return False
        elif not name.startswith(f".{layout.VERSION_FILE}."):
            return False
    return True


def make(path: Path) -> None:
    """Make the folder of an empty keyring. Raises `KeyringError`."""
    if os.path.lexists(path):
        _require_private(path, path)
    try:
        for folder in (path, layout.keys(path), layout.certificates(path)):
            files.make_private_folder(folder)
        # Last: what has it is whole.
        files.write_atomically(layout.version_file(path), layout.VERSION)
    except FileError as error:
        raise KeyringError(str(error)) from error


def require(path: Path) -> None:
    """Refuse what is no keyring of this format, or is not private. Raises `KeyringError`."""
    try:
        version = layout.version_file(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise KeyringError(_missing(path)) from error
    except OSError as error:
        raise KeyringError(f"The keyring {path} cannot be read: {error.strerror}.") from error
    if version != layout.VERSION:
        raise KeyringError(f"The keyring {path} has a format that this version does not know.")
    for folder in (path, layout.keys(path)):
        _require_private(folder, path)


def _missing(path: Path) -> str:
    """Why there is no version file."""
    if os.path.lexists(path):
        return f"{path} is no keyring: it has no file '{layout.VERSION_FILE}'."
    command = shlex.join(("ithaca", "key", "generate", "--keyring", str(path), "--address"))
    return f"There is no keyring {path}; make one with: {command} ADDRESS"


def _require_private(folder: Path, keyring: Path) -> None:
    try:
        files.require_private(folder)
    except FileError as error:
        said = str(error)
        if said.endswith(files.READ_BY_OTHERS):
            # One command for all that is in there.
            said = f"{said.removesuffix('.')}; run: {shlex.join(('chmod', '-R', 'go=', str(keyring)))}"
        raise KeyringError(said) from error

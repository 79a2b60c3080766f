"""Files that must not be lost, half written, or read by others.

The law of this file: a writer leaves either the old or the new content, never a part; secrets are private from the
first octet on; a reader refuses what others could read or change.
"""

import contextlib
import fcntl
import os
import shlex
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ithaca.errors import PermanentError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
READ_BY_OTHERS = "can be read by others."
"""The end of what is said of a folder."""


class FileError(PermanentError):
    """A file or folder cannot be used as it is."""


def write_atomically(path: Path, octets: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Replace `path` in one step: a new file beside it, flushed to the disk, then renamed. Raises `FileError`."""
    name = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(octets)
            file.flush()
            os.fsync(handle)
        os.replace(name, path)
        _sync_folder(path.parent)
    except BaseException as error:
        # Ctrl-C, too, leaves nothing behind.
        if name is not None:
            with contextlib.suppress(OSError):
                os.unlink(name)
        if isinstance(error, OSError):
            raise FileError(f"{path} cannot be written: {error.strerror}.") from error
        raise


def _sync_folder(folder: Path) -> None:
    """A rename is lasting only once the folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_private_folder(path: Path) -> None:
    """Make a folder that only we can enter; its parents as well if they are missing. Raises `FileError`."""
    try:
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"The folder {path} cannot be made: {error.strerror}.") from error


def require_private(path: Path) -> None:
    """Refuse a file or folder that belongs to others or that others may read or change. Raises `FileError`.

    The sentence says how a file is made private; a folder is not for this to judge: it may be anybody's.
    """
    status = _status(path)
    if status.st_uid != os.geteuid():
        raise FileError(f"{path} belongs to another user; it must belong to the one who runs Ithaca.")
    if status.st_mode & 0o077:
        if stat.S_ISDIR(status.st_mode):
            raise FileError(f"{path} {READ_BY_OTHERS}")
        raise FileError(f"{path} can be read by others; run: {shlex.join(('chmod', '600', str(path)))}")


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error


def read_private(path: Path, *, most: int = 1 << 20) -> bytes:
    """The content of a private file of at most `most` octets. Raises `FileError`."""
    status = _status(path)
    # First of all: whatever is no such file should stay as readable as it is.
    if stat.S_ISDIR(status.st_mode):
        raise FileError(f"{path} is a folder.")
    if status.st_size > most:
        raise FileError(f"{path} is larger than {most} octets.")
    require_private(path)
    try:
        with path.open("rb") as file:
            octets = file.read(most + 1)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    if len(octets) > most:
        raise FileError(f"{path} is larger than {most} octets.")
    return octets


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the exclusive lock on `path`, which is made if it is missing; waits for other writers."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        raise FileError(f"{path} cannot be locked: {error.strerror}.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

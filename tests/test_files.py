"""Files: whole or not at all, private from the first octet, refused when others can read them."""

import os
import stat
import subprocess
import sys
import threading

import pytest

from ithaca import files
from ithaca.files import FileError


def test_a_file_is_replaced_in_one_step_and_is_private(tmp_path):
    path = tmp_path / "f"
    files.write_atomically(path, b"old")
    files.write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["f"]


def test_a_failed_write_leaves_the_old_content_and_no_leftovers(tmp_path, monkeypatch):
    path = tmp_path / "f"
    files.write_atomically(path, b"old")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_what_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"secret")
    path.chmod(0o640)
    with pytest.raises(FileError, match=f"chmod 600 {path}"):
        files.read_private(path)
    tmp_path.chmod(0o755)
    with pytest.raises(FileError, match=f"{tmp_path} can be read by others.$"):
        files.require_private(tmp_path)


def test_what_is_no_secret_file_is_left_open_to_others(tmp_path):
    """A program, a folder: nobody is told to shut others out of it."""
    path = tmp_path / "a program"
    path.write_bytes(b"123456")
    path.chmod(0o755)
    with pytest.raises(FileError, match="a program is larger than 5 octets"):
        files.read_private(path, most=5)
    tmp_path.chmod(0o755)
    with pytest.raises(FileError, match="is a folder"):
        files.read_private(tmp_path)
    with pytest.raises(FileError, match=f"chmod 600 '{path}'"):
        files.read_private(path)


def test_a_writer_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(_handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomically(tmp_path / "f", b"new")
    assert os.listdir(tmp_path) == []


def test_a_second_writer_waits_for_the_first(tmp_path):
    order = []
    entered = threading.Event()

    def first():
        with files.locked(tmp_path / "lock"):
            entered.set()
            code = f"import fcntl; fcntl.flock(open({str(tmp_path / 'lock')!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)"
            other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
            order.append(other.returncode)

    first()
    assert entered.is_set()
    assert order == [1]
    with files.locked(tmp_path / "lock"):
        pass

"""What waits between two passes has no name on the disk."""

import os

import pytest

from ithaca.cli.sop import spool
from ithaca.cli.sop.exit_codes import ExitCode, Failure


def test_what_is_written_comes_back_and_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "IN_MEMORY", 10)
    monkeypatch.setattr(spool.tempfile, "tempdir", str(tmp_path))
    with spool.spool() as waiting:
        waiting.write(b"0123456789abcdef")
        assert os.listdir(tmp_path) == []
        open_files = [
            os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if n.isdigit() and _open(n)
        ]
        assert any(str(tmp_path) in path and path.endswith("(deleted)") for path in open_files)
        waiting.seek(0)
        assert waiting.read(100) == b"0123456789abcdef"


def _open(number):
    return os.path.lexists(f"/proc/self/fd/{number}")


def test_little_never_reaches_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(spool.tempfile, "tempdir", str(tmp_path / "not there"))
    with spool.spool() as waiting:
        waiting.write(b"few")


def test_a_full_disk_is_one_sentence_that_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(spool.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Failure, match=str(tmp_path)) as raised, spool.spool():
        raise OSError(28, "No space left on device")
    assert raised.value.code == ExitCode.UNSPECIFIED_FAILURE


def test_ciphertext_goes_where_tmpdir_says(sop, alice):
    message = sop("encrypt", "--no-armor", alice.cert, octets=bytes(spool.IN_MEMORY + 1))
    environment = {**sop.environment(), "TMPDIR": str(sop.folder / "missing")}
    # Python falls back on /tmp by itself where TMPDIR is no folder.
    assert len(sop("decrypt", alice.key, octets=message, env=environment)) == spool.IN_MEMORY + 1

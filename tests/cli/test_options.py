"""The program as a whole: help, version, what it imports."""

import subprocess
import sys

import click
import pytest

from ithaca.cli import options
from ithaca.files import FileError
from ithaca.openpgp import armor


def test_help_names_every_command(ithaca):
    words = ithaca("--help").stdout.decode()
    for command in ("run", "demo", "explain", "key", "cert", "config"):
        assert f"\n  {command} " in words
    assert ithaca("--version").stdout.startswith(b"ithaca, version ")


def test_wrong_words_are_usage_errors(ithaca):
    assert b"No such command" in ithaca("sing", status=2).stderr


def test_help_imports_neither_pgpy_nor_pydantic():
    code = "import sys, ithaca.cli; sys.exit(any(m in sys.modules for m in ('pgpy', 'pydantic', 'rich', 'aiosmtpd')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


NOW = 1_790_000_000


@pytest.mark.parametrize(
    ("text", "years", "seconds"),
    [
        ("2030-01-31", None, 1_896_048_000),
        ("never", None, None),
        ("now", None, NOW),
        (None, 2, NOW + 2 * 365 * 86400),
    ],
)
def test_when_something_expires(text, years, seconds):
    assert options.moment(text, years, NOW) == seconds


@pytest.mark.parametrize(
    ("text", "years", "words"),
    [
        (None, None, "Say when"),
        ("never", 1, "Say when"),
        ("2026-09-21", None, "is not in the future"),
        ("31.1.2030", None, "is no date"),
        ("", None, "is no date"),
    ],
)
def test_what_is_no_time_to_come_is_said(text, years, words):
    with pytest.raises(click.UsageError, match=words):
        options.moment(text, years, NOW)


@pytest.mark.parametrize(("digits", "checksum"), [(40, "good"), (64, "absent")])
def test_armor_of_version_6_has_no_checksum(tmp_path, digits, checksum):
    """RFC 9580 §6.1; GnuPG 2.2 wants it."""
    options.give("PUBLIC KEY BLOCK", b"\xc6\x03abc", "A" * digits, tmp_path / "out")
    text = (tmp_path / "out").read_bytes()
    assert b"\r" not in text
    assert armor.dearmor(text).crc == checksum


def test_nothing_that_is_there_is_written_over(tmp_path):
    (tmp_path / "out").write_bytes(b"before")
    with pytest.raises(FileError, match="is there already"):
        options.give_text(b"after", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"before"


def test_a_file_that_is_no_key_for_its_size_is_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(options, "MOST_FILE", 5)
    (tmp_path / "large").write_bytes(b"123456")
    with pytest.raises(FileError, match="is larger than 5 octets"):
        options.content(tmp_path / "large")
    (tmp_path / "right").write_bytes(b"12345")
    assert options.content(tmp_path / "right") == b"12345"

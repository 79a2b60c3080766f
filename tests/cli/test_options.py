"""The program as a whole: help, version, what it imports."""

import subprocess
import sys


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

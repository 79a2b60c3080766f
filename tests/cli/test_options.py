"""The program as a whole: help, version, what it imports, what it asks, where it prints."""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import pytest

from ithaca.cli import options
from ithaca.errors import KeyringError, PassphraseError
from ithaca.files import FileError
from ithaca.openpgp import armor


def test_help_names_every_command(ithaca):
    words = ithaca("--help").stdout.decode()
    for command in ("run", "demo", "explain", "key", "cert", "config"):
        assert f"\n  {command} " in words
    assert ithaca("--version").stdout.startswith(b"ithaca, version ")


def test_wrong_words_are_usage_errors(ithaca):
    assert b"No such command" in ithaca("sing", status=2).stderr


@pytest.mark.parametrize("group", ["key", "cert", "config", "phrase"])
def test_a_list_of_commands_is_not_cut_short(ithaca, group):
    assert b"..." not in ithaca(group, "--help").stdout.partition(b"Commands:")[2]


def test_help_imports_neither_pgpy_nor_pydantic():
    code = "import sys, ithaca.cli; sys.exit(any(m in sys.modules for m in ('pgpy', 'pydantic', 'rich', 'aiosmtpd')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


NOW = 1_790_000_000


@pytest.mark.parametrize(
    ("text", "years", "seconds"),
    [
        ("2030-01-31", None, 1_896_048_000),
        ("never", None, None),
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
        ("now", None, "is no date"),
        ("2200-01-01", None, "2162-10-28 is the last day"),
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


def test_only_what_there_is_expires_at_once():
    assert options.moment("now", None, NOW, may_be_now=True) == NOW


def test_the_last_day_counts_from_when_the_key_was_made():
    """RFC 9580 §5.2.3.13: four octets of seconds."""
    with pytest.raises(click.UsageError, match="2106-02-07 is the last day"):
        options.moment("2106-02-08", None, NOW, made=0)
    assert options.moment("2106-02-07", None, NOW, made=0) == 4_294_944_000


@pytest.fixture
def terminal(monkeypatch, capsys):
    """``terminal("first", "second")``: what is typed, answer by answer; what was said, line by line."""

    def sit(*answers, there=True):
        waiting = list(answers)

        def typed(prompt):
            print(prompt, file=sys.stderr)
            if not waiting:
                raise EOFError
            return waiting.pop(0).encode()

        monkeypatch.setattr(options, "typed", typed)
        monkeypatch.setattr(options, "has_terminal", lambda: there)

        def said():
            return capsys.readouterr().err.splitlines()

        return said

    return sit


def test_a_new_passphrase_says_what_it_wants_and_is_asked_for_again(terminal):
    said = terminal("short", "", "long enough", "long enougg", "long enough", "long enough")
    assert options.new_passphrase(None) == b"long enough"
    prompt, again = "Passphrase for the new key (at least 8 characters): ", "Repeat for confirmation: "
    assert said() == [
        prompt,
        "That is too short: use at least 8 characters.",
        prompt,
        "Nothing was typed.",
        prompt,
        again,
        "The two were not the same.",
        prompt,
        again,
    ]


def test_the_end_of_file_at_the_terminal_is_no_passphrase(terminal):
    said = terminal()
    with pytest.raises(PassphraseError, match="No passphrase was typed; name a private file"):
        options.new_passphrase(None)
    assert said()[-1] == "", "what is said next begins a line"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (("short",), "use at least 8 characters"),
        (("long enough", "other words"), "not the same"),
        ((), "there is no terminal; name a private file that holds it: --passphrase-file FILE"),
        (("long enough",), "there is no terminal"),
    ],
)
def test_without_a_terminal_nothing_is_asked_again(terminal, answers, words):
    terminal(*answers, there=False)
    with pytest.raises(PassphraseError, match=words):
        options.new_passphrase(None)


def test_an_empty_answer_is_said(terminal):
    said = terminal("", "x")
    assert options.passphrase(None, "the key") == b"x", "an old one may be short"
    assert said() == ["Passphrase of the key: ", "Nothing was typed.", "Passphrase of the key: "]


@pytest.mark.parametrize(("content", "is_long_enough"), [("x", False), ("ü" * 7, False), ("ü" * 8, True)])
def test_a_file_for_a_new_passphrase_holds_no_shorter_one(tmp_path, content, is_long_enough):
    file = tmp_path / "passphrase"
    file.write_text(f"{content}\n")
    file.chmod(0o600)
    assert options.passphrase(file, "the key") == content.encode(), "an old one may be short"
    if is_long_enough:
        assert options.new_passphrase(file) == content.encode()
    else:
        with pytest.raises(PassphraseError, match=f"in {file} is too short: use at least 8 characters"):
            options.new_passphrase(file)


def test_a_command_can_be_typed_as_it_is_printed():
    assert options.command("key", "show", "--keyring", "a b") == "ithaca key show --keyring 'a b'"


@pytest.mark.parametrize("text", ["It is full", "It is full."])
def test_a_sentence_has_one_full_stop(text):
    assert options.sentence(text) == "It is full."


@pytest.mark.parametrize(
    "command", [("key", "list"), ("key", "generate", "--address", "a@example.org"), ("cert", "list")]
)
def test_no_name_is_no_keyring(ithaca, command):
    assert b"Name a keyring with --keyring NAME." in ithaca(*command, "--keyring", "", status=2).stderr


def test_a_folder_that_nobody_may_enter_is_said(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with monkeypatch.context() as shut:
        for owner, name in ((Path, "stat"), (os, "scandir")):
            shut.setattr(owner, name, denied)
        with pytest.raises(KeyringError, match="cannot be read: Permission denied"):
            options._sole_keyring()
        shut.setattr(tempfile, "mkstemp", denied)
        with pytest.raises(FileError, match="cannot be written: Permission denied"):
            options.give_text(b"x", tmp_path / "out")


# --- standard output ---------------------------------------------------------------------------------


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [("key", "list"), ("key", "export"), ("cert", "list"), ("--help",)])
def test_a_full_standard_output_is_a_sentence_and_a_failure(carol, ithaca, command, unbuffered):
    done = redirected(ithaca, command, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.stderr == b"ithaca: Standard output cannot be written: No space left on device.\n"
    assert done.returncode == 1


@pytest.mark.parametrize("command", [("key", "list"), ("key", "export")])
def test_a_closed_standard_output_is_a_sentence_and_a_failure(carol, ithaca, command):
    done = redirected(ithaca, command, ">&-")
    assert (done.returncode, done.stderr) == (1, b"ithaca: Standard output is closed.\n")


def test_whoever_has_seen_enough_hears_nothing(carol, ithaca):
    assert redirected(ithaca, ("key", "export"), "| head -c 0").stderr == b""


def redirected(ithaca, command, redirection, **variables):
    words = shlex.join([sys.executable, "-m", "ithaca", *command])
    environment = {**ithaca.environment, **variables}
    return subprocess.run(f"{words} {redirection}", shell=True, capture_output=True, env=environment, check=False)

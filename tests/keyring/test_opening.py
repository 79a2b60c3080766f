"""A keyring's folder: one that was not made to its end, one that is none, one that others can read."""

import errno
import os
from pathlib import Path

import pytest

from ithaca import files
from ithaca.errors import KeyringError
from ithaca.files import FileError
from ithaca.keyring import layout, opening
from ithaca.keyring.store import Keyring


@pytest.fixture
def place(tmp_path):
    return tmp_path / "ring"


def test_what_is_made_is_a_keyring_and_private(place):
    assert opening.is_to_be_made(place)
    opening.make(place)
    opening.require(place)
    assert not opening.is_to_be_made(place)
    assert {p.name for p in place.iterdir()} == {"version", "keys", "certs"}
    for path in (place, *place.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", [(), ("keys",), ("keys", "certs"), ("keys", "certs", ".version.k3j2")])
def test_what_was_begun_is_no_keyring_and_is_made_to_its_end(place, engine, left):
    """The disk was full, or somebody pressed Ctrl-C."""
    place.mkdir(mode=0o700)
    for name in left:
        (place / name).touch() if name.startswith(".") else (place / name).mkdir(mode=0o700)
    with pytest.raises(KeyringError, match="is no keyring: it has no file 'version'"):
        opening.require(place)
    assert Keyring.create(place, engine).secret_fingerprints() == ()


def test_a_full_disk_leaves_what_can_be_made_to_its_end(place, monkeypatch):
    def full(*_, **__):
        raise FileError("No space left on device.")

    with monkeypatch.context() as disk:
        disk.setattr(files, "write_atomically", full)
        with pytest.raises(KeyringError, match="No space left"):
            opening.make(place)
    assert not layout.version_file(place).exists(), "it comes last"
    assert opening.is_to_be_made(place)


@pytest.mark.parametrize("name", ["letter", "keys/letter", "version"])
def test_a_folder_of_something_else_is_left_as_it_is(place, engine, name):
    path = place / name
    path.parent.mkdir(parents=True)
    path.write_text("Dear Alice")
    place.chmod(0o755)
    with pytest.raises(KeyringError, match="is no keyring|a format that") as refused:
        Keyring.create(place, engine)
    assert "chmod" not in str(refused.value)
    assert path.read_text() == "Dear Alice"


def test_a_file_is_no_keyring(place, engine):
    place.write_text("Dear Alice")
    for opened in (Keyring, Keyring.create):
        with pytest.raises(KeyringError, match="is no keyring"):
            opened(place, engine)


def test_others_are_shut_out_by_one_command(tmp_path):
    place = tmp_path / "my ring"
    opening.make(place)
    layout.keys(place).chmod(0o755)
    with pytest.raises(KeyringError, match=f"keys can be read by others; run: chmod -R go= '{place}'$"):
        opening.require(place)
    empty = tmp_path / "empty"
    empty.mkdir(mode=0o755)
    with pytest.raises(KeyringError, match=f"run: chmod -R go= {empty}"):
        opening.make(empty)
    assert list(empty.iterdir()) == []


def test_a_missing_one_is_made_by_the_command_that_is_said(tmp_path):
    """At that path, and with all that the command needs."""
    with pytest.raises(KeyringError, match=f"ithaca key generate --keyring '{tmp_path}/a b' --address ADDRESS"):
        opening.require(tmp_path / "a b")


def test_one_behind_a_folder_that_nobody_may_enter_is_said(place, engine, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    opening.make(place)
    with monkeypatch.context() as shut:
        for name in ("stat", "read_bytes"):
            shut.setattr(Path, name, denied)
        with pytest.raises(KeyringError, match="cannot be read: Permission denied"):
            Keyring(place, engine)
    monkeypatch.setattr(os, "listdir", denied)
    with pytest.raises(KeyringError, match="cannot be read: Permission denied"):
        opening.is_to_be_made(place)

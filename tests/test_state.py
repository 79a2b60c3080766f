"""The memory: what was written is read, what is damaged is said, and nothing grows without end."""

import logging
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from ithaca import state
from ithaca.state import Bound, Database, Schema, StateError, installation_key, keyed

NOTES = Schema(
    "notes", (("CREATE TABLE notes (word TEXT PRIMARY KEY, at INTEGER NOT NULL)",),), (Bound("notes", "at", 10),)
)


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "state" / "state.sqlite", NOTES)
    yield made
    made.close()


def add(word, at=0):
    return lambda write: write("INSERT INTO notes (word, at) VALUES (?, ?) ON CONFLICT DO NOTHING", word, at) and None


def test_the_installation_key_is_made_once_and_private(tmp_path):
    folder = tmp_path / "new"
    key = installation_key(folder)
    assert len(key) == 32
    assert installation_key(folder) == key
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / state.KEY_FILE).stat().st_mode) == 0o600
    assert installation_key(tmp_path / "other") != key


def test_two_threads_make_one_installation_key(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(installation_key(tmp_path / "k"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_a_damaged_or_open_installation_key_is_an_error_with_a_remedy(tmp_path):
    installation_key(tmp_path)
    (tmp_path / state.KEY_FILE).write_bytes(b"short")
    with pytest.raises(StateError, match="damaged: move it away with: mv"):
        installation_key(tmp_path)
    (tmp_path / state.KEY_FILE).chmod(0o644)
    with pytest.raises(StateError, match="chmod 600"):
        installation_key(tmp_path)


def test_a_keyed_digest_depends_on_key_subject_and_the_border_of_its_parts():
    assert keyed(b"k", b"s", b"ab", b"c") != keyed(b"k", b"s", b"a", b"bc")
    assert keyed(b"k", b"s", b"a") != keyed(b"l", b"s", b"a")
    assert keyed(b"k", b"s", b"a") != keyed(b"k", b"t", b"a")


def test_what_was_written_is_read_at_once_and_after_opening_again(database):
    database.write(add("one"))
    assert database.read("SELECT word FROM notes") == [("one",)]
    database.close()
    assert Database(database.path, NOTES).read("SELECT word FROM notes") == [("one",)]


def test_it_is_private_and_in_wal_mode(database):
    database.write(add("one"))
    assert database.read("PRAGMA journal_mode") == [("wal",)]
    assert stat.S_IMODE(database.path.parent.stat().st_mode) == 0o700
    for path in database.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_many_writes_need_few_commits(database, monkeypatch):
    commits = []
    commit = Database._commit
    monkeypatch.setattr(Database, "_commit", lambda self, *rest: (commits.append(1), commit(self, *rest))[1])
    for n in range(200):
        database.write(add(str(n), n))
    database.settle()
    assert len(commits) < 20


def test_threads_write_and_read_beside_each_other(database):
    def work(n):
        database.write(add(str(n)))
        assert database.read("SELECT COUNT(*) FROM notes WHERE word = ?", str(n)) == [(1,)]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.read("SELECT COUNT(*) FROM notes") == [(8,)]


def test_another_program_may_write_too(database):
    other = Database(database.path, NOTES)
    database.write(add("ours"))
    database.settle()
    other.write(add("theirs"))
    other.settle()
    assert sorted(database.read("SELECT word FROM notes")) == [("ours",), ("theirs",)]
    other.close()


def test_a_command_beside_the_service_neither_misses_nor_loses_what_is_written(database):
    """Whoever closes the database as the last removes its log: another program must see that we are there still."""
    look = "import sqlite3, sys; print([w for (w,) in sqlite3.connect(sys.argv[1]).execute('SELECT word FROM notes')])"
    for word in ("one", "two", "three"):
        database.write(add(word))
        held = [w for (w,) in database.read("SELECT word FROM notes")]
        seen = subprocess.run([sys.executable, "-c", look, database.path], capture_output=True, check=True, text=True)
        assert seen.stdout == f"{held}\n"
    database.close()
    assert len(database.read("SELECT word FROM notes")) == 3


def test_the_oldest_leave_first_and_it_is_said(database, caplog, monkeypatch):
    monkeypatch.setattr(state, "PRUNE_EVERY", 1)
    with caplog.at_level(logging.WARNING, "ithaca.state"):
        for n in range(15):
            database.write(add(str(n), n))
        database.settle()
    assert database.read("SELECT MIN(at), COUNT(*) FROM notes") == [(5, 10)]
    assert "the oldest 5 entries of notes are forgotten" in caplog.text


def test_a_damaged_file_is_an_error_that_names_it_and_the_remedy(database):
    database.path.parent.mkdir(mode=0o700)
    database.path.write_bytes(b"no database at all" * 100)
    database.path.chmod(0o600)
    with pytest.raises(StateError, match=r"state\.sqlite is damaged .*mv "):
        database.read("SELECT word FROM notes")


def test_what_could_not_be_written_makes_reading_an_error_until_it_was(database, monkeypatch):
    monkeypatch.setattr(state, "RETRY_SECONDS", 0.05)
    database.path.parent.mkdir(mode=0o700)
    database.path.write_bytes(b"no database at all" * 100)
    database.path.chmod(0o600)
    database.write(add("one"))
    with pytest.raises(StateError):
        database.read("SELECT word FROM notes")
    database.path.unlink()
    for _ in range(200):
        try:
            assert database.read("SELECT word FROM notes") == [("one",)]
            break
        except StateError:
            threading.Event().wait(0.05)
    else:
        pytest.fail("it never recovered")


def test_a_file_that_others_can_read_is_refused(database):
    database.write(add("one"))
    database.close()
    database.path.chmod(0o644)
    with pytest.raises(StateError, match="chmod 600"):
        database.read("SELECT word FROM notes")


def test_tables_grow_by_versions_and_a_newer_one_is_refused(tmp_path):
    path = tmp_path / "grow.sqlite"
    first = Schema("notes", NOTES.steps)
    second = Schema("notes", (*NOTES.steps, ("ALTER TABLE notes ADD COLUMN colour TEXT",)))
    old = Database(path, first)
    old.write(add("one"))
    old.close()
    new = Database(path, second)
    assert new.read("SELECT word, colour FROM notes") == [("one", None)]
    new.close()
    with pytest.raises(StateError, match="newer version of Ithaca"):
        Database(path, first).read("SELECT word FROM notes")


def test_a_write_that_fails_leaves_nothing_half_done(database):
    def half(write):
        write("INSERT INTO notes (word, at) VALUES ('half', 0)")
        raise sqlite3.OperationalError("disk is full")

    database.write(half)
    with pytest.raises(StateError, match="disk is full"):
        database.settle()
    database.close()
    assert Database(database.path, NOTES).read("SELECT word FROM notes") == []


def test_a_value_that_no_column_holds_keeps_nothing_else_out(database):
    database.write(add("huge", 1 << 80))
    database.write(lambda write: write("INSERT INTO notes (word) VALUES (?)", "none"))
    database.write(add("\ud800"))
    database.write(add("one"))
    assert database.read("SELECT word FROM notes") == [("one",)]


def test_reading_makes_no_file(database):
    assert database.read("SELECT word FROM notes") == []
    assert not database.path.parent.exists()


def test_what_nobody_expected_is_told_to_who_reads_and_nobody_waits_for_ever(database, monkeypatch):
    def broken(_connection):
        raise RuntimeError("something else")

    monkeypatch.setattr(database, "_upgrade", broken)
    database.write(add("one"))
    with pytest.raises(StateError, match="something else"):
        database.read("SELECT word FROM notes")
    monkeypatch.undo()
    database.close()

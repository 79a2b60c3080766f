"""What must be remembered: the one door to SQLite, and the key of this installation.

The law of this file: no content of a message, no subject, and no digest without the key of this installation is ever
kept; what was written is seen by every later read; what cannot be read or kept is an error that names file and
remedy, never an empty memory. Statements are plain SQL that other databases understand as well.
"""

import contextlib
import hmac
import logging
import os
import shlex
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ithaca import files
from ithaca.errors import PermanentError
from ithaca.files import FileError

KEY_FILE = "installation-key"
KEY_OCTETS = 32
DIGEST_DIGITS = 32
"""Hexadecimal digits kept of a keyed digest: 128 bits, which nobody can collide without the key."""
GROUP_SECONDS = 0.05
"""So long the writer waits for more to write with the same commit, unless somebody wants to read."""
BUSY_SECONDS = 5.0
"""So long another program (a command beside the service) may hold the database."""
RETRY_SECONDS = 1.0
"""Between two tries to write what could not be written."""
MOST_QUEUED = 10_000
"""Writes that wait while the disk is full; more are let go, and the log says so."""
PRUNE_EVERY = 256
"""Writes between two looks at the size of the tables."""

_OF_ONE_VALUE = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
"""What is wrong with one write, and would be so again; anything else is the file's or the disk's."""

_log = logging.getLogger("ithaca.state")
T = TypeVar("T")
Value = str | int | bytes | None
Row = tuple[Any, ...]


class StateError(PermanentError):
    """What is remembered cannot be read or kept; the sentence names the file and what to do."""


def installation_key(folder: Path) -> bytes:
    """The 32 octets that key every digest of this installation; made once, private. Raises `StateError`."""
    path = folder / KEY_FILE
    try:
        files.make_private_folder(folder)
        with files.locked(folder / f".{KEY_FILE}.lock"):
            if not path.exists():
                files.write_atomically(path, os.urandom(KEY_OCTETS))
        octets = files.read_private(path)
    except FileError as error:
        raise StateError(str(error)) from error
    if len(octets) != KEY_OCTETS:
        raise StateError(f"{path} is damaged: {_moving(path)}; what was kept under it is then forgotten.")
    return octets


def keyed(key: bytes, subject: bytes, *parts: bytes) -> str:
    """A keyed digest (HMAC-SHA-256) of `parts` for one `subject`, in hexadecimal. No parts can be read as others."""
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in (subject, *parts))
    return hmac.digest(key, framed, "sha256").hex()[:DIGEST_DIGITS]


@dataclass(frozen=True, slots=True)
class Bound:
    """A table that keeps at most so many rows: those with the lowest `age` leave first."""

    table: str
    age: str
    """The column that says how old a row is."""
    most: int


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one owner."""

    owner: str
    steps: tuple[tuple[str, ...], ...]
    """For each version the statements that lead to it from the one before."""
    bounds: tuple[Bound, ...] = ()


class Writer:
    """What a write may do: statements within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __call__(self, sql: str, *values: Value) -> int:
        """Execute one statement: the number of rows that it changed."""
        return self._connection.execute(sql, values).rowcount

    def read(self, sql: str, *values: Value) -> list[Row]:
        """Rows as this transaction sees them."""
        return self._connection.execute(sql, values).fetchall()


Write = Callable[[Writer], object]
"""Runs in the writer's thread, perhaps more than once: what it does must not add up when it is done again."""


@dataclass(slots=True)
class _Queue:
    waiting: list[Write] = field(default_factory=list)
    put: int = 0
    done: int = 0
    hurry: bool = False
    closing: bool = False


class Database:
    """One file with the tables of some owners. Safe to use from several threads, and beside other programs.

    It is opened when it is first used: a damaged one stops nobody from starting, and is said at each use.
    """

    def __init__(self, path: Path, *schemas: Schema) -> None:
        self.path = path
        self._schemas = schemas
        self._changed = threading.Condition()
        self._queue = _Queue()
        self._thread: threading.Thread | None = None
        self._reading = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._trouble: StateError | None = None
        self._since_pruned = PRUNE_EVERY

    # --- reading ---

    def read(self, sql: str, *values: Value) -> list[Row]:
        """Rows, all earlier writes seen; none where there is no file yet, which reading does not make.

        Raises `StateError`, also while an earlier write could not be kept.
        """
        self.settle()
        with self._reading:
            try:
                if self._reader is None and not self.path.exists():
                    return []
                if self._reader is None:
                    self._reader = self._open()
                return self._reader.execute(sql, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                self._forget_reader()
                raise self._error(error) from error

    def settle(self) -> None:
        """Wait until everything that was to be written so far is. Raises `StateError` where it cannot be."""
        with self._changed:
            target = self._queue.put
            if self._queue.done >= target:
                return
            self._queue.hurry = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._queue.done >= target or self._trouble is not None)
            if self._queue.done < target and self._trouble is not None:
                raise self._trouble

    # --- writing ---

    def write(self, work: Write) -> None:
        """Have something written soon, by the writer's thread; never waits and never raises."""
        with self._changed:
            if len(self._queue.waiting) >= MOST_QUEUED:
                _log.error("%s: nothing can be written, and something is forgotten", self.path)
                return
            self._queue.waiting.append(work)
            self._queue.put += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ithaca-state", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Write what waits, as far as that is possible, and let go of the file."""
        with self._changed:
            self._queue.closing = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join()
        with self._changed:
            self._thread, self._queue = None, _Queue()
        with self._reading:
            self._forget_reader()

    def __del__(self) -> None:
        # A command that only reads ends without closing.
        with contextlib.suppress(AttributeError, sqlite3.Error):
            self._forget_reader()

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        while True:
            batch = self._next()
            if batch is None:
                break
            try:
                connection = connection or self._open()
                self._commit(connection, batch)
            except Exception as error:  # noqa: BLE001 (if this thread ended, whoever reads would wait for ever)
                if connection is not None:
                    with contextlib.suppress(sqlite3.Error):
                        connection.close()
                connection = None
                if not self._failed(self._error(error)):
                    break
                continue
            self._succeeded(len(batch))
        if connection is not None:
            connection.close()

    def _next(self) -> list[Write] | None:
        """What is to be written with the next commit; None: nothing more ever."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue.waiting or self._queue.closing)
            if not self._queue.waiting:
                return None
            self._changed.wait_for(lambda: self._queue.hurry or self._queue.closing, GROUP_SECONDS)
            return list(self._queue.waiting)

    def _commit(self, connection: sqlite3.Connection, batch: Sequence[Write]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            writer = Writer(connection)
            for work in batch:
                self._do(connection, writer, work)
            self._since_pruned += len(batch)
            if self._since_pruned >= PRUNE_EVERY:
                self._prune(writer)
                self._since_pruned = 0
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _do(self, connection: sqlite3.Connection, writer: Writer, work: Write) -> None:
        connection.execute("SAVEPOINT one")
        try:
            work(writer)
        except Exception as error:  # one value that no column holds must not keep all others out
            if isinstance(error, (sqlite3.Error, OSError)) and not isinstance(error, _OF_ONE_VALUE):
                raise
            _log.error("%s: something is forgotten: %s", self.path, type(error).__name__)
            connection.execute("ROLLBACK TO one")
        connection.execute("RELEASE one")

    def _prune(self, writer: Writer) -> None:
        for bound in (b for schema in self._schemas for b in schema.bounds):
            # The names are those of a schema of ours.
            ((count,),) = writer.read(f"SELECT COUNT(*) FROM {bound.table}")  # noqa: S608
            if count <= bound.most:
                continue
            found = writer.read(
                f"SELECT {bound.age} FROM {bound.table} ORDER BY {bound.age} LIMIT 1 OFFSET ?",  # noqa: S608
                count - bound.most,
            )
            gone = writer(f"DELETE FROM {bound.table} WHERE {bound.age} < ?", found[0][0])  # noqa: S608
            if gone:
                _log.warning("%s: the oldest %d entries of %s are forgotten", self.path, gone, bound.table)

    def _succeeded(self, count: int) -> None:
        with self._changed:
            del self._queue.waiting[:count]
            self._queue.done += count
            self._queue.hurry = self._trouble is not None and bool(self._queue.waiting)
            self._trouble = None
            self._changed.notify_all()

    def _failed(self, trouble: StateError) -> bool:
        """Say it once, wait a little; False: the service ends, and it stays unwritten."""
        with self._changed:
            if self._trouble is None:
                _log.error("%s", trouble)
            self._trouble = trouble
            self._changed.notify_all()
            return not self._changed.wait_for(lambda: self._queue.closing, RETRY_SECONDS)

    # --- the file ---

    def _open(self) -> sqlite3.Connection:
        """A connection of its own, with the tables in their newest form. Raises `sqlite3.Error`, `OSError`."""
        try:
            files.make_private_folder(self.path.parent)
            # SQLite gives its other files the mode of this one. Only to make it: to close a file that is there already
            # would take away the locks of every other connection that we have to it (fcntl(2)), and the next program
            # that closes the database would remove the log into which they go on writing.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, files.PRIVATE_FILE))
            files.require_private(self.path)
        except FileError as error:
            raise OSError(str(error)) from error
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            self._upgrade(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        # Read first: a database that is as it should be needs no lock.
        if self._versions(connection) == {s.owner: len(s.steps) for s in self._schemas}:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_versions (owner TEXT PRIMARY KEY, version INTEGER NOT NULL)"
            )
            present = self._versions(connection)
            for schema in self._schemas:
                self._lift(connection, schema, present.get(schema.owner, 0))
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _lift(self, connection: sqlite3.Connection, schema: Schema, version: int) -> None:
        if version > len(schema.steps):
            raise OSError(f"{self.path} was written by a newer version of Ithaca; use that one")
        for statement in (s for step in schema.steps[version:] for s in step):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO schema_versions (owner, version) VALUES (?, ?) "
            "ON CONFLICT (owner) DO UPDATE SET version = excluded.version",
            (schema.owner, len(schema.steps)),
        )

    @staticmethod
    def _versions(connection: sqlite3.Connection) -> dict[str, int]:
        try:
            return dict(connection.execute("SELECT owner, version FROM schema_versions").fetchall())
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return {}

    def _forget_reader(self) -> None:
        if self._reader is not None:
            with contextlib.suppress(sqlite3.Error):
                self._reader.close()
            self._reader = None

    def _error(self, error: Exception) -> StateError:
        if isinstance(error, OSError):
            said = str(error) if str(self.path) in str(error) or error.strerror is None else ""
            return StateError((said or f"{self.path} cannot be used: {error.strerror}").rstrip(".") + ".")
        damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        if damaged:
            return StateError(
                f"{self.path} is damaged ({error}): stop Ithaca and {_moving(self.path)}; "
                "what it held is then forgotten."
            )
        return StateError(f"{self.path} cannot be used: {error}; is the disk full, or the folder not writable?")


def _moving(path: Path) -> str:
    return f"move it away with: {shlex.join(('mv', str(path), f'{path}.damaged'))}"

"""What is remembered of letters: which came sealed, where a ciphertext was first opened, and codes that were named.

The law of this file: Message-IDs that the reply guard looks for, the addresses that a letter names, ciphertexts and
codes are kept as keyed digests alone; of a letter that came sealed nothing ever unsays that it did.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ithaca.address import AddrSpec
from ithaca.state import Bound, Database, Schema, Writer, keyed

FILE = "state.sqlite"
MOST_SEALED = 200_000
"""Letters that came sealed; some 60 MB."""
MOST_ORIGINS = 200_000
MOST_CODES = 1_000
MOST_HIDDEN = 100
"""Names of hidden fields of one letter."""
MOST_HIDDEN_TEXT = 10_000
"""Characters of those names, beyond which another letter with the same Message-ID adds none."""
MOST_ID = 998
"""Octets of a Message-ID that is kept: no line is longer (RFC 5322 §2.1.1)."""
MOST_ADDRESSEES = 100
"""Addresses of one letter that an answer may go to without a question."""
CODE_SECONDS = 3600
"""So long a code that a refusal named can be used."""
_AT_ONCE = 100
"""Message-IDs in one question to the database."""

SCHEMA = Schema(
    "letters",
    (
        (
            "CREATE TABLE sealed (message TEXT NOT NULL, from_address TEXT NOT NULL, digest TEXT NOT NULL,"
            " sent INTEGER, doubtful INTEGER NOT NULL, addressees TEXT NOT NULL, hidden TEXT NOT NULL,"
            " at INTEGER NOT NULL, PRIMARY KEY (message, from_address))",
            "CREATE TABLE origins (digest TEXT PRIMARY KEY, from_address TEXT NOT NULL, message BLOB NOT NULL,"
            " at INTEGER NOT NULL)",
            "CREATE TABLE codes (bound TEXT PRIMARY KEY, code TEXT NOT NULL, at INTEGER NOT NULL)",
        ),
    ),
    (
        Bound("sealed", "at", MOST_SEALED),
        Bound("origins", "at", MOST_ORIGINS),
        Bound("codes", "at", MOST_CODES),
    ),
)
_NOT_IN_IDS = re.compile(rb"[\s<>]+")


@dataclass(frozen=True, slots=True)
class SealedLetter:
    """A letter that came sealed, to be remembered."""

    message_id: bytes
    from_: AddrSpec | None
    date: int | None
    doubtful: bool
    """Nothing proves who wrote it."""
    addressees: frozenset[AddrSpec]
    """Whom an answer may go to."""
    hidden: frozenset[bytes]
    digest: bytes | None
    """Of the ciphertext that was opened."""


@dataclass(frozen=True, slots=True)
class Found:
    """A letter that came sealed, as it is remembered."""

    message_id: bytes
    """The one that was asked for."""
    from_: str
    date: int | None
    doubtful: bool
    named: frozenset[AddrSpec]
    """Those of the addresses that were asked about whom an answer may go to."""
    hidden: frozenset[bytes]


def bare(message_id: bytes) -> bytes:
    """A Message-ID as it is compared: without brackets and blanks."""
    return _NOT_IN_IDS.sub(b"", message_id)


class Letters:
    """The memory of one installation. Safe to use from several threads."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """`key`: the installation key."""
        self.database = Database(folder / FILE, SCHEMA)
        self._key = key

    # --- letters that came sealed ---

    def came_sealed(self, letter: SealedLetter, now: int) -> None:
        """Remember one. The same ciphertext, judged again, replaces what was said; another one only adds doubt.

        What was hidden once stays so: it was perhaps not opened at first, or somebody sent something under its name.
        """
        message = self._id(bare(letter.message_id))
        digest = self._ciphertext(letter.digest) if letter.digest else ""
        addressees = sorted(letter.addressees)[:MOST_ADDRESSEES]
        row = (
            message,
            letter.from_ or "",
            digest,
            letter.date if letter.date is not None and 0 <= letter.date < 1 << 40 else None,
            int(letter.doubtful),
            " ".join(map(self._address, addressees)),
            " ".join(sorted(name.decode("ascii", "replace") for name in letter.hidden)[:MOST_HIDDEN]),
            now,
        )

        def write(w: Writer) -> None:
            w(
                "INSERT INTO sealed (message, from_address, digest, sent, doubtful, addressees, hidden, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message, from_address) DO UPDATE SET"
                " doubtful = CASE WHEN excluded.digest <> '' AND excluded.digest = sealed.digest"
                " THEN excluded.doubtful WHEN sealed.doubtful = 1 THEN 1 ELSE excluded.doubtful END,"
                " addressees = CASE WHEN excluded.digest <> '' AND excluded.digest = sealed.digest"
                " THEN excluded.addressees ELSE sealed.addressees END,"
                " hidden = CASE WHEN instr(' ' || sealed.hidden || ' ', ' ' || excluded.hidden || ' ') > 0"
                " OR length(sealed.hidden) > ? THEN sealed.hidden"
                " ELSE trim(sealed.hidden || ' ' || excluded.hidden) END,"
                " at = excluded.at",
                *row,
                MOST_HIDDEN_TEXT,
            )

        self.database.write(write)

    def find(self, ids: Sequence[bytes], asked: Collection[AddrSpec]) -> tuple[Found, ...]:
        """The letters with one of these Message-IDs that came sealed. Raises `StateError`.

        `asked`: addresses of whom to say whether an answer may go to them.
        """
        wanted = {self._id(bare(one)): one for one in ids if bare(one)}
        names = {self._address(a): a for a in asked}
        found: list[Found] = []
        digests = list(wanted)
        for start in range(0, len(digests), _AT_ONCE):
            part = digests[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            rows = self.database.read(
                "SELECT message, from_address, sent, doubtful, addressees, hidden FROM sealed "  # noqa: S608
                f"WHERE message IN ({marks}) ORDER BY message, from_address",
                *part,
            )
            for message, from_, date, doubtful, addressees, hidden in rows:
                named = frozenset(names[d] for d in addressees.split() if d in names)
                fields = frozenset(name.encode("ascii", "replace") for name in hidden.split())
                found.append(Found(wanted[message], from_, date, bool(doubtful), named, fields))
        return tuple(found)

    # --- ciphertexts ---

    def opened(self, digest: bytes, from_: AddrSpec | None, message_id: bytes | None, now: int) -> None:
        """A ciphertext was opened and shown in this letter; the first one counts."""
        if len(message_id or b"") > MOST_ID:
            return
        self.database.write(
            lambda w: w(
                "INSERT INTO origins (digest, from_address, message, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                self._ciphertext(digest),
                from_ or "",
                message_id or b"",
                now,
            )
        )

    def first_opened(self, digest: bytes) -> tuple[AddrSpec | None, bytes | None] | None:
        """(From, Message-ID) of the letter in which a ciphertext was first opened; None: never. Raises `StateError`."""
        rows = self.database.read(
            "SELECT from_address, message FROM origins WHERE digest = ?", self._ciphertext(digest)
        )
        if not rows:
            return None
        from_, message = rows[0]
        return AddrSpec(from_) if from_ else None, bytes(message) or None

    # --- codes ---

    def name_code(self, binding: Iterable[bytes], code: str, now: int) -> str:
        """A refusal names this code, which is given back; `binding`: what it is good for.

        It replaces an earlier one for the same. Raises `StateError`: a code that is not kept must not be named.
        """
        bound, digest = self._code(binding, code)

        def write(w: Writer) -> None:
            w("DELETE FROM codes WHERE at < ?", now - CODE_SECONDS)
            w(
                "INSERT INTO codes (bound, code, at) VALUES (?, ?, ?) "
                "ON CONFLICT (bound) DO UPDATE SET code = excluded.code, at = excluded.at",
                bound,
                digest,
                now,
            )

        self.database.write(write)
        self.database.settle()
        return code

    def code_holds(self, binding: Iterable[bytes], code: str, now: int) -> bool:
        """Was this code named for exactly this, within the hour, and not used since? Raises `StateError`."""
        bound, digest = self._code(binding, code)
        rows = self.database.read("SELECT at FROM codes WHERE bound = ? AND code = ?", bound, digest)
        return bool(rows) and 0 <= now - rows[0][0] <= CODE_SECONDS

    def use_code(self, binding: Iterable[bytes], code: str) -> None:
        """It was used: it is good for nothing more."""
        bound, digest = self._code(binding, code)
        self.database.write(lambda w: w("DELETE FROM codes WHERE bound = ? AND code = ?", bound, digest))

    def _code(self, binding: Iterable[bytes], code: str) -> tuple[str, str]:
        parts = tuple(binding)
        return keyed(self._key, b"bound", *parts), keyed(self._key, b"code", code.encode(), *parts)

    # --- digests ---

    def _id(self, message_id: bytes) -> str:
        return keyed(self._key, b"message-id", message_id)

    def _address(self, address: AddrSpec) -> str:
        return keyed(self._key, b"address", address.encode())

    def _ciphertext(self, digest: bytes) -> str:
        return keyed(self._key, b"ciphertext", digest)

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

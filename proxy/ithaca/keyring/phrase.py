"""The seal phrase of a keyring: a few words that its owner alone knows; made once, kept private.

The law of this file: it is shown to its owner, at the terminal and in the banner of proved mail, and to nobody else.
"""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from ithaca import files
from ithaca.errors import KeyringError
from ithaca.files import FileError
from ithaca.keyring import layout
from ithaca.keyring.words import WORDS

COUNT = 4
"""Words of a phrase: at least 36 bits, which nobody guesses by sending letters."""
LEAST, MOST = 8, 200
"""Characters of a phrase of one's own: a shorter one stands in letters by chance, a longer one nobody reads."""


def read(keyring: Path) -> str | None:
    """The phrase that is kept; None: there is none yet. Raises `KeyringError`."""
    path = layout.phrase_file(keyring)
    if not path.exists():
        return None
    try:
        octets = files.read_private(path, most=4 * MOST)
    except FileError as error:
        raise KeyringError(str(error)) from error
    try:
        phrase = octets.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise KeyringError(f"{path} is not in UTF-8; make another phrase with: ithaca phrase new") from error
    wrong = refused(phrase)
    if wrong is not None:
        raise KeyringError(f"The phrase in {path} {wrong}; make another one with: ithaca phrase new")
    return phrase


def refused(phrase: str) -> str | None:
    """What is wrong with a phrase, as the end of a sentence; None: nothing."""
    if not phrase.isprintable():
        return "holds a character that cannot be printed"
    if len(phrase.split()) < 2:
        return "must have two words at least"
    if not LEAST <= len(phrase) <= MOST:
        return f"must have {LEAST} to {MOST} characters"
    if any(not any(c.isalnum() for c in word) for word in phrase.split()):
        return "holds a word without letters or digits"
    return None


def kept(keyring: Path) -> str:
    """The phrase of a keyring, made now where there is none. Raises `KeyringError`."""
    phrase = read(keyring)
    if phrase is not None:
        return phrase
    try:
        with files.locked(layout.lock(keyring)):
            # Another process may have made it meanwhile.
            return read(keyring) or _make(keyring)
    except FileError as error:
        raise KeyringError(str(error)) from error


def renew(keyring: Path) -> str:
    """Another phrase in place of the one that is kept. Raises `KeyringError`."""
    try:
        with files.locked(layout.lock(keyring)):
            return _make(keyring)
    except FileError as error:
        raise KeyringError(str(error)) from error


def _make(keyring: Path) -> str:
    phrase = compose(secrets.choice)
    files.write_atomically(layout.phrase_file(keyring), phrase.encode() + b"\n")
    return phrase


def compose(choose: Callable[[Sequence[str]], str]) -> str:
    """A phrase of words that differ."""
    words: list[str] = []
    while len(words) < COUNT:
        word = choose(WORDS)
        if word not in words:
            words.append(word)
    return " ".join(words)

"""Addresses whose letters look like other letters: a Cyrillic ``а`` in a Latin word.

The law of this file: it doubts and never equates; two addresses are the same only by `ithaca.address`.
"""

import unicodedata

from ithaca.address import AddrSpec

_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN")
"""Scripts with letters that resemble one another; the rest is seen to be another script."""
_LATIN_LOOKING = frozenset("асеорхуіјѕһԁԛԝвнкмтгпьԍɡαοντυρικεχγ" + "աօոսցք")
"""Of other scripts: letters that many fonts draw as Latin ones."""


def is_doubtful(mailbox: AddrSpec) -> bool:
    """Does a label of its domain, or a word of its local part, mix scripts, or look Latin and is not?"""
    local, _, domain = mailbox.rpartition("@")
    words = [*local.split("."), *map(_shown, domain.split("."))]
    return any(_is_mixed(word) or _looks_latin(word) for word in words)


def _shown(label: str) -> str:
    """A label as clients show it (RFC 5891 §4.4)."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _script(char: str) -> str:
    name = unicodedata.name(char, "")
    return next((script for script in _SCRIPTS if name.startswith(script)), "")


def _is_mixed(word: str) -> bool:
    if word.isascii():
        return False
    return len({script for char in word if char.isalpha() and (script := _script(char))}) > 1


def _looks_latin(word: str) -> bool:
    letters = {char for char in word if char.isalpha()}
    return (
        not word.isascii()
        and all(char in _LATIN_LOOKING for char in letters if not char.isascii())
        and any(_script(char) != "LATIN" for char in letters)
    )

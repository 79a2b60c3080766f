"""The seal phrase: made once, private, and nowhere else."""

import pytest

from ithaca.errors import KeyringError
from ithaca.keyring import phrase
from ithaca.keyring.words import WORDS


@pytest.fixture
def keyring(tmp_path):
    (tmp_path / "certs").mkdir()
    return tmp_path


def test_it_is_made_once_and_kept_private(keyring):
    assert phrase.read(keyring) is None
    made = phrase.kept(keyring)
    assert phrase.kept(keyring) == phrase.read(keyring) == made
    assert (keyring / "phrase").read_bytes() == made.encode() + b"\n"
    assert (keyring / "phrase").stat().st_mode & 0o777 == 0o600
    words = made.split(" ")
    assert len(set(words)) == phrase.COUNT
    assert set(words) <= set(WORDS)


def test_a_new_one_differs(keyring):
    old = phrase.kept(keyring)
    assert phrase.renew(keyring) != old
    assert phrase.read(keyring) != old


def test_a_word_stands_once():
    given = iter(["sea", "sea", "sky", "sea", "sun", "sky", "oak"])
    assert phrase.compose(lambda _: next(given)) == "sea sky sun oak"


def test_what_others_can_read_is_no_secret(keyring):
    phrase.kept(keyring)
    (keyring / "phrase").chmod(0o644)
    with pytest.raises(KeyringError, match="can be read by others"):
        phrase.kept(keyring)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"\xff\xfe", "is not in UTF-8"),
        (b"one\n", "two words"),
        (b"a b\n", "8 to 200"),
        (b"word " * 41, "8 to 200"),
        (b"salt sea\0wind\n", "printed"),
        (b"salt sea\x1b[2J\n", "printed"),
        (b"salt and - sea\n", "without letters"),
        (b"", "two words"),
    ],
)
def test_what_is_no_phrase_is_said_with_the_remedy(keyring, octets, words):
    (keyring / "phrase").write_bytes(octets)
    (keyring / "phrase").chmod(0o600)
    with pytest.raises(KeyringError, match=words) as refused:
        phrase.kept(keyring)
    assert "ithaca phrase new" in str(refused.value)
    phrase.renew(keyring)
    assert phrase.read(keyring)


def test_a_phrase_of_ones_own():
    assert phrase.refused("Würde & Anmut 42") == "holds a word without letters or digits"
    assert phrase.refused("Würde und Anmut 42") is None

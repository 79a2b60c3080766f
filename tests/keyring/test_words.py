"""The words of seal phrases."""

import math

from ithaca.keyring.phrase import COUNT
from ithaca.keyring.words import WORDS


def test_four_of_them_have_36_bits_at_least():
    assert len(set(WORDS)) == len(WORDS) >= 512
    # They differ, which takes a hair of the last of them.
    choices = math.prod(len(WORDS) - n for n in range(COUNT))
    assert math.log2(choices) >= 36


def test_each_is_short_plain_and_not_the_beginning_of_a_sentence():
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 8 for word in WORDS)
    assert list(WORDS) == sorted(WORDS)

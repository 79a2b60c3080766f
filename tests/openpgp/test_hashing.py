"""Texts hashed while they go by: in any pieces, and with CRLF where the signature is over text."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.openpgp.hashing import Hashers, TextHasher


@pytest.mark.parametrize(
    ("signed", "seen"), [(b"a\r\nb\r\n", b"a\nb\n"), (b"a \r\n", b"a \n"), (b"\r\n", b"\n"), (b"", b"")]
)
def test_text_is_hashed_with_crlf_and_nothing_trimmed(signed, seen):
    for size in (1, 2, 100):
        hasher = TextHasher(hashlib.sha256())
        for start in range(0, len(seen), size):
            hasher.update(seen[start : start + size])
        assert hasher.finish().digest() == hashlib.sha256(signed).digest()


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b" \n"]), max_size=12))
def test_pieces_make_no_difference(pieces):
    hasher, whole = TextHasher(hashlib.sha256()), TextHasher(hashlib.sha256())
    for piece in pieces:
        hasher.update(piece)
    whole.update(b"".join(pieces))
    assert hasher.finish().digest() == whole.finish().digest()


def test_a_salt_is_hashed_first_and_kinds_are_kept_apart():
    hashers = Hashers()
    for salt in (b"", b"s" * 16):
        hashers.prepare(0, 8, salt)
        hashers.prepare(1, 8, salt)
    hashers.prepare(2, 8)
    hashers.prepare(0, 99)
    hashers.update(b"a\n")
    done = {key: hasher.digest() for key, hasher in hashers.finish().items()}
    assert done == {
        (0, 8, b""): hashlib.sha256(b"a\n").digest(),
        (1, 8, b""): hashlib.sha256(b"a\r\n").digest(),
        (0, 8, b"s" * 16): hashlib.sha256(b"s" * 16 + b"a\n").digest(),
        (1, 8, b"s" * 16): hashlib.sha256(b"s" * 16 + b"a\r\n").digest(),
    }

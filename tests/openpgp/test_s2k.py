"""Keys out of passphrases: as the standard has it, at a bounded cost."""

import hashlib
import time
import tracemalloc

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import s2k
from ithaca.openpgp.s2k import S2K

HASHES = {1: "md5", 2: "sha1", 3: "ripemd160", 8: "sha256", 9: "sha384", 10: "sha512", 11: "sha224", 12: "sha3_256"}
HASHES |= {14: "sha3_512"}
SALT = bytes(range(8))
LONG_SALT = bytes(range(16))


def derived(name, octets, length, count=0):
    """RFC 9580 §3.7.1.1 to §3.7.1.3, all octets at once."""
    count = max(count, len(octets))
    whole = (octets * (count // max(1, len(octets)) + 1))[:count]
    return b"".join(hashlib.new(name, bytes(zeros) + whole).digest() for zeros in range(length))[:length]


@pytest.mark.parametrize("algorithm", sorted(HASHES))
@given(passphrase=st.binary(max_size=80), length=st.integers(0, 64))
def test_simple_and_salted(algorithm, passphrase, length):
    simple, salted = S2K(s2k.SIMPLE, algorithm), S2K(s2k.SALTED, algorithm, SALT)
    assert simple.derive(passphrase, length) == derived(HASHES[algorithm], passphrase, length)
    assert salted.derive(passphrase, length) == derived(HASHES[algorithm], SALT + passphrase, length)


@given(
    algorithm=st.sampled_from(sorted(HASHES)),
    passphrase=st.binary(max_size=3000),
    count=st.integers(0, 0x70),
    length=st.integers(1, 32),
)
def test_iterated(algorithm, passphrase, count, length):
    """Every count is met, to the octet; a passphrase above it is hashed once, whole."""
    specifier = S2K(s2k.ITERATED, algorithm, SALT, count)
    expected = derived(HASHES[algorithm], SALT + passphrase, length, s2k.octets_of(count))
    assert specifier.derive(passphrase, length) == expected


@pytest.mark.parametrize("length", [0, 1, 65_527, 65_528, 65_529, 200_000])
def test_passphrases_round_the_length_of_a_piece(length):
    specifier = S2K(s2k.ITERATED, 8, SALT, 0x62)
    passphrase = bytes(at % 251 for at in range(length))
    assert specifier.derive(passphrase, 32) == derived("sha256", SALT + passphrase, 32, s2k.octets_of(0x62))


def test_the_count_is_coded_as_the_standard_has_it():
    assert (s2k.octets_of(0), s2k.octets_of(0x60), s2k.octets_of(255)) == (1024, 65536, 65_011_712)


@given(passphrase=st.binary(max_size=40), passes=st.integers(1, 3), lanes=st.integers(1, 8), length=st.integers(4, 32))
def test_argon2(passphrase, passes, lanes, length):
    specifier = S2K(s2k.ARGON2, salt=LONG_SALT, passes=passes, lanes=lanes, memory=6)
    peer = Argon2id(salt=LONG_SALT, length=length, iterations=passes, lanes=lanes, memory_cost=64)
    assert specifier.derive(passphrase, length) == peer.derive(passphrase)


def test_what_is_written():
    """Of version 4 the most that GnuPG reads; of version 6 the second choice of RFC 9106 §4."""
    assert s2k.iterated(SALT).encode() == b"\x03\x08" + SALT + b"\xff"
    assert s2k.argon2(LONG_SALT).encode() == b"\x04" + LONG_SALT + b"\x03\x04\x10"


# --- parsed --------------------------------------------------------------------------------------------

WELL_FORMED = [
    (b"\x00\x08", S2K(s2k.SIMPLE, 8)),
    (b"\x01\x02" + SALT, S2K(s2k.SALTED, 2, SALT)),
    (b"\x03\x0a" + SALT + b"\x60", S2K(s2k.ITERATED, 10, SALT, 0x60)),
    (b"\x04" + LONG_SALT + b"\x01\x04\x15", S2K(s2k.ARGON2, salt=LONG_SALT, passes=1, lanes=4, memory=21)),
]


@pytest.mark.parametrize(("octets", "specifier"), WELL_FORMED)
def test_specifiers_are_parsed_whole_cut_and_with_more_behind(octets, specifier):
    assert s2k.parse(octets) == (specifier, len(octets))
    assert s2k.parse(b"xyz" + octets + b"more", 3) == (specifier, 3 + len(octets))
    assert specifier.encode() == octets
    for end in range(len(octets)):
        with pytest.raises(MalformedPacket):
            s2k.parse(octets[:end])


@pytest.mark.parametrize("rest", [b"\x01", b"\x02\x10" + bytes(16)])
def test_a_stub_of_gnupg_is_a_value_that_gives_no_key(rest):
    octets = b"\x65\x00GNU" + rest
    specifier, end = s2k.parse(octets)
    assert (specifier.kind, end, specifier.encode()) == (s2k.GNU, len(octets), octets)
    with pytest.raises(UnsupportedAlgorithm, match="not in this file"):
        specifier.derive(b"passphrase", 32)


@pytest.mark.parametrize("kind", [2, 5, 100, 102, 110, 255])
def test_other_specifiers_are_unsupported(kind):
    with pytest.raises(UnsupportedAlgorithm, match=str(kind)):
        s2k.parse(bytes([kind]) + bytes(30))


def test_what_is_no_stub_of_gnupg_is_unsupported():
    with pytest.raises(UnsupportedAlgorithm):
        s2k.parse(b"\x65\x00GNX\x01")


@pytest.mark.parametrize("algorithm", [0, 4, 5, 6, 7, 13, 15, 255])
def test_other_hashes_are_unsupported(algorithm):
    with pytest.raises(UnsupportedAlgorithm, match=str(algorithm)):
        S2K(s2k.ITERATED, algorithm, SALT, 0).derive(b"passphrase", 32)


def argon2_octets(passes, lanes, memory):
    return b"\x04" + LONG_SALT + bytes([passes, lanes, memory])


@pytest.mark.parametrize(("passes", "lanes", "memory"), [(0, 1, 16), (1, 0, 16), (1, 1, 2), (1, 4, 4), (1, 5, 5)])
def test_argon2_with_less_than_it_needs_is_malformed(passes, lanes, memory):
    """§3.7.1.4: neither zero, and eight blocks of memory for each lane."""
    with pytest.raises(MalformedPacket):
        s2k.parse(argon2_octets(passes, lanes, memory))
    assert s2k.parse(argon2_octets(max(1, passes), max(1, lanes), memory + 1 if passes and lanes else 16))


@pytest.mark.parametrize("memory", [32, 33, 64, 255])
def test_argon2_above_what_the_standard_has_is_malformed(memory):
    with pytest.raises(MalformedPacket):
        s2k.parse(argon2_octets(1, 4, memory))


@pytest.mark.parametrize(("passes", "memory"), [(1, 22), (1, 31), (3, 21), (255, 31), (255, 15)])
def test_argon2_that_would_cost_too_much_is_refused_before_it_is_computed(passes, memory):
    started = time.monotonic()
    with pytest.raises(LimitExceeded):
        s2k.parse(argon2_octets(passes, 4, memory))
    assert time.monotonic() - started < 0.1


@pytest.mark.parametrize(("passes", "memory"), [(1, 21), (3, 16), (2, 21), (255, 14)])
def test_both_choices_of_rfc_9106_are_allowed(passes, memory):
    specifier, _ = s2k.parse(argon2_octets(passes, 4, memory))
    assert specifier.work == passes * 1024 * 2**memory <= s2k.MOST_WORK


def test_every_count_of_an_iterated_one_is_allowed():
    for count in range(256):
        specifier, _ = s2k.parse(b"\x03\x08" + SALT + bytes([count]))
        assert specifier.work == s2k.octets_of(count) <= 65_011_712


@given(octets=st.binary(max_size=40), kind=st.sampled_from([0, 1, 3, 4, 101]))
def test_any_octets_are_a_specifier_or_an_error_of_ours(octets, kind):
    for given_octets in (octets, bytes([kind]) + octets):
        try:
            specifier, end = s2k.parse(given_octets)
        except OpenPGPError:
            continue
        assert end <= len(given_octets)
        assert s2k.parse(specifier.encode()) == (specifier, len(specifier.encode()))


# --- cost ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("passphrase", [b"", b"correct horse", b"x" * 100_000])
def test_the_longest_count_takes_no_memory(passphrase):
    """Salt and passphrase repeated at once would be 65 MB."""
    specifier = s2k.iterated(SALT)
    tracemalloc.start()
    specifier.derive(passphrase, 32)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_memory_that_is_not_there_is_told(monkeypatch):
    def full(**_):
        raise MemoryError

    monkeypatch.setattr(s2k, "Argon2id", full)
    with pytest.raises(LimitExceeded, match="memory"):
        s2k.argon2(LONG_SALT).derive(b"passphrase", 32)


def test_an_openssl_without_argon2_is_told(monkeypatch):
    def lacking(**_):
        raise s2k.NotInThisOpenSSL("no Argon2")

    monkeypatch.setattr(s2k, "Argon2id", lacking)
    with pytest.raises(UnsupportedAlgorithm, match="Argon2"):
        s2k.argon2(LONG_SALT).derive(b"passphrase", 32)

"""Ciphers, CFB, and SEIPDv1: proved before anything is released, whatever was done to it and however it is cut."""

import hashlib
import subprocess
import sys
import threading

import pytest
from cryptography.hazmat.decrepit.ciphers import algorithms as decrepit
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import DecryptionError, LocalProtocolError, UnsupportedAlgorithm
from ithaca.openpgp import symmetric
from ithaca.openpgp.algorithms import KEY_LENGTH
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.symmetric import Seipd1Reader, Seipd1Writer

SESSION = SessionKey(9, bytes(range(32)))
PREFIX = bytes(range(100, 116))
TEXT = b"nobody may see this before it is proved"
ECB = {1: decrepit.IDEA, 2: decrepit.TripleDES, 3: decrepit.CAST5, 4: decrepit.Blowfish}
ECB |= dict.fromkeys((7, 8, 9), algorithms.AES)
# Before cryptography 47 it stood with the others.
ECB |= dict.fromkeys((11, 12, 13), getattr(decrepit, "Camellia", None) or algorithms.Camellia)


def encrypted(session, plain):
    """CFB as RFC 9580 §12.9 describes it, block by block over the bare cipher."""
    block = Cipher(ECB[session.cipher](session.key), modes.ECB()).encryptor()
    size = symmetric.CIPHERS[session.cipher].block_length
    out, feedback = b"", bytes(size)
    for start in range(0, len(plain), size):
        stream = block.update(feedback)
        feedback = bytes(p ^ s for p, s in zip(plain[start : start + size], stream, strict=False))
        out += feedback
    return out


def body(session, text, *, mdc=b"\xd3\x14", digest=None, repeated=None):
    """A SEIPDv1 body as §5.13.1 describes it."""
    prefix = PREFIX[: symmetric.CIPHERS[session.cipher].block_length]
    plain = prefix + (prefix[-2:] if repeated is None else repeated) + text + mdc
    return b"\x01" + encrypted(session, plain + (digest or hashlib.sha1(plain).digest()))


def proved(session, octets, cuts=()):
    reader = Seipd1Reader(session)
    return pieces(reader, octets, cuts)


def pieces(reader, octets, cuts):
    out, at = b"", 0
    for cut in (*sorted(cuts), len(octets)):
        out += reader.feed(octets[at:cut])
        at = max(at, cut)
    return out + reader.finish()


def written(session, text, cuts=()):
    writer = Seipd1Writer(session, lambda count: PREFIX[:count])
    return pieces(writer, text, cuts)


cuttings = st.lists(st.integers(0, 3000), max_size=8)


# --- ciphers -----------------------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_standard():
    names = {n: (c.name, c.key_length * 8, c.block_length * 8) for n, c in symmetric.CIPHERS.items()}
    assert names == {
        1: ("IDEA", 128, 64),
        2: ("TripleDES", 192, 64),
        3: ("CAST5", 128, 64),
        4: ("Blowfish", 128, 64),
        7: ("AES-128", 128, 128),
        8: ("AES-192", 192, 128),
        9: ("AES-256", 256, 128),
        10: ("Twofish", 256, 128),
        11: ("Camellia-128", 128, 128),
        12: ("Camellia-192", 192, 128),
        13: ("Camellia-256", 256, 128),
    }


def test_what_is_written_is_aes_alone():
    assert {n: c.key_length for n, c in symmetric.CIPHERS.items() if not c.is_outdated} == KEY_LENGTH
    for number, known in symmetric.CIPHERS.items():
        if number not in KEY_LENGTH:
            with pytest.raises(UnsupportedAlgorithm):
                Seipd1Writer(SessionKey(number, bytes(known.key_length)), bytes)


@pytest.mark.parametrize("number", sorted(ECB))
def test_every_cipher_that_there_is_reads(number):
    session = SessionKey(number, bytes(range(1, 1 + symmetric.CIPHERS[number].key_length)))
    assert proved(session, body(session, TEXT)[1:]) == TEXT


@pytest.mark.parametrize("number", sorted(ECB))
def test_an_iv_takes_the_place_of_the_zeros(number):
    known = symmetric.CIPHERS[number]
    session = SessionKey(number, bytes(range(1, 1 + known.key_length)))
    # The first block of ciphertext is what the next block starts from.
    whole = encrypted(session, bytes(known.block_length) + TEXT)
    iv = whole[: known.block_length]
    assert symmetric.encryptor(session, iv).update(TEXT) == whole[known.block_length :]
    assert symmetric.decryptor(session, iv).update(whole[known.block_length :]) == TEXT


@pytest.mark.parametrize("number", [0, 5, 6, 10, 14, 100, 255])
def test_other_ciphers_are_refused_by_name(number):
    with pytest.raises(UnsupportedAlgorithm, match="Twofish" if number == 10 else str(number)):
        symmetric.decryptor(SessionKey(number, bytes(32)))


@pytest.mark.parametrize("number", sorted(ECB))
def test_a_key_of_a_wrong_length_fails_like_every_other_wrong_key(number):
    for length in (0, symmetric.CIPHERS[number].key_length - 1, symmetric.CIPHERS[number].key_length + 1):
        with pytest.raises(DecryptionError, match=symmetric.UNDECRYPTABLE):
            Seipd1Reader(SessionKey(number, bytes(length)))


def test_a_cipher_that_the_library_dropped_is_unsupported(monkeypatch):
    monkeypatch.setitem(symmetric._FAMILIES, "CAST5", None)
    with pytest.raises(UnsupportedAlgorithm, match="CAST5"):
        symmetric.decryptor(SessionKey(3, bytes(16)))
    assert proved(SESSION, body(SESSION, TEXT)[1:]) == TEXT
    monkeypatch.setattr(symmetric, "_CFB", None)
    with pytest.raises(UnsupportedAlgorithm, match="AES-256"):
        symmetric.decryptor(SESSION)


def test_a_cipher_that_this_openssl_lacks_is_unsupported(monkeypatch):
    def lacking(_):
        raise symmetric.NotInThisOpenSSL("no legacy provider")

    monkeypatch.setattr(symmetric.Cipher, "decryptor", lacking)
    with pytest.raises(UnsupportedAlgorithm, match="Blowfish"):
        symmetric.decryptor(SessionKey(4, bytes(16)))


def test_what_the_library_has_moved_or_dropped_is_looked_for_in_both_its_rooms():
    assert symmetric._found("algorithms", "AES") is algorithms.AES
    assert symmetric._found("algorithms", "CAST5") is decrepit.CAST5
    assert symmetric._found("algorithms", "Twofish") is None
    assert symmetric._found("no_such_module", "AES") is None


DEPRECATING = """
import types, sys, warnings
import cryptography.hazmat.primitives.ciphers.algorithms
from cryptography.hazmat.decrepit.ciphers import algorithms
class Deprecating(types.ModuleType):
    def __getattr__(self, name):
        if not name.startswith("_"):
            warnings.warn(f"{name} will go", DeprecationWarning)
        return getattr(algorithms, name)
sys.modules[algorithms.__name__] = Deprecating(algorithms.__name__)
from ithaca.openpgp import symmetric
print(symmetric._FAMILIES["CAST5"].__name__)
"""


def test_nobody_is_warned_of_the_library_s_plans():
    command = [sys.executable, "-W", "error", "-c", DEPRECATING]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == (b"CAST5\n", b"")


# --- writing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", sorted(KEY_LENGTH))
def test_a_body_is_what_the_standard_says(number):
    session = SessionKey(number, bytes(range(KEY_LENGTH[number])))
    assert written(session, TEXT) == body(session, TEXT)


@given(text=st.binary(max_size=3000), cuts=cuttings)
def test_the_body_is_the_same_however_the_plaintext_is_cut(text, cuts):
    assert written(SESSION, text, cuts) == body(SESSION, text)


def test_the_halves_of_writing_run_on_two_threads():
    piece = bytes(range(256)) * 1024
    writer = Seipd1Writer(SESSION, lambda count: PREFIX[:count])
    digests = threading.Thread(target=lambda: [writer.digest(piece) for _ in range(8)])
    digests.start()
    out = [writer.encrypt(piece) for _ in range(8)]
    digests.join()
    assert b"".join(out) + writer.finish() == written(SESSION, piece * 8)


# --- reading -----------------------------------------------------------------------------------------


@given(text=st.binary(max_size=3000), cuts=cuttings)
def test_the_plaintext_is_the_same_however_the_body_is_cut(text, cuts):
    assert proved(SESSION, written(SESSION, text)[1:], cuts) == text


def test_octet_by_octet_and_never_an_octet_of_what_may_be_the_digest():
    octets = written(SESSION, TEXT)[1:]
    reader = Seipd1Reader(SESSION)
    out = b""
    for at in range(len(octets)):
        out += reader.feed(octets[at : at + 1])
        assert out == TEXT[: max(0, at + 1 - 18 - symmetric.MDC)]
    assert reader.finish() == b""
    assert out == TEXT


def test_every_altered_octet_is_found():
    octets = written(SESSION, TEXT)[1:]
    for at in range(len(octets)):
        for flipped in (1, 0x80):
            altered = octets[:at] + bytes([octets[at] ^ flipped]) + octets[at + 1 :]
            with pytest.raises(DecryptionError, match=symmetric.UNDECRYPTABLE):
                proved(SESSION, altered)


def test_every_cut_is_found_and_every_addition():
    octets = written(SESSION, TEXT)[1:]
    for end in range(len(octets)):
        with pytest.raises(DecryptionError, match=symmetric.UNDECRYPTABLE):
            proved(SESSION, octets[:end])
    for more in (b"\0", octets[-22:], octets):
        with pytest.raises(DecryptionError, match=symmetric.UNDECRYPTABLE):
            proved(SESSION, octets + more)


def test_every_wrong_key_fails_in_the_same_words():
    octets = written(SESSION, TEXT)[1:]
    for number in sorted(ECB):
        with pytest.raises(DecryptionError, match=symmetric.UNDECRYPTABLE):
            proved(SessionKey(number, b"\x55" * symmetric.CIPHERS[number].key_length), octets)


def test_the_digest_must_stand_in_its_packet():
    """A right SHA-1 behind other octets than D3 14 (§5.13.1)."""
    for mdc in (b"\xd3\x15", b"\xd2\x14", b"", b"\x14\xd3", b"\xd3"):
        with pytest.raises(DecryptionError):
            proved(SESSION, body(SESSION, TEXT, mdc=mdc)[1:])


def test_no_plaintext_without_integrity():
    """EFAIL: the digest left out, or anything in its place."""
    with pytest.raises(DecryptionError):
        proved(SESSION, encrypted(SESSION, PREFIX + PREFIX[-2:] + TEXT))
    with pytest.raises(DecryptionError):
        proved(SESSION, body(SESSION, TEXT, digest=bytes(20))[1:])


def test_a_digest_where_the_prefix_should_be_is_none():
    """Twenty-two octets with a right digest, and no prefix in front of them."""
    for plain in (b"\xd3\x14", PREFIX[:17] + b"\xd3\x14"):
        with pytest.raises(DecryptionError):
            proved(SESSION, encrypted(SESSION, plain + hashlib.sha1(plain).digest()))
    assert proved(SESSION, body(SESSION, b"")[1:]) == b""


def test_the_repeated_octets_are_not_looked_at():
    """Mister and Zuccherato: whoever learns whether they fit, reads two octets of every block."""
    assert proved(SESSION, body(SESSION, TEXT, repeated=b"no")[1:]) == TEXT


def test_the_second_pass_gives_the_same_and_only_after_the_first():
    octets = written(SESSION, TEXT)[1:]
    reader = Seipd1Reader(SESSION)
    reader.feed(octets)
    with pytest.raises(LocalProtocolError):
        reader.again()
    reader.finish()
    for cuts in ((), (5, 50), range(len(octets))):
        assert pieces(reader.again(), octets, cuts) == TEXT


def test_nothing_is_released_of_what_could_not_be_proved():
    reader = Seipd1Reader(SESSION)
    reader.feed(written(SESSION, TEXT)[1:-1])
    with pytest.raises(DecryptionError):
        reader.finish()
    with pytest.raises(LocalProtocolError):
        reader.again()


def test_the_second_pass_sees_another_length_and_another_end():
    octets = written(SESSION, TEXT)[1:]
    reader = Seipd1Reader(SESSION)
    reader.feed(octets)
    reader.finish()
    # The last: shorter by whole blocks, with the end that it had.
    for other in (octets[:-1], octets + b"\0", octets[:-1] + b"\0", octets[16:], b""):
        with pytest.raises(DecryptionError, match=symmetric.UNDECRYPTABLE):
            pieces(reader.again(), other, ())


def test_what_is_given_out_stays_as_it_is():
    """The buffer behind it is used again."""
    octets = written(SESSION, bytes(range(256)) * 40)[1:]
    reader = Seipd1Reader(SESSION)
    given = [reader.feed(octets[at : at + 700]) for at in range(0, len(octets), 700)]
    reader.finish()
    assert b"".join(given) == bytes(range(256)) * 40


def test_memory_follows_the_piece_and_not_the_body():
    reader = Seipd1Reader(SESSION)
    for size in (1 << 12, 1 << 18, 1, 1 << 18, 1 << 10, 1 << 18):
        reader.feed(bytes(size))
    assert len(reader._buffer) <= (1 << 18) + symmetric.MDC + 16

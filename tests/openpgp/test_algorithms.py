"""What is acceptable, and why not."""

import pytest

from ithaca.openpgp import public_key
from ithaca.openpgp.algorithms import Use, hash_refused, key_refused


@pytest.mark.parametrize("algorithm", [1, 2, 3, 99])
def test_weak_hashes_never_sign_documents(algorithm):
    assert hash_refused(algorithm, Use.DOCUMENT, 0)


@pytest.mark.parametrize("algorithm", [8, 9, 10, 11])
def test_strong_hashes_do(algorithm):
    assert hash_refused(algorithm, Use.DOCUMENT, 2**31) is None


def test_sha1_in_certificates_ends_in_2023():
    assert hash_refused(2, Use.CERTIFICATE, 1_675_209_599) is None
    assert hash_refused(2, Use.CERTIFICATE, 1_675_209_600) == "SHA1 is not accepted"
    assert hash_refused(1, Use.CERTIFICATE, 0) == "MD5 is not accepted"


def test_a_point_of_zeros_is_refused(raw):
    """RFC 7748 §6.1: every secret that is shared with it is zero."""
    zero = raw.CV25519_OID + raw.mpi(b"\x40" + bytes(32)) + b"\x03\x01\x08\x07"
    keys = [
        public_key.encode(4, 0, 18, zero),
        public_key.encode(6, 0, 25, bytes(32)),
        public_key.encode(6, 0, 26, bytes(56)),
    ]
    assert [key_refused(key) for key in keys] == ["its point is none"] * 3
    assert key_refused(public_key.encode(6, 0, 25, bytes(31) + b"\1")) is None


def _rsa(bits):
    modulus = (1 << (bits - 1) | 1).to_bytes((bits + 7) // 8, "big")
    return public_key.encode(4, 0, 1, public_key.encode_mpi(modulus) + public_key.encode_mpi(b"\1\0\1"))


def test_rsa_has_2048_bits_at_least_and_16384_at_most():
    assert [key_refused(_rsa(bits)) for bits in (2048, 16_384)] == [None, None]
    assert key_refused(_rsa(2047)) == "RSA with 2047 bits is not accepted"
    assert key_refused(_rsa(16_385)) == "RSA with 16385 bits is not accepted"

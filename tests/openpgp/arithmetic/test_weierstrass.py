"""ECDSA: numbers out of range verify nothing, points off the curve are none."""

import dataclasses

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from ithaca.errors import UnsupportedAlgorithm
from ithaca.openpgp.arithmetic import weierstrass
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.public_key import encode_mpi, mpis

NOW = 1_790_000_000
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def component(engine):
    return engine.generate_key(KeyKind(19, "P-256"), NOW)


def _fields(*numbers):
    return b"".join(encode_mpi(number.to_bytes(40, "big")) for number in numbers)


def test_zero_and_the_order_verify_nothing(engine, component):
    r, s = (int.from_bytes(value, "big") for value in mpis(engine.sign(component, 8, bytes(32)), 2))
    assert engine.verify(component.public, 8, bytes(32), _fields(r, s))
    for broken in ((0, s), (r, 0), (0, 0), (ORDER_P256, s), (r, ORDER_P256), (r + ORDER_P256, s), (r, s + ORDER_P256)):
        assert not engine.verify(component.public, 8, bytes(32), _fields(*broken))


def test_a_point_off_its_curve_is_none(component):
    altered = component.public.material[:-1] + bytes([component.public.material[-1] ^ 1])
    with pytest.raises(ValueError, match="EC key|point|curve"):
        weierstrass.public(dataclasses.replace(component.public, material=altered))


def test_a_compressed_point_is_none(component):
    """The library reads it, OpenPGP has not got it (RFC 9580 §11.2)."""
    numbers = component.private.public_key().public_numbers()
    compressed = bytes([2 + (numbers.y & 1)]) + numbers.x.to_bytes(32, "big")
    material = weierstrass.identifier(component.public) + encode_mpi(compressed)
    with pytest.raises(ValueError, match="uncompressed"):
        weierstrass.public(dataclasses.replace(component.public, material=material))


@pytest.mark.parametrize(
    ("curve", "short", "enough"),
    [
        ("P-256", hashes.SHA224(), hashes.SHA256()),
        ("P-384", hashes.SHA224(), hashes.SHA256()),
        ("brainpoolP512r1", hashes.SHA224(), hashes.SHA512()),
    ],
)
def test_a_digest_of_less_than_256_bits_verifies_nothing(engine, curve, short, enough):
    """Although the arithmetic is right. GopenPGP takes SHA-256 with P-384, less than RFC 9580 §5.2.3.2 asks for."""
    one = engine.generate_key(KeyKind(19, curve), NOW)
    for algorithm in (short, enough):
        hashed, digest = Prehashed(algorithm), bytes(algorithm.digest_size)
        fields = weierstrass.sign(one.private, hashed, digest)
        if algorithm is short:
            with pytest.raises(ValueError, match="too short"):
                weierstrass.verify(one.public, hashed, digest, fields)
        else:
            weierstrass.verify(one.public, hashed, digest, fields)


def test_a_curve_that_is_not_known_is_named():
    with pytest.raises(UnsupportedAlgorithm, match="elliptic curve"):
        weierstrass.curve("secp256k1")

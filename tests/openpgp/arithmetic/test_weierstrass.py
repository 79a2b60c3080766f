"""ECDSA: numbers out of range verify nothing, points off the curve are none."""

import dataclasses

import pytest

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


def test_a_curve_that_is_not_known_is_named():
    with pytest.raises(UnsupportedAlgorithm, match="elliptic curve"):
        weierstrass.curve("secp256k1")

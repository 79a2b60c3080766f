"""Edwards curves: what RFC 9580 Annex A signed verifies, and integers that lost their zeros do."""

import pytest

from ithaca.errors import OpenPGPError
from ithaca.openpgp import public_key
from ithaca.openpgp.arithmetic import edwards
from ithaca.openpgp.public_key import encode_mpi, mpis


def test_a_signature_whose_integers_lost_leading_zeros_verifies(engine, alice):
    component = next(c for c in alice.components if c.public.algorithm == 22)
    for number in range(4096):
        digest = number.to_bytes(32, "big")
        fields = engine.sign(component, 8, digest)
        if any(len(value) < 32 for value in mpis(fields, 2)):
            break
    assert engine.verify(component.public, 8, digest, fields)


def test_integers_that_are_too_long_verify_nothing(engine, alice):
    component = next(c for c in alice.components if c.public.algorithm == 22)
    r, s = mpis(engine.sign(component, 8, bytes(32)), 2)
    assert not engine.verify(component.public, 8, bytes(32), encode_mpi(b"\1" + r) + encode_mpi(s))


@pytest.mark.parametrize(
    "material", [b"\x09" + public_key.OBJECT_IDENTIFIERS["Ed25519"] + encode_mpi(b"\x41" + bytes(32))]
)
def test_a_point_in_another_form_is_none(material):
    key = public_key.encode(4, 1, 22, material)
    with pytest.raises(OpenPGPError, match="malformed point"):
        edwards.public(key)

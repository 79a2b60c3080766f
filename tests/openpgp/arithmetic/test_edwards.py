"""Edwards curves: what RFC 9580 Annex A signed verifies, and integers that lost their zeros do."""

import pytest

from ithaca.errors import OpenPGPError
from ithaca.openpgp import public_key
from ithaca.openpgp.arithmetic import edwards
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.public_key import encode_mpi, mpis
from ithaca.openpgp.signature import Signature
from openpgp import annex_a


def test_the_signature_of_annex_a_verifies(engine):
    key = public_key.parse_public(annex_a.A1_KEY)
    assert key.fingerprint == "C959BDBAFA32A2F89A153B678CFDE12197965A9A"
    signature = Signature.parse(annex_a.A2_SIGNATURE)
    hasher = signature.hasher()
    hasher.update(annex_a.A2_TEXT)
    assert signature.matches(engine, key, hasher)
    hasher.update(b"!")
    assert not signature.matches(engine, key, hasher)


@pytest.mark.parametrize(
    ("kind", "hash_algorithm", "octets"),
    [
        (KeyKind(22, "Ed25519"), 2, 20),
        (KeyKind(22, "Ed25519"), 11, 28),
        (KeyKind(27), 11, 28),
        (KeyKind(28), 8, 32),
        (KeyKind(28), 9, 48),
    ],
)
def test_a_digest_too_short_for_the_curve_verifies_nothing(engine, kind, hash_algorithm, octets):
    """RFC 9580 §5.2.3.3 to §5.2.3.5: MUST reject, although the arithmetic is right."""
    component = engine.generate_key(kind, 1)
    for digest in (bytes(octets), bytes(64)):
        sign = edwards.sign_legacy if kind.algorithm == 22 else edwards.sign
        fields = sign(component.private, None, digest)
        assert engine.verify(component.public, hash_algorithm, digest, fields) is False
    assert engine.verify(component.public, 10, bytes(64), fields)


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

"""Who makes self-signatures."""

import os

import pytest

from ithaca.errors import OpenPGPError
from ithaca.openpgp.algorithms import SignatureType
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.own_keys.issuer import Issuer
from ithaca.openpgp.signature import Signature

KINDS = {
    (4, "Ed25519"): (KeyKind(22, "Ed25519"), 8),
    (4, "P-384"): (KeyKind(19, "P-384"), 9),
    (6, "Ed25519"): (KeyKind(27, "Ed25519"), 8),
    (6, "Ed448"): (KeyKind(28, "Ed448"), 10),
}


@pytest.mark.parametrize("version_and_curve", KINDS, ids=str)
def test_a_signature_is_of_the_keys_version_and_strength(engine, version_and_curve):
    kind, chosen = KINDS[version_and_curve]
    version = version_and_curve[0]
    secret = engine.generate_key(kind, 1_700_000_000, version=version)
    issuer = Issuer(secret, engine, os.urandom, 1_700_000_100)
    made = Signature.parse(issuer.sign(SignatureType.DIRECT_KEY, issuer.key.hashed_form()))
    assert (made.version, made.hash_algorithm, made.created) == (version, chosen, 1_700_000_100)
    hasher = made.hasher()
    hasher.update(issuer.key.hashed_form())
    assert made.matches(engine, secret.public, hasher)


def test_what_does_not_verify_is_not_given_out(engine, mallory):
    """A signature by another key than the one that it names."""
    secret = engine.generate_key(KeyKind(22, "Ed25519"), 1_700_000_000)
    issuer = Issuer(_Swapped(secret.public, mallory.components[0]), _Lender(engine), os.urandom, 1_700_000_000)
    with pytest.raises(OpenPGPError, match="did not verify"):
        issuer.sign(SignatureType.DIRECT_KEY, b"")


class _Swapped:
    def __init__(self, public, other):
        self.public, self.other = public, other


class _Lender:
    def __init__(self, engine):
        self._engine = engine

    def sign(self, key, *arguments):
        return self._engine.sign(key.other, *arguments)

    def verify(self, *arguments):
        return self._engine.verify(*arguments)


def test_repr_shows_no_secret(engine):
    secret = engine.generate_key(KeyKind(22, "Ed25519"), 1_700_000_000)
    assert secret.secret.hex() not in repr(Issuer(secret, engine, os.urandom, 0)).lower()
    assert "secret" not in repr(Issuer(secret, engine, os.urandom, 0))

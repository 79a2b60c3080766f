"""RSA: the numbers of a key must fit one another, whatever a file says."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from ithaca.errors import OpenPGPError
from ithaca.openpgp import public_key
from ithaca.openpgp.arithmetic import rsa
from ithaca.openpgp.public_key import encode_mpi, mpis

NOW = 1_790_000_000


@pytest.fixture(scope="module")
def made():
    private = rsa.generate(2048)
    return public_key.encode(4, NOW, 1, rsa.material(private)), rsa.secret(private)


def test_a_key_comes_back_and_decrypts(made):
    public, secret = made
    private = rsa.private(public, secret)
    assert rsa.decrypt(private, rsa.encrypt(public, b"block")) == b"block"


@pytest.mark.parametrize("which", ["d", "p", "q", "u"])
def test_a_secret_number_that_does_not_fit_is_refused(made, which):
    """With a wrong factor one signature gives the other away (Boneh, DeMillo and Lipton, 1997)."""
    public, secret = made
    numbers = [int.from_bytes(value, "big") for value in mpis(secret, 4)]
    numbers["dpqu".index(which)] += 2
    altered = b"".join(encode_mpi(number.to_bytes(260, "big")) for number in numbers)
    with pytest.raises((OpenPGPError, ValueError)):
        rsa.private(public, altered)


def test_a_short_modulus_behind_zeros_is_a_short_modulus(engine):
    """Its count of bits says 2048 (RFC 9580 §3.2, §12.4)."""
    private = rsa.generate(1024)
    hashed, digest = Prehashed(hashes.SHA256()), bytes(32)
    padded = (2048).to_bytes(2, "big") + bytes(128) + rsa.material(private)[2:]
    public = public_key.encode(4, NOW, 1, padded)
    assert public.bits == 1024
    fields = rsa.sign(private, hashed, digest)
    rsa.verify(public, hashed, digest, fields)
    assert not engine.verify(public, 8, digest, fields)


def test_primes_in_the_other_order_are_read(made):
    """PGPy and others write them so."""
    public, secret = made
    d, p, q, _ = (int.from_bytes(value, "big") for value in mpis(secret, 4))
    swapped = b"".join(encode_mpi(number.to_bytes(260, "big")) for number in (d, q, p, pow(q, -1, p)))
    assert rsa.secret(rsa.private(public, swapped)) == secret

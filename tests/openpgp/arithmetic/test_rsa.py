"""RSA: the numbers of a key must fit one another, whatever a file says."""

import pytest

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


def test_primes_in_the_other_order_are_read(made):
    """PGPy and others write them so."""
    public, secret = made
    d, p, q, _ = (int.from_bytes(value, "big") for value in mpis(secret, 4))
    swapped = b"".join(encode_mpi(number.to_bytes(260, "big")) for number in (d, q, p, pow(q, -1, p)))
    assert rsa.secret(rsa.private(public, swapped)) == secret

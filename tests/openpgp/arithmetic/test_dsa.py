"""DSA signatures of gpg's making are verified; groups that are none are refused."""

import dataclasses

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from ithaca.errors import OpenPGPError
from ithaca.openpgp import packets, public_key
from ithaca.openpgp.arithmetic import dsa as ours
from ithaca.openpgp.public_key import encode_mpi, mpi_end, mpis
from ithaca.openpgp.signature import Signature
from openpgp import numbers, raw

NOW = 1_790_000_000
PARAMETERS = b"""%%no-protection
Key-Type: DSA
Key-Length: %d
Key-Usage: sign
Name-Email: old@example.org
Expire-Date: 0
%%commit
"""


def _signed(gpg, bits, digest="SHA256"):
    gpg("--faked-system-time", str(NOW), "--generate-key", data=PARAMETERS % bits)
    public = public_key.parse_public(next(packets.split(gpg("--export").stdout)).body)
    made = gpg("--faked-system-time", str(NOW + 5), "--digest-algo", digest, "--detach-sign", data=b"text").stdout
    return public, Signature.parse(next(packets.split(made)).body)


@pytest.mark.parametrize(("bits", "digest"), [(2048, "SHA256"), (2048, "SHA512"), (3072, "SHA512")])
def test_a_signature_of_gpgs_verifies(gpg, engine, bits, digest):
    """A digest longer than q is cut (FIPS 186-4 §4.6)."""
    public, signature = _signed(gpg, bits, digest)
    hasher = signature.hasher()
    hasher.update(b"text")
    assert signature.matches(engine, public, hasher)
    hasher.update(b"!")
    assert not signature.matches(engine, public, hasher)


def test_a_digest_shorter_than_the_subgroup_verifies_nothing(engine):
    """RFC 9580 §5.2.3.2, although the arithmetic is right."""
    p, q, g = numbers.DSA[2048]
    made = dsa.DSAParameterNumbers(p, q, g).parameters().generate_private_key()
    material = b"".join(encode_mpi(n.to_bytes(256, "big")) for n in (p, q, g, made.public_key().public_numbers().y))
    public = public_key.encode(4, NOW, 17, material)
    for hash_algorithm, hashed, enough in ((2, hashes.SHA1(), False), (8, hashes.SHA256(), True)):
        digest = bytes(hashed.digest_size)
        signature = decode_dss_signature(made.sign(digest, Prehashed(hashed)))
        fields = b"".join(encode_mpi(n.to_bytes(32, "big")) for n in signature)
        assert engine.verify(public, hash_algorithm, digest, fields) is enough


def test_short_keys_and_groups_that_are_none_verify_nothing(gpg, engine):
    public, signature = _signed(gpg, 1024)
    hasher = signature.hasher()
    hasher.update(b"text")
    assert not signature.matches(engine, public, hasher), "1024 bits"
    # The same behind zeros, whose count says 2048.
    _, end = mpi_end(public.material, 0)
    padded = (2048).to_bytes(2, "big") + bytes(128) + public.material[2:]
    wide = public_key.encode(4, public.created, 17, padded)
    assert (wide.bits, end) == (1024, 130)
    assert not engine.verify(wide, 8, signature.digest(hasher), signature.fields)


def test_a_subgroup_that_does_not_divide_is_refused(gpg, engine):
    public, signature = _signed(gpg, 2048)
    p, q, g, y = mpis(public.material, 4)
    other = (int.from_bytes(q, "big") - 2).to_bytes(len(q), "big")
    odd = dataclasses.replace(public, material=b"".join(map(encode_mpi, (p, other, g, y))))
    hasher = signature.hasher()
    hasher.update(b"text")
    assert not engine.verify(odd, 8, signature.digest(hasher), signature.fields)


def test_a_secret_key_that_no_program_makes_costs_nothing():
    modulus = 2**16383 + 1
    material = b"".join(raw.number(value) for value in (modulus, modulus - 2, 4, 16))
    key = public_key.parse(b"\x04" + bytes(4) + b"\x11" + material)
    with pytest.raises(OpenPGPError, match="which no program makes"):
        ours.private(key, raw.number(2))

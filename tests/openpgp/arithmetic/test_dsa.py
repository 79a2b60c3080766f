"""DSA signatures of gpg's making are verified; groups that are none are refused."""

import dataclasses

import pytest

from ithaca.openpgp import packets, public_key
from ithaca.openpgp.public_key import encode_mpi, mpis
from ithaca.openpgp.signature import Signature

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


def test_short_keys_and_groups_that_are_none_verify_nothing(gpg, engine):
    public, signature = _signed(gpg, 1024)
    hasher = signature.hasher()
    hasher.update(b"text")
    assert not signature.matches(engine, public, hasher), "1024 bits"


def test_a_subgroup_that_does_not_divide_is_refused(gpg, engine):
    public, signature = _signed(gpg, 2048)
    p, q, g, y = mpis(public.material, 4)
    other = (int.from_bytes(q, "big") - 2).to_bytes(len(q), "big")
    odd = dataclasses.replace(public, material=b"".join(map(encode_mpi, (p, other, g, y))))
    hasher = signature.hasher()
    hasher.update(b"text")
    assert not engine.verify(odd, 8, signature.digest(hasher), signature.fields)

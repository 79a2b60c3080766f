"""Signatures of our own: they read back, say what they were told to, and belong to their key's version."""

import pytest

from ithaca.openpgp import signing
from ithaca.openpgp.algorithms import SALT_SIZES, SignatureType
from ithaca.openpgp.public_key import encode
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.subpackets import Subpacket, SubpacketType

NOW = 1_790_000_000


def no_random(count):
    raise AssertionError("a version 4 signature has no salt")


def test_our_own_signature_reads_back_and_verifies(engine, alice):
    component = alice.signing(NOW)
    unsigned = signing.build(
        SignatureType.BINARY, component.public, 8, NOW, random=no_random, intended=["AB" * 20, "CD" * 32]
    )
    hasher = unsigned.hasher()
    hasher.update(b"text")
    parsed = Signature.parse(unsigned.complete(engine, component, hasher))
    assert parsed.created == NOW
    assert parsed.intended_recipients == ("AB" * 20, "CD" * 32)
    assert [s.data[0] for s in parsed.hashed if s.type == SubpacketType.INTENDED_RECIPIENT] == [4, 6]
    assert parsed.issuers == (component.public.fingerprint, component.public.key_id)
    assert parsed.matches(engine, component.public, hasher)
    hasher.update(b"more")
    assert not parsed.matches(engine, component.public, hasher)


class Recording:
    """An engine that shows the digest it is to sign."""

    def sign(self, key, hash_algorithm, digest):
        return digest


@pytest.mark.parametrize("algorithm", sorted(SALT_SIZES))
def test_a_version_6_signature_begins_its_hash_with_a_salt_of_the_right_size(algorithm):
    key = encode(6, NOW, 27, bytes(32))
    unsigned = signing.build(SignatureType.BINARY, key, algorithm, NOW, random=lambda n: b"s" * n)
    hasher = unsigned.hasher()
    hasher.update(b"text")
    parsed = Signature.parse(unsigned.complete(Recording(), None, hasher))
    assert parsed.version == 6
    assert parsed.salt == b"s" * SALT_SIZES[algorithm]
    again = parsed.hasher()
    again.update(b"text")
    assert parsed.digest(again) == parsed.fields
    assert parsed.issuers == (key.fingerprint,), "a key ID must not stand in it"


def test_what_is_said_besides_stands_in_the_hashed_area(engine, alice):
    component = alice.signing(NOW)
    unsigned = signing.build(
        SignatureType.DIRECT_KEY, component.public, 8, NOW, random=no_random,
        subpackets=[Subpacket(SubpacketType.KEY_FLAGS, b"\x03", critical=True)],
    )  # fmt: skip
    parsed = Signature.parse(unsigned.complete(engine, component, unsigned.hasher()))
    assert parsed.key_flags == 3
    assert Subpacket(SubpacketType.KEY_FLAGS, b"\x03", critical=True) in parsed.hashed

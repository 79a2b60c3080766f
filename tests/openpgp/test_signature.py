"""Signature packets: every length checked, the hashed area alone believed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import signature
from ithaca.openpgp.algorithms import SignatureType
from ithaca.openpgp.signature import Signature

NOW = 1_790_000_000


def test_our_own_signature_reads_back_and_verifies(engine, alice):
    component = alice.signing(NOW)
    unsigned = signature.build(SignatureType.BINARY, component.public, 8, NOW, intended=["AB" * 20])
    hasher = signature.new_hash(8)
    hasher.update(b"text")
    parsed = Signature.parse(unsigned.complete(engine, component, hasher))
    assert parsed.created == NOW
    assert parsed.intended_recipients == ("AB" * 20,)
    assert parsed.issuers == (component.public.fingerprint, component.public.key_id)
    assert parsed.matches(engine, component.public, hasher)
    hasher.update(b"more")
    assert not parsed.matches(engine, component.public, hasher)


def test_a_subpacket_that_claims_four_gigabytes_is_refused_at_once():
    """18 octets that keep a reader busy for hours if it believes the length."""
    body = b"\x04\x00\x16\x08\x00\x06\xff\xff\xff\xff\xff\x1b\x00\x00\x00\x00\x00\x00"
    before = time.perf_counter()
    with pytest.raises(MalformedPacket):
        Signature.parse(body)
    assert time.perf_counter() - before < 0.1


@pytest.mark.parametrize("version", [2, 3, 5, 6])
def test_other_versions_are_named(version):
    with pytest.raises(UnsupportedAlgorithm, match=f"version {version}"):
        Signature.parse(bytes([version]) + bytes(40))


def test_times_none_or_twice_is_malformed(raw):
    key = raw.Key(NOW)
    with pytest.raises(MalformedPacket, match="exactly one creation time"):
        Signature.parse(key.sign(0, b"", NOW, time=False))
    with pytest.raises(MalformedPacket, match="exactly one creation time"):
        Signature.parse(key.sign(0, b"", NOW, hashed=raw.sub(2, raw.u32(NOW + 5))))


def test_what_only_the_unhashed_area_says_is_not_believed(raw):
    key = raw.Key(NOW)
    unhashed = raw.sub(27, b"\x02") + raw.sub(3, raw.u32(60)) + raw.sub(35, b"\x04" + bytes(20))
    parsed = Signature.parse(key.sign(0, b"", NOW, unhashed=unhashed))
    assert (parsed.key_flags, parsed.expires, parsed.intended_recipients) == (None, None, ())


@given(st.binary(max_size=200))
def test_any_octets_are_a_signature_or_an_error_of_ours(octets):
    try:
        Signature.parse(b"\x04" + octets)
    except OpenPGPError:
        return

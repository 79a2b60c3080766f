"""Signature packets: every length checked, the hashed area alone believed."""

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import public_key
from ithaca.openpgp.signature import Signature

NOW = 1_790_000_000


def test_a_subpacket_that_claims_four_gigabytes_is_refused_at_once():
    """18 octets that keep a reader busy for hours if it believes the length."""
    body = b"\x04\x00\x16\x08\x00\x06\xff\xff\xff\xff\xff\x1b\x00\x00\x00\x00\x00\x00"
    before = time.perf_counter()
    with pytest.raises(MalformedPacket):
        Signature.parse(body)
    assert time.perf_counter() - before < 0.1


@pytest.mark.parametrize("version", [2, 5, 7])
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


def test_a_version_3_signature_is_read_and_verified(raw, engine):
    """§5.2.2: type and time are hashed behind the text, and nothing else."""
    key = raw.Key(NOW)
    digest = hashlib.sha256(b"text" + b"\x00" + raw.u32(NOW)).digest()
    signed = key.private.sign(digest)
    fields = raw.mpi(signed[:32]) + raw.mpi(signed[32:])
    body = b"\x03\x05\x00" + raw.u32(NOW) + key.fingerprint[-8:] + b"\x16\x08" + digest[:2] + fields
    parsed = Signature.parse(body)
    assert (parsed.type, parsed.created, parsed.issuers) == (0, NOW, (key.fingerprint[-8:].hex().upper(),))
    hasher = parsed.hasher()
    hasher.update(b"text")
    public = public_key.parse_public(key.body)
    assert parsed.matches(engine, public, hasher)
    hasher.update(b"!")
    assert not parsed.matches(engine, public, hasher)


@pytest.mark.parametrize("version", [3, 4, 6])
@given(st.binary(max_size=200))
def test_any_octets_are_a_signature_or_an_error_of_ours(version, octets):
    try:
        Signature.parse(bytes([version]) + octets)
    except OpenPGPError:
        return


def test_of_many_embedded_signatures_the_first_eight_count(raw):
    """Each costs public-key arithmetic."""
    key = raw.Key(NOW)
    embedded = [raw.sub(32, bytes([n])) for n in range(9)]
    for count in (8, 9):
        body = key.sign(0x18, b"", NOW, hashed=b"".join(embedded[:5]), unhashed=b"".join(embedded[5:count]))
        assert Signature.parse(body).embedded == tuple(bytes([n]) for n in range(8))


def test_a_signature_has_64_kib_at_most(raw):
    body = raw.Key(NOW).sign(0, b"", NOW)
    assert Signature.parse(body.ljust(65_536, b"x")).created == NOW
    with pytest.raises(LimitExceeded, match="above 65536 octets"):
        Signature.parse(body.ljust(65_537, b"x"))

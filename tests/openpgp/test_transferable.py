"""Certificates as octets: merged without loss, taken apart octet for octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedPacket, OpenPGPError
from ithaca.openpgp import transferable
from ithaca.openpgp.certificate import Certificate

T0 = 1_700_000_000
TEXT = b"Alice <alice@example.org>"


@pytest.fixture
def made(raw):
    """(primary key, its packet, a User ID, an encryption subkey, a revocation)."""
    primary = raw.Key(T0)
    encryption = raw.subkey(primary, raw.Key(T0, encrypting=True), T0)
    revocation = raw.revocation(primary, 0x20, primary.hashed, T0 + 9, 2)
    return primary, raw.packet(6, primary.body), raw.user_id(primary, TEXT, T0), encryption, revocation


def test_merging_keeps_everything_once_in_any_order(made, engine):
    _, head, user_id, encryption, revocation = made
    first, second = head + user_id + encryption, head + revocation + user_id
    for merged in (transferable.merge(first, second), transferable.merge(second, first)):
        found = Certificate.parse(merged, engine)
        assert "was revoked" in found.primary_refused(T0 + 99)
        assert len(list(found.keys())) == 2
        assert transferable.merge(merged, first) == merged


def test_different_certificates_do_not_merge(made, raw):
    with pytest.raises(MalformedPacket, match="two different"):
        transferable.merge(made[1], raw.packet(6, raw.Key(T0).body))


def test_several_certificates_in_one_file_come_apart_octet_for_octet(made, raw):
    one, two = made[1] + made[2], raw.packet(6, raw.Key(T0).body)
    assert list(transferable.split_certificates(one + two)) == [one, two]


@given(st.binary(max_size=100))
def test_any_octets_are_certificates_or_an_error_of_ours(octets):
    for work in (
        lambda: list(transferable.split_certificates(octets)),
        lambda: transferable.merge(octets, octets),
    ):
        try:
            work()
        except OpenPGPError:
            continue

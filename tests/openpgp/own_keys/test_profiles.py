"""The table of profiles."""

import pytest

from ithaca.errors import KeyringError
from ithaca.openpgp.algorithms import ENCRYPTING, SIGNING, Feature, key_refused
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.own_keys import profiles


def test_the_default_is_what_gnupg_reads():
    """Curve25519 of version 4, and no packets that only RFC 9580 knows."""
    usual = profiles.PROFILES[profiles.DEFAULT]
    assert (usual.version, usual.signing.curve, usual.encryption.curve) == (4, "Ed25519", "Curve25519")
    assert usual.features == Feature.SEIPD_1


@pytest.mark.parametrize("name", profiles.PROFILES)
def test_every_row_is_of_algorithms_that_are_accepted(engine, name):
    profile = profiles.PROFILES[name]
    assert profile.signing.algorithm in SIGNING
    assert profile.encryption.algorithm in ENCRYPTING
    made = engine.generate_key(profile.signing, 1_700_000_000, version=profile.version).public
    assert key_refused(made) is None
    assert profiles.of_key(made).encryption == profile.encryption


def test_a_small_rsa_key_gets_a_subkey_of_today(engine):
    made = engine.generate_key(KeyKind(1, bits=2048), 1_700_000_000).public
    assert profiles.of_key(made).encryption.bits == 3072


def test_a_key_of_a_kind_that_is_not_made_gets_no_subkey(engine):
    encrypting = engine.generate_key(KeyKind(18, "Curve25519"), 1_700_000_000).public
    with pytest.raises(KeyringError, match="gets no new subkeys"):
        profiles.of_key(encrypting)

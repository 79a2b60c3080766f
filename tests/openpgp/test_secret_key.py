"""Our own keys, taken apart by packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import KeyringError, OpenPGPError
from ithaca.openpgp import packets, secret_key
from ithaca.openpgp.certificate import Certificate

NOW = 1_790_000_000


def test_the_public_half_is_what_gpg_exports(gpg, alice_octets, engine):
    gpg("--import", data=alice_octets)
    key = secret_key.split(alice_octets)
    exported = Certificate.parse(gpg("--export").stdout, engine)
    assert [p.body for p in packets.split(key.public_octets)] == [p.body for p in packets.split(exported.octets)]
    assert key.fingerprint == exported.fingerprint


def test_what_is_unprotected_is_noticed(gpg, engine):
    gpg("--passphrase", "", "--quick-generate-key", "Test <t@example.org>", "ed25519", "sign", "never")
    assert not secret_key.split(gpg("--export-secret-keys").stdout).is_protected


def test_protected_is_protected(alice_octets):
    assert secret_key.split(alice_octets).is_protected


def test_an_expired_key_signs_no_more_but_still_decrypts(alice):
    later = NOW + 4 * 365 * 86400
    with pytest.raises(KeyringError, match="expired on"):
        alice.signing(later)
    assert len(alice.decrypting()) == 1


def test_nothing_secret_is_shown(alice, alice_octets):
    assert "PrivKey" not in repr(alice)
    assert "octets" not in repr(secret_key.split(alice_octets)).replace("public_octets", "")


@given(st.binary(max_size=100))
def test_any_octets_are_a_key_or_an_error_of_ours(octets):
    for prefix in (b"", b"\xc5\x40\x04"):
        try:
            secret_key.split(prefix + octets)
        except OpenPGPError:
            continue

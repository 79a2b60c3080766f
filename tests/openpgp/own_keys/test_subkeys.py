"""Subkeys added and rotated; programs encrypt to the new one, and verify by it."""

import pytest

from ithaca.errors import KeyringError
from ithaca.openpgp import secret_key
from ithaca.openpgp.algorithms import RevocationReason
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.own_keys import lifetime, profiles, revocation, subkeys
from ithaca.openpgp.own_keys.subkeys import Role
from openpgp.own_keys.held import DAY, NOW, PASSPHRASE


@pytest.mark.parametrize("name", ["ed25519", "rsa3072", "p384", "v6-ed25519", "v6-ed448"])
def test_an_added_subkey_is_of_the_keys_own_kind(held, name):
    key, profile = held(name), profiles.PROFILES[name]
    key.do(subkeys.add, Role.ENCRYPTION, PASSPHRASE)
    key.do(subkeys.add, Role.SIGNING, PASSPHRASE)
    _, encrypting, signing = (c.key for c in key.certificate.subkeys)
    assert (encrypting.algorithm, encrypting.version) == (profile.encryption.algorithm, profile.version)
    assert (signing.algorithm, signing.version) == (profile.signing.algorithm, profile.version)
    assert encrypting in key.certificate.encryption_keys(NOW)
    assert signing not in key.certificate.encryption_keys(NOW)
    assert key.certificate.signing_refused(signing, NOW) is None
    assert key.certificate.signing_refused(encrypting, NOW) is not None


def test_what_is_signed_is_signed_by_the_new_subkey(either):
    either.do(subkeys.add, Role.SIGNING, PASSPHRASE)
    assert either.holder.secret.signing(either.now).public == either.certificate.subkeys[1].key


def test_the_secret_half_is_in_the_key_behind_the_passphrase(either):
    either.do(subkeys.add, Role.ENCRYPTION, PASSPHRASE)
    key = secret_key.split(either.octets)
    assert len(key.parts) == 3
    assert key.is_protected
    assert len(either.holder.secret.components) == 3


def test_a_subkey_of_another_kind_and_with_an_end(held):
    key = held()
    key.do(subkeys.add, Role.ENCRYPTION, PASSPHRASE, kind=KeyKind(18, "P-256"), until=NOW + DAY)
    added = key.certificate.subkeys[1].key
    assert added.curve == "P-256"
    assert added in key.certificate.encryption_keys(NOW)
    assert added not in key.certificate.encryption_keys(NOW + DAY)


def test_rotating_retires_the_old_one_and_keeps_it(either):
    (old,) = either.certificate.encryption_keys(NOW)
    either.do(subkeys.rotate, Role.ENCRYPTION, PASSPHRASE)
    (new,) = either.certificate.encryption_keys(either.now)
    assert new != old
    assert [c.public for c in either.holder.secret.decrypting() if c.public == old]
    assert either.certificate.encryption_keys(NOW - DAY) == (old,)


def test_rotating_twice_in_one_second(either):
    either.do(subkeys.rotate, Role.ENCRYPTION, PASSPHRASE)
    either.do(subkeys.rotate, Role.ENCRYPTION, PASSPHRASE)
    assert len(either.certificate.encryption_keys(either.now + 1)) == 1


def test_what_an_old_signing_subkey_signed_stays_good(either):
    either.do(subkeys.rotate, Role.SIGNING, PASSPHRASE)
    first = either.certificate.subkeys[1].key
    either.now += DAY
    either.do(subkeys.rotate, Role.SIGNING, PASSPHRASE)
    second = either.certificate.subkeys[2].key
    assert either.certificate.signing_refused(first, either.now - DAY) is None
    assert "expired" in either.certificate.signing_refused(first, either.now)
    assert either.holder.secret.signing(either.now).public == second


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_a_key_that_is_no_longer_used_gets_no_subkey(either, end):
    if end == "expired":
        either.do(lifetime.expire_key, NOW)
    else:
        either.do(revocation.revoke_key, RevocationReason.RETIRED)
    with pytest.raises(KeyringError, match="no subkey would be of use"):
        either.do(subkeys.add, Role.ENCRYPTION, PASSPHRASE)


# --- other programs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ed25519", "rsa3072"])
@pytest.mark.parametrize("who", ["gpg", "sqop", "rnp"])
def test_programs_encrypt_to_the_rotated_subkey_and_sign_by_the_new_one(held, peer, uses, name, who):
    key = held(name)
    key.do(subkeys.rotate, Role.ENCRYPTION, PASSPHRASE)
    key.do(subkeys.add, Role.SIGNING, PASSPHRASE)
    assert uses(peer(who), key) == [key.certificate.subkeys[1].key.key_id]


@pytest.mark.parametrize("who", ["pysequoia", "openpgp.js"])
def test_version_6_peers_encrypt_to_the_rotated_subkey_and_sign_by_the_new_one(held, peer, uses, js_sees, who):
    key = held("v6-ed25519")
    key.do(subkeys.rotate, Role.ENCRYPTION, PASSPHRASE)
    key.do(subkeys.add, Role.SIGNING, PASSPHRASE)
    assert uses(peer(who), key) == [key.certificate.subkeys[1].key.fingerprint]
    if who == "openpgp.js":
        seen = js_sees(key)
        assert seen["signing"] == key.certificate.subkeys[2].key.fingerprint
        assert [refused and "expired" in refused for _, refused in seen["subkeys"]] == [True, None, None]


def test_gpg_lists_the_new_and_the_expired_subkey(held, gpg_sees):
    key = held()
    key.do(subkeys.rotate, Role.ENCRYPTION, PASSPHRASE)
    key.do(subkeys.add, Role.SIGNING, PASSPHRASE)
    rows = gpg_sees(key)["sub"]
    assert [(row[1] == "e", row[11]) for row in rows] == [(True, "e"), (False, "e"), (False, "s")]

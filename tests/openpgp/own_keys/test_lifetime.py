"""Expiry said anew; gpg, OpenPGP.js and pysequoia see the new date."""

import pytest

from interop.programs import Failed
from ithaca.errors import KeyringError
from ithaca.openpgp import packets, secret_key, transferable
from ithaca.openpgp.algorithms import RevocationReason
from ithaca.openpgp.own_keys import keyholder, lifetime, revocation, subkeys, user_ids
from ithaca.openpgp.own_keys.subkeys import Role
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.signature import Signature
from openpgp.own_keys.held import DAY, NOW, PASSPHRASE, USER_ID
from openpgp.own_keys.test_keyholder import stub


@pytest.mark.parametrize("until", [NOW + 9 * 365 * DAY, NOW + 5, None])
def test_a_key_expires_later_sooner_or_never(either, until):
    either.do(lifetime.expire_key, until)
    assert either.certificate.expires(either.now) == until
    if until is not None:
        assert either.certificate.encryption_refused(until - 1) is None
        assert "expired on" in either.certificate.encryption_refused(until)


def test_an_expired_key_lives_again(either):
    either.now = NOW + 4 * 365 * DAY
    assert "expired on" in either.certificate.encryption_refused(either.now)
    either.do(lifetime.expire_key, either.now + DAY)
    assert either.certificate.encryption_refused(either.now) is None


def test_everything_else_is_said_again(either):
    def said(statement):
        return {(s.type, s.data, s.critical) for s in statement.hashed if s.type not in (2, 9)}

    before = _speaking(either)
    either.do(lifetime.expire_key, None)
    after = _speaking(either)
    assert [said(s) for s in after] == [said(s) for s in before]
    assert all(s.key_expires_after is None for s in after)


def _speaking(key):
    components = (key.certificate.primary, *key.certificate.user_ids)
    live = [c.live(key.now) for c in components]
    return [s for s in live if s is not None and s.key_flags is not None]


def test_every_user_id_of_a_version_4_key_says_the_same_date(held):
    """Programs differ in which one they ask."""
    key = held("ed25519", [USER_ID, "Alice <alice@example.com>"])
    key.do(lifetime.expire_key, NOW + DAY)
    life = {c.live(NOW).key_expires_after for c in key.certificate.user_ids}
    assert life == {11 * DAY}


def test_a_revoked_user_id_is_not_signed_again(held):
    key = held("ed25519", [USER_ID, "Alice <alice@example.com>"])
    key.do(revocation.revoke_user_id, "Alice <alice@example.com>")
    change = key.do(lifetime.expire_key, NOW + DAY)
    assert [p.body.decode() for p in packets.split(change.certificate) if p.tag == Tag.USER_ID] == [USER_ID]


def test_a_key_without_user_ids_is_prolonged(held):
    key = held("ed25519", [])
    key.do(lifetime.expire_key, NOW + 2000 * DAY)
    assert key.certificate.expires(NOW) == NOW + 2000 * DAY


# --- subkeys -----------------------------------------------------------------------------------------


def test_a_subkey_expires_by_itself(either):
    (subkey,) = either.certificate.subkeys
    either.do(lifetime.expire_subkey, subkey.key.fingerprint, NOW + DAY)
    assert either.certificate.encryption_refused(NOW) is None
    assert "subkey that expired" in either.certificate.encryption_refused(NOW + DAY)
    assert either.certificate.primary_refused(NOW + DAY) is None
    either.do(lifetime.expire_subkey, subkey.key.fingerprint, None)
    assert either.certificate.encryption_refused(NOW + DAY) is None


def test_subkeys_that_lasted_to_the_end_are_prolonged_with_the_key(held):
    """As GnuPG makes them: primary key and subkey with the same date."""
    key = held()
    (subkey,) = key.certificate.subkeys
    key.do(lifetime.expire_subkey, subkey.key.fingerprint, key.certificate.expires(NOW))
    key.now = NOW + 4 * 365 * DAY
    assert key.certificate.encryption_refused(key.now) is not None
    key.do(lifetime.expire_key, key.now + 365 * DAY)
    assert key.certificate.encryption_refused(key.now) is None


def test_a_subkey_that_was_let_expire_before_does_not_come_back(held):
    key = held()
    key.do(subkeys.rotate, Role.ENCRYPTION, PASSPHRASE)
    key.now += DAY
    (current,) = key.certificate.encryption_keys(key.now)
    key.do(lifetime.expire_key, key.now + 2000 * DAY)
    assert key.certificate.encryption_keys(key.now) == (current,)


def test_a_signing_subkey_agrees_anew(either):
    either.do(subkeys.add, Role.SIGNING, PASSPHRASE, until=NOW + DAY)
    subkey = either.certificate.subkeys[1].key
    either.do(lifetime.expire_subkey, subkey.fingerprint, NOW + 9 * DAY)
    assert either.certificate.signing_refused(subkey, NOW + 8 * DAY) is None
    assert either.certificate.signing_refused(subkey, NOW + 9 * DAY) is not None
    (back,) = either.certificate.subkeys[1].live(either.now).embedded
    assert Signature.parse(back).created == NOW


def test_the_agreement_of_a_signing_subkey_that_is_elsewhere_holds_on(either):
    either.do(subkeys.add, Role.SIGNING, PASSPHRASE, until=NOW + DAY)
    subkey = either.certificate.subkeys[1].key
    either.octets = stub(either.octets, subkey.fingerprint)
    either.do(lifetime.expire_subkey, subkey.fingerprint, NOW + 9 * DAY)
    assert either.certificate.signing_refused(subkey, NOW + 8 * DAY) is None


def test_a_revoked_subkey_stays_revoked(either):
    (subkey,) = either.certificate.subkeys
    either.do(revocation.revoke_subkey, subkey.key.fingerprint, RevocationReason.SUPERSEDED)
    with pytest.raises(KeyringError, match="was revoked, and stays so"):
        either.do(lifetime.expire_subkey, subkey.key.fingerprint, None)


def test_a_key_whose_self_signatures_do_not_count_is_not_renewed(held):
    key = held()
    bare = b"".join(p.octets for p in packets.split(key.octets) if p.tag != Tag.SIGNATURE)
    key.octets, key.public = bare, secret_key.split(bare).public_octets
    with pytest.raises(KeyringError, match="no valid self-signature"):
        key.do(lifetime.expire_key, None)


# --- other programs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("until", [NOW + 900 * DAY, None])
@pytest.mark.parametrize("name", ["ed25519", "rsa3072"])
def test_gpg_sees_the_new_date(held, gpg_sees, name, until):
    key = held(name, [USER_ID, "Alice <alice@example.com>"])
    key.do(lifetime.expire_key, until)
    rows = gpg_sees(key)
    assert rows["pub"][0][6] == ("" if until is None else str(until))
    assert rows["sub"][0][1] not in "er"


def test_gpg_sees_the_date_of_a_subkey(held, gpg_sees):
    key = held()
    key.do(lifetime.expire_subkey, key.certificate.subkeys[0].key.fingerprint, NOW + 77 * DAY)
    assert gpg_sees(key)["sub"][0][6] == str(NOW + 77 * DAY)


@pytest.mark.parametrize("until", [NOW + 900 * DAY, None])
def test_version_6_peers_see_the_new_date(held, js_sees, until):
    pysequoia = pytest.importorskip("pysequoia")
    key = held("v6-ed25519")
    key.do(lifetime.expire_key, until)
    assert js_sees(key)["expires"] == until
    seen = pysequoia.Cert.from_bytes(key.public).expiration
    assert (seen and int(seen.timestamp())) == until


@pytest.mark.parametrize("who", ["gpg", "sqop", "rnp"])
def test_programs_encrypt_until_the_new_date_and_not_after(held, peer, uses, who):
    ended = held()
    ended.do(lifetime.expire_key, NOW)
    with pytest.raises(Failed, match=r"(?i)expired|unusable|suitable|not encryption-capable"):
        peer(who).encrypt(b"", [ended.armored])
    ended.do(lifetime.expire_key, NOW + DAY)
    uses(peer(who), ended)


def test_states_of_expiry_merge_in_any_order(either):
    for days in (1, 2, 3):
        either.now += 1
        either.do(lifetime.expire_key, NOW + days * DAY)
    merged = transferable.merge(either.states[3], transferable.merge(either.states[1], either.states[0]))
    assert sorted(p.body for p in packets.split(merged)) == sorted(p.body for p in packets.split(either.public))


def test_an_old_key_whose_user_id_says_nothing_gets_a_date(held, engine, raw):
    """Before flags there were keys whose certifications say nothing but their time; GnuPG still prolongs them."""
    key = held()
    assert keyholder.primary_of(key.certificate).version == 4
    change = key.do(user_ids.add, "Bare <bare@example.org>")
    assert change.at == NOW
    key.do(lifetime.expire_key, NOW + 3 * DAY)
    assert {c.live(key.now).key_expires_after for c in key.certificate.user_ids} == {13 * DAY}

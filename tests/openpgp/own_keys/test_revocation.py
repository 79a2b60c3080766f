"""Revocations, hard and soft, made now and made in advance."""

import pytest

from interop.programs import Failed
from ithaca.errors import KeyringError, OpenPGPError
from ithaca.openpgp import packets
from ithaca.openpgp.algorithms import RevocationReason
from ithaca.openpgp.own_keys import lifetime, revocation, subkeys, user_ids
from ithaca.openpgp.own_keys.subkeys import Role
from ithaca.openpgp.packets import Tag
from openpgp.own_keys.held import DAY, NOW, PASSPHRASE, USER_ID, recipients
from openpgp.own_keys.test_keyholder import stub

OTHER = "Alice <alice@example.com>"
HARD = {RevocationReason.NONE: True, RevocationReason.COMPROMISED: True}
REASONS = [r for r in RevocationReason if r is not RevocationReason.USER_ID_INVALID]


@pytest.mark.parametrize("reason", REASONS)
def test_a_hard_revocation_holds_for_the_past_and_a_soft_one_does_not(either, reason):
    either.do(revocation.revoke_key, reason, "because")
    assert "was revoked" in either.certificate.primary_refused(either.now)
    assert (either.certificate.primary_refused(NOW - DAY) is not None) is HARD.get(reason, False)
    (made,) = either.certificate.primary.revocations
    assert made.value(29) == bytes([reason]) + b"because"


def test_a_revoked_key_still_opens_letters(either):
    either.do(revocation.revoke_key, RevocationReason.COMPROMISED)
    assert len(either.holder.secret.decrypting()) == 1


@pytest.mark.parametrize("reason", REASONS)
def test_a_revocation_is_newer_than_all_that_was_said_in_its_second(either, reason):
    """A newer self-signature would take a soft one back."""
    for days in (1, 2):
        either.now = NOW
        either.do(lifetime.expire_key, NOW + days * DAY)
    either.now = NOW
    either.do(revocation.revoke_key, reason)
    assert "was revoked" in either.certificate.primary_refused(NOW + 9)
    with pytest.raises(KeyringError, match="was revoked, and stays so"):
        either.do(lifetime.expire_key, NOW + 2 * DAY)


@pytest.mark.parametrize("reason", REASONS)
def test_a_subkey_is_revoked_and_the_rest_is_not(either, reason):
    (subkey,) = either.certificate.encryption_keys(NOW)
    either.do(revocation.revoke_subkey, subkey.fingerprint, reason)
    assert either.certificate.encryption_keys(either.now) == ()
    assert either.certificate.primary_refused(either.now) is None
    assert (either.certificate.encryption_keys(NOW - DAY) == ()) is HARD.get(reason, False)


def test_a_user_id_is_revoked_and_its_address_with_it(either):
    either.do(user_ids.add, OTHER)
    either.do(revocation.revoke_user_id, USER_ID, "moved")
    assert either.certificate.user_ids_at(either.now) == (OTHER,)
    assert "no longer stands" in either.certificate.encryption_refused(either.now, "alice@example.org")
    assert either.certificate.encryption_refused(either.now) is None


def test_the_last_user_id_of_a_version_4_key_stays(held):
    """GnuPG takes no key without any."""
    with pytest.raises(KeyringError, match="add another one first"):
        held().do(revocation.revoke_user_id, USER_ID)
    with pytest.raises(KeyringError, match="no valid User ID"):
        held().do(revocation.revoke_user_id, OTHER)


@pytest.mark.parametrize("text", ["two\nlines", "\x1b[1m", "\ud800", "x" * 1001])
def test_what_is_no_text_is_refused(held, text):
    with pytest.raises(KeyringError, match="The text of a revocation must"):
        held().do(revocation.revoke_key, RevocationReason.RETIRED, text)


# --- made in advance ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ed25519", "v6-ed25519"])
def test_the_prepared_one_needs_no_secret(held, made, name):
    key = held(name)
    key.octets = stub(key.octets, *(part.public.fingerprint for part in key.key.parts))
    key.apply(revocation.from_certificate(made(name).revocation, key.certificate))
    assert "was revoked" in key.certificate.primary_refused(NOW)


def test_the_prepared_one_of_another_key_does_nothing(held, made):
    other = made(created=NOW - DAY).revocation
    with pytest.raises(KeyringError, match="no revocation certificate of the key"):
        revocation.from_certificate(other, held().certificate)


@pytest.mark.parametrize(
    "octets", [b"", packets.encode(Tag.SIGNATURE, b"\4"), packets.encode(Tag.USER_ID, b"x"), b"\xc2"]
)
def test_what_is_no_revocation_certificate_is_said(held, octets):
    with pytest.raises((KeyringError, OpenPGPError)):
        revocation.from_certificate(octets, held().certificate)


@pytest.mark.parametrize("name", ["ed25519", "v6-ed25519"])
def test_another_signature_of_the_key_is_no_revocation(held, name):
    """A direct key signature is over the same octets."""
    key = held(name)
    with pytest.raises(KeyringError, match="no revocation certificate"):
        revocation.from_certificate(key.public, key.certificate)


# --- other programs ----------------------------------------------------------------------------------


def test_gpg_lists_what_is_revoked(held, gpg, gpg_sees):
    key = held("ed25519", [USER_ID, OTHER])
    key.do(subkeys.add, Role.ENCRYPTION, PASSPHRASE)
    key.do(revocation.revoke_subkey, key.certificate.subkeys[0].key.fingerprint, RevocationReason.SUPERSEDED)
    key.do(revocation.revoke_user_id, OTHER)
    rows = gpg_sees(key)
    assert [row[1] == "r" for row in rows["sub"]] == [True, False]
    assert {row[9]: row[1] == "r" for row in rows["uid"]} == {USER_ID: False, OTHER: True}
    key.do(revocation.revoke_key, RevocationReason.COMPROMISED, "the laptop was stolen")
    assert gpg_sees(key)["pub"][0][1] == "r"
    shown = gpg("--with-colons", "--list-sigs", key.fingerprint).stdout
    assert b"20x" in shown
    assert b"the laptop was stolen" in gpg("--list-packets", data=key.public).stdout


@pytest.mark.parametrize("who", ["gpg", "sqop", "rnp"])
def test_programs_do_not_encrypt_to_a_revoked_key(held, peer, who):
    key = held()
    key.do(revocation.revoke_key, RevocationReason.RETIRED)
    if who == "sqop":
        # Sequoia asks the subkey alone, so this goes unnoticed; its own keys fare no better.
        assert recipients(peer(who).encrypt(b"", [key.armored]))
        key.do(revocation.revoke_subkey, key.certificate.subkeys[0].key.fingerprint, RevocationReason.RETIRED)
    with pytest.raises(Failed, match=r"(?i)unusable|revoked|suitable|not encryption-capable"):
        peer(who).encrypt(b"", [key.armored])


@pytest.mark.parametrize("who", ["gpg", "sqop", "rnp"])
def test_programs_encrypt_to_the_subkey_that_is_not_revoked(held, peer, uses, who):
    key = held()
    key.do(subkeys.add, Role.ENCRYPTION, PASSPHRASE)
    key.do(revocation.revoke_subkey, key.certificate.subkeys[1].key.fingerprint, RevocationReason.COMPROMISED)
    assert uses(peer(who), key) == [key.certificate.subkeys[0].key.key_id]


@pytest.mark.parametrize("reason", REASONS)
def test_version_6_peers_see_a_revoked_key(held, js_sees, reason):
    pysequoia = pytest.importorskip("pysequoia")
    key = held("v6-ed25519")
    key.do(revocation.revoke_key, reason)
    assert pysequoia.Cert.from_bytes(key.public).is_revoked
    assert js_sees(key)["revoked"]


def test_version_6_peers_see_a_revoked_subkey_and_address(held, peer, uses, js_sees):
    key = held("v6-ed25519", [USER_ID, OTHER])
    key.do(subkeys.add, Role.ENCRYPTION, PASSPHRASE)
    key.do(revocation.revoke_subkey, key.certificate.subkeys[1].key.fingerprint, RevocationReason.SUPERSEDED)
    key.do(revocation.revoke_user_id, OTHER)
    first, _ = key.certificate.subkeys
    seen = js_sees(key)
    assert [refused and "revoked" in refused for _, refused in seen["subkeys"]] == [None, True]
    assert [refused and "revoked" in refused for _, refused in seen["users"]] == [None, True]
    for who in ("pysequoia", "openpgp.js"):
        assert uses(peer(who), key) == [first.key.fingerprint]

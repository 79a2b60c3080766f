"""User IDs added to a key."""

import pytest

from ithaca.errors import KeyringError
from ithaca.openpgp.algorithms import RevocationReason
from ithaca.openpgp.own_keys import lifetime, revocation, user_ids
from openpgp.own_keys.held import DAY, NOW, USER_ID

OTHER = "Alice <alice@example.com>"


def test_an_address_is_added_and_the_first_one_stays_first(either):
    either.do(user_ids.add, OTHER)
    certificate, now = either.certificate, either.now
    assert certificate.addresses(now) == ("alice@example.org", "alice@example.com")
    assert [c.live(now).is_primary_user_id for c in certificate.user_ids] == [True, False]
    assert certificate.encryption_refused(now, "alice@example.com") is None


def test_it_says_of_a_version_4_key_what_the_others_say(held):
    key = held()
    key.do(lifetime.expire_key, NOW + DAY)
    key.do(user_ids.add, OTHER)
    first, second = (c.live(key.now) for c in key.certificate.user_ids)

    def said(signature):
        return {(s.type, s.data) for s in signature.hashed if s.type not in (2, 25)}

    assert said(first) == said(second)


def test_it_says_nothing_of_a_version_6_key_itself(held):
    """RFC 9580 §5.2.3.10: that is the direct key signature's matter."""
    key = held("v6-ed25519")
    key.do(user_ids.add, OTHER)
    assert {s.type for s in key.certificate.user_ids[1].live(key.now).hashed} == {2, 33}


def test_the_first_user_id_of_a_key_that_had_none(held):
    key = held("ed25519", [])
    key.do(user_ids.add, USER_ID)
    assert key.certificate.user_ids_at(NOW) == (USER_ID,)
    assert key.certificate.user_ids[0].live(NOW).key_flags == 0x03
    assert key.certificate.expires(NOW) == NOW - 10 * DAY + 3 * 365 * DAY


def test_twice_the_same_and_one_that_was_revoked_are_refused(either):
    either.do(user_ids.add, OTHER)
    with pytest.raises(KeyringError, match="already"):
        either.do(user_ids.add, OTHER)
    either.do(revocation.revoke_user_id, OTHER)
    with pytest.raises(KeyringError, match="was revoked, and stays so"):
        either.do(user_ids.add, OTHER)


def test_a_key_that_is_no_longer_used_gets_no_address(either):
    either.do(revocation.revoke_key, RevocationReason.RETIRED)
    with pytest.raises(KeyringError, match="no User ID would be of use"):
        either.do(user_ids.add, OTHER)


def test_gpg_and_rnp_encrypt_for_the_new_address(held, peer, uses, gpg_sees):
    key = held()
    key.do(user_ids.add, OTHER)
    rows = gpg_sees(key)
    assert [(row[1] in "er", row[9]) for row in rows["uid"]] == [(False, USER_ID), (False, OTHER)]
    for who in ("gpg", "sqop", "rnp"):
        uses(peer(who), key)


def test_version_6_peers_see_the_new_address(held, peer, uses, js_sees):
    pysequoia = pytest.importorskip("pysequoia")
    key = held("v6-ed25519")
    key.do(user_ids.add, OTHER)
    assert js_sees(key)["users"] == [[USER_ID, None], [OTHER, None]]
    assert {str(u) for u in pysequoia.Cert.from_bytes(key.public).user_ids} == {USER_ID, OTHER}
    uses(peer("pysequoia"), key)

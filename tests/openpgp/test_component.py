"""What the self-signatures on a component say of it at a time."""

import pytest

from ithaca.openpgp.component import Component
from ithaca.openpgp.signature import Signature

T0 = 1_700_000_000
DAY = 86400


@pytest.fixture
def said(raw):
    """``said(time, …)``: a self-signature of a subkey; with a `code`, its revocation. Not verified here."""
    key = raw.Key(T0)

    def make(created, *, code=None, expires=None, **more):
        hashed = (b"" if code is None else raw.sub(29, bytes([code]))) + (
            b"" if expires is None else raw.sub(3, raw.u32(expires))
        )
        return Signature.parse(key.sign(0x28 if code is not None else 0x18, b"", created, hashed=hashed, **more))

    return make


@pytest.fixture
def subkey(alice):
    def make(signatures=(), revocations=()):
        return Component(alice.certificate.subkeys[0].key, None, b"", list(signatures), list(revocations))

    return make


def test_the_newest_that_is_made_and_not_expired_is_live(said, subkey):
    old, brief, later = said(T0), said(T0 + DAY, expires=DAY), said(T0 + 9 * DAY)
    component = subkey([later, old, brief])
    times = (T0 - 1, T0, T0 + DAY, T0 + 2 * DAY - 1, T0 + 2 * DAY, T0 + 9 * DAY)
    assert [component.live(at) for at in times] == [None, old, brief, brief, old, later]


@pytest.mark.parametrize("code", [0, 2, 77])
def test_a_hard_revocation_holds_before_and_after_and_is_never_taken_back(said, subkey, code):
    revocation = said(T0 + DAY, code=code, expires=60)
    component = subkey([said(T0), said(T0 + 2 * DAY)], [revocation])
    assert [component.revoked(at) for at in (T0, T0 + DAY, T0 + 3 * DAY)] == [revocation] * 3


@pytest.mark.parametrize("code", [1, 3, 32])
def test_a_soft_revocation_holds_from_its_date_until_a_newer_self_signature(said, subkey, code):
    revocation = said(T0 + DAY, code=code)
    component = subkey([said(T0), said(T0 + 3 * DAY)], [revocation])
    found = [component.revoked(at) for at in (T0, T0 + DAY - 1, T0 + DAY, T0 + 3 * DAY - 1, T0 + 3 * DAY)]
    assert found == [None, None, revocation, revocation, None]


def test_a_self_signature_of_the_same_second_takes_nothing_back(said, subkey):
    assert subkey([said(T0)], [said(T0, code=1)]).revoked(T0 + DAY)


def test_an_expired_soft_revocation_no_longer_holds(said, subkey):
    component = subkey([said(T0)], [said(T0 + DAY, code=3, expires=DAY)])
    assert component.revoked(T0 + 2 * DAY - 1)
    assert component.revoked(T0 + 2 * DAY) is None


def test_the_second_revocation_holds_where_the_first_was_taken_back(said, subkey):
    again = said(T0 + 5 * DAY, code=1)
    component = subkey([said(T0), said(T0 + 2 * DAY)], [said(T0 + DAY, code=1), again])
    assert component.revoked(T0 + 6 * DAY) is again


def test_statements_of_others_take_a_soft_revocation_back(said, subkey):
    """As a User ID's self-signature does for the primary key."""
    component = subkey([], [said(T0, code=3)])
    assert component.revoked(T0 + DAY)
    assert component.revoked(T0 + DAY, [said(T0 + 1)]) is None


@pytest.mark.parametrize("code", [0, 2, 32])
def test_a_user_id_is_revoked_from_the_date_on_and_comes_back_whatever_the_reason(said, code):
    """§5.2.3.31: "a revocation denotes that that user name is no longer in use"."""
    revocation = said(T0 + DAY, code=code)
    component = Component(None, "Alice", b"", [said(T0), said(T0 + 2 * DAY)], [revocation])
    assert [component.revoked(at) for at in (T0, T0 + DAY, T0 + 2 * DAY)] == [None, revocation, None]


def test_of_two_self_signatures_of_one_second_the_order_does_not_decide(said, subkey):
    two = [said(T0), said(T0, expires=9 * DAY)]
    assert subkey(two).live(T0) is subkey(two[::-1]).live(T0)


def test_a_component_has_the_octets_of_its_packet(subkey):
    assert subkey().body == subkey().key.body
    assert Component(None, "J\ufffdrg", b"\xb4\0\0\0\4J\xf6rg").body == b"J\xf6rg"


def test_what_was_cancelled_speaks_no_more_until_it_is_said_again(said, subkey):
    first, again = said(T0), said(T0 + 3 * DAY)
    component = subkey([first, again])
    component.cancellations.append(said(T0 + DAY, code=0))
    times = (T0, T0 + DAY, T0 + 3 * DAY)
    assert [component.live(at) for at in times] == [first, None, again]
    component.cancellations[:] = [said(T0 + DAY, code=0, expires=60)]
    assert component.live(T0 + 2 * DAY) is first


def test_embedded_signatures_of_every_copy_of_the_live_one_count(said, subkey, raw):
    bare, whole = said(T0), said(T0, unhashed=raw.sub(32, b"back"))
    older = said(T0 - DAY, unhashed=raw.sub(32, b"older"))
    assert subkey([bare, whole, older]).embedded(T0) == (b"back",)
    assert subkey().embedded(T0) == ()

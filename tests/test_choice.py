"""Which certificate stands for an address: what was verified or used is never replaced silently."""

import pytest

from ithaca.address import AddrSpec
from ithaca.choice import Known, choose
from ithaca.facts import Basis, Standing
from ithaca.keyring.autocrypt import STALE, AutocryptState
from ithaca.keyring.peers import Peer

CAROL = AddrSpec("carol@example.org")
NOW = 1_790_000_000
A, B, C = ("A" * 40, "B" * 40, "C" * 40)


class Fake:
    """A certificate that is what we say."""

    def __init__(self, fingerprint, refused=None):
        self.fingerprint, self._refused = fingerprint, refused

    def encryption_refused(self, _at, _mailbox=None):
        return self._refused

    def claimed_addresses(self):
        return frozenset({CAROL})


def peer(**more):
    return Peer(CAROL, **{k: frozenset(v) if isinstance(v, list) else v for k, v in more.items()})


def chosen(known, *, own_mutual=True):
    return choose(known, CAROL, NOW, own_mutual=own_mutual)


@pytest.mark.parametrize(
    ("held", "more", "standing", "which"),
    [
        ([Fake(A)], {}, Standing.USABLE, A),
        ([Fake(A, "expired")], {}, Standing.UNUSABLE, None),
        ([Fake(A), Fake(B)], {}, Standing.AMBIGUOUS, None),
        # An expired or revoked rival is none.
        ([Fake(A), Fake(B, "was revoked")], {}, Standing.USABLE, A),
        # A better binding outranks, whatever came later.
        ([Fake(A), Fake(B)], {"verified": [A]}, Standing.USABLE, A),
        ([Fake(A), Fake(B)], {"vouched": [A]}, Standing.USABLE, A),
        ([Fake(A), Fake(B)], {"seen": {B: (1, 1)}}, Standing.USABLE, B),
        ([Fake(A), Fake(B)], {"seen": {B: (1, 1)}, "vouched": [A]}, Standing.USABLE, A),
        ([Fake(A), Fake(B)], {"seen": {B: (1, 1), A: (1, 9)}}, Standing.AMBIGUOUS, None),
        # A change of a verified one, or of one that was used, asks the person.
        ([Fake(A, "expired"), Fake(B)], {"verified": [A]}, Standing.CHANGED, None),
        ([Fake(A, "expired"), Fake(B)], {"used": [A]}, Standing.CHANGED, None),
        ([Fake(B)], {"used": [A]}, Standing.CHANGED, None),
        ([Fake(B)], {"used": [A], "verified": [B]}, Standing.USABLE, B),
        ([Fake(B)], {"used": [A, B]}, Standing.USABLE, B),
        ([Fake(A, "expired")], {"verified": [A]}, Standing.UNUSABLE, None),
        ([Fake(B)], {"verified": [A]}, Standing.CHANGED, None),
        ([], {"verified": [A]}, Standing.LOST, None),
        # The loss of one that was used, or that served by itself.
        ([], {"used": [A]}, Standing.LOST, None),
        ([], {"imported": [A]}, Standing.LOST, None),
        ([], {"seen": {A: (1, 1)}}, Standing.LOST, None),
        ([], {"vouched": [A]}, Standing.LOST, None),
        ([], {}, Standing.ABSENT, None),
    ],
)
def test_certificates_of_the_keyring(held, more, standing, which):
    found = chosen(Known(peer(**more), held))
    assert found.standing is standing
    assert (found.certificate.fingerprint if found.certificate else None) == which
    assert found.serves is (which is not None)


@pytest.mark.parametrize(
    ("more", "basis"),
    [
        ({}, Basis.IMPORTED),
        ({"verified": [A]}, Basis.VERIFIED),
        ({"vouched": [A]}, Basis.VOUCHED),
        ({"seen": {A: (1, 1)}}, Basis.SEEN),
    ],
)
def test_how_it_is_known(more, basis):
    assert chosen(Known(peer(**more), [Fake(A)])).basis is basis


def test_one_that_was_looked_up_serves_only_on_demand_until_it_was_used():
    assert not chosen(Known(peer(found=[A]), [Fake(A)])).serves
    assert chosen(Known(peer(found=[A], used=[A]), [Fake(A)])).serves


MUTUAL = AutocryptState(NOW, NOW, A, True, ever_mutual=True)
NO_PREFERENCE = AutocryptState(NOW, NOW, A, False)
WITHDRAWN = AutocryptState(NOW, NOW, A, False, ever_mutual=True)
STALE_ONE = AutocryptState(NOW, NOW - STALE - 1, A, True, ever_mutual=True)
GOSSIP = AutocryptState(gossip_timestamp=NOW, gossip_key=C)


@pytest.mark.parametrize(
    ("state", "heard", "own", "standing", "basis", "serves", "once"),
    [
        (MUTUAL, [Fake(A)], True, Standing.USABLE, Basis.MUTUAL, True, True),
        (MUTUAL, [Fake(A)], False, Standing.USABLE, Basis.AUTOCRYPT, False, False),
        (NO_PREFERENCE, [Fake(A)], True, Standing.USABLE, Basis.AUTOCRYPT, False, False),
        (WITHDRAWN, [Fake(A)], True, Standing.USABLE, Basis.AUTOCRYPT, False, True),
        (STALE_ONE, [Fake(A)], True, Standing.USABLE, Basis.AUTOCRYPT, False, True),
        (GOSSIP, [Fake(C)], True, Standing.USABLE, Basis.GOSSIP, False, False),
        (NO_PREFERENCE, [Fake(A, "expired")], True, Standing.ABSENT, Basis.NONE, False, False),
        (WITHDRAWN, [Fake(A, "expired")], True, Standing.UNUSABLE, Basis.NONE, False, False),
        (MUTUAL, [], True, Standing.UNUSABLE, Basis.NONE, False, False),
    ],
)
def test_certificates_from_autocrypt(state, heard, own, standing, basis, serves, once):
    known = Known(peer(autocrypt=state), (), {c.fingerprint: c for c in heard})
    found = chosen(known, own_mutual=own)
    assert (found.standing, found.basis, found.serves, found.once_served) == (standing, basis, serves, once)


def test_an_unsigned_rival_never_stands_against_a_certificate_of_the_keyring():
    known = Known(peer(autocrypt=AutocryptState(NOW, NOW, B, True, ever_mutual=True)), [Fake(A)], {B: Fake(B)})
    assert chosen(known).certificate.fingerprint == A


@pytest.mark.parametrize("mutual", [True, False])
def test_an_unsigned_rival_never_replaces_one_that_was_used(mutual):
    state = AutocryptState(NOW, NOW, B, mutual, ever_mutual=True)
    found = chosen(Known(peer(autocrypt=state, used=[A]), (), {A: Fake(A), B: Fake(B)}))
    assert (found.certificate.fingerprint, found.basis, found.serves) == (A, Basis.USED, True)
    lost = chosen(Known(peer(autocrypt=state, used=[A]), (), {B: Fake(B)}))
    assert lost.standing is Standing.CHANGED
    spoilt = chosen(Known(peer(autocrypt=state, used=[A]), (), {A: Fake(A, "expired"), B: Fake(B)}))
    assert (spoilt.standing, spoilt.reason) == (Standing.UNUSABLE, "expired")


def test_of_two_that_were_used_the_one_of_the_newest_field_stands():
    state = AutocryptState(NOW, NOW, B, True, ever_mutual=True)
    both = {A: Fake(A), B: Fake(B)}
    assert chosen(Known(peer(autocrypt=state, used=[A, B]), (), both)).certificate.fingerprint == B
    assert chosen(Known(peer(used=[A, B]), (), both)).standing is Standing.AMBIGUOUS

"""Peers: bindings, their precedence, and what letters teach."""

import pytest

from ithaca.address import AddrSpec
from ithaca.errors import Error
from ithaca.keyring.peers import FILE, Peer, Peers, Rank, tie, united
from ithaca.verdict import Binding, Fingerprint

CAROL = AddrSpec("carol@example.org")
OLD, NEW, OTHER = (Fingerprint(c * 40) for c in "ABC")
NOW = 1_790_000_000


@pytest.fixture
def peers(tmp_path):
    made = Peers(tmp_path, b"k" * 32)
    yield made
    made.close()


def test_of_a_stranger_nothing_is_known(peers):
    assert peers.peer(CAROL) == Peer(CAROL)
    assert peers.addresses() == ()


def test_what_the_person_confirmed_replaces_what_was_confirmed_before(peers):
    peers.verify(CAROL, OLD, NOW)
    peers.verify(CAROL, NEW, NOW + 1)
    assert peers.peer(CAROL).verified == {NEW}
    assert peers.peer(CAROL).rank(NEW) is Rank.VERIFIED
    assert peers.peer(CAROL).rank(OLD) is Rank.NEW


def test_each_message_id_counts_once(peers):
    for _ in range(3):
        peers.signed(CAROL, OLD, b"<1@x>", NOW)
    peers.signed(CAROL, OLD, b"<2@x>", NOW + 9)
    peers.signed(CAROL, NEW, b"<2@x>", NOW + 9)
    assert peers.peer(CAROL).seen == {OLD: (NOW, 2), NEW: (NOW + 9, 1)}


def test_no_message_id_stands_in_the_file(peers, tmp_path):
    peers.signed(CAROL, OLD, b"<canary@x>", NOW)
    peers.close()
    assert b"canary" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def test_what_was_sealed_to_stays_when_the_certificate_goes(peers):
    peers.verify(CAROL, OLD, NOW)
    peers.sealed_to([(CAROL, OLD)], NOW)
    peers.removed(OLD)
    found = peers.peer(CAROL)
    assert (found.verified, found.used) == (frozenset(), {OLD})


KEYS = {b"octets": OLD, b"late": NEW, b"rival": NEW, b"gossip": OTHER}


def test_autocrypt_is_kept_with_its_certificate(peers):
    peers.message(CAROL, NOW - 10, b"octets", True, parse=KEYS.get, now=NOW)
    peers.message(CAROL, NOW - 20, b"late", False, parse=KEYS.get, now=NOW)
    state = peers.peer(CAROL).autocrypt
    assert (state.key, state.mutual, state.timestamp) == (OLD, True, NOW - 10)
    assert peers.certificate(OLD) == b"octets"
    assert peers.certificate(NEW) is None
    peers.gossip(CAROL, NOW, b"gossip", parse=KEYS.get, now=NOW)
    state = peers.peer(CAROL).autocrypt
    assert (state.key, state.gossip_key) == (OLD, OTHER)
    # The one that a rival replaced stays at hand: something may have been sealed to it.
    peers.message(CAROL, NOW, b"rival", False, parse=KEYS.get, now=NOW)
    assert peers.certificate(OLD) == b"octets"
    assert peers.peer(CAROL).autocrypt.ever_mutual


def test_who_never_sent_a_field_is_not_remembered(peers):
    peers.message(CAROL, NOW, None, False, parse=KEYS.get, now=NOW)
    assert peers.addresses() == ()


@pytest.mark.parametrize(
    ("peer", "live", "wanted"),
    [
        (Peer(CAROL), [OLD], Binding.NEW),
        (Peer(CAROL), [OLD, NEW], Binding.CONFLICT),
        (Peer(CAROL), [NEW], Binding.CONFLICT),
        (Peer(CAROL, verified=frozenset({OLD})), [OLD, NEW], Binding.VERIFIED),
        (Peer(CAROL, verified=frozenset({NEW})), [OLD, NEW], Binding.CONFLICT),
        (Peer(CAROL, vouched=frozenset({OLD})), [OLD, NEW], Binding.VOUCHED),
        (Peer(CAROL, vouched=frozenset({OLD}), verified=frozenset({NEW})), [OLD, NEW], Binding.CONFLICT),
        (Peer(CAROL, seen={OLD: (NOW, 3)}), [OLD, NEW], Binding.SEEN),
        (Peer(CAROL, seen={OLD: (NOW, 3), NEW: (NOW, 1)}), [OLD, NEW], Binding.CONFLICT),
        (Peer(CAROL, seen={NEW: (NOW, 3)}), [OLD, NEW], Binding.CONFLICT),
        # A rival that is not live any more, or stands in Autocrypt state alone, is none.
        (Peer(CAROL, seen={OLD: (NOW, 3), NEW: (NOW, 1)}), [OLD], Binding.SEEN),
    ],
)
def test_a_rival_is_a_conflict_only_if_it_is_tied_as_well(peer, live, wanted):
    assert tie(peer, OLD, live).binding is wanted


def test_a_tie_says_since_when_and_how_often():
    found = tie(Peer(CAROL, seen={OLD: (NOW, 3)}), OLD, [OLD])
    assert (found.since.timestamp(), found.messages) == (NOW, 3)


def test_a_damaged_file_is_an_error_with_a_remedy(peers, tmp_path):
    (tmp_path / FILE).write_bytes(b"?" * 4000)
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(Error, match=r"peers\.sqlite is damaged"):
        peers.peer(CAROL)


def test_octets_that_are_no_certificate_are_no_field(peers):
    peers.message(CAROL, NOW - 9, b"octets", True, parse=KEYS.get, now=NOW)
    peers.message(CAROL, NOW, b"junk", False, parse=KEYS.get, now=NOW)
    peers.gossip(CAROL, NOW, b"junk", parse=KEYS.get, now=NOW)
    state = peers.peer(CAROL).autocrypt
    assert (state.key, state.mutual, state.last_seen, state.gossip_key) == (OLD, True, NOW, None)


def test_what_several_keyrings_know_is_put_together(peers):
    both = united([Peer(CAROL, verified=frozenset({OLD})), Peer(CAROL, seen={NEW: (NOW, 1)})], CAROL)
    assert (both.rank(OLD), both.rank(NEW)) == (Rank.VERIFIED, Rank.SEEN)
    assert united([], CAROL) == Peer(CAROL)

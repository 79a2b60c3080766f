"""Autocrypt: the cases of its text, one by one."""

import pytest

from ithaca.keyring.autocrypt import (
    STALE,
    AutocryptState,
    Recommendation,
    after_gossip,
    after_message,
    effective,
    recommend,
    together,
)

NOW = 1_790_000_000
DISABLE, DISCOURAGE, AVAILABLE, ENCRYPT = Recommendation


@pytest.mark.parametrize(
    ("date", "wanted"), [(NOW - 5, NOW - 5), (NOW + 1, NOW), (None, NOW), (-1, 0), (NOW + (1 << 70), NOW)]
)
def test_the_effective_date_is_never_in_the_future(date, wanted):
    assert effective(date, NOW) == wanted


def test_a_first_message_with_a_field_sets_everything():
    assert after_message(AutocryptState(), 10, "K", True) == AutocryptState(
        last_seen=10, timestamp=10, key="K", mutual=True, ever_mutual=True
    )


def test_a_message_without_a_field_is_only_seen():
    state = after_message(AutocryptState(), 10, "K", True)
    assert after_message(state, 20, None, False) == AutocryptState(20, 10, "K", True, ever_mutual=True)
    # Between the two: newer than the field, not newer than what was seen.
    assert after_message(after_message(state, 20, None, False), 15, None, False).last_seen == 20


def test_a_message_older_than_the_newest_field_changes_nothing():
    state = after_message(AutocryptState(), 10, "K", True)
    assert after_message(state, 9, "L", False) == state
    assert after_message(state, 10, "L", False).key == "L"


def test_a_field_older_than_the_last_message_still_counts_if_it_is_newer_than_the_last_field():
    state = after_message(after_message(AutocryptState(), 10, "K", True), 30, None, False)
    assert after_message(state, 20, "L", False) == AutocryptState(30, 20, "L", False, ever_mutual=True)


def test_a_preference_that_was_taken_back_is_remembered():
    state = after_message(after_message(AutocryptState(), 10, "K", True), 20, "K", False)
    assert (state.mutual, state.ever_mutual) == (False, True)


def test_gossip_writes_only_the_key_of_gossip():
    state = after_message(AutocryptState(), 10, "K", True)
    gossiped = after_gossip(state, 5, "G")
    assert (gossiped.key, gossiped.gossip_key, gossiped.gossip_timestamp) == ("K", "G", 5)
    assert after_gossip(gossiped, 4, "H") == gossiped
    assert after_gossip(gossiped, 5, "H").gossip_key == "H"


KEY = AutocryptState(NOW, NOW, "K", False)
MUTUAL = AutocryptState(NOW, NOW, "K", True)
STALE_MUTUAL = AutocryptState(NOW, NOW - STALE - 1, "K", True)
GOSSIP = AutocryptState(gossip_timestamp=NOW, gossip_key="G")


@pytest.mark.parametrize(
    ("state", "key", "gossip", "own", "answers", "wanted"),
    [
        (AutocryptState(), False, False, True, False, DISABLE),
        (AutocryptState(), False, False, True, True, DISABLE),
        (KEY, False, False, True, True, DISABLE),
        (GOSSIP, False, False, True, False, DISABLE),
        (GOSSIP, False, True, True, False, DISCOURAGE),
        (GOSSIP, False, True, True, True, ENCRYPT),
        (KEY, True, False, True, False, AVAILABLE),
        (KEY, True, False, True, True, ENCRYPT),
        (MUTUAL, True, False, True, False, ENCRYPT),
        (MUTUAL, True, False, False, False, AVAILABLE),
        (MUTUAL, False, False, True, False, DISABLE),
        (STALE_MUTUAL, True, False, True, False, DISCOURAGE),
        (STALE_MUTUAL, True, False, True, True, ENCRYPT),
        (AutocryptState(NOW, NOW - STALE, "K", True), True, False, True, False, ENCRYPT),
    ],
)
def test_the_recommendation_for_one(state, key, gossip, own, answers, wanted):
    found = recommend(state, key_usable=key, gossip_usable=gossip, own_mutual=own, answers_sealed=answers)
    assert found is wanted


@pytest.mark.parametrize(
    ("several", "wanted"),
    [
        ([], DISABLE),
        ([ENCRYPT, ENCRYPT], ENCRYPT),
        ([ENCRYPT, AVAILABLE], AVAILABLE),
        ([ENCRYPT, DISCOURAGE], DISCOURAGE),
        ([AVAILABLE, DISCOURAGE], DISCOURAGE),
        ([ENCRYPT, DISABLE], DISABLE),
        ([DISCOURAGE, DISABLE], DISABLE),
    ],
)
def test_the_recommendation_for_several(several, wanted):
    assert together(several) is wanted

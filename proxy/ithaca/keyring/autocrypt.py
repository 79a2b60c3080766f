"""Autocrypt Level 1.1: the state of a peer, how a message changes it, and what it recommends. Pure.

The law of this file: exactly the specification; what it is worth beside other sources is said elsewhere. Times are
seconds since 1970.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ithaca.verdict import Fingerprint

STALE = 35 * 86400
"""A key this much older than the last message is no longer counted on."""


class Recommendation(enum.Enum):
    """What Autocrypt advises for one message, worst first."""

    DISABLE = "disable"
    DISCOURAGE = "discourage"
    AVAILABLE = "available"
    ENCRYPT = "encrypt"


@dataclass(frozen=True, slots=True)
class AutocryptState:
    """What is remembered of one peer. Keys are named by fingerprint."""

    last_seen: int | None = None
    timestamp: int | None = None
    """``autocrypt_timestamp``: of the newest message with a usable field."""
    key: Fingerprint | None = None
    mutual: bool = False
    """``prefer_encrypt``."""
    gossip_timestamp: int | None = None
    gossip_key: Fingerprint | None = None
    ever_mutual: bool = False
    """Ours: some state was mutual once, so that sealing was chosen without being asked."""


NOTHING = AutocryptState()
"""Of who never sent a field."""


def effective(date: int | None, received: int) -> int:
    """The effective date of a message: never in the future, where a sender could freeze the state for ever."""
    return received if date is None or date > received else max(date, 0)


def after_message(state: AutocryptState, date: int, key: Fingerprint | None, mutual: bool) -> AutocryptState:
    """The state after a message of the peer with this effective date; `key`: of its one valid field, None: none."""
    if state.timestamp is not None and date < state.timestamp:
        return state
    if state.last_seen is None or date > state.last_seen:
        state = replace(state, last_seen=date)
    if key is None:
        return state
    return replace(state, timestamp=date, key=key, mutual=mutual, ever_mutual=state.ever_mutual or mutual)


def after_gossip(state: AutocryptState, date: int, key: Fingerprint) -> AutocryptState:
    """The state after a message of somebody else that gossips this key of the peer."""
    if state.gossip_timestamp is not None and date < state.gossip_timestamp:
        return state
    return replace(state, gossip_timestamp=date, gossip_key=key)


def recommend(
    state: AutocryptState, *, key_usable: bool, gossip_usable: bool, own_mutual: bool, answers_sealed: bool = False
) -> Recommendation:
    """The recommendation for one recipient. An expired or revoked key is not usable, and as good as none."""
    preliminary = _preliminary(state, key_usable=key_usable, gossip_usable=gossip_usable)
    if preliminary is Recommendation.DISABLE:
        return preliminary
    if answers_sealed:
        return Recommendation.ENCRYPT
    if preliminary is Recommendation.AVAILABLE and state.mutual and own_mutual:
        return Recommendation.ENCRYPT
    return preliminary


def _preliminary(state: AutocryptState, *, key_usable: bool, gossip_usable: bool) -> Recommendation:
    if state.key is None or not key_usable:
        if state.gossip_key is None or not gossip_usable:
            return Recommendation.DISABLE
        return Recommendation.DISCOURAGE
    if (state.last_seen or 0) - (state.timestamp or 0) > STALE:
        return Recommendation.DISCOURAGE
    return Recommendation.AVAILABLE


def together(recommendations: Iterable[Recommendation]) -> Recommendation:
    """The recommendation for a message with several recipients."""
    found = list(recommendations)
    if not found or Recommendation.DISABLE in found:
        return Recommendation.DISABLE
    if all(r is Recommendation.ENCRYPT for r in found):
        return Recommendation.ENCRYPT
    if Recommendation.DISCOURAGE in found:
        return Recommendation.DISCOURAGE
    return Recommendation.AVAILABLE

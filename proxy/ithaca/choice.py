"""Which certificate stands for a recipient: of all that carry the address, by how each is tied to it.

The law of this file: what was verified or sealed to before is never replaced silently, and what came by Autocrypt or
gossip never stands against a certificate of the keyring. In doubt none is chosen, and the person is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ithaca import report
from ithaca.address import AddrSpec
from ithaca.facts import Basis, Standing
from ithaca.keyring import autocrypt
from ithaca.keyring.autocrypt import Recommendation
from ithaca.keyring.peers import Peer, Rank
from ithaca.openpgp.certificate import Certificate
from ithaca.verdict import Fingerprint


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one address."""

    peer: Peer
    held: Sequence[Certificate] = ()
    """Those of the keyring that carry the address, usable or not."""
    heard: Mapping[Fingerprint, Certificate] | None = None
    """Those that came by Autocrypt or gossip, and still carry the address."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The certificate that stands for an address, or why there is none."""

    standing: Standing
    certificate: Certificate | None = None
    reason: str = ""
    basis: Basis = Basis.NONE
    serves: bool = False
    """By itself, without being asked for."""
    once_served: bool = False


def choose(known: Known, mailbox: AddrSpec, now: int, *, own_mutual: bool) -> Choice:
    """The choice for one address at `now`; `own_mutual`: our own Autocrypt preference."""
    if known.held:
        return _held(known, mailbox, now)
    return _heard(known, mailbox, now, own_mutual=own_mutual)


_BASES = {Rank.VERIFIED: Basis.VERIFIED, Rank.VOUCHED: Basis.VOUCHED, Rank.SEEN: Basis.SEEN}


def _held(known: Known, mailbox: AddrSpec, now: int) -> Choice:
    peer = known.peer
    refused = {c.fingerprint: c.encryption_refused(now, mailbox) for c in known.held}
    usable = [c for c in known.held if refused[c.fingerprint] is None]
    if not usable:
        best = max(known.held, key=lambda c: (peer.rank(c.fingerprint), c.fingerprint in peer.used))
        return Choice(Standing.UNUSABLE, reason=refused[best.fingerprint] or "")
    if peer.verified and not any(c.fingerprint in peer.verified for c in usable):
        return _changed(min(peer.verified), usable)
    top = max(peer.rank(c.fingerprint) for c in usable)
    best_ones = [c for c in usable if peer.rank(c.fingerprint) is top]
    if len(best_ones) > 1:
        names = report.listed(sorted(c.fingerprint for c in best_ones))
        return Choice(Standing.AMBIGUOUS, reason=f"{len(best_ones)} keys ({names})")
    (chosen,) = best_ones
    if top is not Rank.VERIFIED and peer.used and chosen.fingerprint not in peer.used:
        return _changed(min(peer.used), [chosen])
    basis = _BASES.get(top) or (Basis.FOUND if chosen.fingerprint in peer.found else Basis.IMPORTED)
    serves = basis is not Basis.FOUND or chosen.fingerprint in peer.used
    return Choice(Standing.USABLE, chosen, basis=basis, serves=serves)


def _changed(before: Fingerprint, now: Sequence[Certificate]) -> Choice:
    names = report.listed(sorted(c.fingerprint for c in now))
    return Choice(Standing.CHANGED, reason=f"another key than before ({names} instead of {before})")


def _heard(known: Known, mailbox: AddrSpec, now: int, *, own_mutual: bool) -> Choice:
    peer, heard = known.peer, known.heard or {}
    state = peer.autocrypt
    # Autocrypt ties a certificate to the address in its field, whatever its User ID says.
    refused = {
        f: c.encryption_refused(now, mailbox if mailbox in c.claimed_addresses() else None) for f, c in heard.items()
    }
    usable = {f: c for f, c in heard.items() if refused[f] is None}
    if peer.served:
        return _lost(peer, heard, usable, {f: why for f, why in refused.items() if why})
    recommendation = autocrypt.recommend(
        state, key_usable=state.key in usable, gossip_usable=state.gossip_key in usable, own_mutual=own_mutual
    )
    if state.key is not None and state.key in usable:
        mutual = recommendation is Recommendation.ENCRYPT
        basis = Basis.MUTUAL if mutual else Basis.AUTOCRYPT
        return Choice(
            Standing.USABLE, usable[state.key], basis=basis, serves=mutual, once_served=state.ever_mutual and own_mutual
        )
    if state.ever_mutual and own_mutual and state.key is not None:
        why = refused.get(state.key) or "no longer stands for this address"
        return Choice(Standing.UNUSABLE, reason=why)
    if state.gossip_key is not None and state.gossip_key in usable:
        return Choice(Standing.USABLE, usable[state.gossip_key], basis=Basis.GOSSIP)
    return Choice(Standing.ABSENT)


def _lost(
    peer: Peer,
    heard: Mapping[Fingerprint, Certificate],
    usable: Mapping[Fingerprint, Certificate],
    refused: Mapping[Fingerprint, str],
) -> Choice:
    """One served or was sealed to, and the keyring has none any more: nothing unproved takes its place."""
    before = peer.served
    still = sorted(before & usable.keys())
    still = [f for f in still if f == peer.autocrypt.key] or still
    if len(still) == 1:
        return Choice(Standing.USABLE, usable[still[0]], basis=Basis.USED, serves=True)
    if still:
        return Choice(Standing.AMBIGUOUS, reason=f"{len(still)} keys ({report.listed(still)})")
    spoilt = sorted(before & heard.keys())
    if spoilt:
        return Choice(Standing.UNUSABLE, reason=refused.get(spoilt[0], "cannot be used"))
    if peer.autocrypt.key is not None and peer.autocrypt.key in usable:
        return _changed(min(before), [usable[peer.autocrypt.key]])
    return Choice(Standing.LOST, reason=f"the key {min(before)}, which was there before, is gone")

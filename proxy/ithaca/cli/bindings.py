"""How certificates are tied to addresses, for ``ithaca cert``: what the person confirms, and what is shown of it.

The law of this file: only a person's yes to a whole fingerprint verifies anything.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence

import click

from ithaca import report
from ithaca.access import bound
from ithaca.address import AddrSpec, addr_spec
from ithaca.cli import options
from ithaca.errors import KeyringError
from ithaca.keyring.peers import Peer, Peers
from ithaca.keyring.store import Keyring
from ithaca.openpgp.certificate import Certificate
from ithaca.verdict import Binding, Fingerprint


@contextlib.contextmanager
def peers_of(place: Keyring) -> Iterator[Peers]:
    """What is known of the people of a keyring; what was written is kept at the end. Raises `StateError`."""
    # No letter is counted here, so no key for their digests is needed.
    peers = Peers(place.path, b"")
    try:
        yield peers
        peers.settle()
    finally:
        peers.close()


def candidates(place: Keyring, peers: Peers, which: str) -> list[Certificate]:
    """What a name may mean beside the keyring: certificates that came by Autocrypt or gossip."""
    mailbox = addr_spec(which)
    names: set[Fingerprint | None] = {Fingerprint(which.replace(" ", "").upper())}
    if mailbox is not None:
        state = peers.peer(mailbox).autocrypt
        names = {state.key, state.gossip_key}
    octets = [peers.certificate(name) for name in sorted(filter(None, names))]
    return [Certificate.parse(one, place.engine) for one in octets if one is not None]


def addresses_of(certificate: Certificate, which: str, now: int) -> tuple[AddrSpec, ...]:
    """The addresses that a confirmation is about. Raises `KeyringError` where there is none."""
    mailbox = addr_spec(which)
    found = certificate.addresses(now) if mailbox is None else (mailbox,)
    if not found:
        raise KeyringError(f"{certificate.fingerprint} stands for no address: name the address instead.")
    return found


def agree(certificate: Certificate, addresses: Sequence[AddrSpec], given: str | None) -> None:
    """The person says yes to the fingerprint, at the terminal or beforehand. Raises `KeyringError`."""
    if given is None:
        click.echo(
            "Have the owner read the fingerprint to you, by telephone or face to face: not by mail. Every digit counts."
        )
        options.confirm(f"Is this the fingerprint of {report.listed(addresses)}?")
    elif given.replace(" ", "").upper() != certificate.fingerprint:
        raise KeyringError(f"That is another fingerprint than {certificate.fingerprint}, so nothing was verified.")


def words(certificate: Certificate, place: Keyring, now: int) -> list[str]:
    """How a certificate is tied to each of its addresses: one line for each. Raises `StateError`."""
    with peers_of(place) as peers:
        known = [peers.peer(a) for a in certificate.addresses(now)]
        return [f"{p.address}: {_tied(p, certificate, place, now)}" for p in known]


def mark(certificate: Certificate, peers: Peers, now: int) -> str:
    """For a list: a word where the person has verified it; else nothing. Raises `StateError`."""
    known = (peers.peer(a) for a in certificate.addresses(now))
    return "  verified" if any(certificate.fingerprint in p.verified for p in known) else ""


def _tied(peer: Peer, certificate: Certificate, place: Keyring, now: int) -> str:
    tie = bound(peer, certificate.fingerprint, place.claims(peer.address), now)
    said = _WORDS[tie.binding]
    if tie.since is not None:
        letters = "1 letter" if tie.messages == 1 else f"{tie.messages} letters"
        said += f"; {letters} signed with it since {tie.since:%Y-%m-%d}"
    if certificate.fingerprint in peer.used:
        said += "; mail was encrypted to it"
    return said


_WORDS = {
    Binding.VERIFIED: "verified by you",
    Binding.VOUCHED: "vouched for by its domain",
    Binding.SEEN: "seen",
    Binding.NEW: "new",
    Binding.CONFLICT: "another certificate stands for this address as well: ithaca cert verify says which is theirs",
}


def verify_one(place: Keyring, certificate: Certificate, addresses: Sequence[AddrSpec]) -> None:
    """Write down that the person has confirmed it; one that is not in the keyring comes there."""
    if all(certificate.fingerprint != c.fingerprint for c in place.certificates()):
        place.import_certificate(certificate.octets)
    with peers_of(place) as peers:
        for mailbox in addresses:
            peers.verify(mailbox, certificate.fingerprint, int(time.time()))

"""Provider and login → identities and keyrings.

The law of this file: mail is opened, and signed, only with the keys of the login that the ISP has just
accepted, compared as octets. The whole object is replaced when the configuration changes.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from ithaca import incoming
from ithaca.address import AddrSpec
from ithaca.choice import Known
from ithaca.errors import KeyringError, OpenPGPError, PassphraseError
from ithaca.incoming.keys import Origin
from ithaca.keyring import display_names
from ithaca.keyring import peers as peering
from ithaca.keyring import phrase as phrases
from ithaca.keyring import secret as passphrases
from ithaca.keyring.peers import Peer, Peers
from ithaca.keyring.store import Keyring
from ithaca.learning import Pupils
from ithaca.letters import Letters
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.secret_key import SecretKey
from ithaca.policy import Policy
from ithaca.state import StateError
from ithaca.verdict import Fingerprint, Tie

RETRY = 5
"""Seconds before a key that stayed locked is tried again: its passphrase may have come meanwhile."""
MOST_HEARD = 500
"""Certificates from Autocrypt that are kept parsed."""
NAMES_SECONDS = 3600
"""So long the display names of a keyring are taken for valid without another look."""


class Identity:
    """One identity with its keyring; its key is unlocked once, and again when the file of the key changes."""

    def __init__(
        self,
        address: AddrSpec,
        *,
        provider: str,
        login: bytes,
        keyring: Keyring,
        fingerprint: Fingerprint | None,
        source: passphrases.PassphraseSource,
        policy: Policy,
        engine: Engine,
        peers: Peers | None = None,
        phrase: str | None = None,
    ) -> None:
        self.address = address
        self.peers = peers
        self.provider = provider
        self.login = login
        self.keyring = keyring
        self.policy = policy
        self._fingerprint = fingerprint
        self.source = source
        self._phrase = phrase
        self._engine = engine
        self._lock = threading.Lock()
        self._unlocked: tuple[bytes, bytes, SecretKey] | None = None
        self._failure: tuple[int, KeyringError] | None = None
        self._heard: dict[bytes, Certificate] = {}

    def fingerprint(self) -> Fingerprint:
        """The key to use: the configured one, else the only one of the keyring. Raises `KeyringError`."""
        return self.keyring.sole_secret(self._fingerprint)

    def own_certificate(self) -> Certificate:
        """The public half of our key, with what was merged into the certificates since; `KeyringError`."""
        return self.keyring.own_certificate(self.fingerprint())

    def known(self, mailbox: AddrSpec) -> Known:
        """All that the keyring knows of an address. Raises `StateError`."""
        held = self.keyring.claims(mailbox)
        if self.peers is None:
            return Known(Peer(mailbox), held)
        peer = self.peers.peer(mailbox)
        return Known(peer, held, {} if held else self._heard_of(self.peers, peer))

    def _heard_of(self, peers: Peers, peer: Peer) -> Mapping[Fingerprint, Certificate]:
        """The certificates that came by Autocrypt or gossip, and those that were used."""
        names = {peer.autocrypt.key, peer.autocrypt.gossip_key, *peer.served} - {None}
        found: dict[Fingerprint, Certificate] = {}
        for name in names:
            octets = None if name is None else peers.certificate(name)
            certificate = None if octets is None else self._parsed(octets)
            if certificate is not None:
                found[certificate.fingerprint] = certificate
        return found

    def _parsed(self, octets: bytes) -> Certificate | None:
        with self._lock:
            if octets in self._heard:
                return self._heard[octets]
        try:
            certificate = Certificate.parse(octets, self._engine)
        except OpenPGPError:
            return None
        with self._lock:
            if len(self._heard) >= MOST_HEARD:
                self._heard.clear()
            self._heard[octets] = certificate
        return certificate

    def sealed_to(self, pairs: Collection[tuple[AddrSpec, Fingerprint]], now: int) -> None:
        """Remember to whom something was sealed; never waits."""
        if self.peers is not None:
            self.peers.sealed_to(pairs, now)

    def phrase(self) -> str:
        """The seal phrase: the configured one, else that of the keyring, made now if need be. Raises `KeyringError`."""
        return self._phrase or phrases.kept(self.keyring.path)

    def secret(self, now: int) -> SecretKey:
        """The unlocked key at `now` (seconds since 1970); `PassphraseError` while it is locked, `KeyringError`.

        Called from several threads: unlocking costs a good part of a second, once.
        """
        with self._lock:
            self.keyring.refresh()
            fingerprint = self.fingerprint()
            octets = self.keyring.secret_octets(fingerprint)
            public = self.own_certificate().octets
            if self._unlocked is not None and self._unlocked[:2] == (octets, public):
                return self._unlocked[2]
            if self._failure is not None and 0 <= now - self._failure[0] < RETRY:
                raise self._failure[1]
            try:
                secret = passphrases.unlock(self.keyring, fingerprint, self.source, self._engine)
            except KeyringError as error:
                self._failure = (now, error)
                raise
            self._unlocked, self._failure = (octets, public, secret), None
            return secret


class Access:
    """All identities of one configuration."""

    def __init__(
        self,
        identities: Sequence[Identity],
        *,
        rules: Policy,
        without_login: frozenset[str] = frozenset(),
        letters: Letters | None = None,
    ) -> None:
        self._identities = tuple(identities)
        self._rules = rules
        self.letters = letters
        """What is remembered of letters; None: nothing."""
        self._names = _DisplayNames()
        self._without_login = without_login
        """Providers whose sessions may sign although nobody logged in (``sign_without_login``)."""

    @property
    def identities(self) -> tuple[Identity, ...]:
        """All of them, in the order of the configuration."""
        return self._identities

    def rules(self) -> Policy:
        """The rules by recipient, which hold whatever From says."""
        return self._rules

    def owned(self, provider: str, login: bytes | None) -> Sequence[Identity]:
        """The identities that this login may send as."""
        if login is None and provider in self._without_login:
            return [i for i in self._identities if i.provider == provider]
        return self._of(provider, login)

    def claimed(self, provider: str, mailbox: AddrSpec) -> Identity | None:
        """The identity with this address, whoever is logged in; that of this provider before others."""
        same = [i for i in self._identities if i.address == mailbox]
        return next((i for i in same if i.provider == provider), same[0] if same else None)

    def _of(self, provider: str, login: bytes | None) -> list[Identity]:
        return [i for i in self._identities if i.provider == provider and i.login == login]

    # --- receiving ---

    def trouble(self, provider: str, login: bytes | None, now: int) -> str | None:
        """Why this login's mail cannot be opened now although a person's hand could change that; a sentence."""
        for identity in self._of(provider, login):
            try:
                identity.secret(now)
            except PassphraseError as error:
                return str(error)
            except KeyringError as error:
                return str(error)
        return None

    def phrase(self, provider: str, login: bytes | None) -> str | None:
        """The seal phrase for this login's mail; None: there is no identity, or the phrase cannot be read."""
        return next(_phrases(self._of(provider, login)), None)

    def phrases(self) -> tuple[str, ...]:
        """The seal phrases of everybody here: none of them may leave, and none may come."""
        return tuple(dict.fromkeys(_phrases(self._identities)))

    def keys(self, provider: str, login: bytes | None, now: int) -> incoming.Keys:
        """What opening may use for this login. A key that is locked by now is left out."""
        return self._keys(self._of(provider, login), now)

    def all_keys(self, now: int) -> incoming.Keys:
        """Of every identity, for the person at the terminal; never for a message that somebody fetches."""
        return self._keys(self._identities, now)

    def _keys(self, identities: Sequence[Identity], now: int) -> incoming.Keys:
        secrets: dict[Fingerprint, SecretKey] = {}
        for identity in identities:
            try:
                secret = identity.secret(now)
            except KeyringError:
                continue
            secrets[secret.fingerprint] = secret
        keyrings = list({id(i.keyring): i.keyring for i in identities}.values())
        return keys_of(
            tuple(secrets.values()),
            keyrings,
            now,
            peers=_peers_of(identities),
            addresses=frozenset(i.address for i in identities),
            people=lambda name: self._names.people(keyrings, name, now),
            first_opened=self._first_opened,
        )

    def _first_opened(self, digest: bytes) -> Origin | None:
        try:
            found = None if self.letters is None else self.letters.first_opened(digest)
        except StateError:
            # Nothing that answers it leaves while this cannot be read: `gathering` needs the same file.
            return None
        return None if found is None else Origin(*found)

    def pupils(self, provider: str, login: bytes | None, engine: Engine) -> Pupils | None:
        """Who learns from this login's mail; None: nobody."""
        identities = self._of(provider, login)
        if self.letters is None or not identities:
            return None
        own = frozenset(i.address for i in identities)
        return Pupils(self.letters, _peers_of(identities), own, engine)

    def forgotten(self) -> tuple[str, ...]:
        """Sentences: what is remembered and cannot be read, and what to do."""
        databases = [p.database for p in _peers_of(self._identities)]
        databases += [] if self.letters is None else [self.letters.database]
        said = []
        for database in databases:
            try:
                database.read("SELECT 1")
            except StateError as error:
                said.append(str(error))
        return tuple(said)

    def close(self) -> None:
        """Write down what is to be remembered, and let go of the files."""
        for peers in _peers_of(self._identities):
            peers.close()
        if self.letters is not None:
            self.letters.close()


def _peers_of(identities: Sequence[Identity]) -> list[Peers]:
    return list({id(i.peers): i.peers for i in identities if i.peers is not None}.values())


class _DisplayNames:
    """The display names of keyrings, read again when the keyring has changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, tuple[tuple[Certificate, ...], int, Mapping[str, frozenset[AddrSpec]]]] = {}

    def people(self, keyrings: Sequence[Keyring], name: str, now: int) -> frozenset[AddrSpec]:
        found = [self._of(k, now).get(display_names.folded(name), frozenset()) for k in keyrings]
        return frozenset[AddrSpec]().union(*found)

    def _of(self, keyring: Keyring, now: int) -> Mapping[str, frozenset[AddrSpec]]:
        certificates = keyring.certificates()
        with self._lock:
            known = self._known.get(id(keyring))
            if known is not None and known[0] == certificates and 0 <= now - known[1] < NAMES_SECONDS:
                return known[2]
        names = display_names.by_name(certificates, now)
        with self._lock:
            self._known[id(keyring)] = certificates, now, names
        return names


def _phrases(identities: Iterable[Identity]) -> Iterator[str]:
    for identity in identities:
        # Mail goes on without a phrase; whoever misses it runs ``ithaca phrase``, which says why.
        with contextlib.suppress(KeyringError):
            yield identity.phrase()


class Certificates(Protocol):
    """Where certificates are looked up: a keyring on disk, or some files."""

    def lookup(self, name: str) -> Sequence[Certificate]:
        """By fingerprint or key ID."""

    def claims(self, mailbox: AddrSpec) -> Sequence[Certificate]:
        """By address, usable or not."""


def _nobody(_name: str) -> frozenset[AddrSpec]:
    return frozenset()


def _never(_digest: bytes) -> Origin | None:
    return None


def keys_of(
    secrets: Sequence[SecretKey],
    keyrings: Sequence[Certificates],
    now: int,
    *,
    peers: Sequence[Peers] = (),
    addresses: frozenset[AddrSpec] = frozenset(),
    people: Callable[[str], frozenset[AddrSpec]] = _nobody,
    first_opened: Callable[[bytes], Origin | None] = _never,
) -> incoming.Keys:
    """The keys of some people put together."""

    def lookup(name: str) -> Sequence[Certificate]:
        found = {c.fingerprint: c for k in keyrings for c in k.lookup(name)}
        return tuple(found.values())

    def tie(mailbox: AddrSpec, signer: Fingerprint, message_id: bytes | None) -> Tie:
        claims = [c for k in keyrings for c in k.claims(mailbox)]
        return bound(_peer(peers, mailbox, message_id), signer, claims, now)

    return incoming.Keys(
        secrets=tuple(component for secret in secrets for component in secret.decrypting()),
        own=frozenset(secret.fingerprint for secret in secrets),
        lookup=lookup,
        tie=tie,
        addresses=addresses,
        people=people,
        first_opened=first_opened,
    )


def _peer(peers: Sequence[Peers], mailbox: AddrSpec, message_id: bytes | None) -> Peer:
    try:
        return peering.united([p.peer(mailbox, apart_from=message_id) for p in peers], mailbox)
    except StateError:
        # A letter is shown all the same; nothing is taken for better known than "new".
        return Peer(mailbox)


def bound(peer: Peer, signer: Fingerprint, claims: Sequence[Certificate], now: int) -> Tie:
    """How `signer` is tied to the peer's address; `claims`: what carries it, of which only what is live is a rival."""
    live = {c.fingerprint for c in claims if c.primary_refused(now) is None and peer.address in c.addresses(now)}
    return peering.tie(peer, signer, live)

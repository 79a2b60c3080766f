"""Provider and login → identities and keyrings.

The law of this file: mail is opened, and signed, only with the keys of the login that the ISP has just
accepted, compared as octets. The whole object is replaced when the configuration changes.
"""

import threading
from collections.abc import Sequence
from typing import Protocol

from ithaca import incoming
from ithaca.address import AddrSpec
from ithaca.errors import KeyringError, PassphraseError
from ithaca.keyring import secret as passphrases
from ithaca.keyring.store import Keyring
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.secret_key import SecretKey
from ithaca.policy import Policy
from ithaca.verdict import Binding, Fingerprint, Tie

RETRY = 5
"""Seconds before a key that stayed locked is tried again: its passphrase may have come meanwhile."""


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
    ) -> None:
        self.address = address
        self.provider = provider
        self.login = login
        self.keyring = keyring
        self.policy = policy
        self._fingerprint = fingerprint
        self.source = source
        self._engine = engine
        self._lock = threading.Lock()
        self._unlocked: tuple[bytes, bytes, SecretKey] | None = None
        self._failure: tuple[int, KeyringError] | None = None

    def fingerprint(self) -> Fingerprint:
        """The key to use: the configured one, else the only one of the keyring. Raises `KeyringError`."""
        return self.keyring.sole_secret(self._fingerprint)

    def own_certificate(self) -> Certificate:
        """The public half of our key, with what was merged into the certificates since; `KeyringError`."""
        return self.keyring.own_certificate(self.fingerprint())

    def claims(self, mailbox: AddrSpec) -> Sequence[Certificate]:
        """Every certificate of the keyring that carries this address, usable or not."""
        return self.keyring.claims(mailbox)

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
        self, identities: Sequence[Identity], *, rules: Policy, without_login: frozenset[str] = frozenset()
    ) -> None:
        self._identities = tuple(identities)
        self._rules = rules
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

    def keys(self, provider: str, login: bytes | None, now: int) -> incoming.Keys:
        """What opening may use for this login. A key that is locked by now is left out."""
        secrets: dict[Fingerprint, SecretKey] = {}
        identities = self._of(provider, login)
        for identity in identities:
            try:
                secret = identity.secret(now)
            except KeyringError:
                continue
            secrets[secret.fingerprint] = secret
        keyrings = list({id(i.keyring): i.keyring for i in identities}.values())
        return keys_of(tuple(secrets.values()), keyrings, now)


class Certificates(Protocol):
    """Where certificates are looked up: a keyring on disk, or some files."""

    def lookup(self, name: str) -> Sequence[Certificate]:
        """By fingerprint or key ID."""

    def claims(self, mailbox: AddrSpec) -> Sequence[Certificate]:
        """By address, usable or not."""


def keys_of(secrets: Sequence[SecretKey], keyrings: Sequence[Certificates], now: int) -> incoming.Keys:
    """The keys of some people put together."""

    def lookup(name: str) -> Sequence[Certificate]:
        found = {c.fingerprint: c for k in keyrings for c in k.lookup(name)}
        return tuple(found.values())

    def tie(mailbox: AddrSpec, signer: Fingerprint) -> Tie:
        return Tie(bound(mailbox, signer, [c for k in keyrings for c in k.claims(mailbox)], now))

    return incoming.Keys(
        secrets=tuple(component for secret in secrets for component in secret.decrypting()),
        own=frozenset(secret.fingerprint for secret in secrets),
        lookup=lookup,
        tie=tie,
    )


def bound(mailbox: AddrSpec, signer: Fingerprint, claims: Sequence[Certificate], now: int) -> Binding:
    """How `signer` is tied to `mailbox`: two live certificates for one address are a conflict."""
    rivals = {c.fingerprint for c in claims if c.primary_refused(now) is None} - {signer}
    return Binding.CONFLICT if rivals else Binding.NEW

"""A certificate and what it is good for at a given time (RFC 9580 §10.1, §5.2.3.10). Versions 4 and 6.

The law of this file: only self-signatures that were verified here count, and only their hashed areas. The octets
stay as they came; nothing foreign is ever re-serialised. Reasons are verb phrases: "expired on 2025-03-01".
"""

import datetime
import enum
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ithaca.address import AddrSpec, user_id_address
from ithaca.openpgp.algorithms import ENCRYPTING, ENCRYPTION_FLAGS, SIGNING, Feature, KeyFlag, key_refused
from ithaca.openpgp.component import Component
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.self_signatures import bound_back, collect, without_flood
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.subpackets import SubpacketType
from ithaca.verdict import Fingerprint

__all__ = ["MOST_SUBKEYS", "Certificate", "Component"]

MOST_SUBKEYS = 4
"""Encryption subkeys used of one certificate, newest first."""

MOST_ANSWERS = 64
"""Answers about one certificate that are kept: one letter asks the same a dozen times within its second."""

Answer = TypeVar("Answer")


class _Nothing(enum.Enum):
    YET = enum.auto()


def _kept(question: Callable[..., Answer]) -> Callable[..., Answer]:
    """A question whose answer depends on its arguments alone, since a certificate never changes."""

    @functools.wraps(question)
    def asked(certificate: "Certificate", *arguments: Any) -> Answer:
        asking = (question, *arguments)
        known: Answer | _Nothing = certificate.answers.get(asking, _Nothing.YET)
        if known is not _Nothing.YET:
            return known
        if len(certificate.answers) >= MOST_ANSWERS:
            certificate.answers.clear()
        found = question(certificate, *arguments)
        certificate.answers[asking] = found
        return found

    return asked


@dataclass(slots=True, eq=False)
class Certificate:
    """One certificate of version 4 or 6."""

    octets: bytes
    """As they came; of a flooded certificate without the signatures of others (`self_signatures.without_flood`)."""
    primary: Component
    user_ids: list[Component]
    """Those that the primary key ever signed for, or revoked."""
    subkeys: list[Component]
    """Bound or not."""
    engine: Engine = field(repr=False)
    unproved_revokers: tuple[Fingerprint, ...] = ()
    """Designated revokers who may have revoked something here: without their certificates nobody can know, and nothing
    is taken for revoked (§5.2.3.23)."""
    proved: frozenset[int] = field(default=frozenset(), repr=False)
    """Offsets in `octets` of the signature packets that verified."""
    disproved: frozenset[int] = field(default=frozenset(), repr=False)
    """Offsets of those that name a key that is at hand, and are not its own. What stands in neither was not judged."""
    answers: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What was asked lately; see `_kept`."""

    @classmethod
    def parse(
        cls, octets: bytes, engine: Engine, *, revokers: Callable[[Fingerprint], Sequence["Certificate"]] = lambda _: ()
    ) -> "Certificate":
        """From binary octets. `revokers` finds certificates by fingerprint, for revocations by designated revokers.

        A subkey, User ID or signature that cannot be used is left out; the rest stands. Raises `MalformedPacket`,
        `UnsupportedAlgorithm` (of the primary key), `LimitExceeded`.
        """
        octets = without_flood(octets)
        found = collect(octets, engine, lambda name: [next(c.keys()) for c in revokers(name)])
        return cls(
            octets,
            found.primary,
            found.user_ids,
            found.subkeys,
            engine,
            found.unproved_revokers,
            frozenset(found.proved),
            frozenset(found.disproved),
        )

    def with_revokers(self, known: "Mapping[Fingerprint, Certificate]") -> "Certificate":
        """The same, with what its designated revokers have revoked, as far as they are in `known` (by fingerprint).

        Raises `LimitExceeded` where more is revoked in their names than is looked at.
        """
        if not any(name in known for name in self.unproved_revokers):
            return self
        return Certificate.parse(self.octets, self.engine, revokers=lambda name: [known[name]] if name in known else [])

    @property
    def _primary_key(self) -> PublicKey:
        assert self.primary.key is not None  # noqa: S101 (a primary component is a key)
        return self.primary.key

    # --- names ---

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the primary key."""
        return self._primary_key.fingerprint

    @property
    def created(self) -> int:
        """Of the primary key, in seconds since 1970."""
        return self._primary_key.created

    def keys(self) -> Iterator[PublicKey]:
        """The primary key and every subkey, bound or not."""
        yield from (c.key for c in (self.primary, *self.subkeys) if c.key is not None)

    def names(self) -> frozenset[str]:
        """Fingerprints and key IDs of all its keys: what a signature's hint may name."""
        return frozenset(name for key in self.keys() for name in (key.fingerprint, key.key_id))

    def user_ids_at(self, at: int) -> tuple[str, ...]:
        """User IDs that are self-signed and not revoked at `at` (seconds since 1970)."""
        return tuple(c.user_id or "" for c in self.user_ids if c.live(at) is not None and c.revoked(at) is None)

    @_kept
    def addresses(self, at: int) -> tuple[AddrSpec, ...]:
        """The addresses of those User IDs, each once."""
        found = (user_id_address(text) for text in self.user_ids_at(at))
        return tuple(dict.fromkeys(address for address in found if address is not None))

    def claimed_addresses(self) -> frozenset[AddrSpec]:
        """Every address that the holder ever signed for, revoked and expired ones too."""
        found = (user_id_address(c.user_id or "") for c in self.user_ids if c.signatures or c.revocations)
        return frozenset(address for address in found if address is not None)

    # --- validity ---

    @_kept
    def _statements(self, at: int) -> list[Signature]:
        """The signatures that speak for the primary key at `at`, the first one that says something is heard.

        Version 4: of the best User ID, then on the key; version 6: on the key alone, which must be there (§10.1.1).
        """
        direct = self.primary.live(at)
        if self._primary_key.version == 6:
            return [direct] if direct is not None else []
        people = [(c.revoked(at) is None, s) for c in self.user_ids if (s := c.live(at)) is not None]
        # A User ID that was revoked names nobody any more, but what its holder said of the key stands.
        _, best = max(people, key=lambda p: (p[0], p[1].is_primary_user_id, p[1].created), default=(False, None))
        return [s for s in (best, direct) if s is not None]

    def _flags(self, component: Component, at: int) -> int:
        live = component.live(at)
        statements = self._statements(at) if component is self.primary else ([live] if live else [])
        return next((s.key_flags for s in statements if s.key_flags is not None), 0)

    def expires(self, at: int) -> int | None:
        """When the primary key expires, as said at `at`; seconds since 1970, None: never."""
        # §5.2.3.13: 0 says no more than silence does. Of two that say something the earlier one holds: nothing that
        # the holder said last of one place takes back what stands in the other.
        said = [after for s in self._statements(at) if (after := s.key_expires_after)]
        return self.created + min(said) if said else None

    @_kept
    def primary_refused(self, at: int) -> str | None:
        """Why nothing of this certificate may be used at `at`; None: it may."""
        refused = key_refused(self._primary_key)
        if refused:
            return f"is not accepted: {refused}"
        revocation = self.primary.revoked(at, self._statements(at))
        if revocation is not None:
            return f"was revoked on {_day(revocation.created)}"
        if at < self.created:
            return f"is not valid before {_day(self.created)}"
        if not self._statements(at):
            return "has no valid self-signature"
        expires = self.expires(at)
        if expires is not None and expires <= at:
            return f"expired on {_day(expires)}"
        return None

    def _subkey_refused(self, subkey: Component, at: int) -> str | None:
        """Why this subkey may not be used at `at`, though the primary key may."""
        key = subkey.key
        if key is None:
            return "has no such subkey"
        weak = key_refused(key)
        if weak:
            return f"is not accepted: {weak}"
        binding = subkey.live(at)
        if binding is None:
            return "has a subkey without a valid binding"
        if subkey.revoked(at) is not None:
            return "has a revoked subkey"
        if key.created > at:
            return f"has a subkey that is not valid before {_day(key.created)}"
        after = binding.key_expires_after
        if after and key.created + after <= at:
            return f"has a subkey that expired on {_day(key.created + after)}"
        return None

    # --- uses ---

    @_kept
    def encryption_keys(self, at: int, purpose: int = ENCRYPTION_FLAGS) -> tuple[PublicKey, ...]:
        """The keys to encrypt to at `at`, newest first, at most `MOST_SUBKEYS`; `purpose`: key flags that serve."""
        if self.primary_refused(at) is not None:
            return ()
        usable = [c for c in self.subkeys if self._encrypts(c, at, purpose) and self._subkey_refused(c, at) is None]
        if self._encrypts(self.primary, at, purpose):
            usable.append(self.primary)
        keys = sorted((c.key for c in usable if c.key is not None), key=lambda k: -k.created)
        return tuple(keys[:MOST_SUBKEYS])

    def _encrypts(self, component: Component, at: int, purpose: int = ENCRYPTION_FLAGS) -> bool:
        able = component.key is not None and component.key.algorithm in ENCRYPTING
        return able and bool(self._flags(component, at) & purpose)

    def encryption_refused(self, at: int, mailbox: AddrSpec | None = None) -> str | None:
        """Why nothing may be encrypted to it at `at`, for `mailbox` if one is named; None: it may."""
        refused = self.primary_refused(at)
        if refused:
            return refused
        if not self.encryption_keys(at):
            reasons = [self._subkey_refused(c, at) for c in self.subkeys if self._encrypts(c, at)]
            return next((r for r in reasons if r), "has no subkey for encryption")
        if mailbox is not None and mailbox not in self.addresses(at):
            return "no longer stands for this address: its User ID was revoked or expired"
        return None

    def signing_refused(self, key: PublicKey, at: int) -> str | None:
        """Why a signature made by `key` (of this certificate) at `at` does not count; None: it does."""
        if key == self._primary_key:
            refused = self.primary_refused(at)
            may = self._flags(self.primary, at) & KeyFlag.SIGN
            return refused or (None if may else "may not sign documents with its primary key")
        component = next((c for c in self.subkeys if c.key == key), None)
        if component is None:
            return "has no such subkey"
        refused = self.primary_refused(at) or self._subkey_refused(component, at)
        if refused:
            return refused
        if not self._flags(component, at) & KeyFlag.SIGN or key.algorithm not in SIGNING:
            return "has a subkey that may not sign"
        back = bound_back(component.embedded(at), self.primary, component, self.engine, at)
        # §5.2.1.9: a signing subkey must have signed the primary key, or anyone could adopt it.
        return None if any(back) else "has a signing subkey that did not agree to it"

    def ciphers(self, at: int) -> tuple[int, ...]:
        """Preferred symmetric algorithms at `at` (§5.2.3.14)."""
        return next((s.ciphers for s in self._statements(at) if s.ciphers), ())

    def aead_suites(self, at: int) -> tuple[tuple[int, int], ...]:
        """Preferred pairs of symmetric and AEAD algorithm at `at` (§5.2.3.15)."""
        return next((s.aead_suites for s in self._statements(at) if s.aead_suites), ())

    def announces_seipd2(self, at: int) -> bool:
        """Does it say at `at` that it reads SEIPDv2 (§5.2.3.32)? A version 6 key does by saying nothing (§13.7)."""
        said = (s.features for s in self._statements(at) if s.value(SubpacketType.FEATURES) is not None)
        return bool(next(said, Feature.SEIPD_2 if self._primary_key.version == 6 else 0) & Feature.SEIPD_2)


def _day(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d")


def with_revokers(known: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """The same certificates, each once, with what their designated revokers among them have revoked.

    Raises `LimitExceeded`.
    """
    by_name = {certificate.fingerprint: certificate for certificate in known}
    return tuple(certificate.with_revokers(by_name) for certificate in by_name.values())

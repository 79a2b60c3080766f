"""A certificate and what it is good for at a given time (RFC 9580 §10.1, §5.2.3.10).

The law of this file: only self-signatures that were verified here count, and only their hashed areas. The octets
stay as they came; nothing foreign is ever re-serialised. Reasons are verb phrases: "expired on 2025-03-01".
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from ithaca.address import AddrSpec, user_id_address
from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import public_key
from ithaca.openpgp.algorithms import (
    CERTIFICATIONS,
    ENCRYPTING,
    ENCRYPTION_FLAGS,
    SIGNING,
    KeyFlag,
    SignatureType,
    Use,
    hash_refused,
    key_refused,
)
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.packets import Packet, Tag, split
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import Signature
from ithaca.verdict import Fingerprint

MOST_OCTETS = 4 << 20
"""A certificate with a photograph has some hundred thousand octets; above this it is a flood (CVE-2019-13050)."""
MOST_SIGNATURES = 500
"""Self-signatures that are verified; each costs public-key arithmetic."""
MOST_COMPONENTS = 200
MOST_SUBKEYS = 4
"""Encryption subkeys used of one certificate, newest first."""
SOFT_REASONS = frozenset({1, 3, 32})
"""§5.2.3.31: superseded, retired, User ID no longer valid. Any other reason, or none, holds for the past too."""


@dataclass(slots=True)
class Component:
    """A primary key, User ID or subkey with the self-signatures on it that verified."""

    key: PublicKey | None
    user_id: str | None
    hashed_form: bytes
    signatures: list[Signature] = field(default_factory=list)
    revocations: list[Signature] = field(default_factory=list)

    def live(self, at: int) -> Signature | None:
        """The newest self-signature that is valid at `at` (§5.2.3.10)."""
        valid = [s for s in self.signatures if s.created <= at and (s.expires is None or s.expires > at)]
        return max(valid, key=lambda s: s.created, default=None)

    def revoked(self, at: int) -> Signature | None:
        """The revocation that holds at `at`; hard ones hold for all time."""
        for revocation in self.revocations:
            if revocation.revocation_code not in SOFT_REASONS or revocation.created <= at:
                return revocation
        return None


@dataclass(slots=True, eq=False)
class Certificate:
    """One version 4 certificate."""

    octets: bytes
    """As they came."""
    primary: Component
    user_ids: list[Component]
    subkeys: list[Component]
    engine: Engine = field(repr=False)

    @classmethod
    def parse(cls, octets: bytes, engine: Engine) -> "Certificate":
        """From binary octets. Raises `MalformedPacket`, `UnsupportedAlgorithm`, `LimitExceeded`.

        A subkey, User ID or signature that cannot be used is left out; the rest stands.
        """
        if len(octets) > MOST_OCTETS:
            raise LimitExceeded(f"certificate above {MOST_OCTETS} octets")
        packets = iter(split(octets))
        first = next(packets, None)
        if first is None or first.tag != Tag.PUBLIC_KEY:
            secret = first is not None and first.tag == Tag.SECRET_KEY
            raise MalformedPacket("a secret key where a certificate belongs" if secret else "no certificate", 0)
        key = public_key.parse_public(first.body)
        certificate = cls(octets, Component(key, None, key.hashed_form()), [], [], engine)
        certificate._collect(packets)
        return certificate

    def _collect(self, packets: Iterator[Packet]) -> None:
        current: Component | None = self.primary
        budget = MOST_SIGNATURES
        for packet in packets:
            if packet.tag == Tag.SIGNATURE:
                if current is not None and budget and self._take(current, packet.body):
                    budget -= 1
            elif packet.tag in (Tag.PUBLIC_KEY, Tag.SECRET_KEY):
                raise MalformedPacket("more than one certificate", packet.offset)
            elif packet.tag in _COMPONENTS:
                current = self._component(packet)

    def _component(self, packet: Packet) -> Component | None:
        """The component that a packet begins; None: it is not for us, and neither are its signatures."""
        if len(self.user_ids) + len(self.subkeys) >= MOST_COMPONENTS:
            return None
        if packet.tag == Tag.PUBLIC_SUBKEY:
            try:
                key = public_key.parse_public(packet.body, subkey=True)
            except OpenPGPError:
                return None
            self.subkeys.append(Component(key, None, key.hashed_form()))
            return self.subkeys[-1]
        if packet.tag != Tag.USER_ID:
            return None
        try:
            text = packet.body.decode("utf-8")
        except UnicodeDecodeError:
            return None
        # §5.2.4: a User ID is hashed with 0xB4 and a four-octet length.
        hashed = b"\xb4" + len(packet.body).to_bytes(4, "big") + packet.body
        self.user_ids.append(Component(None, text, hashed))
        return self.user_ids[-1]

    def _take(self, component: Component, body: bytes) -> bool:
        """Verify one signature on a component; False: it was not ours to verify, and cost nothing."""
        try:
            signature = Signature.parse(body)
        except OpenPGPError:
            return False
        issuers = signature.issuers
        primary = self._primary_key
        if issuers and primary.fingerprint not in issuers and primary.key_id not in issuers:
            return False
        wanted, revoking = _kinds(component, self.primary)
        if signature.type in wanted:
            target = component.signatures
        elif signature.type == revoking:
            target = component.revocations
        else:
            return False
        if self._is_valid_self_signature(signature, component):
            target.append(signature)
        return True

    def _is_valid_self_signature(self, signature: Signature, component: Component) -> bool:
        if hash_refused(signature.hash_algorithm, Use.CERTIFICATE, signature.created):
            return False
        if signature.critical_unknown or signature.created < self._primary_key.created:
            return False
        hasher = signature.hasher()
        if hasher is None:
            return False
        hasher.update(self.primary.hashed_form)
        if component is not self.primary:
            hasher.update(component.hashed_form)
        return signature.matches(self.engine, self._primary_key, hasher)

    # --- names ---

    @property
    def _primary_key(self) -> PublicKey:
        assert self.primary.key is not None  # noqa: S101 (a primary component is a key)
        return self.primary.key

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

    def addresses(self, at: int) -> tuple[AddrSpec, ...]:
        """The addresses of those User IDs, each once."""
        found = (user_id_address(text) for text in self.user_ids_at(at))
        return tuple(dict.fromkeys(address for address in found if address is not None))

    def claimed_addresses(self) -> frozenset[AddrSpec]:
        """Every address that the holder ever signed for, revoked and expired ones too."""
        found = (user_id_address(c.user_id or "") for c in self.user_ids if c.signatures or c.revocations)
        return frozenset(address for address in found if address is not None)

    # --- validity ---

    def _statements(self, at: int) -> list[Signature]:
        """The signatures that speak for the primary key at `at`: best User ID first, then the direct key's."""
        people = [(c, c.live(at)) for c in self.user_ids if c.revoked(at) is None]
        signed = [s for _, s in people if s is not None]
        best = max(signed, key=lambda s: (s.is_primary_user_id, s.created), default=None)
        direct = self.primary.live(at)
        return [s for s in (best, direct) if s is not None]

    def _flags(self, component: Component, at: int) -> int:
        live = component.live(at)
        statements = self._statements(at) if component is self.primary else ([live] if live else [])
        return next((s.key_flags for s in statements if s.key_flags is not None), 0)

    def expires(self, at: int) -> int | None:
        """When the primary key expires, as said at `at`; seconds since 1970, None: never."""
        for statement in self._statements(at):
            after = statement.key_expires_after
            if after is not None:
                return self.created + after if after else None
        return None

    def primary_refused(self, at: int) -> str | None:
        """Why nothing of this certificate may be used at `at`; None: it may."""
        refused = key_refused(self._primary_key)
        if refused:
            return f"is not accepted: {refused}"
        revocation = self.primary.revoked(at)
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
        refused = self.primary_refused(at)
        if refused:
            return refused
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
        after = binding.key_expires_after
        if key.created > at or (after and key.created + after <= at):
            return f"has a subkey that expired on {_day(key.created + (after or 0))}"
        return None

    # --- uses ---

    def encryption_keys(self, at: int) -> tuple[PublicKey, ...]:
        """The keys to encrypt to at `at`, newest first, at most `MOST_SUBKEYS`."""
        usable = [c for c in self.subkeys if self._encrypts(c, at) and self._subkey_refused(c, at) is None]
        if self._encrypts(self.primary, at) and self.primary_refused(at) is None:
            usable.append(self.primary)
        keys = sorted((c.key for c in usable if c.key is not None), key=lambda k: -k.created)
        return tuple(keys[:MOST_SUBKEYS])

    def _encrypts(self, component: Component, at: int) -> bool:
        able = component.key is not None and component.key.algorithm in ENCRYPTING
        return able and bool(self._flags(component, at) & ENCRYPTION_FLAGS)

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
        refused = self._subkey_refused(component, at)
        if refused:
            return refused
        if not self._flags(component, at) & KeyFlag.SIGN or key.algorithm not in SIGNING:
            return "has a subkey that may not sign"
        return None if self._is_bound_back(component, at) else "has a signing subkey that did not agree to it"

    def _is_bound_back(self, component: Component, at: int) -> bool:
        """§5.2.1.9: a signing subkey must have signed the primary key, or anyone could adopt it."""
        binding = component.live(at)
        if binding is None or component.key is None:
            return False
        for body in binding.embedded:
            try:
                back = Signature.parse(body)
            except OpenPGPError:
                continue
            if back.type != SignatureType.PRIMARY_KEY_BINDING or (back.expires or at + 1) <= at:
                continue
            if hash_refused(back.hash_algorithm, Use.CERTIFICATE, back.created) or back.critical_unknown:
                continue
            hasher = back.hasher()
            if hasher is None:
                continue
            hasher.update(self.primary.hashed_form + component.hashed_form)
            if back.matches(self.engine, component.key, hasher):
                return True
        return False

    def ciphers(self, at: int) -> tuple[int, ...]:
        """Preferred symmetric algorithms at `at` (§5.2.3.14)."""
        return next((s.ciphers for s in self._statements(at) if s.ciphers), ())


_COMPONENTS = frozenset({Tag.USER_ID, Tag.PUBLIC_SUBKEY, Tag.USER_ATTRIBUTE, Tag.SECRET_SUBKEY})


def _kinds(component: Component, primary: Component) -> tuple[frozenset[int], int]:
    """(types of self-signatures, type of revocation) that belong on a component (§5.2.1)."""
    if component is primary:
        return frozenset({SignatureType.DIRECT_KEY}), SignatureType.KEY_REVOCATION
    if component.user_id is not None:
        return CERTIFICATIONS, SignatureType.CERTIFICATION_REVOCATION
    return frozenset({SignatureType.SUBKEY_BINDING}), SignatureType.SUBKEY_REVOCATION


def _day(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d")

"""The components of a certificate with the signatures on them that verify (RFC 9580 §5.2.1, §10.1).

The law of this file: a signature by anybody but the primary key costs nothing and changes nothing, save the revocation
by a designated revoker whose key is at hand. What cannot be used is left out; the rest stands.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import public_key
from ithaca.openpgp.algorithms import CERTIFICATIONS, SignatureType, Use, hash_refused, key_refused
from ithaca.openpgp.component import Component
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.grammar import is_ignored
from ithaca.openpgp.packets import Packet, Tag, split
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import HashObject, Signature
from ithaca.verdict import Fingerprint

MOST_OCTETS = 4 << 20
"""A certificate with a photograph has some hundred thousand octets; above this it is a flood (CVE-2019-13050)."""
MOST_VERIFIED = 500
"""Signatures of our primary key that are verified. One more is an error: it may be a revocation, which must not be
missed."""
MOST_COMPONENTS = 200
"""User IDs that are signed, and as many subkeys."""
MOST_DESIGNATED = 20
"""Revokers that are heard, and revocations in their names that are verified."""

REVOCATIONS = frozenset(
    {SignatureType.KEY_REVOCATION, SignatureType.SUBKEY_REVOCATION, SignatureType.CERTIFICATION_REVOCATION}
)
_OF_PRIMARY = frozenset({SignatureType.DIRECT_KEY, SignatureType.KEY_REVOCATION})
"""Over the primary key alone."""
_NO_COMPONENTS = frozenset({Tag.TRUST, Tag.MARKER, Tag.PADDING})
"""Ignored wherever they stand (§5.8, §5.10, §5.14)."""
_COMPONENTS = frozenset({Tag.USER_ID, Tag.USER_ATTRIBUTE, Tag.PUBLIC_SUBKEY})

Revokers = Callable[[Fingerprint], Iterable[PublicKey]]
"""Keys with this fingerprint that are known here."""


@dataclass(slots=True)
class Components:
    """What a certificate consists of."""

    key: PublicKey
    """The primary key."""
    primary: Component
    user_ids: list[Component] = field(default_factory=list)
    subkeys: list[Component] = field(default_factory=list)
    unproved_revokers: tuple[Fingerprint, ...] = ()
    """Designated revokers in whose name something is revoked here, whose keys are not at hand to prove it."""


def collect(octets: bytes, engine: Engine, revokers: Revokers) -> Components:
    """From the binary octets of one certificate.

    Raises `MalformedPacket`, `UnsupportedAlgorithm` (the primary key cannot be used), `LimitExceeded`.
    """
    if len(octets) > MOST_OCTETS:
        raise LimitExceeded(f"certificate above {MOST_OCTETS} octets", MOST_OCTETS)
    packets = split(octets)
    first = next((p for p in packets if p.tag not in _NO_COMPONENTS), None)
    if first is None or first.tag != Tag.PUBLIC_KEY:
        secret = first is not None and first.tag == Tag.SECRET_KEY
        raise MalformedPacket("a secret key where a certificate belongs" if secret else "no certificate", 0)
    key = public_key.parse_public(first.body)
    collector = _Collector(Components(key, Component(key, None, key.hashed_form())), engine)
    for packet in packets:
        collector.packet(packet)
    collector.designated(revokers)
    return collector.found


class _Collector:
    """Goes through the packets behind the primary key once."""

    def __init__(self, found: Components, engine: Engine) -> None:
        self.found = found
        self._engine = engine
        self._current: Component | None = found.primary
        self._known: dict[tuple[int, bytes], Component | None] = {}
        """Components by packet: one that stands twice is one, or its revocation would miss the other."""
        self._verified = 0
        self._offset = 0
        """Of the packet that is looked at."""
        self._foreign: list[tuple[Signature, Component]] = []
        """Revocations that name another issuer, or none."""
        # No arithmetic is done with such a key, so nothing of it ever verifies.
        self._is_weak = key_refused(found.key) is not None

    def packet(self, packet: Packet) -> None:
        self._offset = packet.offset
        if packet.tag == Tag.SIGNATURE:
            self._signature(packet.body)
        elif packet.tag in (Tag.PUBLIC_KEY, Tag.SECRET_KEY):
            raise MalformedPacket("more than one certificate", packet.offset)
        elif packet.tag == Tag.SECRET_SUBKEY:
            raise MalformedPacket("a secret key where a certificate belongs", packet.offset)
        elif packet.tag not in _NO_COMPONENTS:
            if packet.tag not in _COMPONENTS and not is_ignored(packet.tag):
                # §10: one that is critical and has no place here makes the whole invalid.
                raise MalformedPacket(f"a packet of type {packet.tag} may not stand in a certificate", packet.offset)
            known = (packet.tag, packet.body)
            if known not in self._known:
                self._known[known] = self._component(packet)
            self._current = self._known[known]

    def _component(self, packet: Packet) -> Component | None:
        """The component that a packet begins; None: it is not for us, and neither are its signatures."""
        if packet.tag == Tag.PUBLIC_SUBKEY and len(self.found.subkeys) < MOST_COMPONENTS:
            try:
                key = public_key.parse_public(packet.body, subkey=True)
            except OpenPGPError:
                return None
            if key.version != self.found.key.version:
                return None  # §10.1.1, §10.1.3: subkeys have the version of their primary key
            if key.fingerprint == self.found.key.fingerprint:
                return None  # anybody can put it there, and would have the primary key judged as an unbound subkey
            self.found.subkeys.append(Component(key, None, key.hashed_form()))
            return self.found.subkeys[-1]
        if packet.tag != Tag.USER_ID:
            return None
        # §5.11: UTF-8 by convention alone, and old ones are Latin-1. It speaks for the key all the same.
        text = packet.body.decode("utf-8", "replace")
        # §5.2.4: a User ID is hashed with 0xB4 and a four-octet length. It is kept once something on it verified.
        return Component(None, text, b"\xb4" + len(packet.body).to_bytes(4, "big") + packet.body)

    def _signature(self, body: bytes) -> None:
        if self._is_weak:
            return
        try:
            signature = Signature.parse(body)
        except OpenPGPError:
            return
        # What is over the primary key alone is its own wherever it stands: a revocation that was moved holds.
        component = self.found.primary if signature.type in _OF_PRIMARY else self._current
        if component is None or signature.type not in _kinds(component, self.found.primary):
            return
        if _may_be_by(signature, self.found.key):
            self._own(signature, component)
        elif signature.type in REVOCATIONS:
            self._foreign.append((signature, component))

    def _own(self, signature: Signature, component: Component) -> None:
        hasher = self._fed(signature, component)
        # The first octets of the digest cost no public-key arithmetic: noise is not worth a unit of the budget.
        if hasher is None or signature.digest(hasher)[:2] != signature.left16:
            return
        self._verified += 1
        if self._verified > MOST_VERIFIED:
            raise LimitExceeded(f"more than {MOST_VERIFIED} self-signatures", self._offset)
        if not signature.matches(self._engine, self.found.key, hasher):
            return
        if component.user_id is not None and not component.signatures and not component.revocations:
            if len(self.found.user_ids) >= MOST_COMPONENTS:
                raise LimitExceeded(f"more than {MOST_COMPONENTS} User IDs", self._offset)
            self.found.user_ids.append(component)
        _place(signature, component)

    def _fed(self, signature: Signature, component: Component) -> HashObject | None:
        """A hash object fed with what the signature is over; None: by policy it counts for nothing."""
        is_revocation = signature.type in REVOCATIONS
        if hash_refused(
            signature.hash_algorithm, Use.REVOCATION if is_revocation else Use.CERTIFICATE, signature.created
        ):
            return None
        if signature.critical_unknown or signature.created < self.found.key.created:
            return None
        if not is_revocation and (signature.version == 3 or signature.has_broken_lifetime):
            return None  # without subpackets it grants nothing (§5.2.2), and nothing for a time that cannot be read
        hasher = signature.hasher()
        if hasher is not None:
            primary = self.found.primary
            hasher.update(primary.hashed_form + (b"" if component is primary else _hashed_form(component, signature)))
        return hasher

    def designated(self, revokers: Revokers) -> None:
        """Revocations by those whom a self-signature names as revokers (§5.2.3.23)."""
        if not self._foreign:
            return
        components = (self.found.primary, *self.found.user_ids)
        named = sorted({name for c in components for s in c.signatures for name in s.revocation_keys})[:MOST_DESIGNATED]
        keys = [key for name in named for key in revokers(name) if key.fingerprint == name]
        claimed = {issuer for signature, _ in self._foreign for issuer in signature.issuers}
        at_hand = {key.fingerprint for key in keys}
        # §5.5.4: they are of version 4, so their key IDs are their ends.
        self.found.unproved_revokers = tuple(n for n in named if n not in at_hand and {n, n[-16:]} & claimed)
        budget = MOST_DESIGNATED
        for signature, component in self._foreign:
            for key in keys:
                hasher = self._fed(signature, component) if _may_be_by(signature, key) else None
                if hasher is None or signature.digest(hasher)[:2] != signature.left16:
                    continue
                budget -= 1
                if budget < 0:
                    raise LimitExceeded(f"more than {MOST_DESIGNATED} revocations by designated revokers")
                if signature.matches(self._engine, key, hasher):
                    _place(signature, component)
                    break


def _hashed_form(component: Component, signature: Signature) -> bytes:
    """§5.2.4: version 3 hashes a User ID without anything in front."""
    return component.body if signature.version == 3 and component.key is None else component.hashed_form


def _place(signature: Signature, component: Component) -> None:
    """Where a signature that verified belongs."""
    if signature.type not in REVOCATIONS:
        component.signatures.append(signature)
    elif signature.type == SignatureType.CERTIFICATION_REVOCATION and component.key is not None:
        component.cancellations.append(signature)
    else:
        component.revocations.append(signature)


def _may_be_by(signature: Signature, key: PublicKey) -> bool:
    issuers = signature.issuers
    return not issuers or key.fingerprint in issuers or key.key_id in issuers


def _kinds(component: Component, primary: Component) -> frozenset[int]:
    """The types of signatures that belong on a component (§5.2.1)."""
    if component is primary:
        return _OF_PRIMARY | {SignatureType.CERTIFICATION_REVOCATION}
    if component.user_id is not None:
        return CERTIFICATIONS | {SignatureType.CERTIFICATION_REVOCATION}
    return frozenset({SignatureType.SUBKEY_BINDING, SignatureType.SUBKEY_REVOCATION})


def bound_back(
    bodies: Iterable[bytes], primary: Component, component: Component, engine: Engine, at: int
) -> Iterator[Signature]:
    """Those embedded signatures by which a signing subkey agreed to its primary key (§5.2.1.9), valid at `at`."""
    for body in bodies:
        try:
            back = Signature.parse(body)
        except OpenPGPError:
            continue
        if back.type != SignatureType.PRIMARY_KEY_BINDING or component.key is None:
            continue
        if not component.key.created <= back.created <= at or (back.expires is not None and back.expires <= at):
            continue
        if hash_refused(back.hash_algorithm, Use.CERTIFICATE, back.created):
            continue
        if back.critical_unknown or back.has_broken_lifetime:
            continue
        hasher = back.hasher()
        if hasher is None:
            continue
        hasher.update(primary.hashed_form + component.hashed_form)
        if back.matches(engine, component.key, hasher):
            yield back

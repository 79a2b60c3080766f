"""The components of a certificate with the signatures on them that verify (RFC 9580 §5.2.1, §10.1).

The law of this file: a signature by anybody but the primary key costs nothing and changes nothing, save the revocation
by a designated revoker whose key is at hand. What cannot be used is left out; the rest stands. A flood of what others
have signed does not cost the holder his certificate; one that may hide a revocation does.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import public_key
from ithaca.openpgp.algorithms import CERTIFICATIONS, SignatureType, Use, hash_refused, key_refused
from ithaca.openpgp.component import Component
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.grammar import is_ignored
from ithaca.openpgp.packets import MOST_PACKETS, Packet, Tag, split
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import HashObject, Signature
from ithaca.verdict import Fingerprint

MOST_OCTETS = 4 << 20
"""A certificate with a photograph has some hundred thousand octets; above this it is a flood (CVE-2019-13050)."""
MOST_FLOODED = 16 << 20
"""Octets of a certificate that is looked through for what others have signed."""
MOST_FLOODED_PACKETS = 200_000
"""And its packets."""
MOST_VERIFIED = 500
"""Signatures of our primary key that are verified. One more is an error: it may be a revocation, which must not be
missed."""
MOST_COMPONENTS = 200
"""User IDs that are signed, as many subkeys that are bound, and as many that are not."""
MOST_COMPONENT = 8192
"""Octets of a User ID or subkey: each is hashed with every signature on it. RSA with 16384 bits needs a fourth."""
MOST_DESIGNATED = 20
"""Revokers that are heard, and revocations in their names that are verified."""
MOST_MOVED = 20
"""Revocations that stand on another component than their own, and are tried on each."""

REVOCATIONS = frozenset(
    {SignatureType.KEY_REVOCATION, SignatureType.SUBKEY_REVOCATION, SignatureType.CERTIFICATION_REVOCATION}
)
_REVOKING = frozenset(bytes([kind]) for kind in REVOCATIONS)
_OF_PRIMARY = frozenset({SignatureType.DIRECT_KEY, SignatureType.KEY_REVOCATION})
"""Over the primary key alone."""
_MOVING = frozenset({SignatureType.SUBKEY_REVOCATION, SignatureType.CERTIFICATION_REVOCATION})
"""Over one component of several."""
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
    proved: set[int] = field(default_factory=set)
    """Offsets of the signature packets that verified."""
    disproved: set[int] = field(default_factory=set)
    """Offsets of those that name a key that is at hand, and are not its signatures over what they stand on."""


def without_flood(octets: bytes) -> bytes:
    """A certificate above `MOST_OCTETS` or `MOST_PACKETS`, without the signatures of others; any other as it is.

    Everybody can add signatures to what a key server hands out (CVE-2019-13050). Left out are those that do not name
    the primary key, save revocations, which a designated revoker may have made. Raises `MalformedPacket`,
    `LimitExceeded`.
    """
    if len(octets) <= 2 * MOST_PACKETS:
        return octets  # no packet has less than two octets
    if len(octets) > MOST_FLOODED:
        raise LimitExceeded(f"certificate above {MOST_FLOODED} octets")
    count = sum(1 for _ in split(octets, most_packets=MOST_FLOODED_PACKETS))
    if len(octets) <= MOST_OCTETS and count <= MOST_PACKETS:
        return octets
    key = _primary(split(octets))
    key_id = bytes.fromhex(key.key_id)
    packets = split(octets, most_packets=MOST_FLOODED_PACKETS)
    return b"".join(p.octets for p in packets if p.tag != Tag.SIGNATURE or _may_count(p.body, key_id))


def _may_count(body: bytes, key_id: bytes) -> bool:
    """May a signature packet with that body say something of the key? Not parsed: each of a flood would be.

    A fingerprint holds the key ID (§5.5.4), so whatever names the key holds it. One that names nobody is left out, too.
    """
    return key_id in body or body[2 if body[:1] == b"\x03" else 1 :][:1] in _REVOKING


def collect(octets: bytes, engine: Engine, revokers: Revokers) -> Components:
    """From the binary octets of one certificate.

    Raises `MalformedPacket`, `UnsupportedAlgorithm` (the primary key cannot be used), `LimitExceeded`.
    """
    if len(octets) > MOST_OCTETS:
        raise LimitExceeded(f"certificate above {MOST_OCTETS} octets", MOST_OCTETS)
    packets = split(octets)
    key = _primary(packets)
    collector = _Collector(Components(key, Component(key, None, key.hashed_form())), engine)
    for packet in packets:
        collector.packet(packet)
    collector.moved()
    collector.designated(revokers)
    return collector.found


def _primary(packets: Iterator[Packet]) -> PublicKey:
    """The primary key, with which a certificate begins."""
    first = next((p for p in packets if p.tag not in _NO_COMPONENTS), None)
    if first is None or first.tag != Tag.PUBLIC_KEY:
        secret = first is not None and first.tag == Tag.SECRET_KEY
        raise MalformedPacket("a secret key where a certificate belongs" if secret else "no certificate", 0)
    return public_key.parse_public(first.body)


class _Collector:
    """Goes through the packets behind the primary key once."""

    def __init__(self, found: Components, engine: Engine) -> None:
        self.found = found
        self._engine = engine
        self._current: Component | None = found.primary
        self._known: dict[tuple[int, bytes], Component | None] = {}
        """Components by packet: one that stands twice is one, or its revocation would miss the other."""
        self._verified = 0
        self._copied: set[tuple[int, bytes, bytes]] = set()
        """`id` of the component, digest and fields of each signature that verified."""
        self._offset = 0
        """Of the packet that is looked at."""
        self._designated = 0
        self._unbound = 0
        """Subkeys among those that were found on which nothing has verified yet."""
        self._listed: set[int] = set()
        """`id` of each component that was found."""
        self._moved: list[tuple[Signature, int]] = []
        """Revocations by the key that are not over the component on which they stand, and their offsets."""
        self._foreign: list[tuple[Signature, Component, int]] = []
        """Revocations that name another issuer, on what they stand, and where."""
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
        if len(packet.body) > MOST_COMPONENT:
            return None
        if packet.tag == Tag.PUBLIC_SUBKEY:
            try:
                key = public_key.parse_public(packet.body, subkey=True)
            except OpenPGPError:
                return None
            if key.version != self.found.key.version:
                return None  # §10.1.1, §10.1.3: subkeys have the version of their primary key
            if key.fingerprint == self.found.key.fingerprint:
                return None  # anybody can put it there, and would have the primary key judged as an unbound subkey
            subkey = Component(key, None, key.hashed_form())
            if self._unbound < MOST_COMPONENTS:
                # A signature by one that nobody bound is refused, and not by somebody unknown.
                self._unbound += 1
                self.found.subkeys.append(subkey)
            return subkey
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
        fits = component is not None and signature.type in _kinds(component, self.found.primary)
        if not _may_be_by(signature, self.found.key):
            if component is not None and fits and signature.type in REVOCATIONS:
                self._foreign.append((signature, component, self._offset))
            return
        is_placed = component is not None and fits and self._own(signature, component, self._offset)
        if not is_placed and signature.type in _MOVING and len(self._moved) < MOST_MOVED:
            self._moved.append((signature, self._offset))

    def _own(self, signature: Signature, component: Component, offset: int) -> bool:
        """Is it by the primary key, over that component? It has its place then."""
        hasher = self._fed(signature, component)
        if hasher is None:
            return False
        digest = signature.digest(hasher)
        known = (id(component), digest, signature.fields)
        if known in self._copied:
            # Anybody can copy it with another unhashed area, which must not use the budget up.
            self._put(signature, component, offset)
            return True
        # The first octets of the digest cost no public-key arithmetic: noise is not worth a unit of the budget.
        if digest[:2] == signature.left16:
            self._verified += 1
            if self._verified > MOST_VERIFIED:
                raise LimitExceeded(f"more than {MOST_VERIFIED} self-signatures", offset)
            if signature.matches(self._engine, self.found.key, hasher):
                self._copied.add(known)
                self._list(component, offset)
                self._put(signature, component, offset)
                return True
        self.found.disproved.add(offset)
        return False

    def _list(self, component: Component, offset: int) -> None:
        """Something on it verified: it belongs to the certificate."""
        if component is self.found.primary or id(component) in self._listed:
            return
        self._listed.add(id(component))
        if component.key is None:
            self.found.user_ids.append(component)
        elif any(component is one for one in self.found.subkeys):
            self._unbound -= 1
        else:
            self.found.subkeys.append(component)
        if len(self.found.user_ids) > MOST_COMPONENTS:
            raise LimitExceeded(f"more than {MOST_COMPONENTS} User IDs", offset)
        if len(self.found.subkeys) - self._unbound > MOST_COMPONENTS:
            raise LimitExceeded(f"more than {MOST_COMPONENTS} subkeys", offset)

    def _put(self, signature: Signature, component: Component, offset: int) -> None:
        """A signature that verified has its place."""
        self.found.disproved.discard(offset)
        self.found.proved.add(offset)
        _place(signature, component)

    def moved(self) -> None:
        """A revocation holds wherever it stands, whoever took it from its place."""
        for signature, offset in self._moved:
            is_subkeys = signature.type == SignatureType.SUBKEY_REVOCATION
            for component in self.found.subkeys if is_subkeys else self.found.user_ids:
                if self._own(signature, component, offset):
                    break

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
        claimed = {issuer for signature, _, _ in self._foreign for issuer in signature.issuers}
        at_hand = {key.fingerprint for key in keys}
        # §5.5.4: they are of version 4, so their key IDs are their ends.
        self.found.unproved_revokers = tuple(n for n in named if n not in at_hand and {n, n[-16:]} & claimed)
        for signature, component, offset in self._foreign:
            for key in keys:
                if _may_be_by(signature, key) and self._by(key, signature, component, offset):
                    break

    def _by(self, revoker: PublicKey, signature: Signature, component: Component, offset: int) -> bool:
        hasher = self._fed(signature, component)
        if hasher is None:
            return False
        if signature.digest(hasher)[:2] == signature.left16:
            self._designated += 1
            if self._designated > MOST_DESIGNATED:
                raise LimitExceeded(f"more than {MOST_DESIGNATED} revocations by designated revokers", offset)
            if signature.matches(self._engine, revoker, hasher):
                self._put(signature, component, offset)
                return True
        self.found.disproved.add(offset)
        return False


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

"""Transferable public keys as octets (RFC 9580 §10.1): files of several taken apart, states merged, excerpts.

The law of this file: packets are kept as they came. Merging drops nothing that says anything, save a flood of what
others have signed; an excerpt takes whole packets and leaves out whole packets.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from ithaca.address import AddrSpec, user_id_address
from ithaca.errors import MalformedPacket, OpenPGPError
from ithaca.openpgp.algorithms import SignatureType
from ithaca.openpgp.certificate import Certificate, Component
from ithaca.openpgp.packets import Packet, Tag, encode, split
from ithaca.openpgp.self_signatures import REVOCATIONS, without_flood
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.subpackets import SubpacketType

_SENSITIVE = 0x40
"""Of the class octet of a revocation key (§5.2.3.23)."""
SILENT = frozenset({Tag.TRUST, Tag.MARKER, Tag.PADDING})
"""They say nothing to anybody else (§5.8, §5.10, §5.14)."""


def split_certificates(octets: bytes) -> Iterator[bytes]:
    """The octets of each certificate of a file that holds several. Raises `MalformedPacket`."""
    start: int | None = None
    for packet in split(octets, most_packets=1_000_000):
        if packet.tag == Tag.SECRET_KEY:
            raise MalformedPacket("a secret key where certificates belong", packet.offset)
        if packet.tag == Tag.PUBLIC_KEY:
            if start is not None:
                yield octets[start : packet.offset]
            start = packet.offset
        elif start is None and packet.tag not in SILENT:
            raise MalformedPacket("no certificate begins here", packet.offset)
    if start is None:
        raise MalformedPacket("no certificate", 0)
    yield octets[start:]


def is_revocation(octets: bytes) -> bool:
    """Is it a signature by itself, as a version 4 revocation certificate is (§10.1.3)? Raises `MalformedPacket`."""
    first = next(split(octets), None)
    return first is not None and first.tag == Tag.SIGNATURE


def revocation(octets: bytes, of: Certificate) -> bytes | None:
    """The body of the first signature in there by which the key itself revokes the key `of`; None: there is none.

    Raises `MalformedPacket`.
    """
    (primary,) = itertools.islice(of.keys(), 1)
    for packet in split(octets):
        found = signature(packet)
        hasher = None if found is None else found.hasher()
        if found is None or hasher is None or found.type != SignatureType.KEY_REVOCATION:
            continue
        hasher.update(primary.hashed_form())
        if found.matches(of.engine, primary, hasher):
            return packet.body
    return None


def revoked(octets: bytes, known: Iterable[Certificate]) -> bytes:
    """A revocation certificate (§10.1.3) as one that can be merged: behind the primary key, found among `known`.

    Raises `MalformedPacket` where it revokes none of them.
    """
    for certificate in known:
        body = revocation(octets, certificate)
        if body is not None:
            return components(certificate.octets)[0][0].octets + encode(Tag.SIGNATURE, body)
    raise MalformedPacket("a revocation certificate of no key that is known here", 0)


def merge(old: bytes, new: bytes) -> bytes:
    """Two states of one certificate as one: every component and every signature of both, each once, the old first.

    Nothing is dropped but a flood (`self_signatures.without_flood`): a server that left out a revocation must not
    revive a key. Signatures that differ in their unhashed area alone are both kept: either may hold the embedded
    signature that the other was robbed of. Packets of unknown type stay, with the signatures behind them. Raises
    `MalformedPacket` when the primary keys differ.
    """
    first, second = components(old), components(new)
    if first[0][0].body != second[0][0].body:
        raise MalformedPacket("these are two different certificates")
    merged: dict[tuple[int, bytes], dict[bytes, Packet]] = {}
    for component in (*first, *second):
        head = component[0]
        group = merged.setdefault((head.tag, head.body), {b"": head})
        for packet in component[1:]:
            group.setdefault(packet.body, packet)
    primary, *others = merged.values()
    # §10.1: User IDs and attributes stand before subkeys.
    others.sort(key=lambda group: group[b""].tag == Tag.PUBLIC_SUBKEY)
    return b"".join(p.octets for group in (primary, *others) for p in group.values())


def exportable(octets: bytes) -> bytes:
    """A certificate without the signatures that were not meant for others, and without trust packets.

    Left out are those that are not exportable (§5.2.3.19), and those that appoint a revoker in confidence, unless he
    has revoked (§5.2.3.23). Raises `MalformedPacket`.
    """
    groups = components(octets)
    parsed = {p.offset: s for group in groups for p in group if (s := signature(p)) is not None}
    revoking = frozenset(name for s in parsed.values() if s.type in REVOCATIONS for name in s.issuers)
    return b"".join(
        p.octets for g in groups for p in g if p.offset not in parsed or _is_for_others(parsed[p.offset], revoking)
    )


def minimal(certificate: Certificate, at: int, mailbox: AddrSpec | None = None) -> bytes | None:
    """The least that a correspondent needs at `at`, as Autocrypt sends it; None: it is not usable for this mailbox.

    Primary key, direct-key signature if it has one, one User ID (the one of `mailbox`) and the newest subkey for
    encryption, each with the self-signature that counts: the packets as they came.
    """
    if certificate.encryption_refused(at, mailbox) is not None:
        return None
    usable = [c for c in certificate.user_ids if c.revoked(at) is None and c.live(at) is not None]
    if mailbox is not None:
        usable = [c for c in usable if user_id_address(c.user_id or "") == mailbox]
    subkeys = [c for c in certificate.subkeys if c.key == certificate.encryption_keys(at)[0]]
    best = max(usable, key=lambda c: _rank(c, at), default=None)
    kept = {(p.tag, p.body): p.octets for p in split(certificate.octets)}
    out = [_octets(kept, Tag.PUBLIC_KEY, certificate.primary, at)]
    if best is not None:
        out.append(_octets(kept, Tag.USER_ID, best, at))
    out += (_octets(kept, Tag.PUBLIC_SUBKEY, subkey, at) for subkey in subkeys)
    return b"".join(out)


def _rank(component: Component, at: int) -> tuple[bool, int]:
    live = component.live(at)
    return (live.is_primary_user_id, live.created) if live is not None else (False, 0)


def _octets(kept: dict[tuple[int, bytes], bytes], tag: Tag, component: Component, at: int) -> bytes:
    """The packets of a component and of the self-signature that counts."""
    live = component.live(at)
    return kept[tag, component.body] + (kept[Tag.SIGNATURE, live.body] if live is not None else b"")


def signature(packet: Packet) -> Signature | None:
    """The signature in a packet; None: it is none, or one that cannot be read."""
    if packet.tag != Tag.SIGNATURE:
        return None
    try:
        return Signature.parse(packet.body)
    except OpenPGPError:
        return None


def _is_for_others(found: Signature, revoking: frozenset[str]) -> bool:
    if found.value(SubpacketType.EXPORTABLE) == b"\0":
        return False
    appointed = (s.data for s in found.hashed if s.type == SubpacketType.REVOCATION_KEY)
    sensitive = {data[2:].hex().upper() for data in appointed if data[:1] and data[0] & _SENSITIVE}
    return all({name, name[-16:]} & revoking for name in sensitive)


def components(octets: bytes) -> Sequence[list[Packet]]:
    """The packets by component: its own first, then its signatures. Raises `MalformedPacket`."""
    groups: list[list[Packet]] = []
    for packet in split(without_flood(octets)):
        if packet.tag in SILENT:
            continue
        if not groups and packet.tag != Tag.PUBLIC_KEY:
            raise MalformedPacket("no certificate", packet.offset)
        if packet.tag == Tag.SIGNATURE:
            groups[-1].append(packet)
        else:
            groups.append([packet])
    if not groups:
        raise MalformedPacket("no certificate", 0)
    return groups

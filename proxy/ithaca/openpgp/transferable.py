"""Transferable public keys as octets (RFC 9580 §10.1): files of several taken apart, two states of one merged.

The law of this file: packets are kept as they came, and nothing is dropped.
"""

from collections.abc import Iterator, Sequence

from ithaca.errors import MalformedPacket
from ithaca.openpgp.packets import Packet, Tag, split

_HEADS = frozenset({Tag.USER_ID, Tag.PUBLIC_SUBKEY, Tag.USER_ATTRIBUTE})


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
        elif start is None and packet.tag != Tag.MARKER:
            raise MalformedPacket("no certificate begins here", packet.offset)
    if start is None:
        raise MalformedPacket("no certificate", 0)
    yield octets[start:]


def merge(old: bytes, new: bytes) -> bytes:
    """Two states of one certificate as one: every component and every signature of both, each once.

    Nothing is dropped: a server that left out a revocation must not revive a key. Raises `MalformedPacket` when
    the primary keys differ.
    """
    first, second = _components(old), _components(new)
    if first[0][0].body != second[0][0].body:
        raise MalformedPacket("these are two different certificates")
    merged: dict[tuple[int, bytes], list[Packet]] = {}
    for component in (*first, *second):
        head = component[0]
        group = merged.setdefault((head.tag, head.body), [head])
        have = {p.body for p in group[1:]}
        group.extend(p for p in component[1:] if p.body not in have)
    primary, *others = merged.values()
    # §10.1: User IDs and attributes stand before subkeys.
    others.sort(key=lambda group: group[0].tag == Tag.PUBLIC_SUBKEY)
    return b"".join(p.octets for group in (primary, *others) for p in group)


def _components(octets: bytes) -> Sequence[list[Packet]]:
    groups: list[list[Packet]] = []
    for packet in split(octets):
        if not groups and packet.tag != Tag.PUBLIC_KEY:
            raise MalformedPacket("no certificate", packet.offset)
        if packet.tag in _HEADS or not groups:
            groups.append([packet])
        elif packet.tag == Tag.SIGNATURE:
            groups[-1].append(packet)
    if not groups:
        raise MalformedPacket("no certificate", 0)
    return groups

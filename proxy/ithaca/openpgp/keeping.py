"""What of a certificate that comes from elsewhere is kept: what its holder said, and a bounded rest (RFC 9580 §10.1).

The law of this file: nobody but the holder can fill a limit. Anybody can add packets to a certificate on its way; what
is stored for good must not make the next genuine revocation one too many. Packets are kept as they came, or not at all.
"""

from collections import Counter
from collections.abc import Collection

from ithaca.errors import LimitExceeded
from ithaca.openpgp import packets, transferable
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.packets import Packet, Tag
from ithaca.openpgp.self_signatures import MOST_DESIGNATED, REVOCATIONS, bound_back
from ithaca.openpgp.signature import Signature

MOST_REST = 1 << 18
"""Octets of what nobody here can judge: certifications by others, photographs, subkeys and signatures of new kinds."""
MOST_REST_PACKETS = 1000
MOST_AGREEING = 64
"""Copies of the bindings of one subkey in which its agreement is looked for; each costs verifications."""


def kept(certificate: Certificate, subkeys: Collection[bytes] = ()) -> bytes:
    """Its packets without what is proved to be nobody's, copies, and what is too much of the rest.

    `subkeys` stay whatever is said of them, by the body of their packet. Raises `LimitExceeded` for revocations that
    only a missing certificate could judge, where they are too many.
    """
    _check_revokers(certificate)
    room, judged = _Room(), certificate.proved | certificate.disproved
    out: list[bytes] = []
    for head, *signatures in transferable.components(certificate.octets):
        proved = _copies_dropped(certificate, head, [p for p in signatures if p.offset in certificate.proved])
        rest = [p for p in signatures if p.offset not in judged and room.has(p)]
        is_kept = head.tag == Tag.PUBLIC_KEY or proved or head.body in subkeys or (rest and room.has(head))
        if is_kept:
            stay = {id(p) for p in (*proved, *rest)}
            out += (head.octets, *(p.octets for p in signatures if id(p) in stay))
    return b"".join(out)


class _Room:
    """For what proves nothing: the first of it stays."""

    def __init__(self) -> None:
        self._octets, self._packets = MOST_REST, MOST_REST_PACKETS

    def has(self, packet: Packet) -> bool:
        if len(packet.octets) > self._octets or not self._packets:
            return False
        self._octets -= len(packet.octets)
        self._packets -= 1
        return True


def _copies_dropped(certificate: Certificate, head: Packet, signatures: list[Packet]) -> list[Packet]:
    """One of each signature: copies differ in their unhashed area, where anybody can write.

    Of a binding the first one stays in which the subkey agrees (§5.2.1.9): others may have been robbed of that.
    """
    chosen: dict[tuple[bytes, bytes], Packet] = {}
    agreed: set[tuple[bytes, bytes]] = set()
    subkey = next((c for c in certificate.subkeys if c.body == head.body), None)
    # Whenever it was: what is old or weak is for those to judge who ask.
    at = max((s.created for s in subkey.signatures), default=0) if subkey is not None else 0
    tried = 0
    for packet in signatures:
        signature = Signature.parse(packet.body)
        known = (signature.hashed_octets, signature.fields)
        if known not in chosen:
            chosen[known] = packet
        if subkey is None or known in agreed or not signature.embedded or tried >= MOST_AGREEING:
            continue
        tried += 1
        if any(bound_back(signature.embedded, certificate.primary, subkey, certificate.engine, at)):
            agreed.add(known)
            chosen[known] = packet
    return list(chosen.values())


def _check_revokers(certificate: Certificate) -> None:
    if not certificate.unproved_revokers:
        return
    claims: Counter[str] = Counter()
    for packet in packets.split(certificate.octets):
        signature = transferable.signature(packet)
        if signature is not None and signature.type in REVOCATIONS:
            claims.update(set(signature.issuers))
    for name in certificate.unproved_revokers:
        # Most name their maker twice, by fingerprint and by key ID.
        if max(claims[name], claims[name[-16:]]) > MOST_DESIGNATED:
            raise LimitExceeded(
                f"more than {MOST_DESIGNATED} revocations in the name of {name}: import that certificate first", 0
            )

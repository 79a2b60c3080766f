"""User IDs added to a key (RFC 9580 §5.11, §5.2.1.7).

The law of this file: a new User ID says of the key what the others say, no more and no less.
"""

from ithaca.errors import KeyringError
from ithaca.openpgp import packets
from ithaca.openpgp.component import Component
from ithaca.openpgp.own_keys import self_signatures
from ithaca.openpgp.own_keys.generation import user_id_octets
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder, fragment, primary_of
from ithaca.openpgp.own_keys.self_signatures import repeated
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.subpackets import Subpacket, SubpacketType


def add(holder: Keyholder, text: str) -> Change:
    """A User ID, as in ``Alice <alice@example.org>``. Raises `KeyringError` where the key has it already."""
    user_id = user_id_octets(text)
    certificate, now = holder.certificate, holder.now
    refused = certificate.primary_refused(now)
    if refused:
        raise KeyringError(f"The key {certificate.fingerprint} {refused}: no User ID would be of use.")
    same = [c for c in certificate.user_ids if c.body == user_id]
    if any(c.live(now) and not c.revoked(now) for c in same):
        raise KeyringError(f"The key {certificate.fingerprint} has the User ID {text} already.")
    if any(c.revoked(now) for c in same):
        # Programs differ in whether a newer certification undoes a revocation.
        raise KeyringError(f"The User ID {text} was revoked, and stays so.")
    issuer = holder.issuer(same)
    form = self_signatures.user_id_form(user_id)
    body = self_signatures.certification(issuer, form, _said_by_others(holder))
    return Change(issuer.at, fragment(issuer.key, (packets.encode(Tag.USER_ID, user_id), [body])))


def _said_by_others(holder: Keyholder) -> tuple[Subpacket, ...]:
    """Of the best User ID, or in a version 4 key without any, of the direct key signature."""
    certificate, now = holder.certificate, holder.now
    components: list[Component] = list(certificate.user_ids)
    if primary_of(certificate).version == 4 and not components:
        components.append(certificate.primary)
    live = [s for c in components if not c.revoked(now) and (s := c.live(now)) is not None]
    best = max(live, key=lambda s: (s.is_primary_user_id, s.created), default=None)
    return () if best is None else repeated(best, but=(SubpacketType.PRIMARY_USER_ID, SubpacketType.NOTATION))

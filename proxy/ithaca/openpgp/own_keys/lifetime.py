"""When a key expires, said anew: sooner, later, or never (RFC 9580 §5.2.3.13).

The law of this file: whatever speaks for the primary key says the same date, and so does every subkey in use: programs
differ in which of several self-signatures they read, and Sequoia asks a subkey alone. What was let expire on purpose is
not brought back by prolonging the key.
"""

from ithaca.errors import KeyringError
from ithaca.openpgp.algorithms import STRONG_HASHES, KeyFlag
from ithaca.openpgp.component import Component
from ithaca.openpgp.own_keys import self_signatures
from ithaca.openpgp.own_keys.issuer import Issuer
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder, fragment, head_of, primary_of
from ithaca.openpgp.own_keys.self_signatures import life, repeated
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.self_signatures import bound_back
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.subpackets import Subpacket, SubpacketType
from ithaca.verdict import Fingerprint

_EXPIRY = (SubpacketType.KEY_EXPIRES,)


def expire_key(holder: Keyholder, until: int | None) -> Change:
    """The whole key expires at `until` (seconds since 1970); None: never.

    So do the subkeys that are in use, or were when it expired. Raises `KeyringError`.
    """
    certificate, primary = holder.certificate, holder.primary.public
    if certificate.primary.revoked(holder.now):
        # A newer self-signature would take a soft revocation back, for some programs.
        raise KeyringError(f"The key {certificate.fingerprint} was revoked, and stays so.")
    speaking = _speaking(holder)
    if not speaking:
        raise KeyringError(f"The key {certificate.fingerprint} has no valid self-signature that could be renewed.")
    subkeys = _in_use(holder)
    issuer = holder.issuer([*(c for c, _ in speaking), *(c for c, _ in subkeys)])
    said = life(primary, until)
    groups = [
        (head_of(component), [_renewed(issuer, component, (*repeated(old, but=_EXPIRY), *said))])
        for component, old in speaking
    ]
    groups += [_rebound(holder, issuer, component, key, until) for component, key in subkeys]
    return Change(issuer.at, fragment(issuer.key, *groups))


def expire_subkey(holder: Keyholder, fingerprint: Fingerprint, until: int | None) -> Change:
    """One subkey expires at `until`; None: with the key. Raises `KeyringError`."""
    key, component = holder.subkey(fingerprint)
    if component.revoked(holder.now):
        raise KeyringError(f"The subkey {fingerprint} was revoked, and stays so.")
    issuer = holder.issuer([component])
    end = holder.certificate.expires(holder.now) if until is None else until
    return Change(issuer.at, fragment(issuer.key, _rebound(holder, issuer, component, key, end)))


def _speaking(holder: Keyholder) -> list[tuple[Component, Signature]]:
    """What says flags and expiry of the primary key: (component, its newest self-signature), the primary key first.

    In version 4 that is every User ID; a direct key signature only names a designated revoker in many an old key.
    """
    certificate, now = holder.certificate, holder.now
    found = []
    for component in (certificate.primary, *certificate.user_ids):
        old = component.live(now)
        if old is None or component.revoked(now):
            continue
        states = old.key_flags is not None or old.key_expires_after is not None
        of_old = component is not certificate.primary and primary_of(certificate).version == 4
        if states or of_old:
            found.append((component, old))
    return found


def _renewed(issuer: Issuer, component: Component, said: tuple[Subpacket, ...]) -> bytes:
    if component.user_id is None:
        return self_signatures.direct_key(issuer, said)
    return self_signatures.certification(issuer, component.hashed_form, said)


def _in_use(holder: Keyholder) -> list[tuple[Component, PublicKey]]:
    """Subkeys that have neither expired nor been revoked; of an expired key, those that had not just before."""
    certificate, now = holder.certificate, holder.now
    expires = certificate.expires(now)
    when = now if expires is None else min(now, expires - 1)
    found = []
    for component in certificate.subkeys:
        binding, key = component.live(now), component.key
        if key is None or binding is None or component.revoked(now):
            continue
        after = binding.key_expires_after
        if not after or key.created + after > when:
            found.append((component, key))
    return found


def _rebound(
    holder: Keyholder, issuer: Issuer, component: Component, key: PublicKey, until: int | None
) -> tuple[bytes, list[bytes]]:
    old = component.live(holder.now)
    if old is None:
        raise KeyringError(f"The subkey {key.fingerprint} has no valid binding that could be renewed.")
    said = (*repeated(old, but=_EXPIRY), *life(key, until))
    back = _back(holder, component, key) if (old.key_flags or 0) & KeyFlag.SIGN else ()
    return head_of(component), [self_signatures.binding(issuer, key, said, back)]


def _back(holder: Keyholder, component: Component, key: PublicKey) -> tuple[bytes, ...]:
    """A new back-signature where the subkey is at hand, else the old one, which holds on."""
    certificate, now = holder.certificate, holder.now
    secret = holder.secret.component(key.fingerprint)
    if secret is not None:
        subkey = Issuer(secret, holder.engine, holder.random, now)
        return (self_signatures.back_signature(subkey, primary_of(certificate)),)
    good = bound_back(component.embedded(now), certificate.primary, component, holder.engine, now)
    # A weak hash would not be believed in a newer binding.
    kept = tuple(back.body for back in good if back.hash_algorithm in STRONG_HASHES)
    if not kept:
        raise KeyringError(f"The signing subkey {key.fingerprint} cannot be unlocked here, and it must agree.")
    return kept

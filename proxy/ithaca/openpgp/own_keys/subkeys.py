"""Subkeys added, and rotated: a new one takes over, the old ones expire.

The law of this file: a subkey that encrypted is never taken away, only retired; old letters stay readable.
"""

import enum

from ithaca.errors import KeyringError
from ithaca.openpgp import packets, transferable
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.own_keys import lifetime, profiles, self_signatures
from ithaca.openpgp.own_keys.issuer import Issuer
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder, fragment
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.public_key import PublicKey


class Role(enum.Enum):
    """What a subkey is for."""

    ENCRYPTION = "encryption"
    SIGNING = "signing"


_FLAGS = {Role.ENCRYPTION: self_signatures.ENCRYPTION, Role.SIGNING: self_signatures.SIGNING}


def add(
    holder: Keyholder, role: Role, passphrase: bytes | None, *, kind: KeyKind | None = None, until: int | None = None
) -> Change:
    """A new subkey, protected by `passphrase`, of `kind` or of one that goes with the primary key.

    It expires at `until` (seconds since 1970); None: with the key. Raises `KeyringError`.
    """
    _require_alive(holder)
    primary = holder.primary.public
    profile = profiles.of_key(primary)
    usual = profile.encryption if role is Role.ENCRYPTION else profile.signing
    secret = holder.engine.generate_key(kind or usual, holder.now, version=primary.version, subkey=True)
    issuer = holder.issuer([])
    back: tuple[bytes, ...] = ()
    if role is Role.SIGNING:
        back = (self_signatures.back_signature(Issuer(secret, holder.engine, holder.random, issuer.at), primary),)
    end = holder.certificate.expires(holder.now) if until is None else until
    said = (self_signatures.flags(_FLAGS[role]), *self_signatures.life(secret.public, end))
    body = self_signatures.binding(issuer, secret.public, said, back)
    head = packets.encode(Tag.PUBLIC_SUBKEY, secret.public.body)
    locked = holder.engine.lock(secret, passphrase, random=holder.random)
    return Change(issuer.at, fragment(primary, (head, [body])), (locked,))


def rotate(holder: Keyholder, role: Role, passphrase: bytes | None, *, until: int | None = None) -> Change:
    """A new subkey, and from the same second on the older ones of its role have expired. Raises `KeyringError`.

    They expire, and are not revoked: what they signed stays good with every program.
    """
    added = add(holder, role, passphrase, until=until)
    certificate = added.certificate
    at = added.at
    for key in current(holder, role):
        # A subkey that was made in this very second lives for one.
        retired = lifetime.expire_subkey(holder, key.fingerprint, max(added.at, key.created + 1))
        certificate = transferable.merge(certificate, retired.certificate)
        at = max(at, retired.at)
    return Change(at, certificate, added.secrets)


def current(holder: Keyholder, role: Role) -> tuple[PublicKey, ...]:
    """The subkeys that serve in a role now."""
    certificate, now = holder.certificate, holder.now
    if role is Role.ENCRYPTION:
        return tuple(k for k in certificate.encryption_keys(now) if k.subkey)
    signing = (c.key for c in certificate.subkeys if c.key is not None)
    return tuple(k for k in signing if certificate.signing_refused(k, now) is None)


def _require_alive(holder: Keyholder) -> None:
    refused = holder.certificate.primary_refused(holder.now)
    if refused:
        raise KeyringError(f"The key {holder.secret.fingerprint} {refused}: no subkey would be of use.")

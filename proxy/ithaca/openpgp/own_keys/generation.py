"""New keys: primary key, User IDs, a subkey for encryption, and the revocation certificate (RFC 9580 §10.1.1, §10.1.3).

The law of this file: what leaves was read back as a certificate, and is what it is meant to be. The revocation
certificate comes with the key, so that it can be on the disk before the key is used.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ithaca.errors import KeyringError, OpenPGPError
from ithaca.openpgp import packets, secret_key
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.openpgp.own_keys import profiles, revocation, self_signatures
from ithaca.openpgp.own_keys.issuer import Issuer
from ithaca.openpgp.own_keys.keyholder import fragment, primary_of
from ithaca.openpgp.own_keys.profiles import Profile
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.subpackets import Subpacket, SubpacketType
from ithaca.verdict import Fingerprint

KEY_LIFE = 3 * 365 * 86400
"""Seconds. Keys made here expire after three years, so that a lost one does not stand for ever; it can be prolonged."""
LONGEST_USER_ID = 1000
"""Octets; an address has at most 254."""


@dataclass(frozen=True, slots=True, repr=False)
class Generated:
    """A new key."""

    fingerprint: Fingerprint
    octets: bytes
    """The transferable secret key, binary."""
    certificate: bytes
    """Its public half."""
    revocation: bytes
    """Its revocation certificate, binary."""


def generate(
    profile: Profile,
    user_ids: Sequence[str],
    passphrase: bytes | None,
    *,
    created: int,
    engine: Engine,
    random: Callable[[int], bytes],
    life: int | None = KEY_LIFE,
    signing_only: bool = False,
) -> Generated:
    """A new key, made at `created` (seconds since 1970), that expires after `life` seconds; None: never.

    `signing_only`: one that nobody can encrypt to. It may have several User IDs, the first the primary one, or none.
    Raises `KeyringError` for a User ID that is none.
    """
    primary = engine.generate_key(profile.signing, created, version=profile.version)
    kinds = () if signing_only else (profile.encryption,)
    subkeys = [engine.generate_key(kind, created, version=profile.version, subkey=True) for kind in kinds]
    issuer = Issuer(primary, engine, random, created)
    certificate = _certificate(profile, issuer, subkeys, [user_id_octets(u) for u in user_ids], life)
    secrets = (engine.lock(part, passphrase, random=random) for part in (primary, *subkeys))
    octets = secret_key.join(certificate, secrets)
    _require_what_was_meant(Certificate.parse(certificate, engine), created, life, encrypts=not signing_only)
    return Generated(primary.public.fingerprint, octets, certificate, revocation.certificate(issuer))


def _certificate(
    profile: Profile, issuer: Issuer, subkeys: Sequence[SecretComponent], user_ids: Sequence[bytes], life: int | None
) -> bytes:
    """Version 6 speaks by a direct key signature, version 4 by each User ID, where it has any (§5.2.3.10)."""
    until = None if life is None else issuer.at + life
    whole = (
        self_signatures.flags(self_signatures.PRIMARY_FLAGS),
        *self_signatures.life(issuer.key, until),
        *profiles.preferences(profile.features),
    )
    direct = profile.version == 6 or not user_ids
    groups = [(b"", [self_signatures.direct_key(issuer, whole)] if direct else [])]
    for number, user_id in enumerate(user_ids):
        said = () if direct else whole
        first = () if number else (Subpacket(SubpacketType.PRIMARY_USER_ID, b"\x01"),)
        body = self_signatures.certification(issuer, self_signatures.user_id_form(user_id), (*said, *first))
        groups.append((packets.encode(Tag.USER_ID, user_id), [body]))
    for key in (subkey.public for subkey in subkeys):
        # Sequoia asks a subkey alone whether it has expired.
        said = (self_signatures.flags(self_signatures.ENCRYPTION), *self_signatures.life(key, until))
        bound = self_signatures.binding(issuer, key, said)
        groups.append((packets.encode(Tag.PUBLIC_SUBKEY, key.body), [bound]))
    return fragment(issuer.key, *groups)


def user_id_octets(text: str) -> bytes:
    """A User ID as it stands in its packet (§5.11). Raises `KeyringError`."""
    if not text or not text.isprintable():
        raise KeyringError("A User ID must not be empty, nor hold control characters.")
    try:
        octets = text.encode("utf-8")
    except UnicodeEncodeError:
        raise KeyringError("A User ID must be valid UTF-8.") from None
    if len(octets) > LONGEST_USER_ID:
        raise KeyringError(f"A User ID must not be longer than {LONGEST_USER_ID} octets.")
    return octets


def _require_what_was_meant(made: Certificate, created: int, life: int | None, *, encrypts: bool) -> None:
    """Our own evaluation of what we made."""
    refused = made.signing_refused(primary_of(made), created)
    if refused is None and encrypts:
        refused = made.encryption_refused(created)
    if refused or made.expires(created) != (None if life is None else created + life):
        raise OpenPGPError(f"the new key is not what it should be: it {refused or 'expires at another time'}")

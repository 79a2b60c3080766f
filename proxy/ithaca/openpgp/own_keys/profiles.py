"""Profiles: which kinds of keys a new key is made of, and what it tells others that it can read.

The law of this file: a profile is a row of the table. The default is what every program of the last ten years reads,
GnuPG 2.2 among them; version 6 is for people whose correspondents read RFC 9580.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ithaca.errors import KeyringError
from ithaca.openpgp.algorithms import (
    AeadAlgorithm,
    CompressionAlgorithm,
    Feature,
    HashAlgorithm,
    PublicKeyAlgorithm,
    SymmetricAlgorithm,
)
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.subpackets import Subpacket, SubpacketType


@dataclass(frozen=True, slots=True)
class Profile:
    """One row."""

    text: str
    """For a person."""
    version: int
    signing: KeyKind
    """Of the primary key, and of signing subkeys that are added."""
    encryption: KeyKind
    features: int = Feature.SEIPD_1


def _weierstrass(name: str, curve: str) -> Profile:
    signing, encryption = KeyKind(PublicKeyAlgorithm.ECDSA, curve), KeyKind(PublicKeyAlgorithm.ECDH, curve)
    return Profile(f"{name}, version 4", 4, signing, encryption)


def _rsa(bits: int) -> Profile:
    kind = KeyKind(PublicKeyAlgorithm.RSA, bits=bits)
    return Profile(f"RSA of {bits} bits, version 4", 4, kind, kind)


_BOTH = Feature.SEIPD_1 | Feature.SEIPD_2
"""A version 6 key reads SEIPDv1 too: a letter that somebody else must read with an older program comes so."""
PROFILES: Mapping[str, Profile] = {
    "ed25519": Profile(
        "Ed25519 and Curve25519, version 4: small, and everybody reads it",
        4,
        KeyKind(PublicKeyAlgorithm.EDDSA_LEGACY, "Ed25519"),
        KeyKind(PublicKeyAlgorithm.ECDH, "Curve25519"),
    ),
    "rsa3072": _rsa(3072),
    "rsa4096": _rsa(4096),
    "p256": _weierstrass("NIST P-256", "P-256"),
    "p384": _weierstrass("NIST P-384", "P-384"),
    "p521": _weierstrass("NIST P-521", "P-521"),
    "brainpool256": _weierstrass("Brainpool P-256", "brainpoolP256r1"),
    "brainpool384": _weierstrass("Brainpool P-384", "brainpoolP384r1"),
    "brainpool512": _weierstrass("Brainpool P-512", "brainpoolP512r1"),
    "v6-ed25519": Profile(
        "Ed25519 and X25519, version 6: RFC 9580, not for GnuPG",
        6,
        KeyKind(PublicKeyAlgorithm.ED25519, "Ed25519"),
        KeyKind(PublicKeyAlgorithm.X25519, "X25519"),
        _BOTH,
    ),
    "v6-ed448": Profile(
        "Ed448 and X448, version 6: RFC 9580, not for GnuPG",
        6,
        KeyKind(PublicKeyAlgorithm.ED448, "Ed448"),
        KeyKind(PublicKeyAlgorithm.X448, "X448"),
        _BOTH,
    ),
}
"""By name, as ``ithaca key generate --profile`` takes it."""
DEFAULT = "ed25519"
LEAST_RSA = 3072
"""Bits of new RSA subkeys, however small the primary key is."""

_HASHES = bytes([HashAlgorithm.SHA256, HashAlgorithm.SHA512, HashAlgorithm.SHA384])
_CIPHERS = bytes([SymmetricAlgorithm.AES256, SymmetricAlgorithm.AES128])
_UNCOMPRESSED = bytes([CompressionAlgorithm.UNCOMPRESSED])
_SUITES = bytes(
    [SymmetricAlgorithm.AES256, AeadAlgorithm.OCB, SymmetricAlgorithm.AES128, AeadAlgorithm.OCB],
)


def preferences(features: int) -> tuple[Subpacket, ...]:
    """What a new key says that it prefers (RFC 9580 §5.2.3.14 to §5.2.3.17, §5.2.3.32).

    No compression: beside a secret, what an attacker may choose must not change a message's length.
    """
    preferred = [
        Subpacket(SubpacketType.CIPHERS, _CIPHERS),
        Subpacket(SubpacketType.HASHES, _HASHES),
        Subpacket(SubpacketType.COMPRESSION, _UNCOMPRESSED),
        Subpacket(SubpacketType.FEATURES, bytes([features])),
    ]
    if features & Feature.SEIPD_2:
        preferred.append(Subpacket(SubpacketType.AEAD_SUITES, _SUITES))
    return tuple(preferred)


def of_key(primary: PublicKey) -> Profile:
    """The profile whose kinds go with an existing primary key, for subkeys to be added.

    Raises `KeyringError` where none does: a DSA key, or a curve that no keys are made on.
    """
    if primary.version == 4 and primary.algorithm in (PublicKeyAlgorithm.RSA, PublicKeyAlgorithm.RSA_SIGN):
        return _rsa(max(LEAST_RSA, primary.bits or 0))
    # A version 4 key may have the algorithms of version 6.
    for profile in PROFILES.values():
        if (profile.signing.algorithm, profile.signing.curve) == (primary.algorithm, primary.curve):
            return profile
    raise KeyringError(f"The key {primary.fingerprint} is of a kind that gets no new subkeys here; make a new key.")

"""The numbers of RFC 9580 §9, and which of them are acceptable for what.

The law of this file: policy is a table with reasons. A reason is a phrase for a person; None is acceptance.
"""

import enum
from dataclasses import dataclass

from ithaca.openpgp.public_key import PublicKey


class PublicKeyAlgorithm(enum.IntEnum):
    """RFC 9580 §9.1."""

    RSA = 1
    RSA_ENCRYPT = 2
    RSA_SIGN = 3
    ELGAMAL = 16
    DSA = 17
    ECDH = 18
    ECDSA = 19
    EDDSA_LEGACY = 22
    X25519 = 25
    X448 = 26
    ED25519 = 27
    ED448 = 28


class SymmetricAlgorithm(enum.IntEnum):
    """RFC 9580 §9.3; the ones that are read and written here."""

    AES128 = 7
    AES192 = 8
    AES256 = 9


class CompressionAlgorithm(enum.IntEnum):
    """RFC 9580 §9.4."""

    UNCOMPRESSED = 0
    ZIP = 1
    ZLIB = 2
    BZIP2 = 3


class HashAlgorithm(enum.IntEnum):
    """RFC 9580 §9.5."""

    MD5 = 1
    SHA1 = 2
    RIPEMD160 = 3
    SHA256 = 8
    SHA384 = 9
    SHA512 = 10
    SHA224 = 11


class SignatureType(enum.IntEnum):
    """RFC 9580 §5.2.1."""

    BINARY = 0x00
    TEXT = 0x01
    STANDALONE = 0x02
    GENERIC_CERTIFICATION = 0x10
    PERSONA_CERTIFICATION = 0x11
    CASUAL_CERTIFICATION = 0x12
    POSITIVE_CERTIFICATION = 0x13
    SUBKEY_BINDING = 0x18
    PRIMARY_KEY_BINDING = 0x19
    DIRECT_KEY = 0x1F
    KEY_REVOCATION = 0x20
    SUBKEY_REVOCATION = 0x28
    CERTIFICATION_REVOCATION = 0x30
    TIMESTAMP = 0x40
    THIRD_PARTY_CONFIRMATION = 0x50


CERTIFICATIONS = frozenset({0x10, 0x11, 0x12, 0x13})


class KeyFlag(enum.IntFlag):
    """RFC 9580 §5.2.3.29, first octet."""

    CERTIFY = 0x01
    SIGN = 0x02
    ENCRYPT_COMMUNICATIONS = 0x04
    ENCRYPT_STORAGE = 0x08
    AUTHENTICATE = 0x20


ENCRYPTION_FLAGS = KeyFlag.ENCRYPT_COMMUNICATIONS | KeyFlag.ENCRYPT_STORAGE

KEY_LENGTH = {7: 16, 8: 24, 9: 32}
"""Octets of a session key by symmetric algorithm."""


@dataclass(frozen=True, slots=True)
class Hash:
    """One hash algorithm by its names."""

    name: str
    python: str
    """Its name for `hashlib`."""
    micalg: str
    """RFC 3156 §5."""


HASHES = {
    1: Hash("MD5", "md5", "pgp-md5"),
    2: Hash("SHA1", "sha1", "pgp-sha1"),
    8: Hash("SHA256", "sha256", "pgp-sha256"),
    9: Hash("SHA384", "sha384", "pgp-sha384"),
    10: Hash("SHA512", "sha512", "pgp-sha512"),
    11: Hash("SHA224", "sha224", "pgp-sha224"),
}
"""The hash algorithms that can be computed here; what may be believed is `hash_refused`."""

STRONG_HASHES = frozenset({8, 9, 10, 11})

SHA1_SELF_SIGNATURES_END = 1_675_209_600
"""2023-02-01: from then on no self-signature with SHA-1 is believed. Collisions with a chosen prefix are
affordable (Leurent and Peyrin, ePrint 2020/014); a self-signature is over the holder's own data, which leaves an
attacker less room, so older ones stand."""


class Use(enum.Enum):
    """What a signature is about."""

    DOCUMENT = "document"
    CERTIFICATE = "certificate"


def hash_refused(algorithm: int, use: Use, created: int) -> str | None:
    """Why a signature with this hash, made at `created` (seconds since 1970), is not believed (§9.5)."""
    if algorithm in STRONG_HASHES:
        return None
    name = HASHES[algorithm].name if algorithm in HASHES else f"hash algorithm {algorithm}"
    if algorithm == HashAlgorithm.SHA1 and use is Use.CERTIFICATE and created < SHA1_SELF_SIGNATURES_END:
        return None
    return f"{name} is not accepted"


MINIMUM_RSA_BITS = 2048
MAXIMUM_RSA_BITS = 16384
"""Larger moduli only burn time (RFC 9580 §12.4 names no use for them)."""
CURVES = frozenset(
    {
        "P-256",
        "P-384",
        "P-521",
        "brainpoolP256r1",
        "brainpoolP384r1",
        "brainpoolP512r1",
        "Ed25519",
        "Curve25519",
    }
)
SIGNING = frozenset({1, 3, 19, 22})
ENCRYPTING = frozenset({1, 2, 18})


def key_refused(key: PublicKey) -> str | None:
    """Why this key may not be used, whatever for (RFC 9580 §12.4)."""
    if key.algorithm in (PublicKeyAlgorithm.RSA, PublicKeyAlgorithm.RSA_ENCRYPT, PublicKeyAlgorithm.RSA_SIGN):
        bits = key.bits or 0
        return None if MINIMUM_RSA_BITS <= bits <= MAXIMUM_RSA_BITS else f"RSA with {bits} bits is not accepted"
    if key.algorithm in (
        PublicKeyAlgorithm.ECDH,
        PublicKeyAlgorithm.ECDSA,
        PublicKeyAlgorithm.EDDSA_LEGACY,
    ):
        return None if key.curve in CURVES else "its elliptic curve is not supported"
    return f"public-key algorithm {key.algorithm} is not supported"

"""The numbers of RFC 9580 §9, and which of them are acceptable for what.

The law of this file: policy is a table with reasons. A reason is a phrase for a person; None is acceptance.
"""

import enum
from dataclasses import dataclass

from ithaca.openpgp.public_key import PublicKey, mpi_end


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
    """RFC 9580 §9.3."""

    IDEA = 1
    TRIPLE_DES = 2
    CAST5 = 3
    BLOWFISH = 4
    AES128 = 7
    AES192 = 8
    AES256 = 9
    TWOFISH = 10
    CAMELLIA128 = 11
    CAMELLIA192 = 12
    CAMELLIA256 = 13


class AeadAlgorithm(enum.IntEnum):
    """RFC 9580 §9.6."""

    EAX = 1
    OCB = 2
    GCM = 3


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
    SHA3_256 = 12
    SHA3_512 = 14


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


class Feature(enum.IntFlag):
    """RFC 9580 §5.2.3.32."""

    SEIPD_1 = 0x01
    SEIPD_2 = 0x08


class RevocationReason(enum.IntEnum):
    """RFC 9580 §5.2.3.31."""

    NONE = 0
    SUPERSEDED = 1
    COMPROMISED = 2
    RETIRED = 3
    USER_ID_INVALID = 32


KEY_LENGTH = {7: 16, 8: 24, 9: 32}
"""Octets of a session key by the symmetric algorithms that are written."""


# --- hashes ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hash:
    """One hash algorithm by its names."""

    name: str
    python: str
    """Its name for `hashlib`."""
    micalg: str
    """RFC 3156 §5; of SHA-3 by analogy."""


HASHES = {
    1: Hash("MD5", "md5", "pgp-md5"),
    2: Hash("SHA1", "sha1", "pgp-sha1"),
    3: Hash("RIPEMD160", "ripemd160", "pgp-ripemd160"),
    8: Hash("SHA256", "sha256", "pgp-sha256"),
    9: Hash("SHA384", "sha384", "pgp-sha384"),
    10: Hash("SHA512", "sha512", "pgp-sha512"),
    11: Hash("SHA224", "sha224", "pgp-sha224"),
    12: Hash("SHA3-256", "sha3_256", "pgp-sha3-256"),
    14: Hash("SHA3-512", "sha3_512", "pgp-sha3-512"),
}
"""The hash algorithms that can be named; what may be believed is `hash_refused`."""

SALT_SIZES = {8: 16, 9: 24, 10: 32, 11: 16, 12: 16, 14: 32}
"""Octets of the salt of a version 6 signature (§9.5)."""

STRONG_HASHES = frozenset({8, 9, 10, 11, 12, 14})

SHA1_SELF_SIGNATURES_END = 1_675_209_600
"""2023-02-01: from then on no self-signature with SHA-1 is believed. Collisions with a chosen prefix are
affordable (Leurent and Peyrin, ePrint 2020/014); a self-signature is over the holder's own data, which leaves an
attacker less room, so older ones stand."""


class Use(enum.Enum):
    """What a signature is about."""

    DOCUMENT = "document"
    CERTIFICATE = "certificate"
    REVOCATION = "revocation"


def hash_refused(algorithm: int, use: Use, created: int) -> str | None:
    """Why a signature with this hash, made at `created` (seconds since 1970), is not believed (§9.5).

    A letter signed with SHA-1 is refused whatever its date: who finds a collision has the holder sign one half of it.
    A revocation with SHA-1 is believed at any time: to forge one does harm to nobody's secrets, to miss one does. By
    EdDSA none is: see `arithmetic.edwards.SHORTEST_DIGEST`.
    """
    if algorithm in STRONG_HASHES:
        return None
    early = use is Use.CERTIFICATE and created < SHA1_SELF_SIGNATURES_END
    if algorithm == HashAlgorithm.SHA1 and (use is Use.REVOCATION or early):
        return None
    name = HASHES[algorithm].name if algorithm in HASHES else f"hash algorithm {algorithm}"
    return f"{name} is not accepted"


# --- keys --------------------------------------------------------------------------------------------

MINIMUM_BITS = 2048
"""Of RSA and DSA moduli (NIST SP 800-131A; RFC 9580 §12.4)."""
MAXIMUM_BITS = 16384
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
        "X25519",
        "X448",
        "Ed448",
    }
)
SIGNING = frozenset({1, 3, 17, 19, 22, 27, 28})
"""DSA for verifying alone: RFC 9580 §9.1 forbids making such keys."""
ENCRYPTING = frozenset({1, 2, 18, 25, 26})
DECRYPTING = ENCRYPTING | {PublicKeyAlgorithm.ELGAMAL}
"""Old letters of our own stay readable; nothing is encrypted to an Elgamal key."""
_RSA = frozenset({1, 2, 3})
_NAMES = {1: "RSA", 2: "RSA", 3: "RSA", 16: "Elgamal", 17: "DSA"}
SIGNING_CURVES = {19: CURVES - {"Ed25519", "Curve25519", "X25519", "X448", "Ed448"}, 22: frozenset({"Ed25519"})}
"""Algorithm → the curves that it goes with (§9.2)."""
CURVES_OF = {18: (CURVES - {"Ed25519", "X25519", "X448", "Ed448"}), **SIGNING_CURVES}
"""Algorithm → the curves of its keys."""


def key_refused(key: PublicKey) -> str | None:
    """Why no signature by this key counts, and nothing is encrypted to it (RFC 9580 §12.4).

    Our own weak keys may still decrypt what they once received.
    """
    if key.algorithm == PublicKeyAlgorithm.ELGAMAL:
        return "Elgamal is not accepted"
    if key.algorithm in _NAMES:
        bits = key.bits or 0
        if not MINIMUM_BITS <= bits <= MAXIMUM_BITS:
            return f"{_NAMES[key.algorithm]} with {bits} bits is not accepted"
        return "its RSA exponent is not accepted" if key.algorithm in _RSA and _bad_exponent(key) else None
    if key.algorithm in CURVES_OF and key.curve not in CURVES_OF[key.algorithm]:
        return "its elliptic curve is not supported"
    if key.curve is not None:
        return "its point is none" if _is_zero(key) else None
    return f"public-key algorithm {key.algorithm} is not supported"


def _is_zero(key: PublicKey) -> bool:
    """Whether its point is nothing but zeros: every secret that is shared with it is zero, too (RFC 7748 §6.1)."""
    if key.curve != "Curve25519":
        return not any(key.material)
    start = 1 + key.material[0]
    # §9.2.1: the point stands behind the octet 0x40; §5.5.5.6: four octets say how keys are derived.
    return not any(key.material[start + 3 : -4])


def _bad_exponent(key: PublicKey) -> bool:
    """One, an even number, or one so long that it only burns time."""
    _, start = mpi_end(key.material, 0)
    exponent = int.from_bytes(key.material[start + 2 :], "big")
    return exponent < 3 or not exponent & 1 or exponent.bit_length() > 64

"""Signatures on Edwards curves: EdDSALegacy, Ed25519 and Ed448 (RFC 9580 §5.2.3.3 to §5.2.3.5, §5.5.5.5, RFC 8032).

The law of this file: what is signed is the digest.
"""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from ithaca.errors import OpenPGPError
from ithaca.openpgp.arithmetic.weierstrass import point
from ithaca.openpgp.public_key import OBJECT_IDENTIFIERS, PublicKey, encode_mpi, mpis

LEGACY = 22
_OCTETS = 32
SHORTEST_DIGEST = {22: 32, 27: 32, 28: 64}
"""Octets: a verifier MUST refuse a shorter one (§5.2.3.3 to §5.2.3.5)."""


def native(key: PublicKey) -> bytes:
    """The public octets: of a legacy key behind the octet 0x40 (§9.2.1), of the others as they stand."""
    if key.algorithm != LEGACY:
        return key.material
    octets = point(key)
    if key.curve != "Ed25519" or len(octets) != _OCTETS + 1 or octets[0] != 0x40:
        raise OpenPGPError("malformed point")
    return octets[1:]


def public(key: PublicKey) -> ed25519.Ed25519PublicKey | ed448.Ed448PublicKey:
    """The library's form. Raises ValueError, `OpenPGPError`."""
    if key.curve == "Ed448":
        return ed448.Ed448PublicKey.from_public_bytes(native(key))
    return ed25519.Ed25519PublicKey.from_public_bytes(native(key))


def verify(key: PublicKey, _hashed: Prehashed, digest: bytes, fields: bytes) -> None:
    """Raises `InvalidSignature`, ValueError or `OpenPGPError` unless `fields` sign `digest`."""
    if len(digest) < SHORTEST_DIGEST[key.algorithm]:
        raise ValueError("a digest too short for the curve")
    public(key).verify(_joined(fields) if key.algorithm == LEGACY else fields, digest)


def _joined(fields: bytes) -> bytes:
    """§5.2.3.3: two integers, which may have lost leading zeros."""
    r, s = mpis(fields, 2)
    if len(r) > _OCTETS or len(s) > _OCTETS:
        raise OpenPGPError("malformed signature")
    return r.rjust(_OCTETS, b"\0") + s.rjust(_OCTETS, b"\0")


def sign(one: Any, _hashed: Prehashed, digest: bytes) -> bytes:
    """The algorithm-specific fields of Ed25519 and Ed448."""
    signature: bytes = one.sign(digest)
    return signature


def sign_legacy(one: Any, _hashed: Prehashed, digest: bytes) -> bytes:
    """Those of EdDSALegacy."""
    signature: bytes = one.sign(digest)
    return encode_mpi(signature[:_OCTETS]) + encode_mpi(signature[_OCTETS:])


def private(key: PublicKey, secret: bytes) -> ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey:
    """From the secret octets, which must belong to the public ones. Raises ValueError, `OpenPGPError`."""
    octets = secret
    if key.algorithm == LEGACY:
        (value,) = mpis(secret, 1)
        octets = value.rjust(_OCTETS, b"\0")
    kind = ed448.Ed448PrivateKey if key.curve == "Ed448" else ed25519.Ed25519PrivateKey
    one = kind.from_private_bytes(octets)
    if one.public_key().public_bytes_raw() != native(key):
        raise OpenPGPError("the halves of a key do not belong together")
    return one


def secret(one: Any) -> bytes:
    """The secret octets of Ed25519 and Ed448."""
    octets: bytes = one.private_bytes_raw()
    return octets


def secret_legacy(one: Any) -> bytes:
    """The secret octets as an integer (§5.5.5.5)."""
    return encode_mpi(one.private_bytes_raw())


def material_legacy(one: Any) -> bytes:
    """Object identifier and point."""
    oid = OBJECT_IDENTIFIERS["Ed25519"]
    return bytes([len(oid)]) + oid + encode_mpi(b"\x40" + one.public_key().public_bytes_raw())

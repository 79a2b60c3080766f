"""Curves of two coordinates: ECDSA, and the key agreement of ECDH (RFC 9580 §5.2.3.2, §5.5.5.4, §9.2, §11.2).

The law of this file: a point is on its curve or it is no point; the library checks.
"""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature

from ithaca.errors import OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp.public_key import OBJECT_IDENTIFIERS, PublicKey, encode_mpi, mpi_end, mpis

CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}

SHORTEST_DIGEST = 32
"""Octets. §5.2.3.2 has who signs take as many bits as the curve has; GopenPGP takes SHA-256 with P-384, and to read
that is no danger: nobody finds a second text to such a digest either."""
UNCOMPRESSED = b"\x04"


def curve(name: str | None) -> ec.EllipticCurve:
    """The library's form. Raises `UnsupportedAlgorithm`."""
    if name not in CURVES:
        raise UnsupportedAlgorithm("its elliptic curve is not supported")
    return CURVES[name]


def identifier(key: PublicKey) -> bytes:
    """The curve's object identifier, its length in front."""
    return key.material[: 1 + key.material[0]]


def point(key: PublicKey) -> bytes:
    """The octets of the public point, behind the object identifier."""
    start = 1 + key.material[0]
    _, end = mpi_end(key.material, start)
    return key.material[start + 2 : end]


def public(key: PublicKey) -> ec.EllipticCurvePublicKey:
    """The library's form. Raises ValueError for a point off its curve."""
    return decoded(curve(key.curve), point(key))


def decoded(on: ec.EllipticCurve, octets: bytes) -> ec.EllipticCurvePublicKey:
    """From the octets of a point. The library would take the compressed form, too, which OpenPGP has not (§11.2)."""
    if octets[:1] != UNCOMPRESSED:
        raise ValueError("no uncompressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(on, octets)


def encoded(one: ec.EllipticCurvePublicKey) -> bytes:
    """A point: 4, then both coordinates (§11.2.1)."""
    numbers, octets = one.public_numbers(), (one.curve.key_size + 7) // 8
    return UNCOMPRESSED + numbers.x.to_bytes(octets, "big") + numbers.y.to_bytes(octets, "big")


def verify(key: PublicKey, hashed: Prehashed, digest: bytes, fields: bytes) -> None:
    """Raises `InvalidSignature`, ValueError or `OpenPGPError` unless `fields` sign `digest`."""
    one = public(key)
    if len(digest) < SHORTEST_DIGEST:
        raise ValueError("a digest too short for the curve")
    r, s = mpis(fields, 2)
    signature = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    one.verify(signature, digest, ec.ECDSA(hashed))


def sign(one: Any, hashed: Prehashed, digest: bytes) -> bytes:
    """The algorithm-specific fields."""
    numbers = decode_dss_signature(one.sign(digest, ec.ECDSA(hashed)))
    return b"".join(encode_mpi(n.to_bytes((n.bit_length() + 7) // 8, "big")) for n in numbers)


def private(key: PublicKey, secret: bytes) -> ec.EllipticCurvePrivateKey:
    """From the scalar, which must belong to the public point. Raises ValueError, `OpenPGPError`."""
    (value,) = mpis(secret, 1)
    one = ec.derive_private_key(int.from_bytes(value, "big"), curve(key.curve))
    if one.public_key().public_numbers() != public(key).public_numbers():
        raise OpenPGPError("the halves of a key do not belong together")
    return one


def secret(one: ec.EllipticCurvePrivateKey) -> bytes:
    """The scalar."""
    number = one.private_numbers().private_value
    return encode_mpi(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def material(one: ec.EllipticCurvePrivateKey, name: str) -> bytes:
    """Object identifier and point."""
    oid = OBJECT_IDENTIFIERS[name]
    return bytes([len(oid)]) + oid + encode_mpi(encoded(one.public_key()))

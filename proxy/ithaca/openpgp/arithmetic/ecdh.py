"""Session keys by ECDH (RFC 9580 §5.1.5, §11.5): one agreement, one derivation, one AES key wrap.

The law of this file: every session key gets an ephemeral key of its own.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from ithaca.errors import OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp.algorithms import HASHES, KEY_LENGTH
from ithaca.openpgp.arithmetic import weierstrass
from ithaca.openpgp.arithmetic.session_block import padded, unpadded
from ithaca.openpgp.arithmetic.weierstrass import CURVES, identifier, point
from ithaca.openpgp.public_key import OBJECT_IDENTIFIERS, PublicKey, encode_mpi, mpi_end, mpis

LEGACY = "Curve25519"
_KDF_HASHES = frozenset({8, 9, 10})
_KDF_CIPHERS = frozenset({7, 8, 9})
"""§11.5.1: SHA-2 and AES, as every key of a curve names them."""
_SENDER = b"Anonymous Sender    "
KDF = {
    "P-256": (8, 7),
    "P-384": (9, 8),
    "P-521": (10, 9),
    "brainpoolP256r1": (8, 7),
    "brainpoolP384r1": (9, 8),
    "brainpoolP512r1": (10, 9),
    LEGACY: (8, 7),
}
"""Hash and cipher of the derivation that keys of ours name, by curve (§11.5.1)."""


def wrap(key: PublicKey, block: bytes) -> bytes:
    """The algorithm-specific fields of a PKESK for a key of algorithm 18.

    Raises `UnsupportedAlgorithm`, and `OpenPGPError` for a point that is none of its curve.
    """
    _check(key)
    try:
        ephemeral, shared = _agree(key)
    except ValueError as error:
        raise OpenPGPError(f"cannot encrypt to key {key.fingerprint}: its point is not on its curve") from error
    wrapped = aes_key_wrap(_derive(key, shared), padded(block))
    return encode_mpi(ephemeral) + bytes([len(wrapped)]) + wrapped


def unwrap(key: PublicKey, private: Any, fields: bytes) -> bytes | None:
    """The block; None where its padding is none. Raises ValueError, `InvalidUnwrap`, `OpenPGPError`."""
    _check(key)
    _, end = mpi_end(fields, 0)
    if len(fields) != end + 1 + fields[end]:
        raise ValueError("fields of a wrong length")
    shared = _shared(key, private, fields[2:end])
    return unpadded(aes_key_unwrap(_derive(key, shared), fields[end + 1 :]))


def _check(key: PublicKey) -> None:
    hash_id, wrapping = key.material[-2:]
    if hash_id not in _KDF_HASHES or wrapping not in _KDF_CIPHERS:
        raise UnsupportedAlgorithm(f"the key derivation of key {key.fingerprint} is not supported")


def _derive(key: PublicKey, shared: bytes) -> bytes:
    """§11.5: curve, algorithm, derivation parameters, sender and fingerprint are bound to the key."""
    hash_id, wrapping = key.material[-2:]
    parameters = identifier(key) + bytes([18]) + key.material[-4:] + _SENDER + key.fingerprint_octets
    derived = hashlib.new(HASHES[hash_id].python, b"\0\0\0\1" + shared + parameters).digest()
    return derived[: KEY_LENGTH[wrapping]]


def _agree(key: PublicKey) -> tuple[bytes, bytes]:
    """(our ephemeral point, the shared secret); ValueError where the point is not on the curve."""
    if key.curve == LEGACY:
        private = x25519.X25519PrivateKey.generate()
        shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(_native(point(key))))
        return b"\x40" + private.public_key().public_bytes_raw(), shared
    if key.curve not in CURVES:
        raise UnsupportedAlgorithm(f"cannot encrypt to key {key.fingerprint}: its curve is not supported")
    ours = ec.generate_private_key(CURVES[key.curve])
    return weierstrass.encoded(ours.public_key()), ours.exchange(ec.ECDH(), weierstrass.public(key))


def _shared(key: PublicKey, private: Any, ephemeral: bytes) -> bytes:
    """The library refuses points off the curve, and a shared secret of zeros (RFC 7748 §6.1)."""
    if key.curve == LEGACY:
        secret: bytes = private.exchange(x25519.X25519PublicKey.from_public_bytes(_native(ephemeral)))
        return secret
    theirs = weierstrass.decoded(weierstrass.curve(key.curve), ephemeral)
    shared: bytes = private.exchange(ec.ECDH(), theirs)
    return shared


def _native(octets: bytes) -> bytes:
    """§9.2.1: 32 octets behind 0x40."""
    if len(octets) != 33 or octets[0] != 0x40:
        raise ValueError("no point in native form")
    return octets[1:]


def private(key: PublicKey, secret: bytes) -> Any:
    """From the scalar, which must belong to the public point. Raises ValueError, `OpenPGPError`."""
    if key.curve != LEGACY:
        return weierstrass.private(key, secret)
    (value,) = mpis(secret, 1)
    # §5.5.5.6.1.1: a big-endian integer of what the curve takes as little-endian.
    one = x25519.X25519PrivateKey.from_private_bytes(value.rjust(32, b"\0")[::-1])
    if one.public_key().public_bytes_raw() != _native(point(key)):
        raise OpenPGPError("the halves of a key do not belong together")
    return one


def secret(one: Any) -> bytes:
    """The scalar."""
    if isinstance(one, ec.EllipticCurvePrivateKey):
        return weierstrass.secret(one)
    return encode_mpi(_clamped(one.private_bytes_raw())[::-1])


def _clamped(octets: bytes) -> bytes:
    """RFC 7748 §5: GnuPG wants the integer as it is computed with."""
    return bytes([octets[0] & 248]) + octets[1:31] + bytes([(octets[31] & 127) | 64])


def material(one: Any, name: str) -> bytes:
    """Object identifier, point and derivation parameters."""
    parameters = bytes([3, 1, *KDF[name]])
    if isinstance(one, ec.EllipticCurvePrivateKey):
        return weierstrass.material(one, name) + parameters
    oid = OBJECT_IDENTIFIERS[name]
    return bytes([len(oid)]) + oid + encode_mpi(b"\x40" + one.public_key().public_bytes_raw()) + parameters


_GENERATE: dict[str, Callable[[], Any]] = {LEGACY: x25519.X25519PrivateKey.generate}


def generate(name: str) -> Any:
    """A private key on that curve. Raises `UnsupportedAlgorithm`."""
    if name in _GENERATE:
        return _GENERATE[name]()
    return ec.generate_private_key(weierstrass.curve(name))

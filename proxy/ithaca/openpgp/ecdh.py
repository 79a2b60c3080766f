"""Wrapping a session key for an ECDH key (RFC 9580 §11.5): one ephemeral key, one derivation, one key wrap.

The law of this file: every session key gets an ephemeral key of its own. PGPy does the same at four times the cost,
which was a fifth of what sealing a small letter took.
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from ithaca.errors import OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp.algorithms import HASHES, KEY_LENGTH
from ithaca.openpgp.public_key import PublicKey, encode_mpi

CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}
"""Curves of RFC 9580 §9.2 on which ECDSA and ECDH go by points of two coordinates."""
_KDF_HASHES = frozenset({8, 9, 10})
_KDF_CIPHERS = frozenset({7, 8, 9})
"""§11.5.1: SHA-2 and AES, as every key of a curve names them."""
_SENDER = b"Anonymous Sender    "


def wrap(key: PublicKey, cipher: int, session_key: bytes) -> bytes:
    """The algorithm-specific fields of a PKESK (§5.1.5) for a version 4 key of algorithm 18.

    Raises `UnsupportedAlgorithm`, and `OpenPGPError` for a point that is none of its curve.
    """
    hash_id, wrapping = key.material[-2:]
    if hash_id not in _KDF_HASHES or wrapping not in _KDF_CIPHERS:
        raise UnsupportedAlgorithm(f"cannot encrypt to key {key.fingerprint}: its key derivation is not supported")
    try:
        ephemeral, shared = _exchange(key)
    except ValueError as error:
        raise OpenPGPError(f"cannot encrypt to key {key.fingerprint}: its point is not on its curve") from error
    parameters = _oid(key) + bytes([18]) + key.material[-4:] + _SENDER + bytes.fromhex(key.fingerprint)
    derived = hashlib.new(HASHES[hash_id].python, b"\0\0\0\1" + shared + parameters).digest()
    wrapped = aes_key_wrap(derived[: KEY_LENGTH[wrapping]], _padded(cipher, session_key))
    return encode_mpi(ephemeral) + bytes([len(wrapped)]) + wrapped


def _oid(key: PublicKey) -> bytes:
    """The curve's object identifier, its length in front."""
    return key.material[: 1 + key.material[0]]


def _exchange(key: PublicKey) -> tuple[bytes, bytes]:
    """(our ephemeral point, the shared secret) (§11.5); ValueError where the point is not on the curve."""
    start = 1 + key.material[0] + 2
    point = key.material[start:-4]
    if key.curve == "Curve25519":
        if len(point) != 33 or point[0] != 0x40:
            raise ValueError("no point in native form")
        private = x25519.X25519PrivateKey.generate()
        shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(point[1:]))
        return b"\x40" + private.public_key().public_bytes_raw(), shared
    if key.curve not in CURVES:
        raise UnsupportedAlgorithm(f"cannot encrypt to key {key.fingerprint}: its curve is not supported")
    curve = CURVES[key.curve]
    ours = ec.generate_private_key(curve)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    numbers, octets = ours.public_key().public_numbers(), (curve.key_size + 7) // 8
    encoded = b"\x04" + numbers.x.to_bytes(octets, "big") + numbers.y.to_bytes(octets, "big")
    return encoded, ours.exchange(ec.ECDH(), theirs)


def _padded(cipher: int, session_key: bytes) -> bytes:
    """§5.1.5: cipher, key and checksum, padded to whole blocks of eight octets as PKCS #5 does."""
    octets = bytes([cipher]) + session_key + (sum(session_key) & 0xFFFF).to_bytes(2, "big")
    padding = 8 - len(octets) % 8
    return octets + bytes([padding]) * padding

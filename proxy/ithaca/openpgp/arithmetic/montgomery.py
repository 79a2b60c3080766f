"""Session keys by X25519 and X448 (RFC 9580 §5.1.6, §5.1.7, §5.5.5.7, §5.5.5.8, RFC 7748).

The law of this file: every session key gets an ephemeral key of its own; a shared secret of zeros is refused.
"""

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import x448, x25519
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from ithaca.errors import OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp.arithmetic import session_block
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.symmetric import CIPHERS


@dataclass(frozen=True, slots=True)
class _Curve:
    octets: int
    private: Any
    public: Any
    hash: HashAlgorithm
    info: bytes
    wrapping: int
    """Octets of the key that wraps."""


_CURVES = {
    25: _Curve(32, x25519.X25519PrivateKey, x25519.X25519PublicKey, SHA256(), b"OpenPGP X25519", 16),
    26: _Curve(56, x448.X448PrivateKey, x448.X448PublicKey, SHA512(), b"OpenPGP X448", 32),
}


def _derive(curve: _Curve, ephemeral: bytes, recipient: bytes, shared: bytes) -> bytes:
    """§5.1.6: both public keys and the shared secret, through HKDF without salt."""
    key: bytes = HKDF(curve.hash, curve.wrapping, None, curve.info).derive(ephemeral + recipient + shared)
    return key


def wrap(key: PublicKey, session: SessionKey, version: int) -> bytes:
    """The algorithm-specific fields of a PKESK: ephemeral key, count, cipher in clear (version 3), wrapped key."""
    curve = _CURVES[key.algorithm]
    if version == 3 and CIPHERS[session.cipher].is_outdated:
        raise UnsupportedAlgorithm("these keys go with AES alone")
    ephemeral = curve.private.generate()
    ours: bytes = ephemeral.public_key().public_bytes_raw()
    try:
        shared = ephemeral.exchange(curve.public.from_public_bytes(key.material))
    except ValueError as error:
        raise OpenPGPError(f"cannot encrypt to key {key.fingerprint}: its point is none") from error
    wrapped = aes_key_wrap(_derive(curve, ours, key.material, shared), session.key)
    cipher = bytes([session.cipher]) if version == 3 else b""
    return ours + bytes([len(cipher) + len(wrapped)]) + cipher + wrapped


def unwrap(key: PublicKey, private: Any, fields: bytes, version: int) -> SessionKey | None:
    """The session key; None where it does not fit. Raises ValueError, `InvalidUnwrap`."""
    curve = _CURVES[key.algorithm]
    ephemeral, rest = fields[: curve.octets], fields[curve.octets :]
    start = 2 if version == 3 else 1
    if len(rest) < start + 24 or len(rest) != 1 + rest[0]:
        return None
    shared = private.exchange(curve.public.from_public_bytes(ephemeral))
    octets = aes_key_unwrap(_derive(curve, ephemeral, key.material, shared), rest[start:])
    # §5.1.6: a version 3 PKESK goes with AES alone here.
    if version == 3 and rest[1] not in (7, 8, 9):
        return None
    return session_block.named(rest[1] if version == 3 else 0, octets, version)


def private(key: PublicKey, secret: bytes) -> Any:
    """From the secret octets, which must belong to the public ones. Raises ValueError, `OpenPGPError`."""
    one = _CURVES[key.algorithm].private.from_private_bytes(secret)
    if one.public_key().public_bytes_raw() != key.material:
        raise OpenPGPError("the halves of a key do not belong together")
    return one


def generate(algorithm: int) -> Any:
    """A private key."""
    return _CURVES[algorithm].private.generate()

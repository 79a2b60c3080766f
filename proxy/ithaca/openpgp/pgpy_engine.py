"""The engine on PGPy and `cryptography`: own keys, and the arithmetic of one signature or session key.

The law of this file: PGPy sees single key packets whose version and algorithm were checked, and PKESK bodies
whose fields were; never armor, certificates, signatures or messages. Everything it raises is mapped here.
"""

import datetime
import functools
import threading
import warnings
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)

from ithaca.errors import Error, OpenPGPError, PassphraseError, UnsupportedAlgorithm
from ithaca.openpgp import ecdh, packets, pgpy_shim, public_key
from ithaca.openpgp.algorithms import KEY_LENGTH, key_refused
from ithaca.openpgp.ecdh import CURVES
from ithaca.openpgp.engine import SecretComponent, SessionKey
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.public_key import PublicKey, encode_mpi, mpi_end, mpis

pgpy: Any = pgpy_shim.pgpy
_constants: Any = pgpy.constants

KEY_LIFE = datetime.timedelta(days=3 * 365)
"""Keys made here expire after three years, so that a lost one does not stand for ever; it can be extended."""

_HASHES: dict[int, hashes.HashAlgorithm] = {
    2: hashes.SHA1(),  # noqa: S303 (old self-signatures; `algorithms.hash_refused` decides)
    8: hashes.SHA256(),
    9: hashes.SHA384(),
    10: hashes.SHA512(),
    11: hashes.SHA224(),
}
ECDH = 18


class Component:
    """One unlocked secret key; holds PGPy's key packet, and shows nothing of it."""

    def __init__(self, public: PublicKey, packet: Any) -> None:
        self.public = public
        self.packet = packet
        self.private = private = packet.keymaterial.__privkey__()
        # PGPy would build and check it anew, several times for each session key: a quarter of a second with RSA-3072,
        # and a letter from anybody may name a hundred hidden recipients.
        packet.keymaterial.__privkey__ = lambda: private
        self.lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<secret key {self.public.fingerprint}>"


class PgpyEngine:
    """See `ithaca.openpgp.engine.Engine`."""

    def verify(self, key: PublicKey, hash_algorithm: int, digest: bytes, fields: bytes) -> bool:
        """Does `fields` sign `digest`? Any malformed input is False."""
        check = _VERIFY.get(key.algorithm)
        if check is None or hash_algorithm not in _HASHES or key_refused(key):
            return False
        try:
            check(key, Prehashed(_HASHES[hash_algorithm]), digest, fields)
        except (InvalidSignature, ValueError, OpenPGPError):
            return False
        return True

    def sign(self, key: SecretComponent, hash_algorithm: int, digest: bytes) -> bytes:
        """The algorithm-specific octets of a signature over `digest`, verified before they leave."""
        component = _ours(key)
        with component.lock:
            fields = _SIGN[key.public.algorithm](component.private, Prehashed(_HASHES[hash_algorithm]), digest)
        if not self.verify(key.public, hash_algorithm, digest, fields):
            # A faulty signature can give the key away (Klima and Rosa, ePrint 2002/076).
            raise OpenPGPError("a signature of ours did not verify")
        return fields

    def encrypt(self, key: PublicKey, session_key: SessionKey, *, anonymous: bool = False) -> bytes:
        """The body of a PKESK v3 packet (§5.1.1)."""
        if key_refused(key):
            raise UnsupportedAlgorithm(f"cannot encrypt to key {key.fingerprint}")
        recipient = bytes(8) if anonymous else bytes.fromhex(key.key_id)
        if key.algorithm == ECDH:
            fields = ecdh.wrap(key, session_key.cipher, session_key.key)
            return bytes([3]) + recipient + bytes([ECDH]) + fields
        pkesk = pgpy.packet.packets.PKESessionKeyV3()
        pkesk.encrypter = bytearray(recipient)
        pkesk.pkalg = key.algorithm
        cipher = _constants.SymmetricKeyAlgorithm(session_key.cipher)
        _guarded(pkesk.encrypt_sk, _packet(key), cipher, session_key.key)
        return next(packets.split(bytes(pkesk.__bytearray__()))).body

    def decrypt(self, key: SecretComponent, pkesk: bytes) -> SessionKey | None:
        """The session key inside a PKESK v3 body; None for every kind of failure (RFC 9580 §13.4)."""
        component = _ours(key)
        if len(pkesk) < 12 or pkesk[0] != 3 or pkesk[9] != key.public.algorithm or key.public.algorithm not in _OPEN:
            return None
        if not _OPEN[key.public.algorithm](pkesk[10:]):
            return None
        try:
            with component.lock:
                packet = pgpy.packet.Packet(bytearray(packets.encode(Tag.PKESK, pkesk)))
                cipher, octets = packet.decrypt_sk(component.packet)
        except Exception:  # noqa: BLE001 (PGPy raises a dozen kinds; which one must not be told)
            return None
        if KEY_LENGTH.get(int(cipher)) != len(octets):
            return None
        return SessionKey(int(cipher), bytes(octets))

    def unlock(self, packet: bytes, passphrase: bytes | None) -> Component:
        """Unlock one secret key or subkey packet; see `Engine.unlock`."""
        parsed = next(packets.split(packet))
        public = public_key.parse(parsed.body, subkey=parsed.tag == Tag.SECRET_SUBKEY)
        refused = key_refused(public)
        if refused:
            raise UnsupportedAlgorithm(f"the secret key {public.fingerprint} is not supported: {refused}")
        protected = _protection(parsed.body, len(public.body), public)
        if protected and passphrase is None:
            raise PassphraseError(f"The secret key {public.fingerprint} needs a passphrase.")
        key = _guarded(pgpy.packet.Packet, bytearray(packets.encode(parsed.tag, parsed.body)))
        if protected:
            try:
                key.unprotect(passphrase)
            except Exception as error:
                raise PassphraseError(f"The passphrase does not open the secret key {public.fingerprint}.") from error
        component: Component = _guarded(Component, public, key)
        if not _halves_match(component):
            raise OpenPGPError(f"the public and the secret half of key {public.fingerprint} do not belong together")
        return component

    def generate(self, user_id: str, passphrase: bytes, created: datetime.datetime) -> bytes:
        """A new transferable secret key; see `Engine.generate`. Expires after `KEY_LIFE`."""
        c = _constants
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            key = pgpy.PGPKey.new(c.PubKeyAlgorithm.EdDSA, c.EllipticCurveOID.Ed25519, created=created)
            subkey = pgpy.PGPKey.new(c.PubKeyAlgorithm.ECDH, c.EllipticCurveOID.Curve25519, created=created)
            key.add_uid(
                pgpy.PGPUID.new(user_id),
                created=created,
                usage={c.KeyFlags.Certify, c.KeyFlags.Sign},
                hashes=[c.HashAlgorithm.SHA256, c.HashAlgorithm.SHA512, c.HashAlgorithm.SHA384],
                ciphers=[c.SymmetricKeyAlgorithm.AES256, c.SymmetricKeyAlgorithm.AES128],
                compression=[c.CompressionAlgorithm.Uncompressed],
                key_expiration=KEY_LIFE,
                hash=c.HashAlgorithm.SHA256,
            )
            usage = {c.KeyFlags.EncryptCommunications, c.KeyFlags.EncryptStorage}
            key.add_subkey(subkey, usage=usage, created=created, hash=c.HashAlgorithm.SHA256)
            key.protect(passphrase, c.SymmetricKeyAlgorithm.AES256, c.HashAlgorithm.SHA256)
            return bytes(key)


def _ours(key: SecretComponent) -> Component:
    if not isinstance(key, Component):
        raise TypeError("a secret key of another engine")
    return key


def _guarded(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call into PGPy: whatever it raises becomes one error of ours."""
    try:
        return function(*arguments)
    except Error:
        raise
    except Exception as error:
        raise OpenPGPError(f"PGPy cannot do this ({type(error).__name__})") from error


@functools.lru_cache(maxsize=1024)
def _packet(key: PublicKey) -> Any:
    """PGPy's form of a key, which encrypting only reads; making it costs as much as the arithmetic."""
    tag = Tag.PUBLIC_SUBKEY if key.subkey else Tag.PUBLIC_KEY
    return _guarded(pgpy.packet.Packet, bytearray(packets.encode(tag, key.body)))


def _protection(body: bytes, at: int, public: PublicKey) -> bool:
    """Is the secret part protected (§3.7.2.1)? Refuses what PGPy would silently take for unprotected."""
    rest = body[at:]
    if not rest:
        raise OpenPGPError(f"the secret key {public.fingerprint} has no secret part")
    if rest[0] == 0:
        return False
    if rest[0] not in (254, 255) or len(rest) < 3:
        raise UnsupportedAlgorithm(
            f"the secret key {public.fingerprint} is protected in a way that is not supported; "
            "protect it again with GnuPG 2.2 or sq and import it"
        )
    if rest[2] not in (0, 1, 3):
        raise UnsupportedAlgorithm(f"the secret part of key {public.fingerprint} is not in this file")
    return True


# --- arithmetic --------------------------------------------------------------------------------------


def _point(key: PublicKey) -> bytes:
    """The octets of the public point, behind the curve's object identifier (§9.2)."""
    start = 1 + key.material[0]
    _, end = mpi_end(key.material, start)
    return key.material[start + 2 : end]


def _native(key: PublicKey) -> bytes:
    """The point of a curve in native form: 0x40 in front (RFC 9580 §9.2.1)."""
    point = _point(key)
    if len(point) != 33 or point[0] != 0x40:
        raise OpenPGPError("malformed point")
    return point[1:]


def _rsa_numbers(key: PublicKey) -> rsa.RSAPublicNumbers:
    n, e = mpis(key.material, 2)
    return rsa.RSAPublicNumbers(int.from_bytes(e, "big"), int.from_bytes(n, "big"))


def _verify_rsa(key: PublicKey, hashed: Prehashed, digest: bytes, fields: bytes) -> None:
    public = _rsa_numbers(key).public_key()
    (signature,) = mpis(fields, 1)
    public.verify(signature.rjust((public.key_size + 7) // 8, b"\0"), digest, padding.PKCS1v15(), hashed)


def _verify_ecdsa(key: PublicKey, hashed: Prehashed, digest: bytes, fields: bytes) -> None:
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[key.curve or ""], _point(key))
    r, s = mpis(fields, 2)
    encoded = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    public.verify(encoded, digest, ec.ECDSA(hashed))


def _verify_eddsa(key: PublicKey, _hashed: Prehashed, digest: bytes, fields: bytes) -> None:
    public = ed25519.Ed25519PublicKey.from_public_bytes(_native(key))
    r, s = mpis(fields, 2)
    if len(r) > 32 or len(s) > 32:
        raise InvalidSignature
    public.verify(r.rjust(32, b"\0") + s.rjust(32, b"\0"), digest)


def _sign_rsa(private: rsa.RSAPrivateKey, hashed: Prehashed, digest: bytes) -> bytes:
    return encode_mpi(private.sign(digest, padding.PKCS1v15(), hashed))


def _sign_ecdsa(private: ec.EllipticCurvePrivateKey, hashed: Prehashed, digest: bytes) -> bytes:
    numbers = decode_dss_signature(private.sign(digest, ec.ECDSA(hashed)))
    return b"".join(encode_mpi(n.to_bytes((n.bit_length() + 7) // 8, "big")) for n in numbers)


def _sign_eddsa(private: ed25519.Ed25519PrivateKey, _hashed: Prehashed, digest: bytes) -> bytes:
    signature = private.sign(digest)
    return encode_mpi(signature[:32]) + encode_mpi(signature[32:])


_VERIFY: dict[int, Callable[[PublicKey, Prehashed, bytes, bytes], None]] = {
    1: _verify_rsa,
    3: _verify_rsa,
    19: _verify_ecdsa,
    22: _verify_eddsa,
}
_SIGN: dict[int, Callable[[Any, Prehashed, bytes], bytes]] = {
    1: _sign_rsa,
    3: _sign_rsa,
    19: _sign_ecdsa,
    22: _sign_eddsa,
}


def _is_rsa_ciphertext(fields: bytes) -> bool:
    return _ends_at(fields, 0)


def _is_ecdh_ciphertext(fields: bytes) -> bool:
    """An ephemeral point, then a counted wrapped key (§5.1.5)."""
    try:
        _, end = mpi_end(fields, 0)
    except OpenPGPError:
        return False
    return end < len(fields) and len(fields) == end + 1 + fields[end]


def _ends_at(fields: bytes, start: int) -> bool:
    try:
        return mpi_end(fields, start)[1] == len(fields)
    except OpenPGPError:
        return False


_OPEN: dict[int, Callable[[bytes], bool]] = {
    1: _is_rsa_ciphertext,
    2: _is_rsa_ciphertext,
    18: _is_ecdh_ciphertext,
}


def _halves_match(component: Component) -> bool:
    """Bruseghini, Huigens and Paterson, CCS 2022: a key file with altered public parameters leaks the secret."""
    key, private = component.public, component.private
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return public.public_numbers() == _rsa_numbers(key)
    if isinstance(public, (ed25519.Ed25519PublicKey, x25519.X25519PublicKey)):
        return public.public_bytes_raw() == _native(key)
    if isinstance(public, ec.EllipticCurvePublicKey):
        # Derived anew: the key object carries whatever public point the file named.
        secret = private.private_numbers().private_value
        derived = ec.derive_private_key(secret, CURVES[key.curve or ""]).public_key()
        stated = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[key.curve or ""], _point(key))
        return derived.public_numbers() == stated.public_numbers()
    return False

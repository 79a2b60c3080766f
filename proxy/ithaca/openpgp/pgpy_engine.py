"""The engine on PGPy and `cryptography`: own keys, and the arithmetic of one signature or session key.

The law of this file: PGPy makes the key material of version 4 keys of our own; it never sees a foreign octet.
Everything it raises is mapped here. What it lacks (version 6, AEAD, Argon2, the curves of RFC 9580) is ours, in
`arithmetic` and `protection`.
"""

import datetime
import threading
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm as NotInThisOpenSSL
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from ithaca.errors import Error, MalformedPacket, OpenPGPError, PassphraseError, UnsupportedAlgorithm
from ithaca.openpgp import arithmetic, packets, protection, public_key
from ithaca.openpgp.algorithms import CURVES_OF, STRONG_HASHES, PublicKeyAlgorithm, key_refused
from ithaca.openpgp.arithmetic import ecdh, edwards, montgomery, rsa, weierstrass
from ithaca.openpgp.engine import KeyKind, SecretComponent, SessionKey
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.public_key import PublicKey

_HASHES: dict[int, hashes.HashAlgorithm] = {
    2: hashes.SHA1(),  # noqa: S303 (old self-signatures; `algorithms.hash_refused` decides)
    8: hashes.SHA256(),
    9: hashes.SHA384(),
    10: hashes.SHA512(),
    11: hashes.SHA224(),
    12: hashes.SHA3_256(),
    14: hashes.SHA3_512(),
}
MOST_RSA_BITS = 16384
"""Of a secret key of our own: beyond it one letter would burn seconds."""
MADE_BITS = range(1024, 8193)
"""Of a modulus that can be made here; which lengths people are offered is decided in `own_keys`."""


class Component:
    """One unlocked secret key; shows nothing of it."""

    __slots__ = ("lock", "private", "public", "secret")

    def __init__(self, public: PublicKey, secret: bytes) -> None:
        self.public = public
        self.secret = secret
        """The secret material, as its packet has it (RFC 9580 §5.5.5)."""
        self.private: Any = _private(public, secret)
        self.lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<secret key {self.public.fingerprint}>"


def _private(public: PublicKey, secret: bytes) -> Any:
    """The library's form; refuses halves that do not belong together."""
    make = arithmetic.PRIVATE.get(public.algorithm)
    if make is None:
        raise UnsupportedAlgorithm(f"the secret key {public.fingerprint} is of an algorithm that is not supported")
    if public.algorithm in (1, 2, 3, 16, 17) and (public.bits or 0) > MOST_RSA_BITS:
        raise UnsupportedAlgorithm(f"the secret key {public.fingerprint} is too long to be used")
    try:
        if public.version == 6:
            public_key.exact_integers(secret, arithmetic.SECRET_INTEGERS.get(public.algorithm, 0))
        return make(public, secret)
    except (ValueError, OverflowError, ZeroDivisionError, MalformedPacket) as error:
        raise OpenPGPError(f"the secret key {public.fingerprint} is damaged") from error
    except UnsupportedAlgorithm:
        raise
    except OpenPGPError as error:
        text = f"the public and the secret half of key {public.fingerprint} do not belong together"
        raise OpenPGPError(text) from error


class PgpyEngine:
    """See `ithaca.openpgp.engine.Engine`."""

    def verify(self, key: PublicKey, hash_algorithm: int, digest: bytes, fields: bytes) -> bool:
        """Does `fields` sign `digest`? Any malformed input is False."""
        check, hashed = arithmetic.VERIFY.get(key.algorithm), _HASHES.get(hash_algorithm)
        if check is None or hashed is None or len(digest) != hashed.digest_size or key_refused(key):
            return False
        try:
            if key.version == 6:
                public_key.exact_integers(fields, arithmetic.SIGNATURE_INTEGERS.get(key.algorithm, 0))
            check(key, Prehashed(hashed), digest, fields)
        except (InvalidSignature, NotInThisOpenSSL, ValueError, OverflowError, OpenPGPError):
            return False
        return True

    def sign(self, key: SecretComponent, hash_algorithm: int, digest: bytes) -> bytes:
        """The algorithm-specific octets of a signature over `digest`, verified before they leave."""
        component = _ours(key)
        make = arithmetic.SIGN.get(key.public.algorithm)
        refused = key_refused(key.public)
        if make is None or refused:
            raise UnsupportedAlgorithm(f"the key {key.public.fingerprint} cannot sign: {refused or 'old algorithm'}")
        if hash_algorithm not in STRONG_HASHES or len(digest) != _HASHES[hash_algorithm].digest_size:
            # §9.5: MUST NOT sign with MD5, SHA-1 or RIPEMD-160.
            raise UnsupportedAlgorithm(f"nothing is signed with hash algorithm {hash_algorithm}")
        with component.lock:
            fields = make(component.private, Prehashed(_HASHES[hash_algorithm]), digest)
        if not self.verify(key.public, hash_algorithm, digest, fields):
            # A faulty signature can give the key away (Klima and Rosa, ePrint 2002/076).
            raise OpenPGPError("a signature of ours did not verify")
        return fields

    def encrypt(self, key: PublicKey, session_key: SessionKey, *, version: int = 3, anonymous: bool = False) -> bytes:
        """The body of a PKESK packet; see `Engine.encrypt`."""
        refused = key_refused(key)
        if refused:
            raise UnsupportedAlgorithm(f"cannot encrypt to key {key.fingerprint}: {refused}")
        try:
            fields = arithmetic.encrypt(key, session_key, version)
        except (ValueError, NotInThisOpenSSL) as error:
            raise OpenPGPError(f"cannot encrypt to key {key.fingerprint}") from error
        return _recipient(key, version, anonymous) + bytes([key.algorithm]) + fields

    def decrypt(self, key: SecretComponent, pkesk: bytes) -> SessionKey | None:
        """The session key inside a PKESK body; None for every kind of failure (RFC 9580 §13.4)."""
        component = _ours(key)
        version = pkesk[0] if pkesk else 0
        start = {3: 9, 6: 2 + pkesk[1] if len(pkesk) > 1 else 0}.get(version, 0)
        if not start or pkesk[start : start + 1] != bytes([key.public.algorithm]):
            return None
        try:
            if version == 6:
                integers = arithmetic.SESSION_KEY_INTEGERS.get(key.public.algorithm, 0)
                public_key.exact_integers(pkesk[start + 1 :], integers)
            with component.lock:
                return arithmetic.decrypt(key.public, component.private, pkesk[start + 1 :], version)
        except Exception:  # noqa: BLE001 (a dozen kinds; which one must not be told)
            return None

    def unlock(self, packet: bytes, passphrase: bytes | None) -> Component:
        """Unlock one secret key or subkey packet; see `Engine.unlock`."""
        parsed = next(packets.split(packet, most_packets=1), None)
        if parsed is None or parsed.tag not in (Tag.SECRET_KEY, Tag.SECRET_SUBKEY):
            raise MalformedPacket("no secret key packet", 0)
        tag = Tag(parsed.tag)
        public = public_key.parse(parsed.body, subkey=tag == Tag.SECRET_SUBKEY)
        secret = protection.split(public, parsed.body)
        if secret.is_protected and passphrase is None:
            raise PassphraseError(f"The secret key {public.fingerprint} needs a passphrase.")
        return Component(public, protection.unlock(secret, public, tag, passphrase))

    def lock(self, key: SecretComponent, passphrase: bytes | None, *, random: Callable[[int], bytes]) -> bytes:
        """The packet of an unlocked key; see `Engine.lock`. It is opened again before it leaves."""
        component = _ours(key)
        tag = Tag.SECRET_SUBKEY if key.public.subkey else Tag.SECRET_KEY
        packet = packets.encode(tag, protection.lock(key.public, tag, component.secret, passphrase, random))
        if self.unlock(packet, passphrase).secret != component.secret:
            raise OpenPGPError("a secret key of ours did not open again")
        return packet

    def generate_key(self, kind: KeyKind, created: int, *, version: int = 4, subkey: bool = False) -> Component:
        """New key material; see `Engine.generate_key`. Version 4 comes from PGPy's own key objects."""
        if not _can_be_made(kind) or not 0 <= created < 1 << 32:
            raise UnsupportedAlgorithm(f"no keys of algorithm {kind.algorithm} are made in this way")
        private = _made_by_pgpy(kind, created) if version == 4 else _made(kind)
        if private is None:
            raise UnsupportedAlgorithm(f"no keys of algorithm {kind.algorithm} and version {version} are made")
        material = _MATERIAL[kind.algorithm](private, kind)
        public = public_key.encode(version, created, kind.algorithm, material, subkey=subkey)
        return Component(public, arithmetic.SECRET[kind.algorithm](private))


def _ours(key: SecretComponent) -> Component:
    if not isinstance(key, Component):
        raise TypeError("a secret key of another engine")
    return key


def _recipient(key: PublicKey, version: int, anonymous: bool) -> bytes:
    """Version and recipient of a PKESK: key ID (§5.1.1), or version and fingerprint behind their count (§5.1.2)."""
    if version == 3:
        return b"\x03" + (bytes(8) if anonymous else bytes.fromhex(key.key_id))
    named = b"" if anonymous else bytes([key.version]) + key.fingerprint_octets
    return bytes([6, len(named)]) + named


# --- making keys -------------------------------------------------------------------------------------

_PGPY_CURVES = {
    "Ed25519": "Ed25519",
    "Curve25519": "Curve25519",
    "P-256": "NIST_P256",
    "P-384": "NIST_P384",
    "P-521": "NIST_P521",
    "brainpoolP256r1": "Brainpool_P256",
    "brainpoolP384r1": "Brainpool_P384",
    "brainpoolP512r1": "Brainpool_P512",
}
_PGPY_ALGORITHMS = {1: "RSAEncryptOrSign", 18: "ECDH", 19: "ECDSA", 22: "EdDSA"}


def _can_be_made(kind: KeyKind) -> bool:
    """Is there such a key: do algorithm and curve go together (RFC 9580 §9.2)?"""
    if kind.algorithm == PublicKeyAlgorithm.RSA:
        return kind.bits in MADE_BITS
    if kind.algorithm in CURVES_OF:
        return kind.curve in CURVES_OF[kind.algorithm]
    return kind.algorithm in _MATERIAL


def _pgpy() -> Any:
    """PGPy: it takes long to load, and only making a key needs it."""
    from ithaca.openpgp import pgpy_shim  # noqa: PLC0415

    return pgpy_shim.pgpy


def _made_by_pgpy(kind: KeyKind, created: int) -> Any:
    """A private key as PGPy makes it, taken out of its key object; of the newer algorithms it knows nothing."""
    name = _PGPY_ALGORITHMS.get(kind.algorithm)
    if name is None:
        return _made(kind)
    pgpy = _pgpy()
    size = kind.bits
    if kind.algorithm != PublicKeyAlgorithm.RSA:
        size = getattr(pgpy.constants.EllipticCurveOID, _PGPY_CURVES[kind.curve or ""])
    when = datetime.datetime.fromtimestamp(created, datetime.UTC)
    key = _guarded(pgpy.PGPKey.new, getattr(pgpy.constants.PubKeyAlgorithm, name), size, created=when)
    return _guarded(key._key.keymaterial.__privkey__)  # noqa: SLF001 (PGPy offers no other way)


def _made(kind: KeyKind) -> Any:
    """Without PGPy, by `cryptography`."""
    if kind.algorithm in (25, 26):
        return montgomery.generate(kind.algorithm)
    if kind.algorithm == 27:
        return ed25519.Ed25519PrivateKey.generate()
    if kind.algorithm == 28:
        return ed448.Ed448PrivateKey.generate()
    if kind.algorithm == PublicKeyAlgorithm.RSA:
        return rsa.generate(kind.bits or 0)
    if kind.algorithm in (18, 19):
        return ecdh.generate(kind.curve or "")
    return None


_MATERIAL: dict[int, Callable[[Any, KeyKind], bytes]] = {
    1: lambda private, _kind: rsa.material(private),
    18: lambda private, kind: ecdh.material(private, kind.curve or ""),
    19: lambda private, kind: weierstrass.material(private, kind.curve or ""),
    22: lambda private, _kind: edwards.material_legacy(private),
    25: lambda private, _kind: private.public_key().public_bytes_raw(),
    26: lambda private, _kind: private.public_key().public_bytes_raw(),
    27: lambda private, _kind: private.public_key().public_bytes_raw(),
    28: lambda private, _kind: private.public_key().public_bytes_raw(),
}


def _guarded(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call into PGPy: whatever it raises becomes one error of ours."""
    try:
        return function(*arguments, **named)
    except Error:
        raise
    except Exception as error:
        raise OpenPGPError(f"PGPy cannot do this ({type(error).__name__})") from error

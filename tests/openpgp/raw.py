"""An OpenPGP builder that shares no code with the package: certificates and signatures of any shape, sound or not."""

import hashlib
import os
import struct

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519

from openpgp import numbers

ED25519_OID = bytes.fromhex("092b06010401da470f01")
CV25519_OID = bytes.fromhex("0a2b060104019755010501")
P256_OID = bytes.fromhex("082a8648ce3d030107")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
HASHES = {1: "md5", 2: "sha1", 3: "ripemd160", 8: "sha256", 10: "sha512"}
SALTS = {8: 16, 10: 32}
DIGEST_INFO = {
    1: bytes.fromhex("3020300c06082a864886f70d020505000410"),
    2: bytes.fromhex("3021300906052b0e03021a05000414"),
    3: bytes.fromhex("3021300906052b2403020105000414"),
    8: bytes.fromhex("3031300d060960864801650304020105000420"),
    10: bytes.fromhex("3051300d060960864801650304020305000440"),
}


def packet(tag, body):
    size = len(body)
    if size < 192:
        length = bytes([size])
    elif size < 8384:
        length = bytes([192 + ((size - 192) >> 8), (size - 192) & 255])
    else:
        length = b"\xff" + struct.pack(">I", size)
    return bytes([0xC0 | tag]) + length + body


def mpi(value):
    number = int.from_bytes(value, "big")
    return struct.pack(">H", number.bit_length()) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def number(value):
    return mpi(value.to_bytes((value.bit_length() + 7) // 8 or 1, "big"))


def sub(kind, data, critical=False):
    size = len(data) + 1
    length = bytes([size]) if size < 192 else b"\xff" + u32(size)
    return length + bytes([kind | (0x80 if critical else 0)]) + data


def u32(number):
    return struct.pack(">I", number)


class Key:
    """A key of any of `KINDS`, as sound as its maker says.

    Without a `seed` its secret is random; with one, key and signatures are the same at every run. `material`: other
    public material than the secret's, for keys that are none.
    """

    def __init__(self, created, *, encrypting=False, kind=None, seed=None, version=4, algorithm=None, material=None):
        self.created = created
        self.version = version
        make = KINDS[kind or ("cv25519" if encrypting else "ed25519")]
        native, own, self._fields, self.private = make(os.urandom(32) if seed is None else _seeded(seed))
        self.algorithm = native if algorithm is None else algorithm
        own = own if material is None else material
        count = u32(len(own)) if version == 6 else b""
        self.body = bytes([version]) + u32(created) + bytes([self.algorithm]) + count + own

    @property
    def hashed(self):
        if self.version == 6:
            return b"\x9b" + u32(len(self.body)) + self.body
        return b"\x99" + struct.pack(">H", len(self.body)) + self.body

    @property
    def fingerprint(self):
        return (hashlib.sha256 if self.version == 6 else hashlib.sha1)(self.hashed).digest()

    @property
    def key_id(self):
        return self.fingerprint[:8] if self.version == 6 else self.fingerprint[-8:]

    def sign(
        self,
        kind,
        data,
        created,
        *,
        hashed=b"",
        unhashed=b"",
        hash_id=8,
        time=True,
        issuer=None,
        algorithm=None,
        version=None,
        named=True,
        salt=None,
    ):
        """The body of a signature over `data`; `named`: with the issuer in it."""
        version = self.version if version is None else version
        algorithm = self.algorithm if algorithm is None else algorithm
        fingerprint = self.fingerprint if issuer is None else issuer
        if version == 3:
            timed = bytes([kind]) + u32(created)
            digest = hashlib.new(HASHES[hash_id], data + timed).digest()
            head = b"\x03\x05" + timed + fingerprint[-8:] + bytes([algorithm, hash_id])
            return head + digest[:2] + self._fields(hash_id, digest)
        area = (sub(2, u32(created)) if time else b"") + hashed
        if named:
            area += sub(33, bytes([self.version]) + fingerprint)
        wide = ">I" if version == 6 else ">H"
        head = bytes([version, kind, algorithm, hash_id]) + struct.pack(wide, len(area)) + area
        salt = b"" if version != 6 else hashlib.sha512(data + head).digest()[: SALTS[hash_id]] if salt is None else salt
        digest = hashlib.new(HASHES[hash_id], salt + data + head + _trailer(version, len(head))).digest()
        if version != 6 and named:
            unhashed += sub(16, fingerprint[-8:])
        salted = bytes([len(salt)]) + salt if version == 6 else b""
        area = struct.pack(wide, len(unhashed)) + unhashed
        return head + area + digest[:2] + salted + self._fields(hash_id, digest)

    def secret_packet(self, *, subkey=False):
        """Its secret key packet, unprotected (version 4)."""
        secret = self._fields.secret
        checksum = struct.pack(">H", sum(secret) & 0xFFFF) if self.version == 4 else b""
        return packet(7 if subkey else 5, self.body + b"\0" + secret + checksum)


def _trailer(version, count):
    # A version 5 signature of a document also hashes the literal packet's metadata, here empty, and counts in 8 octets.
    if version == 5:
        return bytes(6) + b"\x05\xff" + bytes(4) + u32(count)
    return bytes([version]) + b"\xff" + u32(count)


def _seeded(seed):
    return hashlib.sha256(seed.encode()).digest()


class Fields:
    """Makes the algorithm-specific fields of a signature; holds those of the secret key."""

    def __init__(self, sign, secret):
        self._sign = sign
        self.secret = secret

    def __call__(self, hash_id, digest):
        return self._sign(hash_id, digest)


def _no_signature(hash_id, digest):
    return mpi(digest) + mpi(digest)


def _ed25519(seed):
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    point = private.public_key().public_bytes_raw()

    def sign(hash_id, digest):
        signed = private.sign(digest)
        return mpi(signed[:32]) + mpi(signed[32:])

    return 22, ED25519_OID + mpi(b"\x40" + point), Fields(sign, mpi(seed)), private


def _cv25519(seed):
    private = x25519.X25519PrivateKey.from_private_bytes(seed)
    point = private.public_key().public_bytes_raw()
    clamped = bytes([seed[0] & 248]) + seed[1:31] + bytes([seed[31] & 127 | 64])
    material = CV25519_OID + mpi(b"\x40" + point) + b"\x03\x01\x08\x07"
    return 18, material, Fields(_no_signature, mpi(clamped[::-1])), private


def _native_ed25519(seed):
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    fields = Fields(lambda hash_id, digest: private.sign(digest), seed)
    return 27, private.public_key().public_bytes_raw(), fields, private


def _native_x25519(seed):
    private = x25519.X25519PrivateKey.from_private_bytes(seed)
    fields = Fields(lambda hash_id, digest: digest, seed)
    return 25, private.public_key().public_bytes_raw(), fields, private


def _rsa(bits, exponent=65537):
    def make(seed):
        p, q = numbers.RSA_PRIMES[bits]
        modulus = p * q
        d = pow(exponent, -1, (p - 1) * (q - 1)) if exponent & 1 else 1
        size = (modulus.bit_length() + 7) // 8

        def sign(hash_id, digest):
            info = DIGEST_INFO[hash_id] + digest
            padded = b"\0\x01" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
            return number(pow(int.from_bytes(padded, "big"), d, modulus))

        secret = number(d) + number(p) + number(q) + number(pow(p, -1, q))
        return 1, number(modulus) + number(exponent), Fields(sign, secret), (modulus, d, size)

    return make


def _p256(seed):
    d = int.from_bytes(seed, "big") % (P256_ORDER - 1) + 1

    def sign(hash_id, digest):
        # The nonce comes from the digest and the secret, so that the signature is the same at every run (RFC 6979).
        nonce = int.from_bytes(hashlib.sha256(seed + digest).digest(), "big") % (P256_ORDER - 1) + 1
        r = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers().x % P256_ORDER
        s = pow(nonce, -1, P256_ORDER) * (int.from_bytes(digest[:32], "big") + r * d) % P256_ORDER
        return number(r) + number(s)

    private = ec.derive_private_key(d, ec.SECP256R1())
    point = private.public_key().public_numbers()
    material = P256_OID + mpi(b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big"))
    return 19, material, Fields(sign, number(d)), private


def _dsa(bits):
    def make(seed):
        p, q, g = numbers.DSA[bits]
        x = int.from_bytes(seed, "big") % (q - 1) + 1

        def sign(hash_id, digest):
            nonce = int.from_bytes(hashlib.sha256(seed + digest).digest(), "big") % (q - 1) + 1
            r = pow(g, nonce, p) % q
            z = int.from_bytes(digest[: q.bit_length() // 8], "big")
            return number(r) + number(pow(nonce, -1, q) * (z + x * r) % q)

        return 17, number(p) + number(q) + number(g) + number(pow(g, x, p)), Fields(sign, number(x)), x

    return make


def _elgamal(seed):
    p, _, g = numbers.DSA[2048]
    x = int.from_bytes(seed, "big")
    y = pow(g, x, p)
    return 16, number(p) + number(g) + number(y), Fields(_no_signature, number(x)), (p, g, y)


KINDS = {
    "ed25519": _ed25519,
    "cv25519": _cv25519,
    "native ed25519": _native_ed25519,
    "native x25519": _native_x25519,
    "rsa1024": _rsa(1024),
    "rsa2048": _rsa(2048),
    "rsa2048 e=1": _rsa(2048, 1),
    "rsa2048 e=2": _rsa(2048, 2),
    "p256": _p256,
    "dsa1024": _dsa(1024),
    "dsa2048": _dsa(2048),
    "elgamal2048": _elgamal,
}


def user_id_hashed(text):
    return b"\xb4" + u32(len(text)) + text


def user_id(primary, text, created, *, flags=3, expires=None, hashed=b"", hash_id=8, signer=None, kind=0x13):
    """A User ID packet with its self-signature."""
    area = sub(27, bytes([flags])) + (sub(9, u32(expires)) if expires is not None else b"") + hashed
    body = (signer or primary).sign(
        kind,
        primary.hashed + user_id_hashed(text),
        created,
        hashed=area,
        hash_id=hash_id,
        issuer=primary.fingerprint,
    )
    return packet(13, text) + packet(2, body)


def subkey(
    primary,
    key,
    created,
    *,
    flags=12,
    expires=None,
    back=None,
    hash_id=8,
    signer=None,
    extra=b"",
    unhashed_flags=False,
):
    """A subkey packet with its binding; `back`: the body of an embedded back-signature."""
    flag_packet = sub(27, bytes([flags]))
    area = (b"" if unhashed_flags else flag_packet) + (sub(9, u32(expires)) if expires is not None else b"") + extra
    unhashed = flag_packet if unhashed_flags else b""
    if back is not None:
        unhashed += b"\xff" + u32(len(back) + 1) + bytes([32]) + back
    body = (signer or primary).sign(
        0x18,
        primary.hashed + key.hashed,
        created,
        hashed=area,
        unhashed=unhashed,
        hash_id=hash_id,
        issuer=primary.fingerprint,
    )
    return packet(14, key.body) + packet(2, body)


def revocation(primary, kind, data, created, code, *, signer=None):
    reason = sub(29, bytes([code]) + b"because") if code is not None else b""
    return packet(2, (signer or primary).sign(kind, data, created, hashed=reason, issuer=primary.fingerprint))

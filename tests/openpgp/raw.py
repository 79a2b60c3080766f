"""An OpenPGP builder that shares no code with the package: certificates and signatures of any shape, sound or not."""

import hashlib
import struct

from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

ED25519_OID = bytes.fromhex("092b06010401da470f01")
CV25519_OID = bytes.fromhex("0a2b060104019755010501")
HASHES = {1: "md5", 2: "sha1", 8: "sha256", 10: "sha512"}


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


def sub(kind, data, critical=False):
    return bytes([len(data) + 1, kind | (0x80 if critical else 0)]) + data


def u32(number):
    return struct.pack(">I", number)


class Key:
    """An Ed25519 signing key or a Curve25519 encryption key."""

    def __init__(self, created, *, encrypting=False):
        self.created = created
        if encrypting:
            self.private = x25519.X25519PrivateKey.generate()
            point = self.private.public_key().public_bytes_raw()
            self.body = b"\x04" + u32(created) + b"\x12" + CV25519_OID + mpi(b"\x40" + point) + b"\x03\x01\x08\x07"
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()
            point = self.private.public_key().public_bytes_raw()
            self.body = b"\x04" + u32(created) + b"\x16" + ED25519_OID + mpi(b"\x40" + point)

    @property
    def hashed(self):
        return b"\x99" + struct.pack(">H", len(self.body)) + self.body

    @property
    def fingerprint(self):
        return hashlib.sha1(self.hashed).digest()

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
        algorithm=22,
    ):
        """The body of a signature over `data`."""
        area = (sub(2, u32(created)) if time else b"") + hashed
        fingerprint = self.fingerprint if issuer is None else issuer
        area += sub(33, b"\x04" + fingerprint)
        head = bytes([4, kind, algorithm, hash_id]) + struct.pack(">H", len(area)) + area
        digest = hashlib.new(HASHES[hash_id], data + head + b"\x04\xff" + u32(len(head))).digest()
        signed = self.private.sign(digest)
        unhashed += sub(16, fingerprint[-8:])
        fields = mpi(signed[:32]) + mpi(signed[32:])
        return head + struct.pack(">H", len(unhashed)) + unhashed + digest[:2] + fields


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

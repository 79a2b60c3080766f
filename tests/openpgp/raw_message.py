"""Messages packet by packet, sound or not, by the builder that shares no code with the package."""

import hashlib
import hmac
import struct

from cryptography.hazmat.decrepit.ciphers import algorithms as outdated
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from openpgp.raw import CV25519_OID, mpi, number, packet, u32

NONCE = {2: 15, 3: 12}
BLOCK_CIPHERS = {
    1: outdated.IDEA,
    2: outdated.TripleDES,
    3: outdated.CAST5,
    4: outdated.Blowfish,
    7: algorithms.AES,
    8: algorithms.AES,
    9: algorithms.AES,
    13: outdated.Camellia,
}
"""By number (RFC 9580 §9.3)."""
_CURVE25519 = 18
_X25519 = 25


def literal(data, *, name=b"", mode=b"b", time=0):
    return packet(11, mode + bytes([len(name)]) + name + u32(time) + data)


def one_pass(key, *, kind=0, hash_id=8, algorithm=None, last=True, issuer=None, version=3, salt=b""):
    algorithm = key.algorithm if algorithm is None else algorithm
    head = bytes([version, kind, hash_id, algorithm])
    if version == 6:
        return packet(4, head + bytes([len(salt)]) + salt + (issuer or key.fingerprint) + bytes([last]))
    return packet(4, head + (issuer or key.fingerprint[-8:]) + bytes([last]))


def signed(key, data, created, *, one_pass_more=None, **more):
    """One-pass packet, literal packet and signature."""
    kind = more.get("kind", 0)
    hash_id = more.get("hash_id", 8)
    announced = {"kind": kind, "hash_id": hash_id, **(one_pass_more or {})}
    more.pop("kind", None)
    return one_pass(key, **announced) + literal(data) + packet(2, key.sign(kind, data, created, **more))


def stored(data):
    """Zlib data without any compression, the same whatever library is installed."""
    import zlib

    blocks = [data[i : i + 65535] for i in range(0, len(data), 65535)] or [b""]
    out = b"\x78\x01"
    for at, block in enumerate(blocks):
        last = bytes([at + 1 == len(blocks)])
        out += last + struct.pack("<HH", len(block), len(block) ^ 0xFFFF) + block
    return out + struct.pack(">I", zlib.adler32(data))


def compressed(data, algorithm=2):
    return packet(8, bytes([algorithm]) + (stored(data) if algorithm == 2 else data))


# --- session keys ---


def pkesk(key, session, *, cipher=9, version=3, seed="ephemeral", key_id=None, algorithm=None, junk=None):
    """An encrypted session key for a Curve25519 (18) or X25519 (25) key, or junk in its shape."""
    private = x25519.X25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
    ephemeral = private.public_key().public_bytes_raw()
    shared = private.exchange(key.private.public_key())
    algorithm = key.algorithm if algorithm is None else algorithm
    if key.algorithm == _CURVE25519:
        block = (bytes([cipher]) if version == 3 else b"") + session + struct.pack(">H", sum(session) & 0xFFFF)
        pad = 8 - len(block) % 8
        block += bytes([pad]) * pad
        parameters = CV25519_OID + b"\x12\x03\x01\x08\x07" + b"Anonymous Sender    " + key.fingerprint
        wrapped = aes_key_wrap(hashlib.sha256(u32(1) + shared + parameters).digest()[:16], block)
        wrapped = junk if junk is not None else wrapped
        fields = mpi(b"\x40" + ephemeral) + bytes([len(wrapped)]) + wrapped
    else:
        kek = hkdf(ephemeral + key.private.public_key().public_bytes_raw() + shared, b"", b"OpenPGP X25519", 16)
        wrapped = aes_key_wrap(kek, session) if junk is None else junk
        named = bytes([cipher]) if version == 3 else b""
        fields = ephemeral + bytes([len(named + wrapped)]) + named + wrapped
    if version == 3:
        return packet(1, b"\x03" + (key.key_id if key_id is None else key_id) + bytes([algorithm]) + fields)
    named = bytes([key.version]) + key.fingerprint
    return packet(1, b"\x06" + bytes([len(named)]) + named + bytes([algorithm]) + fields)


def hkdf(secret, salt, info, size):
    key = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest()
    out, block, number = b"", b"", 1
    while len(out) < size:
        block = hmac.new(key, block + info + bytes([number]), hashlib.sha256).digest()
        out, number = out + block, number + 1
    return out[:size]


def pkesk_elgamal(key, session, *, cipher=9, padding=b"\0\x02"):
    """An encrypted session key for an Elgamal key (16)."""
    p, g, y = key.private
    block = bytes([cipher]) + session + struct.pack(">H", sum(session) & 0xFFFF)
    filler = b"\x77" * ((p.bit_length() + 7) // 8 - 3 - len(block))
    message = int.from_bytes(padding + filler + b"\0" + block, "big")
    ephemeral = int.from_bytes(hashlib.sha256(b"ephemeral").digest(), "big")
    fields = number(pow(g, ephemeral, p)) + number(message * pow(y, ephemeral, p) % p)
    return packet(1, b"\x03" + key.key_id + b"\x10" + fields)


# --- encrypted data ---


def cfb(session, data, *, cipher=9, iv=None):
    """CFB; without `iv` with an initial vector of zeros."""
    block_cipher = BLOCK_CIPHERS[cipher](session)
    size = block_cipher.block_size // 8
    encryptor = Cipher(block_cipher, modes.ECB()).encryptor()
    feedback, out = bytes(size) if iv is None else iv, bytearray()
    for at in range(0, len(data), size):
        block = data[at : at + size]
        pad = encryptor.update(feedback)
        feedback = bytes(a ^ b for a, b in zip(block, pad, strict=False))
        out += feedback
    return bytes(out)


def seipd1(session, plaintext, *, digest=None, mdc=True, cipher=9):
    prefix = hashlib.sha256(session).digest()[: BLOCK_CIPHERS[cipher].block_size // 8]
    prefix += prefix[-2:]
    data = prefix + plaintext
    if mdc:
        data += b"\xd3\x14"
        data += hashlib.sha1(data).digest() if digest is None else digest
    return packet(18, b"\x01" + cfb(session, data, cipher=cipher))


def sed(session, plaintext):
    """Encrypted data of old, without integrity protection: CFB that starts anew behind the prefix."""
    prefix = hashlib.sha256(session).digest()[:16]
    first = cfb(session, prefix + prefix[-2:])
    encryptor = Cipher(algorithms.AES(session), modes.ECB()).encryptor()
    feedback, out = first[2:18], bytearray(first)
    for at in range(0, len(plaintext), 16):
        pad = encryptor.update(feedback)
        feedback = bytes(a ^ b for a, b in zip(plaintext[at : at + 16], pad, strict=False))
        out += feedback
    return packet(9, bytes(out))


def seipd2(session, plaintext, *, mode=2, size=0, cipher=9, change=lambda chunks, final: b"".join(chunks) + final):
    """Version 2, chunks of 2^(`size` + 6) octets; `change` puts the encrypted chunks and the final tag together."""
    salt = hashlib.sha256(b"salt" + session).digest()
    head = bytes([2, cipher, mode, size])
    info = b"\xd2" + head
    derived = hkdf(session, salt, info, len(session) + NONCE[mode] - 8)
    aead = (AESOCB3 if mode == 2 else AESGCM)(derived[: len(session)])
    start = derived[len(session) :]
    step = 1 << (min(size, 16) + 6)
    parts = [plaintext[i : i + step] for i in range(0, len(plaintext), step)]
    chunks = [aead.encrypt(start + struct.pack(">Q", n), part, info) for n, part in enumerate(parts)]
    nonce = start + struct.pack(">Q", len(chunks))
    final = aead.encrypt(nonce, b"", info + struct.pack(">Q", len(plaintext)))
    return packet(18, head + salt + change(chunks, final))


def gnupg_ocb(session, plaintext, *, size=0, change=lambda chunks, final: b"".join(chunks) + final):
    """GnuPG's packet of type 20: AES-256 in OCB, chunks of 2^(`size` + 6) octets."""
    head = bytes([1, 9, 2, size])
    iv = hashlib.sha256(b"iv" + session).digest()[:15]
    aead = AESOCB3(session)

    def sealed(octets, number, more=b""):
        nonce = iv[:7] + bytes(a ^ b for a, b in zip(iv[7:], struct.pack(">Q", number), strict=True))
        return aead.encrypt(nonce, octets, b"\xd4" + head + struct.pack(">Q", number) + more)

    step = 1 << (size + 6)
    chunks = [sealed(plaintext[at : at + step], at // step) for at in range(0, len(plaintext), step)]
    final = sealed(b"", len(chunks), struct.pack(">Q", len(plaintext)))
    return packet(20, head + iv + change(chunks, final))

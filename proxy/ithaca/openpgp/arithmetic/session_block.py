"""The block that a session key is in while RSA, Elgamal or ECDH hides it (RFC 9580 §5.1.3 to §5.1.5).

The law of this file: a block is right in every octet or it is none; which octet was wrong is never told.
"""

from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.symmetric import CIPHERS

KEY_LENGTHS = frozenset({16, 24, 32})
"""What may stand behind a PKESK v6: keys of AES (§5.13.2)."""


def encode(session: SessionKey, version: int) -> bytes:
    """Cipher octet (version 3 alone), key, and the sum of the key's octets (§5.1.3)."""
    cipher = bytes([session.cipher]) if version == 3 else b""
    return cipher + session.key + (sum(session.key) & 0xFFFF).to_bytes(2, "big")


def decode(block: bytes, version: int) -> SessionKey | None:
    """The session key of a block; None where anything does not fit."""
    start = 1 if version == 3 else 0
    key = block[start:-2]
    if len(block) < start + 18 or (sum(key) & 0xFFFF) != int.from_bytes(block[-2:], "big"):
        return None
    return named(block[0] if version == 3 else 0, key, version)


def named(cipher: int, key: bytes, version: int) -> SessionKey | None:
    """A session key whose cipher stood beside it (version 3) or stands in the packet behind (version 6)."""
    if version == 6:
        return SessionKey(0, key) if len(key) in KEY_LENGTHS else None
    known = CIPHERS.get(cipher)
    return SessionKey(cipher, key) if known is not None and known.key_length == len(key) else None


def padded(block: bytes) -> bytes:
    """To whole blocks of eight octets, as PKCS #5 does (§11.5).

    The RFC allows more, to hide the length of the key, but some readers (PGPy) take one block of padding at most.
    """
    missing = 8 - len(block) % 8
    return block + bytes([missing]) * missing


def unpadded(block: bytes) -> bytes | None:
    """The inverse; None where the padding is none."""
    count = block[-1] if block else 0
    if not 1 <= count <= len(block) or block[-count:] != bytes([count]) * count:
        return None
    return block[:-count]

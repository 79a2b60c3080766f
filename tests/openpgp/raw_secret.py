"""Secret key packets in any protection, by the builder that shares no code with the package."""

import hashlib
import struct

from openpgp.raw import packet
from openpgp.raw_message import cfb

PASSPHRASE = b"correct horse"
SALT = bytes(range(1, 9))
IV = bytes(range(64, 80))


def simple():
    return b"\x00\x08"


def salted():
    return b"\x01\x08" + SALT


def iterated(count=96):
    return b"\x03\x08" + SALT + bytes([count])


def argon2(passes, lanes, memory):
    return b"\x04" + bytes(16) + bytes([passes, lanes, memory])


def _derived(specifier):
    """AES-256 by SHA-256, which gives a whole key at once."""
    if specifier[0] == 0:
        return hashlib.sha256(PASSPHRASE).digest()
    data = SALT + PASSPHRASE
    if specifier[0] == 1:
        return hashlib.sha256(data).digest()
    coded = specifier[10]
    count = max((16 + (coded & 15)) << ((coded >> 4) + 6), len(data))
    return hashlib.sha256((data * (count // len(data) + 1))[:count]).digest()


def protected(key, specifier, *, usage=254, subkey=False, secret=None, body=None):
    """The packet, protected with `PASSPHRASE`; `secret` or `body` (the public half) of another key on demand.

    Where the specifier is none that can be derived from here, what is encrypted is nothing.
    """
    secret = key._fields.secret if secret is None else secret
    proof = hashlib.sha1(secret).digest() if usage == 254 else struct.pack(">H", sum(secret) & 0xFFFF)
    known = specifier[0] in (0, 1, 3)
    encrypted = cfb(_derived(specifier), secret + proof, iv=IV) if known else bytes(len(secret) + len(proof))
    mode = b"\x02" if usage == 253 else b""
    whole = (key.body if body is None else body) + bytes([usage, 9]) + mode + specifier + IV + encrypted
    return packet(7 if subkey else 5, whole)


def stub(key, *, subkey=False):
    """GnuPG's word for a secret part that is not in this file."""
    return packet(7 if subkey else 5, key.body + b"\xff\x00\x65\x00GNU\x01")

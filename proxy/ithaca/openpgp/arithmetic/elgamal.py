"""Elgamal: old letters of our own are decrypted, nothing is encrypted (RFC 9580 §5.1.4, §5.5.5.3).

The law of this file: **not constant in time.** Python's `pow` takes longer for some exponents than for others, so
whoever can have many letters opened and measure that could learn of the key. No library that is kept has Elgamal; such
keys are old, rare, and refused for everything new.
"""

import hashlib
import math
from dataclasses import dataclass

from ithaca.errors import OpenPGPError
from ithaca.openpgp.public_key import PublicKey, mpis

MOST_BITS = 4096
"""The longest that GnuPG makes; beyond it one letter would burn seconds."""
_SMALL_ORDERS = math.lcm(*range(1, 1025))
"""A generator whose order divides this gives x away piece by piece."""
_ROUNDS = 16


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """p and x."""

    p: int
    x: int


def private(key: PublicKey, secret: bytes) -> PrivateKey:
    """From x, which must belong to the public half. Raises `OpenPGPError`."""
    p, g, y = (int.from_bytes(value, "big") for value in mpis(key.material, 3))
    (value,) = mpis(secret, 1)
    x = int.from_bytes(value, "big")
    if not 512 <= p.bit_length() <= MOST_BITS or not 0 < x < p or not p & 1 or not 1 < g < p or pow(g, x, p) != y:
        raise OpenPGPError("the halves of an Elgamal key do not belong together")
    # Bruseghini, Huigens and Paterson, CCS 2022: y = gˣ holds for 1 = 1ˣ, too, and modulo a multiple of p with a
    # generator that is 1 there; letters opened in such a group tell x.
    if pow(g, _SMALL_ORDERS, p) == 1 or not _is_prime(p, x):
        raise OpenPGPError("the group of an Elgamal key is none")
    return PrivateKey(p, x)


def _is_prime(p: int, secret: int) -> bool:
    """Miller and Rabin, with bases that nobody can know who would forge a p that passes: they come from the secret."""
    octets = (p.bit_length() + 7) // 8
    halvings = ((p - 1) & (1 - p)).bit_length() - 1
    for number in range(_ROUNDS):
        seed = secret.to_bytes(octets, "big") + bytes([number])
        base = 2 + int.from_bytes(hashlib.shake_256(seed).digest(octets), "big") % (p - 3)
        power = pow(base, (p - 1) >> halvings, p)
        if power == 1:
            continue
        for _ in range(halvings - 1):
            if power == p - 1:
                break
            power = power * power % p
        if power != p - 1:
            return False
    return True


def decrypt(one: PrivateKey, fields: bytes) -> bytes:
    """The block behind its PKCS #1 padding. Raises ValueError, `OpenPGPError`."""
    first, second = (int.from_bytes(value, "big") for value in mpis(fields, 2))
    if not 1 < first < one.p or not 0 < second < one.p:
        raise ValueError("numbers out of range")
    # GnuPG's x is an eighth as long as p, so an inverse of the power is cheaper than the exponent p - 1 - x.
    plain = second * pow(first, -one.x, one.p) % one.p
    octets = plain.to_bytes((one.p.bit_length() + 7) // 8, "big")
    # RFC 8017 §7.2.2: 0, 2, at least eight octets that are not zero, 0, the message.
    end = octets.find(b"\0", 2)
    if octets[:2] != b"\0\2" or end < 10:
        raise ValueError("no padding")
    return octets[end + 1 :]

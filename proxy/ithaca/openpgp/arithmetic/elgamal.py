"""Elgamal: old letters of our own are decrypted, nothing is encrypted (RFC 9580 §5.1.4, §5.5.5.3).

The law of this file: **not constant in time.** Python's `pow` takes longer for some exponents than for others, so
whoever can have many letters opened and measure that could learn of the key. No library that is kept has Elgamal; such
keys are old, rare, and refused for everything new.
"""

from dataclasses import dataclass

from ithaca.errors import OpenPGPError
from ithaca.openpgp.public_key import PublicKey, mpis

MOST_BITS = 8192
"""A modulus beyond which one letter would burn seconds."""


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
    if not 512 <= p.bit_length() <= MOST_BITS or not 0 < x < p or not p & 1 or pow(g, x, p) != y:
        raise OpenPGPError("the halves of an Elgamal key do not belong together")
    return PrivateKey(p, x)


def decrypt(one: PrivateKey, fields: bytes) -> bytes:
    """The block behind its PKCS #1 padding. Raises ValueError, `OpenPGPError`."""
    first, second = (int.from_bytes(value, "big") for value in mpis(fields, 2))
    if not 1 < first < one.p or not 0 < second < one.p:
        raise ValueError("numbers out of range")
    # p - 1 - x as exponent divides without an inverse.
    plain = second * pow(first, one.p - 1 - one.x, one.p) % one.p
    octets = plain.to_bytes((one.p.bit_length() + 7) // 8, "big")
    # RFC 8017 §7.2.2: 0, 2, at least eight octets that are not zero, 0, the message.
    end = octets.find(b"\0", 2)
    if octets[:2] != b"\0\2" or end < 10:
        raise ValueError("no padding")
    return octets[end + 1 :]

"""RSA: signatures and session keys by PKCS #1 v1.5 (RFC 9580 §5.1.3, §5.2.3.1, §5.5.5.1; RFC 8017).

The law of this file: the arithmetic is the library's, whose decryption answers a wrong padding with random octets
(implicit rejection), so no answer of ours can tell paddings apart.
"""

import math
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from ithaca.errors import OpenPGPError
from ithaca.openpgp.public_key import PublicKey, encode_mpi, mpis

PrivateKey = rsa.RSAPrivateKey


def _numbers(key: PublicKey) -> rsa.RSAPublicNumbers:
    n, e = mpis(key.material, 2)
    return rsa.RSAPublicNumbers(int.from_bytes(e, "big"), int.from_bytes(n, "big"))


def public(key: PublicKey) -> rsa.RSAPublicKey:
    """The library's form. Raises ValueError for numbers that are no key."""
    return _numbers(key).public_key()


def verify(key: PublicKey, hashed: Prehashed, digest: bytes, fields: bytes) -> None:
    """Raises `InvalidSignature`, ValueError or `OpenPGPError` unless `fields` sign `digest`."""
    one = public(key)
    (signature,) = mpis(fields, 1)
    one.verify(signature.rjust((one.key_size + 7) // 8, b"\0"), digest, padding.PKCS1v15(), hashed)


def private(key: PublicKey, secret: bytes) -> rsa.RSAPrivateKey:
    """From d, p, q, u (§5.5.5.1), which must belong to the public half. Raises ValueError, `OpenPGPError`."""
    d, p, q, u = (int.from_bytes(value, "big") for value in mpis(secret, 4))
    numbers = _numbers(key)
    fits = p * q == numbers.n and 0 < d < numbers.n and p > 1 and q > 1 and math.gcd(p, q) == 1 and p * u % q == 1
    if not fits or d * numbers.e % math.lcm(p - 1, q - 1) != 1:
        # Bruseghini, Huigens and Paterson, CCS 2022: with altered numbers one signature gives the key away.
        raise OpenPGPError("the halves of an RSA key do not belong together")
    # §5.5.5.1 has u = p⁻¹ mod q; the library wants q⁻¹ mod p.
    crt = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), numbers)
    # What stands above proves the numbers against the public half. The library would test p and q for being prime on
    # top of it, 0.2 s for 3072 bits each time a program starts; whoever can put others there has the key already.
    return crt.private_key(unsafe_skip_rsa_key_validation=True)


def secret(one: rsa.RSAPrivateKey) -> bytes:
    """d, p, q, u, with p below q as §5.5.5.1 demands: libgcrypt makes wrong signatures otherwise."""
    numbers = one.private_numbers()
    p, q = sorted((numbers.p, numbers.q))
    return b"".join(encode_mpi(_octets(value)) for value in (numbers.d, p, q, pow(p, -1, q)))


def material(one: rsa.RSAPrivateKey) -> bytes:
    """n and e."""
    numbers = one.public_key().public_numbers()
    return encode_mpi(_octets(numbers.n)) + encode_mpi(_octets(numbers.e))


def generate(bits: int) -> rsa.RSAPrivateKey:
    """A private key with a modulus of that length."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def sign(one: Any, hashed: Prehashed, digest: bytes) -> bytes:
    """The algorithm-specific fields."""
    return encode_mpi(one.sign(digest, padding.PKCS1v15(), hashed))


def encrypt(key: PublicKey, block: bytes) -> bytes:
    """The fields of a PKESK. Raises ValueError."""
    return encode_mpi(public(key).encrypt(block, padding.PKCS1v15()))


def decrypt(one: Any, fields: bytes) -> bytes:
    """The block. Raises ValueError, `OpenPGPError`."""
    (value,) = mpis(fields, 1)
    opened: bytes = one.decrypt(value.rjust((one.key_size + 7) // 8, b"\0"), padding.PKCS1v15())
    return opened

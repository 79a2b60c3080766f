"""DSA: old signatures are verified, none is made (RFC 9580 §5.2.3.2, §5.5.5.2; FIPS 186-4)."""

from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from ithaca.errors import OpenPGPError
from ithaca.openpgp.public_key import PublicKey, mpis

SUBGROUPS = {2048: (224, 256), 3072: (256,)}
"""Bits of q that go with those of p (FIPS 186-4 §4.2)."""


def _numbers(key: PublicKey) -> dsa.DSAPublicNumbers:
    p, q, g, y = (int.from_bytes(value, "big") for value in mpis(key.material, 4))
    return dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g))


def verify(key: PublicKey, hashed: Prehashed, digest: bytes, fields: bytes) -> None:
    """Raises `InvalidSignature`, ValueError or `OpenPGPError` unless `fields` sign `digest`.

    A digest longer than q is cut to its leading bits (FIPS 186-4 §4.6), which OpenSSL does.
    """
    numbers = _numbers(key)
    p, q = numbers.parameter_numbers.p, numbers.parameter_numbers.q
    if q.bit_length() not in SUBGROUPS.get(p.bit_length(), ()) or (p - 1) % q:
        raise ValueError("no DSA group")
    if len(digest) * 8 < q.bit_length():
        # §5.2.3.2: at least as long as q.
        raise ValueError("a digest too short for the group")
    r, s = (int.from_bytes(value, "big") for value in mpis(fields, 2))
    numbers.public_key().verify(encode_dss_signature(r, s), digest, hashed)


def private(key: PublicKey, secret: bytes) -> int:
    """x, which must belong to the public half; it is checked, and never used."""
    (value,) = mpis(secret, 1)
    numbers, x = _numbers(key), int.from_bytes(value, "big")
    group = numbers.parameter_numbers
    if group.p.bit_length() > max(SUBGROUPS):
        raise OpenPGPError(f"a DSA key with more than {max(SUBGROUPS)} bits, which no program makes")
    fits = (
        0 < x < group.q
        and 1 < group.g < group.p
        and (group.p - 1) % group.q == 0
        and pow(group.g, group.q, group.p) == 1
    )
    if not fits or pow(group.g, x, group.p) != numbers.y:
        raise OpenPGPError("the halves of a DSA key do not belong together")
    return x

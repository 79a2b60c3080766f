"""One public key or subkey, from the body of its packet (RFC 9580 §5.5.2).

The law of this file: the octets stay as they came; everything else is read from them. Version 4 only: others
are refused by name.
"""

import hashlib
from dataclasses import dataclass

from ithaca.errors import MalformedPacket, UnsupportedAlgorithm
from ithaca.verdict import Fingerprint

CURVES = {
    bytes.fromhex("2A8648CE3D030107"): "P-256",
    bytes.fromhex("2B81040022"): "P-384",
    bytes.fromhex("2B81040023"): "P-521",
    bytes.fromhex("2B2403030208010107"): "brainpoolP256r1",
    bytes.fromhex("2B240303020801010B"): "brainpoolP384r1",
    bytes.fromhex("2B240303020801010D"): "brainpoolP512r1",
    bytes.fromhex("2B06010401DA470F01"): "Ed25519",
    bytes.fromhex("2B060104019755010501"): "Curve25519",
}
"""Object identifiers of RFC 9580 §9.2."""
MOST_MPI_BITS = 65535
MPIS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4}
"""How many multiprecision integers the public material of an algorithm has (§5.5.5)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A version 4 public key."""

    created: int
    """Seconds since 1970."""
    algorithm: int
    body: bytes
    """The body of the public-key packet."""
    material: bytes
    """The algorithm-specific fields of it."""
    fingerprint: Fingerprint
    curve: str | None
    bits: int | None
    """Of the modulus (RSA, DSA, Elgamal)."""
    subkey: bool

    @property
    def key_id(self) -> str:
        """16 upper-case hexadecimal digits (§5.5.4)."""
        return self.fingerprint[-16:]

    def hashed_form(self) -> bytes:
        """How the key is fed to a hash (§5.2.4)."""
        return b"\x99" + len(self.body).to_bytes(2, "big") + self.body


def parse(body: bytes, *, subkey: bool = False) -> PublicKey:
    """From the body of a public or a secret key packet; of the latter only the public part is read.

    Raises `MalformedPacket`, `UnsupportedAlgorithm`.
    """
    if len(body) < 6:
        raise MalformedPacket("key packet too short", 0)
    if body[0] != 4:
        raise UnsupportedAlgorithm(f"version {body[0]} keys are not supported")
    algorithm = body[5]
    length, curve, bits = _material(algorithm, body[6:])
    public = body[: 6 + length]
    if len(public) > 0xFFFF:
        raise MalformedPacket("key packet too long", 0)
    digest = hashlib.sha1(b"\x99" + len(public).to_bytes(2, "big") + public, usedforsecurity=False)
    fingerprint = Fingerprint(digest.hexdigest().upper())
    created = int.from_bytes(body[1:5], "big")
    return PublicKey(created, algorithm, public, public[6:], fingerprint, curve, bits, subkey)


def parse_public(body: bytes, *, subkey: bool = False) -> PublicKey:
    """From the body of a public key packet, which must end where the key ends."""
    key = parse(body, subkey=subkey)
    if len(key.body) != len(body):
        raise MalformedPacket("octets after the public key", len(key.body))
    return key


def _material(algorithm: int, octets: bytes) -> tuple[int, str | None, int | None]:
    """(octets of the public material, curve, bits of the first integer)."""
    if algorithm in MPIS:
        end, bits = 0, None
        for _ in range(MPIS[algorithm]):
            value_bits, end = mpi_end(octets, end)
            bits = value_bits if bits is None else bits
        return end, None, bits
    if algorithm in (18, 19, 22):
        return _curve_material(algorithm, octets)
    raise UnsupportedAlgorithm(f"public-key algorithm {algorithm} is not supported")


def _curve_material(algorithm: int, octets: bytes) -> tuple[int, str | None, int | None]:
    if not octets or octets[0] in (0, 0xFF) or len(octets) < 1 + octets[0]:
        raise MalformedPacket("no curve in the key", 6)
    start = 1 + octets[0]
    _, end = mpi_end(octets, start)
    if algorithm == 18:
        # §5.5.5.6: length (3), reserved 1, hash, cipher.
        if len(octets) < end + 4 or octets[end] != 3 or octets[end + 1] != 1:
            raise MalformedPacket("key derivation parameters missing", 6 + end)
        end += 4
    return end, CURVES.get(octets[1:start]), None


def mpi_end(octets: bytes, start: int) -> tuple[int, int]:
    """(bits, offset after it) of a multiprecision integer (§3.2)."""
    if start + 2 > len(octets):
        raise MalformedPacket("truncated integer", start)
    bits = int.from_bytes(octets[start : start + 2], "big")
    end = start + 2 + (bits + 7) // 8
    if end > len(octets):
        raise MalformedPacket("truncated integer", start)
    return bits, end


def mpis(octets: bytes, count: int) -> tuple[bytes, ...]:
    """The values of exactly `count` integers that fill `octets`, without leading zeros' trouble."""
    values, at = [], 0
    for _ in range(count):
        _, end = mpi_end(octets, at)
        values.append(octets[at + 2 : end])
        at = end
    if at != len(octets):
        raise MalformedPacket("octets after the integers", at)
    return tuple(values)


def encode_mpi(value: bytes) -> bytes:
    """A multiprecision integer from big-endian octets."""
    value = value.lstrip(b"\0")
    bits = 0 if not value else (len(value) - 1) * 8 + value[0].bit_length()
    return bits.to_bytes(2, "big") + value

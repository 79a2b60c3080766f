"""One public key or subkey, from the body of its packet (RFC 9580 §5.5.2). Versions 4 and 6.

The law of this file: the octets stay as they came; everything else is read from them. Other versions are refused by
name.
"""

import hashlib
from collections.abc import Mapping
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
OBJECT_IDENTIFIERS: Mapping[str, bytes] = {name: octets for octets, name in CURVES.items()}
MPIS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4}
"""How many multiprecision integers the public material of an algorithm has (§5.5.5)."""
_CURVED = frozenset({18, 19, 22})
"""Their material has the identifier of a curve, and one integer behind it."""
NATIVE = {25: ("X25519", 32), 26: ("X448", 56), 27: ("Ed25519", 32), 28: ("Ed448", 57)}
"""Curve and octets of the public material of the algorithms without integers (§5.5.5.7 to §5.5.5.10)."""
LEGACY_CURVES = frozenset({"Ed25519", "Curve25519"})
"""As algorithms 22 and 18 name them: never in a version 6 key (§9.2)."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key or subkey."""

    version: int
    """4 or 6."""
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
        """16 upper-case hexadecimal digits: the last of a version 4 fingerprint, the first of version 6 (§5.5.4)."""
        return self.fingerprint[:16] if self.version == 6 else self.fingerprint[-16:]

    @property
    def fingerprint_octets(self) -> bytes:
        """20 octets (version 4) or 32 (version 6)."""
        return bytes.fromhex(self.fingerprint)

    def hashed_form(self) -> bytes:
        """How the key is fed to a hash (§5.2.4)."""
        return _hashed_form(self.version, self.body)


def _hashed_form(version: int, body: bytes) -> bytes:
    return (
        b"\x9b" + len(body).to_bytes(4, "big") + body if version == 6 else b"\x99" + len(body).to_bytes(2, "big") + body
    )


def parse(body: bytes, *, subkey: bool = False) -> PublicKey:
    """From the body of a public or a secret key packet; of the latter only the public part is read.

    Raises `MalformedPacket`, `UnsupportedAlgorithm`.
    """
    if len(body) < 6:
        raise MalformedPacket("key packet too short", 0)
    version, algorithm = body[0], body[5]
    if version not in (4, 6):
        raise UnsupportedAlgorithm(f"version {version} keys are not supported", 0)
    start, end = (10, _end_6(body)) if version == 6 else (6, len(body))
    length, curve, bits = _material(algorithm, body[start:end], start)
    if version == 6 and length != end - start:
        raise MalformedPacket("the public material has another length than stated", 6)
    if version == 6 and algorithm in (18, 22) and curve in LEGACY_CURVES:
        raise UnsupportedAlgorithm("a version 6 key with a legacy curve, which is forbidden", 5)
    if version == 6:
        at = start + 1 + body[start] if algorithm in _CURVED else start
        exact_integers(body, 1 if algorithm in _CURVED else MPIS.get(algorithm, 0), at)
    public = body[: start + length]
    if len(public) > 0xFFFF:
        raise MalformedPacket("key packet too long", 0)
    created = int.from_bytes(body[1:5], "big")
    fingerprint = _fingerprint(version, public)
    return PublicKey(version, created, algorithm, public, public[start:], fingerprint, curve, bits, subkey)


def _end_6(body: bytes) -> int:
    """Where the public material of a version 6 key ends: four octets count it (§5.5.2.3)."""
    if len(body) < 10:
        raise MalformedPacket("key packet too short", 0)
    end = 10 + int.from_bytes(body[6:10], "big")
    if end > len(body):
        raise MalformedPacket("truncated key", 6)
    return end


def _fingerprint(version: int, public: bytes) -> Fingerprint:
    """§5.5.4: SHA-1 names a version 4 key, which is no use of its strength against collisions."""
    octets = _hashed_form(version, public)
    digest = hashlib.sha256(octets) if version == 6 else hashlib.sha1(octets, usedforsecurity=False)
    return Fingerprint(digest.hexdigest().upper())


def parse_public(body: bytes, *, subkey: bool = False) -> PublicKey:
    """From the body of a public key packet, which must end where the key ends."""
    key = parse(body, subkey=subkey)
    if len(key.body) != len(body):
        raise MalformedPacket("octets after the public key", len(key.body))
    return key


def encode(version: int, created: int, algorithm: int, material: bytes, *, subkey: bool = False) -> PublicKey:
    """A key of ours, from its material."""
    count = len(material).to_bytes(4, "big") if version == 6 else b""
    return parse_public(
        bytes([version]) + created.to_bytes(4, "big") + bytes([algorithm]) + count + material, subkey=subkey
    )


def _material(algorithm: int, octets: bytes, offset: int) -> tuple[int, str | None, int | None]:
    """(octets of the public material, curve, bits of the first integer)."""
    if algorithm in MPIS:
        end, bits = 0, None
        for _ in range(MPIS[algorithm]):
            value_bits, end = mpi_end(octets, end)
            bits = value_bits if bits is None else bits
        return end, None, bits
    if algorithm in NATIVE:
        curve, length = NATIVE[algorithm]
        if len(octets) < length:
            raise MalformedPacket("truncated key", offset)
        return length, curve, None
    if algorithm in _CURVED:
        return _curve_material(algorithm, octets, offset)
    raise UnsupportedAlgorithm(f"public-key algorithm {algorithm} is not supported", 5)


def _curve_material(algorithm: int, octets: bytes, offset: int) -> tuple[int, str | None, int | None]:
    if not octets or octets[0] in (0, 0xFF) or len(octets) < 1 + octets[0]:
        raise MalformedPacket("no curve in the key", offset)
    start = 1 + octets[0]
    _, end = mpi_end(octets, start)
    if algorithm == 18:
        # §5.5.5.6: length (3), reserved 1, hash, cipher.
        if len(octets) < end + 4 or octets[end] != 3 or octets[end + 1] != 1:
            raise MalformedPacket("key derivation parameters missing", offset + end)
        end += 4
    return end, CURVES.get(octets[1:start]), None


def mpi_end(octets: bytes, start: int) -> tuple[int, int]:
    """(bits of the value, offset after it) of a multiprecision integer (§3.2).

    The bits are those of the value, whatever its count says: a short modulus behind zeros is a short modulus.
    """
    if start + 2 > len(octets):
        raise MalformedPacket("truncated integer", start)
    end = start + 2 + (int.from_bytes(octets[start : start + 2], "big") + 7) // 8
    if end > len(octets):
        raise MalformedPacket("truncated integer", start)
    return int.from_bytes(octets[start + 2 : end], "big").bit_length(), end


def exact_integers(octets: bytes, count: int, at: int = 0) -> None:
    """§3.2: in version 6 of keys, signatures and session keys the count of bits MUST be that of the value.

    In version 4 it need not: Bugzilla and OpenPGP.js wrote integers with leading zeros for years. Raises
    `MalformedPacket` for one of the `count` integers that begin at `at`.
    """
    for _ in range(count):
        bits, end = mpi_end(octets, at)
        if bits != int.from_bytes(octets[at : at + 2], "big"):
            raise MalformedPacket("an integer with a wrong count of bits", at)
        at = end


def mpis(octets: bytes, count: int) -> tuple[bytes, ...]:
    """The values of exactly `count` integers that fill `octets`, big-endian."""
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

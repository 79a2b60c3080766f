"""What a message or a certificate shows of itself without any key: packet headers, key IDs, fingerprints.

The law of this file: it reads what programs have just made, to see that they made what they were asked for. It trusts
its input, and shares no code with the package. Sections are those of RFC 9580.
"""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from integration.openpgp_letters import binary as dearmored
from interop.programs import Failed, Kind

_PKESK, _SKESK = 1, 3
_KEYS, _SECRET_KEYS = {5, 6, 7, 14}, {5, 7}
_SEIPD = 18

_OIDS = {
    "2a8648ce3d030107": "P-256",
    "2b81040022": "P-384",
    "2b2403030208010107": "brainpoolP256r1",
    "2b06010401da470f01": "Ed25519",
    "2b060104019755010501": "Curve25519",
}
_KINDS = {
    (4, (22, "Ed25519"), (18, "Curve25519")): Kind.ED25519,
    (4, (1, 3072), (1, 3072)): Kind.RSA3072,
    (4, (19, "P-256"), (18, "P-256")): Kind.P256,
    (4, (19, "P-384"), (18, "P-384")): Kind.P384,
    (4, (19, "brainpoolP256r1"), (18, "brainpoolP256r1")): Kind.BRAINPOOL256,
    (6, (27, None), (25, None)): Kind.V6_ED25519,
    (6, (28, None), (26, None)): Kind.V6_ED448,
}
"""Version, primary key, last key to encrypt to: algorithm (§9.1), and curve or bits."""
_ENCRYPTING = {1, 18, 25, 26}


@dataclass(frozen=True)
class Packet:
    """One packet; `partial`: its length came in parts (§4.2.1.4)."""

    tag: int
    body: bytes
    partial: bool


def binary(octets: bytes) -> bytes:
    """Octets that may be armored, without the armor."""
    return dearmored(octets) if octets.startswith(b"-----BEGIN") else octets


def packets(octets: bytes) -> Iterator[Packet]:
    """The packets of armored or binary octets (§4.2). `Failed`: they are none."""
    data, at = binary(octets), 0
    while at < len(data):
        tag = data[at]
        if not tag & 0x80:
            raise Failed(f"no packet at octet {at} of {len(data)}, which begin with {octets[:60]!r}")
        if not tag & 0x40:
            kind, width = tag >> 2 & 15, (1, 2, 4)[tag & 3]
            end = at + 1 + width + int.from_bytes(data[at + 1 : at + 1 + width], "big")
            yield Packet(kind, data[at + 1 + width : end], partial=False)
            at = end
            continue
        pieces, at, more = [], at + 1, True
        while more:
            length, at, more = _length(data, at)
            pieces.append(data[at : at + length])
            at += length
        yield Packet(tag & 63, b"".join(pieces), partial=len(pieces) > 1)


def _length(data: bytes, at: int) -> tuple[int, int, bool]:
    first = data[at]
    if first < 192:
        return first, at + 1, False
    if first < 224:
        return (first - 192 << 8) + data[at + 1] + 192, at + 2, False
    if first == 255:
        return int.from_bytes(data[at + 1 : at + 5], "big"), at + 5, False
    return 1 << (first & 31), at + 1, True


def _keys(octets: bytes) -> list[bytes]:
    """The public part of each key and subkey of a certificate or a transferable secret key (§5.5.2, §5.5.3)."""
    return [_public(p.body) for p in packets(octets) if p.tag in _KEYS]


_MPIS, _OID, _KDF = "mpi", "oid", "kdf"
_FIELDS = {1: (_MPIS, _MPIS), 18: (_OID, _MPIS, _KDF), 19: (_OID, _MPIS), 22: (_OID, _MPIS)}
"""The public fields of version 4 keys by algorithm (§5.5.5)."""


def _public(body: bytes) -> bytes:
    if body[0] == 6:
        return body[: 10 + int.from_bytes(body[6:10], "big")]
    at = 6
    for field in _FIELDS[body[5]]:
        at += 1 + body[at] if field is not _MPIS else 2 + (int.from_bytes(body[at : at + 2], "big") + 7) // 8
    return body[:at]


def fingerprints(octets: bytes) -> list[str]:
    """Of each key (§5.5.4) of a certificate or a transferable secret key, the primary first, in upper-case hexadecimal."""
    return [_fingerprint(body) for body in _keys(octets)]


def _fingerprint(body: bytes) -> str:
    if body[0] == 6:
        return hashlib.sha256(b"\x9b" + struct.pack(">I", len(body)) + body).hexdigest().upper()
    return hashlib.sha1(b"\x99" + struct.pack(">H", len(body)) + body).hexdigest().upper()


def fingerprint(octets: bytes) -> str:
    """Of the primary key."""
    return fingerprints(octets)[0]


def kind(octets: bytes) -> Kind | None:
    """By its primary key and its last key to encrypt to; None: any other."""
    bodies = _keys(octets)
    encrypting = [m for m in map(_material, bodies) if m[0] in _ENCRYPTING]
    return _KINDS.get((bodies[0][0], _material(bodies[0]), encrypting[-1])) if encrypting else None


def _material(body: bytes) -> tuple[int, str | int | None]:
    algorithm, material = body[5], body[10 if body[0] == 6 else 6 :]
    if algorithm == 1:
        return algorithm, int.from_bytes(material[:2], "big")
    if algorithm in {18, 19, 22}:
        return algorithm, _OIDS.get(material[1 : 1 + material[0]].hex())
    return algorithm, None


@dataclass(frozen=True)
class Protection:
    """How a secret part, or the session key of a password, is protected (§3.7.2, §5.3)."""

    usage: int
    """253: AEAD, 254: CFB with a digest, 255: CFB with a checksum, 0: not at all."""
    s2k: int | None
    """Type of the string-to-key specifier (§3.7.1): 3 is iterated and salted, 4 Argon2."""


def protection(secret: bytes) -> frozenset[Protection]:
    """Of all the keys of a transferable secret key."""
    bodies = [p.body for p in packets(secret) if p.tag in _SECRET_KEYS]
    return frozenset(_protection(body[0], body[len(_public(body)) :]) for body in bodies)


def _protection(version: int, rest: bytes) -> Protection:
    usage = rest[0]
    if usage == 0:
        return Protection(0, None)
    # Version 6 counts the octets of all that follows, and those of the specifier.
    return Protection(usage, rest[1 + (version == 6) + 1 + (usage == 253) + (version == 6)])


@dataclass(frozen=True)
class Message:
    """What an encrypted message shows: to whom, with which packets, in which pieces."""

    recipients: tuple[str, ...]
    """The key ID or the fingerprint in each PKESK (§5.1), in upper-case hexadecimal; "": nobody is named."""
    versions: frozenset[int]
    """Of the PKESK and SKESK packets."""
    s2k: frozenset[int]
    """Type of the string-to-key specifier in each SKESK (§5.3)."""
    seipd: int
    """Version of the SEIPD packet (§5.13); 0: there is none."""
    aead: str | None
    """Of a version 2 SEIPD packet."""
    partial: bool


def message(octets: bytes) -> Message:
    """The framing of an encrypted message."""
    *sessions, container = packets(octets)
    return Message(
        recipients=tuple(_recipient(p.body) for p in sessions if p.tag == _PKESK),
        versions=frozenset(p.body[0] for p in sessions if p.tag in {_PKESK, _SKESK}),
        s2k=frozenset(p.body[5 if p.body[0] == 6 else 2] for p in sessions if p.tag == _SKESK),
        seipd=container.body[0] if container.tag == _SEIPD else 0,
        aead=_aead(container.body) if container.tag == _SEIPD and container.body[0] == 2 else None,
        partial=container.partial,
    )


_AEADS = {1: "EAX", 2: "OCB", 3: "GCM"}


def _aead(seipd: bytes) -> str:
    return _AEADS[seipd[2]]


def _recipient(pkesk: bytes) -> str:
    if pkesk[0] == 3:
        return pkesk[1:9].hex().upper() if any(pkesk[1:9]) else ""
    # Version 6: an octet count, then key version and fingerprint (§5.1.2).
    return pkesk[3 : 2 + pkesk[1]].hex().upper()

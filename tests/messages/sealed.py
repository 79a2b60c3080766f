"""What is inside the frames: sealed, signed, armored, by the builder that shares no code with the package."""

import base64
import hashlib

from messages.frames import PLAN, encrypted, fields, signed, text
from messages.holders import ALICE, BOBS_FINGERPRINT, SIGNED, to_bob
from openpgp import raw
from openpgp import raw_message as m

TO_BOB_ALONE = raw.sub(35, b"\4" + BOBS_FINGERPRINT)
"""Intended recipient (RFC 9580 §5.2.3.36)."""


def armor(kind, octets, *, checksum=True):
    """RFC 9580 §6, with CRLF line ends."""
    lines = base64.b64encode(octets)
    body = b"".join(lines[at : at + 64] + b"\r\n" for at in range(0, len(lines), 64))
    tail = b"=" + base64.b64encode(_crc24(octets).to_bytes(3, "big")) + b"\r\n" if checksum else b""
    name = kind.encode()
    return b"-----BEGIN PGP " + name + b"-----\r\n\r\n" + body + tail + b"-----END PGP " + name + b"-----\r\n"


def _crc24(octets):
    crc = 0xB704CE
    for octet in octets:
        crc ^= octet << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc


def session_key(octets):
    """As every letter needs another one, and the same at every run."""
    return hashlib.sha256(b"session key" + octets).digest()


def inside(plaintext, by=None, *, hashed=TO_BOB_ALONE, at=SIGNED, **more):
    """The packets of a plaintext: literal data, or a one-pass signed message (RFC 3156 §6.2)."""
    return m.literal(plaintext) if by is None else m.signed(by, plaintext, at, hashed=hashed, **more)


def binary(plaintext, by=None, *, keys=to_bob, **more):
    """Encrypted to Bob: binary packets."""
    return raw_sealed(inside(plaintext, by, **more), keys=keys)


def raw_sealed(packets, *, keys=to_bob, **more):
    session = session_key(packets)
    return keys(session) + m.seipd1(session, packets, **more)


def seal(plaintext, by=None, **more):
    """The same, armored."""
    return armor("MESSAGE", binary(plaintext, by, **more))


def detached(entity, by=ALICE, *, at=SIGNED, kind=0, **more):
    """An armored detached signature over an entity."""
    return armor("SIGNATURE", raw.packet(2, by.sign(kind, entity, at, **more)))


def signed_by(entity, by=ALICE, *, boundary=b"signed", micalg=b"pgp-sha256", preamble=b"", **more):
    """A multipart/signed of an entity by this key; `more`: of the signature."""
    return signed(entity, detached(entity, by, **more), boundary=boundary, micalg=micalg, preamble=preamble)


def sealed_by(entity, by=ALICE, *, boundary=b"sealed", **more):
    """A multipart/encrypted around an entity, signed inside by this key (None: by nobody)."""
    return encrypted(seal(entity, by, **more), boundary=boundary)


def protected(entity, mode=b"cipher", *, outer_subject=b"[...]", more=b"", outside=None, **fields_):
    """The payload root with its own fields (RFC 9788 §2): `entity` must begin with its Content-Type."""
    own = fields(**fields_)
    marks = b""
    if mode == b"cipher":
        there = fields(**{**fields_, "subject": outer_subject}) if outside is None else outside
        marks = b"".join(b"HP-Outer: " + line + b"\r\n" for line in there.split(b"\r\n") if line)
    first, _, rest = entity.partition(b"\r\n")
    return own + more + marks + first + b'; hp="' + mode + b'"\r\n' + rest


def cleartext(body, by=ALICE, *, at=SIGNED, headers=b"Hash: SHA256\r\n", signed_text=None, between=b""):
    """A cleartext signed block (RFC 9580 §7); `signed_text`: what is really signed, if that is something else."""
    said = body if signed_text is None else signed_text
    lines = [line.rstrip(b" \t\r\n") for line in said.splitlines(keepends=True)] if isinstance(said, bytes) else said
    proof = armor("SIGNATURE", raw.packet(2, by.sign(1, b"\r\n".join(lines), at)))
    escaped = b"".join(b"- " + line if line.startswith(b"-") else line for line in body.splitlines(keepends=True))
    return b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" + headers + between + b"\r\n" + escaped + proof


def unobtrusive(entity, by=ALICE, *, at=SIGNED, covered=None, octets=None):
    """The child of an unobtrusively signed letter: its ``Sig:`` field in front (draft, 02); `octets`: signed as they are."""
    octets = octets or (entity if covered is None else covered).rstrip(b"\r\n") + b"\r\n"
    proof = base64.b64encode(raw.packet(2, by.sign(0, octets, at)))
    pieces = [proof[n : n + 70] for n in range(0, len(proof), 70)]
    return b"Sig: t=p; b=" + b"\r\n ".join(pieces) + b"\r\n" + entity


ENTITY = text(PLAN + b"\r\n")
C = sealed_by(ENTITY)
"""A captured ciphertext: Alice's letter to Bob, signed inside."""
C_ARMOR = seal(ENTITY, ALICE)
C_UNSIGNED = sealed_by(ENTITY, None)
C_PROTECTED = sealed_by(protected(ENTITY))
G = signed_by(ENTITY)
"""A captured entity that Alice signed well."""
G_PROTECTED = signed_by(protected(ENTITY, b"clear"))

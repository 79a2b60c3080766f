"""The people of the letters: Alice and Bob of the sample keyrings, Carol, and Eve with her many keys.

The law of this file: keys of our own making, made from their owners' names and worth nothing elsewhere; Alice and Bob
are published test keys. Nothing is drawn at random.
"""

import hashlib
import struct

import people
from openpgp import raw
from openpgp import raw_message as m

T0 = 1_600_000_000
"""2020-09-13: the keys of Carol and Eve are made."""
SIGNED = 1_795_514_400
"""2026-11-24 10:00 UTC: what the ``Date:`` of nearly every letter says."""
NOW = SIGNED + 7200
"""When Bob fetches his mail."""
DAY = 86400
ALICE_SPEC, BOB_SPEC = "alice@openpgp.example", "bob@openpgp.example"
EVE_SPEC, CAROL_SPEC = "eve@evil.example", "carol@bank.example"


class _Alices(raw.Key):
    """The primary key of the sample keyring, which signs: its secret in the hands of the builder."""

    def __init__(self):
        held = people.SECRETS[people.ALICE].signing(NOW)
        make = raw.KINDS["ed25519"]
        self.created, self.version = held.public.created, 4
        self.algorithm, own, self._fields, self.private = make(held.private.private_bytes_raw())
        self.body = bytes([4]) + raw.u32(self.created) + bytes([self.algorithm]) + own
        assert self.fingerprint.hex().upper() == held.public.fingerprint


class Holder:
    """One person with a primary key that certifies and signs, and an encryption subkey."""

    def __init__(self, name, text, *, kind="ed25519", created=T0):
        self.name, self.text, self.created = name, text, created
        self.key = raw.Key(created, kind=kind, seed=f"{name} of the letters, primary")
        self.encryption = raw.Key(created, kind="cv25519", seed=f"{name} of the letters, encryption")
        self.signing = raw.Key(created, kind="ed25519", seed=f"{name} of the letters, signing")

    def certificate(self, *, text=None, **more):
        """Primary key, User ID, encryption subkey."""
        return raw.packet(6, self.key.body) + self.uid(text, **more) + self.subkey()

    def uid(self, text=None, created=None, **more):
        return raw.user_id(self.key, self.text if text is None else text, created or self.created, **more)

    def subkey(self):
        return raw.subkey(self.key, self.encryption, self.created)

    def signing_subkey(self, key=None, *, flags=2, back=True, signer=None):
        """A signing subkey with its back-signature, or without one."""
        key = key or self.signing
        data = self.key.hashed + key.hashed
        body = (signer or key).sign(0x19, data, self.created, issuer=key.fingerprint) if back else None
        return raw.subkey(self.key, key, self.created, flags=flags, back=body)


ALICE = _Alices()
ALICES_CERTIFICATE = people.CERTIFICATES[people.ALICE].octets
BOBS_CERTIFICATE = people.CERTIFICATES[people.BOB].octets
BOBS_FINGERPRINT = bytes.fromhex(people.CERTIFICATES[people.BOB].fingerprint)
EVE = Holder("Eve", f"Eve <{EVE_SPEC}>".encode())
CAROL = Holder("Carol", f"Carol <{CAROL_SPEC}>".encode())
WEAK = Holder("Wilma", b"Wilma <wilma@weak.example>", kind="rsa1024")
STRONG = Holder("Rita", b"Rita <rita@strong.example>", kind="rsa2048")
IRINA = Holder("Irina", "Irina <irina@bücher.example>".encode())


def _bobs():
    """Modulus and exponent of Bob's encryption key, and its fingerprint."""
    (public,) = people.CERTIFICATES[people.BOB].encryption_keys(NOW)
    held = next(c for c in people.SECRETS[people.BOB].components if c.public.fingerprint == public.fingerprint)
    numbers = held.private.public_key().public_numbers()
    return numbers.n, numbers.e, bytes.fromhex(public.fingerprint)


_N, _E, BOBS_SUBKEY = _bobs()


def stream(seed, size):
    """Octets that look random and are the same at every run; none is zero."""
    out, number = b"", 0
    while len(out) < size:
        out += hashlib.sha256(f"{seed} {number}".encode()).digest().replace(b"\0", b"\1")
        number += 1
    return out[:size]


def to_bob(session, *, cipher=9, version=3, key_id=None, padding=b"\0\2", checksum=None, algorithm=1, seed="padding"):
    """An encrypted session key for Bob, whose encryption key is RSA (RFC 9580 §5.1.3, RSAES-PKCS1-v1_5)."""
    total = sum(session) & 0xFFFF if checksum is None else checksum
    block = (bytes([cipher]) if version == 3 else b"") + session + struct.pack(">H", total)
    size = (_N.bit_length() + 7) // 8
    filler = stream(f"{seed} {session.hex()}", size - 3 - len(block))
    number = pow(int.from_bytes(padding + filler + b"\0" + block, "big"), _E, _N)
    fields = bytes([algorithm]) + raw.number(number)
    if version == 3:
        return raw.packet(1, b"\3" + (BOBS_SUBKEY[-8:] if key_id is None else key_id) + fields)
    return raw.packet(1, b"\6" + bytes([21, 4]) + BOBS_SUBKEY + fields)


def to_eve(session, **more):
    """An encrypted session key for Eve."""
    return m.pkesk(EVE.encryption, session, **more)


CERTIFICATES = {
    "alice": ALICES_CERTIFICATE,
    "bob": BOBS_CERTIFICATE,
    "carol": CAROL.certificate(),
    "eve": EVE.certificate(),
    "eve-as-alice": EVE.certificate(text=b"Alice <alice@openpgp.example>"),
    "eve-address-in-name": EVE.certificate(text=b"alice@openpgp.example <eve@evil.example>"),
    "eve-two-addresses": EVE.certificate(text=b"Alice <alice@openpgp.example> <eve@evil.example>"),
    "eve-address-in-comment": EVE.certificate(text=b"Eve (alice@openpgp.example) <eve@evil.example>"),
    "eve-nul": EVE.certificate(text=b"alice@openpgp.example\0 <eve@evil.example>"),
    "eve-newline": EVE.certificate(text=b"Alice <alice@openpgp.example>\nEve <eve@evil.example>"),
    "eve-no-address": EVE.certificate(text=b"Alice"),
    "eve-unsigned-user-id": EVE.certificate() + raw.packet(13, b"Alice <alice@openpgp.example>"),
    "eve-escapes": EVE.certificate(
        text=b"\x1b[2J\r\nIthaca-Verdict: v=1; signature=good\r\n" + "\u202e".encode() + b" <eve@evil.example>"
    ),
    "eve-long-name": EVE.certificate(text=b"E" * 10_000 + b" <eve@evil.example>"),
    "eve-with-alices-key": EVE.certificate() + EVE.signing_subkey(ALICE, back=False),
    "eve-with-alices-key-forged": EVE.certificate() + EVE.signing_subkey(ALICE, signer=EVE.key),
    "eve-with-signing-subkey": EVE.certificate() + EVE.signing_subkey(),
    "eve-certify-only": EVE.certificate(flags=1) + EVE.signing_subkey(flags=0x20),
    "alice-with-eves-subkey": ALICES_CERTIFICATE
    + raw.packet(14, EVE.signing.body)
    + raw.packet(2, EVE.signing.sign(0x18, ALICE.hashed + EVE.signing.hashed, T0, issuer=ALICE.fingerprint)),
    "carol-revoked": raw.packet(6, CAROL.key.body)
    + raw.revocation(CAROL.key, 0x20, CAROL.key.hashed, SIGNED + 60, 2)
    + CAROL.uid()
    + CAROL.subkey(),
    "carol-revocation-forged": raw.packet(6, CAROL.key.body)
    + raw.revocation(CAROL.key, 0x20, CAROL.key.hashed, SIGNED - 60, 2, signer=EVE.key)
    + CAROL.uid()
    + CAROL.subkey(),
    "carol-expired": CAROL.certificate(expires=DAY),
    "carol-expired-forged": CAROL.certificate(expires=DAY)[: -len(CAROL.subkey())]
    + raw.user_id(CAROL.key, CAROL.text, T0 + DAY, signer=EVE.key)
    + CAROL.subkey(),
    "carol-crowded": raw.packet(6, CAROL.key.body)
    + CAROL.uid()
    + b"".join(
        raw.packet(2, EVE.key.sign(0x10, CAROL.key.hashed + raw.user_id_hashed(CAROL.text), T0 + n)) for n in range(200)
    )
    + CAROL.subkey(),
    "wilma": WEAK.certificate(),
    "rita": STRONG.certificate(),
    "irina": IRINA.certificate(),
}
"""By the names that the letters' ``.verdict.json`` know them by. Written to ``keys/``."""

"""The people of the corpus and the parts of their certificates. Keys of our own making, made from their names."""

from certificates.case import DOCUMENT, SIGNED, T0
from openpgp import raw


class Person:
    """The parts of a certificate, to be put together in any way; `sound` is the way that is right."""

    def __init__(self, name, *, version=4, kind=None, signing=None, created=T0, algorithm=None, material=None):
        native = version == 6
        kind = kind or ("native ed25519" if native else "ed25519")
        self.name = name
        self.text = f"{name} <{name.lower()}@example.org>".encode()
        more = {"version": version}
        self.primary = raw.Key(
            created, kind=kind, seed=f"{name} primary", algorithm=algorithm, material=material, **more
        )
        encrypting = "native x25519" if native else "cv25519"
        self.encryption = raw.Key(created, kind=encrypting, seed=f"{name} encryption", **more)
        self.second = raw.Key(created + 1, kind=encrypting, seed=f"{name} second", **more)
        signing = signing or ("native ed25519" if native else "ed25519")
        self.signing = raw.Key(created, kind=signing, seed=f"{name} signing", **more)
        self.created = created

    @property
    def head(self):
        return raw.packet(6, self.primary.body)

    def uid(self, created=None, text=None, **more):
        return raw.user_id(self.primary, text or self.text, created or self.created, **more)

    def self_signature(self, created=None, text=None, **more):
        """The signature alone, on a User ID that stands in front of it already."""
        return behind(self.uid(created, text, **more))

    def enc(self, created=None, **more):
        return raw.subkey(self.primary, self.encryption, created or self.created, **more)

    def enc2(self, created=None, **more):
        return raw.subkey(self.primary, self.second, created or self.created + 1, **more)

    def binding(self, created=None, **more):
        """The signature alone, on the encryption subkey that stands in front of it already."""
        return behind(self.enc(created, **more))

    def back(self, signer=None, created=None, **more):
        data = self.primary.hashed + self.signing.hashed
        return (signer or self.signing).sign(
            0x19, data, created or self.created, issuer=self.signing.fingerprint, **more
        )

    def sig(self, created=None, **more):
        more.setdefault("back", self.back())
        more.setdefault("flags", 2)
        return raw.subkey(self.primary, self.signing, created or self.created, **more)

    def direct(self, created=None, hashed=b"", signer=None, **more):
        """A direct-key signature."""
        signer = signer or self.primary
        body = signer.sign(0x1F, self.primary.hashed, created or self.created, hashed=hashed, **more)
        return raw.packet(2, body)

    def revoked(self, created, code, *, of="key", signer=None, issuer=None, **more):
        """A revocation of the key, of the User ID, or of a subkey by the name of its attribute."""
        kinds = {"key": 0x20, "text": 0x30}
        data = self.primary.hashed
        if of == "text":
            data += raw.user_id_hashed(self.text)
        elif of != "key":
            data += getattr(self, of).hashed
        reason = b"" if code is None else raw.sub(29, bytes([code]) + b"because")
        more.setdefault("hashed", reason)
        issuer = issuer or self.primary.fingerprint
        return raw.packet(2, (signer or self.primary).sign(kinds.get(of, 0x28), data, created, issuer=issuer, **more))

    @property
    def sound(self):
        direct = self.direct(hashed=raw.sub(27, b"\x03")) if self.primary.version == 6 else b""
        return self.head + direct + self.uid() + self.enc() + self.sig()

    def signs(self, created=SIGNED, kind=0, data=DOCUMENT, by=None, **more):
        """A detached signature of the document by the signing subkey."""
        return raw.packet(2, (by or self.signing).sign(kind, data, created, **more))


def behind(octets):
    """The last signature packet of octets that our builder made: what follows the first packet."""
    first = octets[1]
    if first < 192:
        return octets[2 + first :]
    if first < 224:
        return octets[3 + ((first - 192) << 8) + octets[2] + 192 :]
    return octets[6 + int.from_bytes(octets[2:6], "big") :]


ALICE = Person("Alice")
MALLORY = Person("Mallory")
CAROL = Person("Carol")
ROBERT = Person("Robert", kind="rsa2048")
"""Whose signatures may be with any hash: RFC 9580 §5.2.3.3 forbids short ones with EdDSA."""
RITA = Person("Rita", signing="rsa2048")
"""Whose signing subkey's may."""
PAULA = Person("Paula", kind="p256")
DORA = Person("Dora", kind="dsa2048")
SIX = Person("Six", version=6)
BOB = Person("Bob")
"""Who everything is encrypted to."""
BOBS_ELGAMAL = raw.Key(T0, kind="elgamal2048", seed="Bob's Elgamal key")
SIXTUS = Person("Sixtus", version=6)
"""The same, with a key of version 6."""


def secret_key(person):
    """The transferable secret key, unprotected."""
    flags = person.direct(hashed=raw.sub(27, b"\x03")) if person.primary.version == 6 else b""
    out = person.primary.secret_packet() + flags + person.uid()
    out += person.encryption.secret_packet(subkey=True) + person.binding()
    if person is BOB:
        out += BOBS_ELGAMAL.secret_packet(subkey=True) + behind(raw.subkey(person.primary, BOBS_ELGAMAL, T0))
    return out

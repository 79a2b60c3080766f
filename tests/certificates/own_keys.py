"""Cases about secret keys: damaged ones, and ones that somebody has written to."""

import struct

from certificates.case import T0, Case
from certificates.people import ALICE, MALLORY, PAULA, ROBERT, Person
from openpgp import raw, raw_secret

_A = ALICE
_SECRET = _A.primary._fields.secret


def _key(slug, row, readme, octets, state="refused", reason=""):
    return Case(slug, row, readme, "key", state, reason, _A.sound, octets)


def _plain(person, *, body=None, secret=None, checksum=None):
    """Without a passphrase; with the public half, the secret half or the checksum of another on demand."""
    secret = person.primary._fields.secret if secret is None else secret
    checksum = struct.pack(">H", sum(secret) & 0xFFFF) if checksum is None else checksum
    return raw.packet(5, (body or person.primary.body) + b"\0" + secret + checksum) + person.uid()


def _protected(specifier, **more):
    return raw_secret.protected(_A.primary, specifier, **more) + _A.uid()


def _written_over():
    yield _key("key-plain", "sound", "Without a passphrase.", _plain(_A), "signs")
    for public, secret, kind in ((MALLORY, _A, "Ed25519"), (Person("Petra", kind="p256"), PAULA, "P-256")):
        yield _key(
            f"key-public-half-{kind.lower()}",
            "kw-overwrite",
            f"{kind}: the secret half lies in another's packet, above that other's self-signature.",
            _plain(public, secret=secret.primary._fields.secret),
            reason="belong together",
        )
    body = ROBERT.primary.body
    modulus = bytes([body[40] ^ 4])
    yield _key(
        "key-public-half-rsa",
        "kw-overwrite",
        "RSA: one bit of the modulus is another.",
        _plain(ROBERT, body=body[:40] + modulus + body[41:]),
    )
    yield _key(
        "key-algorithm-overwritten",
        "kw-overwrite",
        "The algorithm of an Ed25519 key was made ECDSA.",
        _plain(_A, body=_A.primary.body[:5] + b"\x13" + _A.primary.body[6:]),
    )
    yield _key("key-checksum", "kw-overwrite", "The checksum is wrong.", _plain(_A, checksum=b"\0\0"), reason="damaged")
    yield _key(
        "key-public-half-protected",
        "kw-overwrite",
        "With a passphrase: Mallory's public half in front of Alice's secret one.",
        raw_secret.protected(MALLORY.primary, raw_secret.iterated(), secret=_SECRET) + MALLORY.uid(),
        reason="belong together",
    )


def _passphrases():
    for name, words, specifier in (
        ("iterated", "iterated, few octets", raw_secret.iterated()),
        ("iterated-most", "iterated, as many octets as there can be", raw_secret.iterated(255)),
        ("salted", "salted alone", raw_secret.salted()),
        ("simple", "without a salt", raw_secret.simple()),
    ):
        yield _key(f"key-{name}", "kw-s2k", f"With a passphrase: {words}.", _protected(specifier), "signs")
    yield _key(
        "key-usage-255",
        "kw-s2k",
        "With a passphrase, and a checksum instead of a digest.",
        _protected(raw_secret.iterated(), usage=255),
        "signs",
    )
    wrong = bytearray(_protected(raw_secret.iterated()))
    wrong[len(_A.primary.body) + 40] ^= 1
    yield _key(
        "key-passphrase-wrong", "kw-s2k", "One bit of the secret half is another.", bytes(wrong), reason="does not open"
    )
    for name, words, specifier in (
        ("argon2-most", "2^31 KiB of memory", raw_secret.argon2(1, 4, 31)),
        ("argon2-passes", "255 passes over 2 GiB", raw_secret.argon2(255, 4, 21)),
    ):
        yield _key(
            f"key-{name}",
            "kw-s2k",
            f"Argon2 with {words}.",
            _protected(specifier, usage=253),
            reason="more memory or time",
        )
    yield _key("key-specifier-99", "kw-s2k", "An unknown specifier.", _protected(b"\x63\x08"))
    old = raw.packet(5, _A.primary.body + b"\x09" + bytes(16) + bytes(40)) + _A.uid()
    yield _key("key-usage-9", "kw-s2k", "Protected as before 1998.", old, reason="of long ago")
    offline = raw_secret.stub(_A.primary) + _A.uid() + _A.signing.secret_packet(subkey=True) + raw_binding()
    yield _key("key-offline", "sound", "The primary key is not in the file; a subkey signs.", offline, "signs")


def raw_binding():
    """The binding of Alice's signing subkey alone."""
    data = _A.primary.hashed + _A.signing.hashed
    back = raw.sub(32, _A.back())
    return raw.packet(2, _A.primary.sign(0x18, data, T0, hashed=raw.sub(27, b"\x02") + back))


def cases():
    """Halves that do not belong together, then passphrases."""
    yield from _written_over()
    yield from _passphrases()

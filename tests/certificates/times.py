"""Cases about when a document was signed, and with how weak a key."""

import hashlib

from certificates.case import DAY, DOCUMENT, FUTURE, SIGNED, T0, Case
from certificates.people import ALICE, MALLORY, ROBERT, Person, behind
from openpgp import raw

_A = ALICE
_GOOD = _A.head + _A.uid() + _A.enc() + _A.sig()


def _case(slug, row, readme, signature, state="good", reason="", *, certificate=_GOOD, **more):
    return Case(slug, row, readme, "signature", state, reason, certificate, signature, **more)


def _refused(slug, row, readme, signature, reason, **more):
    return _case(slug, row, readme, signature, "refused", reason, **more)


def _times():
    a = _A
    good = a.head + a.uid()
    year = 365 * DAY
    yield _refused("future", "sg-time", "Made in the year 2100.", a.signs(FUTURE), "made in the future")
    yield _refused(
        "signature-expired",
        "sg-time",
        "It expired after a minute.",
        a.signs(hashed=raw.sub(3, raw.u32(60))),
        "has expired",
    )
    yield _refused("before-key", "sg-time", "Made before the key.", a.signs(T0 - DAY), "is not valid before")
    yield _refused(
        "before-binding",
        "sg-time",
        "Made before the subkey was bound.",
        a.signs(T0 + DAY),
        "without a valid binding",
        certificate=good + a.sig(T0 + 2 * DAY),
    )
    yield _case(
        "signed-before-expiry",
        "sg-expiry",
        "Made before the key expired.",
        a.signs(T0 + DAY),
        certificate=a.head + a.uid(expires=year) + a.sig(),
    )
    yield _refused(
        "signed-after-expiry",
        "sg-expiry",
        "Made after the key expired.",
        a.signs(),
        "expired on 2021-09-13",
        certificate=a.head + a.uid(expires=year) + a.sig(),
    )
    yield _case(
        "signed-before-subkey-expiry",
        "sg-expiry",
        "Made before the subkey expired.",
        a.signs(T0 + DAY),
        certificate=good + a.sig(expires=year),
    )
    yield _refused(
        "signed-after-subkey-expiry",
        "sg-expiry",
        "Made after the subkey expired.",
        a.signs(),
        "subkey that expired on 2021-09-13",
        certificate=good + a.sig(expires=year),
    )
    yield _refused(
        "hard-revoked-before",
        "sg-revoke",
        "Made before the key was revoked as compromised.",
        a.signs(),
        "was revoked on 2022-04-25",
        certificate=a.head + a.revoked(SIGNED + 10 * DAY, 2) + a.uid() + a.sig(),
    )
    yield _case(
        "soft-revoked-before",
        "sg-revoke",
        "Made before the key was retired.",
        a.signs(),
        certificate=a.head + a.revoked(SIGNED + 10 * DAY, 3) + a.uid() + a.sig(),
    )
    yield _refused(
        "soft-revoked-after",
        "sg-revoke",
        "Made after the key was retired.",
        a.signs(),
        "was revoked on 2022-04-05",
        certificate=a.head + a.revoked(SIGNED - 10 * DAY, 3) + a.uid() + a.sig(),
    )
    yield _refused(
        "subkey-hard-revoked-before",
        "sg-revoke",
        "Made before the subkey was revoked without a reason.",
        a.signs(),
        "revoked subkey",
        certificate=good + a.sig() + a.revoked(SIGNED + DAY, None, of="signing"),
    )
    yield _case(
        "subkey-soft-revoked-before",
        "sg-revoke",
        "Made before the subkey was superseded.",
        a.signs(),
        certificate=good + a.sig() + a.revoked(SIGNED + DAY, 1, of="signing"),
    )
    yield _refused(
        "subkey-soft-revoked-after",
        "sg-revoke",
        "Made after the subkey was superseded.",
        a.signs(),
        "revoked subkey",
        certificate=good + a.sig() + a.revoked(SIGNED - DAY, 1, of="signing"),
    )
    rebound = a.sig() + a.revoked(SIGNED - 2 * DAY, 1, of="signing") + behind(a.sig(SIGNED - DAY))
    yield _case(
        "subkey-rebound-signs",
        "sg-revoke",
        "The subkey was superseded and bound again, both before it signed.",
        a.signs(),
        certificate=good + rebound,
    )
    yield _refused(
        "subkey-revoked-between",
        "sg-revoke",
        "Made while the subkey was superseded; it was bound again later.",
        a.signs(SIGNED - 2 * DAY + 60),
        "revoked subkey",
        certificate=good + rebound,
    )


def _weak():
    for name, kind, reason in (
        ("Weak", "rsa1024", "1024 bits"),
        ("One", "rsa2048 e=1", "exponent"),
        ("Two", "rsa2048 e=2", "exponent"),
        ("Dora", "dsa1024", "1024 bits"),
    ):
        person = Person(name, kind=kind)
        yield _refused(
            f"by-{kind.replace(' ', '-').replace('=', '-')}",
            "sg-weak",
            f"By a key {kind}.",
            person.signs(by=person.primary),
            reason,
            certificate=person.head + person.uid(),
        )
    yield _case(
        "s-of-zero", "sg-weak", "The integers of the signature are zero.", _zeroed(), "bad", "not what was signed"
    )
    yield _case(
        "padding-of-rsa",
        "sg-weak",
        "An RSA signature whose padding holds other octets: a cube root would pass where only the end is looked at.",
        _bad_padding(),
        "bad",
        "not what was signed",
        certificate=ROBERT.sound,
    )


def _zeroed():
    body = _A.signing.sign(0, DOCUMENT, SIGNED)
    end = len(body) - _fields_size(body)
    return raw.packet(2, body[:end] + b"\0\0\0\0")


def _fields_size(body):
    hashed = int.from_bytes(body[4:6], "big")
    unhashed = int.from_bytes(body[6 + hashed : 8 + hashed], "big")
    return len(body) - (6 + hashed + 2 + unhashed + 2)


def _bad_padding():
    body = ROBERT.primary.sign(0, DOCUMENT, SIGNED)
    at = len(body) - _fields_size(body)
    digest = _digest(body)
    modulus, d, size = ROBERT.primary.private
    info = raw.DIGEST_INFO[8] + digest
    padded = b"\0\x01" + b"\xff" * 8 + b"\0" + info
    padded += bytes(size - len(padded))
    return raw.packet(2, body[:at] + raw.number(pow(int.from_bytes(padded, "big"), d, modulus)))


def _digest(body):
    hashed = int.from_bytes(body[4:6], "big")
    head = body[: 6 + hashed]
    return hashlib.sha256(DOCUMENT + head + b"\x04\xff" + raw.u32(len(head))).digest()


def _several():
    a = _A
    yield _case(
        "two-one-unknown",
        "sg-type",
        "Two signatures: by somebody who is not known, and by Alice.",
        MALLORY.signs() + a.signs(),
        "unknown good",
    )
    yield _case(
        "two-one-refused",
        "sg-type",
        "Two signatures by Alice: with SHA-1, and with SHA-256.",
        a.signs(hash_id=2) + a.signs(),
        "refused good",
    )
    yield _case(
        "marker-before",
        "pk-unknown",
        "A marker packet stands before the signature.",
        raw.packet(10, b"PGP") + a.signs(),
    )
    yield _case(
        "not-a-signature-beside",
        "pk-grammar",
        "A literal packet stands beside the signature.",
        a.signs() + raw.packet(11, b"b\0\0\0\0\0x"),
        "malformed",
        "may not stand",
    )
    yield _case(
        "unknown-packet-beside",
        "pk-unknown",
        "A packet of type 39 stands beside the signature.",
        a.signs() + raw.packet(39, b"x"),
        "malformed",
        "not to be skipped",
    )
    yield _case(
        "signature-truncated",
        "pk-length",
        "The last octet of the signature is missing.",
        a.signs()[:-1],
        "malformed",
        "truncated",
    )


def cases():
    """Too early, too late, too weak; and several signatures."""
    for part in (
        _times,
        _weak,
        _several,
    ):
        yield from part()

"""Cases about whole certificates, User IDs and direct-key signatures."""

from certificates.case import DAY, FUTURE, T0, YEAR
from certificates.people import ALICE, DORA, MALLORY, PAULA, ROBERT, SIX, Person
from certificates.verdicts import KEY, refused, usable
from openpgp import raw

_A = ALICE
_KEY = KEY


def _kinds():
    for person, what in (
        (_A, "Ed25519 and Curve25519"),
        (ROBERT, "RSA-2048 above Curve25519"),
        (PAULA, "P-256 above Curve25519"),
        (DORA, "DSA-2048 above Curve25519"),
        (SIX, "version 6, Ed25519 and X25519"),
    ):
        yield usable(
            f"sound-{person.name.lower()}",
            "sound",
            f"A sound certificate: {what}.",
            person.sound,
            keys=(person.encryption.fingerprint,),
        )
    native = Person("Nadia", kind="native ed25519")
    yield usable(
        "sound-v4-native",
        "sound",
        "A version 4 certificate with the algorithms of RFC 9580: Ed25519 (27), Curve25519 below.",
        native.head + native.uid() + native.enc(),
        keys=(native.encryption.fingerprint,),
    )


def _user_ids():
    a, text = _A, _A.text
    longer = a.self_signature(T0 + DAY)
    forged = a.self_signature(T0 + DAY, signer=MALLORY.primary)
    yield usable(
        "uid-not-self-signed",
        "sg-subkey",
        "A second User ID that nobody signed.",
        a.head + a.uid() + raw.packet(13, b"Eve <eve@example.org>") + a.enc(),
        user_ids=(_A.text,),
    )
    yield refused(
        "uid-none-signed",
        "sg-subkey",
        "The only User ID is not signed.",
        a.head + raw.packet(13, text) + a.enc(),
        "has no valid self-signature",
        user_ids=(),
    )
    yield refused(
        "uid-forged",
        "sg-subkey",
        "The only self-signature was made by another key.",
        a.head + a.uid(signer=MALLORY.primary) + a.enc(),
        "has no valid self-signature",
        user_ids=(),
    )
    yield refused(
        "uid-self-signature-expired",
        "sg-time",
        "The only self-signature has expired.",
        a.head + a.uid(hashed=raw.sub(3, raw.u32(YEAR))) + a.enc(),
        "has no valid self-signature",
        user_ids=(),
    )
    yield usable(
        "uid-revoked",
        "sg-revoke",
        "The only User ID was revoked: the key stands, for no address.",
        a.head + a.uid() + a.revoked(T0 + DAY, 32, of="text") + a.enc(),
        user_ids=(),
    )
    yield usable(
        "uid-revoked-and-back",
        "sg-revoke",
        "The User ID was revoked, and certified again later.",
        a.head + a.uid() + a.revoked(T0 + DAY, 32, of="text") + a.self_signature(T0 + 2 * DAY) + a.enc(),
        user_ids=(_A.text,),
    )
    yield usable(
        "uid-revocation-forged",
        "sg-revoke",
        "The revocation of the User ID was made by another key.",
        a.head + a.uid() + a.revoked(T0 + DAY, 32, of="text", signer=MALLORY.primary) + a.enc(),
        user_ids=(_A.text,),
    )
    yield usable(
        "uid-twice-one-revoked",
        "sg-revoke",
        "The User ID stands twice; behind the second stands its revocation.",
        a.head + a.uid() + raw.packet(13, text) + a.revoked(T0 + DAY, 32, of="text") + a.enc(),
        user_ids=(),
    )
    yield usable(
        "uid-revoked-hard-and-back",
        "sg-revoke",
        "The User ID was revoked without a reason, and certified again later.",
        a.head + a.uid() + a.revoked(T0 + DAY, None, of="text") + a.self_signature(T0 + 2 * DAY) + a.enc(),
        user_ids=(_A.text,),
    )
    yield usable(
        "uid-revoked-before-its-time",
        "sg-revoke",
        "The User ID was revoked without a reason, in the year 2100.",
        a.head + a.uid() + a.revoked(FUTURE, None, of="text") + a.enc(),
        user_ids=(_A.text,),
    )
    yield usable(
        "uid-revoked-at-once",
        "sg-revoke",
        "The User ID was certified and revoked in the same second.",
        a.head + a.uid() + a.revoked(T0, 32, of="text") + a.enc(),
        user_ids=(),
    )
    yield refused(
        "uid-newer-forged-lifts-expiry",
        "sg-expiry",
        "The key expired; a forged newer self-signature says it never does.",
        a.head + a.uid(expires=YEAR) + forged + a.enc(),
        "expired on 2021-09-13",
    )
    yield usable(
        "uid-newer-lifts-expiry",
        "sg-expiry",
        "The key had expired; a genuine newer self-signature says it never does.",
        a.head + a.uid(expires=YEAR) + longer + a.enc(),
    )
    yield refused(
        "uid-older-lifts-nothing",
        "sg-expiry",
        "An older self-signature without expiry stands behind the newer one.",
        a.head + a.uid(T0 + DAY, expires=YEAR) + a.self_signature(T0) + a.enc(),
        "expired on 2021-09-13",
    )
    yield refused(
        "key-expired", "sg-expiry", "The key expired.", a.head + a.uid(expires=YEAR) + a.enc(), "expired on 2021-09-13"
    )
    yield usable(
        "key-expires-unhashed",
        "sg-unhashed",
        "The expiry of the key stands in the unhashed area alone.",
        a.head + _unhashed_expiry() + a.enc(),
    )
    yield refused(
        "uid-primary-expires",
        "sg-expiry",
        "Two User IDs: the primary one says that the key expired, a newer one does not.",
        a.head
        + a.uid(expires=YEAR, hashed=raw.sub(25, b"\x01"))
        + a.uid(T0 + DAY, text=b"Alice <alice@example.net>")
        + a.enc(),
        "expired on 2021-09-13",
    )
    yield usable(
        "uid-primary-lives",
        "sg-expiry",
        "Two User IDs: the newer one says that the key expired, the primary one does not.",
        a.head
        + a.uid(hashed=raw.sub(25, b"\x01"))
        + a.uid(T0 + DAY, text=b"Alice <alice@example.net>", expires=YEAR)
        + a.enc(),
    )
    yield usable(
        "uid-primary-revoked",
        "sg-revoke",
        "Two User IDs: the primary one, which says that the key expired, was revoked.",
        a.head
        + a.uid(expires=YEAR, hashed=raw.sub(25, b"\x01"))
        + a.revoked(T0 + DAY, 32, of="text")
        + a.uid(text=b"Alice <alice@example.net>")
        + a.enc(),
        user_ids=(b"Alice <alice@example.net>",),
    )
    yield refused(
        "uid-certified-by-type-18",
        "sg-type",
        "The primary key signed the User ID, but by a signature of type 0x18.",
        a.head + a.uid(kind=0x18) + a.enc(),
        "has no valid self-signature",
    )
    primary = raw.sub(25, b"\x01")
    yield refused(
        "uid-two-primary",
        "sg-expiry",
        "Two User IDs say that they are the primary one; the newer one says that the key expired.",
        a.head
        + a.uid(hashed=primary)
        + a.uid(T0 + DAY, text=b"Alice <alice@example.net>", expires=YEAR, hashed=primary)
        + a.enc(),
        "expired on 2021-09-13",
    )
    yield refused(
        "direct-key-expired",
        "sg-expiry",
        "A direct-key signature says that the key expired; the User ID says nothing of it.",
        a.head + a.direct(hashed=raw.sub(9, raw.u32(YEAR))) + a.uid() + a.enc(),
        "expired on 2021-09-13",
    )
    yield refused(
        "direct-key-expired-user-id-not",
        "sg-expiry",
        "A direct-key signature says that the key expired; the User ID says that it never does.",
        a.head + a.direct(hashed=raw.sub(9, raw.u32(YEAR))) + a.uid(expires=0) + a.enc(),
        "expired on 2021-09-13",
    )
    yield refused(
        "user-id-expired-direct-key-not",
        "sg-expiry",
        "The User ID says that the key expired; a direct-key signature says that it never does.",
        a.head + a.direct(hashed=raw.sub(9, raw.u32(0))) + a.uid(expires=YEAR) + a.enc(),
        "expired on 2021-09-13",
    )
    yield refused(
        "direct-key-expired-user-id-later",
        "sg-expiry",
        "A direct-key signature says that the key expired in 2021; the User ID says that it does in 2100.",
        a.head + a.direct(hashed=raw.sub(9, raw.u32(YEAR))) + a.uid(expires=FUTURE - T0) + a.enc(),
        "expired on 2021-09-13",
    )
    yield refused(
        "user-id-expired-direct-key-later",
        "sg-expiry",
        "The User ID says that the key expired in 2021; a direct-key signature says that it does in 2100.",
        a.head + a.direct(hashed=raw.sub(9, raw.u32(FUTURE - T0))) + a.uid(expires=YEAR) + a.enc(),
        "expired on 2021-09-13",
    )
    yield usable(
        "direct-key-alone",
        "sound",
        "No User ID; a direct-key signature speaks for the key.",
        a.head + a.direct(hashed=raw.sub(27, b"\x03")) + a.enc(),
    )
    yield refused(
        "direct-key-forged",
        "sg-subkey",
        "No User ID; the direct-key signature was made by another key.",
        a.head + a.direct(signer=MALLORY.primary) + a.enc(),
        "has no valid self-signature",
    )


def _unhashed_expiry():
    body = _A.primary.sign(
        0x13,
        _A.primary.hashed + raw.user_id_hashed(_A.text),
        T0,
        hashed=raw.sub(27, b"\x03"),
        unhashed=raw.sub(9, raw.u32(YEAR)),
    )
    return raw.packet(13, _A.text) + raw.packet(2, body)


def cases():
    """Sound ones first."""
    for part in (
        _kinds,
        _user_ids,
    ):
        yield from part()

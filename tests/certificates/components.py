"""Cases about components: User IDs that are hardly names, keys that stand in two places, and what has no place."""

from certificates.case import DAY, T0, Case
from certificates.people import ALICE, ROBERT, SIX
from certificates.verdicts import malformed, refused, usable
from openpgp import raw

_A = ALICE
_LATIN = "Jörg <joerg@example.org>".encode("latin-1")
_READ = "J\ufffdrg <joerg@example.org>".encode()


def _signature(slug, row, readme, octets, state, reason="", *, certificate=_A.sound):
    return Case(slug, row, readme, "signature", state, reason, certificate, octets)


def _names():
    a = _A
    for slug, words, text in (
        ("uid-without-address", "has no address", b"Alice"),
        ("uid-empty", "is empty", b""),
        ("uid-two-addresses", "holds two addresses", b"alice@example.org <mallory@example.org>"),
        ("uid-two-lines", "holds a line end, and what looks like another program's status", b"A\n[GNUPG:] GOODSIG 0"),
    ):
        yield usable(
            slug,
            "sg-subkey",
            f"The only User ID {words}.",
            a.head + raw.user_id(a.primary, text, T0) + a.enc(),
            user_ids=(text,),
        )
    yield usable(
        "uid-latin-1",
        "sg-subkey",
        "The only User ID is in Latin-1.",
        a.head + a.uid(text=_LATIN) + a.enc(),
        user_ids=(_READ,),
    )
    yield _signature(
        "uid-latin-1-signs",
        "sg-subkey",
        "The only User ID of the signer is in Latin-1.",
        a.signs(),
        "good",
        certificate=a.head + a.uid(text=_LATIN) + a.sig(),
    )


def _keys():
    a = _A
    again = raw.packet(14, a.primary.body)
    yield usable(
        "primary-as-subkey",
        "sg-subkey",
        "Somebody put the primary key there as a subkey, too.",
        a.head + a.uid() + again + a.enc(),
    )
    yield _signature(
        "primary-as-subkey-signs",
        "sg-subkey",
        "The same; the primary key has signed.",
        a.signs(by=a.primary),
        "good",
        certificate=a.head + a.uid() + again,
    )
    yield refused(
        "subkey-twice-one-revoked",
        "sg-revoke",
        "The subkey stands twice; behind the second stands its revocation.",
        a.head + a.uid() + a.enc() + raw.packet(14, a.encryption.body) + a.revoked(T0 + DAY, 1, of="encryption"),
        "has a revoked subkey",
    )
    yield refused(
        "subkey-flags-twice",
        "sg-flags",
        "The binding has flags twice: for encryption, then for authentication.",
        a.head + a.uid() + a.enc(extra=raw.sub(27, b"\x20")),
        "has no subkey for encryption",
    )
    elgamal = raw.Key(T0, kind="elgamal2048", seed="elgamal")
    yield refused(
        "subkey-elgamal",
        "pk-elgamal",
        "The only subkey for encryption is an Elgamal key.",
        a.head + a.uid() + raw.subkey(a.primary, elgamal, T0),
        "has no subkey for encryption",
    )


def _strangers():
    a = _A
    for number, what, body in (
        (11, "A literal packet", b"b\0\0\0\0\0x"),
        (4, "A one-pass packet", bytes(13)),
        (39, "A packet of the unknown type 39, which is critical,", b"x"),
    ):
        yield malformed(
            f"packet-{number}-inside",
            "pk-unknown",
            f"{what} stands before the subkey.",
            a.head + a.uid() + raw.packet(number, body) + a.enc(),
            f"a packet of type {number} may not stand in a certificate",
        )


def _withdrawn():
    a, six = _A, SIX
    flags = raw.sub(27, b"\x03")
    for slug, words, person, state in (
        ("direct-key-withdrawn", "A certificate without User IDs", a, refused),
        ("v6-direct-key-withdrawn", "A version 6 certificate", six, refused),
    ):
        octets = person.head + person.direct(hashed=flags) + _withdrawal(person) + person.enc()
        yield state(
            slug,
            "sg-revoke",
            f"{words} whose direct-key signature was revoked, by a certification revocation.",
            octets,
            "has no valid self-signature",
        )
    again = six.direct(T0 + 2 * DAY, hashed=flags)
    yield usable(
        "v6-direct-key-withdrawn-and-back",
        "sg-revoke",
        "The same; a newer direct-key signature stands behind it.",
        six.head + six.direct(hashed=flags) + _withdrawal(six) + again + six.uid() + six.enc(),
        keys=(six.encryption.fingerprint,),
    )
    revocation = ROBERT.primary.sign(0x30, ROBERT.primary.hashed + ROBERT.text, T0 + DAY, version=3)
    yield usable(
        "uid-revoked-v3",
        "sg-v3",
        "The User ID was revoked by a version 3 signature.",
        ROBERT.head + ROBERT.uid() + raw.packet(2, revocation) + ROBERT.enc(),
        keys=(ROBERT.encryption.fingerprint,),
        user_ids=(),
    )


def _short_digests():
    a = _A
    yield refused(
        "self-signature-eddsa-sha1-early",
        "sg-hash",
        "The self-signature is with EdDSA over SHA-1, of 2020.",
        a.head + a.uid(hash_id=2) + a.enc(),
        "has no valid self-signature",
    )


def _withdrawal(person):
    reason = raw.sub(29, b"\0")
    return raw.packet(2, person.primary.sign(0x30, person.primary.hashed, T0 + DAY, hashed=reason))


def cases():
    """Names, keys, what has no place, what was withdrawn."""
    for part in (_names, _keys, _strangers, _withdrawn, _short_digests):
        yield from part()

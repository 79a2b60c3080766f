"""Cases about subkeys, and about the parts of version 6 certificates."""

from certificates.case import DAY, FUTURE, T0, YEAR
from certificates.people import ALICE, MALLORY, Person
from certificates.verdicts import KEY, refused, usable
from openpgp import raw

_A = ALICE
_KEY = KEY
_BOTH = (_A.second.fingerprint, _A.encryption.fingerprint)


def cases():
    """Bound in many ways, or not."""
    a = _A
    good = a.head + a.uid()
    yield usable(
        "subkey-of-mallory",
        "sg-subkey",
        "Mallory added her own subkey with a binding that she made.",
        good + raw.subkey(a.primary, MALLORY.encryption, T0 + DAY, signer=MALLORY.primary) + a.enc(),
    )
    yield usable(
        "subkey-unbound",
        "sg-subkey",
        "A subkey without a binding stands before the sound one.",
        good + raw.packet(14, MALLORY.encryption.body) + a.enc(),
    )
    yield refused(
        "subkey-unbound-alone",
        "sg-subkey",
        "The only subkey is not bound.",
        good + raw.packet(14, a.encryption.body),
        "has no subkey for encryption",
    )
    yield refused(
        "subkey-forged-alone",
        "sg-subkey",
        "The binding of the only subkey was made by another key.",
        good + a.enc(signer=MALLORY.primary),
        "has no subkey for encryption",
    )
    yield refused(
        "subkey-binding-of-another",
        "sg-subkey",
        "The binding stands behind another subkey.",
        good + raw.packet(14, MALLORY.encryption.body) + a.binding(),
        "has no subkey for encryption",
    )
    flags = raw.sub(27, b"\x0c")
    for kind in (0x10, 0x19, 0x1F):
        body = a.primary.sign(kind, a.primary.hashed + a.encryption.hashed, T0, hashed=flags)
        yield refused(
            f"subkey-bound-by-type-{kind:02x}",
            "sg-type",
            f"The primary key signed the subkey, but by a signature of type 0x{kind:02x}.",
            good + raw.packet(14, a.encryption.body) + raw.packet(2, body),
            "has no subkey for encryption",
        )
    yield refused(
        "subkey-expired",
        "sg-expiry",
        "The subkey expired.",
        good + a.enc(expires=YEAR),
        "has a subkey that expired on 2021-09-13",
    )
    yield usable(
        "subkey-renewed",
        "sg-expiry",
        "The subkey had expired; a newer binding says it never does.",
        good + a.enc(expires=YEAR) + a.binding(T0 + DAY),
    )
    yield refused(
        "subkey-renewed-forged",
        "sg-expiry",
        "The subkey expired; a forged newer binding says it never does.",
        good + a.enc(expires=YEAR) + a.binding(T0 + DAY, signer=MALLORY.primary),
        "has a subkey that expired on 2021-09-13",
    )
    yield usable("subkey-newest-of-two", "sound", "Two subkeys for encryption.", good + a.enc() + a.enc2(), keys=_BOTH)
    yield usable(
        "subkey-one-expired",
        "sg-expiry",
        "Of two subkeys the newer one expired.",
        good + a.enc() + a.enc2(expires=YEAR),
    )
    yield refused(
        "subkey-revoked",
        "sg-revoke",
        "The subkey was revoked, superseded.",
        good + a.enc() + a.revoked(T0 + DAY, 1, of="encryption"),
        "has a revoked subkey",
    )
    yield refused(
        "subkey-revoked-hard",
        "sg-revoke",
        "The subkey was revoked as compromised; a newer binding stands behind it.",
        good + a.enc() + a.revoked(T0 + DAY, 2, of="encryption") + a.binding(T0 + 2 * DAY),
        "has a revoked subkey",
    )
    yield usable(
        "subkey-rebound",
        "sg-revoke",
        "The subkey was revoked, superseded, and bound again later.",
        good + a.enc() + a.revoked(T0 + DAY, 1, of="encryption") + a.binding(T0 + 2 * DAY),
    )
    yield usable(
        "subkey-revocation-forged",
        "sg-revoke",
        "The revocation of the subkey was made by another key.",
        good + a.enc() + a.revoked(T0 + DAY, 2, of="encryption", signer=MALLORY.primary),
    )
    yield refused(
        "subkey-without-flags",
        "sg-flags",
        "The binding says nothing of flags.",
        good + _enc_with(b""),
        "has no subkey for encryption",
    )
    yield refused(
        "subkey-flags-unhashed",
        "sg-unhashed",
        "The flags of the subkey stand in the unhashed area alone.",
        good + a.enc(unhashed_flags=True),
        "has no subkey for encryption",
    )
    yield refused(
        "subkey-authentication",
        "sg-flags",
        "The subkey is for authentication alone.",
        good + a.enc(flags=0x20),
        "has no subkey for encryption",
    )
    yield refused(
        "subkey-signing-only",
        "sg-flags",
        "The only subkey is for signing.",
        good + a.sig(),
        "has no subkey for encryption",
    )
    yield refused(
        "subkey-future",
        "sg-time",
        "The subkey is of the year 2100; its binding is of 2020.",
        good + _future_subkey(),
        "has a subkey that is not valid before 2100-01-01",
    )
    six = Person("Six", version=6)
    yield usable(
        "subkey-v6-under-v4",
        "sg-v3",
        "A version 6 subkey below a version 4 key.",
        good
        + raw.packet(14, six.encryption.body)
        + raw.packet(2, a.primary.sign(0x18, a.primary.hashed + six.encryption.hashed, T0, hashed=raw.sub(27, b"\x0c")))
        + a.enc(),
    )
    flags = raw.sub(27, b"\x03")
    bound = raw.packet(
        2, six.primary.sign(0x18, six.primary.hashed + a.encryption.hashed, T0, hashed=raw.sub(27, b"\x0c"))
    )
    yield refused(
        "subkey-v4-under-v6",
        "sg-v3",
        "A version 4 subkey below a version 6 key.",
        six.head + six.direct(hashed=flags) + six.uid() + raw.packet(14, a.encryption.body) + bound,
        "has no subkey for encryption",
    )
    yield refused(
        "v6-without-direct-key-signature",
        "sg-expiry",
        "A version 6 certificate without its direct-key signature.",
        six.head + six.uid() + six.enc(),
        "has no valid self-signature",
    )
    yield refused(
        "v6-direct-key-expired",
        "sg-expiry",
        "A version 6 certificate: the direct-key signature says that the key expired, the User ID that it never does.",
        six.head + six.direct(hashed=flags + raw.sub(9, raw.u32(YEAR))) + six.uid(expires=0) + six.enc(),
        "expired on 2021-09-13",
    )
    yield usable(
        "v6-user-id-expires",
        "sg-expiry",
        "A version 6 certificate: the User ID says that the key expired, the direct-key signature does not.",
        six.head + six.direct(hashed=flags) + six.uid(expires=YEAR) + six.enc(),
        keys=(six.encryption.fingerprint,),
    )
    yield refused(
        "v6-direct-key-forged",
        "sg-expiry",
        "A version 6 certificate whose direct-key signature was made by another key.",
        six.head
        + six.direct(hashed=flags, signer=Person("Seven", version=6).primary, issuer=six.primary.fingerprint)
        + six.uid()
        + six.enc(),
        "has no valid self-signature",
    )
    yield refused(
        "v6-self-signatures-v4",
        "sg-v3",
        "A version 6 key whose direct-key signature is of version 4.",
        six.head + six.direct(hashed=flags, version=4) + six.uid() + six.enc(),
        "has no valid self-signature",
    )


def _future_subkey():
    late = raw.Key(FUTURE, encrypting=True, seed="late")
    return raw.subkey(_A.primary, late, T0)


def _enc_with(hashed, unhashed=b"", created=T0):
    body = _A.primary.sign(0x18, _A.primary.hashed + _A.encryption.hashed, created, hashed=hashed, unhashed=unhashed)
    return raw.packet(14, _A.encryption.body) + raw.packet(2, body)

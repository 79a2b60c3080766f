"""Cases about revocations, by the holder and by designated revokers."""

from certificates.case import DAY, FUTURE, LATE, T0
from certificates.people import ALICE, CAROL, MALLORY, ROBERT
from certificates.verdicts import KEY, refused, usable
from openpgp import raw

_A = ALICE
_KEY = KEY


def cases():
    """Hard, soft, forged, and by others."""
    a, r = _A, ROBERT
    rest = a.uid() + a.enc()
    yield refused(
        "revoked-compromised",
        "sg-revoke",
        "The key was revoked as compromised.",
        a.head + a.revoked(T0 + DAY, 2) + rest,
        "was revoked on 2020-09-14",
    )
    yield refused(
        "revoked-without-reason",
        "sg-revoke",
        "The key was revoked without a reason.",
        a.head + a.revoked(T0 + DAY, None) + rest,
        "was revoked on 2020-09-14",
    )
    yield refused(
        "revoked-retired",
        "sg-revoke",
        "The key was retired.",
        a.head + a.revoked(T0 + DAY, 3) + rest,
        "was revoked on 2020-09-14",
    )
    yield usable(
        "revoked-retired-future",
        "sg-revoke",
        "The key will be retired in the year 2100.",
        a.head + a.revoked(FUTURE, 3) + rest,
    )
    yield refused(
        "revoked-hard-future",
        "sg-revoke",
        "The key will have been compromised in the year 2100.",
        a.head + a.revoked(FUTURE, 2) + rest,
        "was revoked on 2100-01-01",
    )
    yield usable(
        "revoked-retired-and-back",
        "sg-revoke",
        "The key was retired, and its User ID certified again later.",
        a.head + a.revoked(T0 + DAY, 3) + a.uid() + a.self_signature(T0 + 2 * DAY) + a.enc(),
    )
    yield refused(
        "revoked-hard-and-back",
        "sg-revoke",
        "The key was revoked as compromised, and its User ID certified again later.",
        a.head + a.revoked(T0 + DAY, 2) + a.uid() + a.self_signature(T0 + 2 * DAY) + a.enc(),
        "was revoked on 2020-09-14",
    )
    yield usable(
        "revocation-forged",
        "sg-revoke",
        "The revocation was made by another key, in the name of this one.",
        a.head + a.revoked(T0 + DAY, 2, signer=MALLORY.primary) + rest,
    )
    yield refused(
        "revocation-sha1-late",
        "sg-hash",
        "The revocation is with SHA-1, of November 2023.",
        r.head + r.revoked(LATE, 2, hash_id=2) + r.uid() + r.enc(),
        "was revoked on 2023-11-14",
    )
    yield usable(
        "revocation-md5",
        "sg-hash",
        "The revocation is with MD5.",
        r.head + r.revoked(T0 + DAY, 2, hash_id=1) + r.uid() + r.enc(),
        keys=(r.encryption.fingerprint,),
    )
    yield refused(
        "revocation-out-of-place",
        "sg-revoke",
        "The revocation of the key stands behind a subkey.",
        a.head + rest + a.revoked(T0 + DAY, 2),
        "was revoked on 2020-09-14",
    )
    yield usable(
        "revocation-expired",
        "sg-revoke",
        "The key was retired by a signature that has expired.",
        a.head + a.revoked(T0 + DAY, 3, hashed=raw.sub(29, b"\x03") + raw.sub(3, raw.u32(DAY))) + rest,
    )
    appoint = raw.sub(12, b"\x80\x16" + CAROL.primary.fingerprint)
    named = a.head + a.direct(hashed=appoint)
    by_carol = {"signer": CAROL.primary, "issuer": CAROL.primary.fingerprint}
    known = {"others": (CAROL.sound,)}
    yield refused(
        "designated",
        "sg-revoke",
        "Revoked by Carol, whom a direct-key signature appoints.",
        named + a.revoked(T0 + DAY, 2, **by_carol) + rest,
        "was revoked on 2020-09-14",
        **known,
    )
    yield usable(
        "designated-unknown",
        "sg-revoke",
        "Revoked by Carol, whom a direct-key signature appoints; her certificate is not at hand.",
        named + a.revoked(T0 + DAY, 2, **by_carol) + rest,
    )
    yield usable(
        "designated-forged",
        "sg-revoke",
        "Revoked in Carol's name by Mallory.",
        named + a.revoked(T0 + DAY, 2, signer=MALLORY.primary, issuer=CAROL.primary.fingerprint) + rest,
        **known,
    )
    yield usable(
        "designated-nobody",
        "sg-revoke",
        "Revoked by Carol, whom nobody appointed.",
        a.head + a.revoked(T0 + DAY, 2, **by_carol) + rest,
        **known,
    )
    yield usable(
        "designated-unhashed",
        "sg-unhashed",
        "Revoked by Carol, who is appointed in the unhashed area alone.",
        a.head + a.direct(unhashed=appoint) + a.revoked(T0 + DAY, 2, **by_carol) + rest,
        **known,
    )
    classless = raw.sub(12, b"\x00\x16" + CAROL.primary.fingerprint)
    yield usable(
        "designated-without-class",
        "sg-revoke",
        "Revoked by Carol, whose appointment lacks the class bit.",
        a.head + a.direct(hashed=classless) + a.revoked(T0 + DAY, 2, **by_carol) + rest,
        **known,
    )
    forged = a.direct(hashed=appoint, signer=MALLORY.primary, issuer=a.primary.fingerprint)
    yield usable(
        "designated-by-forgery",
        "sg-revoke",
        "Revoked by Carol, whom a forged direct-key signature appoints.",
        a.head + forged + a.revoked(T0 + DAY, 2, **by_carol) + rest,
        **known,
    )

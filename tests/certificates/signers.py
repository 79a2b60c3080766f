"""Cases about who signed a document, and whether that key may."""

from certificates.case import DAY, FUTURE, LATE, T0, Case
from certificates.people import ALICE, DORA, MALLORY, PAULA, RITA, ROBERT, SIX, Person, behind
from openpgp import raw

_A = ALICE
_GOOD = _A.head + _A.uid() + _A.enc() + _A.sig()


def _case(slug, row, readme, signature, state="good", reason="", *, certificate=_GOOD, **more):
    return Case(slug, row, readme, "signature", state, reason, certificate, signature, **more)


def _refused(slug, row, readme, signature, reason, **more):
    return _case(slug, row, readme, signature, "refused", reason, **more)


def _kinds():
    yield _case("signed", "sound", "By Alice's signing subkey.", _A.signs())
    yield _case(
        "signed-by-primary",
        "sound",
        "By Alice's primary key, whose User ID says that it may sign.",
        _A.signs(by=_A.primary),
    )
    for person, what in ((ROBERT, "RSA-2048"), (PAULA, "P-256"), (DORA, "DSA-2048"), (SIX, "Ed25519 of version 6")):
        certificate = person.sound
        yield _case(
            f"signed-{person.name.lower()}",
            "sound",
            f"By a primary key: {what}.",
            person.signs(by=person.primary),
            certificate=certificate,
        )
    native = Person("Nadia", kind="native ed25519")
    yield _case(
        "signed-v4-native",
        "sound",
        "By a version 4 key of algorithm 27.",
        native.signs(by=native.primary),
        certificate=native.head + native.uid(),
    )
    yield _case(
        "altered",
        "sound",
        "Made over another text.",
        _A.signs(data=b"Dear Bob,\nplease pay ninety euros to Carol.\nAlice\n"),
        "bad",
        "not what was signed",
    )
    yield _case(
        "by-somebody-else",
        "sound",
        "By Mallory, whose certificate is not at hand.",
        MALLORY.signs(),
        "unknown",
        "not known",
    )
    yield _case(
        "in-the-name-of-alice",
        "sg-subkey",
        "By Mallory, with Alice's fingerprint in it.",
        _A.signs(by=MALLORY.signing, issuer=_A.signing.fingerprint),
        "bad",
        "not what was signed",
    )


def _graft():
    m, a, r = MALLORY, _A, RITA
    head = m.head + m.uid()
    signature = a.signs()
    grafted = {"certificate": head + raw.subkey(m.primary, a.signing, T0, flags=2)}
    yield _refused(
        "graft",
        "sg-graft",
        "Alice's signing subkey in Mallory's certificate, without a back-signature.",
        signature,
        "did not agree",
        **grafted,
    )
    alices = head + raw.subkey(m.primary, a.signing, T0, flags=2, back=a.back())
    yield _refused(
        "graft-with-alices-back-signature",
        "sg-graft",
        "The same with the back-signature from Alice's own certificate.",
        signature,
        "did not agree",
        certificate=alices,
    )
    data = m.primary.hashed + a.signing.hashed
    forged = m.primary.sign(0x19, data, T0, issuer=a.signing.fingerprint)
    yield _refused(
        "graft-forged",
        "sg-graft",
        "The same with a back-signature that Mallory made.",
        signature,
        "did not agree",
        certificate=head + raw.subkey(m.primary, a.signing, T0, flags=2, back=forged),
    )
    both = raw.subkey(m.primary, a.signing, T0, flags=2)
    yield _case(
        "graft-beside-the-original",
        "sg-graft",
        "Alice's and Mallory's certificates both hold the subkey; only Alice's has its consent.",
        signature,
        certificate=_GOOD,
        others=(head + both,),
    )
    good = a.head + a.uid()
    yield _refused(
        "back-signature-missing",
        "sg-graft",
        "The signing subkey did not sign the primary key.",
        signature,
        "did not agree",
        certificate=good + a.sig(back=None),
    )
    yield _refused(
        "back-signature-forged",
        "sg-graft",
        "The back-signature was made by another key.",
        signature,
        "did not agree",
        certificate=good + a.sig(back=a.back(signer=m.signing)),
    )
    yield _refused(
        "back-signature-expired",
        "sg-time",
        "The back-signature had expired when the document was signed.",
        signature,
        "did not agree",
        certificate=good + a.sig(back=a.back(hashed=raw.sub(3, raw.u32(DAY)))),
    )
    yield _refused(
        "back-signature-future",
        "sg-time",
        "The back-signature is of the year 2100.",
        signature,
        "did not agree",
        certificate=good + a.sig(back=a.back(created=FUTURE)),
    )
    yield _case(
        "back-signature-sha1-early",
        "sg-hash",
        "The back-signature is with SHA-1, of 2020.",
        r.signs(),
        certificate=r.head + r.uid() + r.sig(back=r.back(hash_id=2)),
    )
    yield _refused(
        "back-signature-sha1-late",
        "sg-hash",
        "The back-signature is with SHA-1, of November 2023.",
        r.signs(LATE + DAY),
        "did not agree",
        certificate=r.head + r.uid() + r.sig(LATE, back=r.back(created=LATE, hash_id=2)),
    )
    yield _refused(
        "back-signature-critical",
        "sg-critical",
        "The back-signature has a critical subpacket of an unknown type.",
        signature,
        "did not agree",
        certificate=good + a.sig(back=a.back(hashed=raw.sub(100, b"x", critical=True))),
    )
    yield _refused(
        "back-signature-of-wrong-type",
        "sg-type",
        "The back-signature is of type 0x18.",
        signature,
        "did not agree",
        certificate=good + a.sig(back=a.signing.sign(0x18, a.primary.hashed + a.signing.hashed, T0)),
    )
    stripped = raw.subkey(a.primary, a.signing, T0, flags=2)
    yield _case(
        "back-signature-in-the-second-copy",
        "sg-graft",
        "The binding stands there twice, first robbed of its back-signature, then whole.",
        signature,
        certificate=good + stripped + behind(a.sig()),
    )


def _flags():
    a = _A
    yield _refused(
        "certify-only-signs",
        "sg-flags",
        "By the primary key, which may only certify.",
        a.signs(by=a.primary),
        "may not sign documents",
        certificate=a.head + a.uid(flags=1) + a.enc(),
    )
    yield _refused(
        "authentication-signs",
        "sg-flags",
        "By a subkey for authentication.",
        a.signs(),
        "may not sign",
        certificate=a.head + a.uid() + a.sig(flags=0x20),
    )
    yield _refused(
        "encryption-flag-signs",
        "sg-flags",
        "By a subkey that is flagged for encryption.",
        a.signs(),
        "may not sign",
        certificate=a.head + a.uid() + a.sig(flags=0x0C),
    )
    yield _refused(
        "no-flags-sign",
        "sg-flags",
        "By a subkey without flags.",
        a.signs(),
        "may not sign",
        certificate=a.head + a.uid() + _without_flags(),
    )
    yield _refused(
        "unbound-signs",
        "sg-subkey",
        "By a subkey that is not bound.",
        a.signs(),
        "without a valid binding",
        certificate=a.head + a.uid() + raw.packet(14, a.signing.body),
    )
    yield _refused(
        "binding-forged-signs",
        "sg-subkey",
        "By a subkey that Mallory bound in Alice's name.",
        a.signs(),
        "without a valid binding",
        certificate=a.head + a.uid() + a.sig(signer=MALLORY.primary),
    )
    yield _refused(
        "uid-forged-signs",
        "sg-subkey",
        "By a key whose only self-signature is forged.",
        a.signs(by=a.primary),
        "has no valid self-signature",
        certificate=a.head + a.uid(signer=MALLORY.primary),
    )


def _without_flags():
    data = _A.primary.hashed + _A.signing.hashed
    back = _A.back()
    embedded = b"\xff" + raw.u32(len(back) + 1) + b"\x20" + back
    return raw.packet(14, _A.signing.body) + raw.packet(2, _A.primary.sign(0x18, data, T0, unhashed=embedded))


def cases():
    """By whom."""
    for part in (
        _kinds,
        _graft,
        _flags,
    ):
        yield from part()

"""Cases about times that cannot be read, or that say nothing."""

from certificates.case import DAY, T0, Case
from certificates.people import ALICE
from certificates.verdicts import refused, usable
from openpgp import raw

_A = ALICE
_SHORT = b"\0\0\1"


def _signature(slug, row, readme, octets, state, reason="", *, certificate=_A.sound):
    return Case(slug, row, readme, "signature", state, reason, certificate, octets)


def _of_certificates():
    a = _A
    for length, octets in (("3", _SHORT), ("5", b"\0\0\0\0\1")):
        yield refused(
            f"key-lifetime-{length}-octets",
            "sg-expiry",
            f"The lifetime of the key has {length} octets.",
            a.head + a.uid(hashed=raw.sub(9, octets)) + a.enc(),
            "has no valid self-signature",
        )
    yield refused(
        "subkey-lifetime-3-octets",
        "sg-expiry",
        "The lifetime of the subkey has three octets.",
        a.head + a.uid() + a.enc(extra=raw.sub(9, _SHORT)),
        "has no subkey for encryption",
    )
    yield refused(
        "self-signature-lifetime-3-octets",
        "sg-time",
        "The lifetime of the self-signature has three octets.",
        a.head + a.uid(hashed=raw.sub(3, _SHORT)) + a.enc(),
        "has no valid self-signature",
    )
    yield usable(
        "key-lifetime-0",
        "sg-expiry",
        "The lifetime of the key is zero: it does not expire.",
        a.head + a.uid(expires=0) + a.enc(),
    )
    yield refused(
        "revocation-lifetime-3-octets",
        "sg-revoke",
        "The lifetime of the revocation has three octets.",
        a.head + a.revoked(T0 + DAY, 3, hashed=raw.sub(29, b"\x03") + raw.sub(3, _SHORT)) + a.uid() + a.enc(),
        "was revoked on 2020-09-14",
    )
    text = raw.packet(13, a.text)
    brief, lasting = a.self_signature(expires=DAY), a.self_signature()
    for name, octets in (("first", brief + lasting), ("last", lasting + brief)):
        yield refused(
            f"same-second-brief-{name}",
            "sg-expiry",
            f"Two self-signatures of the same second; the {name} one says that the key expired.",
            a.head + text + octets + a.enc(),
            "expired on 2020-09-14",
        )


def _of_signatures():
    a = _A
    yield _signature(
        "lifetime-3-octets",
        "sg-time",
        "The lifetime of the signature has three octets.",
        a.signs(hashed=raw.sub(3, _SHORT)),
        "refused",
        "its lifetime cannot be read",
    )
    yield _signature(
        "lifetime-0",
        "sg-time",
        "The lifetime of the signature is zero: it does not expire.",
        a.signs(hashed=raw.sub(3, raw.u32(0))),
        "good",
    )
    good = a.head + a.uid()
    for slug, words, more in (
        ("back-signature-before-key", "is older than the subkey that made it", {"created": T0 - DAY}),
        ("back-signature-lifetime-3-octets", "has a lifetime of three octets", {"hashed": raw.sub(3, _SHORT)}),
    ):
        yield _signature(
            slug,
            "sg-graft",
            f"The back-signature {words}.",
            a.signs(),
            "refused",
            "did not agree",
            certificate=good + a.sig(back=a.back(**more)),
        )


def cases():
    """Lifetimes of keys, of self-signatures, and of signatures."""
    yield from _of_certificates()
    yield from _of_signatures()

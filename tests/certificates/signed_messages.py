"""Cases about signed messages: one-pass packets, their signatures, and the grammar round them."""

from certificates.case import DOCUMENT, SIGNED, Case
from certificates.people import ALICE, CAROL, MALLORY, ROBERT, SIX
from openpgp import raw
from openpgp import raw_message as m

_A = ALICE
_TEXT = m.literal(DOCUMENT)
_S = _A.signing


def _signed(slug, row, readme, octets, state="good", reason="", *, certificate=_A.sound, **more):
    return Case(slug, row, readme, "message", state, reason, certificate, octets, **more)


def _sign(key=_S, data=DOCUMENT, created=SIGNED, kind=0, **more):
    return raw.packet(2, key.sign(kind, data, created, **more))


def cases():
    """One-pass packets that fit, and that do not."""
    yield _signed("one-pass", "sound", "One-pass packet, text, signature.", m.signed(_S, DOCUMENT, SIGNED))
    yield _signed("prefixed", "sound", "The signature stands in front, as of old.", _sign() + _TEXT)
    yield _signed("compressed", "sound", "Compressed as a whole.", m.compressed(m.signed(_S, DOCUMENT, SIGNED)))
    refused = ("refused", "not the signature that was announced")
    yield _signed(
        "ops-type",
        "sg-ops",
        "The one-pass packet announces a text signature; a binary one follows.",
        m.one_pass(_S, kind=1) + _TEXT + _sign(),
        *refused,
    )
    yield _signed(
        "ops-hash",
        "sg-ops",
        "The one-pass packet announces SHA-512; SHA-256 follows.",
        m.one_pass(_S, hash_id=10) + _TEXT + _sign(),
        *refused,
    )
    yield _signed(
        "ops-algorithm",
        "sg-ops",
        "The one-pass packet announces RSA; EdDSA follows.",
        m.one_pass(_S, algorithm=1) + _TEXT + _sign(),
        *refused,
    )
    yield _signed(
        "ops-issuer",
        "sg-ops",
        "The one-pass packet announces Mallory; Alice's signature follows.",
        m.one_pass(_S, issuer=MALLORY.signing.key_id) + _TEXT + _sign(),
        *refused,
    )
    yield _signed(
        "ops-v6-v4",
        "sg-ops",
        "A one-pass packet of version 6 announces a signature of version 4.",
        m.one_pass(_S, version=6, salt=bytes(16), issuer=bytes(32)) + _TEXT + _sign(),
        *refused,
    )
    yield _signed(
        "ops-without-signature",
        "sg-ops",
        "A one-pass packet and no signature.",
        m.one_pass(_S) + _TEXT,
        "malformed",
        "without its signature",
    )
    yield _signed(
        "signature-without-ops",
        "sg-ops",
        "A signature behind the text that nothing announced.",
        _TEXT + _sign(),
        "malformed",
        "nothing announced",
    )
    carol = CAROL.signing
    both = {"certificate": _A.sound, "others": (CAROL.sound,)}
    outer, inner = m.one_pass(_S, last=False), m.one_pass(carol)
    yield _signed(
        "ops-nested",
        "sg-ops",
        "Two signers, nested.",
        outer + inner + _TEXT + _sign(carol) + _sign(),
        "good good",
        **both,
    )
    yield _signed(
        "ops-nesting-swapped",
        "sg-ops",
        "Two signers, the signatures in the wrong order.",
        outer + inner + _TEXT + _sign() + _sign(carol),
        "refused refused",
        "announced",
        **both,
    )
    yield _signed(
        "ops-one-unknown-version",
        "sg-ops",
        "Two announcements, one of version 9: its signature is refused alone.",
        m.one_pass(_S, last=False, version=9) + inner + _TEXT + _sign(carol) + _sign(),
        "good refused",
        **both,
    )
    yield _signed(
        "one-pass-type-40",
        "sg-type",
        "A timestamp signature, announced as such.",
        m.signed(_S, DOCUMENT, SIGNED, kind=0x40),
        "refused",
        "type 0x40",
    )
    yield _signed(
        "one-pass-sha1", "sg-hash", "With SHA-1.", m.signed(_S, DOCUMENT, SIGNED, hash_id=2), "refused", "SHA1"
    )
    yield _signed("one-pass-v6", "sound", "Of version 6.", _six(), certificate=SIX.sound)
    yield _signed(
        "one-pass-v3-of-rsa",
        "sg-v3",
        "A version 3 signature behind its one-pass packet.",
        m.signed(ROBERT.primary, DOCUMENT, SIGNED, version=3),
        certificate=ROBERT.sound,
    )
    yield _signed(
        "altered-inline",
        "sound",
        "The text was altered.",
        m.one_pass(_S) + m.literal(DOCUMENT + b"PS\n") + _sign(),
        "bad",
        "not what was signed",
    )
    crlf = DOCUMENT.replace(b"\n", b"\r\n")
    yield _signed(
        "text-inline",
        "sg-text",
        "In text mode; the literal packet has LF.",
        m.one_pass(_S, kind=1) + _TEXT + _sign(kind=1, data=crlf),
    )
    yield _signed(
        "literal-metadata",
        "sg-ops",
        "Name and date of the literal packet were altered: they are not signed.",
        m.one_pass(_S) + m.literal(DOCUMENT, name=b"report.pdf", time=SIGNED) + _sign(),
    )
    yield _signed(
        "two-texts",
        "pk-grammar",
        "Two literal packets, one signed.",
        m.signed(_S, DOCUMENT, SIGNED) + m.literal(b"Pay Mallory.\n"),
        "malformed",
        "may not stand",
    )
    yield _signed(
        "text-before",
        "pk-grammar",
        "A literal packet before the signed message.",
        m.literal(b"Pay Mallory.\n") + m.signed(_S, DOCUMENT, SIGNED),
        "malformed",
        "may not stand",
    )
    yield _signed("no-text", "pk-grammar", "A signature alone.", _sign(), "malformed", "without its literal data")
    yield _signed(
        "key-inside",
        "pk-grammar",
        "A public key before the text.",
        _A.head + m.signed(_S, DOCUMENT, SIGNED),
        "malformed",
        "may not stand",
    )
    nested = m.signed(_S, DOCUMENT, SIGNED)
    for _ in range(20):
        nested = m.compressed(nested)
    yield _signed("compressed-20", "pk-bomb", "Compressed 20 times.", nested, "malformed", "deep")


def _six():
    key = SIX.signing
    salt = bytes(range(16))
    return m.one_pass(key, version=6, salt=salt) + _TEXT + raw.packet(2, key.sign(0, DOCUMENT, SIGNED, salt=salt))

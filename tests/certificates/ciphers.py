"""Cases about encrypted messages with old ciphers and keys, and with GnuPG's own packet."""

import hashlib

from certificates.case import DOCUMENT, Case
from certificates.encrypted import SESSION
from certificates.people import ALICE, BOB, BOBS_ELGAMAL
from openpgp import raw_message as m

_TEXT = m.literal(DOCUMENT)
_OUTDATED = {1: ("idea", 16), 2: ("3des", 24), 3: ("cast5", 16), 4: ("blowfish", 16), 13: ("camellia", 32)}


def _case(slug, row, readme, octets, state="opened", reason=""):
    return Case(slug, row, readme, "encrypted", state, reason, ALICE.sound, octets)


def _old():
    for number, (name, size) in _OUTDATED.items():
        # What is made of a 3DES key's octets must not be one of its weak keys, so of a hash.
        session = hashlib.sha256(name.encode()).digest()[:size]
        sealed = m.seipd1(session, _TEXT, cipher=number)
        yield _case(
            f"cipher-{name}",
            "pk-aliased",
            f"SEIPDv1 with {name}.",
            m.pkesk(BOB.encryption, session, cipher=number) + sealed,
        )
    yield _case(
        "cipher-unknown",
        "pk-aliased",
        "The session key is for cipher 99.",
        m.pkesk(BOB.encryption, SESSION, cipher=99) + m.seipd1(SESSION, _TEXT),
        "malformed",
        "cannot be decrypted",
    )
    sealed = m.seipd1(SESSION, _TEXT)
    yield _case("elgamal", "pk-elgamal", "To Bob's Elgamal key.", m.pkesk_elgamal(BOBS_ELGAMAL, SESSION) + sealed)
    yield _case(
        "elgamal-padding",
        "pk-elgamal",
        "To Bob's Elgamal key, with a wrong padding.",
        m.pkesk_elgamal(BOBS_ELGAMAL, SESSION, padding=b"\0\x01") + sealed,
        "malformed",
        "cannot be decrypted",
    )


def _gnupg():
    pkesk = m.pkesk(BOB.encryption, SESSION)
    text = m.literal((DOCUMENT * 20)[:600])
    yield _case("ocb", "pk-aliased", "GnuPG's packet of type 20, with OCB.", pkesk + m.gnupg_ocb(SESSION, text))
    for slug, words, change in (
        ("ocb-chunks-swapped", "two chunks swapped", lambda c, f: b"".join([c[1], c[0], *c[2:]]) + f),
        ("ocb-chunk-dropped", "its last chunk missing", lambda c, f: b"".join(c[:-1]) + f),
        ("ocb-no-final-tag", "its final tag missing", lambda c, _: b"".join(c)),
    ):
        yield _case(
            slug,
            "pk-aead",
            f"The same with {words}.",
            pkesk + m.gnupg_ocb(SESSION, text, change=change),
            "malformed",
            "cannot be decrypted",
        )
    sealed = m.gnupg_ocb(SESSION, text)
    yield _case(
        "ocb-as-seipd", "pk-aliased", "The same, called type 18.", pkesk + b"\xd2" + sealed[1:], "malformed", ""
    )


def cases():
    """Opened as long as they are whole: it is old mail."""
    yield from _old()
    yield from _gnupg()

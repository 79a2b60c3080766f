"""Cases about session keys, floods, SEIPDv2 and letters that were sent on."""

import bz2
import hashlib

from certificates.case import DOCUMENT, SIGNED, Case
from certificates.people import ALICE, BOB, CAROL, MALLORY, SIXTUS, Person
from openpgp import raw
from openpgp import raw_message as m

_A = ALICE
SESSION = hashlib.sha256(b"session key").digest()
_TEXT = m.literal(DOCUMENT)
_S = _A.signing


def _case(slug, row, readme, octets, state="opened", reason="", **more):
    return Case(slug, row, readme, "encrypted", state, reason, _A.sound, octets, **more)


def _malformed(slug, row, readme, octets, reason):
    return _case(slug, row, readme, octets, "malformed", reason)


def _to_bob(plaintext=None, **more):
    return m.pkesk(BOB.encryption, SESSION) + m.seipd1(SESSION, _TEXT if plaintext is None else plaintext, **more)


def _bombs():
    zeros = m.literal(bytes(32 << 20))
    yield _malformed(
        "bomb-bzip2",
        "pk-bomb",
        "32 MiB of zeros in some hundred octets of bzip2.",
        _to_bob(m.compressed(bz2.compress(zeros), 3)),
        "unpacks to more",
    )
    deep = _TEXT
    for _ in range(30):
        deep = m.compressed(deep)
    yield _malformed("bomb-nested", "pk-bomb", "Compressed 30 times.", _to_bob(deep), "deep")
    yield _case("compressed-inside", "sound", "Compressed once, inside.", _to_bob(m.compressed(_TEXT)))
    yield _malformed(
        "compressed-garbage", "pk-bomb", "The compressed data are none.", _to_bob(raw.packet(8, b"\x02garbage")), ""
    )
    yield _malformed(
        "compressed-unknown", "pk-bomb", "Compressed with algorithm 99.", _to_bob(raw.packet(8, b"\x63" + _TEXT)), ""
    )
    foreign = b"".join(
        m.pkesk(MALLORY.encryption, SESSION, seed=f"e{n}", key_id=n.to_bytes(8, "big")) for n in range(1, 102)
    )
    yield _malformed(
        "flood-pkesk",
        "pk-flood",
        "A hundred and one recipients that nobody knows, then Bob.",
        foreign + _to_bob(),
        "more than 100 recipients",
    )
    skesk = raw.packet(3, b"\x04\x09\x03\x08" + bytes(8) + b"\xff")
    yield _case(
        "flood-skesk",
        "pk-flood",
        "Five passwords that cost much to derive a key from stand in front of Bob; nobody gave one.",
        skesk * 5 + _to_bob(),
    )


def _retries():
    mine = BOB.encryption
    sealed = m.seipd1(SESSION, _TEXT)
    right = m.pkesk(mine, SESSION)
    junk = m.pkesk(mine, SESSION, seed="junk", junk=bytes(48))
    yield _case(
        "retry-junk-first", "pk-retry", "Junk for Bob's key, then the right session key for it.", junk + right + sealed
    )
    yield _malformed("retry-junk-alone", "pk-retry", "Junk for Bob's key alone.", junk + sealed, "cannot be decrypted")
    yield _case(
        "retry-algorithm-25",
        "pk-retry",
        "A recipient with X25519, then Bob.",
        m.pkesk(Person("Xenia", version=6).encryption, SESSION) + right + sealed,
    )
    yield _case(
        "retry-algorithm-99",
        "pk-retry",
        "A recipient with an unknown algorithm, then Bob.",
        raw.packet(1, b"\x03" + bytes(7) + b"\x01\x63" + bytes(40)) + right + sealed,
    )
    yield _case(
        "retry-version-9",
        "pk-retry",
        "A recipient packet of version 9, then Bob.",
        raw.packet(1, b"\x09" + bytes(40)) + right + sealed,
    )
    yield _case("hidden", "pk-probe", "To Bob as a hidden recipient.", m.pkesk(mine, SESSION, key_id=bytes(8)) + sealed)
    yield _malformed(
        "to-somebody-else",
        "pk-probe",
        "To Mallory.",
        m.pkesk(MALLORY.encryption, SESSION) + sealed,
        "cannot be decrypted",
    )
    yield _malformed(
        "session-key-short",
        "pk-oracle",
        "The session key has 16 octets, for AES-256.",
        m.pkesk(mine, SESSION[:16], cipher=9) + sealed,
        "cannot be decrypted",
    )


def _aead():
    mine = SIXTUS.encryption
    pkesk = m.pkesk(mine, SESSION, version=6)
    long = m.literal((DOCUMENT * 20)[:600])

    def sealed(plaintext=long, **more):
        return pkesk + m.seipd2(SESSION, plaintext, **more)

    yield _case("seipd2-ocb", "sound", "SEIPDv2 with OCB, to a version 6 key.", sealed())
    yield _case("seipd2-gcm", "sound", "SEIPDv2 with GCM, to a version 6 key.", sealed(mode=3))
    yield _case(
        "seipd2-padding",
        "pk-unknown",
        "SEIPDv2 with a padding packet behind the text.",
        sealed(long + raw.packet(21, bytes(100))),
    )
    text = "cannot be decrypted"
    yield _malformed(
        "seipd2-chunks-swapped",
        "pk-aead",
        "Two chunks are swapped.",
        sealed(change=lambda c, f: b"".join([c[1], c[0], *c[2:]]) + f),
        text,
    )
    yield _malformed(
        "seipd2-chunk-dropped",
        "pk-aead",
        "The last chunk is missing.",
        sealed(change=lambda c, f: b"".join(c[:-1]) + f),
        text,
    )
    yield _malformed(
        "seipd2-first-chunk-dropped",
        "pk-aead",
        "The first chunk is missing.",
        sealed(change=lambda c, f: b"".join(c[1:]) + f),
        text,
    )
    yield _malformed(
        "seipd2-no-final-tag", "pk-aead", "The final tag is missing.", sealed(change=lambda c, _: b"".join(c)), text
    )
    yield _malformed(
        "seipd2-no-tail",
        "pk-aead",
        "The last chunk and the final tag are missing.",
        sealed(change=lambda c, _: b"".join(c[:-1])),
        text,
    )
    yield _malformed(
        "seipd2-altered",
        "pk-aead",
        "One bit of the first chunk is another.",
        sealed(change=lambda c, f: bytes([c[0][0] ^ 1]) + c[0][1:] + b"".join(c[1:]) + f),
        text,
    )
    yield _malformed("seipd2-chunk-size-63", "pk-aead", "The chunk size octet is 63.", sealed(size=63), "")
    yield _malformed("seipd2-chunk-size-17", "pk-aead", "The chunk size octet is 17.", sealed(size=17), "")
    yield _malformed("seipd2-mode-9", "pk-aead", "The AEAD algorithm is 9.", _with_octet(sealed(), pkesk, 2, 9), "")
    yield _malformed(
        "seipd2-cipher-3des", "pk-aead", "The cipher is Triple-DES.", _with_octet(sealed(), pkesk, 1, 2), ""
    )
    yield _malformed(
        "seipd2-pkesk-v3",
        "pk-aead",
        "A recipient packet of version 3 before SEIPDv2.",
        m.pkesk(mine, SESSION) + m.seipd2(SESSION, long),
        text,
    )
    yield _malformed(
        "seipd1-pkesk-v6",
        "pk-aead",
        "A recipient packet of version 6 before SEIPDv1.",
        pkesk + m.seipd1(SESSION, long),
        text,
    )
    yield _malformed(
        "seipd-version-3",
        "pk-aead",
        "The encrypted data are of version 3.",
        pkesk + raw.packet(18, b"\x03" + bytes(60)),
        "version",
    )


def _with_octet(octets, pkesk, at, value):
    start = len(pkesk) + (2 if octets[len(pkesk) + 1] < 192 else 3) + at
    return octets[:start] + bytes([value]) + octets[start + 1 :]


def _forwarded():
    def intended(*people):
        return b"".join(raw.sub(35, b"\x04" + p.primary.fingerprint) for p in people)

    def signed(hashed):
        return _to_bob(m.signed(_S, DOCUMENT, SIGNED, hashed=hashed))

    yield _case("intended-us", "pk-forward", "Signed for Bob, encrypted to Bob.", signed(intended(BOB)), "opened good")
    yield _case(
        "intended-us-and-others", "pk-forward", "Signed for Carol and Bob.", signed(intended(CAROL, BOB)), "opened good"
    )
    yield _case(
        "intended-others",
        "pk-forward",
        "Signed for Mallory, who sealed it anew for Bob.",
        signed(intended(MALLORY)),
        "opened refused",
        "made for other recipients",
    )
    yield _case("intended-nobody", "pk-forward", "Signed without a word of who it is for.", signed(b""), "opened good")
    unhashed = raw.sub(35, b"\x04" + MALLORY.primary.fingerprint)
    yield _case(
        "intended-unhashed",
        "sg-unhashed",
        "Mallory as intended recipient in the unhashed area alone.",
        _to_bob(m.signed(_S, DOCUMENT, SIGNED, unhashed=unhashed)),
        "opened good",
    )
    odd = raw.sub(35, b"\x09" + bytes(20))
    yield _case(
        "intended-unknown-version",
        "pk-forward",
        "Signed for a certificate of a version that nobody knows.",
        signed(odd),
        "opened refused",
        "made for other recipients",
    )


def cases():
    """What costs much, what fails, and what is for others."""
    for part in (
        _bombs,
        _retries,
        _aead,
        _forwarded,
    ):
        yield from part()

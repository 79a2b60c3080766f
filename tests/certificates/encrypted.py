"""Cases about encrypted messages: their packets."""

import hashlib

from certificates.case import DOCUMENT, SIGNED, Case
from certificates.people import ALICE, BOB
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


def cases():
    """SEIPDv1, and what stands round and in it."""
    signed = m.signed(_S, DOCUMENT, SIGNED)
    pkesk = m.pkesk(BOB.encryption, SESSION)
    yield _case("encrypted", "sound", "To Bob, SEIPDv1.", _to_bob())
    yield _case("encrypted-signed", "sound", "To Bob, signed by Alice.", _to_bob(signed), "opened good")
    yield _malformed("no-mdc", "pk-oracle", "SEIPDv1 without its digest.", _to_bob(mdc=False), "cannot be decrypted")
    yield _malformed(
        "mdc-wrong", "pk-oracle", "SEIPDv1 with a wrong digest.", _to_bob(digest=bytes(20)), "cannot be decrypted"
    )
    yield _malformed(
        "sed",
        "pk-oracle",
        "Encrypted data of old, without integrity protection.",
        pkesk + m.sed(SESSION, _TEXT),
        "without integrity protection",
    )
    sealed = m.seipd1(SESSION, _TEXT)
    altered = sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]
    yield _malformed(
        "ciphertext-altered",
        "pk-oracle",
        "One bit of the ciphertext is another.",
        pkesk + altered,
        "cannot be decrypted",
    )
    yield _malformed(
        "text-behind",
        "pk-grammar",
        "A literal packet behind the encrypted data.",
        _to_bob() + m.literal(b"and Mallory\n"),
        "behind the encrypted data",
    )
    yield _malformed(
        "text-in-front",
        "pk-grammar",
        "A literal packet in front of the encrypted data.",
        m.literal(b"Mallory says\n") + _to_bob(),
        "before the encrypted data",
    )
    yield _malformed(
        "seipd-twice",
        "pk-grammar",
        "Two encrypted data packets.",
        _to_bob() + m.seipd1(SESSION, _TEXT),
        "behind the encrypted data",
    )
    yield _malformed(
        "seipd-inside",
        "pk-grammar",
        "Encrypted data inside encrypted data.",
        _to_bob(_to_bob()),
        "may not stand",
    )
    yield _malformed(
        "two-texts-inside",
        "pk-grammar",
        "Two literal packets inside.",
        _to_bob(_TEXT + _TEXT),
        "may not stand",
    )
    yield _malformed("nothing-inside", "pk-grammar", "Nothing inside.", _to_bob(b""), "without its literal data")
    yield _malformed(
        "garbage-inside", "pk-grammar", "Text instead of packets inside.", _to_bob(b"Dear Bob, "), "no OpenPGP packet"
    )
    yield _malformed(
        "signature-behind",
        "pk-grammar",
        "A signature behind the encrypted data.",
        _to_bob() + raw.packet(2, _S.sign(0, DOCUMENT, SIGNED)),
        "behind the encrypted data",
    )
    yield _malformed(
        "unknown-critical", "pk-unknown", "A packet of type 39 in front.", raw.packet(39, b"x") + _to_bob(), "type 39"
    )
    yield _malformed(
        "unknown-critical-inside",
        "pk-unknown",
        "A packet of type 22 inside.",
        _to_bob(raw.packet(22, b"x") + _TEXT),
        "type 22",
    )
    yield _case(
        "unknown-ignored",
        "pk-unknown",
        "A packet of type 40 in front, another inside.",
        raw.packet(40, b"x") + _to_bob(raw.packet(60, b"x") + _TEXT),
    )
    yield _case(
        "marker",
        "pk-unknown",
        "Marker packets in front and inside.",
        raw.packet(10, b"PGP") + _to_bob(raw.packet(10, b"PGP") + _TEXT),
    )
    yield _case(
        "padding", "pk-unknown", "A padding packet inside, behind the text.", _to_bob(_TEXT + raw.packet(21, bytes(30)))
    )
    yield _malformed(
        "trust", "pk-unknown", "A trust packet inside.", _to_bob(raw.packet(12, b"\x06\x00") + _TEXT), "type 12"
    )
    yield _malformed(
        "bit-7",
        "pk-unknown",
        "The first octet inside has its highest bit clear.",
        _to_bob(b"\x4b" + _TEXT[1:]),
        "no OpenPGP packet",
    )
    body = sealed[2:] if sealed[1] < 192 else sealed[3:]
    yield _malformed(
        "partial-first-short",
        "pk-length",
        "The first part of the encrypted data has 64 octets.",
        pkesk + b"\xd2\xe6" + body[:64] + _rest(body[64:]),
        "below 512",
    )
    yield _malformed(
        "partial-last",
        "pk-length",
        "The last part of the encrypted data is partial.",
        pkesk + _parts(body + bytes(1024 - len(body)), last=False),
        "truncated",
    )
    yield _malformed("seipd-cut", "pk-length", "The encrypted data are cut short.", _to_bob()[:-5], "truncated")
    yield _malformed(
        "seipd-four-gib",
        "pk-length",
        "The encrypted data claim 4 GiB.",
        pkesk + b"\xd2\xff\xff\xff\xff\xff" + body,
        "truncated",
    )

    yield _case(
        "literal-partial", "pk-length", "The literal packet inside has partial lengths.", _to_bob(_partial_literal())
    )
    yield _malformed(
        "literal-longer",
        "pk-length",
        "The literal packet inside claims more than is there.",
        _to_bob(b"\xcb\x7f" + _TEXT[2:]),
        "truncated",
    )


def _rest(octets):
    return bytes([len(octets)]) + octets


def _parts(octets, *, last=True):
    out = b"\xd2"
    while len(octets) >= 512:
        out += b"\xe9" + octets[:512]
        octets = octets[512:]
    return out + (_rest(octets) if last else b"")


def _partial_literal():
    text = (DOCUMENT * 20)[:600]
    body = b"b\0\0\0\0\0" + text
    return b"\xcb\xe9" + body[:512] + _rest(body[512:])

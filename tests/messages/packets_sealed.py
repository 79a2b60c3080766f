"""Hostile: the packets of sealed letters."""

import bz2
import zlib

from messages.case import closed, want
from messages.efail import case
from messages.frames import encrypted, text
from messages.holders import ALICE, EVE, to_bob, to_eve
from messages.sealed import ENTITY, armor, inside, raw_sealed, sealed_by, session_key
from openpgp import raw
from openpgp import raw_message as m

_PACKETS = inside(ENTITY, ALICE)
_SESSION = session_key(_PACKETS)
_TO_BOB = to_bob(_SESSION)
_SEALED = m.seipd1(_SESSION, _PACKETS)
_LITERAL = m.literal(ENTITY)


def _closed(slug, row, data, what, why, **more):
    return case(slug, row, encrypted(armor("MESSAGE", data, checksum=False)),
                closed(untouched=True, some_finding=True, **more), what, why)  # fmt: skip


def _opened(slug, row, data, what, why, **more):
    wanted = want("full", "good", "match", shows=["The gate opens"], phrase=None, **more)
    return case(slug, row, encrypted(armor("MESSAGE", data, checksum=False)), wanted, what, why)


def cases():
    yield from _grammar()
    yield from _lengths()
    yield from _sizes()
    yield from _keys()
    yield from _ciphers()


def _grammar():
    why = "No message by the grammar of RFC 9580 §10.3: nothing is shown (CVE-2007-1263)."
    whole = _TO_BOB + _SEALED
    forms = {
        "literal-behind": whole + m.literal(b"and Eve\r\n"),
        "signature-behind": whole + raw.packet(2, ALICE.sign(0, ENTITY, 1_795_514_400)),
        "seipd-behind": whole + _SEALED,
        "garbage-behind": whole + b"and Eve\r\n",
        "literal-before": m.literal(b"Eve says\r\n") + whole,
        "two-literals-inside": raw_sealed(_LITERAL + m.literal(b"and Eve\r\n")),
        "nothing-inside": raw_sealed(b""),
        "seipd-inside": raw_sealed(whole),
    }
    for name, data in forms.items():
        yield _closed(f"pk-grammar-{name}", "pk-grammar", data, f"Packets out of place: {name}.", why)
    why = "Types below 40 that are not known, or not here, reject the whole (§4.3)."
    for tag in (0, 15, 39, 12):
        yield _closed(
            f"pk-unknown-{tag}", "pk-unknown", raw.packet(tag, b"x") + whole, f"A packet of type {tag} in front.", why
        )
    yield _closed(
        "pk-unknown-bit-7",
        "pk-unknown",
        bytes([_TO_BOB[0] & 0x7F]) + whole[1:],
        "Bit 7 of the first octet is clear.",
        why,
    )
    why = "Types from 40 on, markers and padding are ignored (§4.3, §5.8, §5.14)."
    for tag, body in ((40, b"x"), (59, b"x"), (60, b"x"), (10, b"PGP"), (21, bytes(30))):
        yield _opened(
            f"pk-unknown-{tag}", "pk-unknown", raw.packet(tag, body) + whole, f"A packet of type {tag} in front.", why
        )


def _lengths():
    why = "A length that does not hold: nothing is opened, in linear time (§4.2)."
    body = _SEALED[3:] if _SEALED[1] >= 192 else _SEALED[2:]
    ones = b"\xd2" + b"".join(b"\xe0" + body[n : n + 1] for n in range(len(body) - 1)) + b"\1" + body[-1:]
    forms = {
        "first-short": b"\xd2\xe6" + body[:64] + _tail(body[64:]),
        "last-partial": b"\xd2\xe9" + (body + bytes(512))[:512],
        "ones": ones,
        "four-gib": b"\xd2\xff\xff\xff\xff\xff" + body,
        "cut": _SEALED[:-5],
    }
    for name, data in forms.items():
        yield _closed(f"pk-length-{name}", "pk-length", _TO_BOB + data, f"Lengths of the encrypted data: {name}.", why)
    literal = b"\xcb\x7f" + m.literal(ENTITY)[2:]
    yield _closed(
        "pk-length-inside", "pk-length", raw_sealed(literal[:60]), "The literal packet claims more than is there.", why
    )


def _tail(octets):
    size = len(octets)
    head = bytes([size]) if size < 192 else bytes([192 + ((size - 192) >> 8), (size - 192) & 255])
    return head + octets


def _sizes():
    why = "Past a limit on expansion or nesting: the original is delivered, marked (§13.14)."
    zeros = bz2.compress(m.literal(bytes(40_000_000)))
    bomb = raw.packet(8, b"\3" + zeros)
    yield _closed(
        "pk-bomb-bzip2", "pk-bomb", raw_sealed(bomb), "Forty megabytes in a few hundred octets of bzip2.", why
    )
    twice = raw.packet(8, b"\2" + zlib.compress(zlib.compress(bytes(20_000_000))))
    yield _closed("pk-bomb-no-packet", "pk-bomb", raw_sealed(twice), "Zlib in zlib, and no packet in it.", why)
    nested = m.literal(ENTITY)
    for _ in range(200):
        nested = raw.packet(8, b"\0" + nested)
    yield _closed(
        "pk-bomb-nested", "pk-bomb", raw_sealed(nested), "Two hundred compressed packets, one in another.", why
    )
    skesk = raw.packet(3, b"\4\x09\3\x08" + bytes(8) + b"\xff")
    slow = raw.packet(3, b"\6" + bytes([40, 9, 2, 20, 4]) + bytes(16) + b"\xff\xff\x1f" + bytes(15))
    why = "A session key under a password is never derived for fetched mail: no time is lost (§3.7.1.4)."
    yield _closed(
        "pk-flood-passwords", "pk-flood", skesk * 50 + _SEALED, "Fifty passwords, S2K count at its highest.", why
    )
    yield _closed("pk-flood-argon2", "pk-flood", slow * 50 + _SEALED, "Fifty passwords, Argon2 with terabytes.", why)
    yield _opened("pk-flood-password-beside", "pk-flood", skesk + _TO_BOB + _SEALED, "A password beside Bob's own session key.",
                  "Bob's key opens it; the password is not looked at.")  # fmt: skip


def _keys():
    why = "A session key packet that does not serve is skipped, the next one tried (§5.1)."
    junk = raw.packet(1, b"\3" + to_bob(_SESSION)[4:12] + b"\1" + raw.number(1 << 3000))
    forms = {
        "junk-first": junk + _TO_BOB,
        "version-99": raw.packet(1, b"\x63" + bytes(20)) + _TO_BOB,
        "algorithm-25": raw.packet(1, b"\3" + bytes(8) + b"\x19" + bytes(33) + b"\0") + _TO_BOB,
        "algorithm-99": raw.packet(1, b"\3" + bytes(8) + b"\x63" + bytes(40)) + _TO_BOB,
        "empty": raw.packet(1, b"") + _TO_BOB,
        "wrong-key-first": to_bob(bytes(32), seed="another") + _TO_BOB,
    }
    for name, keys in forms.items():
        yield _opened(
            f"pk-retry-{name}", "pk-retry", keys + _SEALED, f"Another session key packet in front: {name}.", why
        )
    yield _opened("pk-probe-anonymous", "pk-probe", to_bob(_SESSION, key_id=bytes(8)) + _SEALED,
                  "The session key packet names nobody.", "Only the keys of this login are tried.")  # fmt: skip
    yield case("pk-probe-other-identity", "pk-probe", sealed_by(ENTITY, ALICE, keys=to_eve),
               closed(findings=["not-decrypted"], untouched=True), "Sealed to a key that is not this login's.",
               "The same words as for any other failure (§5.1.8).")  # fmt: skip
    why = "One failure, one word, no early end (§13.4, §13.5)."
    oracles = {
        "padding": to_bob(_SESSION, padding=b"\0\1"),
        "padding-first": to_bob(_SESSION, padding=b"\1\2"),
        "checksum": to_bob(_SESSION, checksum=0),
        "short-key": to_bob(_SESSION[:16]),
        "cipher-of-none": to_bob(_SESSION, cipher=42),
        "other-key": to_bob(bytes(32)),
    }
    for name, key in oracles.items():
        yield _closed(f"pk-oracle-{name}", "pk-oracle", key + _SEALED, f"The session key is wrong: {name}.", why,
                      findings=["not-decrypted"] if name != "cipher-of-none" else [])  # fmt: skip
    quick = m.cfb(_SESSION, bytes(16) + b"\1\2" + _PACKETS)
    yield _closed("pk-oracle-quick-check", "pk-oracle", _TO_BOB + raw.packet(18, b"\1" + quick + bytes(22)),
                  "The two repeated octets differ (Mister/Zuccherato 2005).", why, findings=["not-decrypted"])  # fmt: skip
    elgamal = raw.packet(1, b"\3" + bytes(8) + b"\x10" + raw.number(3) + raw.number(7))
    yield _closed("pk-elgamal", "pk-elgamal", elgamal + _SEALED, "A session key for an Elgamal key, exponents of no size.",
                  "Nobody here has such a key: not decrypted (De Feo et al. 2021).")  # fmt: skip


def _ciphers():
    why = "All or nothing: a changed, missing or foreign chunk shows no octet (§5.13.2)."
    key = to_bob(_SESSION, version=6)
    forms = {
        "swapped": m.seipd2(_SESSION, _PACKETS, change=lambda c, f: b"".join([c[1], c[0], *c[2:]]) + f),
        "dropped": m.seipd2(_SESSION, _PACKETS, change=lambda c, f: b"".join(c[:-1]) + f),
        "no-final-tag": m.seipd2(_SESSION, _PACKETS, change=lambda c, f: b"".join(c)),
        "chunk-size-63": m.seipd2(_SESSION, _PACKETS, size=63),
    }
    for name, data in forms.items():
        yield _closed(f"pk-aead-{name}", "pk-aead", key + data, f"SEIPDv2: {name}.", why)
    yield _closed("pk-aead-pkesk-v3", "pk-aead", _TO_BOB + m.seipd2(_SESSION, _PACKETS),
                  "A session key packet of version 3 before SEIPDv2.", "It is discarded (§10.3.2.1): no key.")  # fmt: skip
    yield case("pk-aliased-tag-20", "pk-aliased", encrypted(armor("MESSAGE", _TO_BOB + m.gnupg_ocb(_SESSION, _PACKETS))),
               want(["none", "full"], ["none", "good"], ["none", "match"], phrase=None),
               "GnuPG's packet of type 20, to a key that does not announce it.", "Closed, or opened whole: no exception.")  # fmt: skip
    old = _SESSION[:24]
    yield _opened("pk-aliased-3des", "pk-aliased", to_bob(old, cipher=2) + m.seipd1(old, _PACKETS, cipher=2),
                  "Sealed with TripleDES.", "May be read with a warning (§9.3).", findings=["old-cipher"])  # fmt: skip
    theirs = raw.sub(35, b"\4" + EVE.key.fingerprint)
    why = "Its signature is for somebody else's copy (§5.2.3.36, §13.12)."
    yield case("pk-forward", "pk-forward", sealed_by(ENTITY, ALICE, hashed=theirs), want("full", "refused", "none"),
               "Alice sealed it to Eve, and Eve sealed it to Bob; the signature intends Eve.", why)  # fmt: skip
    inner = b"To: eve@evil.example\r\nFrom: Alice <alice@openpgp.example>\r\nSubject: the plan\r\n"
    payload = inner + text(b"The gate opens at noon.\r\n", params=b'; hp="cipher"')
    yield case("pk-forward-unsaid", "pk-forward", sealed_by(payload, ALICE, hashed=b""),
               want("full", "good", "match", some_finding=True), "The same without intended recipients; the protected To is Eve.",
               "Good, and odd: the letter was not for Bob. No seal phrase.", subject=b"[...]")  # fmt: skip

"""Hostile: signatures, and the certificates behind them."""

from messages.case import closed, unsigned, want
from messages.efail import case
from messages.frames import FROM_EVE, attached, encrypted, mixed, signed, text
from messages.holders import ALICE, CAROL, CERTIFICATES, DAY, EVE, SIGNED, STRONG, WEAK
from messages.sealed import ENTITY, armor, raw_sealed, signed_by
from openpgp import raw
from openpgp import raw_message as m

_REFUSED = want("none", "refused", "none", untouched=True)
_NOT_GOOD = want("none", ["refused", "bad", "unknown", "none"], ["none"], untouched=True)


def _by(body):
    return signed(ENTITY, armor("SIGNATURE", raw.packet(2, body)))


def _case(slug, row, body, what, why, wanted=_REFUSED, **more):
    return case(slug, row, _by(body), wanted, what, why, **more)


def _sealed(slug, row, packets, wanted, what, why):
    return case(slug, row, encrypted(armor("MESSAGE", raw_sealed(packets))), wanted, what, why)


def cases():
    yield from _kinds()
    yield from _areas()
    yield from _one_pass()
    yield from _components()
    yield from _certificates()


def _kinds():
    why = "Only types 00 and 01 sign a document (RFC 9580 §5.2.1)."
    for kind in (0x02, 0x10, 0x13, 0x16, 0x40, 0x50):
        yield _case(
            f"sg-type-{kind:02x}",
            "sg-type",
            ALICE.sign(kind, ENTITY, SIGNED),
            f"A signature of type {kind:02x} over the letter.",
            why,
        )
    standalone = ALICE.sign(2, b"", SIGNED)
    yield _case(
        "sg-type-standalone", "sg-type", standalone, "A genuine standalone signature of hers beside the letter.", why
    )
    why = "Binary: all octets. Text: CRLF, nothing trimmed (§5.2.1.2)."
    trimmed = ENTITY.replace(b"noon.\r\n", b"noon.")
    yield _case(
        "sg-text-trimmed",
        "sg-text",
        ALICE.sign(1, trimmed, SIGNED),
        "In text mode over a text without its last line end.",
        why,
        _NOT_GOOD,
    )
    bare = ENTITY.replace(b"\r\n", b"\n")
    yield _case("sg-text-lf", "sg-text", ALICE.sign(0, bare, SIGNED), "Binary, made over LF; it came with CRLF.", why,
                want("none", "bad", "none", untouched=True))  # fmt: skip
    lone = text(b"one\rtwo\r\n")
    yield case("sg-text-lone-cr", "sg-text", signed_by(lone, kind=1), want("none", ["good", "bad", "refused", "none"], ["match", "none"], phrase=None),
               "In text mode over a text with a lone CR.", "A lone CR is content.")  # fmt: skip
    why = "Of another version than its key (§5.2)."
    yield _case("sg-v3", "sg-v3", ALICE.sign(0, ENTITY, SIGNED, version=3), "A signature of version 3.",
                "RFC 4880 let keys of version 4 make them; over a document it is read (tests/certificates).",
                want("none", "good", "match", untouched=True, phrase=None))  # fmt: skip
    for version in (5, 6):
        yield _case(
            f"sg-v3-{version}",
            "sg-v3",
            ALICE.sign(0, ENTITY, SIGNED, version=version),
            f"A signature of version {version} by a key of version 4.",
            why,
            _NOT_GOOD,
        )
    why = "Broken or about to be: refused (§9.5)."
    for hash_id, name in ((1, "md5"), (2, "sha1"), (3, "ripemd")):
        yield _case(f"sg-hash-{name}", "sg-hash", STRONG.key.sign(0, ENTITY, SIGNED, hash_id=hash_id), f"Signed with {name}.", why,
                    sender=STRONG.text, given={"known": ["bob", "rita"]})  # fmt: skip


def _areas():
    why = "Only the hashed area is signed (§13.13)."
    unhashed = raw.sub(2, raw.u32(SIGNED))
    yield _case(
        "sg-unhashed-time",
        "sg-unhashed",
        ALICE.sign(0, ENTITY, SIGNED, time=False, unhashed=unhashed),
        "Its time stands in the unhashed area.",
        why,
    )
    twice = raw.sub(2, raw.u32(SIGNED - DAY))
    yield _case(
        "sg-unhashed-two-times",
        "sg-unhashed",
        ALICE.sign(0, ENTITY, SIGNED, hashed=twice),
        "Two times in the hashed area.",
        why,
    )
    extra = raw.sub(3, raw.u32(60)) + raw.sub(35, b"\4" + EVE.key.fingerprint)
    yield _case("sg-unhashed-expiry", "sg-unhashed", ALICE.sign(0, ENTITY, SIGNED, unhashed=extra), "An expiry and another recipient in the unhashed area.",
                "They are not hers: ignored.", want("none", "good", "match", untouched=True, phrase=None))  # fmt: skip
    why = "Critical, and not known: not valid (§5.2.3.7)."
    yield _case(
        "sg-critical",
        "sg-critical",
        ALICE.sign(0, ENTITY, SIGNED, hashed=raw.sub(99, b"x", critical=True)),
        "A critical subpacket of type 99.",
        why,
    )
    notation = raw.sub(20, bytes(4) + b"\0\5\0\1x@y.zv", critical=True)
    yield _case(
        "sg-critical-notation",
        "sg-critical",
        ALICE.sign(0, ENTITY, SIGNED, hashed=notation),
        "A critical notation that nobody knows.",
        why,
    )
    yield _case("sg-critical-length", "sg-critical", ALICE.sign(0, ENTITY, SIGNED, hashed=b"\xff\xff\xff\xff\xff"), "A subpacket of four gigabytes.",
                "Malformed: refused at once.", _NOT_GOOD)  # fmt: skip
    why = "Outside the time in which it can be valid (§5.2.3.11); clocks may differ by half an hour."
    yield _case(
        "sg-time-before-key", "sg-time", ALICE.sign(0, ENTITY, ALICE.created - DAY), "Made before the key.", why
    )
    yield _case(
        "sg-time-ahead", "sg-time", ALICE.sign(0, ENTITY, SIGNED + 4 * 3600), "Made in two hours from now.", why
    )
    yield _case(
        "sg-time-expired",
        "sg-time",
        ALICE.sign(0, ENTITY, SIGNED - DAY, hashed=raw.sub(3, raw.u32(3600))),
        "Expired yesterday.",
        why,
    )


def _one_pass():
    why = "The one-pass packet announces another signature than the one that comes (§5.4, §10.3)."
    proof = raw.packet(2, ALICE.sign(0, ENTITY, SIGNED))
    literal = m.literal(ENTITY)
    refused = want("full", ["refused", "none", "bad", "unknown"], "none")
    forms = {
        "type": m.one_pass(ALICE, kind=1) + literal + proof,
        "hash": m.one_pass(ALICE, hash_id=10) + literal + proof,
        "issuer": m.one_pass(EVE.key) + literal + proof,
    }
    for name, packets in forms.items():
        yield _sealed(f"sg-ops-{name}", "sg-ops", packets, refused, f"They differ in the {name}.", why)
    either = want(["full", "none"], ["none", "refused"], "none")
    yield _sealed(
        "sg-ops-alone", "sg-ops", m.one_pass(ALICE) + literal, either, "A one-pass packet without its signature.", why
    )
    yield _sealed("sg-ops-signature-alone", "sg-ops", literal + proof, closed(untouched=True, some_finding=True),
                  "A signature without its one-pass packet, behind the text.", why)  # fmt: skip


def _components():
    known = {"given": {"known": ["bob", "eve-certify-only"]}, "sender": FROM_EVE}
    why = "The key may not sign letters (§5.2.3.29)."
    yield case(
        "sg-flags-certify-only",
        "sg-flags",
        signed_by(ENTITY, EVE.key),
        _REFUSED,
        "By a primary key that may only certify.",
        why,
        **known,
    )
    yield case(
        "sg-flags-authentication",
        "sg-flags",
        signed_by(ENTITY, EVE.signing),
        _REFUSED,
        "By a subkey that may only authenticate.",
        why,
        **known,
    )
    why = "Without a back-signature by the subkey, its letters are not Eve's (§5.2.1.9)."
    for name in ("eve-with-alices-key", "eve-with-alices-key-forged"):
        yield case(f"sg-graft-{name[9:]}", "sg-graft", signed_by(ENTITY), want("none", ["refused", "unknown", "bad"], "none"),
                   f"Alice's signing key bound into Eve's certificate ({name}); a letter of Alice's, from Eve.", why,
                   sender=FROM_EVE, given={"known": ["bob", name]})  # fmt: skip
    yield case("sg-graft-sound", "sg-graft", signed_by(ENTITY, EVE.signing), want("none", "good", "match", untouched=True),
               "Eve's own signing subkey, with its back-signature.", "Bound both ways: good.",
               sender=FROM_EVE, given={"known": ["bob", "eve-with-signing-subkey"]})  # fmt: skip
    yield case("sg-subkey", "sg-subkey", signed_by(ENTITY, EVE.signing), want("none", ["refused", "unknown", "bad"], "none"),
               "Eve's subkey stands in Alice's certificate under a binding that Eve made.",
               "Its binding is not Alice's: never used (CVE-2021-23993).", given={"known": ["bob", "alice-with-eves-subkey"]})  # fmt: skip


def _certificates():
    carols = signed_by(ENTITY, CAROL.key)

    def of_carol(slug, row, name, wanted, what, why):
        return case(slug, row, carols, wanted, what, why, sender=CAROL.text, given={"known": ["bob", name]})

    good = want("none", "good", "match", untouched=True)
    yield of_carol("sg-revoke", "sg-revoke", "carol-revoked", _REFUSED, "Her certificate was revoked as compromised, later.",
                   "A hard revocation holds for the past, too (§5.2.1.11).")  # fmt: skip
    yield of_carol(
        "sg-revoke-forged",
        "sg-revoke",
        "carol-revocation-forged",
        good,
        "A revocation of Eve's making.",
        "Only her own counts.",
    )
    yield of_carol(
        "sg-expiry",
        "sg-expiry",
        "carol-expired",
        _REFUSED,
        "Her certificate has expired.",
        "Not valid at signing time.",
    )
    yield of_carol("sg-expiry-forged", "sg-expiry", "carol-expired-forged", _REFUSED, "A newer self-signature without expiry, of Eve's making.",
                   "The newest valid one counts, and that one says expired (§5.2.3.10).")  # fmt: skip
    yield of_carol("sg-flood", "sg-flood", "carol-crowded", good, "Two hundred certifications by Eve on her User ID.",
                   "Those of others are not looked at (CVE-2019-13050).")  # fmt: skip
    crowd = attached(b"application/pgp-keys", b"carol.asc", armor("PUBLIC KEY BLOCK", CERTIFICATES["carol-crowded"]))
    yield case("sg-flood-attached", "sg-flood", mixed(text(b"my key\r\n"), crowd), unsigned(untouched=True),
               "The same certificate as an attachment.", "Keys in attachments are the person's business: it passes.")  # fmt: skip
    yield case("sg-weak", "sg-weak", signed_by(ENTITY, WEAK.key), _REFUSED, "By an RSA key of 1,024 bits.",
               "Too weak to prove anything (§12.4).", sender=WEAK.text, given={"known": ["bob", "wilma"]})  # fmt: skip

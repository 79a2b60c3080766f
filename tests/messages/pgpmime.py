"""PGP/MIME as honest programs send it (RFC 3156), in every composition."""

from messages.case import Case, proved, want
from messages.frames import (
    FROM_EVE,
    PLAN,
    attached,
    base64_lines,
    encrypted,
    html,
    letter,
    mixed,
    multi,
    part,
    signed,
    text,
)
from messages.holders import ALICE, EVE, SIGNED, STRONG, to_bob, to_eve
from messages.sealed import (
    C_UNSIGNED,
    ENTITY,
    C,
    G,
    armor,
    binary,
    inside,
    protected,
    raw_sealed,
    seal,
    sealed_by,
    session_key,
    signed_by,
    unobtrusive,
)
from openpgp import raw
from openpgp import raw_message as m

_NOON = ["The gate opens at noon."]
_UMLAUTS = "Grüße, ναῦς\r\n".encode()


def _case(slug, entity, wanted, what, why, *, given=None, **fields_):
    return Case(slug, "pgpmime", letter(entity, **fields_), wanted, what, why, (), given or {})


def _sealed(**more):
    return proved("full", **{"shows": _NOON, "hides": ["BEGIN PGP MESSAGE"], **more})


def _signed(**more):
    return proved("none", **{"shows": _NOON, "untouched": True, **more})


def cases():
    yield from _encrypted()
    yield from _signed_only()
    yield from _nested()
    yield from _packets()
    yield from _unobtrusive()


def _encrypted():
    why = "Opened; the signature inside is Alice's, who is From and known (RFC 3156 §6.2)."
    yield _case("sealed", C, _sealed(layers=["encrypted", "signed"]), "Alice signs and seals in one (§6.2).", why)
    yield _case(
        "sealed-unsigned",
        C_UNSIGNED,
        want("full", shows=_NOON, layers=["encrypted"]),
        "Sealed, signed by nobody.",
        "Anybody can seal to Bob: no signature, no From that is proved (design 8).",
    )
    both = text(PLAN + b"\r\n"), html(b"<p>" + PLAN + b"</p>")
    yield _case("sealed-alternative", sealed_by(multi(b"alternative", *both)), _sealed(), "Text and HTML, sealed.", why)
    picture = attached(b"image/png", b"ship.png", base64_lines(bytes(range(256))), encoding=b"base64")
    yield _case("sealed-attachment", sealed_by(mixed(ENTITY, picture)), _sealed(), "With a picture, sealed.", why)
    yield _case(
        "sealed-latin-1",
        sealed_by(text(PLAN + " Grüße\r\n".encode("latin-1"), charset=b"iso-8859-1", encoding=b"8bit")),
        _sealed(shows=[*_NOON, "charset=iso-8859-1"]),
        "Latin-1 in eight bits, sealed: inside, nothing needs to be in seven bits (§3).",
        why,
    )
    yield _case(
        "sealed-lf",
        sealed_by(ENTITY.replace(b"\r\n", b"\n")),
        _sealed(),
        "Sealed with LF line ends, as some programs leave them.",
        "The signature is over the octets as they were sealed; Bob's client gets CRLF (promise 4).",
    )
    yield _case(
        "sealed-empty",
        sealed_by(text(b"")),
        proved("full", hides=["BEGIN PGP MESSAGE"]),
        "An empty letter, sealed and signed.",
        why,
    )
    yield _case(
        "sealed-binary-data",
        encrypted(b"", control=part(b"application/pgp-encrypted", b"Version: 1\r\n")).replace(
            b'name="encrypted.asc"\r\n\r\n',
            b'name="encrypted.asc"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + base64_lines(binary(ENTITY, ALICE)),
        ),
        want(["full", "none"], ["good", "none"], ["match", "none"], phrase=None),
        "The data part is binary OpenPGP in base64, without armor.",
        "RFC 3156 §4 wants armor; either it is opened, or it comes as it was. Nothing else.",
    )
    yield _case(
        "sealed-to-two",
        encrypted(armor("MESSAGE", _two())),
        _sealed(),
        "Sealed to Eve and to Bob; Bob's session key packet is the second.",
        "Packets for others are skipped (RFC 9580 §5.1).",
    )
    yield _case(
        "sealed-not-for-bob",
        sealed_by(ENTITY, keys=to_eve),
        want("none", findings=["not-decrypted"], untouched=True, hides=_NOON),
        "Sealed to Eve alone, in Bob's maildrop.",
        "No key of this login opens it: it comes as it was, marked (promise 1).",
    )


def _two():
    packets = inside(ENTITY, ALICE)
    session = session_key(packets)
    return to_eve(session) + to_bob(session) + m.seipd1(session, packets)


def _signed_only():
    why = "Verified over the octets on the wire; nothing is opened, and the evidence stays (promise 1)."
    yield _case("signed", G, _signed(layers=["signed"]), "Alice signs (RFC 3156 §5).", why)
    for hash_id, name in ((10, b"pgp-sha512"),):
        proof = signed_by(ENTITY, hash_id=hash_id, micalg=name)
        yield _case("signed-sha512", proof, _signed(), "Signed with SHA-512.", why)
    yield _case("signed-text-mode", signed_by(ENTITY, kind=1), _signed(), "A text signature (type 0x01).", why)
    safe = text(b"Gr=C3=BC=C3=9Fe =20\r\n=46rom the sea\r\n" + PLAN + b"\r\n", encoding=b"quoted-printable")
    yield _case("signed-quoted-printable", signed_by(safe), _signed(), "Umlauts in quoted-printable, signed.", why)
    coded = text(base64_lines(_UMLAUTS), encoding=b"base64")
    yield _case("signed-base64", signed_by(coded), _signed(shows=[]), "Umlauts in base64, signed.", why)
    eight = text(_UMLAUTS + PLAN + b"\r\n", encoding=b"8bit")
    yield _case(
        "signed-eight-bit",
        signed_by(eight),
        _signed(),
        "Eight bits, signed although §3 forbids it.",
        "Any encoding is read.",
    )
    yield _case(
        "signed-trailing-blanks",
        signed_by(text(PLAN + b"  \r\n-- \r\nAlice\t\r\n")),
        _signed(),
        "Blanks and a tab at line ends, signed as they are.",
        "A binary signature is over all octets: nothing is trimmed (RFC 9580 §5.2.1.1).",
    )
    yield _case(
        "signed-attachments",
        signed_by(mixed(ENTITY, attached(b"text/csv", b"a.csv", b"1,2\r\n"))),
        _signed(),
        "A text and an attachment, signed together.",
        why,
    )
    key = part(b'application/pgp-keys; name="alice.asc"', armor("PUBLIC KEY BLOCK", b"\x99\x00\x00"))
    yield _case("signed-with-key", signed_by(mixed(ENTITY, key)), _signed(), "Her key hangs on it, signed.", why)
    yield _case(
        "signed-preamble-of-thunderbird",
        signed_by(ENTITY, preamble=b"This is an OpenPGP/MIME signed message (RFC 4880 and 3156)\r\n"),
        _signed(),
        "With the sentence that Thunderbird writes in front of the first boundary line.",
        "A preamble is no content (RFC 2046 §5.1.1): readers never show it.",
    )
    yield _case(
        "signed-old-armor",
        signed(ENTITY, armor("MESSAGE", raw.packet(2, ALICE.sign(0, ENTITY, SIGNED)))),
        want("none", ["good", "refused"], ["match", "none"], phrase=None),
        "The signature is armored as PGP MESSAGE, as programs of old did.",
        "It holds bare signature packets: good, or refused for its name; never unknown or bad.",
    )
    rita = b"Rita <rita@strong.example>"
    yield _case(
        "signed-by-rsa",
        signed_by(ENTITY, STRONG.key),
        want("none", "good", "match", binding="new", untouched=True),
        "Signed by an RSA key of 2,048 bits; her binding is new.",
        "Good, and without the seal phrase, since nobody has vouched for the key (design 8).",
        given={"known": ["bob", "rita"]},
        sender=rita,
    )
    yield _case(
        "signed-by-unknown",
        G,
        want("none", "unknown", "none", untouched=True),
        "Signed by Alice, whose certificate Bob has not.",
        "What cannot be evaluated is unknown, never good (promise 3).",
        given={"known": ["bob", "eve"]},
    )
    yield _case(
        "signed-altered",
        G.replace(b"noon", b"dusk"),
        want("none", "bad", "none", untouched=True),
        "One word was changed on the way.",
        "The octets are not what was signed.",
    )


def _nested():
    why = "Only the innermost layers speak of the letter; every layer of the envelope was opened (RFC 9787 §4)."
    yield _case(
        "signed-in-sealed",
        sealed_by(G, None),
        _sealed(layers=["encrypted", "signed"]),
        "A multipart/signed sealed as a whole (RFC 3156 §6.1).",
        why,
    )
    yield _case(
        "sealed-in-signed",
        signed_by(C),
        proved("full", findings=["signature-over-ciphertext"], no_findings=False, shows=_NOON, phrase=None),
        "Alice signs, seals, and signs the sealed: a triple wrap.",
        "The signature outside proves nothing of the letter; the one inside does (Davis 2001).",
    )
    yield _case(
        "unsigned-in-signed",
        signed_by(C_UNSIGNED),
        want("full", "none", "none", findings=["signature-over-ciphertext"], shows=_NOON),
        "Sealed first, unsigned, and a signature put around the ciphertext.",
        "A signature over ciphertext proves nothing about the letter (design 8).",
    )
    yield _case(
        "sealed-twice",
        sealed_by(C, None, boundary=b"twice"),
        _sealed(),
        "Sealed, and sealed again, both for Bob.",
        why,
    )
    yield _case(
        "sealed-outside-for-bob-inside-for-eve",
        sealed_by(sealed_by(ENTITY, keys=to_eve), None, boundary=b"twice"),
        want("partial", "none", "none", hides=_NOON, some_finding=True),
        "The outer layer is for Bob, the inner one for Eve.",
        "Some layer stays closed: partial, and no signature of the whole (design 8).",
    )
    yield _case(
        "by-two",
        signed(ENTITY, armor("SIGNATURE", _by_two())),
        want("none", "good", "match", phrase=None),
        "Alice and Eve both sign the same letter, which is from Alice.",
        "Good if one is good and none is bad; Alice's certificate carries From.",
    )


def _by_two():
    return raw.packet(2, EVE.key.sign(0, ENTITY, SIGNED)) + raw.packet(2, ALICE.sign(0, ENTITY, SIGNED))


def _packets():
    packets = inside(ENTITY, ALICE)
    compressed = encrypted(armor("MESSAGE", raw_sealed(m.compressed(packets))))
    yield _case(
        "sealed-compressed", compressed, _sealed(), "Compressed and sealed, as GnuPG does it.", "One deep is read."
    )
    session = session_key(packets)[:16]
    aes = to_bob(session, cipher=7) + m.seipd1(session, packets, cipher=7)
    yield _case("sealed-aes-128", encrypted(armor("MESSAGE", aes)), _sealed(), "With AES-128.", "Every AES is read.")
    session = session_key(packets)
    aead = to_bob(session, version=6) + m.seipd2(session, packets)
    yield _case(
        "sealed-aead",
        encrypted(armor("MESSAGE", aead, checksum=False)),
        _sealed(),
        "SEIPDv2 with OCB behind a session key packet of version 6 (RFC 9580 §5.13.2).",
        "Read whether our certificates announce it or not.",
    )
    yield _case(
        "sealed-anonymously",
        sealed_by(ENTITY, keys=lambda s: to_bob(s, key_id=bytes(8))),
        _sealed(),
        "The session key packet names nobody (§5.1.8).",
        "Every key of the login is tried.",
    )
    yield _case(
        "sealed-without-checksum",
        encrypted(armor("MESSAGE", binary(ENTITY, ALICE), checksum=False)),
        _sealed(),
        "Armor without its checksum.",
        "A missing checksum is no fault (RFC 9580 §6.1).",
    )
    yield _case(
        "sealed-armor-headers",
        encrypted(seal(ENTITY, ALICE).replace(b"-----\r\n\r\n", b"-----\r\nVersion: X 1\r\nComment: y\r\n\r\n", 1)),
        _sealed(),
        "Armor with header lines.",
        "They are skipped (§6.2.2).",
    )


def _unobtrusive():
    child = signed_child()
    yield _case(
        "unobtrusive",
        mixed(unobtrusive(child)),
        proved("none", shows=_NOON, untouched=True),
        "An unobtrusive signature: one child below a multipart/mixed, its Sig field first.",
        "Verified over the child without its Sig field, trailing empty lines left out (draft 02).",
    )
    yield _case(
        "unobtrusive-altered",
        mixed(unobtrusive(child)).replace(b"noon", b"dusk"),
        want("none", "none", "none", untouched=True, no_findings=True),
        "The same, one word changed.",
        "A failing unobtrusive signature is no signature, without any warning (draft 02).",
    )
    yield _case(
        "unobtrusive-by-eve",
        mixed(unobtrusive(signed_child(sender=FROM_EVE), EVE.key)),
        want("none", "good", "match", binding="new", untouched=True),
        "Eve signs her own letter so.",
        "Good for Eve, who is From; her binding is new, so no seal phrase.",
        sender=FROM_EVE,
    )


def signed_child(entity=ENTITY, **more):
    """What an unobtrusive signature covers: header protection is a must there."""
    return protected(entity, b"clear", **more)

"""Inline OpenPGP: armor and cleartext signatures in text parts."""

from messages.case import Case, proved, want
from messages.frames import PLAN, attached, base64_lines, html, letter, mixed, multi, text
from messages.holders import ALICE, CERTIFICATES
from messages.sealed import ENTITY, armor, cleartext, detached, inside, seal, sealed_by
from openpgp import raw_message as m

_NOON = ["The gate opens at noon."]
_TEXT = PLAN + b"\r\nAlice\r\n"
_A = seal(_TEXT, ALICE)
"""Inline: what is sealed is text, no entity."""


def _case(slug, entity, wanted, what, why, **fields_):
    return Case(slug, "inline", letter(entity, **fields_), wanted, what, why)


def _opened(**more):
    return proved("full", **{"shows": _NOON, "hides": ["BEGIN PGP MESSAGE"], **more})


def cases():
    yield from _whole()
    yield from _in_part()
    yield from _cleartexts()


def _whole():
    why = "The only text leaf is one armored message: it is the layer of the message (design 8, whole inline)."
    yield _case("inline-sealed", text(_A), _opened(), "The body is one armored message, signed inside.", why)
    yield _case(
        "inline-sealed-unsigned",
        text(seal(_TEXT)),
        want("full", shows=_NOON),
        "The same, signed by nobody.",
        "Opened; nobody is proved.",
    )
    no_type = Case(
        "inline-sealed-no-mime", "inline", letter(b"\r\n" + _A, mime=False), _opened(), "Without any MIME.", why
    )
    yield no_type
    yield _case(
        "inline-sealed-blank-lines", text(b"\r\n\r\n" + _A + b"\r\n\r\n"), _opened(), "Empty lines around.", why
    )
    yield _case(
        "inline-sealed-quoted-printable",
        text(_A.replace(b"=", b"=3D"), encoding=b"quoted-printable"),
        _opened(),
        "The armor in quoted-printable: its equals signs are coded.",
        why,
    )
    yield _case(
        "inline-sealed-base64", text(base64_lines(_A), encoding=b"base64"), _opened(), "The armor in base64.", why
    )
    yield _case("inline-sealed-lone-mixed", mixed(text(_A)), _opened(), "Alone in a multipart/mixed.", why)
    copy = html(b"<pre>" + _A.replace(b"\r\n", b"<br>\r\n") + b"</pre>")
    yield _case(
        "inline-sealed-html-copy", multi(b"alternative", text(_A), copy), _opened(), "With an HTML copy of it.", why
    )
    key = attached(b"application/pgp-keys", b"alice.asc", armor("PUBLIC KEY BLOCK", CERTIFICATES["alice"]))
    yield _case(
        "inline-sealed-with-key",
        mixed(text(_A), key),
        _opened(),
        "Her public key beside it.",
        why + " What is not covered hangs on, closed, in the message as it came.",
    )
    yield _case(
        "inline-for-nobody-here",
        text(b"-----BEGIN PGP MESSAGE-----\r\n\r\nwcBM\r\n-----END PGP MESSAGE-----\r\n"),
        want("none", some_finding=True, untouched=True),
        "Armor with a cut packet in it.",
        "Malformed: it comes as it was, marked.",
    )


def _in_part():
    footer = text(b"_____\r\nlist@example.org\r\n", charset=b"us-ascii")
    yield _case(
        "inline-with-footer-part",
        mixed(text(_A), footer),
        want("partial", "none", "none", shows=_NOON),
        "A mailing list has put its footer beside it as a part of its own.",
        "Opened in part: what it holds is shown alone, the message as it came hangs on; no signature of the whole.",
    )
    sealed = attached(b"application/octet-stream", b"plan.pdf.pgp", seal(b"%PDF secret", ALICE))
    yield _case(
        "inline-sealed-attachment-beside-clear",
        mixed(text(b"see attached\r\n"), sealed),
        want("none", "none", "none", untouched=True, hides=["%PDF"]),
        "Clear text, and an attachment sealed by itself.",
        "Sealed attachments beside clear text stay closed (design 8).",
    )
    both = mixed(text(_A), attached(b"application/octet-stream", b"plan.txt.pgp", seal(b"1,2,3\r\n", ALICE)))
    yield _case(
        "inline-partitioned",
        both,
        want(["full", "partial"], "none", "none", shows=_NOON),
        "Every leaf sealed by itself, each signed by Alice: partitioned mail.",
        "Opened, since every leaf is hers; no signature of the whole, for leaves of two letters can be mixed (design 8).",
    )
    yield _case(
        "inline-attached-letter",
        mixed(text(b""), attached(b"application/octet-stream", b"message.asc", seal(ENTITY, ALICE))),
        want(["none", "full", "partial"], ["none", "good"], ["none", "match"], phrase=None),
        "An empty text, and one attachment named message.asc that is sealed.",
        "Delivered safely, whether it is opened or not.",
    )
    yield _case(
        "inline-detached-signature",
        mixed(
            ENTITY,
            attached(b"application/pgp-signature", b"signature.asc", detached(PLAN + b"\r\n")),
        ),
        want("none", "none", "none", untouched=True),
        "A text with a detached signature of it as attachment, below multipart/mixed.",
        "No layer of the envelope: nothing is claimed.",
    )
    yield _case(
        "inline-in-pgpmime",
        sealed_by(text(_A)),
        want(["full", "partial"], ["good", "none"], ["match", "none"], phrase=None),
        "Inline armor inside PGP/MIME: sealed twice, in two ways.",
        "The outer layer is opened; the inner one is opened as a further layer, or stays closed.",
    )


def framed():
    """Signed in clear, with lines in the framework that nobody signed: `further` gives them their numbers."""
    why = "Armor headers are not signed (RFC 9580 §6.2.2): the signed text is shown without them, and the letter as it came hangs on."
    block = cleartext(_TEXT)
    said = {
        "version": b"Version: GnuPG v2.0.19 (GNU/Linux)\r\n",
        "comment": b"Version: GnuPG v1.4.11 (GNU/Linux)\r\nComment: Using GnuPG with Mozilla - http://enigmail.mozdev.org/\r\n",
        "charset": b"Charset: utf-8\r\n",
    }
    start = b"-----BEGIN PGP SIGNATURE-----\r\n"
    for name, headers in said.items():
        yield _case(
            f"clearsigned-{name}",
            text(block.replace(start, start + headers)),
            proved("none", shows=_NOON, hides=["BEGIN PGP", "GnuPG", "Charset:"]),
            f"The signature has armor headers, as many programs write them: {name}.",
            why,
        )
    key = attached(b"application/pgp-keys", b"alice.asc", armor("PUBLIC KEY BLOCK", CERTIFICATES["alice"]))
    yield _case(
        "clearsigned-with-key",
        mixed(text(block), key),
        proved("none", shows=_NOON, hides=["BEGIN PGP", "alice.asc"]),
        "Her public key beside it.",
        "What is not signed hangs on, closed, in the letter as it came.",
    )


def armored():
    """Signed in armor, and not encrypted: `further` gives them their numbers."""
    signed = inside(_TEXT, ALICE)
    why = "The text inside is shown; nobody sealed it, and its signature is judged (RFC 9580 §10.3). "
    why += "The letter as it came hangs on: base64 is readable by nobody, and the proof is not lost."
    shown = proved("none", shows=_NOON, hides=["BEGIN PGP MESSAGE"], layers=["signed"])
    forms = {
        "": ("One armored message, signed and not encrypted (gpg --sign --armor).", armor("MESSAGE", signed)),
        "-compressed": ("The same, compressed.", armor("MESSAGE", m.compressed(signed))),
        "-text-mode": ("The same, signed in text mode.", armor("MESSAGE", inside(_TEXT, ALICE, kind=1))),
    }
    for name, (what, block) in forms.items():
        yield _case(f"inline-armored{name}", text(block), shown, what, why)
    block = armor("MESSAGE", signed)
    yield _case(
        "inline-armored-quoted-printable",
        text(block.replace(b"=", b"=3D"), encoding=b"quoted-printable"),
        shown,
        "In quoted-printable.",
        why,
    )
    yield _case("inline-armored-no-mime", b"\r\n" + block, shown, "Without any MIME.", why, mime=False)
    altered = armor("MESSAGE", signed.replace(b"noon", b"dusk"))
    yield _case(
        "inline-armored-altered",
        text(altered),
        want("none", "bad", "none", shows=["at dusk"]),
        "One word was changed.",
        "The text is not what was signed.",
    )
    yield _case(
        "inline-armored-cut",
        text(armor("MESSAGE", signed[:-9])),
        want("none", "refused", "none", findings=["malformed-signature"], untouched=True),
        "Its last octets are missing.",
        "Nothing of it is shown before all of it was read: it comes as it was.",
    )
    yield _case(
        "inline-armored-unsigned",
        text(armor("MESSAGE", m.literal(_TEXT))),
        want("none", "none", "none", findings=["not-sealed"], shows=_NOON, layers=[]),
        "A literal packet in armor: neither sealed nor signed.",
        "It looks sealed and is not, which the person is told.",
    )
    footer = text(b"_____\r\nlist@example.org\r\n", charset=b"us-ascii")
    yield _case(
        "inline-armored-with-footer-part",
        mixed(text(block), footer),
        want("none", "none", "none", no_findings=True, untouched=True),
        "A mailing list has put its footer beside it as a part of its own.",
        "As for a cleartext signature: it is not all of the text, so nothing is claimed.",
    )


def _cleartexts():
    why = "The whole body is one cleartext signed message (RFC 9580 §7)."
    yield _case(
        "clearsigned",
        text(cleartext(_TEXT)),
        proved("none", shows=_NOON, untouched=True),
        "Signed inline by Alice.",
        why,
    )
    dashes = b"-- \r\n-dash\r\nFrom here\r\n" + _TEXT
    yield _case(
        "clearsigned-dashes",
        text(cleartext(dashes)),
        proved("none", untouched=True),
        "With lines that begin with a dash, escaped.",
        why,
    )
    yield _case(
        "clearsigned-utf-8",
        text(cleartext("Grüße ναῦς\r\n".encode()), encoding=b"8bit"),
        proved("none", untouched=True),
        "In UTF-8, eight bits.",
        why,
    )
    yield _case(
        "clearsigned-no-hash",
        text(cleartext(_TEXT, headers=b"")),
        proved("none", untouched=True),
        "Without a Hash header, which is out of use.",
        why,
    )
    yield _case(
        "clearsigned-altered",
        text(cleartext(_TEXT).replace(b"noon", b"dusk")),
        want("none", "bad", "none", untouched=True),
        "One word was changed.",
        "The text is not what was signed.",
    )
    yield _case(
        "clearsigned-trailing-blanks",
        text(cleartext(b"blank at the end \r\n" + _TEXT)),
        proved("none", untouched=True),
        "A blank at the end of a line.",
        "Blanks at line ends are no part of what is signed (§7.2).",
    )
    yield _case(
        "clearsigned-with-list-footer",
        text(cleartext(_TEXT) + b"_____\r\nlist@example.org\r\n"),
        want("none", "none", "none", untouched=True),
        "A list's footer stands below the block in the same part.",
        "The block is not the whole body: no signature of the whole.",
    )

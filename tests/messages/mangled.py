"""PGP/MIME as gateways, lists and clumsy programs leave it."""

from messages.case import Case, proved, want
from messages.frames import CONTROL, PLAN, attached, encrypted, letter, mixed, multi, part, signed, text
from messages.holders import ALICE
from messages.sealed import C_ARMOR, ENTITY, C, G, detached, sealed_by, signed_by

_NOON = ["The gate opens at noon."]


def _case(slug, entity, wanted, what, why, **fields_):
    return Case(slug, "mangled", letter(entity, **fields_), wanted, what, why)


def _repaired(**more):
    return proved("full", **{"shows": _NOON, "no_findings": False, "phrase": None, **more})


def _either(**more):
    """Opened, or as it came: what is shown is whole and says no more than is so."""
    return want(["full", "partial", "none"], ["good", "none"], ["match", "none"], phrase=None, **more)


def _as_it_came(**more):
    return want("none", ["none", "refused", "bad"], "none", untouched=True, **more)


def cases():
    yield from _exchange()
    yield from _frames()
    yield from _lists()
    yield from _signatures()


def _exchange():
    why = "The other parts are empty: repaired, and opened as the message that it was (design 8)."
    data = part(b'application/octet-stream; name="encrypted.asc"', C_ARMOR)
    yield _case(
        "exchange-mixed-up",
        mixed(text(b""), CONTROL, data),
        _repaired(),
        'Exchange makes multipart/mixed of it, an empty text in front ("mixed up").',
        why,
    )
    yield _case("exchange-no-text", mixed(CONTROL, data), _repaired(), "The same without the empty text.", why)
    base64_control = part(
        b'application/pgp-encrypted; name="ATT00001.bin"',
        b"VmVyc2lvbjogMQ0K\r\n",
        more=b"Content-Transfer-Encoding: base64\r\n",
    )
    yield _case(
        "exchange-base64-control",
        mixed(text(b" \r\n"), base64_control, data),
        _repaired(),
        "Its control part in base64.",
        why,
    )
    lone = attached(b"application/octet-stream", b"encrypted.asc", C_ARMOR)
    yield _case("encrypted-asc-alone", mixed(lone), _repaired(), "Only encrypted.asc is left.", why)
    yield _case(
        "encrypted-asc-empty-text",
        mixed(text(b"\r\n", charset=b"us-ascii"), lone),
        _repaired(),
        "encrypted.asc beside an empty text.",
        why,
    )


def _frames():
    yield _case(
        "no-control-part",
        encrypted(b"")
        .replace(b"--sealed\r\n" + CONTROL + b"\r\n", b"")
        .replace(b"\r\n\r\n\r\n--sealed--", b"\r\n\r\n" + C_ARMOR + b"\r\n--sealed--"),
        _either(),
        "A multipart/encrypted without its control part.",
        "Repaired, or as it came (RFC 3156 §4).",
    )
    yield _case(
        "version-2",
        C.replace(b"Version: 1", b"Version: 2"),
        _as_it_came(findings=["malformed-encrypted"], hides=_NOON),
        "A control part of a version that there is not.",
        "The frame is broken (RFC 3156 §4): nothing is opened.",
    )
    yield _case(
        "wrong-boundary",
        C.replace(b'boundary="sealed"', b'boundary="sealer"'),
        _either(),
        "The boundary of the header section is not the one in the body.",
        "No part is found: as it came, unless the armor is seen as the one message that it is.",
    )
    yield _case(
        "no-closing-boundary",
        C.replace(b"--sealed--\r\n", b""),
        _either(),
        "The closing boundary line is cut off.",
        "Repaired, or as it came; the armor has an end of its own.",
    )
    yield _case(
        "three-parts",
        multi(
            b"encrypted",
            CONTROL,
            part(b"application/octet-stream", C_ARMOR),
            text(b"and Eve\r\n"),
            params=b'; protocol="application/pgp-encrypted"',
            boundary=b"sealed",
        ),
        want(["none", "partial"], "none", "none", phrase=None),
        "A third part in a multipart/encrypted.",
        "Exactly two belong there (RFC 1847 §2): never opened as a whole.",
    )
    yield _case(
        "no-protocol",
        C.replace(b'; protocol="application/pgp-encrypted"', b""),
        _either(),
        "The protocol parameter is missing.",
        "Taken for what its control part says, or as it came.",
    )
    yield _case(
        "armor-cut",
        C.replace(b"-----END PGP MESSAGE-----\r\n", b""),
        _as_it_came(some_finding=True, hides=_NOON),
        "The armor has no tail.",
        "Cut short on the way: nothing is opened.",
    )
    yield _case(
        "armor-indented",
        C.replace(b"\r\n\r\n-----BEGIN PGP MESSAGE", b"\r\n\r\n \r\n-----BEGIN PGP MESSAGE"),
        _either(shows=[]),
        "A line of blanks in front of the armor.",
        "Blanks around armor mean nothing.",
    )
    yield _case(
        "cut-in-the-middle",
        C[: len(C) // 2],
        _as_it_came(some_finding=True, hides=_NOON),
        "The second half of the message is missing.",
        "It comes as it was (promise 1).",
    )


def _lists():
    footer = text(b"_____\r\nlist@example.org\r\n", charset=b"us-ascii")
    yield _case(
        "list-footer-sealed",
        mixed(C, footer),
        want("partial", "none", "none", shows=_NOON),
        "A mailing list has hung its footer beside the sealed entity.",
        "Opened in part: what it holds is shown alone, the message as it came hangs on (design 8).",
        more=b"List-Id: <list.example.org>\r\n",
    )
    yield _case(
        "list-footer-signed",
        mixed(G, footer),
        want("none", "none", "none", untouched=True),
        "The same with a signed entity.",
        "The signature does not cover the footer: none for the whole; every part stays (RFC 9787 §4.5).",
        more=b"List-Id: <list.example.org>\r\n",
    )
    yield _case(
        "list-subject-sealed",
        C,
        proved("full", shows=_NOON),
        "The list has put its tag into the Subject, which is not protected.",
        "What is sealed is untouched; the Subject outside is all there is.",
        subject=b"[list] the plan",
        more=b"List-Id: <list.example.org>\r\n",
    )
    yield _case(
        "forwarded-as-attachment",
        mixed(text(b"see below\r\n"), b"Content-Type: message/rfc822\r\n\r\n" + letter(C)),
        want("none", "none", "none", untouched=True, hides=_NOON),
        "A sealed letter, forwarded as an attachment.",
        "An encrypted part elsewhere than at the root stays closed (RFC 9787 §4.5).",
    )


def _signatures():
    yield _case(
        "signature-blanks-cut",
        signed(text(PLAN + b"\r\n"), detached(text(PLAN + b"  \r\n"))),
        want("none", "bad", "none", untouched=True),
        "A gateway has cut the blanks at a line end.",
        "The octets are not those that were signed (RFC 3156 §5).",
    )
    yield _case(
        "signature-encoding-changed",
        signed_by(text("Größe\r\n".encode(), encoding=b"8bit"))
        .replace("Größe".encode(), b"Gr=C3=B6=C3=9Fe")
        .replace(b"Encoding: 8bit", b"Encoding: quoted-printable"),
        want("none", "bad", "none", untouched=True),
        "A gateway has coded the signed part anew.",
        "Nobody may do that in transit (RFC 1847 §2.1): bad.",
    )
    yield _case(
        "signature-type-octet-stream",
        G.replace(b'application/pgp-signature; name="signature.asc"', b"application/octet-stream"),
        want("none", ["good", "none", "refused"], ["match", "none"], untouched=True, phrase=None),
        "The signature part has become application/octet-stream.",
        "Repaired, or no signature.",
    )
    yield _case(
        "signature-empty",
        signed(ENTITY, b"\r\n"),
        want("none", ["none", "refused"], "none", untouched=True),
        "The signature part is empty.",
        "Nothing is signed.",
    )
    yield _case(
        "signature-binary",
        signed(ENTITY, b"\x88\x01\x02garbage\r\n"),
        want("none", ["none", "refused"], "none", untouched=True, some_finding=True),
        "The signature part holds garbage.",
        "It cannot be read.",
    )
    yield _case(
        "lf-line-ends-inside",
        sealed_by(signed_by(ENTITY).replace(b"\r\n", b"\n"), None),
        proved("full", shows=_NOON),
        "A multipart/signed, sealed with LF line ends.",
        "The signature is over CRLF (RFC 3156 §5), and so it is verified.",
    )
    yield _case(
        "preamble-of-a-gateway",
        sealed_by(ENTITY, ALICE).replace(
            b"\r\n\r\n--sealed", b"\r\n\r\nThis is a message in MIME format.\r\n--sealed", 1
        ),
        proved("full", shows=_NOON, phrase=None, no_findings=False),
        "A sentence in front of the first boundary line.",
        "A preamble is no content (RFC 2046 §5.1.1).",
    )

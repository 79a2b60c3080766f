"""Letters without anything of OpenPGP: they pass with every octet."""

import base64

from messages.case import Case, unsigned
from messages.frames import (
    DATE,
    attached,
    base64_lines,
    fields,
    forwarded,
    html,
    letter,
    mixed,
    multi,
    part,
    text,
)

_HELLO = b"Dear Bob,\r\nthe ship is in the harbour.\r\n\r\n-- \r\nAlice\r\n"
_PASSES = "Nothing of OpenPGP: every octet passes (promise 4)."


def _case(slug, octets, what, why=_PASSES, **more):
    return Case(slug, "plain", octets, unsigned(untouched=True, no_findings=True, **more), what, why)


def cases():
    yield from _texts()
    yield from _structures()
    yield from _odd()


def _texts():
    yield _case("plain-text", letter(text(_HELLO, charset=b"us-ascii")), "A letter in ASCII, one text part.")
    yield _case(
        "plain-no-mime",
        fields() + b"\r\n" + _HELLO,
        "As mail was before MIME: no MIME-Version, no Content-Type.",
    )
    yield _case(
        "plain-utf-8",
        letter(text("Liebe Größe, ναῦς\r\n".encode(), encoding=b"8bit")),
        "UTF-8 in eight bits, as most programs send it.",
    )
    yield _case(
        "plain-latin-1",
        letter(text("Grüße\r\n".encode("latin-1"), charset=b"iso-8859-1", encoding=b"8bit")),
        "Latin-1 in eight bits: octets that are no UTF-8.",
    )
    yield _case(
        "plain-shift-jis",
        letter(text("船は港にいる\r\n".encode("shift_jis"), charset=b"shift_jis", encoding=b"8bit")),
        "A multi-byte charset, eight bits.",
    )
    yield _case(
        "plain-quoted-printable",
        letter(text(b"Gr=C3=B6=C3=9Fe =\r\nund Weite=20\r\n", encoding=b"quoted-printable")),
        "Quoted-printable with a soft line break and a blank at the end of a line.",
    )
    yield _case(
        "plain-base64",
        letter(text(base64_lines("Größe\r\n".encode()), encoding=b"base64")),
        "Text in base64.",
    )
    yield _case(
        "plain-flowed",
        letter(text(b"one line that flows \r\ninto the next\r\n> a quote\r\n", params=b"; format=flowed; delsp=no")),
        "format=flowed: blanks at line ends mean something.",
    )
    yield _case(
        "plain-dots",
        letter(text(b".\r\n..\r\n.From the sea\r\nFrom the sea\r\n.\r\n")),
        "Lines that begin with a dot, and one that begins with From.",
    )
    yield _case(
        "plain-empty-body", letter(b"Content-Type: text/plain\r\n\r\n"), "A header section and nothing behind it."
    )


def _structures():
    yield _case(
        "plain-alternative",
        letter(multi(b"alternative", text(_HELLO), html(b"<p>the ship</p>"))),
        "Text and HTML, one of them to be shown.",
    )
    picture = attached(b"image/png", b"ship.png", base64_lines(bytes(range(256)) * 4), encoding=b"base64")
    yield _case("plain-attachment", letter(mixed(text(_HELLO), picture)), "A letter with a picture.")
    related = multi(b"related", html(b'<img src="cid:ship">'), picture, boundary=b"related")
    yield _case("plain-related", letter(related), "HTML that shows a part beside it.")
    yield _case(
        "plain-forwarded",
        letter(mixed(text(b"see below\r\n"), forwarded(letter(text(_HELLO), subject=b"the old one")))),
        "A forwarded letter as message/rfc822.",
    )
    report = multi(
        b"report",
        text(b"It could not be delivered.\r\n"),
        part(
            b"message/delivery-status",
            b"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\n",
        ),
        part(b"text/rfc822-headers", fields()),
        params=b"; report-type=delivery-status",
    )
    yield _case(
        "plain-delivery-report",
        letter(report, sender=b"MAILER-DAEMON@mx.example", more=b"Auto-Submitted: auto-replied\r\n"),
        "A delivery status notification (RFC 3464).",
    )
    invitation = part(
        b"text/calendar; charset=utf-8; method=REQUEST",
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:noon\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    )
    yield _case("plain-calendar", letter(multi(b"alternative", text(_HELLO), invitation)), "An invitation.")
    cms = base64.encodebytes(b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02\xa0\x80" * 9).replace(b"\n", b"\r\n")
    smime = multi(
        b"signed",
        text(_HELLO),
        attached(b"application/pkcs7-signature", b"smime.p7s", cms, encoding=b"base64"),
        params=b'; protocol="application/pkcs7-signature"; micalg=sha-256',
    )
    yield _case("plain-smime-signed", letter(smime), "Signed with S/MIME, which is none of our business.")
    yield _case(
        "plain-list",
        letter(
            text(_HELLO + b"_______________\r\nlist mailing list\r\n"),
            more=b"List-Id: <list.example.org>\r\nList-Unsubscribe: <mailto:leave@list.example.org>\r\nPrecedence: list\r\n",
        ),
        "From a mailing list with its footer.",
    )
    yield _case(
        "plain-authentication-results",
        letter(text(_HELLO), more=b"Authentication-Results: mx.example; dkim=pass header.d=openpgp.example\r\n"),
        "The provider's own Authentication-Results stay (RFC 8601 §5).",
    )


def _odd():
    yield _case(
        "plain-eight-bit-header",
        letter(text(_HELLO), subject="Größe".encode(), sender="Zoë <zoe@x.example>".encode()),
        "Raw UTF-8 in the header section (RFC 6532).",
    )
    yield _case(
        "plain-words-of-pgp",
        letter(text(b"Do you use PGP? It writes BEGIN PGP MESSAGE above what it seals.\r\n")),
        "It speaks of OpenPGP and holds none of it.",
    )
    yield _case("plain-nul", letter(text(b"a\0b\r\n")), "A NUL in the body, which no mail should hold; it passes.")
    yield _case("plain-long-line", letter(text(b"x" * 5000 + b"\r\n")), "A line of 5,000 octets.")
    yield _case(
        "plain-no-closing-boundary",
        letter(b'Content-Type: multipart/mixed; boundary="gone"\r\n\r\n--gone\r\n\r\n' + _HELLO),
        "A multipart without its closing boundary line.",
    )
    yield _case(
        "plain-no-boundary",
        letter(b"Content-Type: multipart/mixed\r\n\r\n--gone\r\n\r\n" + _HELLO),
        "A multipart that names no boundary.",
    )
    yield _case(
        "plain-broken-header",
        b"From: a@x.example\r\nthis line is no field\r\n: nor this\r\nSubject :blank before the colon\r\nDate: "
        + DATE
        + b"\r\n\r\n"
        + _HELLO,
        "Lines in the header section that are no fields.",
    )
    yield _case(
        "plain-folded",
        letter(text(_HELLO), subject=b"one\r\n two\r\n\tthree\r\n \r\n four"),
        "A folded Subject with a line of blanks in it.",
    )
    yield _case(
        "plain-only-body",
        b"\r\n" + _HELLO,
        "No header section at all: the first line is empty.",
    )

"""Two thousand ordinary and malformed mails: Python's own test data where it is installed, the rest generated.

The law of this file: the same mails at every run; CRLF at the end, as both protocols carry them; nothing of OpenPGP.
"""

import base64
import quopri
import random
import re
from collections.abc import Callable
from pathlib import Path

COUNT = 2000
STDLIB = Path("/usr/lib/python3.11/test/test_email/data")
"""Of Debian's package libpython3.11-testsuite."""
_OPENPGP = re.compile(rb"(?i)pgp")
_WORDS = [
    "harbour",
    "olive",
    "loom",
    "suitor",
    "bow",
    "raft",
    "oar",
    "swineherd",
    "cattle",
    "cyclops",
    "lotus",
    "siren",
    "wind",
    "bag",
    "island",
    "Größe",
    "ναῦς",
    "корабль",
    "船",
    "سفينة",
    "émigré",
    "naïve",
    "façade",
    "jalapeño",
]
_CHARSETS = ("us-ascii", "utf-8", "iso-8859-1", "iso-8859-15", "koi8-r", "shift_jis", "gb18030", "x-unknown", "utf-7")

Draw = random.Random


def stdlib() -> list[bytes]:
    """Python's own test mails, as a server has them; those that speak of OpenPGP left out."""
    found = [path.read_bytes() for path in sorted(STDLIB.glob("msg_*.txt"))]
    return [_delivered(octets) for octets in found if not _OPENPGP.search(octets)]


def generated(count: int) -> list[bytes]:
    """So many mails, each shape in turn."""
    return [_delivered(SHAPES[n % len(SHAPES)](random.Random(n))) for n in range(count)]


def everything() -> list[bytes]:
    """All of them."""
    first = stdlib()
    return first + generated(COUNT - len(first))


def _delivered(octets: bytes) -> bytes:
    """CRLF for every LF, but for what a maker has put there on purpose, and a line end at the end."""
    octets = re.sub(rb"(?<!\r)\n", b"\r\n", octets).replace(_LONE_LF, b"\n")
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


_LONE_LF = b"\xf8\x88\x80\x80\x80"
"""Stands for a line end of LF alone until the others are made CRLF: no text holds these octets."""


# --- header sections ---------------------------------------------------------------------------------


def _words(draw: Draw, most: int = 12) -> str:
    return " ".join(draw.choices(_WORDS, k=draw.randint(1, most)))


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset, "replace")
    except LookupError:
        return text.encode("latin-1", "replace")


def _subject(draw: Draw) -> bytes:
    text = _words(draw)
    return draw.choice(
        (
            text.encode,
            lambda: b"=?utf-8?b?" + base64.b64encode(text.encode()) + b"?=",
            lambda: (
                b"=?iso-8859-1?q?" + quopri.encodestring(_encoded(text, "latin-1")).strip().replace(b" ", b"_") + b"?="
            ),
            lambda: b"=?utf-8?b?" + base64.b64encode(text.encode())[:-3] + b"?= =?broken?x",
            lambda: text.encode().replace(b" ", b"\n\t", 1),
            lambda: b"",
        )
    )()


def _head(draw: Draw, *more: bytes) -> bytes:
    lines = [
        b"From: "
        + draw.choice((b"Homer <homer@elsewhere.example>", b"homer@elsewhere.example", b'"H, B" <h@x.example>')),
        b"To: bob@openpgp.example",
        b"Subject: " + _subject(draw),
        b"Date: Tue, 24 Nov 2026 %02d:00:00 +0000" % draw.randint(0, 23),
        b"Message-ID: <%d@elsewhere.example>" % draw.getrandbits(40),
        b"Received: from a by b;\n\tTue, 24 Nov 2026 10:00:00 +0000",
        b"X-Odd  : blanks before the colon",
    ]
    draw.shuffle(lines)
    return b"".join(line + b"\n" for line in (*lines[: draw.randint(2, 7)], *more))


def _part_head(kind: bytes, encoding: bytes = b"") -> bytes:
    return b"Content-Type: " + kind + b"\n" + (b"Content-Transfer-Encoding: " + encoding + b"\n" if encoding else b"")


# --- bodies ------------------------------------------------------------------------------------------


def _text(draw: Draw) -> bytes:
    """A text part with its header section."""
    charset = draw.choice(_CHARSETS)
    octets = _encoded("\n".join(_words(draw, 20) for _ in range(draw.randint(0, 15))) + "\n", charset)
    kind = b"text/" + draw.choice((b"plain", b"html", b"enriched", b"x-odd")) + b"; charset=" + charset.encode()
    return draw.choice(
        (
            lambda: _part_head(kind, b"8bit") + b"\n" + octets,
            lambda: _part_head(kind, b"quoted-printable") + b"\n" + quopri.encodestring(octets),
            lambda: _part_head(kind, b"base64") + b"\n" + base64.encodebytes(octets),
            lambda: _part_head(kind + b"; format=flowed") + b"\n" + octets.replace(b"\n", b" \n"),
            lambda: _part_head(kind.upper(), b"x-uuencode") + b"\nbegin 644 x\n#86)C\n`\nend\n",
            lambda: b"\n" + octets,
        )
    )()


def _multi(draw: Draw, *parts: bytes, kind: bytes = b"", closing: bool = True, params: bytes = b"") -> bytes:
    boundary = b"=_%x" % draw.getrandbits(64)
    kind = kind or draw.choice((b"mixed", b"alternative", b"related", b"digest", b"parallel", b"x-odd"))
    head = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"' + params + b"\n\n"
    preamble = draw.choice((b"", b"a preamble\n"))
    body = b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts)
    return head + preamble + body + (b"--" + boundary + b"--\n" + draw.choice((b"", b"epilogue\n")) if closing else b"")


def _leaf(draw: Draw) -> bytes:
    octets = draw.randbytes(draw.randint(0, 3000))
    name = _words(draw, 2).encode()
    return (
        _part_head(b'application/octet-stream; name="' + name + b'"', b"base64")
        + b"Content-Disposition: attachment\n\n"
        + base64.encodebytes(octets)
    )


# --- shapes ------------------------------------------------------------------------------------------


def one_text(draw: Draw) -> bytes:
    return _head(draw, b"MIME-Version: 1.0") + _text(draw)


def without_mime(draw: Draw) -> bytes:
    return _head(draw) + b"\n" + _words(draw, 60).encode() + b"\n.\n..dots\nFrom here\n"


def several_parts(draw: Draw) -> bytes:
    return _head(draw) + _multi(draw, *(draw.choice((_text, _leaf))(draw) for _ in range(draw.randint(0, 6))))


def nested(draw: Draw) -> bytes:
    entity = _text(draw)
    for _ in range(draw.randint(1, 12)):
        entity = _multi(draw, _text(draw), entity)
    return _head(draw) + entity


def a_forward(draw: Draw) -> bytes:
    inner = b"Content-Type: message/rfc822\n\n" + several_parts(draw)
    return _head(draw) + _multi(draw, _text(draw), inner, kind=b"mixed")


def report(draw: Draw) -> bytes:
    kind = draw.choice((b"delivery-status", b"disposition-notification"))
    status = _part_head(b"message/" + kind) + b"\nReporting-MTA: dns; x.example\n\nAction: failed\n"
    headers = _part_head(b"text/rfc822-headers") + b"\n" + _head(draw)
    params = b"; report-type=" + kind
    return _head(draw, b"Auto-Submitted: auto-replied") + _multi(
        draw, _text(draw), status, headers, kind=b"report", params=params
    )


def smime(draw: Draw) -> bytes:
    cms = base64.encodebytes(draw.randbytes(500))
    if draw.random() < 0.5:
        return (
            _head(draw)
            + _part_head(b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"base64")
            + b"\n"
            + cms
        )
    params = b'; protocol="application/pkcs7-signature"; micalg=sha-256'
    signature = _part_head(b"application/pkcs7-signature; name=smime.p7s", b"base64") + b"\n" + cms
    return _head(draw) + _multi(draw, _text(draw), signature, kind=b"signed", params=params)


def calendar(draw: Draw) -> bytes:
    event = _part_head(b"text/calendar; method=REQUEST; charset=utf-8") + b"\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"
    return _head(draw) + _multi(draw, _text(draw), event, kind=b"alternative")


def mailing_list(draw: Draw) -> bytes:
    more = (b"List-Id: <l.example>", b"List-Unsubscribe: <mailto:x@l.example?subject=leave>", b"Precedence: list")
    return _head(draw, *more) + _multi(draw, _text(draw), b"\n____\nfooter\n", kind=b"mixed")


def raw_octets(draw: Draw) -> bytes:
    return _head(draw) + b"\n" + draw.randbytes(draw.randint(0, 2000)).replace(b"\r", b"").replace(_LONE_LF, b"")


def lone_line_ends(draw: Draw) -> bytes:
    ends = (b"\r", _LONE_LF, b"\r\r", _LONE_LF + b"." + _LONE_LF, b"\0", b"\n.\n", b"\x0b", b"\x0c")
    body = b"".join(_words(draw, 3).encode() + draw.choice(ends) for _ in range(40))
    return _head(draw, b"X-Lone: a\rb") + b"\n" + body


def long_lines(draw: Draw) -> bytes:
    return _head(draw, b"X-Long: " + b"y" * draw.randint(999, 5000)) + b"\n" + b"x" * draw.randint(999, 40_000) + b"\n"


def broken_header(draw: Draw) -> bytes:
    lines = (
        b"no field",
        b": no name",
        b"\x80\xff: octets",
        b" a blank first",
        b"X Y: blank inside",
        b"X-\xe4: \xff",
        b"From x@y.example",
    )
    return draw.choice(lines) + b"\n" + _head(draw, *draw.sample(lines, 3)) + b"\n" + _words(draw).encode() + b"\n"


def broken_multipart(draw: Draw) -> bytes:
    entity = draw.choice(
        (
            lambda: _multi(draw, _text(draw), closing=False),
            lambda: b"Content-Type: multipart/mixed\n\n--x\n\nbody\n",
            lambda: b'Content-Type: multipart/mixed; boundary="\n\n--x--\n',
            lambda: b"Content-Type: multipart/mixed; boundary=x; boundary=y\n\n--x\n\n--y--\n",
            lambda: b"Content-Type: multipart/mixed; boundary=" + b"z" * 100 + b"\n\n--" + b"z" * 100 + b"\n\n",
            lambda: b"Content-Type: /;;;=\nContent-Type: text\n\nwhat\n",
            lambda: b'Content-Type: text/plain; charset="\xff\nContent-Transfer-Encoding: base64\n\n!!!\n',
        )
    )()
    return _head(draw) + entity


def header_alone(draw: Draw) -> bytes:
    return _head(draw) if draw.random() < 0.5 else b"\n" + _words(draw).encode()


def eight_bit_names(draw: Draw) -> bytes:
    sender = "Ζεύς <zeus@ὄλυμπος.example>".encode()
    return b"From: " + sender + b"\nSender: " + sender + b"\nTo: undisclosed-recipients:;\n" + _text(draw)


SHAPES: tuple[Callable[[Draw], bytes], ...] = (
    one_text,
    without_mime,
    several_parts,
    nested,
    a_forward,
    report,
    smime,
    calendar,
    mailing_list,
    raw_octets,
    lone_line_ends,
    long_lines,
    broken_header,
    broken_multipart,
    header_alone,
    eight_bit_names,
)

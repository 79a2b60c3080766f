"""Entities at random, and what a foreign reader finds in them."""

import email
import email.policy
import quopri

import pybase64
from hypothesis import strategies as st


def read(octets):
    return email.message_from_bytes(octets, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)


def leaves(octets):
    return [
        (p.get_content_type(), p.get_content_charset(), p.get_payload(decode=True))
        for p in read(octets).walk()
        if not p.is_multipart()
    ]


lines = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"From here", b"-- ", b"flowed ", b".", b"--b0", b"--b0--", b"--b1 ", b"x" * 1200, b"\xc3\xa4" * 900]
    ),
).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b""))
texts = st.lists(lines, max_size=8).map(b"\r\n".join)
any_octets = st.one_of(texts, st.binary(max_size=300))

_KINDS = [b"text/plain; charset=utf-8", b"text/plain; format=flowed", b"text/html", b"application/x-y"]


@st.composite
def leaf(draw, boundaries):
    plain = draw(any_octets if draw(st.booleans()) else texts)
    encoding = draw(st.sampled_from([b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable"]))
    kind = draw(st.sampled_from(_KINDS))
    if kind == b"text/html":
        plain = b"<html>\r\n<body class='a>b'>" + plain
    body = {b"base64": lambda b: pybase64.encodebytes(b).replace(b"\n", b"\r\n"), b"quoted-printable": _quoted}.get(
        encoding, lambda b: b.replace(b"\r", b"").replace(b"\n", b"\r\n")
    )(plain)
    for boundary in boundaries:
        # No line of a part may look like a boundary line around it (RFC 2046 §5.1.1).
        body = body.replace(b"--" + boundary, b"__" + boundary)
    return b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body


def _quoted(octets):
    return quopri.encodestring(octets.replace(b"\r", b"").replace(b"\n", b"\n"), quotetabs=False).replace(
        b"\n", b"\r\n"
    )


@st.composite
def entity(draw, boundaries=()):
    kind = draw(st.sampled_from(["leaf", "leaf", "multipart", "message"])) if len(boundaries) < 3 else "leaf"
    if kind == "leaf":
        return draw(leaf(boundaries))
    if kind == "message":
        return b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n" + draw(entity(boundaries))
    name = b"b%d" % len(boundaries)
    parts = draw(st.lists(entity((*boundaries, name)), min_size=1, max_size=3))
    out = b"Content-Type: multipart/mixed; boundary=" + name + b"\r\n\r\npreamble \r\n"
    return out + b"".join(b"--" + name + b"\r\n" + p + b"\r\n" for p in parts) + b"--" + name + b"--\r\nepilogue"

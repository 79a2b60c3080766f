"""Letters put together octet by octet: header sections, body parts, the frames of RFC 3156.

The law of this file: no line of the package, and nothing random; boundaries count up from what a caller names.
"""

import base64

from messages.holders import ALICE_SPEC, BOB_SPEC, EVE_SPEC

DATE = b"Tue, 24 Nov 2026 10:00:00 +0000"
FROM_ALICE = b"Alice <" + ALICE_SPEC.encode() + b">"
FROM_EVE = b"Eve <" + EVE_SPEC.encode() + b">"
TO_BOB = b"Bob <" + BOB_SPEC.encode() + b">"
PLAN = b"The gate opens at noon."
"""Stands in every captured letter; where it must stay closed, it must not be found."""


def fields(*, sender=FROM_ALICE, to=TO_BOB, subject=b"the plan", date=DATE, message_id=b"<plan@openpgp.example>"):
    """The fields of nearly every letter, without what says its structure; None leaves one out."""
    named = [(b"From", sender), (b"To", to), (b"Subject", subject), (b"Date", date), (b"Message-ID", message_id)]
    return b"".join(name + b": " + value + b"\r\n" for name, value in named if value is not None)


def letter(entity, *, more=b"", mime=True, **fields_):
    """A whole message around an entity; `more`: header fields in front."""
    return more + fields(**fields_) + (b"MIME-Version: 1.0\r\n" if mime else b"") + entity


def text(body=PLAN + b"\r\n", *, subtype=b"plain", charset=b"utf-8", encoding=b"", params=b"", more=b""):
    """A text entity."""
    head = b"Content-Type: text/" + subtype + b"; charset=" + charset + params + b"\r\n" + more
    return head + (b"Content-Transfer-Encoding: " + encoding + b"\r\n" if encoding else b"") + b"\r\n" + body


def html(body):
    return text(b"<html><body>" + body + b"</body></html>\r\n", subtype=b"html")


def part(media, body, *, more=b""):
    """Any leaf."""
    return b"Content-Type: " + media + b"\r\n" + more + b"\r\n" + body


def attached(media, name, body, *, encoding=b"7bit"):
    more = b'Content-Disposition: attachment; filename="' + name + b'"\r\nContent-Transfer-Encoding: ' + encoding
    return part(media + b'; name="' + name + b'"', body, more=more + b"\r\n")


def base64_lines(octets):
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def multi(kind, *parts, boundary=b"outer", params=b"", preamble=b"", epilogue=b""):
    """A multipart entity."""
    head = b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"' + params + b"\r\n\r\n" + preamble
    body = b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in parts)
    return head + body + b"--" + boundary + b"--\r\n" + epilogue


def mixed(*parts, **more):
    return multi(b"mixed", *parts, **more)


def forwarded(message, params=b""):
    return b"Content-Type: message/rfc822" + params + b"\r\n\r\n" + message


CONTROL = part(b"application/pgp-encrypted", b"Version: 1\r\n")


def encrypted(armored, *, boundary=b"sealed", control=CONTROL, params=b'; protocol="application/pgp-encrypted"'):
    """A multipart/encrypted (RFC 3156 §4)."""
    data = part(b'application/octet-stream; name="encrypted.asc"', armored)
    return multi(b"encrypted", control, data, boundary=boundary, params=params)


def signed(entity, signature, *, boundary=b"signed", micalg=b"pgp-sha256", **more):
    """A multipart/signed (RFC 3156 §5)."""
    params = b'; protocol="application/pgp-signature"' + (b"; micalg=" + micalg if micalg else b"")
    proof = part(b'application/pgp-signature; name="signature.asc"', signature)
    return multi(b"signed", entity, proof, boundary=boundary, params=params, **more)

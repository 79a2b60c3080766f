"""PGP/MIME (RFC 3156) put together and taken apart by hand and by Python's own email package: no line of Ithaca's."""

import base64
import email
import email.policy
import email.utils
import re

_HEAD = (
    b"From: %b\r\nTo: %b\r\nSubject: the shroud\r\n"
    b"Date: " + email.utils.formatdate().encode() + b"\r\nMessage-ID: <shroud@peers.example>\r\nMIME-Version: 1.0\r\n"
)
BODY = (
    "Liebe Größe, ναῦς,\r\n\r\n.a line that begins with a dot\r\nFrom the sea\r\n  trailing  \r\n-- \r\nNo man\r\n"
).encode()
CLEAR = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + BODY
"""An entity with what is easily damaged."""
SAFE = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Liebe Gr=C3=B6=C3=9Fe,\r\n=46rom the sea\r\ntrailing =20\r\n--=20\r\nNo man\r\n"
)
"""An entity as a program sends it that obeys RFC 3156 §3 and §5."""


def plain(sender: str, recipient: str, entity: bytes = CLEAR) -> bytes:
    """As a mail program hands it over."""
    return _HEAD % (sender.encode(), recipient.encode()) + entity


def encrypted(sender: str, recipient: str, message: bytes) -> bytes:
    """A multipart/encrypted (§4) around an armored message."""
    return (
        _HEAD % (sender.encode(), recipient.encode())
        + b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="loom"\r\n\r\n'
        + b"--loom\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
        + b"--loom\r\nContent-Type: application/octet-stream\r\n\r\n"
        + _crlf(message)
        + b"\r\n--loom--\r\n"
    )


def signed(sender: str, recipient: str, entity: bytes, signature: bytes, micalg: str) -> bytes:
    """A multipart/signed (§5) around an entity and an armored signature."""
    return (
        _HEAD % (sender.encode(), recipient.encode())
        + b'Content-Type: multipart/signed; protocol="application/pgp-signature";\r\n'
        + b' micalg=%b; boundary="loom"\r\n\r\n' % micalg.encode()
        + b"--loom\r\n%b\r\n" % entity
        + b"--loom\r\nContent-Type: application/pgp-signature\r\n\r\n%b\r\n--loom--\r\n" % _crlf(signature)
    )


def encrypted_part(letter: bytes) -> bytes:
    """The armored message of a multipart/encrypted."""
    message = _read(letter)
    control, data = message.iter_parts()
    assert message.get_content_type() == "multipart/encrypted"
    assert message.get_param("protocol") == control.get_content_type() == "application/pgp-encrypted"
    assert control.get_content().split() == [b"Version:", b"1"]
    assert data.get_content_type() == "application/octet-stream"
    return data.get_content()


def signed_part(letter: bytes) -> tuple[bytes, bytes]:
    """The signed octets of a multipart/signed as they are on the wire, and the armored signature."""
    message = _read(letter)
    assert message.get_content_type() == "multipart/signed"
    assert message.get_param("protocol") == "application/pgp-signature"
    delimiter = b"\r\n--" + message.get_boundary().encode()
    _, octets, part, end = letter.split(delimiter)
    assert octets.startswith(b"\r\n")
    assert end == b"--\r\n"
    head, _, signature = part.partition(b"\r\n\r\n")
    assert b"Content-Type: application/pgp-signature" in head
    return octets[2:], signature


def text(letter: bytes) -> str:
    """The text of the only leaf that is one."""
    (leaf,) = (p for p in _read(letter).walk() if p.get_content_type() == "text/plain")
    return leaf.get_payload(decode=True).decode()


def binary(armored: bytes) -> bytes:
    """The octets inside an armor."""
    lines = re.split(rb"\r?\n\r?\n", armored, maxsplit=1)[1].splitlines()
    return base64.b64decode(b"".join(line for line in lines if not line.startswith((b"=", b"-----"))))


def armor(octets: bytes) -> bytes:
    """An armored message without a checksum, which would give an alteration away before anything is decrypted."""
    return b"-----BEGIN PGP MESSAGE-----\n\n%b-----END PGP MESSAGE-----\n" % base64.encodebytes(octets)


def altered(octets: bytes, at: int) -> bytes:
    """With one bit of one octet turned."""
    changed = bytearray(octets)
    changed[at] ^= 1
    return bytes(changed)


def _read(letter):
    return email.message_from_bytes(letter, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)


def _crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

"""Each case as mail: on the wire, at the provider, and as another program reads it.

The law of this file: a mail of the corpus keeps its octets; an OpenPGP object that is no mail gets the plainest frame
that mail has for it.
"""

import email
import email.policy
import re

from ithaca.incoming import reversing

_HEAD = (
    b"From: Sender <sender@corpus.example>\r\n"
    b"To: Recipient <recipient@corpus.example>\r\n"
    b"Subject: an object of the corpus\r\n"
    b"MIME-Version: 1.0\r\n"
)
_ENCRYPTED = (
    b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="=_frame_="\r\n'
    b"\r\n"
    b"--=_frame_=\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
    b"--=_frame_=\r\nContent-Type: application/octet-stream\r\n\r\n"
)
_ENCRYPTED_END = b"\r\n--=_frame_=--\r\n"
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"

_OURS = re.compile(rb"(?im)^(?:ithaca-[!-9;-~]*|x-mozilla-(?:status2?|keys))[ \t]*:.*\n(?:[ \t].*\n)*")
"""The incoming fields of promise 4, which are taken out of mail that otherwise passes."""


def as_mail(case):
    """The octets for ``ithaca explain``: the file itself, or an OpenPGP object in a frame."""
    octets = case.path.read_bytes()
    if case.level == "mail":
        return octets
    data = reversing.as_sent(octets)
    if data.startswith(b"-----BEGIN PGP MESSAGE-----"):
        return _HEAD + _ENCRYPTED + data + _ENCRYPTED_END
    return _HEAD + _TEXT + data


def as_delivered(case):
    """As a server that took it over SMTP has it: no mbox line, CRLF line ends, a line end at the end."""
    return ended(reversing.as_sent(as_mail(case)))


def ended(octets):
    """With a line end at the end: neither SMTP nor POP3 can carry a last line without one."""
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def without_our_fields(octets):
    """What is left to pass when nobody but Ithaca may write these fields."""
    section, empty, body = octets.partition(b"\r\n\r\n")
    return _OURS.sub(b"", section + b"\r\n") + (b"\r\n" + body if empty else b"")


def head(octets):
    """The header section with its empty line."""
    section, empty, _ = octets.partition(b"\r\n\r\n")
    return section + empty


def body(octets):
    """What comes after the empty line."""
    return octets.partition(b"\r\n\r\n")[2]


# --- as another program reads it ---------------------------------------------------------------------


def read(octets):
    """By the standard library, which shares no code with Ithaca."""
    return email.message_from_bytes(octets, policy=email.policy.compat32)  # noqa: TID251 (a foreign reader)


def is_pgp_mime(part):
    """Does this entity say that it is PGP/MIME (RFC 3156)?"""
    protocol = str(part.get_param("protocol", "")).lower()
    return (part.get_content_type(), protocol) in {
        ("multipart/encrypted", "application/pgp-encrypted"),
        ("multipart/signed", "application/pgp-signature"),
    }


def holds_openpgp(octets):
    """Is there OpenPGP anywhere: by the type of some part, or as armor in some leaf of a text or a multipart?"""
    root = read(octets)
    if root.get_content_maintype() not in ("text", "multipart"):
        return root.get_content_type().startswith("application/pgp")
    types = [part.get_content_type() for part in root.walk()]
    return is_pgp_mime(root) or "application/pgp-encrypted" in types or b"-----BEGIN PGP " in every_leaf(octets)


def text(octets):
    """The text of every leaf, one after the other, with LF line ends."""
    leaves = [part for part in read(octets).walk() if part.get_content_maintype() == "text"]
    return "\n".join(map(_decoded, leaves)).replace("\r\n", "\n")


def every_leaf(octets):
    """The content of every leaf, its transfer encoding taken off."""
    return b"\n".join(part.get_payload(decode=True) or b"" for part in read(octets).walk())


def _decoded(part):
    octets = part.get_payload(decode=True) or b""
    try:
        return octets.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        return octets.decode("utf-8", "replace")

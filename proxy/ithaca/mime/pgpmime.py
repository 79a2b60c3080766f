"""PGP/MIME (RFC 3156) recognised, taken apart and put together.

The law of this file: the shape is read from the root header section alone; what can be read in two ways is
`Shape.AMBIGUOUS` and nothing else.
"""

import enum

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime.ambiguity import text_outside
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection

ENCRYPTED, SIGNATURE = "application/pgp-encrypted", "application/pgp-signature"


class Shape(enum.Enum):
    """What an entity is: by its Content-Type, or, in the second half, by all of its leaves."""

    ENCRYPTED = "encrypted"
    SIGNED = "signed"
    UNOBTRUSIVE = "unobtrusive"
    """Seen by `incoming.unobtrusive_layer`: no header section tells."""
    AMBIGUOUS = "ambiguous"
    INLINE = "inline"
    """Its text is nothing but one armored message that is encrypted."""
    ARMORED = "armored"
    """Its text is nothing but one armored message that is not encrypted."""
    CLEARSIGNED = "clearsigned"
    """Its text is nothing but one cleartext signature framework."""
    MANGLED = "mangled"
    """It once was multipart/encrypted, and nothing was added."""
    PARTITIONED = "partitioned"
    """Every leaf is sealed by itself."""
    PARTIAL = "partial"
    """One sealed entity with a list's footer or attachments beside it."""
    NONE = "none"


_SHAPES = {("multipart/encrypted", ENCRYPTED): Shape.ENCRYPTED, ("multipart/signed", SIGNATURE): Shape.SIGNED}


def shape(section: HeaderSection) -> Shape:
    """The shape that a header section announces."""
    fields = section.get_all(b"Content-Type")
    sealed_looking = any(b"pgp-encrypted" in f.value.lower() or b"pgp-signature" in f.value.lower() for f in fields)
    if not sealed_looking:
        return Shape.NONE
    kind = fields[0].content_type
    if len(fields) > 1 or kind.ambiguous:
        return Shape.AMBIGUOUS
    return _SHAPES.get((kind.media_type, kind.params.get("protocol", "").lower()), Shape.NONE)


def take_encrypted(entity: Entity) -> memoryview:
    """The OpenPGP data of a multipart/encrypted (§4), armored or binary. Raises `MalformedMessage`."""
    control, data = _two(entity)
    version = control.decoded_body().strip().lower()
    if control.content_type.media_type != ENCRYPTED or not version.startswith(b"version: 1"):
        raise MalformedMessage("a multipart/encrypted without its control part")
    if data.content_type.media_type != "application/octet-stream":
        raise MalformedMessage("a multipart/encrypted without its encrypted part")
    return data.decoded_view()


def take_signed(entity: Entity) -> tuple[bytes, bytes]:
    """(signed octets as they were on the wire, signature part) of a multipart/signed (§5).

    Raises `MalformedMessage`, too, where text stands around the parts: somebody may take it for signed.
    """
    signed, signature = _two(entity)
    if text_outside(entity):
        raise MalformedMessage("a multipart/signed with text around its parts")
    if signature.content_type.media_type != SIGNATURE:
        raise MalformedMessage("a multipart/signed without its signature part")
    octets = signed.octets
    if b"\r\n" not in octets:
        # §5: the signature is over CRLF line ends; inside an encryption some programs leave LF.
        octets = octets.replace(b"\n", b"\r\n")
    return octets, signature.decoded_body()


def _two(entity: Entity) -> tuple[Entity, Entity]:
    parts = entity.parts()
    if len(parts) != 2:
        # RFC 1847 §2: exactly two, or nobody can say which text was meant.
        raise MalformedMessage(f"{len(parts)} parts where exactly two belong")
    return parts[0], parts[1]


# --- composing ---------------------------------------------------------------------------------------


def make_boundary(random: bytes) -> bytes:
    """A boundary from at least 18 random octets. ``=_`` occurs in no base64 and no quoted-printable text."""
    return b"=_" + pybase64.b64encode(random).translate(bytes.maketrans(b"+/=", b"...")) + b"_="


def encrypted_head(boundary: bytes) -> bytes:
    """The structural field for the outer header section, the empty line, and the body up to the data (§4)."""
    return (
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";\r\n'
        b' boundary="' + boundary + b'"\r\n\r\n'
        b"--" + boundary + b"\r\n"
        b"Content-Type: application/pgp-encrypted\r\n"
        b"Content-Description: PGP/MIME version identification\r\n\r\n"
        b"Version: 1\r\n\r\n"
        b"--" + boundary + b"\r\n"
        b'Content-Type: application/octet-stream; name="encrypted.asc"\r\n'
        b"Content-Description: OpenPGP encrypted message\r\n"
        b'Content-Disposition: inline; filename="encrypted.asc"\r\n\r\n'
    )


def encrypted_tail(boundary: bytes) -> bytes:
    """What closes the body."""
    return b"\r\n--" + boundary + b"--\r\n"


def signed_head(boundary: bytes, micalg: str) -> bytes:
    """The structural field for the outer header section, the empty line, and the first boundary line (§5)."""
    return (
        b"Content-Type: multipart/signed; micalg=" + micalg.encode("ascii") + b";\r\n"
        b' protocol="application/pgp-signature"; boundary="' + boundary + b'"\r\n\r\n'
        b"--" + boundary + b"\r\n"
    )


def signed_middle(boundary: bytes) -> bytes:
    """What stands between the signed entity and its signature; the first line end is not signed."""
    return (
        b"\r\n--" + boundary + b"\r\n"
        b'Content-Type: application/pgp-signature; name="OpenPGP_signature.asc"\r\n'
        b"Content-Description: OpenPGP digital signature\r\n"
        b'Content-Disposition: attachment; filename="OpenPGP_signature.asc"\r\n\r\n'
    )


def signed_tail(boundary: bytes) -> bytes:
    """What closes the body."""
    return b"\r\n--" + boundary + b"--\r\n"

"""Unobtrusive signatures (draft-ietf-mailmaint-unobtrusive-signatures): made, and found.

The root is a multipart/mixed of exactly one part, whose first fields are ``Sig:``; readers that know nothing of it see
a letter without an attachment. Signed is the part without these fields and without empty lines at its end.

The law of this file: whatever is not exactly so is no signature, and nobody is warned.
"""

import re

import pybase64

from ithaca.errors import MalformedMessage
from ithaca.mime import header
from ithaca.mime.entity import Entity, boundary_lines
from ithaca.mime.header import Field, HeaderSection

FIELD = b"Sig"
MOST_BEFORE = 1 << 16
"""Octets in which it must begin."""
MOST_SIGNATURES = 8
"""Of one part; each costs an arithmetic of its own."""
_LINE = 76
_FIRST = 16
"""Octets that tell the first field of the part."""
_SIG = re.compile(rb"Sig[ \t]*:", re.IGNORECASE)


def readings(entity: bytes) -> tuple[bytes, ...]:
    """What may be signed of a part without its ``Sig`` fields (CRLF lines): all but the empty lines at its end.

    Of a part without a body two octets are in doubt: the empty line behind the header section may count among those at
    the end, or not. Thunderbird signs without that line, and verifies with it. Either way it is the same entity, so
    both are read; none is written.
    """
    octets = _signed_octets(entity)
    shorter = octets.rstrip(b"\r\n") + b"\r\n"
    return (octets, shorter) if octets.endswith(b"\r\n\r\n") else (octets,)


def _signed_octets(entity: bytes) -> bytes:
    head, empty, body = entity.partition(b"\r\n\r\n")
    if entity.startswith(b"\r\n"):
        head, empty, body = b"", b"\r\n", entity[2:]
    text = body.rstrip(b"\r\n")
    return head + empty + (text + b"\r\n" if text else b"")


def wrapped(entity: bytes, signature: bytes, boundary: bytes) -> bytes:
    """The rest of the outer header section, and the body: the part with its binary signature in front."""
    data = pybase64.b64encode(signature)
    lines = b"".join(b"\r\n " + data[at : at + _LINE] for at in range(0, len(data), _LINE))
    return (
        b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n'
        b"--" + boundary + b"\r\n"
        b"Sig: t=p; b=" + lines + b"\r\n" + entity + b"\r\n--" + boundary + b"--\r\n"
    )


def is_possible(section: HeaderSection) -> bool:
    """Could a message with this header section carry such a signature?"""
    kinds = [field.content_type for field in section.get_all(b"Content-Type")]
    return len(kinds) == 1 and kinds[0].media_type == "multipart/mixed" and not kinds[0].ambiguous


def begins(prefix: bytes) -> bool | None:
    """Does a message that begins so carry such a signature? None: it cannot be said yet."""
    section, empty, start = header.split_message(prefix)
    if not empty:
        return None
    fields = HeaderSection.parse(section)
    if not is_possible(fields):
        return False
    boundary = fields.get_all(b"Content-Type")[0].content_type.params.get("boundary", "")
    for _, end, _ in boundary_lines(prefix, b"--" + boundary.encode("utf-8", "replace"), start):
        first = prefix[end : end + _FIRST]
        return bool(_SIG.match(first)) if len(first) == _FIRST or b"\n" in first else None
    return None


def take(entity: Entity) -> tuple[tuple[bytes, ...], tuple[bytes, ...]] | None:
    """(what may be signed, the binary OpenPGP signatures) of a root entity; None: it carries none. See `readings`."""
    if not is_possible(entity.header):
        return None
    try:
        parts = entity.parts()
    except MalformedMessage:
        return None
    if len(parts) != 1:
        return None
    fields = parts[0].header.fields
    count = next((n for n, field in enumerate(fields) if not field.named(FIELD)), len(fields))
    if any(field.named(FIELD) for field in fields[count:]):
        return None
    found = tuple(s for field in fields[:count] if (s := _signature(field)) is not None)
    if not found or count > MOST_SIGNATURES:
        return None
    octets = parts[0].octets[sum(len(field.octets) for field in fields[:count]) :]
    if b"\r\n" not in octets:
        octets = octets.replace(b"\n", b"\r\n")
    return readings(octets), found


def _signature(field: Field) -> bytes | None:
    """The OpenPGP signature (``t=p``) in a field; None: it is another kind, or cannot be read."""
    tags: dict[bytes, bytes] = {}
    for tag in field.value.rstrip(b"; \t").split(b";"):
        name, equals, value = tag.partition(b"=")
        if not equals or name.strip() in tags:
            return None
        tags[name.strip()] = value
    try:
        data = pybase64.b64decode(b"".join(tags.get(b"b", b"").split()), validate=True)
    except ValueError:
        return None
    return data if tags.get(b"t", b"").strip() == b"p" and data else None

"""Parameters put into a Content-Type field without writing it anew (RFC 2045 §5.1).

The law of this file: what the writer wrote stays octet for octet; a parameter of ours stands directly behind the type,
where nothing in the rest can swallow it.
"""

import re
from collections.abc import Collection

from ithaca.errors import MalformedMessage
from ithaca.mime.header import Field

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(rb"\s*" + _TOKEN + rb"\s*/\s*" + _TOKEN)
_PARAMETER = re.compile(rb"\s*;\s*(" + _TOKEN + rb')\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;"]+)', re.DOTALL)


def is_readable(field: Field) -> bool:
    """Does the Content-Type begin with a type?"""
    return _TYPE.match(field.octets.partition(b":")[2]) is not None


def added(field: Field, parameters: bytes, instead_of: Collection[bytes] = ()) -> Field:
    """The field with `parameters` (each with its semicolon in front), without those named (in lower case) before.

    Raises `MalformedMessage` where the field has no type.
    """
    name, colon, body = field.octets.partition(b":")
    found = _TYPE.match(body)
    if found is None:
        raise MalformedMessage("a Content-Type cannot be read.")
    return Field(field.name, name + colon + found.group() + parameters + _without(body[found.end() :], instead_of))


def _without(octets: bytes, names: Collection[bytes]) -> bytes:
    out, at = b"", 0
    while (found := _PARAMETER.match(octets, at)) is not None:
        if found.group(1).lower() not in names:
            out += found.group()
        at = found.end()
    return out + octets[at:]

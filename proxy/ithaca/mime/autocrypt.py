"""Autocrypt fields (Autocrypt Level 1, version 1.1): a certificate that travels in a header section.

The law of this file: what breaks the grammar is no field at all, and of several valid fields none counts. Whether the
octets are a certificate, and what it is worth, is not for here.
"""

import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass

import pybase64

from ithaca.address import AddrSpec, addr_spec
from ithaca.mime.header import Field, HeaderSection

AUTOCRYPT, GOSSIP = b"Autocrypt", b"Autocrypt-Gossip"
MOST_VALUE = 10 << 10
"""Octets of a field: more must not be sent and is not read."""
MOST_GOSSIP = 100
"""Gossip fields that are read of one letter, and that are written: some 100 KiB."""
_LINE = 76
_BLANK = re.compile(rb"[ \t\r\n]+")
_KNOWN = frozenset({b"addr", b"prefer-encrypt", b"keydata"})


@dataclass(frozen=True, slots=True)
class AutocryptField:
    """What one valid field says."""

    addr: AddrSpec
    keydata: bytes
    """Binary, and not looked at yet."""
    mutual: bool
    """``prefer-encrypt=mutual``; in gossip always False."""


def parse(value: bytes) -> AutocryptField | None:
    """The body of an ``Autocrypt`` field; None: it is invalid. That `addr` is the From address is for `sole` to see."""
    if len(value) > MOST_VALUE:
        return None
    found: dict[bytes, bytes] = {}
    for attribute in value.split(b";"):
        name, equals, text = attribute.strip(b" \t\r\n").partition(b"=")
        if b"keydata" in found:
            # It is the last one, but for a semicolon that ends the field.
            if attribute.strip(b" \t\r\n"):
                return None
            continue
        name = name.strip(b" \t\r\n")
        if name.startswith(b"_"):
            continue
        # What is not known and has no underscore is critical: the field is meant for a later version.
        if not equals or name not in _KNOWN or name in found:
            return None
        found[name] = text.strip(b" \t\r\n")
    return _field(found)


def _field(found: dict[bytes, bytes]) -> AutocryptField | None:
    try:
        addr = addr_spec(found.get(b"addr", b"").decode())
        keydata = pybase64.b64decode(_BLANK.sub(b"", found.get(b"keydata", b"")), validate=True)
    except (UnicodeDecodeError, binascii.Error, ValueError):
        return None
    if addr is None or not keydata:
        return None
    # Any other preference is none.
    return AutocryptField(addr, keydata, found.get(b"prefer-encrypt") == b"mutual")


def parse_gossip(value: bytes) -> AutocryptField | None:
    """The body of an ``Autocrypt-Gossip`` field; None: it is invalid. Nobody states another's preference."""
    found = parse(value)
    return None if found is None else AutocryptField(found.addr, found.keydata, mutual=False)


def sole(section: HeaderSection, sender: AddrSpec) -> AutocryptField | None:
    """The one valid field of a letter from `sender`; None: there is none, or several, and then none of them counts."""
    parsed = (parse(field.value) for field in section.get_all(AUTOCRYPT))
    valid = [found for found in parsed if found is not None and found.addr == sender]
    return valid[0] if len(valid) == 1 else None


def gossip(payload: HeaderSection, named: Collection[AddrSpec]) -> tuple[AutocryptField, ...]:
    """What the root of an encrypted payload says of those who are `named` in To, Cc and Reply-To.

    Of an address with several fields none counts.
    """
    found: dict[AddrSpec, list[AutocryptField]] = {}
    for field in payload.get_all(GOSSIP)[:MOST_GOSSIP]:
        parsed = parse_gossip(field.value)
        if parsed is not None and parsed.addr in named:
            found.setdefault(parsed.addr, []).append(parsed)
    return tuple(fields[0] for fields in found.values() if len(fields) == 1)


def make(addr: AddrSpec, certificate: bytes, *, mutual: bool) -> Field | None:
    """The field of one of our identities, folded; `certificate` is binary. None: it would be invalid."""
    preference = b" prefer-encrypt=mutual;" if mutual else b""
    return _made(AUTOCRYPT, addr, preference, certificate)


def make_gossip(addr: AddrSpec, certificate: bytes) -> Field | None:
    """The same about somebody who is named in To or Cc; for the root of an encrypted payload alone."""
    return _made(GOSSIP, addr, b"", certificate)


def _made(name: bytes, addr: AddrSpec, preference: bytes, certificate: bytes) -> Field | None:
    data = pybase64.b64encode(certificate)
    lines = (data[at : at + _LINE] for at in range(0, len(data), _LINE))
    value = b"addr=" + addr.encode() + b";" + preference + b" keydata=" + b"".join(b"\r\n " + line for line in lines)
    octets = name + b": " + value + b"\r\n"
    readable = parse(value)
    # An address with a semicolon cannot be said, and more than the limit must not be.
    if len(octets) > MOST_VALUE or readable is None or (readable.addr, readable.keydata) != (addr, certificate):
        return None
    return Field(name, octets)

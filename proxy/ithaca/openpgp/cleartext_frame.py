"""What of a cleartext framework a reader may take for words, though nobody signed it (RFC 9580 §6.2.2, §7).

The law of this file: it looks at the octets as they came, and knows what programs write. Whatever else stands there,
armor headers of the signature above all, may be anybody's, and is not to be shown where a signature is called good.
"""

import re

from ithaca.errors import OpenPGPError
from ithaca.openpgp import packets
from ithaca.openpgp.armor import COLUMNS
from ithaca.openpgp.cleartext import Cleartext
from ithaca.openpgp.hashed_text import TRAILING
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.signature import Signature

LEAST_COLUMNS = 60
"""Of the base64 that programs write; in shorter lines anybody could write words."""
MOST_UNHASHED = 64
"""Octets of subpackets that are not hashed: enough to name the issuer twice, and too few for a sentence in base64."""
_NEEDLESS = re.compile(rb"^- (?!-|From )", re.MULTILINE)
"""A dash in front of a line that needs none; it looks like the minus of a number, or a point of a list."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_CHECKSUM = re.compile(rb"=[A-Za-z0-9+/]{4}")


def is_bare(octets: bytes, found: Cleartext) -> bool:
    """Does the framework that `found` was read from hold nothing to read but the signed text?"""
    if _NEEDLESS.search(octets, found.start, found.border):
        return False
    return _is_plain_armor(octets[found.border : found.end]) and _is_one_signature(found.signatures)


def _is_plain_armor(armored: bytes) -> bool:
    """No header, no word in place of the checksum, no blank, and lines of one length."""
    _, *lines = (line.rstrip(TRAILING) for line in armored.rstrip(b"\r\n").split(b"\n"))
    empty, *data = lines[:-1] or [b"?"]
    if data and _CHECKSUM.fullmatch(data[-1]):
        data.pop()
    if empty or not data or not all(map(_BASE64.fullmatch, data)):
        return False
    width = len(data[0])
    is_even = all(len(line) == width for line in data[:-1]) and len(data[-1]) <= width
    return is_even and LEAST_COLUMNS <= width <= COLUMNS


def _is_one_signature(data: bytes) -> bool:
    """Whatever stands beside it, or in its area that is not hashed, could be written by anybody."""
    try:
        (packet,) = packets.split(data)
        signature = Signature.parse(packet.body)
    except (OpenPGPError, ValueError):
        return False
    return packet.tag == Tag.SIGNATURE and sum(2 + len(one.data) for one in signature.unhashed) <= MOST_UNHASHED

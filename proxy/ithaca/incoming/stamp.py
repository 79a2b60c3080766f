"""``Ithaca-Shown``: what says that a banner and a verdict are ours, and how the message was before.

The law of this file: the field proves who wrote the banner, and nothing about the message; whoever undoes a banner
judges what stood behind it anew. Grammar in docs/verdict.md.
"""

import binascii
import hashlib
import hmac
import zlib
from dataclasses import dataclass

import pybase64

from ithaca.incoming.presentation import Presentation
from ithaca.mime import header
from ithaca.work import PIECE, Job

FIELD = b"Ithaca-Shown"
MOST_SECTION = 1 << 20
"""Octets of a header section that is kept; a longer one is nobody's letter."""
_LINE = 72


@dataclass(frozen=True, slots=True)
class Before:
    """A message as it was before it was shown."""

    section: bytes
    """Its header section."""
    separator: bytes
    """The empty line as it came; b"" where there was none."""
    digest: bytes
    """SHA-256 of its body."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the field vouches for."""

    message_id: bytes
    """As shown, unfolded; b"" where there is none."""
    verdict: bytes
    """The field ``Ithaca-Verdict``."""
    text: str
    """Of the banner; "" where it is no part."""
    before: Before | None
    """None: nothing can be undone, but by what hangs on."""
    original: bytes = b""
    """SHA-256 of the message as it came, where it hangs on: else a sender could hang on what he likes."""

    def field(self, presentation: Presentation) -> bytes:
        """With its line end, folded."""
        pairs = [b"v=1", b"mac=" + self._mac(presentation).hex().encode()]
        if self.before is not None:
            encoded = pybase64.b64encode(zlib.compress(self.before.section + self.before.separator, 6))
            lines = [encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE)]
            pairs += [b"body=" + self.before.digest.hex().encode(), b"header=\r\n " + b"\r\n ".join(lines)]
        return FIELD + b": " + b";\r\n ".join(pairs) + b"\r\n"

    def is_ours(self, mac: bytes, presentation: Presentation) -> bool:
        """Did this installation write it?"""
        return bool(presentation.key) and hmac.compare_digest(mac, self._mac(presentation))

    def _mac(self, presentation: Presentation) -> bytes:
        before = self.before
        kept: tuple[bytes, ...] = (b"-",)
        if self.original:
            kept = (b"o", self.original)
        elif before is not None:
            kept = (b"+", before.section, before.separator, before.digest)
        # Mail programs fold fields anew, some take a blank off the end of a line.
        text = "\n".join(line.rstrip() for line in self.text.split("\n"))
        return presentation.authenticate(
            b"shown 1", self.message_id, b"".join(self.verdict.split()), text.encode(), *kept
        )


def before(came: bytes) -> Job[Before | None]:
    """Of a message as it came; None where its header section is longer than what is kept."""
    section, separator, start = header.split_message(came)
    if len(section) > MOST_SECTION:
        return None
    return Before(section, separator, (yield from digest(came, start)))


def digest(octets: bytes, start: int = 0) -> Job[bytes]:
    """SHA-256 of a message, or of its body."""
    hasher = hashlib.sha256()
    view = memoryview(octets)
    for at in range(start, len(octets), PIECE):
        hasher.update(view[at : at + PIECE])
        yield
    return hasher.digest()


def read(value: bytes) -> tuple[bytes, Before | None] | None:
    """(HMAC, what was before) of a field body, unfolded or not; None: it is none of ours."""
    pairs = dict(pair.strip().partition(b"=")[::2] for pair in value.split(b";"))
    try:
        if pairs.get(b"v") != b"1":
            return None
        mac = bytes.fromhex(pairs.get(b"mac", b"").decode("ascii"))
        if b"header" not in pairs:
            return mac, None
        body = bytes.fromhex(pairs.get(b"body", b"").decode("ascii"))
        packed = pybase64.b64decode(b"".join(pairs[b"header"].split()), validate=True)
        octets = zlib.decompressobj().decompress(packed, MOST_SECTION + 2)
    except (ValueError, UnicodeDecodeError, binascii.Error, zlib.error):
        return None
    section, separator, _ = header.split_message(octets)
    return mac, Before(section, separator, body)

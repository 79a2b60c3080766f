"""How messages are shown to one login: plain values, and what follows from the key of this installation."""

import enum
import hashlib
import hmac
from dataclasses import dataclass, field

from ithaca.incoming.marks import Marks
from ithaca.once import once
from ithaca.wish import NAMES, Names

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LETTER_COUNT = 8


class Banner(enum.Enum):
    """Where the verdict is told in words."""

    PART = "part"
    """A text part of its own in front of the message."""
    SUBJECT = "subject"
    """A mark in the Subject."""
    OFF = "off"
    """Nowhere but in the field ``Ithaca-Verdict``."""


class Keep(enum.Enum):
    """What becomes of the sealed original of an opened message."""

    NONE = "none"
    ATTACH = "attach"
    """It hangs on, closed, so that it can be verified again."""


@dataclass(frozen=True)
class Presentation:
    """How messages are shown. The default shows no more than the verdict field."""

    banner: Banner = Banner.OFF
    keep: Keep = Keep.NONE
    phrase: str | None = field(default=None, repr=False)
    """The seal phrase of the person, who alone knows it."""
    key: bytes = field(default=b"", repr=False)
    """The key of this installation, 32 octets; b"": there is none, and nothing is authenticated by it."""
    wishes: Names = NAMES
    """What wish tags are called, which no incoming Subject may hold."""

    @once
    def authserv_id(self) -> str:
        """Who writes our Authentication-Results (RFC 8601 §2.5): ``ithaca.`` and letters of this installation.

        Nobody outside can guess it, so nobody can write a field in our name. Empty without a key.
        """
        if not self.key:
            return ""
        digest = self.authenticate(b"authserv-id")
        return "ithaca." + "".join(_LETTERS[octet % len(_LETTERS)] for octet in digest[:_LETTER_COUNT])

    @once
    def marks(self) -> Marks:
        """What nobody but this person, and nobody but Ithaca, writes."""
        return Marks(() if self.phrase is None else (self.phrase,))

    def authenticate(self, purpose: bytes, *parts: bytes) -> bytes:
        """HMAC-SHA256 over the purpose and the parts, each with its length, so that none can run into another."""
        mac = hmac.new(self.key, digestmod=hashlib.sha256)
        for part in (purpose, *parts):
            mac.update(b"%d:" % len(part))
            mac.update(part)
        return mac.digest()


BARE = Presentation()
"""No more than the verdict field."""

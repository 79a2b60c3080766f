"""What a text is fed to while it goes by: one hash for each kind of signature over it (RFC 9580 §5.2.4).

The law of this file: no octet is hashed twice in one way, and nothing is trimmed; only line ends are brought to CRLF,
and only for text signatures (§5.2.1.2).
"""

from ithaca.openpgp.algorithms import SignatureType
from ithaca.openpgp.signature import HashObject, new_hash

Key = tuple[int, int, bytes]
"""Signature type, hash algorithm, salt."""


class TextHasher:
    """Feeds a hash with text whose line ends are CRLF (§5.2.1.2); nothing is trimmed."""

    def __init__(self, hasher: HashObject) -> None:
        self.hasher = hasher
        self._held_cr = False

    def update(self, octets: bytes) -> None:
        """The next octets of the text."""
        if self._held_cr:
            octets = b"\r" + octets
        self._held_cr = octets.endswith(b"\r")
        if self._held_cr:
            octets = octets[:-1]
        if octets.count(b"\n") != octets.count(b"\r\n"):
            octets = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.hasher.update(octets)

    def finish(self) -> HashObject:
        """The hash object, after the last octet."""
        if self._held_cr:
            self.hasher.update(b"\r")
            self._held_cr = False
        return self.hasher


class Hashers:
    """All hashes over one text."""

    def __init__(self) -> None:
        self._hashers: dict[Key, HashObject | TextHasher] = {}

    def prepare(self, kind: int, algorithm: int, salt: bytes = b"") -> None:
        """A signature of that kind is to come; before the text. Types that sign no document need no hash."""
        hasher = new_hash(algorithm, salt)
        if hasher is not None and kind in (SignatureType.BINARY, SignatureType.TEXT):
            text = kind == SignatureType.TEXT
            self._hashers.setdefault((kind, algorithm, salt), TextHasher(hasher) if text else hasher)

    def update(self, octets: bytes) -> None:
        """The next octets of the text."""
        for hasher in self._hashers.values():
            hasher.update(octets)

    def finish(self) -> dict[Key, HashObject]:
        """The hash objects, after the last octet."""
        return {k: h.finish() if isinstance(h, TextHasher) else h for k, h in self._hashers.items()}

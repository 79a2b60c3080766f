"""One case of the corpus: octets that somebody may send, and what must come of them."""

from dataclasses import dataclass

T0 = 1_600_000_000
"""2020-09-13: keys are made. Every time in the corpus is in the past, save those that are meant to be in the future."""
DAY = 86400
YEAR = 365 * DAY
SIGNED = 1_650_000_000
"""2022-04-15: documents are signed."""
LATE = 1_700_000_000
"""2023-11-14: after the end of SHA-1 in self-signatures (2023-02-01)."""
NOW = 1_760_000_000
"""2025-10-09: the corpus is judged. What has expired by then has expired for programs that run later, too."""
FUTURE = 4_102_444_800
"""2100-01-01."""

DOCUMENT = b"Dear Bob,\nplease pay ten euros to Carol.\nAlice\n"


@dataclass(frozen=True)
class Case:
    """Octets and the expected result."""

    slug: str
    row: str
    """The attack that it belongs to."""
    readme: str
    kind: str
    """``certificate``, ``signature`` (detached, of `document`), ``message`` (signed), ``cleartext``, ``encrypted``, or
    ``key`` (a secret one)."""
    state: str
    """certificate: usable, refused; key: signs, refused; encrypted: opened; signature: good, bad, unknown, refused; any:
    malformed.
    Of several signatures, their states with blanks between."""
    reason: str = ""
    """Part of the stated reason."""
    certificate: bytes = b""
    """The signer's, or the one to judge."""
    octets: bytes = b""
    """The signature or message."""
    document: bytes = DOCUMENT
    keys: tuple[bytes, ...] = ()
    """Fingerprints of the keys that are encrypted to."""
    user_ids: tuple[bytes, ...] | None = None
    """The User IDs that hold; None: not stated."""
    others: tuple[bytes, ...] = ()
    """More certificates that are known."""

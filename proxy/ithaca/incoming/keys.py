"""What opening works with: the keys of one login, and what is known of other people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ithaca.address import AddrSpec
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import SecretComponent
from ithaca.verdict import Fingerprint, Tie


@dataclass(frozen=True, slots=True)
class Origin:
    """The letter in which a ciphertext was first opened."""

    from_: AddrSpec | None
    message_id: bytes | None


def _nobody(_display_name: str) -> frozenset[AddrSpec]:
    return frozenset()


def _never(_digest: bytes) -> Origin | None:
    return None


@dataclass(frozen=True, slots=True)
class Keys:
    """What one login may use: its own unlocked keys, and the certificates of others."""

    secrets: tuple[SecretComponent, ...]
    own: frozenset[Fingerprint]
    """Primary fingerprints of `secrets`, for intended recipients (RFC 9580 §5.2.3.36)."""
    lookup: Callable[[str], Sequence[Certificate]]
    """Certificates by fingerprint or key ID, upper-case hexadecimal, of primary keys and subkeys alike."""
    tie: Callable[[AddrSpec, Fingerprint, bytes | None], Tie]
    """How a certificate is tied to an address, apart from what the letter of this Message-ID says itself."""
    addresses: frozenset[AddrSpec] = frozenset()
    """Of the identities of this login."""
    people: Callable[[str], frozenset[AddrSpec]] = _nobody
    """The addresses of the people who are known here under a display name."""
    first_opened: Callable[[bytes], Origin | None] = _never
    """Where a ciphertext was first opened; given the SHA-256 digest of the whole SEIPD body."""

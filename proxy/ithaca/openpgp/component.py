"""A primary key, User ID or subkey, and what its self-signatures say of it at a time (RFC 9580 §5.2.3.10).

The law of this file: what stands here was verified; of several self-signatures the newest valid one speaks alone. A
revocation of a compromised key holds for all time, whatever is said later.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from ithaca.openpgp.algorithms import RevocationReason
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import Signature

SOFT_REASONS = frozenset({RevocationReason.SUPERSEDED, RevocationReason.RETIRED, RevocationReason.USER_ID_INVALID})
"""§5.2.3.31: these hold from their date on. Any other reason, or none, holds for the past too."""

MOST_EMBEDDED = 64
"""Embedded signatures of one binding and its copies; each costs a verification."""


@dataclass(slots=True)
class Component:
    """A primary key, User ID or subkey with the self-signatures on it that verified."""

    key: PublicKey | None
    user_id: str | None
    hashed_form: bytes
    """How it is fed to a hash behind the primary key (§5.2.4)."""
    signatures: list[Signature] = field(default_factory=list)
    revocations: list[Signature] = field(default_factory=list)
    """Those of a designated revoker among them."""
    cancellations: list[Signature] = field(default_factory=list)
    """Of the primary key: revocations of its direct-key signatures, not of the key (§5.2.1.13, §5.2.3.10)."""

    @property
    def body(self) -> bytes:
        """Of its packet, as it came."""
        # §5.2.4: in front of a User ID 0xB4 and a length of four octets are hashed.
        return self.key.body if self.key is not None else self.hashed_form[5:]

    def live(self, at: int) -> Signature | None:
        """The newest self-signature that is valid at `at` (§5.2.3.10)."""
        cancelled = max((c.created for c in self.cancellations if _stands(c, at)), default=-1)
        valid = [s for s in self.signatures if _stands(s, at) and s.created > cancelled]
        # Of two of one second the order decides nothing: a server can change it.
        return max(valid, key=lambda s: (s.created, s.hashed_octets), default=None)

    def revoked(self, at: int, statements: Iterable[Signature] = ()) -> Signature | None:
        """The revocation that holds at `at`; `statements` are self-signatures that speak for it, besides its own.

        A newer self-signature takes a soft revocation back. That of a User ID says that the name is no longer in use
        (§5.2.3.31): it is soft whatever its reason.
        """
        live = self.live(at)
        newest = max((s.created for s in (*statements, *([live] if live else []))), default=0)
        for revocation in self.revocations:
            is_hard = self.key is not None and revocation.revocation_code not in SOFT_REASONS
            if is_hard or (_stands(revocation, at) and newest <= revocation.created):
                return revocation
        return None

    def embedded(self, at: int) -> tuple[bytes, ...]:
        """Bodies of the signatures embedded in the live self-signature, and in copies with another unhashed area."""
        live = self.live(at)
        if live is None:
            return ()
        copies = (s for s in self.signatures if s.hashed_octets == live.hashed_octets)
        found = dict.fromkeys(body for copy in copies for body in copy.embedded)
        return tuple(itertools.islice(found, MOST_EMBEDDED))


def _stands(signature: Signature, at: int) -> bool:
    """Has it been made, and not expired yet (§5.2.3.11, §5.2.3.18)?"""
    return signature.created <= at and (signature.expires is None or signature.expires > at)

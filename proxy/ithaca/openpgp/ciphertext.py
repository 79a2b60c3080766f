"""Encrypted data read twice: once from where it comes, and again from where it was kept.

The law of this file: what is kept is ciphertext. An error of the source stays an error, however often one asks.
"""

import hashlib
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO

from ithaca.errors import OpenPGPError
from ithaca.openpgp.packets import Body, gathered
from ithaca.openpgp.sources import Ahead
from ithaca.work import PIECE


class Ciphertext:
    """Encrypted data in pieces of `PIECE` octets; `spool`, if there is one, keeps them.

    `ahead` may read, and keep, in a thread of its own. `again` finds the same data from the start once more, where that
    costs nothing; then no spool is needed. `head`: the octets of the packet that stand before them, for the digest.
    """

    def __init__(
        self,
        body: Body,
        spool: BinaryIO | None,
        ahead: Ahead,
        again: Callable[[], Body] | None = None,
        *,
        head: bytes = b"",
    ) -> None:
        self.spool = spool
        self._again = again
        self.count = 0
        """Octets given so far, by the reading that got furthest."""
        self._at = 0
        self._sum = hashlib.sha256(head)
        self._pieces = ahead(_spooled(body, spool, self._sum.update))
        self._failure: OpenPGPError | None = None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the whole body of the packet, joined from its chunks; known when everything was read once."""
        return self._sum.digest()

    def read(self) -> bytes:
        """The next octets; b"" at their end. Raises what reading `body` raises."""
        if self._failure is not None:
            raise self._failure
        try:
            octets = next(self._pieces, b"")
        except OpenPGPError as error:
            # Framing that is cut short, or armor that is none: not to be taken for an end, however often one asks.
            self._failure = error
            raise
        self._at += len(octets)
        self.count = max(self.count, self._at)
        return octets

    def rewind(self) -> bool:
        """From the start once more, when everything was read; False: it was not kept."""
        spool = self.spool
        if spool is None and self._again is None:
            return False
        while self.read():
            pass
        self._at = 0
        if spool is not None:
            spool.seek(0)
            self._pieces = iter(lambda: spool.read(PIECE), b"")
        elif self._again is not None:
            self._pieces = gathered(self._again().read)
        return True

    def close(self) -> None:
        """Read no more of where it comes from."""
        if isinstance(self._pieces, Generator):
            self._pieces.close()


def _spooled(body: Body, spool: BinaryIO | None, digest: Callable[[bytes], object]) -> Iterator[bytes]:
    for piece in gathered(body.read):
        digest(piece)
        if spool is not None:
            spool.write(piece)
        yield piece

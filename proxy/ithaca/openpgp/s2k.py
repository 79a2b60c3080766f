"""String-to-key: keys out of passphrases (RFC 9580 §3.7), every specifier that is in use.

The law of this file: what a specifier may cost is bounded when it is parsed, before anything is computed, since whoever
wrote the file or the message chose it. For files of one's own and for what a person gives a passphrase for; nothing
that was fetched is ever derived.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm as NotInThisOpenSSL
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from ithaca.errors import LimitExceeded, MalformedPacket, UnsupportedAlgorithm
from ithaca.openpgp.algorithms import HASHES, HashAlgorithm

SIMPLE, SALTED, ITERATED, ARGON2 = 0, 1, 3, 4
GNU = 101
"""GnuPG's: there is nothing to derive, since the secret is not in this file (§3.7.1: private use)."""
SALT = 8
ARGON2_SALT = 16
COUNT = 0xFF
"""The count that is written, 65,011,712 octets, the most there is; GnuPG comes to it by itself on any machine of today.
One key part costs 0.04 s where SHA-256 is in the processor, 0.15 s where it is not."""
MOST_MEMORY = 21
"""2^21 KiB, 2 GiB: the first choice of RFC 9106 §4, which other programs follow, so keys with it must open (six seconds
on a small machine); the law above keeps messages away from it."""
MOST_WORK = 1 << 32
"""Octets that one derivation may work through, 4 GiB, at half a gigabyte to two a second: twice RFC 9106's first
choice, sixty times the most of an iterated one. A hundred passes over 2 GiB would be minutes."""
_BLOCK = 1 << 16
"""Salt and passphrase are repeated to about so many octets at a time: the hash runs at full speed, outside the GIL."""


@dataclass(frozen=True, slots=True)
class S2K:
    """One specifier."""

    kind: int
    """`SIMPLE`, `SALTED`, `ITERATED`, `ARGON2` or `GNU`."""
    hash: int = 0
    salt: bytes = b""
    count: int = 0
    """The coded octet of an iterated one (§3.7.1.3)."""
    passes: int = 0
    lanes: int = 0
    memory: int = 0
    """Exponent of KiB (§3.7.1.4)."""
    stub: bytes = b""
    """What GnuPG writes behind the hash algorithm of a part that is elsewhere."""

    @property
    def work(self) -> int:
        """How many octets one derivation works through; twice as many where the hash is shorter than the key."""
        if self.kind == ARGON2:
            return self.passes << (self.memory + 10)
        return octets_of(self.count) if self.kind == ITERATED else 0

    def encode(self) -> bytes:
        """Its octets."""
        if self.kind == ARGON2:
            return bytes([ARGON2]) + self.salt + bytes([self.passes, self.lanes, self.memory])
        count = bytes([self.count]) if self.kind == ITERATED else b""
        return bytes([self.kind, self.hash]) + self.salt + count + self.stub

    def derive(self, passphrase: bytes, length: int) -> bytes:
        """A key of `length` octets. Raises `UnsupportedAlgorithm`, `LimitExceeded`."""
        if self.kind == GNU:
            raise UnsupportedAlgorithm("the secret is not in this file")
        if self.kind == ARGON2:
            return self._argon2(passphrase, length)
        key = b""
        for zeros in range(length):
            # §3.7.1.1: as many hashes as the key takes, each with one octet of zeros more in front.
            hasher = _hasher(self.hash, bytes(zeros))
            for octets in self._input(passphrase):
                hasher.update(octets)
            key += hasher.digest()
            if len(key) >= length:
                break
        return key[:length]

    def _input(self, passphrase: bytes) -> Iterator[bytes]:
        """What is hashed, in pieces: salt and passphrase, once or over and over."""
        once = self.salt + passphrase
        if self.kind != ITERATED:
            yield once
            return
        # §3.7.1.3: cut off at the count, but never below once.
        left = max(octets_of(self.count), len(once))
        block = once * (1 + _BLOCK // len(once))
        while left > len(block):
            yield block
            left -= len(block)
        yield block[:left]

    def _argon2(self, passphrase: bytes, length: int) -> bytes:
        try:
            made = Argon2id(
                salt=self.salt, length=length, iterations=self.passes, lanes=self.lanes, memory_cost=1 << self.memory
            )
            return made.derive(passphrase)
        except MemoryError as error:
            raise LimitExceeded("the passphrase takes more memory than there is") from error
        except NotInThisOpenSSL as error:
            raise UnsupportedAlgorithm("Argon2 is not supported by the OpenSSL that is installed") from error


def _hasher(algorithm: int, octets: bytes) -> "hashlib._Hash":
    known = HASHES.get(algorithm)
    try:
        return hashlib.new(known.python if known else "", octets, usedforsecurity=False)
    except ValueError as error:
        # Unknown, or an OpenSSL without it (RIPEMD-160, and MD5 where it was taken out).
        raise UnsupportedAlgorithm(f"hash algorithm {algorithm} is not supported") from error


def octets_of(count: int) -> int:
    """How many octets are hashed for a coded count (§3.7.1.3)."""
    return (16 + (count & 15)) << ((count >> 4) + 6)


def iterated(salt: bytes) -> S2K:
    """What protects version 4 of everything: GnuPG 2.2 reads nothing stronger. `salt`: `SALT` random octets."""
    return S2K(ITERATED, HashAlgorithm.SHA256, salt, COUNT)


def argon2(salt: bytes) -> S2K:
    """What protects version 6: the second choice of RFC 9106 §4, three passes over 64 MiB on four lanes.

    The first takes 2 GiB, which a mail proxy may not ask of a small machine. `salt`: `ARGON2_SALT` random octets.
    """
    return S2K(ARGON2, salt=salt, passes=3, lanes=4, memory=16)


_LENGTHS = {SIMPLE: 2, SALTED: 2 + SALT, ITERATED: 3 + SALT, ARGON2: 4 + ARGON2_SALT, GNU: 6}
"""Octets (§3.7.1); of `GNU` without the serial number of a card."""


def parse(octets: bytes, at: int = 0) -> tuple[S2K, int]:
    """(the specifier that begins at `at`, offset behind it). A stub reaches to the end of the octets.

    Raises `MalformedPacket`, `UnsupportedAlgorithm`, `LimitExceeded`.
    """
    kind = octets[at] if at < len(octets) else SIMPLE
    if kind not in _LENGTHS:
        raise UnsupportedAlgorithm(f"string-to-key specifier {kind} is not supported", at)
    end = at + _LENGTHS[kind]
    if end > len(octets):
        raise MalformedPacket("truncated string-to-key specifier", at)
    if kind == ARGON2:
        return _parsed_argon2(octets[at:end], at), end
    if kind == GNU:
        if octets[at + 2 : at + 5] != b"GNU":
            raise UnsupportedAlgorithm(f"string-to-key specifier {GNU} is not supported", at)
        return S2K(GNU, octets[at + 1], stub=octets[at + 2 :]), len(octets)
    count = octets[end - 1] if kind == ITERATED else 0
    return S2K(kind, octets[at + 1], octets[at + 2 : at + 2 + SALT] if kind else b"", count), end


def _parsed_argon2(octets: bytes, at: int) -> S2K:
    passes, lanes, memory = octets[-3:]
    # §3.7.1.4: neither is zero, and the memory is at least eight times the lanes.
    if not passes or not lanes or not 8 * lanes <= 1 << min(memory, 32) <= 1 << 31:
        raise MalformedPacket("Argon2 with parameters that may not be", at)
    made = S2K(ARGON2, salt=octets[1 : 1 + ARGON2_SALT], passes=passes, lanes=lanes, memory=memory)
    if memory > MOST_MEMORY or made.work > MOST_WORK:
        raise LimitExceeded("the passphrase would take more memory or time than it may", at)
    return made

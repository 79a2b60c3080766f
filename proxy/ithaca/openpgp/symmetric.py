"""Block ciphers by number, and data encrypted with them in CFB mode under an integrity digest (RFC 9580 §9.3, §5.13.1).

The law of this file: AES alone is written; the older ciphers are read, since old letters of our own are. The repeated
octets of the prefix are never looked at: an answer that depends on them is an oracle (Mister and Zuccherato, ePrint
2005/033). What a reader gives is unproved until its `finish` has returned: hash it, walk it, show it to nobody.
"""

import hashlib
import hmac
import importlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import UnsupportedAlgorithm as NotInThisOpenSSL
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext

from ithaca.errors import DecryptionError, LocalProtocolError, UnsupportedAlgorithm
from ithaca.openpgp.algorithms import KEY_LENGTH
from ithaca.openpgp.engine import SessionKey

UNDECRYPTABLE = "cannot be decrypted with the keys of this login, or was altered on the way"
"""One sentence for every cause (RFC 9580 §13.4)."""

# --- ciphers -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BlockCipher:
    """One symmetric algorithm (§9.3)."""

    name: str
    """For people."""
    family: str
    """Its class in `cryptography`."""
    key_length: int
    """Octets."""
    block_length: int
    """Octets."""

    @property
    def is_outdated(self) -> bool:
        """Read and never written: a block too small, or a cipher that nobody looks after any more."""
        return self.family != "AES"


CIPHERS: Mapping[int, BlockCipher] = {
    1: BlockCipher("IDEA", "IDEA", 16, 8),
    2: BlockCipher("TripleDES", "TripleDES", 24, 8),
    3: BlockCipher("CAST5", "CAST5", 16, 8),
    4: BlockCipher("Blowfish", "Blowfish", 16, 8),
    7: BlockCipher("AES-128", "AES", 16, 16),
    8: BlockCipher("AES-192", "AES", 24, 16),
    9: BlockCipher("AES-256", "AES", 32, 16),
    10: BlockCipher("Twofish", "Twofish", 32, 16),
    11: BlockCipher("Camellia-128", "Camellia", 16, 16),
    12: BlockCipher("Camellia-192", "Camellia", 24, 16),
    13: BlockCipher("Camellia-256", "Camellia", 32, 16),
}
"""By number. Twofish has a name here and no code: `cryptography` never had it."""


def _found(module: str, name: str) -> Any:
    """What `cryptography` has by that name; None where it has it no more.

    From 44 to 50 it moved the old ciphers, and CFB, to ``decrepit`` one by one, and announces to drop them there.
    """
    for room in ("decrepit", "primitives"):
        try:
            place = importlib.import_module(f"cryptography.hazmat.{room}.ciphers.{module}")
        except ImportError:
            continue
        if found := getattr(place, name, None):
            return found
    return None


with warnings.catch_warnings():
    # The warnings tell people to write nothing new with these, and nothing new is. Here and nowhere else: filters
    # are one for all threads.
    warnings.simplefilter("ignore")
    _FAMILIES = {c.family: _found("algorithms", c.family) for c in CIPHERS.values()}
    _CFB = _found("modes", "CFB")


def cipher(number: int) -> BlockCipher:
    """The symmetric algorithm of that number. Raises `UnsupportedAlgorithm`."""
    if number not in CIPHERS:
        raise UnsupportedAlgorithm(f"symmetric algorithm {number} is not supported")
    return CIPHERS[number]


def encryptor(session: SessionKey, iv: bytes | None = None) -> CipherContext:
    """CFB with the whole block as its shift (§12.9); the IV is zeros unless one is given. See `decryptor`."""
    return _context(session, iv, Cipher.encryptor)


def decryptor(session: SessionKey, iv: bytes | None = None) -> CipherContext:
    """The other way.

    Raises `UnsupportedAlgorithm` for what cannot be computed here, `DecryptionError` for a key of a wrong length.
    """
    return _context(session, iv, Cipher.decryptor)


def _context(session: SessionKey, iv: bytes | None, direction: Callable[[Any], CipherContext]) -> CipherContext:
    known = cipher(session.cipher)
    family = _FAMILIES[known.family]
    if family is None or _CFB is None:
        raise UnsupportedAlgorithm(f"the cipher {known.name} is not supported")
    if len(session.key) != known.key_length:
        raise DecryptionError(UNDECRYPTABLE)
    try:
        return direction(Cipher(family(session.key), _CFB(bytes(known.block_length) if iv is None else iv)))
    except NotInThisOpenSSL as error:
        raise UnsupportedAlgorithm(f"the cipher {known.name} is not supported") from error


# --- SEIPDv1 -----------------------------------------------------------------------------------------

MDC_HEAD = b"\xd3\x14"
"""What stands in front of the digest, as if it were a packet of 20 octets (§5.13.1)."""
MDC = 22
"""Octets of both."""
VERSION_1 = b"\x01"


class PlaintextReader(Protocol):
    """What reads the body of an encryption container in pieces; `aead` has more of the kind.

    Two passes: the first proves (`feed` … `finish`), the second, a reader made by `again` and fed with the same
    octets, releases.
    """

    def feed(self, octets: bytes | memoryview) -> bytes:
        """The next octets of the body, as many as come; gives plaintext. Raises `DecryptionError`."""

    def finish(self) -> bytes:
        """The end of the body; gives the rest of the plaintext. Raises `DecryptionError` unless all of it is right."""

    def again(self) -> "PlaintextReader":
        """A reader of the same body from its start. Raises `LocalProtocolError` before `finish` has returned."""


class Seipd1Writer:
    """Writes the body of a SEIPDv1 packet in pieces of any size (§5.13.1).

    `feed` is `digest` and `encrypt`; who wants two threads calls the two with the same octets in the same order, one
    on each, and joins them before `finish`. Encryption in CFB cannot be spread further: each block needs the last.
    Raises `UnsupportedAlgorithm` for a cipher that is not written.
    """

    def __init__(self, session: SessionKey, random: Callable[[int], bytes]) -> None:
        if session.cipher not in KEY_LENGTH:
            raise UnsupportedAlgorithm(f"nothing is encrypted with symmetric algorithm {session.cipher}")
        self._cipher = encryptor(session)
        self._digest = hashlib.sha1(usedforsecurity=False)
        prefix = random(CIPHERS[session.cipher].block_length)
        # A block of random octets, the last two of them once more.
        prefix += prefix[-2:]
        self.digest(prefix)
        self._head = VERSION_1 + self._cipher.update(prefix)

    def feed(self, octets: bytes | memoryview) -> bytes:
        """The next octets of the plaintext; gives as many of the body, at first with what stands before them."""
        self.digest(octets)
        return self.encrypt(octets)

    def digest(self, octets: bytes | memoryview) -> None:
        """One half of `feed`."""
        self._digest.update(octets)

    def encrypt(self, octets: bytes | memoryview) -> bytes:
        """The other half."""
        encrypted = self._cipher.update(octets)
        head, self._head = self._head, b""
        return head + encrypted if head else encrypted

    def finish(self) -> bytes:
        """The rest of the body."""
        self.digest(MDC_HEAD)
        return self.encrypt(MDC_HEAD + self._digest.digest())


@dataclass(frozen=True, slots=True, repr=False)
class _Proof:
    """How a body ended whose digest was right."""

    octets: int
    mdc: bytes


class Seipd1Reader:
    """Reads the body of a SEIPDv1 packet behind its version octet. See `PlaintextReader`.

    The second pass leaves the digest out, since the first has found it right, and only looks whether the body has the
    same length and the same end. Raises as `decryptor` does.
    """

    def __init__(self, session: SessionKey) -> None:
        self._session = session
        self._cipher = decryptor(session)
        self._digest: Any = hashlib.sha1(usedforsecurity=False)
        self._prefix = CIPHERS[session.cipher].block_length + 2
        """Octets of the prefix still to come."""
        self._buffer = bytearray()
        self._held = 0
        """Octets at the start of the buffer that were held back: they may be the digest."""
        self._octets = 0
        self._proof: _Proof | None = None
        self._known: _Proof | None = None

    def feed(self, octets: bytes | memoryview) -> bytes:
        """See `PlaintextReader`. What comes out stays `MDC` octets behind what went in."""
        if not octets:
            return b""
        count = self._held + len(octets)
        if len(self._buffer) < count + 15:
            # `update_into` wants room for one block more, less an octet.
            self._buffer = self._buffer[: self._held] + bytearray(count + 15 - self._held)
        self._octets += len(octets)
        # A kept buffer: fresh ones of this size cost more than the cipher (each is mapped, zeroed and unmapped).
        view = memoryview(self._buffer)
        self._cipher.update_into(octets, view[self._held :])
        ready = max(0, count - MDC)
        if self._digest is not None:
            self._digest.update(view[:ready])
        skipped = min(self._prefix, ready)
        self._prefix -= skipped
        plain = bytes(view[skipped:ready])
        self._held = count - ready
        view[: self._held] = view[ready:count]
        return plain

    def finish(self) -> bytes:
        """See `PlaintextReader`; nothing is left to give."""
        mdc = bytes(self._buffer[: self._held])
        if self._digest is not None:
            self._digest.update(mdc[:2])
            expected = MDC_HEAD + self._digest.digest()
        else:
            expected = self._known.mdc if self._known and self._known.octets == self._octets else b""
        if not hmac.compare_digest(mdc, expected) or self._prefix:
            raise DecryptionError(UNDECRYPTABLE)
        self._proof = _Proof(self._octets, mdc)
        return b""

    def again(self) -> "Seipd1Reader":
        """See `PlaintextReader`."""
        if self._proof is None:
            raise LocalProtocolError("nothing is released before its integrity is proved")
        reader = Seipd1Reader(self._session)
        reader._digest, reader._known = None, self._proof
        return reader

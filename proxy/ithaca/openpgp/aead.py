"""Authenticated encryption: SEIPDv2 both ways, GnuPG's packet of type 20 on reading, and single keys wrapped.

RFC 9580 §5.13.2 to §5.13.5. Type 20 is LibrePGP's "OCB encrypted data" (draft-koch-librepgp §5.16), which GnuPG 2.3
writes to keys that announce it.

The law of this file: each chunk is authenticated before its plaintext is given, but only the final tag shows that
nothing was cut off; so what a reader gives is unproved until its `finish` has returned, and the caller releases
nothing before. Type 20 is never written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.exceptions import UnsupportedAlgorithm as NotInThisOpenSSL
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESOCB3
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ithaca.errors import DecryptionError, LimitExceeded, LocalProtocolError, MalformedPacket, UnsupportedAlgorithm
from ithaca.openpgp.algorithms import KEY_LENGTH
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.symmetric import UNDECRYPTABLE, cipher


@dataclass(frozen=True, slots=True)
class Mode:
    """One AEAD algorithm (§9.6)."""

    name: str
    """For people."""
    nonce: int
    """Octets."""
    make: Callable[[bytes], Any] | None
    """Its class in `cryptography`, over AES; None where it has none."""


MODES: Mapping[int, Mode] = {
    1: Mode("EAX", 16, None),
    2: Mode("OCB", 15, AESOCB3),
    3: Mode("GCM", 12, AESGCM),
}
"""By number."""
TAG = 16
"""Octets of an authentication tag (§5.13.3 to §5.13.5)."""


def mode(number: int) -> Mode:
    """The AEAD algorithm of that number. Raises `UnsupportedAlgorithm`."""
    if number not in MODES or MODES[number].make is None:
        name = f"mode {MODES[number].name}" if number in MODES else f"AEAD algorithm {number}"
        raise UnsupportedAlgorithm(f"the {name} is not supported")
    return MODES[number]


def _made(number: int, algorithm: int, key: bytes) -> Any:
    """The mode over a cipher. Raises `UnsupportedAlgorithm`, and `DecryptionError` for a key of a wrong length."""
    make = mode(number).make
    if algorithm not in KEY_LENGTH or make is None:
        # §5.13.3 to §5.13.5 allow every cipher with blocks of 16 octets; nobody but AES is met with.
        raise UnsupportedAlgorithm(f"the cipher {cipher(algorithm).name} is not supported with authentication")
    if len(key) != KEY_LENGTH[algorithm]:
        raise DecryptionError(UNDECRYPTABLE)
    try:
        return make(key)
    except NotInThisOpenSSL as error:
        raise UnsupportedAlgorithm(f"the mode {MODES[number].name} is not supported") from error


def _opened(made: Any, nonce: bytes, octets: bytes | memoryview, associated: bytes) -> bytes:
    try:
        plain: bytes = made.decrypt(nonce, octets, associated)
    except InvalidTag as error:
        raise DecryptionError(UNDECRYPTABLE) from error
    return plain


# --- one key ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Wrapping:
    """Encrypts one key or one secret under what a passphrase gave, without chunks (§5.3.2, §5.5.3).

    `derived` is what string-to-key made of the passphrase, as long as a key of `cipher`; `info` names the packet, its
    version, the cipher and the mode.
    """

    cipher: int
    mode: int
    derived: bytes
    info: bytes

    def _mode(self) -> Any:
        length = KEY_LENGTH.get(self.cipher, 0)
        key = HKDF(SHA256(), length, None, self.info).derive(self.derived) if length else b""
        return _made(self.mode, self.cipher, key)

    def encrypt(self, nonce: bytes, octets: bytes, associated: bytes) -> bytes:
        """With the tag behind it. Raises `UnsupportedAlgorithm`."""
        encrypted: bytes = self._mode().encrypt(nonce, octets, associated)
        return encrypted

    def decrypt(self, nonce: bytes, octets: bytes, associated: bytes) -> bytes:
        """Raises `DecryptionError`, `UnsupportedAlgorithm`."""
        return _opened(self._mode(), nonce, octets, associated)


# --- chunks -------------------------------------------------------------------------------------------

HEAD = 4
"""Octets of version, cipher, AEAD algorithm and chunk size, in both kinds of packet."""
SALT = 32
SEIPD2_HEAD = HEAD + SALT
"""Octets in front of the chunks of SEIPDv2."""
TYPE_20_HEAD = HEAD + MODES[2].nonce
"""Octets in front of the chunks of a packet of type 20 with OCB."""
MOST_CHUNK = 16
"""§5.13.2: no larger chunk size octet; 4 MiB. So much is held, since nothing of a chunk comes before its tag."""
CHUNK = 12
"""The one that is written, 256 KiB: our piece of work; tags and calls cost nothing to speak of (OCB is at its full
speed), and a reader holds little. GnuPG's 4 MiB would gain nothing."""


@dataclass(frozen=True, slots=True, repr=False)
class _Chunks:
    """How the chunks of one body are keyed, and bound to their place."""

    mode: Any
    size: int
    """Octets of plaintext in each but the last."""
    nonce: Callable[[int], bytes]
    """By index."""
    associated: Callable[[int], bytes]
    """By index."""

    def encrypt(self, index: int, octets: bytes | memoryview) -> bytes:
        encrypted: bytes = self.mode.encrypt(self.nonce(index), octets, self.associated(index))
        return encrypted

    def decrypt(self, index: int, octets: bytes | memoryview) -> bytes:
        return _opened(self.mode, self.nonce(index), octets, self.associated(index))

    def final(self, index: int, total: int) -> bytes:
        """The tag over nothing but how many chunks and octets there were."""
        tag: bytes = self.mode.encrypt(self.nonce(index), b"", self._bound(index, total))
        return tag

    def check(self, index: int, total: int, tag: bytes) -> None:
        _opened(self.mode, self.nonce(index), tag, self._bound(index, total))

    def _bound(self, index: int, total: int) -> bytes:
        return self.associated(index) + total.to_bytes(8, "big")


def _chunk_size(octet: int) -> int:
    if octet > MOST_CHUNK:
        raise LimitExceeded(f"encrypted in chunks of more than {1 << (MOST_CHUNK + 6)} octets", 3)
    return 1 << (octet + 6)


def _seipd2_chunks(head: bytes, salt: bytes, key: bytes) -> _Chunks:
    """§5.13.2: a key and the start of a nonce are derived for this body; its head is bound to each chunk."""
    _, algorithm, number, octet = head
    size, start = _chunk_size(octet), mode(number).nonce - 8
    _made(number, algorithm, key)
    info = b"\xd2" + head
    derived = HKDF(SHA256(), len(key) + start, salt, info).derive(key)
    prefix = derived[len(key) :]
    made = _made(number, algorithm, derived[: len(key)])
    return _Chunks(made, size, lambda index: prefix + index.to_bytes(8, "big"), lambda _: info)


def _type_20_chunks(head: bytes, start: bytes, key: bytes) -> _Chunks:
    """LibrePGP §5.16: the session key itself; the index is in the nonce and in what is bound."""
    _, algorithm, number, octet = head
    made, low = _made(number, algorithm, key), int.from_bytes(start[-8:], "big")
    return _Chunks(
        made,
        _chunk_size(octet),
        lambda index: start[:-8] + (low ^ index).to_bytes(8, "big"),
        lambda index: b"\xd4" + head + index.to_bytes(8, "big"),
    )


class Seipd2Writer:
    """Writes the body of a SEIPDv2 packet in pieces of any size.

    `session.cipher` names the cipher. Raises `UnsupportedAlgorithm`, `LimitExceeded`.
    """

    def __init__(self, session: SessionKey, number: int, random: Callable[[int], bytes], *, chunk: int = CHUNK) -> None:
        head, salt = bytes([2, session.cipher, number, chunk]), random(SALT)
        self._chunks = _seipd2_chunks(head, salt, session.key)
        self._head = head + salt
        self._held: list[bytes] = []
        self._count = 0
        self._index = 0
        self._total = 0

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the plaintext; gives the chunks that are full."""
        self._held.append(octets)
        self._count += len(octets)
        size = self._chunks.size
        if self._count < size:
            return b""
        data = b"".join(self._held)
        view = memoryview(data)
        whole = len(data) // size * size
        chunks = [self._chunk(view[start : start + size]) for start in range(0, whole, size)]
        self._held, self._count = [data[whole:]], len(data) - whole
        return self._begin() + b"".join(chunks)

    def _begin(self) -> bytes:
        head, self._head = self._head, b""
        return head

    def _chunk(self, octets: bytes | memoryview) -> bytes:
        encrypted = self._chunks.encrypt(self._index, octets)
        self._index += 1
        self._total += len(octets)
        return encrypted

    def finish(self) -> bytes:
        """The last chunk, and the final tag."""
        rest = b"".join(self._held)
        last = self._chunk(rest) if rest else b""
        return self._begin() + last + self._chunks.final(self._index, self._total)


class ChunkReader:
    """Reads chunks, in pieces of any size: `seipd2_reader` and `type_20_reader` make one. See `PlaintextReader`."""

    def __init__(self, chunks: _Chunks) -> None:
        self._chunks = chunks
        self._held = bytearray()
        self._index = 0
        self._total = 0
        self._is_proved = False

    def feed(self, octets: bytes | memoryview) -> bytes:
        """See `PlaintextReader`: the plaintext of the chunks that are whole, each authenticated in its place."""
        self._held += octets
        full = self._chunks.size + TAG
        # The last `TAG` octets may be the final tag.
        whole = max(0, len(self._held) - TAG) // full * full
        if not whole:
            return b""
        with memoryview(self._held) as view:
            plain = [self._chunk(view[start : start + full]) for start in range(0, whole, full)]
        del self._held[:whole]
        return plain[0] if len(plain) == 1 else b"".join(plain)

    def _chunk(self, octets: bytes | memoryview) -> bytes:
        plain = self._chunks.decrypt(self._index, octets)
        self._index += 1
        self._total += len(plain)
        return plain

    def finish(self) -> bytes:
        """See `PlaintextReader`: the plaintext of the last chunk, the final tag being right."""
        last, tag = bytes(self._held[:-TAG]), bytes(self._held[-TAG:])
        # QUIRK: GnuPG ends with an empty chunk, `TAG` octets, where the one before was full.
        plain = self._chunk(last) if last else b""
        self._chunks.check(self._index, self._total, tag)
        self._is_proved = True
        return plain

    def again(self) -> "ChunkReader":
        """See `PlaintextReader`; it authenticates everything once more."""
        if not self._is_proved:
            raise LocalProtocolError("nothing is released before its integrity is proved")
        return ChunkReader(self._chunks)


def seipd2_reader(head: bytes, session: SessionKey) -> ChunkReader:
    """Reads a SEIPDv2 body: `head` is its first `SEIPD2_HEAD` octets, and it is fed with the rest.

    Raises `MalformedPacket`, `UnsupportedAlgorithm`, `LimitExceeded`, and `DecryptionError` for a key that does not
    fit.
    """
    if len(head) != SEIPD2_HEAD or head[0] != 2:
        raise MalformedPacket("encrypted data that is cut short", 0)
    if session.cipher:
        # §10.3.2.1: a session key that names its cipher is of version 3 or 4, and those open no SEIPDv2.
        raise DecryptionError(UNDECRYPTABLE)
    return ChunkReader(_seipd2_chunks(head[:HEAD], head[HEAD:], session.key))


def type_20_reader(head: bytes, session: SessionKey) -> ChunkReader:
    """Reads the body of a packet of type 20: `head` is its first `TYPE_20_HEAD` octets, and it is fed with the rest.

    Raises as `seipd2_reader` does.
    """
    if len(head) != TYPE_20_HEAD:
        raise MalformedPacket("encrypted data that is cut short", 0)
    if head[0] != 1:
        raise UnsupportedAlgorithm("encrypted data of type 20 and a version that is not supported", 0)
    if head[2] != 2:
        raise UnsupportedAlgorithm("encrypted data of type 20 in a mode that is not supported", 2)
    if session.cipher != head[1]:
        raise DecryptionError(UNDECRYPTABLE)
    return ChunkReader(_type_20_chunks(head[:HEAD], head[HEAD:], session.key))

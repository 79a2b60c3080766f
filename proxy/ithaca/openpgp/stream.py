"""Bulk: messages sealed and opened in pieces, with `cryptography` and `hashlib` (RFC 9580 §5.13.1, §10.3).

The law of this file: nothing of a plaintext is handed out before its integrity, its grammar and its limits are
known to be right; and every failure to decrypt has the same words.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from ithaca.errors import DecryptionError, LimitExceeded, MalformedPacket, UnsupportedAlgorithm
from ithaca.openpgp import armor, packets, signature, verification
from ithaca.openpgp.algorithms import HASHES, KEY_LENGTH, HashAlgorithm, SignatureType
from ithaca.openpgp.compression import inflated
from ithaca.openpgp.engine import Engine, Recipient, SecretComponent, SessionKey
from ithaca.openpgp.grammar import MessageGrammar, is_ignored
from ithaca.openpgp.packets import Body, PacketReader, PartialWriter, Source, Tag
from ithaca.openpgp.pgpy_shim import CFB
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.verification import Lookup, TextHasher, Updating
from ithaca.verdict import Fingerprint
from ithaca.verdict import Signature as Judged
from ithaca.work import PIECE, Job

MOST_PKESK = 100
"""Encrypted session keys that are looked at; a mailing list may well have some tens of recipients."""
MOST_TRIALS = 200
"""Public-key operations spent on finding the session key, hidden recipients included."""
MOST_PLAINTEXT = 512 << 20
MOST_RATIO = 200
"""Plaintext octets for one octet of ciphertext, above `FREE_PLAINTEXT`: text compresses twentyfold, bombs a
thousandfold."""
FREE_PLAINTEXT = 16 << 20
MOST_SMALL = 1 << 16
"""Octets of any packet that is no bulk data."""
MDC_HEAD = b"\xd3\x14"
UNDECRYPTABLE = "cannot be decrypted with the keys of this login, or was altered on the way"


class Encryptor:
    """Encrypts, and signs inside the encryption (RFC 3156 §6.2), into armor with CRLF line ends.

    Memory does not depend on the size of the message.
    """

    def __init__(
        self,
        recipients: Sequence[Recipient],
        *,
        engine: Engine,
        signer: SecretComponent | None,
        created: int,
        cipher: int = 9,
        intended: Sequence[Fingerprint] = (),
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        session = SessionKey(cipher, random(KEY_LENGTH[cipher]))
        self._engine = engine
        self._signer = signer
        self._armor = armor.ArmorWriter("MESSAGE")
        self._seipd = PartialWriter(Tag.SEIPD)
        self._cipher = Cipher(algorithms.AES(session.key), CFB(bytes(16))).encryptor()
        self._mdc = hashlib.sha1(usedforsecurity=False)
        self._literal = PartialWriter(Tag.LITERAL)
        self._hasher: signature.HashObject | None = None
        keys = [engine.encrypt(r.key, session, anonymous=r.anonymous) for r in recipients]
        head = b"".join(packets.encode(Tag.PKESK, body) for body in keys)
        # §5.13.1: a block of random octets, the last two of them repeated.
        prefix = random(16)
        self._pending = head + self._seipd.feed(b"\x01")
        opening = prefix + prefix[-2:]
        if signer is not None:
            algorithm = hash_for(signer.public)
            self._unsigned = signature.build(SignatureType.BINARY, signer.public, algorithm, created, intended=intended)
            self._hasher = signature.new_hash(algorithm)
            opening += packets.encode(Tag.ONE_PASS_SIGNATURE, _one_pass(signer.public, algorithm))
        # §5.9: binary, no name, no date: neither would be covered by the signature.
        self._pending += self._encrypt(opening + self._literal.feed(b"b\0" + bytes(4)))

    def _encrypt(self, octets: bytes) -> bytes:
        self._mdc.update(octets)
        return self._seipd.feed(self._cipher.update(octets))

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the plaintext; gives armor."""
        if self._hasher is not None:
            self._hasher.update(octets)
        pending, self._pending = self._pending, b""
        return self._armor.feed(pending + self._encrypt(self._literal.feed(octets)))

    def finish(self) -> bytes:
        """The rest of the armor."""
        closing = self._literal.finish()
        if self._signer is not None and self._hasher is not None:
            body = self._unsigned.complete(self._engine, self._signer, self._hasher)
            closing += packets.encode(Tag.SIGNATURE, body)
        pending, self._pending = self._pending, b""
        octets = pending + self._encrypt(closing + MDC_HEAD)
        octets += self._seipd.feed(self._cipher.update(self._mdc.digest()))
        return self._armor.feed(octets + self._seipd.finish()) + self._armor.finish()


class DetachedSigner:
    """Makes a detached signature (RFC 9580 §10.4) over octets as they go by."""

    def __init__(self, signer: SecretComponent, *, engine: Engine, created: int) -> None:
        algorithm = hash_for(signer.public)
        self.micalg = HASHES[algorithm].micalg
        """RFC 3156 §5."""
        self._engine = engine
        self._signer = signer
        self._unsigned = signature.build(SignatureType.BINARY, signer.public, algorithm, created)
        self._hasher = hashlib.new(HASHES[algorithm].python, usedforsecurity=False)

    def feed(self, octets: bytes) -> None:
        """The next octets of the document."""
        self._hasher.update(octets)

    def finish(self) -> bytes:
        """The armored signature, CRLF line ends."""
        body = self._unsigned.complete(self._engine, self._signer, self._hasher)
        return armor.armor("SIGNATURE", packets.encode(Tag.SIGNATURE, body))


def hash_for(key: PublicKey) -> int:
    """At least as strong as the curve; SHA-256 where it is enough."""
    strong = {"P-384": HashAlgorithm.SHA384, "brainpoolP384r1": HashAlgorithm.SHA384}
    strong |= {"P-521": HashAlgorithm.SHA512, "brainpoolP512r1": HashAlgorithm.SHA512}
    return strong.get(key.curve or "", HashAlgorithm.SHA256)


def _one_pass(key: PublicKey, hash_algorithm: int) -> bytes:
    """§5.4, version 3; the last octet says that no other follows."""
    kind = bytes([3, SignatureType.BINARY, hash_algorithm, key.algorithm])
    return kind + bytes.fromhex(key.key_id) + b"\x01"


def expansion(octets: int, keys: int) -> int:
    """An upper bound of the armored size of `octets` of plaintext encrypted to so many keys."""
    binary = octets + keys * 2100 + octets // 4096 + 4096
    return binary * 4 // 3 + binary // 48 * 2 + 256


# --- opening -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may cost."""

    plaintext: int = MOST_PLAINTEXT
    ratio: int = MOST_RATIO


@dataclass(frozen=True, slots=True, repr=False)
class Decrypted:
    """An opened message, its integrity proved."""

    plaintext: bytes
    signatures: tuple[Judged, ...]
    cipher: str


def decrypt(
    octets: bytes,
    secrets: Sequence[SecretComponent],
    *,
    engine: Engine,
    lookup: Lookup,
    now: int,
    own: frozenset[Fingerprint] = frozenset(),
    limits: Limits = Limits(),
) -> Job[Decrypted]:
    """Open one encrypted message, armored or binary.

    `own`: primary fingerprints of our keys, for intended recipients. Raises `MalformedPacket`, `LimitExceeded`,
    `UnsupportedAlgorithm`, `DecryptionError`.
    """
    data = armor.dearmor(octets, frozenset({"MESSAGE"})).data if armor.is_armored(octets) else octets
    yield
    pkesks, body, end = _container(data)
    session = yield from _session_key(pkesks, secrets, engine)
    if session is None:
        raise DecryptionError(UNDECRYPTABLE)
    if end != len(data) and any(not is_ignored(p.tag) for p in packets.split(data[end:])):
        raise MalformedPacket("something stands behind the encrypted data", end)
    yield
    # CFB decryption costs little, so integrity is proved before a packet is parsed.
    plain = yield from _authenticated(body, session)
    walk = _Walk(len(data), limits)
    yield from walk.run(plain)
    judged = walk.judged(engine=engine, lookup=lookup, now=now, recipients=own)
    return Decrypted(b"".join(walk.content), judged, f"AES-{8 * len(session.key)}")


def _container(data: bytes) -> tuple[list[bytes], bytes, int]:
    """(bodies of the PKESK packets, body of the SEIPD packet, offset behind it) (§10.3)."""
    pkesks: list[bytes] = []
    for packet in packets.split(data):
        if packet.tag == Tag.PKESK:
            if len(pkesks) >= MOST_PKESK:
                raise LimitExceeded(f"more than {MOST_PKESK} recipients", packet.offset)
            pkesks.append(packet.body)
        elif packet.tag == Tag.SEIPD:
            if packet.body[:1] != b"\x01":
                raise UnsupportedAlgorithm("encrypted data of a version that is not supported", packet.offset)
            return pkesks, packet.body, packet.offset + len(packet.octets)
        elif packet.tag == Tag.SED:
            # §13.7 and EFAIL: without integrity protection anything may stand inside.
            raise MalformedPacket("encrypted without integrity protection, which is refused", packet.offset)
        elif packet.tag == 20:
            raise UnsupportedAlgorithm("encrypted data of a kind that is not supported (type 20)", packet.offset)
        elif packet.tag != Tag.SKESK and not is_ignored(packet.tag):
            # A passphrase (SKESK) is never tried on mail that was fetched: deriving it costs what the sender says.
            raise MalformedPacket(f"a packet of type {packet.tag} before the encrypted data", packet.offset)
    raise MalformedPacket("no encrypted data", len(data))


def _session_key(pkesks: Sequence[bytes], secrets: Sequence[SecretComponent], engine: Engine) -> Job[SessionKey | None]:
    """Named recipients first; key ID 0 with every key (§5.1.8)."""
    trials = 0
    for hidden in (False, True):
        for body in pkesks:
            if len(body) < 10 or body[0] != 3 or (body[1:9] == bytes(8)) is not hidden:
                continue
            for secret in secrets:
                if body[9] != secret.public.algorithm:
                    continue
                if not hidden and body[1:9].hex().upper() != secret.public.key_id:
                    continue
                trials += 1
                if trials > MOST_TRIALS:
                    return None
                session = engine.decrypt(secret, body)
                if session is not None:
                    return session
                yield
    return None


def _authenticated(body: bytes, session: SessionKey) -> Job[memoryview]:
    """The packets inside a SEIPDv1 body, once their digest is right (§5.13.1)."""
    if len(body) < 1 + 18 + 22:
        raise DecryptionError(UNDECRYPTABLE)
    cipher = Cipher(algorithms.AES(session.key), CFB(bytes(16))).decryptor()
    plain = bytearray(len(body) - 1 + 15)
    view, ciphertext = memoryview(plain), memoryview(body)[1:]
    digest = hashlib.sha1(usedforsecurity=False)
    covered = len(ciphertext) - 20
    for start in range(0, len(ciphertext), PIECE):
        piece = ciphertext[start : start + PIECE]
        cipher.update_into(piece, view[start:])
        digest.update(view[start : min(start + len(piece), covered)])
        yield
    # The repeated octets of the prefix are not looked at: they could serve as an oracle (Mister and Zuccherato).
    right = hmac.compare_digest(digest.digest(), view[covered : covered + 20])
    if not right or view[covered - 2 : covered] != MDC_HEAD:
        raise DecryptionError(UNDECRYPTABLE)
    return view[18 : covered - 2]


class _Walk:
    """Goes through the packets inside the encryption, collects the content and what is needed to judge it."""

    def __init__(self, ciphertext: int, limits: Limits) -> None:
        self._most = min(limits.plaintext, max(FREE_PLAINTEXT, ciphertext * limits.ratio))
        self._grammar = MessageGrammar()
        self._hashers: dict[tuple[int, int], Updating] = {}
        self._announced: list[bytes] = []
        """Bodies of one-pass signatures, outermost first."""
        self._signatures: list[tuple[bytes, bytes | None]] = []
        """Body of each signature, and of the one-pass signature that announced it."""
        self.content: list[bytes] = []
        self._size = 0
        self._ended = False
        """The literal packet has gone by."""

    def run(self, plain: memoryview) -> Job[None]:
        """Walk to the end; raises where the grammar (§10.3) or a limit is broken."""
        yield from self._packets(PacketReader(Source(_pieces(plain))))
        self._grammar.end()

    def _packets(self, reader: PacketReader) -> Job[None]:
        while (body := reader.next()) is not None:
            self._grammar.packet(body.tag)
            if body.tag == Tag.COMPRESSED:
                yield from self._packets(PacketReader(Source(inflated(body))))
            elif body.tag == Tag.LITERAL:
                yield from self._literal(body)
            elif body.tag == Tag.ONE_PASS_SIGNATURE:
                self._announce(body.all(MOST_SMALL))
            elif body.tag == Tag.SIGNATURE:
                self._sign(body.all(MOST_SMALL))
            else:
                while body.read():
                    yield

    def _announce(self, body: bytes) -> None:
        self._announced.append(body)
        if len(body) == 13 and body[0] == 3:
            self._prepare(body[1], body[2])

    def _sign(self, body: bytes) -> None:
        if self._ended:
            # §5.4: one-pass signatures nest, so the first signature answers the last announcement.
            self._signatures.append((body, self._announced.pop()))
        else:
            self._signatures.append((body, None))
            if len(body) > 4:
                self._prepare(body[1], body[3])

    def _prepare(self, kind: int, algorithm: int) -> None:
        hasher = signature.new_hash(algorithm)
        if kind in (SignatureType.BINARY, SignatureType.TEXT) and hasher is not None:
            self._hashers.setdefault((kind, algorithm), hasher if kind == 0 else TextHasher(hasher))

    def _literal(self, body: Body) -> Job[None]:
        source = Source(body.read)
        # §5.9: format, name and date are not covered by any signature, and are not looked at.
        source.exactly(1)
        source.exactly(source.exactly(1)[0])
        source.exactly(4)
        since = 0
        while octets := source.some(PIECE):
            self._size += len(octets)
            since += len(octets)
            if self._size > self._most:
                raise LimitExceeded("the message unpacks to more than it may")
            self.content.append(octets)
            for hasher in self._hashers.values():
                hasher.update(octets)
            if since >= PIECE:
                since = 0
                yield
        self._ended = True

    def judged(
        self, *, engine: Engine, lookup: Lookup, now: int, recipients: frozenset[Fingerprint]
    ) -> tuple[Judged, ...]:
        """Every signature, judged."""
        done = {k: h.finish() if isinstance(h, TextHasher) else h for k, h in self._hashers.items()}
        return tuple(
            verification.judge_body(body, announced, done, engine=engine, lookup=lookup, now=now, recipients=recipients)
            for body, announced in self._signatures
        )


def _pieces(view: memoryview) -> Callable[[], bytes]:
    """Reads a buffer piece by piece."""
    starts: Iterator[int] = iter(range(0, len(view), PIECE))

    def read() -> bytes:
        start = next(starts, None)
        return b"" if start is None else bytes(view[start : start + PIECE])

    return read

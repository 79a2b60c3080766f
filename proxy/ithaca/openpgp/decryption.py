"""Encrypted messages opened: proved in one pass, released in a second (RFC 9580 §5.13, §10.3).

The law of this file: nothing of a plaintext is handed out before its integrity, its grammar and its limits are known
to be right, and it is never written anywhere: what is kept for the second pass is the ciphertext. Every failure to
decrypt has the same words, and no failure ends the reading early, since time would tell which it was.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from ithaca.errors import DecryptionError, LimitExceeded, MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import aead, session_keys, skesk, symmetric
from ithaca.openpgp.algorithms import KEY_LENGTH
from ithaca.openpgp.ciphertext import Ciphertext
from ithaca.openpgp.engine import Engine, SecretComponent, SessionKey
from ithaca.openpgp.grammar import MessageGrammar, State
from ithaca.openpgp.packets import Body, PacketReader, Source, Tag
from ithaca.openpgp.sources import Ahead, Read, pieces_of, unarmored
from ithaca.openpgp.symmetric import UNDECRYPTABLE, PlaintextReader, Seipd1Reader
from ithaca.openpgp.verification import Lookup, Surroundings
from ithaca.openpgp.walk import LIMITS, MOST_SMALL, Limits, Walk, contents
from ithaca.verdict import Fingerprint
from ithaca.verdict import Signature as Judged
from ithaca.work import PIECE, Job

MOST_PKESK = 100
"""Encrypted session keys that are looked at; a mailing list may well have some tens of recipients."""
KEPT = 1 << 20
"""Octets of content that stay in memory for the release, where a spool is at hand for larger ones."""
_MESSAGE = frozenset({"MESSAGE"})


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What a message may be opened with."""

    engine: Engine
    secrets: Sequence[SecretComponent] = ()
    passphrases: Sequence[bytes] = ()
    """Never for mail that was fetched: deriving a key costs what the sender says."""
    sessions: Sequence[SessionKey] = ()
    """Session keys that somebody has already."""


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """An opened message, its integrity proved."""

    signatures: tuple[Judged, ...]
    bodies: tuple[bytes, ...]
    """The signature packets' bodies, in the same order."""
    cipher: str
    """For people, such as ``AES-256``, with its mode where it has one."""
    is_outdated: bool
    """It was encrypted with a cipher that nobody should write any more (§9.3)."""
    session: SessionKey
    size: int
    """Octets of content."""
    digest: bytes
    """SHA-256 of the whole body of the encrypted packet: what names this ciphertext, however it is framed."""
    _release: Callable[[], Iterator[bytes]]
    _content: Callable[[], bytes]

    def content(self) -> bytes:
        """All of the content at once; instead of `release`, not beside it."""
        return self._content()

    def release(self) -> Iterator[bytes]:
        """The content, in pieces of at most 256 KiB; from a spool as long as that is open."""
        return self._release()


@dataclass(frozen=True, slots=True, repr=False)
class Decrypted:
    """An opened message whose content is in memory."""

    plaintext: bytes
    signatures: tuple[Judged, ...]
    cipher: str
    is_outdated: bool
    digest: bytes
    """See `Opened.digest`."""


def decrypt(
    octets: bytes | memoryview,
    secrets: Sequence[SecretComponent],
    *,
    engine: Engine,
    lookup: Lookup,
    now: int,
    own: frozenset[Fingerprint] = frozenset(),
    limits: Limits = LIMITS,
) -> Job[Decrypted]:
    """Open one encrypted message that is in memory, armored or binary.

    `own`: primary fingerprints of our keys, for intended recipients. Raises as `open_message` does.
    """
    around = Surroundings(engine, lookup, now, own)
    opened = yield from open_message(
        pieces_of(octets), Keys(engine, secrets), around, limits=limits, again=lambda: pieces_of(octets)
    )
    return Decrypted(opened.content(), opened.signatures, opened.cipher, opened.is_outdated, opened.digest)


def open_message(
    read: Read,
    keys: Keys,
    around: Surroundings,
    *,
    spool: BinaryIO | None = None,
    limits: Limits = LIMITS,
    ahead: Ahead = iter,
    again: Callable[[], Read] | None = None,
) -> Job[Opened]:
    """Open one encrypted message, armored or binary, of which `read` gives the next octets (b"" at the end).

    `spool` takes the ciphertext of large messages; without one their content stays in memory. `again` reads the message
    from its start, for where it is in memory anyway: without that or a spool only one session key can be tried. `ahead`
    may run what reads, unarmors and spools in a thread of its own (`overlap.ahead`); an error can then leave it
    reading. Raises `MalformedPacket`, `LimitExceeded`, `UnsupportedAlgorithm`, `DecryptionError`, and what `read`
    raises.
    """
    reader = _reader(read)
    container = _container(reader)
    yield
    body = Ciphertext(
        container.body, spool, ahead, again and (lambda: _container(_reader(again())).body), head=container.head
    )
    try:
        failure: OpenPGPError = DecryptionError(UNDECRYPTABLE)
        for session in _sessions(container, keys):
            if session is None:
                yield
                continue
            try:
                plaintext = container.make(session)
            except OpenPGPError as error:
                # No key for these data; another one may be.
                failure = error
                continue
            proof = _Proof(plaintext, body, limits)
            try:
                yield from proof.run(around)
            except DecryptionError:
                # A session key that is another's, or none, which only the message itself can tell.
                if not body.rewind():
                    raise
                continue
            _check_end(reader, container.grammar)
            return _opened(proof, container, session)
    finally:
        body.close()
    raise failure


# --- the container -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Container:
    """What stands in front of the encrypted data, and how that is read."""

    pkesks: list[bytes]
    skesks: list[bytes]
    body: Body
    head: bytes
    """What was taken off the body already."""
    version: int
    """Of the PKESK packets that go with it (§10.3.2.1)."""
    mode: str
    cipher: int
    """0: the session key says it."""
    make: Callable[[SessionKey], PlaintextReader] = field(repr=False)
    grammar: MessageGrammar
    """Of the packets so far."""


def _reader(read: Read) -> PacketReader:
    return PacketReader(Source(unarmored(read, _MESSAGE)))


def _container(reader: PacketReader) -> _Container:
    """Everything up to the encrypted data (§10.3)."""
    grammar = MessageGrammar(State.KEYS)
    keys: dict[int, list[bytes]] = {Tag.PKESK: [], Tag.SKESK: []}
    while (body := reader.next()) is not None:
        if body.tag in _BODIES:
            head, version, mode, cipher, make = _BODIES[body.tag](body)
            grammar.packet(body.tag, body.offset)
            return _Container(keys[Tag.PKESK], keys[Tag.SKESK], body, head, version, mode, cipher, make, grammar)
        grammar.packet(body.tag, body.offset)
        octets = body.all(MOST_SMALL)
        if body.tag in keys:
            if len(keys[body.tag]) >= MOST_PKESK:
                raise LimitExceeded(f"more than {MOST_PKESK} recipients", body.offset)
            keys[body.tag].append(octets)
    raise MalformedPacket("a message without its encrypted data", reader.offset)


_Kind = tuple[bytes, int, str, int, Callable[[SessionKey], PlaintextReader]]


def _seipd(body: Body) -> _Kind:
    version = body.exactly(1)[0]
    if version == 1:
        return b"\x01", 3, "", 0, Seipd1Reader
    if version != 2:
        raise UnsupportedAlgorithm("encrypted data of a version that is not supported", body.offset)
    head = b"\x02" + body.exactly(aead.SEIPD2_HEAD - 1)
    return head, 6, aead.mode(head[2]).name, head[1], lambda session: aead.seipd2_reader(head, session)


def _gnupg_ocb(body: Body) -> _Kind:
    head = body.exactly(aead.TYPE_20_HEAD)
    return head, 3, "OCB", head[1], lambda session: aead.type_20_reader(head, session)


def _without_integrity(body: Body) -> _Kind:
    # §13.7 and EFAIL: without integrity protection anything may stand inside.
    raise MalformedPacket("encrypted without integrity protection, which is refused", body.offset)


_BODIES: dict[int, Callable[[Body], _Kind]] = {
    Tag.SEIPD: _seipd,
    Tag.GNUPG_OCB: _gnupg_ocb,
    Tag.SED: _without_integrity,
}


def _check_end(reader: PacketReader, grammar: MessageGrammar) -> None:
    while (body := reader.next()) is not None:
        grammar.packet(body.tag, body.offset)
        while body.read():
            pass
    grammar.end(reader.offset)


# --- session keys ------------------------------------------------------------------------------------


def _sessions(container: _Container, keys: Keys) -> Iterator[SessionKey | None]:
    """Candidates, of which the message proves one: what is there already, by secret keys, or what passphrases give.

    None: a piece of work was done. Each is looked for when it is asked for: what it costs the sender says.
    """
    is_new = container.version == 6
    # The packet of version 2 names the cipher, and whoever hands a session key over may name it once more.
    yield from (replace(one, cipher=0) if is_new else one for one in keys.sessions)
    yield from session_keys.candidates(container.pkesks, container.version, keys.secrets, keys.engine)
    if keys.passphrases:
        yield from skesk.session_keys(container.skesks, keys.passphrases, 6 if is_new else 4)


# --- two passes --------------------------------------------------------------------------------------


class _Plaintext:
    """Plaintext on demand, from ciphertext on demand; at its end the reader has proved it, or raises."""

    def __init__(self, reader: PlaintextReader, ciphertext: Read) -> None:
        self.reader = reader
        self._ciphertext = ciphertext
        self._is_finished = False

    def read(self) -> bytes:
        while not self._is_finished:
            octets = self._ciphertext()
            if not octets:
                self._is_finished = True
                return self.reader.finish()
            plain = self.reader.feed(octets)
            if plain:
                return plain
        return b""

    def drain(self) -> Job[None]:
        """Read the rest, whatever it is."""
        while not self._is_finished:
            self.read()
            yield


class _Proof:
    """The first pass over one candidate for the session key."""

    def __init__(self, reader: PlaintextReader, body: Ciphertext, limits: Limits) -> None:
        self.body = body
        self.plaintext = _Plaintext(reader, body.read)
        self.kept: io.BytesIO | None = io.BytesIO()
        """The content, while it is small or nothing else can keep it."""
        self.walk = Walk(limits, lambda: body.count, self._keep)
        self.signatures: tuple[Judged, ...] = ()

    def _keep(self, octets: bytes) -> None:
        if self.kept is not None and self.body.spool is not None and self.walk.size > KEPT:
            self.kept = None
        if self.kept is not None:
            self.kept.write(octets)

    def run(self, around: Surroundings) -> Job[None]:
        """Prove, walk, judge."""
        failure: OpenPGPError | None = None
        try:
            yield from self.walk.run(self.plaintext.read)
        except DecryptionError:
            raise
        except OpenPGPError as error:
            # Whatever is wrong inside is told only of what turns out to be the sender's own octets (§13.4).
            failure = error
        yield from self.plaintext.drain()
        if failure is not None:
            raise failure
        self.signatures = yield from self.walk.judged(around)

    def release(self) -> Iterator[bytes]:
        """The second pass."""
        if self.kept is not None:
            view = self.kept.getbuffer()
            yield from (bytes(view[at : at + PIECE]) for at in range(0, len(view), PIECE))
        elif self.body.rewind():
            yield from contents(_Plaintext(self.plaintext.reader.again(), self.body.read).read)

    def content(self) -> bytes:
        """All of it, once; what is kept is handed out and not copied."""
        kept, self.kept = self.kept, None
        return b"".join(self.release()) if kept is None else kept.getvalue()


def _opened(proof: _Proof, container: _Container, session: SessionKey) -> Opened:
    number = container.cipher or session.cipher
    mode = f" in {container.mode}" if container.mode else ""
    return Opened(
        signatures=proof.signatures,
        bodies=proof.walk.signature_bodies,
        cipher=symmetric.cipher(number).name + mode,
        is_outdated=number not in KEY_LENGTH,
        session=SessionKey(number, session.key),
        size=proof.walk.size,
        digest=proof.body.digest,
        _release=proof.release,
        _content=proof.content,
    )

"""The walk of the cryptographic envelope from the root inwards: decrypt and verify, layer by layer.

The law of this file: only layers at the root count (RFC 9787 §4.5); an encrypted part anywhere else stays closed.
"""

from collections.abc import Callable, Sequence

from ithaca.errors import DecryptionError, LimitExceeded, MalformedMessage, OpenPGPError, UnsupportedAlgorithm
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.mime import entity as entities
from ithaca.mime import pgpmime
from ithaca.mime.pgpmime import Shape
from ithaca.openpgp import decryption, verification
from ithaca.openpgp.engine import Engine
from ithaca.verdict import Decryption, Layer, Signature, SignatureState
from ithaca.work import Job

MOST_LAYERS = 4
"""Layers of one envelope: sign-encrypt-sign with a mailing list's encryption around it is already odd."""


def take_apart(octets: bytes, keys: Keys, *, engine: Engine, now: int) -> Job[Envelope]:
    """Walk the cryptographic envelope from the root: decrypt and verify, layer by layer."""
    root = entities.parse(octets)
    envelope = Envelope(outer=root.header, payload=root)
    for _ in range(MOST_LAYERS):
        shape = pgpmime.shape(envelope.payload.header)
        if shape is Shape.NONE:
            break
        try:
            going_on = yield from _LAYERS[shape](envelope, keys, engine, now)
        except MalformedMessage as error:
            envelope.find(f"malformed-{shape.value}", str(error))
            break
        if not going_on:
            break
    else:
        envelope.find("too-many-layers", f"more than {MOST_LAYERS} layers: the rest stays closed")
        _close(envelope)
    return envelope


def _encrypted(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    data = pgpmime.take_encrypted(envelope.payload)
    try:
        decrypted = yield from decryption.decrypt(
            data, keys.secrets, engine=engine, lookup=keys.lookup, now=now, own=keys.own
        )
    except OpenPGPError as error:
        _not_opened(envelope, error)
        return False
    if envelope.signatures:
        # Davis, USENIX ATC 2001: a signature over ciphertext says nothing about who wrote the letter.
        envelope.find("signature-over-ciphertext", "the signature outside the encryption is not counted")
        envelope.signatures.clear()
    envelope.layers.append(Layer.ENCRYPTED)
    envelope.decryption = Decryption.FULL
    envelope.note("encryption", f"opened with our key; cipher {decrypted.cipher}")
    if decrypted.is_outdated:
        envelope.find("old-cipher", f"{decrypted.cipher} is outdated; the sender's program should not use it any more")
    if decrypted.signatures:
        envelope.layers.append(Layer.SIGNED)
        _add(envelope, decrypted.signatures)
    envelope.payload = envelope.opened = entities.parse(decrypted.plaintext)
    return True


_FAILURES: tuple[tuple[type[OpenPGPError], str], ...] = (
    (LimitExceeded, "past-limit"),
    (UnsupportedAlgorithm, "unsupported"),
    (DecryptionError, "not-decrypted"),
    (OpenPGPError, "malformed-openpgp"),
)


def _not_opened(envelope: Envelope, error: OpenPGPError) -> None:
    finding = next(name for kind, name in _FAILURES if isinstance(error, kind))
    envelope.find(finding, str(error))
    _close(envelope)


def _close(envelope: Envelope) -> None:
    """A layer stays closed: what was opened around it is shown, and no signature speaks for the whole."""
    if envelope.decryption is Decryption.FULL:
        envelope.decryption = Decryption.PARTIAL
    envelope.signatures.clear()


def _signed(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    octets, signature = pgpmime.take_signed(envelope.payload)
    try:
        found = yield from verification.verify_detached(octets, signature, engine=engine, lookup=keys.lookup, now=now)
    except OpenPGPError as error:
        envelope.find("malformed-signature", str(error))
        found = (Signature(SignatureState.REFUSED, "the signature part cannot be read"),)
    envelope.layers.append(Layer.SIGNED)
    _add(envelope, found)
    envelope.payload = entities.parse(octets)
    return True


def _ambiguous(envelope: Envelope, _keys: Keys, _engine: Engine, _now: int) -> Job[bool]:
    envelope.find("ambiguous", "the Content-Type can be read in two ways, so nothing is opened or believed")
    _close(envelope)
    envelope.signatures.append(Signature(SignatureState.REFUSED, "the message can be read in two ways"))
    return False
    yield  # a job, like its neighbours


_LAYERS: dict[Shape, Callable[[Envelope, Keys, Engine, int], Job[bool]]] = {
    Shape.ENCRYPTED: _encrypted,
    Shape.SIGNED: _signed,
    Shape.AMBIGUOUS: _ambiguous,
}


def _add(envelope: Envelope, signatures: Sequence[Signature]) -> None:
    for signature in signatures:
        envelope.signatures.append(signature)
        whose = signature.signer or signature.key or "an unnamed key"
        envelope.note(f"signature by {whose}", f"{signature.state.value}: {signature.reason}")

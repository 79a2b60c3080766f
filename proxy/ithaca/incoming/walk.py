"""The walk of the cryptographic envelope from the root inwards: decrypt and verify, layer by layer.

The law of this file: only layers at the root count (RFC 9787 §4.5); an encrypted part anywhere else stays closed.
"""

from collections.abc import Callable

from ithaca.errors import MalformedMessage, OpenPGPError
from ithaca.incoming import covering, decrypting, errant, inline_layer, partial_layer, replay, unobtrusive_layer
from ithaca.incoming.armored import blocks
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.incoming.recognition import recognise
from ithaca.mime import entity as entities
from ithaca.mime import mangled, pgpmime
from ithaca.mime.entity import Entity
from ithaca.mime.pgpmime import Shape
from ithaca.openpgp import verification
from ithaca.openpgp.engine import Engine
from ithaca.verdict import Signature, SignatureState
from ithaca.work import Job

MOST_LAYERS = 4
"""Layers of one envelope: sign-encrypt-sign with a mailing list's encryption around it is already odd."""


def take_apart(octets: bytes, keys: Keys, *, engine: Engine, now: int) -> Job[Envelope]:
    """Walk the cryptographic envelope from the root: decrypt and verify, layer by layer."""
    root = entities.parse(octets)
    envelope = Envelope(outer=root.header, whole=root, payload=root)
    around: Entity | None = None
    count = 0
    while (shape := recognise(envelope)) is not Shape.NONE:
        around = envelope.payload
        count += 1
        if count > MOST_LAYERS:
            envelope.find("too-many-layers", f"more than {MOST_LAYERS} layers: the rest stays closed")
            envelope.close()
            break
        try:
            going_on = yield from _LAYERS[shape](envelope, keys, engine, now)
        except MalformedMessage as error:
            _malformed(envelope, shape, str(error))
            break
        if not going_on:
            break
    if envelope.payload is not around:
        errant.look(envelope)
    elif errant.holds_one(envelope.payload):
        # Somebody who opens it by hand must not answer in clear.
        envelope.is_sealed = True
    replay.guard(envelope, keys)
    covering.content(envelope)
    return envelope


def _malformed(envelope: Envelope, shape: Shape, reason: str) -> None:
    if shape is Shape.SIGNED:
        envelope.find("malformed-signed", reason)
        return
    envelope.find("malformed-encrypted", reason)
    # What was signed around it is ciphertext, or was once (Davis, USENIX ATC 2001).
    envelope.close()


def _encrypted(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    envelope.is_sealed = True
    try:
        data = pgpmime.take_encrypted(envelope.payload)
    except MalformedMessage as error:
        leaf = mangled.sealed_part(envelope.payload, blocks) if envelope.is_root else None
        if leaf is None:
            raise
        envelope.find("mangled", str(error))
        data = memoryview(leaf.octets)
    return (yield from _entity(envelope, data, keys, engine, now))


def _mangled(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    leaf = mangled.sealed(envelope.leaves) or mangled.sealed_part(envelope.payload, blocks)
    if leaf is None:
        raise MalformedMessage("a multipart/encrypted that holds something else, too")
    envelope.find("mangled", "the frame of RFC 3156 was lost on the way; nothing else stands in it")
    return (yield from _entity(envelope, leaf.octets, keys, engine, now))


def _entity(envelope: Envelope, data: bytes | memoryview, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    """One layer of encryption around an entity."""
    plaintext = yield from decrypting.layer(envelope, data, keys, engine, now)
    if plaintext is None:
        return False
    envelope.payload = envelope.opened = entities.parse(plaintext)
    return True


def _signed(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    octets, signature = pgpmime.take_signed(envelope.payload)
    try:
        found = yield from verification.verify_detached(octets, signature, engine=engine, lookup=keys.lookup, now=now)
    except OpenPGPError as error:
        envelope.find("malformed-signature", str(error))
        found = (Signature(SignatureState.REFUSED, "the signature part cannot be read"),)
    envelope.add(found)
    envelope.payload = entities.parse(octets)
    if envelope.payload.header.fields and not envelope.payload.header.get_all(b"Content-Type"):
        # CVE-2023-50762: the first paragraph of a text that is no entity would be taken for fields, and vanish.
        return (yield from _ambiguous(envelope, keys, engine, now))
    return True


def _ambiguous(envelope: Envelope, _keys: Keys, _engine: Engine, _now: int) -> Job[bool]:
    envelope.close()
    envelope.signatures.append(Signature(SignatureState.REFUSED, "the message can be read in two ways"))
    return False
    yield  # a job, like its neighbours


_LAYERS: dict[Shape, Callable[[Envelope, Keys, Engine, int], Job[bool]]] = {
    Shape.ENCRYPTED: _encrypted,
    Shape.SIGNED: _signed,
    Shape.UNOBTRUSIVE: unobtrusive_layer.signed,
    Shape.AMBIGUOUS: _ambiguous,
    Shape.INLINE: inline_layer.sealed,
    Shape.CLEARSIGNED: inline_layer.signed,
    Shape.ARMORED: inline_layer.armored,
    Shape.MANGLED: _mangled,
    Shape.PARTITIONED: partial_layer.every_leaf,
    Shape.PARTIAL: partial_layer.part,
}
"""What takes a layer of each shape off: True, if there may be another one inside."""

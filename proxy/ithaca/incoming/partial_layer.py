"""Messages that are opened in part, and messages of which every leaf is sealed by itself.

The law of this file: no signature speaks for the whole, since nothing says that the parts belong together; what is
shown opened stands beside no octet that its own layer does not cover, but the message as it came, closed.
"""

from ithaca import address
from ithaca.errors import MalformedMessage
from ithaca.incoming import decrypting, inline_layer
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.incoming.senders import sole_address
from ithaca.mime import entity as entities
from ithaca.mime import inline, partial, pgpmime
from ithaca.mime.entity import Entity
from ithaca.mime.leaves import Leaf, Role
from ithaca.openpgp.decryption import Decrypted
from ithaca.openpgp.engine import Engine
from ithaca.verdict import Decryption, Fingerprint, SignatureState, overall
from ithaca.work import Job


def part(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    """Open the one sealed entity that has a list's footer or attachments beside it."""
    leaf = partial.one_sealed(envelope.leaves)
    if leaf is None:
        raise MalformedMessage("no sealed entity")
    data = pgpmime.take_encrypted(leaf.entity) if leaf.role is Role.LAYER else leaf.octets
    decrypted = yield from decrypting.decrypt(envelope, data, keys, engine, now)
    if decrypted is None:
        return False
    envelope.find("opened-in-part", "other things stand beside the sealed part, and nothing speaks for the whole")
    for signature in decrypted.signatures:
        envelope.note("signature of the part", f"{signature.state.value}: {signature.reason}")
    _show(envelope, _content(leaf, decrypted), Decryption.PARTIAL)
    envelope.opened = partial.beside(envelope.payload, envelope.whole.octets)
    return False


def every_leaf(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    """Open leaves that are sealed each by itself, if all are signed by who From names; else the first text alone."""
    leaves = partial.all_sealed(envelope.leaves)
    if leaves is None:
        raise MalformedMessage("a leaf that is not sealed")
    found: list[Decrypted] = []
    for leaf in leaves:
        decrypted = yield from decrypting.decrypt(envelope, leaf.octets, keys, engine, now)
        if decrypted is None:
            break
        found.append(decrypted)
    if len(found) == len(leaves) and _are_of_one(found, envelope):
        envelope.find(
            "partitioned", "every part is sealed and signed by itself; that they belong together is not proved"
        )
        contents = [
            _content(leaf, one) if leaf.is_text else one.plaintext for leaf, one in zip(leaves, found, strict=True)
        ]
        _show(envelope, partial.together(leaves, contents), Decryption.FULL)
        return False
    if found and leaves[0].is_text and partial.one_sealed(envelope.leaves) is leaves[0]:
        del envelope.digests[1:]
        envelope.find("opened-in-part", "not every part is signed by who From names, so only the text is shown")
        _show(envelope, _content(leaves[0], found[0]), Decryption.PARTIAL)
        envelope.opened = partial.beside(envelope.payload, envelope.whole.octets)
        return False
    envelope.digests.clear()
    envelope.find("errant-layer", "sealed attachments stay closed")
    return False


def _show(envelope: Envelope, content: Entity, decryption: Decryption) -> None:
    envelope.decryption, envelope.is_whole = decryption, False
    envelope.payload = envelope.opened = content


def _content(leaf: Leaf, decrypted: Decrypted) -> Entity:
    if leaf.role is Role.LAYER:
        return entities.parse(decrypted.plaintext)
    said = inline_layer.charset(leaf.octets, leaf.entity.charset)
    return inline.as_entity(decrypted.plaintext, said)


def _are_of_one(found: list[Decrypted], envelope: Envelope) -> bool:
    """Did one signer, whom From names, sign each well?"""
    mailbox = sole_address(envelope.outer)
    signers: set[Fingerprint | None] = set()
    for one in found:
        good = [s for s in one.signatures if s.state is SignatureState.GOOD]
        if overall(one.signatures) is not SignatureState.GOOD or len({s.signer for s in good}) != 1:
            return False
        if mailbox is None or mailbox not in map(address.user_id_address, good[0].user_ids):
            return False
        signers.add(good[0].signer)
    return len(signers) == 1

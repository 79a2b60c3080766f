"""Inline OpenPGP that is the layer of its message: what is encrypted opened, what is signed verified.

The law of this file: what an inline message holds is text and nothing else, whatever it looks like.
"""

from ithaca.errors import MalformedMessage, OpenPGPError
from ithaca.incoming import decrypting
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.mime import inline, partial
from ithaca.openpgp import armor, cleartext, cleartext_frame, signed_message, verification
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.verification import Surroundings
from ithaca.verdict import Signature, SignatureState, overall
from ithaca.work import Job


def sealed(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    """Open an encrypted message that is all of the text."""
    whole = inline.whole_sealed(envelope.leaves)
    if whole is None:
        raise MalformedMessage("no armored message")
    plaintext = yield from decrypting.layer(envelope, whole.leaf.octets, keys, engine, now)
    if plaintext is None:
        return False
    around = envelope.payload
    envelope.payload = envelope.opened = inline.as_entity(
        plaintext, charset(whole.leaf.octets, whole.leaf.entity.charset)
    )
    if whole.has_more:
        # Certificates and detached signatures: not covered, and not lost.
        envelope.opened = partial.beside(envelope.payload, around.octets)
    return False


def armored(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    """Show what an armored message holds that is all of the text and not encrypted, and judge its signatures.

    Nobody could read armor. The message as it came hangs on, whatever is kept of others: it is the evidence.
    """
    whole = inline.whole_armored(envelope.leaves)
    if whole is None:
        raise MalformedMessage("no armored message")
    octets = whole.leaf.octets
    try:
        text, signatures = yield from signed_message.read(octets, Surroundings(engine, keys.lookup, now))
    except OpenPGPError as error:
        # Nobody knows what is in there: something encrypted, perhaps.
        envelope.is_sealed = True
        envelope.find("malformed-signature", str(error))
        envelope.add((Signature(SignatureState.REFUSED, "the signed message cannot be read"),))
        return False
    reason = inline.text_refused(text)
    if not signatures:
        envelope.find("not-sealed", "an armored message that is neither encrypted nor signed")
    else:
        envelope.add(signatures if reason is None else (Signature(SignatureState.REFUSED, reason),))
    envelope.payload = envelope.opened = inline.as_entity(text, charset(octets, whole.leaf.entity.charset))
    return False


def charset(octets: bytes, otherwise: str) -> str:
    """What an armored message says of its text (RFC 9580 §6.2.1), or else the part that it stands in."""
    try:
        headers = armor.dearmor(octets).headers
    except OpenPGPError:
        return otherwise
    named = [value.strip().lower() for key, value in headers if key.lower() == "charset"]
    return named[0] if named else otherwise


def signed(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    """Verify a cleartext signature framework that is all of the text.

    The message is shown as it came; where that holds more to read than the signed text, this alone is called good.
    """
    whole = inline.whole_cleartext(envelope.leaves)
    if whole is None:
        raise MalformedMessage("no cleartext signature")
    try:
        text = cleartext.parse(whole.leaf.octets)
        bodies = verification.signature_bodies(text.signatures)
    except OpenPGPError as error:
        envelope.find("malformed-signature", str(error))
        envelope.add((Signature(SignatureState.REFUSED, "the cleartext signature cannot be read"),))
        return False
    reason = inline.cleartext_refused(envelope.leaves, text.text)
    if reason is not None:
        envelope.add((Signature(SignatureState.REFUSED, reason),))
        return False
    around = Surroundings(engine, keys.lookup, now)
    judged = yield from verification.verify_pieces(text.hashed(), bodies, around)
    envelope.add(judged)
    is_bare = envelope.payload.content_type.type != "multipart" and cleartext_frame.is_bare(whole.leaf.octets, text)
    envelope.payload = inline.as_entity(text.text, whole.leaf.entity.charset)
    if overall(judged) is SignatureState.GOOD and not is_bare:
        envelope.note(
            "cleartext", "more stands around it than programs need to write, so the signed text is shown alone"
        )
        envelope.opened = envelope.payload
    return False

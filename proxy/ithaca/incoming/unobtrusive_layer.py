"""The layer of an unobtrusive signature (draft-ietf-mailmaint-unobtrusive-signatures).

The law of this file: it counts at the root alone, around no encryption, and only if it is good. Whatever else it is,
the message is one that nobody signed, without a word of warning: lists and gateways spoil such signatures every day.
"""

from ithaca.errors import OpenPGPError
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.mime import entity as entities
from ithaca.mime import pgpmime, unobtrusive
from ithaca.mime.pgpmime import Shape
from ithaca.openpgp import verification
from ithaca.openpgp.engine import Engine
from ithaca.verdict import Layer, SignatureState, overall
from ithaca.work import Job


def stands(envelope: Envelope) -> bool:
    """Does the message carry one, around a part that is no layer itself?"""
    if envelope.layers or not unobtrusive.is_possible(envelope.payload.header):
        return False
    found = unobtrusive.take(envelope.payload)
    return found is not None and pgpmime.shape(entities.parse(found[0][0]).header) is Shape.NONE


def signed(envelope: Envelope, keys: Keys, engine: Engine, now: int) -> Job[bool]:
    """Take it off if it is good; nothing of it shows otherwise. No layer is looked for inside."""
    found = unobtrusive.take(envelope.payload)
    assert found is not None  # noqa: S101 (`stands`)
    readings, signatures = found
    for octets in readings:
        try:
            judged = yield from verification.verify_detached(
                octets, b"".join(signatures), engine=engine, lookup=keys.lookup, now=now
            )
        except OpenPGPError as error:
            envelope.note("unobtrusive signature", f"not counted: {error}")
            return False
        for one in judged:
            envelope.note("unobtrusive signature", f"{one.state.value}: {one.reason}")
        if overall(judged) is SignatureState.GOOD:
            envelope.layers.append(Layer.SIGNED)
            envelope.signatures += judged
            envelope.payload = entities.parse(octets)
            return False
    return False

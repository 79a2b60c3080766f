"""Document signatures judged: good, bad, unknown or refused, each with its reason (RFC 9580 §5.2).

The law of this file: "good" needs all of it: right type, right version, an accepted hash, a sane time, nothing
critical that is not understood, a key of a known certificate that was allowed to sign then, and the arithmetic.
"""

import contextlib
import datetime
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ithaca.errors import OpenPGPError
from ithaca.openpgp import armor, packets
from ithaca.openpgp.algorithms import HASHES, SignatureType, Use, hash_refused, key_refused
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.grammar import MessageGrammar, State
from ithaca.openpgp.hashing import Hashers, Key
from ithaca.openpgp.one_pass import OnePass
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import HashObject, Signature
from ithaca.verdict import Fingerprint, SignatureState
from ithaca.verdict import Signature as Judged
from ithaca.work import PIECE, Job

FUTURE_SLACK = 1800
"""Seconds that a signer's clock may be ahead of ours."""
MOST_ISSUERS = 8
"""Names of its maker that one signature may give, and keys of those names that are tried."""
_ORDER = (SignatureState.GOOD, SignatureState.REFUSED, SignatureState.BAD)
DOCUMENT_TYPES = frozenset({SignatureType.BINARY, SignatureType.TEXT})

Lookup = Callable[[str], Sequence[Certificate]]
"""Certificates by fingerprint or key ID, upper-case hexadecimal."""


def refused(reason: str, signature: Signature | None = None) -> Judged:
    """A signature that cannot be accepted."""
    if signature is None:
        return Judged(SignatureState.REFUSED, reason)
    return _judged(SignatureState.REFUSED, reason, signature)


def judge(
    signature: Signature,
    hasher: HashObject,
    *,
    engine: Engine,
    lookup: Lookup,
    now: int,
    recipients: frozenset[Fingerprint] | None,
) -> Judged:
    """Judge one signature over what `hasher` was fed with.

    `now` in seconds since 1970; `recipients`: our primary fingerprints that the message was encrypted to, None
    where nothing was encrypted.
    """
    reason = _refused_by_itself(signature, now, recipients)
    if reason is not None:
        return refused(reason, signature)
    names = signature.issuers[:MOST_ISSUERS]
    candidates = [(c, k) for name in names for c in lookup(name) for k in tuple(c.keys()) if _named(k, name)]
    unique = {(c.fingerprint, k.fingerprint): (c, k) for c, k in candidates}
    if not unique:
        return _judged(SignatureState.UNKNOWN, "the signer's certificate is not known here", signature)
    # Two certificates may share a key ID: the one whose key made it speaks.
    found = [(*_by(signature, hasher, c, k, engine), c, k) for c, k in list(unique.values())[:MOST_ISSUERS]]
    state, reason, certificate, key = min(found, key=lambda one: _ORDER.index(one[0]))
    return _judged(state, reason, signature, certificate, key)


def _named(key: PublicKey, name: str) -> bool:
    return name in (key.fingerprint, key.key_id)


def _refused_by_itself(signature: Signature, now: int, recipients: frozenset[Fingerprint] | None) -> str | None:
    if signature.type not in DOCUMENT_TYPES:
        return f"a signature of type 0x{signature.type:02x} does not sign a document"
    weak = hash_refused(signature.hash_algorithm, Use.DOCUMENT, signature.created)
    if weak:
        return weak
    if signature.critical_unknown:
        return f"it holds {signature.critical_unknown}"
    if signature.has_broken_lifetime:
        return "its lifetime cannot be read"
    if signature.created > now + FUTURE_SLACK:
        return "it was made in the future"
    if signature.expires is not None and signature.expires <= now:
        return "the signature has expired"
    intended = frozenset(signature.intended_recipients)
    if recipients is not None and intended and not intended & recipients:
        # §5.2.3.36: somebody else's letter, sealed anew and sent on.
        return "it was made for other recipients"
    return None


def _by(
    signature: Signature, hasher: HashObject, certificate: Certificate, key: PublicKey, engine: Engine
) -> tuple[SignatureState, str]:
    if not signature.fits(key):
        return SignatureState.REFUSED, f"a version {signature.version} signature by a version {key.version} key"
    weak = key_refused(key)
    if weak is not None:
        # Before the arithmetic, which is not done for such keys: "bad" would accuse somebody of altering the text.
        return SignatureState.REFUSED, f"the signer's key is not accepted: {weak}"
    if not signature.matches(engine, key, hasher):
        return SignatureState.BAD, "the text is not what was signed"
    reason = certificate.signing_refused(key, signature.created)
    if reason is not None:
        return SignatureState.REFUSED, f"the signer's key {reason}"
    return SignatureState.GOOD, "made by a valid signing key"


def _judged(
    state: SignatureState,
    reason: str,
    signature: Signature,
    certificate: Certificate | None = None,
    key: PublicKey | None = None,
) -> Judged:
    named = next((name for name in signature.issuers if len(name) > 16), None)
    known = HASHES.get(signature.hash_algorithm)
    return Judged(
        state=state,
        reason=reason,
        signer=None if certificate is None else certificate.fingerprint,
        key=key.fingerprint if key is not None else (Fingerprint(named) if named else None),
        created=datetime.datetime.fromtimestamp(signature.created, datetime.UTC),
        hash=known.name if known else None,
        user_ids=() if certificate is None else certificate.user_ids_at(signature.created),
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What judging needs from outside."""

    engine: Engine
    lookup: Lookup
    now: int
    """Seconds since 1970."""
    recipients: frozenset[Fingerprint] | None = None
    """Our primary fingerprints that the message was encrypted to; None where nothing was encrypted."""


def judge_body(
    body: bytes, announced: OnePass | None, hashers: Mapping[Key, HashObject], around: Surroundings
) -> Judged:
    """Judge the body of one signature packet; `announced`: the one-pass packet in front of the text, if any.

    `hashers`: fed with the text.
    """
    try:
        parsed = Signature.parse(body)
    except OpenPGPError as error:
        return refused(error.reason)
    if announced is not None and not announced.announces(parsed):
        return refused("it is not the signature that was announced", parsed)
    hasher = hashers.get((parsed.type, parsed.hash_algorithm, parsed.salt))
    if hasher is None:
        # Of a type or hash that is refused anyway: the judgement finds the reason before it needs the digest.
        hasher = hashlib.sha256()
    return judge(
        parsed,
        hasher,
        engine=around.engine,
        lookup=around.lookup,
        now=around.now,
        recipients=around.recipients,
    )


def judge_all(
    signatures: Iterable[tuple[bytes, OnePass | None]], hashers: Mapping[Key, HashObject], around: Surroundings
) -> Job[tuple[Judged, ...]]:
    """Judge several; see `judge_body`. Each is a piece of work."""
    found: list[Judged] = []
    for body, announced in signatures:
        found.append(judge_body(body, announced, hashers, around))
        yield
    return tuple(found)


def prepare(hashers: Hashers, body: bytes) -> None:
    """The signature packet with that body stands in front of, or beside, the text; what is none is judged later."""
    with contextlib.suppress(OpenPGPError):
        parsed = Signature.parse(body)
        hashers.prepare(parsed.type, parsed.hash_algorithm, parsed.salt)


def signature_bodies(octets: bytes) -> tuple[bytes, ...]:
    """The bodies of detached signatures, armored or binary (§10.4).

    Raises `OpenPGPError` if anything but signatures is in there, or none.
    """
    binary = armor.dearmor(octets, frozenset({"SIGNATURE", "MESSAGE"})).data if armor.is_armored(octets) else octets
    grammar, bodies = MessageGrammar(State.SIGNATURES), list[bytes]()
    for packet in packets.split(binary):
        grammar.packet(packet.tag, packet.offset)
        if packet.tag == Tag.SIGNATURE:
            bodies.append(packet.body)
    grammar.end(len(binary))
    return tuple(bodies)


def verify_pieces(pieces: Iterable[bytes], bodies: Sequence[bytes], around: Surroundings) -> Job[tuple[Judged, ...]]:
    """Judge the signatures with these bodies over a text in pieces."""
    hashers = Hashers()
    for body in bodies:
        prepare(hashers, body)
    for piece in pieces:
        hashers.update(piece)
        yield
    return (yield from judge_all([(body, None) for body in bodies], hashers.finish(), around))


def verify_detached(data: bytes, octets: bytes, *, engine: Engine, lookup: Lookup, now: int) -> Job[tuple[Judged, ...]]:
    """Judge the detached signatures in `octets` (armored or binary) over `data` (§10.4).

    Raises `OpenPGPError` if anything but signatures is in there.
    """
    bodies = signature_bodies(octets)
    pieces = (data[start : start + PIECE] for start in range(0, len(data), PIECE))
    return (yield from verify_pieces(pieces, bodies, Surroundings(engine, lookup, now)))

"""Document signatures judged: good, bad, unknown or refused, each with its reason (RFC 9580 §5.2).

The law of this file: "good" needs all of it: right type, right version, an accepted hash, a sane time, nothing
critical that is not understood, a key of a known certificate that was allowed to sign then, and the arithmetic.
"""

import datetime
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ithaca.errors import MalformedPacket, OpenPGPError
from ithaca.openpgp import armor, packets
from ithaca.openpgp.algorithms import HASHES, SignatureType, Use, hash_refused
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.grammar import is_ignored
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import HashObject, Signature, new_hash
from ithaca.verdict import Fingerprint, SignatureState
from ithaca.verdict import Signature as Judged
from ithaca.work import PIECE, Job

FUTURE_SLACK = 1800
"""Seconds that a signer's clock may be ahead of ours."""
DOCUMENT_TYPES = frozenset({SignatureType.BINARY, SignatureType.TEXT})

Lookup = Callable[[str], Sequence[Certificate]]
"""Certificates by fingerprint or key ID, upper-case hexadecimal."""


class Updating(Protocol):
    """What is fed with a text."""

    def update(self, octets: bytes, /) -> None:
        """The next octets."""


class TextHasher:
    """Feeds a hash with text whose line ends are CRLF (§5.2.1.2); nothing is trimmed."""

    def __init__(self, hasher: HashObject) -> None:
        self.hasher = hasher
        self._held_cr = False

    def update(self, octets: bytes) -> None:
        """The next octets of the text."""
        if self._held_cr:
            octets = b"\r" + octets
        self._held_cr = octets.endswith(b"\r")
        if self._held_cr:
            octets = octets[:-1]
        if octets.count(b"\n") != octets.count(b"\r\n"):
            octets = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.hasher.update(octets)

    def finish(self) -> HashObject:
        """The hash object, after the last octet."""
        if self._held_cr:
            self.hasher.update(b"\r")
            self._held_cr = False
        return self.hasher


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
    candidates = [
        (c, k) for name in signature.issuers for c in lookup(name) for k in tuple(c.keys()) if _named(k, name)
    ]
    unique = {(c.fingerprint, k.fingerprint): (c, k) for c, k in candidates}
    if not unique:
        return _judged(SignatureState.UNKNOWN, "the signer's certificate is not known here", signature)
    verdicts = [_by(signature, hasher, c, k, engine) for c, k in unique.values()]
    # Two certificates may share a key ID: the one whose key made it speaks.
    order = (SignatureState.GOOD, SignatureState.REFUSED, SignatureState.BAD)
    return min(verdicts, key=lambda v: order.index(v.state))


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
    if signature.created > now + FUTURE_SLACK:
        return "it was made in the future"
    if signature.expires is not None and signature.expires <= now:
        return "the signature has expired"
    intended = frozenset(signature.intended_recipients)
    if recipients is not None and intended and not intended & recipients:
        # §5.2.3.36: somebody else's letter, sealed anew and sent on.
        return "it was made for other recipients"
    return None


def _by(signature: Signature, hasher: HashObject, certificate: Certificate, key: PublicKey, engine: Engine) -> Judged:
    try:
        matches = signature.matches(engine, key, hasher)
    except OpenPGPError:
        matches = False
    if not matches:
        return _judged(SignatureState.BAD, "the text is not what was signed", signature, certificate, key)
    reason = certificate.signing_refused(key, signature.created)
    if reason is not None:
        return _judged(SignatureState.REFUSED, f"the signer's key {reason}", signature, certificate, key)
    return _judged(SignatureState.GOOD, "made by a valid signing key", signature, certificate, key)


def _judged(
    state: SignatureState,
    reason: str,
    signature: Signature,
    certificate: Certificate | None = None,
    key: PublicKey | None = None,
) -> Judged:
    named = next((name for name in signature.issuers if len(name) == 40), None)
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


def judge_body(
    body: bytes,
    announced: bytes | None,
    hashers: dict[tuple[int, int], Any],
    *,
    engine: Engine,
    lookup: Lookup,
    now: int,
    recipients: frozenset[Fingerprint] | None,
) -> Judged:
    """Judge the body of one signature packet; `announced`: of the one-pass packet in front of the text, if any.

    `hashers`: by signature type and hash algorithm, fed with the text.
    """
    try:
        parsed = Signature.parse(body)
    except OpenPGPError as error:
        return refused(error.reason)
    if announced is not None and not _answers(parsed, announced):
        return refused("it is not the signature that was announced", parsed)
    hasher: HashObject | None = hashers.get((parsed.type, parsed.hash_algorithm))
    if hasher is None:
        # Of a type or hash that is refused anyway: the judgement finds the reason before it needs the digest.
        hasher = hashlib.sha256()
    return judge(parsed, hasher, engine=engine, lookup=lookup, now=now, recipients=recipients)


def _answers(parsed: Signature, announced: bytes) -> bool:
    """Do a signature and its one-pass packet agree (§5.4, §10.3)?"""
    return announced[:1] == b"\x03" and announced[1:4] == bytes([parsed.type, parsed.hash_algorithm, parsed.algorithm])


def verify_detached(data: bytes, octets: bytes, *, engine: Engine, lookup: Lookup, now: int) -> Job[tuple[Judged, ...]]:
    """Judge the detached signatures in `octets` (armored or binary) over `data` (§10.4).

    Raises `OpenPGPError` if anything but signatures is in there.
    """
    binary = armor.dearmor(octets, frozenset({"SIGNATURE", "MESSAGE"})).data if armor.is_armored(octets) else octets
    bodies: list[bytes] = []
    for packet in packets.split(binary, most_packets=64):
        if packet.tag == Tag.SIGNATURE:
            bodies.append(packet.body)
        elif not is_ignored(packet.tag):
            raise MalformedPacket("a detached signature that holds something else", packet.offset)
    if not bodies:
        raise MalformedPacket("no signature", 0)
    hashers: dict[tuple[int, int], Updating] = {}
    for body in bodies:
        hasher = new_hash(body[3]) if len(body) > 4 else None
        if hasher is not None and body[1] in (0, 1):
            hashers.setdefault((body[1], body[3]), hasher if body[1] == 0 else TextHasher(hasher))
    for start in range(0, len(data), PIECE):
        piece = data[start : start + PIECE]
        for each in hashers.values():
            each.update(piece)
        yield
    done = {k: h.finish() if isinstance(h, TextHasher) else h for k, h in hashers.items()}
    return tuple(
        judge_body(body, None, done, engine=engine, lookup=lookup, now=now, recipients=None) for body in bodies
    )

"""Document signatures judged: good, bad, unknown or refused, each with its reason (RFC 9580 §5.2).

The law of this file: "good" needs all of it: right type, right version, an accepted hash, a sane time, nothing
critical that is not understood, a key of a known certificate that was allowed to sign then, and the arithmetic.
"""

import datetime
from collections.abc import Callable, Sequence

from ithaca.errors import OpenPGPError
from ithaca.openpgp.algorithms import HASHES, SignatureType, Use, hash_refused
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import HashObject, Signature
from ithaca.verdict import Fingerprint, SignatureState
from ithaca.verdict import Signature as Judged

FUTURE_SLACK = 1800
"""Seconds that a signer's clock may be ahead of ours."""
DOCUMENT_TYPES = frozenset({SignatureType.BINARY, SignatureType.TEXT})

Lookup = Callable[[str], Sequence[Certificate]]
"""Certificates by fingerprint or key ID, upper-case hexadecimal."""


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
        (c, k) for name in signature.issuers for c in lookup(name) for k in c.keys() if _named(k, name)
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


def _refused_by_itself(
    signature: Signature, now: int, recipients: frozenset[Fingerprint] | None
) -> str | None:
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


def _by(
    signature: Signature, hasher: HashObject, certificate: Certificate, key: PublicKey, engine: Engine
) -> Judged:
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

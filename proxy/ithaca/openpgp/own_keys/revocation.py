"""Revocations of keys, subkeys and User IDs, and those made in advance (RFC 9580 §5.2.1.11 to §5.2.1.13).

The law of this file: a revocation is for ever. Hard ones (compromised, or no reason said) hold for the past too, soft
ones (superseded, retired) from their time on (§5.2.3.31).
"""

from ithaca.errors import KeyringError
from ithaca.openpgp import packets, transferable
from ithaca.openpgp.algorithms import RevocationReason, SignatureType
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys.issuer import Issuer
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder, fragment, head_of, primary_of
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.subpackets import Subpacket, SubpacketType
from ithaca.verdict import Fingerprint

LONGEST_TEXT = 1000
"""Octets of the text beside a reason."""


def revoke_key(holder: Keyholder, reason: RevocationReason, text: str = "") -> Change:
    """The whole key, with a `text` for whoever wonders. Raises `KeyringError`."""
    # User IDs speak for the key, too: the newest statement of all must be the revocation.
    issuer = holder.issuer([holder.certificate.primary, *holder.certificate.user_ids])
    return Change(issuer.at, fragment(issuer.key, (b"", [_key_revocation(issuer, reason, text)])))


def revoke_subkey(holder: Keyholder, fingerprint: Fingerprint, reason: RevocationReason, text: str = "") -> Change:
    """One subkey. Raises `KeyringError`."""
    key, component = holder.subkey(fingerprint)
    issuer = holder.issuer([component])
    octets = issuer.key.hashed_form() + key.hashed_form()
    body = issuer.sign(SignatureType.SUBKEY_REVOCATION, octets, [_said(reason, text)])
    return Change(issuer.at, fragment(issuer.key, (head_of(component), [body])))


def revoke_user_id(holder: Keyholder, text: str, why: str = "") -> Change:
    """A User ID, which was true once and no longer is. Raises `KeyringError` where it is the last one that holds."""
    certificate, now = holder.certificate, holder.now
    valid = certificate.user_ids_at(now)
    named = (c for c in certificate.user_ids if c.user_id == text and c.live(now) and not c.revoked(now))
    component = next(named, None)
    if component is None:
        raise KeyringError(f"The key {certificate.fingerprint} has no valid User ID {text}.")
    if len(valid) == 1 and primary_of(certificate).version == 4:
        # GnuPG takes no key without any.
        raise KeyringError(f"{text} is the only User ID of the key {certificate.fingerprint}: add another one first.")
    issuer = holder.issuer([component])
    octets = issuer.key.hashed_form() + component.hashed_form
    said = [_said(RevocationReason.USER_ID_INVALID, why)]
    body = issuer.sign(SignatureType.CERTIFICATION_REVOCATION, octets, said)
    return Change(issuer.at, fragment(issuer.key, (head_of(component), [body])))


def certificate(issuer: Issuer) -> bytes:
    """A revocation certificate of the whole key, binary, without a reason: it holds for the past too.

    Version 6 has the primary key before the signature (§10.1.2), version 4 by custom the signature alone.
    """
    body = _key_revocation(issuer, RevocationReason.NONE, "")
    if issuer.key.version == 6:
        return fragment(issuer.key, (b"", [body]))
    return packets.encode(Tag.SIGNATURE, body)


def from_certificate(octets: bytes, of: Certificate) -> Change:
    """The revocation that was made in advance, binary, as a change; needs no secret.

    Raises `KeyringError` where it is none of this key, `OpenPGPError`.
    """
    body = transferable.revocation(octets, of)
    if body is None:
        raise KeyringError(f"This is no revocation certificate of the key {of.fingerprint}.")
    return Change(Signature.parse(body).created, fragment(primary_of(of), (b"", [body])))


def _key_revocation(issuer: Issuer, reason: RevocationReason, text: str) -> bytes:
    return issuer.sign(SignatureType.KEY_REVOCATION, issuer.key.hashed_form(), [_said(reason, text)])


def _said(reason: RevocationReason, text: str) -> Subpacket:
    """§5.2.3.31: a code, and UTF-8."""
    if text and not text.isprintable():
        raise KeyringError("The text of a revocation must be one line without control characters.")
    try:
        octets = text.encode("utf-8")
    except UnicodeEncodeError:
        raise KeyringError("The text of a revocation must be valid UTF-8.") from None
    if len(octets) > LONGEST_TEXT:
        raise KeyringError(f"The text of a revocation must not be longer than {LONGEST_TEXT} octets.")
    return Subpacket(SubpacketType.REVOCATION_REASON, bytes([reason]) + octets)

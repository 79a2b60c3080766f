"""Self-signatures: what a primary key says of itself, its User IDs and its subkeys (RFC 9580 §5.2.1, §10.1).

The law of this file: what is said newly repeats everything that was said before and is not meant to change, for the
newest self-signature alone counts (§5.2.3.10).
"""

from collections.abc import Iterable

from ithaca.errors import KeyringError
from ithaca.openpgp.algorithms import ENCRYPTION_FLAGS, KeyFlag, SignatureType
from ithaca.openpgp.own_keys.issuer import Issuer
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.subpackets import Subpacket, SubpacketType

PRIMARY_FLAGS = KeyFlag.CERTIFY | KeyFlag.SIGN
ENCRYPTION = ENCRYPTION_FLAGS
SIGNING = KeyFlag.SIGN
LONGEST_LIFE = 0xFFFFFFFF
"""Seconds, in four octets (§5.2.3.13)."""
_NOT_REPEATED = frozenset(
    {
        SubpacketType.CREATED,
        SubpacketType.EXPIRES,
        SubpacketType.ISSUER_KEY_ID,
        SubpacketType.ISSUER_FINGERPRINT,
        SubpacketType.EMBEDDED,
        # §5.2.3.23 forbids to say it anew; where it was said it goes on holding, since old signatures stay.
        SubpacketType.REVOCATION_KEY,
    }
)


def flags(value: int) -> Subpacket:
    """§5.2.3.29."""
    return Subpacket(SubpacketType.KEY_FLAGS, bytes([value]), critical=True)


def life(key: PublicKey, until: int | None) -> tuple[Subpacket, ...]:
    """That `key` expires at `until` (seconds since 1970); None: never (§5.2.3.13). Raises `KeyringError`."""
    if until is None:
        return ()
    seconds = until - key.created
    if seconds < 1:
        raise KeyringError(f"The key {key.fingerprint} cannot expire before it was made.")
    if seconds > LONGEST_LIFE:
        raise KeyringError(f"The key {key.fingerprint} cannot expire so late; let it never expire instead.")
    return (Subpacket(SubpacketType.KEY_EXPIRES, seconds.to_bytes(4, "big"), critical=True),)


def repeated(signature: Signature, *, but: Iterable[int] = ()) -> tuple[Subpacket, ...]:
    """The hashed subpackets of an older self-signature that a newer one says again, `but` those of some types."""
    left_out = _NOT_REPEATED | frozenset(but)
    return tuple(s for s in signature.hashed if s.type not in left_out)


def user_id_form(user_id: bytes) -> bytes:
    """How a User ID is fed to a hash (§5.2.4)."""
    return b"\xb4" + len(user_id).to_bytes(4, "big") + user_id


def direct_key(issuer: Issuer, subpackets: Iterable[Subpacket]) -> bytes:
    """The body of a direct key signature: what the primary key says of itself."""
    return issuer.sign(SignatureType.DIRECT_KEY, issuer.key.hashed_form(), subpackets)


def certification(issuer: Issuer, form: bytes, subpackets: Iterable[Subpacket]) -> bytes:
    """The body of a certification of a User ID, given in its hashed form."""
    return issuer.sign(SignatureType.POSITIVE_CERTIFICATION, issuer.key.hashed_form() + form, subpackets)


def binding(issuer: Issuer, subkey: PublicKey, subpackets: Iterable[Subpacket], back: Iterable[bytes] = ()) -> bytes:
    """The body of a subkey binding; a signing subkey's `back` signature stands in it (§5.2.1.9)."""
    embedded = (Subpacket(SubpacketType.EMBEDDED, body) for body in back)
    octets = issuer.key.hashed_form() + subkey.hashed_form()
    return issuer.sign(SignatureType.SUBKEY_BINDING, octets, (*subpackets, *embedded))


def back_signature(subkey: Issuer, primary: PublicKey) -> bytes:
    """The body of a primary key binding: the subkey agrees to belong to `primary`."""
    return subkey.sign(SignatureType.PRIMARY_KEY_BINDING, primary.hashed_form() + subkey.key.hashed_form())

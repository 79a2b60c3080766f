"""What octets hold that are not what belongs there: a certificate where a secret key is asked for, above all.

The law of this file: it only finds words for a failure, and takes nothing for good; what it cannot name it leaves to
whoever failed. Packet types: RFC 9580 §5, armor: §6.2.1.
"""

from ithaca.errors import OpenPGPError
from ithaca.openpgp import cleartext
from ithaca.openpgp.armor import ArmorReader, is_armored
from ithaca.openpgp.packets import Tag

CERTIFICATE, SECRET_KEY, SIGNATURE = "certificate", "secret key", "signature"
REVOCATION = "revocation certificate"
"""It is a signature, or begins like a certificate: nothing holds it by name."""
ENCRYPTED, SIGNED, CLEARSIGNED = "encrypted message", "signed message", "clearsigned text"
MOST_LOOKED_AT = 1 << 16
"""Octets, text in front of the armor among them."""
_HOLDS: dict[int, str] = {
    Tag.PUBLIC_KEY: CERTIFICATE,
    Tag.SECRET_KEY: SECRET_KEY,
    Tag.SIGNATURE: SIGNATURE,
    Tag.ONE_PASS_SIGNATURE: SIGNED,
    Tag.PKESK: ENCRYPTED,
    Tag.SKESK: ENCRYPTED,
    Tag.SED: ENCRYPTED,
    Tag.SEIPD: ENCRYPTED,
    Tag.GNUPG_OCB: ENCRYPTED,
    Tag.COMPRESSED: "compressed message",
    Tag.LITERAL: "message in clear",
}
"""By the first packet."""


def held(octets: bytes) -> str | None:
    """What begins there, armored or binary; None: nothing that has a name here."""
    beginning = octets[:MOST_LOOKED_AT]
    try:
        if not is_armored(beginning):
            return _HOLDS.get(_tag(beginning))
        if cleartext.is_cleartext(beginning):
            return CLEARSIGNED
        return _HOLDS.get(_tag(ArmorReader().feed(beginning)))
    except OpenPGPError:
        return None


def _tag(octets: bytes) -> int:
    """Of the first packet; -1: there is none (§4.2)."""
    if not octets or not octets[0] & 0x80:
        return -1
    return octets[0] & 0x3F if octets[0] & 0x40 else octets[0] >> 2 & 0x0F


def instead(octets: bytes, wanted: str, *taken: str) -> str | None:
    """What they hold instead of a `wanted` thing, or of what is `taken` too, as the end of a sentence.

    None: nothing that explains a failure.
    """
    found = held(octets)
    if found is None or found in (wanted, *taken):
        return None
    return f"it holds {'an' if found[0] in 'aeiou' else 'a'} {found}, no {wanted}"

"""Secret keys of the corpus made fit for a keyring, which takes none without a passphrase.

What `gpg --edit-key … passwd` does to a file (RFC 9580 §5.5.3): every unprotected secret part is encrypted, and nothing
else of the key is touched.
"""

import hashlib
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from ithaca.openpgp import packets, public_key
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.pgpy_shim import CFB

_PUBLIC = {Tag.SECRET_KEY, Tag.SECRET_SUBKEY}
_AES256, _ITERATED_AND_SALTED, _SHA256 = 9, 3, 8
_COUNT = 0x60
"""65,536 octets: what is protected here was published long ago."""


def protect(octets, passphrase):
    """A binary transferable secret key with this passphrase, where it had none."""
    return b"".join(_protected(packet, passphrase) for packet in packets.split(octets))


def _protected(packet, passphrase):
    if packet.tag not in _PUBLIC:
        return packet.octets
    public = public_key.parse(packet.body).body
    usage, secret = packet.body[len(public) : len(public) + 1], packet.body[len(public) + 1 : -2]
    if usage != b"\0":
        return packet.octets
    salt, vector = os.urandom(8), os.urandom(16)
    encryptor = Cipher(algorithms.AES(_key(passphrase, salt)), CFB(vector)).encryptor()
    sealed = encryptor.update(secret + hashlib.sha1(secret).digest()) + encryptor.finalize()
    how = bytes([254, _AES256, _ITERATED_AND_SALTED, _SHA256]) + salt + bytes([_COUNT]) + vector
    return packets.encode(packet.tag, public + how + sealed)


def _key(passphrase, salt):
    """RFC 9580 §3.7.1.3."""
    count = (16 + (_COUNT & 15)) << ((_COUNT >> 4) + 6)
    once = salt + passphrase
    return hashlib.sha256((once * (count // len(once) + 1))[: max(count, len(once))]).digest()

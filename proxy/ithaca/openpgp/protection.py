"""The secret part of a secret key packet, versions 4 and 6: taken apart, unlocked, locked (RFC 9580 §3.7.2.1, §5.5.3).

The law of this file: a wrong passphrase and altered octets have one sentence, and which check failed is never told.
What comes out belongs to the public half only once the caller has compared the two: the digest of usage 254 and the
sum of usage 255 cover the secret octets alone, so whoever can write to the file can put another public half in front
(Bruseghini, Huigens and Paterson, CCS 2022). Only usage 253 binds both.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ithaca.errors import DecryptionError, MalformedPacket, PassphraseError, UnsupportedAlgorithm
from ithaca.openpgp import aead, s2k, symmetric
from ithaca.openpgp.algorithms import AeadAlgorithm, SymmetricAlgorithm
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.s2k import S2K

PLAIN, AEAD, CFB, MALLEABLE_CFB = 0, 253, 254, 255
"""S2K usage octets (§3.7.2.1)."""
SHA1 = 20
"""Octets of the digest of usage 254."""
SUM = 2


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """The secret part as it stands in its packet."""

    usage: int
    cipher: int
    mode: int
    """AEAD algorithm; 0 where there is none."""
    s2k: S2K | None
    """None where nothing is protected."""
    iv: bytes
    """Initialisation vector or nonce."""
    octets: bytes
    """The secret material, encrypted or not, with what proves it behind."""

    @property
    def is_protected(self) -> bool:
        """A passphrase is needed to read it."""
        return self.usage != PLAIN and not self.is_absent

    @property
    def is_absent(self) -> bool:
        """It is not in this file: GnuPG's stub for an offline primary key, or for a key on a card."""
        return self.s2k is not None and self.s2k.kind == s2k.GNU


# --- taken apart -------------------------------------------------------------------------------------


def split(public: PublicKey, body: bytes) -> Secret:
    """The secret part of the packet body that `public` was parsed from.

    Raises `MalformedPacket`, `UnsupportedAlgorithm`, `LimitExceeded`.
    """
    at = len(public.body)
    usage = _octet(body, at)
    if usage == PLAIN:
        return Secret(PLAIN, 0, 0, None, b"", body[at + 1 :])
    if public.version == 6 and usage not in (AEAD, CFB):
        # §3.7.2.1: MUST be rejected.
        raise MalformedPacket("a version 6 key that is protected in a way that is forbidden to it", at)
    if usage not in (AEAD, CFB, MALLEABLE_CFB):
        # Before 1998: MD5 of the passphrase, a moment's work to search through.
        raise UnsupportedAlgorithm(
            f"the secret key {public.fingerprint} is protected in a way of long ago; "
            "protect it again with GnuPG 2.2 and import it"
        )
    return _parameters(usage, body, at + 1, version=public.version)


def _parameters(usage: int, body: bytes, at: int, *, version: int) -> Secret:
    """From the octet behind the usage. Version 6 counts all parameters, and the specifier among them (§5.5.3)."""
    end = len(body)
    if version == 6:
        end = at + 1 + _octet(body, at)
        at += 1
        if end > len(body):
            raise MalformedPacket("truncated secret part", at)
    cipher = _octet(body, at)
    mode = _octet(body, at + 1) if usage == AEAD else 0
    at += 2 if usage == AEAD else 1
    counted = _octet(body, at) if version == 6 else None
    at += version == 6
    specifier, after = s2k.parse(body[:end], at)
    if specifier.kind == s2k.GNU:
        return Secret(usage, cipher, mode, specifier, b"", b"")
    if specifier.kind == s2k.ARGON2 and usage != AEAD:
        # §3.7.2.1: MUST be rejected as malformed.
        raise MalformedPacket("Argon2 without authentication", at)
    last = after + (aead.mode(mode).nonce if usage == AEAD else symmetric.cipher(cipher).block_length)
    if last > end or (version == 6 and (last, after - at) != (end, counted)):
        raise MalformedPacket("the parameters of the secret part have another length than stated", at)
    return Secret(usage, cipher, mode, specifier, body[after:last], body[last:])


def _octet(body: bytes, at: int) -> int:
    if at >= len(body):
        raise MalformedPacket("truncated secret part", at)
    return body[at]


# --- unlocked ----------------------------------------------------------------------------------------


def unlock(secret: Secret, public: PublicKey, tag: int, passphrase: bytes | None) -> bytes:
    """The secret material (§5.5.5); `tag` is the type of the packet. The caller compares the halves.

    Raises `PassphraseError` for a missing or a wrong passphrase, `MalformedPacket` for what is damaged without one,
    `UnsupportedAlgorithm`, `LimitExceeded`.
    """
    if secret.is_absent:
        raise UnsupportedAlgorithm(f"the secret part of key {public.fingerprint} is not in this file")
    if secret.s2k is None:
        return _unprotected(secret, public)
    if passphrase is None:
        raise PassphraseError(f"The secret key {public.fingerprint} needs a passphrase.")
    derived = secret.s2k.derive(passphrase, symmetric.cipher(secret.cipher).key_length)
    try:
        if secret.usage == AEAD:
            wrapping, associated = _wrapping(public, tag, secret.cipher, secret.mode, derived)
            return wrapping.decrypt(secret.iv, secret.octets, associated)
        plain = symmetric.decryptor(SessionKey(secret.cipher, derived), secret.iv).update(secret.octets)
        return _proved(plain, *_PROOFS[secret.usage])
    except DecryptionError as error:
        raise PassphraseError(f"The passphrase does not open the secret key {public.fingerprint}.") from error


def _unprotected(secret: Secret, public: PublicKey) -> bytes:
    """§5.5.3: version 4 has a sum behind it, version 6 nothing."""
    if public.version == 6:
        return secret.octets
    try:
        return _proved(secret.octets, SUM, _sum)
    except DecryptionError as error:
        raise MalformedPacket(f"the secret key {public.fingerprint} is damaged") from error


def _sum(material: bytes) -> bytes:
    """§5.5.3: of all octets, modulo 65536. One wrong passphrase in 65536 passes."""
    return (sum(material) & 0xFFFF).to_bytes(SUM, "big")


def _sha1(material: bytes) -> bytes:
    return hashlib.sha1(material, usedforsecurity=False).digest()


_PROOFS: Mapping[int, tuple[int, Callable[[bytes], bytes]]] = {CFB: (SHA1, _sha1), MALLEABLE_CFB: (SUM, _sum)}


def _proved(octets: bytes, length: int, proof: Callable[[bytes], bytes]) -> bytes:
    """The material in front of its proof. Raises `DecryptionError`."""
    material = octets[:-length]
    if not hmac.compare_digest(proof(material), octets[-length:]):
        raise DecryptionError(symmetric.UNDECRYPTABLE)
    return material


def _wrapping(public: PublicKey, tag: int, cipher: int, mode: int, derived: bytes) -> tuple[aead.Wrapping, bytes]:
    """(how it is encrypted, what is bound to it): type, version and public half of the key (§5.5.3)."""
    head = bytes([0xC0 | tag])
    return aead.Wrapping(cipher, mode, derived, head + bytes([public.version, cipher, mode])), head + public.body


# --- locked ------------------------------------------------------------------------------------------


def lock(
    public: PublicKey, tag: int, material: bytes, passphrase: bytes | None, random: Callable[[int], bytes]
) -> bytes:
    """The body of the secret key packet, of type `tag`; without a passphrase, unprotected.

    Version 4: usage 254, AES-256, iterated SHA-256, as GnuPG 2.2 reads it. Version 6: usage 253, AES-256, OCB, Argon2.
    """
    if passphrase is None:
        return public.body + bytes([PLAIN]) + material + (b"" if public.version == 6 else _sum(material))
    cipher = SymmetricAlgorithm.AES256
    known = symmetric.cipher(cipher)
    if public.version != 6:
        specifier, iv = s2k.iterated(random(s2k.SALT)), random(known.block_length)
        session = SessionKey(cipher, specifier.derive(passphrase, known.key_length))
        encrypted = symmetric.encryptor(session, iv).update(material + _sha1(material))
        return public.body + bytes([CFB, cipher]) + specifier.encode() + iv + encrypted
    mode = AeadAlgorithm.OCB
    specifier, nonce = s2k.argon2(random(s2k.ARGON2_SALT)), random(aead.mode(mode).nonce)
    derived = specifier.derive(passphrase, known.key_length)
    wrapping, associated = _wrapping(public, tag, cipher, mode, derived)
    encoded = specifier.encode()
    parameters = bytes([cipher, mode, len(encoded)]) + encoded + nonce
    encrypted = wrapping.encrypt(nonce, material, associated)
    return public.body + bytes([AEAD, len(parameters)]) + parameters + encrypted

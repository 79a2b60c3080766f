"""Session keys under passphrases: the SKESK packet, versions 4 and 6, both ways (RFC 9580 §5.3).

The law of this file: for the command line, where a person types a passphrase for this one message; never for fetched
mail, whose sender would choose what it costs us. Even so the number of packets and the work of all is bounded.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ithaca.errors import DecryptionError, LimitExceeded, MalformedPacket, OpenPGPError, UnsupportedAlgorithm
from ithaca.openpgp import aead, s2k, symmetric
from ithaca.openpgp.algorithms import AeadAlgorithm, SymmetricAlgorithm
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.s2k import S2K

MOST_SKESK = 32
"""Packets that are looked at: one for each passphrase that a sender gave."""
MOST_WORK = 8 << 30
"""Octets that all derivations of one message may work through: some ten seconds. A hundred and thirty iterated ones of
the most there is, or four of Argon2's largest."""


@dataclass(frozen=True, slots=True, repr=False)
class Skesk:
    """One packet."""

    version: int
    """4 or 6: goes with SEIPDv1 (and type 20), or SEIPDv2 (§10.3.2.1)."""
    cipher: int
    mode: int
    """AEAD algorithm; 0 in version 4."""
    s2k: S2K
    nonce: bytes
    """Empty in version 4."""
    encrypted: bytes
    """The session key; empty where what the passphrase gives is the session key itself (version 4)."""

    def encode(self) -> bytes:
        """The body of the packet."""
        specifier = self.s2k.encode()
        if self.version == 4:
            return bytes([4, self.cipher]) + specifier + self.encrypted
        parameters = bytes([self.cipher, self.mode, len(specifier)]) + specifier + self.nonce
        return bytes([6, len(parameters)]) + parameters + self.encrypted

    def open(self, passphrase: bytes) -> SessionKey | None:
        """The session key; None for a wrong passphrase, as far as can be told here.

        Version 4 has no proof of its own: one wrong passphrase in some hundred gives a key, or every one where the
        packet holds none; the message behind tells. Raises `UnsupportedAlgorithm`, `LimitExceeded`.
        """
        derived = self.s2k.derive(passphrase, symmetric.cipher(self.cipher).key_length)
        if self.version == 6:
            try:
                return SessionKey(0, _wrapping(self.cipher, self.mode, derived).decrypt(*self._sealed()))
            except DecryptionError:
                return None
        if not self.encrypted:
            return SessionKey(self.cipher, derived)
        plain = symmetric.decryptor(SessionKey(self.cipher, derived)).update(self.encrypted)
        session = SessionKey(plain[0], plain[1:])
        try:
            symmetric.decryptor(session)
        except OpenPGPError:
            # Not a cipher at all, a key of another length, or a cipher that nothing here computes.
            return None
        return session

    def _sealed(self) -> tuple[bytes, bytes, bytes]:
        return self.nonce, self.encrypted, _info(self.cipher, self.mode)


def _info(cipher: int, mode: int) -> bytes:
    """§5.3.2: type, version and algorithms, for the derivation and as what is bound."""
    return bytes([0xC3, 6, cipher, mode])


def _wrapping(cipher: int, mode: int, derived: bytes) -> aead.Wrapping:
    return aead.Wrapping(cipher, mode, derived, _info(cipher, mode))


def parse(body: bytes) -> Skesk:
    """From the body of the packet. Raises `MalformedPacket`, `UnsupportedAlgorithm`, `LimitExceeded`."""
    if len(body) < 2:
        raise MalformedPacket("truncated encrypted session key", 0)
    if body[0] == 4:
        specifier, end = s2k.parse(body, 2)
        if end < len(body) and not specifier.salt:
            # §5.3.1: MUST have a salt, or the same passphrase would give the same key stream again.
            raise MalformedPacket("a session key encrypted without a salt", 2)
        return Skesk(4, body[1], 0, specifier, b"", body[end:])
    if body[0] != 6:
        raise UnsupportedAlgorithm(f"version {body[0]} of an encrypted session key is not supported", 0)
    return _parsed_6(body)


def _parsed_6(body: bytes) -> Skesk:
    """§5.3.2: one count for all parameters, and one for the specifier among them."""
    end = 2 + body[1]
    if end > len(body) or end < 5:
        raise MalformedPacket("truncated encrypted session key", 1)
    cipher, mode, counted = body[2:5]
    specifier, after = s2k.parse(body[:end], 5)
    if after - 5 != counted or end - after != aead.mode(mode).nonce:
        raise MalformedPacket("the parameters of the session key have another length than stated", 1)
    return Skesk(6, cipher, mode, specifier, body[after:end], body[end:])


def session_keys(bodies: Iterable[bytes], passphrases: Sequence[bytes], version: int) -> Iterator[SessionKey]:
    """Candidates, to be tried one after the other on the message, which alone can prove one.

    `version` is the one that goes with the encrypted data; others are passed over (§10.3.2.1), as is what cannot be
    read. Raises `LimitExceeded`.
    """
    work = 0
    for number, body in enumerate(bodies):
        if number >= MOST_SKESK:
            raise LimitExceeded(f"encrypted to more than {MOST_SKESK} passphrases")
        try:
            packet = parse(body)
        except OpenPGPError:
            continue
        if packet.version != version:
            continue
        for passphrase in passphrases:
            work += packet.s2k.work
            if work > MOST_WORK:
                raise LimitExceeded("the passphrases would take more time than they may")
            try:
                session = packet.open(passphrase)
            except UnsupportedAlgorithm:
                break
            if session is not None:
                yield session


def encrypt(session: SessionKey, passphrase: bytes, *, version: int, random: Callable[[int], bytes]) -> bytes:
    """The body of a packet that gives `session` to whoever has the passphrase.

    Version 4, before SEIPDv1: iterated SHA-256 and AES-256, which GnuPG reads; version 6, before SEIPDv2: Argon2 and
    OCB.
    """
    cipher = SymmetricAlgorithm.AES256
    length = symmetric.cipher(cipher).key_length
    if version == 4:
        specifier = s2k.iterated(random(s2k.SALT))
        # A key of its own for each packet, thanks to the salt, so the IV may be zeros (§5.3.1).
        context = symmetric.encryptor(SessionKey(cipher, specifier.derive(passphrase, length)))
        encrypted = context.update(bytes([session.cipher]) + session.key)
        return Skesk(4, cipher, 0, specifier, b"", encrypted).encode()
    mode = AeadAlgorithm.OCB
    specifier, nonce = s2k.argon2(random(s2k.ARGON2_SALT)), random(aead.mode(mode).nonce)
    wrapping = _wrapping(cipher, mode, specifier.derive(passphrase, length))
    encrypted = wrapping.encrypt(nonce, session.key, _info(cipher, mode))
    return Skesk(6, cipher, mode, specifier, nonce, encrypted).encode()

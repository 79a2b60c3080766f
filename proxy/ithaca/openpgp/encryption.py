"""Messages encrypted and signed while they go by, with memory that does not depend on their size.

RFC 9580 §10.3: session keys, then the encrypted data; in it one-pass signatures, the literal data, the signatures.

The law of this file: the session key is of our own making, serves one message, and is kept nowhere. Nothing is
compressed. Randomness is passed in.
"""

from collections.abc import Callable, Sequence

from ithaca.openpgp import packets, skesk
from ithaca.openpgp.aead import Seipd2Writer
from ithaca.openpgp.algorithms import KEY_LENGTH, SignatureType
from ithaca.openpgp.armor import COLUMNS, ArmorWriter
from ithaca.openpgp.engine import Engine, Recipient, SecretComponent, SessionKey
from ithaca.openpgp.packets import PartialWriter, Tag
from ithaca.openpgp.profile import OLD, Profile
from ithaca.openpgp.signer import MessageSigner
from ithaca.openpgp.symmetric import Seipd1Writer
from ithaca.verdict import Fingerprint

Random = Callable[[int], bytes]


class BinaryEncryptor:
    """Encrypts, and signs inside the encryption (RFC 3156 §6.2), into binary packets.

    `intended` are the primary fingerprints that every signature names (§5.2.3.36). Raises `UnsupportedAlgorithm` for
    a recipient that cannot be encrypted to.
    """

    def __init__(
        self,
        recipients: Sequence[Recipient],
        *,
        engine: Engine,
        random: Random,
        created: int,
        signers: Sequence[SecretComponent] = (),
        profile: Profile = OLD,
        intended: Sequence[Fingerprint] = (),
        passphrases: Sequence[bytes] = (),
        kind: SignatureType = SignatureType.BINARY,
    ) -> None:
        self.session = SessionKey(profile.cipher, random(KEY_LENGTH[profile.cipher]))
        """For who may have it (SOP's ``--session-key-out``)."""
        version = 3 if profile.version == 1 else 6
        keys = [
            packets.encode(Tag.PKESK, engine.encrypt(r.key, self.session, version=version, anonymous=r.anonymous))
            for r in recipients
        ]
        keys += (
            packets.encode(Tag.SKESK, skesk.encrypt(self.session, word, version=min(version + 1, 6), random=random))
            for word in passphrases
        )
        self._seipd = PartialWriter(Tag.SEIPD)
        self._body: Seipd1Writer | Seipd2Writer = (
            Seipd1Writer(self.session, random)
            if profile.mode is None
            else Seipd2Writer(self.session, profile.mode, random)
        )
        self._message = MessageSigner(
            signers, engine=engine, created=created, random=random, kind=kind, intended=intended
        )
        self._head = b"".join(keys)

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the plaintext; gives what is ready."""
        head, self._head = self._head, b""
        out = self._seipd.feed(self._body.feed(self._message.feed(octets)))
        return head + out if head else out

    def finish(self) -> bytes:
        """The rest."""
        last = self._body.feed(self._message.finish()) + self._body.finish()
        head, self._head = self._head, b""
        return head + self._seipd.feed(last) + self._seipd.finish()


class Encryptor:
    """The same, in armor; see `BinaryEncryptor`."""

    def __init__(self, binary: BinaryEncryptor, *, profile: Profile = OLD, line_end: bytes = b"\r\n") -> None:
        self._binary = binary
        self._armor = ArmorWriter("MESSAGE", crc=profile.has_checksum, line_end=line_end)

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the plaintext; gives armor."""
        return self._armor.feed(self._binary.feed(octets))

    def finish(self) -> bytes:
        """The rest of the armor."""
        return self._armor.feed(self._binary.finish()) + self._armor.finish()


def expansion(octets: int, keys: int) -> int:
    """Upper bound of the armored size of that many plaintext octets, encrypted to that many keys."""
    # RSA-16384 makes 2 KiB of a session key; partial lengths add an octet to 2^16, tags of chunks 16 to 2^18; armor 4
    # for 3, and a line end of two for each line.
    binary = octets + octets // 4096 + 8192 + keys * 2100
    base64 = (binary + 2) // 3 * 4
    return base64 + (base64 // COLUMNS + 1) * 2 + 256

"""Signatures of our own: what is to be hashed, and the finished packet body (RFC 9580 §5.2.3). Versions 4 and 6.

The law of this file: a key makes signatures of its own version alone (§5.2), and everything that counts stands in the
hashed area.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ithaca.errors import UnsupportedAlgorithm
from ithaca.openpgp.algorithms import SALT_SIZES, HashAlgorithm
from ithaca.openpgp.engine import Engine, SecretComponent
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.signature import HashObject, new_hash, trailer
from ithaca.openpgp.subpackets import Subpacket, SubpacketType
from ithaca.verdict import Fingerprint

_STRONGER = {
    "P-384": HashAlgorithm.SHA384,
    "brainpoolP384r1": HashAlgorithm.SHA384,
    "P-521": HashAlgorithm.SHA512,
    "brainpoolP512r1": HashAlgorithm.SHA512,
    "Ed448": HashAlgorithm.SHA512,
}


def hash_for(key: PublicKey) -> int:
    """The hash algorithm to sign with: at least as strong as the curve; SHA-256 where it is enough."""
    return _STRONGER.get(key.curve or "", HashAlgorithm.SHA256)


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A signature of ours that lacks only the arithmetic."""

    key: PublicKey
    type: int
    hash_algorithm: int
    hashed_octets: bytes
    salt: bytes
    """Empty for version 4."""

    def hasher(self) -> HashObject:
        """A fresh hash object, its salt fed: for the octets to be signed."""
        hasher = new_hash(self.hash_algorithm, self.salt)
        if hasher is None:
            raise UnsupportedAlgorithm(f"hash algorithm {self.hash_algorithm} is not supported")
        return hasher

    def complete(
        self, engine: Engine, secret: SecretComponent, hasher: HashObject, unhashed: Iterable[Subpacket] = ()
    ) -> bytes:
        """The body of the finished packet over what `hasher` was fed with; `unhashed`: what proves itself."""
        version = self.key.version
        whole = hasher.copy()
        whole.update(self.hashed_octets + trailer(version, len(self.hashed_octets)))
        digest = whole.digest()
        fields = engine.sign(secret, self.hash_algorithm, digest)
        area = b"".join(s.encode() for s in unhashed)
        if version == 6:
            salt = bytes([len(self.salt)]) + self.salt
            return self.hashed_octets + len(area).to_bytes(4, "big") + area + digest[:2] + salt + fields
        # The key ID is only a hint for old readers, so it may stand unhashed (§5.2.3.12); version 6 must not have it.
        area += Subpacket(SubpacketType.ISSUER_KEY_ID, bytes.fromhex(self.key.key_id)).encode()
        return self.hashed_octets + len(area).to_bytes(2, "big") + area + digest[:2] + fields


def build(
    kind: int,
    key: PublicKey,
    hash_algorithm: int,
    created: int,
    *,
    random: Callable[[int], bytes],
    subpackets: Iterable[Subpacket] = (),
    intended: Iterable[PublicKey | Fingerprint] = (),
) -> Unsigned:
    """A signature of type `kind` by `key`, made at `created` (seconds since 1970), for the `intended` certificates.

    `random` gives the salt of a version 6 signature. `subpackets` are hashed, behind time and issuer.
    """
    version = key.version
    # §5.2.3.11 and §5.2.3.35: the version octet of the issuer is that of the signature.
    parts = [Subpacket(SubpacketType.CREATED, created.to_bytes(4, "big"), critical=True)]
    parts.append(Subpacket(SubpacketType.ISSUER_FINGERPRINT, bytes([version]) + key.fingerprint_octets))
    parts += subpackets
    # §5.2.3.36: not critical, so that readers which do not know it still read.
    parts += (Subpacket(SubpacketType.INTENDED_RECIPIENT, _versioned(one)) for one in intended)
    area = b"".join(part.encode() for part in parts)
    head = bytes([version, kind, key.algorithm, hash_algorithm]) + len(area).to_bytes(4 if version == 6 else 2, "big")
    salt = random(SALT_SIZES[hash_algorithm]) if version == 6 else b""
    return Unsigned(key, kind, hash_algorithm, head + area, salt)


def _versioned(certificate: PublicKey | Fingerprint) -> bytes:
    """A fingerprint with its version octet in front: 64 digits are version 6 (§5.5.4)."""
    if isinstance(certificate, PublicKey):
        return bytes([certificate.version]) + certificate.fingerprint_octets
    return bytes([6 if len(certificate) == 64 else 4]) + bytes.fromhex(certificate)

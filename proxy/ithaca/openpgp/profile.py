"""What a set of certificates can all read (RFC 9580 §5.2.3.14, §5.2.3.15, §5.2.3.32).

The law of this file: what somebody did not announce is not sent to them; GnuPG's packet of type 20 to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ithaca.openpgp.algorithms import AeadAlgorithm, SymmetricAlgorithm
from ithaca.openpgp.certificate import Certificate

AES128, AES256 = SymmetricAlgorithm.AES128, SymmetricAlgorithm.AES256
OCB, GCM = AeadAlgorithm.OCB, AeadAlgorithm.GCM


@dataclass(frozen=True, slots=True)
class Profile:
    """How a message is encrypted."""

    version: int
    """Of the SEIPD packet: 1 or 2."""
    cipher: int
    mode: int | None = None
    """AEAD algorithm, of version 2."""

    @property
    def has_checksum(self) -> bool:
        """Whether its armor ends in a CRC: §6.1 forbids it with SEIPDv2, and GnuPG 2.2 wants it before."""
        return self.version == 1


SUITES = ((AES256, OCB), (AES256, GCM), (AES128, OCB))
"""In the order of our liking; the last is implied where version 2 is announced (§5.2.3.15)."""
OLD = Profile(1, AES256)
"""Where nobody's preferences are known: passphrases alone."""


def common(certificates: Sequence[Certificate], at: int) -> Profile:
    """What all of them can read at `at` (seconds since 1970), our own included."""
    if certificates and all(c.announces_seipd2(at) for c in certificates):
        return newer(certificates, at)
    return older(certificates, at)


def older(certificates: Sequence[Certificate], at: int) -> Profile:
    """SEIPDv1: AES-256 if everybody lists it, else AES-128, which everybody must have (§9.3)."""
    return Profile(1, AES256 if all(AES256 in c.ciphers(at) for c in certificates) else AES128)


def newer(certificates: Sequence[Certificate], at: int) -> Profile:
    """SEIPDv2, with the best suite that everybody lists."""
    listed = [{*c.aead_suites(at), (AES128, OCB)} for c in certificates]
    cipher, mode = next(suite for suite in SUITES if all(suite in one for one in listed) or suite == SUITES[-1])
    return Profile(2, cipher, mode)

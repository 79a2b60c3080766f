"""OpenPGP programs behind the same few operations: octets in, octets out.

The law of this file: a program works alone. Nothing of Ithaca's is imported in this folder, Ithaca is one more program.
What a program does not do well is `Failed`; what it has no way to be told is `Unsaid`; both in its own words.
"""

import enum
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from integration.openpgp_programs import Failed, Opened

__all__ = ["Failed", "Form", "Kind", "Opened", "Program", "Secret", "Unsaid", "run"]


class Unsaid(Exception):
    """A program has no command, option or call for this."""


class Kind(enum.Enum):
    """What a key is made of: the primary key, and the subkey to encrypt to that belongs to it."""

    ED25519 = "Ed25519"
    RSA3072 = "RSA-3072"
    P256 = "P-256"
    P384 = "P-384"
    BRAINPOOL256 = "brainpoolP256r1"
    V6_ED25519 = "v6 Ed25519"
    V6_ED448 = "v6 Ed448"

    @property
    def version(self) -> int:
        """Of the key's packets."""
        return 6 if self in {Kind.V6_ED25519, Kind.V6_ED448} else 4


class Form(enum.Enum):
    """Of a signature without encryption (RFC 9580 §10.3, §10.4, §7)."""

    INLINE = "inline"
    DETACHED = "detached"
    CLEARTEXT = "cleartext"


@dataclass(frozen=True, repr=False)
class Secret:
    """A transferable secret key, and the password that protects it, if one does."""

    octets: bytes
    password: bytes | None = None


class Program(Protocol):
    """One OpenPGP program. Every operation raises `Failed`, or `Unsaid`.

    `Opened.signers` are the fingerprints of primary keys in upper-case hexadecimal.
    """

    name: str
    kinds: frozenset[Kind]
    """The kinds of key that it can be asked to make."""
    compressions: tuple[str, ...]
    """The compression algorithms that it can be asked to write."""

    def version(self) -> str:
        """Its name and version, in one line."""

    def generate(self, kind: Kind, password: bytes | None = None) -> bytes:
        """A transferable secret key, protected if there is a password."""

    def certificate(self, secret: bytes) -> bytes:
        """The certificate of a transferable secret key, protected or not."""

    def encrypt(
        self,
        octets: bytes,
        to: Sequence[bytes] = (),
        *,
        by: Secret | None = None,
        password: bytes | None = None,
        hidden: bool = False,
        compression: str | None = None,
        aead: str | None = None,
        version: int = 4,
    ) -> bytes:
        """An armored message to certificates, or to a `password`.

        `version` 6: in a version 2 SEIPD packet; `aead`: with this mode, whatever the recipients prefer.
        """

    def decrypt(
        self,
        message: bytes,
        secret: Secret | None = None,
        *,
        signer: bytes | None = None,
        password: bytes | None = None,
    ) -> Opened:
        """Open a message with a key or a password, and verify it with the certificate of its signer."""

    def sign(self, octets: bytes, by: Secret, form: Form) -> bytes:
        """An armored signature, or a signed message."""

    def verify(self, signed: bytes, signer: bytes, document: bytes | None = None) -> Opened:
        """Verify a signed message, or a detached signature of `document`."""

    def close(self) -> None:
        """End what the program left running."""


def run(
    command: Sequence[str | Path], octets: bytes = b"", *, home: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """One call, with a home of its own: what the person at this machine has must not be read or changed."""
    own = {**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8", **(environment or {})}
    try:
        return subprocess.run(command, input=octets, capture_output=True, timeout=60, env=own, check=False)
    except subprocess.TimeoutExpired as expired:
        raise Failed(f"{Path(command[0]).name} did not end within {expired.timeout:.0f} s") from None

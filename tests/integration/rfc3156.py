"""A small reader and writer of RFC 3156 around GnuPG and Python's own email package: no line of Ithaca's.

The law of this file: it reads what the standard says, and nothing more kindly; what is not so is an `AssertionError`.
"""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from integration import openpgp_letters as frames
from integration.openpgp_programs import Gpg


@dataclass(frozen=True)
class Leaf:
    """One leaf with its transfer encoding taken off."""

    media: str
    name: str | None
    content: bytes


@dataclass(frozen=True)
class Letter:
    """One letter as its reader has it."""

    sealed: bool
    signers: tuple[str, ...]
    """Primary fingerprints of good signatures."""
    entity: bytes
    """The root of the cryptographic payload: what was signed, or what was sealed."""

    @property
    def root(self) -> EmailMessage:
        """The payload root, parsed."""
        return parsed(self.entity)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf, in order."""
        return tuple(_leaves(self.root))


def parsed(octets: bytes) -> EmailMessage:
    """By Python's own email package."""
    return email.message_from_bytes(octets, policy=email.policy.SMTP)  # type: ignore[return-value]  # noqa: TID251 (a foreign reader)


def leaves(octets: bytes) -> tuple[Leaf, ...]:
    """Of any message or entity."""
    return tuple(_leaves(parsed(octets)))


def _leaves(message: EmailMessage) -> Iterator[Leaf]:
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            yield Leaf(part.get_content_type(), part.get_filename(), content.replace(b"\r\n", b"\n"))


def read(octets: bytes, gpg: Gpg, signer: str) -> Letter:
    """Open and verify one letter with the keys that GnuPG has."""
    kind = parsed(octets).get_content_type()
    if kind == "multipart/signed":
        return _signed(octets, gpg, signer, sealed=False)
    assert kind == "multipart/encrypted"
    opened = gpg.decrypt(frames.encrypted_part(octets), signer)
    if parsed(opened.plaintext).get_content_type() == "multipart/signed":
        assert opened.signers == ()
        return _signed(opened.plaintext, gpg, signer, sealed=True)
    return Letter(True, opened.signers, opened.plaintext)


def _signed(octets: bytes, gpg: Gpg, signer: str, *, sealed: bool) -> Letter:
    entity, signature = frames.signed_part(octets)
    return Letter(sealed, gpg.verify(entity, signature, signer), entity)


# --- writing -----------------------------------------------------------------------------------------


def signed(entity: bytes, gpg: Gpg, by: str, sender: str, to: str) -> bytes:
    """§5."""
    made = gpg.sign(entity, by)
    return frames.signed(sender, to, entity, made.signature, made.micalg)


def combined(entity: bytes, gpg: Gpg, by: str, for_: str, sender: str, to: str) -> bytes:
    """§6.2: one OpenPGP message, signed and encrypted."""
    return frames.encrypted(sender, to, gpg.encrypt(entity, [for_], by=by))


def encapsulated(entity: bytes, gpg: Gpg, by: str, for_: str, sender: str, to: str) -> bytes:
    """§6.1: a multipart/signed inside the encryption."""
    inner = signed(entity, gpg, by, sender, to)
    return frames.encrypted(sender, to, gpg.encrypt(inner[inner.index(b"Content-Type") :], [for_]))


def encrypted(entity: bytes, gpg: Gpg, for_: str, sender: str, to: str) -> bytes:
    """§4."""
    return frames.encrypted(sender, to, gpg.encrypt(entity, [for_]))

"""The body of a multipart/encrypted (RFC 3156 §4)."""

from ithaca.mime import pgpmime
from ithaca.openpgp.encryption import Encryptor


class Encrypting:
    """Feed it the entity, from its header section on; it gives the rest of the outer header section and the body."""

    def __init__(self, encryptor: Encryptor, boundary: bytes) -> None:
        self._encryptor = encryptor
        self._boundary = boundary
        self._head = pgpmime.encrypted_head(boundary)

    def feed(self, octets: bytes) -> bytes:
        """The next octets of the payload, as armor."""
        head, self._head = self._head, b""
        return head + self._encryptor.feed(octets)

    def finish(self) -> bytes:
        """The end of the armor and of the frame."""
        head, self._head = self._head, b""
        return head + self._encryptor.finish() + pgpmime.encrypted_tail(self._boundary)

"""One-pass signature packets: what a signature behind the text will be, said in front of it (RFC 9580 §5.4).

The law of this file: an announcement is a hint for hashing; where the signature is not what was announced, it is
refused.
"""

from dataclasses import dataclass

from ithaca.errors import MalformedPacket
from ithaca.openpgp.algorithms import SALT_SIZES
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.signing import Unsigned


@dataclass(frozen=True, slots=True)
class OnePass:
    """One announcement."""

    version: int
    """3, or 6 for version 6 signatures."""
    type: int
    hash_algorithm: int
    algorithm: int
    salt: bytes
    issuer: str
    """Key ID (version 3) or fingerprint (version 6), upper-case hexadecimal."""

    def announces(self, signature: Signature) -> bool:
        """Is that the signature? Every field must agree (§10.3.2.2)."""
        if self.version != (6 if signature.version == 6 else 3):
            return False
        ours = (self.type, self.hash_algorithm, self.algorithm, self.salt)
        if ours != (signature.type, signature.hash_algorithm, signature.algorithm, signature.salt):
            return False
        names = signature.issuers
        return not names or any(self.issuer in (name, name[-16:]) for name in names)


def parse(body: bytes) -> OnePass:
    """From the body of a one-pass signature packet. Raises `MalformedPacket`."""
    version = body[0] if body else 0
    if version == 3 and len(body) == 13:
        return OnePass(3, body[1], body[2], body[3], b"", body[4:12].hex().upper())
    if version == 6 and len(body) > 5:
        end = 5 + body[4]
        if body[4] == SALT_SIZES.get(body[2]) and len(body) == end + 33:
            return OnePass(6, body[1], body[2], body[3], body[5:end], body[end : end + 32].hex().upper())
    raise MalformedPacket("a one-pass signature packet of a form that is not known", 0)


def encode(unsigned: Unsigned, *, last: bool) -> bytes:
    """The body of the packet that announces a signature of ours; `last`: no other follows before the text."""
    key = unsigned.key
    kind = bytes([unsigned.type, unsigned.hash_algorithm, key.algorithm])
    flag = bytes([last])
    if key.version == 6:
        return b"\x06" + kind + bytes([len(unsigned.salt)]) + unsigned.salt + key.fingerprint_octets + flag
    return b"\x03" + kind + bytes.fromhex(key.key_id) + flag

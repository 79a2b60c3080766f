"""Public-key arithmetic over `cryptography`: on the material of one key and the fields of one signature or PKESK.

The law of this room: octets in, octets out; no packet, no certificate and no judgement. Which key may be used for what
is decided elsewhere (`algorithms`, `certificate`). Secret-dependent timing is the library's, but for `elgamal`, which
says so.
"""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from ithaca.errors import UnsupportedAlgorithm
from ithaca.openpgp.arithmetic import dsa, ecdh, edwards, elgamal, montgomery, rsa, session_block, weierstrass
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.public_key import PublicKey

VERIFY: dict[int, Callable[[PublicKey, Prehashed, bytes, bytes], None]] = {
    1: rsa.verify,
    3: rsa.verify,
    17: dsa.verify,
    19: weierstrass.verify,
    22: edwards.verify,
    27: edwards.verify,
    28: edwards.verify,
}
"""By public-key algorithm (RFC 9580 §9.1)."""
SIGN: dict[int, Callable[[Any, Prehashed, bytes], bytes]] = {
    1: rsa.sign,
    3: rsa.sign,
    19: weierstrass.sign,
    22: edwards.sign_legacy,
    27: edwards.sign,
    28: edwards.sign,
}
"""DSA is missing: §9.1 forbids making such signatures' keys, and old ones may only be verified."""
SIGNATURE_INTEGERS = {1: 1, 3: 1, 17: 2, 19: 2}
"""How many integers the fields of a signature begin with (§5.2.3)."""
SESSION_KEY_INTEGERS = {1: 1, 2: 1, 16: 2, 18: 1}
"""Those of a PKESK (§5.1)."""
SECRET_INTEGERS = {1: 4, 2: 4, 3: 4, 16: 1, 17: 1, 18: 1, 19: 1}
"""Secret material (§5.5.5)."""
PRIVATE: dict[int, Callable[[PublicKey, bytes], Any]] = {
    1: rsa.private,
    2: rsa.private,
    3: rsa.private,
    16: elgamal.private,
    17: dsa.private,
    18: ecdh.private,
    19: weierstrass.private,
    22: edwards.private,
    25: montgomery.private,
    26: montgomery.private,
    27: edwards.private,
    28: edwards.private,
}
"""From secret material, which must belong to the public half (Bruseghini, Huigens and Paterson, CCS 2022)."""
SECRET: dict[int, Callable[[Any], bytes]] = {
    1: rsa.secret,
    18: ecdh.secret,
    19: weierstrass.secret,
    22: edwards.secret_legacy,
    25: edwards.secret,
    26: edwards.secret,
    27: edwards.secret,
    28: edwards.secret,
}
"""Secret material of a private key that was generated (§5.5.5)."""


def encrypt(key: PublicKey, session: SessionKey, version: int) -> bytes:
    """The algorithm-specific fields of a PKESK of `version` 3 or 6 (§5.1). Raises `OpenPGPError`, ValueError."""
    if version not in (3, 6) or session_block.named(session.cipher, session.key, version) is None:
        raise UnsupportedAlgorithm("a session key that fits neither its cipher nor the packet")
    if key.algorithm in (25, 26):
        return montgomery.wrap(key, session, version)
    block = session_block.encode(session, version)
    if key.algorithm == 18:
        return ecdh.wrap(key, block)
    if key.algorithm in (1, 2):
        return rsa.encrypt(key, block)
    raise UnsupportedAlgorithm(f"nothing is encrypted to a key of algorithm {key.algorithm}")


def decrypt(key: PublicKey, private: Any, fields: bytes, version: int) -> SessionKey | None:
    """The session key in the fields of a PKESK; None, or whatever the library raises, where there is none."""
    if key.algorithm in (25, 26):
        return montgomery.unwrap(key, private, fields, version)
    block = _BLOCKS[key.algorithm](key, private, fields)
    return None if block is None else session_block.decode(block, version)


_BLOCKS: dict[int, Callable[[PublicKey, Any, bytes], bytes | None]] = {
    1: lambda _key, private, fields: rsa.decrypt(private, fields),
    2: lambda _key, private, fields: rsa.decrypt(private, fields),
    16: lambda _key, private, fields: elgamal.decrypt(private, fields),
    18: ecdh.unwrap,
}

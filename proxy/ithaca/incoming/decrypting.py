"""One encrypted layer opened, whatever shape it came in.

The law of this file: a failure is a finding, and the layer stays closed.
"""

from ithaca.errors import DecryptionError, LimitExceeded, OpenPGPError, UnsupportedAlgorithm
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.keys import Keys
from ithaca.openpgp import decryption
from ithaca.openpgp.decryption import Decrypted
from ithaca.openpgp.engine import Engine
from ithaca.verdict import Decryption, Layer
from ithaca.work import Job

_FAILURES: tuple[tuple[type[OpenPGPError], str], ...] = (
    (LimitExceeded, "past-limit"),
    (UnsupportedAlgorithm, "unsupported"),
    (DecryptionError, "not-decrypted"),
    (OpenPGPError, "malformed-openpgp"),
)


def decrypt(
    envelope: Envelope, data: bytes | memoryview, keys: Keys, engine: Engine, now: int
) -> Job[Decrypted | None]:
    """Open encrypted data, armored or binary; None: they stay closed, and the envelope says why."""
    envelope.is_sealed = True
    try:
        decrypted = yield from decryption.decrypt(
            data, keys.secrets, engine=engine, lookup=keys.lookup, now=now, own=keys.own
        )
    except OpenPGPError as error:
        envelope.find(next(name for kind, name in _FAILURES if isinstance(error, kind)), str(error))
        return None
    envelope.note("encryption", f"opened with our key; cipher {decrypted.cipher}")
    if decrypted.is_outdated:
        envelope.find("old-cipher", f"{decrypted.cipher} is outdated; the sender's program should not use it any more")
    envelope.digests.append(decrypted.digest)
    return decrypted


def layer(envelope: Envelope, data: bytes | memoryview, keys: Keys, engine: Engine, now: int) -> Job[bytes | None]:
    """Open the next layer of the envelope; gives its plaintext, None where it stays closed."""
    decrypted = yield from decrypt(envelope, data, keys, engine, now)
    if decrypted is None:
        envelope.close()
        return None
    if envelope.signatures:
        # Davis, USENIX ATC 2001: a signature over ciphertext says nothing about who wrote the letter.
        envelope.find("signature-over-ciphertext", "the signature outside the encryption is not counted")
        envelope.signatures.clear()
    envelope.layers.append(Layer.ENCRYPTED)
    envelope.decryption = Decryption.FULL
    if decrypted.signatures:
        envelope.add(decrypted.signatures)
    return decrypted.plaintext

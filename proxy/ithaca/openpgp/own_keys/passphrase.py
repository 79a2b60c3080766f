"""The passphrase of a key: changed, and given to a key that had none.

The law of this file: a part leaves only when it was opened again with its new passphrase (`Engine.lock`). What does
not open keeps the passphrase that it has, and is named.
"""

from collections.abc import Callable

from ithaca.errors import KeyringError, OpenPGPError, PassphraseError
from ithaca.openpgp import secret_key
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder
from ithaca.openpgp.secret_key import Protection
from ithaca.verdict import Fingerprint


def change(holder: Keyholder, new: bytes | None) -> tuple[Change, tuple[Fingerprint, ...]]:
    """(the change, fingerprints of parts that stay as they are): every part that is unlocked gets the passphrase `new`.

    None: no passphrase at all, for files that other programs read; a keyring takes no such key.
    """
    locked = tuple(holder.engine.lock(component, new, random=holder.random) for component in holder.secret.components)
    return Change(holder.now, secrets=locked), tuple(fingerprint for fingerprint, _ in holder.secret.locked)


def protect(octets: bytes, passphrase: bytes, engine: Engine, random: Callable[[int], bytes]) -> bytes:
    """A transferable secret key whose unprotected parts have this passphrase; the others keep theirs.

    Subkeys that nothing here can read are left out, since nobody can say whether they are protected. Raises
    `PassphraseError` where it is not the one of the other parts, too: one person types one passphrase.
    """
    key = secret_key.split(octets)
    if not any(_opens(part, passphrase, engine) for part in key.parts) and _has(key, Protection.PASSPHRASE):
        raise PassphraseError(
            f"Some parts of the key {key.fingerprint} have a passphrase already, and this is not it: "
            "give the same one, so that one passphrase opens the whole key."
        )
    secrets = []
    for part in key.parts:
        if part.protection is Protection.NONE:
            component = secret_key.unlock_part(part, None, engine)
            secrets.append(engine.lock(component, passphrase, random=random))
        else:
            secrets.append(part.packet)
    joined = secret_key.join(key.public_octets, secrets)
    if not secret_key.split(joined).is_protected:
        raise KeyringError(f"The key {key.fingerprint} could not be protected.")
    return joined


def _has(key: secret_key.TransferableSecretKey, protection: Protection) -> bool:
    return any(part.protection is protection for part in key.parts)


def _opens(part: secret_key.SecretPart, passphrase: bytes, engine: Engine) -> bool:
    if part.protection is not Protection.PASSPHRASE:
        return False
    try:
        secret_key.unlock_part(part, passphrase, engine)
    except (OpenPGPError, PassphraseError):
        return False
    return True

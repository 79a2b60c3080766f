"""Own keys on disk: a new one kept with its revocation certificate, an old one changed.

The law of this file: a change is computed from what is on the disk while the lock of all writers is held, and lands in
`keys` before it lands in `certs`: nobody is ever told to encrypt to a subkey whose secret half is not safe. The
revocation certificate is on the disk before its key.
"""

from collections.abc import Callable

from ithaca import files
from ithaca.errors import KeyringError, OpenPGPError, PermanentError
from ithaca.files import FileError
from ithaca.keyring import layout
from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor, transferable
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys import keyholder
from ithaca.openpgp.own_keys.generation import Generated
from ithaca.openpgp.own_keys.keyholder import Change
from ithaca.openpgp.secret_key import TransferableSecretKey
from ithaca.verdict import Fingerprint

_ABOVE = """\
Revocation certificate of the OpenPGP key

    {fingerprint}

Whoever publishes it declares, for ever and for the past too, that this key must
not be used. It is for the day on which the secret key or its passphrase is lost
or stolen. Keep a copy where nobody else finds it, apart from the secret key.

To use it where the keyring is, with or without the secret key in it:

    ithaca key revoke --keyring NAME --prepared {fingerprint}

and from a copy of this file:

    ithaca key revoke --keyring NAME --certificate FILE {fingerprint}

Any OpenPGP program can import this file instead. Then publish the certificate.

"""


def keep(keyring: Keyring, made: Generated) -> TransferableSecretKey:
    """Keep a new key. Raises `KeyringError`, `FileError`."""
    keep_revocation(keyring, made.fingerprint, made.revocation)
    try:
        return keyring.import_secret(made.octets)
    except PermanentError as error:
        key = keyring.key_on_disk(made.fingerprint)
        if key is None:
            raise
        raise KeyringError(_half_done(keyring, made.fingerprint, error)) from error


def change(
    keyring: Keyring, fingerprint: Fingerprint, how: Callable[[TransferableSecretKey, Certificate], Change]
) -> tuple[Certificate, Change]:
    """(the certificate afterwards, what was changed). `how` is asked with the key as it is on the disk.

    Raises `KeyringError`, `OpenPGPError`, `FileError`, and whatever `how` raises; nothing was written then, unless the
    sentence says so.
    """
    with keyring.writing():
        key = keyring.key_on_disk(fingerprint)
        if key is None:
            raise KeyringError(f"The keyring {keyring.path} has no secret key {fingerprint}.")
        public = _public(keyring, key)
        changed = how(key, Certificate.parse(public, keyring.engine))
        secret, certificate = keyholder.applied(changed, key, public)
        # What no reader would take (`self_signatures.MOST_VERIFIED`) must not take the place of what they did.
        Certificate.parse(certificate, keyring.engine)
        keyring.write_key(fingerprint, secret)
        try:
            result, _ = keyring.merge_certificate(certificate)
        except PermanentError as error:
            raise KeyringError(_half_done(keyring, fingerprint, error)) from error
    return result, changed


def _half_done(keyring: Keyring, fingerprint: Fingerprint, error: Exception) -> str:
    """Whoever reads that something failed would do it again."""
    return (
        f"{error} But the key {fingerprint} is written, and the keyring {keyring.path} serves with it: "
        "only its copy for other programs is not up to date, which the next change of the key mends."
    )


def change_published(
    keyring: Keyring, fingerprint: Fingerprint, how: Callable[[Certificate], Change]
) -> tuple[Certificate, Change]:
    """The same for a key of which only the certificate is there, because its file was lost or damaged.

    Raises `KeyringError`, `OpenPGPError`, `FileError`, and whatever `how` raises; nothing was written then.
    """
    with keyring.writing():
        octets = keyring.certificate_on_disk(fingerprint)
        if octets is None:
            raise KeyringError(f"The keyring {keyring.path} has no certificate {fingerprint}.")
        changed = how(Certificate.parse(octets, keyring.engine))
        result, _ = keyring.merge_certificate(transferable.merge(octets, changed.certificate))
    return result, changed


def _public(keyring: Keyring, key: TransferableSecretKey) -> bytes:
    """All that is known of the public half: `certs` may have more than `keys`, certifications by others above all."""
    published = keyring.certificate_on_disk(key.fingerprint)
    if published is None:
        return key.public_octets
    try:
        return transferable.merge(published, key.public_octets)
    except OpenPGPError as error:
        path = layout.certificate_file(keyring.path, key.fingerprint)
        raise KeyringError(f"{path} is damaged and must be moved away first: {error}.") from error


def keep_revocation(keyring: Keyring, fingerprint: Fingerprint, octets: bytes) -> None:
    """Keep a revocation certificate (binary), armored, with words above it. Raises `KeyringError`."""
    # RFC 9580 §6.1: no checksum with objects of version 6.
    armored = armor.armor("PUBLIC KEY BLOCK", octets, crc=len(fingerprint) == 40).replace(b"\r\n", b"\n")
    path = layout.revocation_file(keyring.path, fingerprint)
    try:
        files.make_private_folder(path.parent)
        files.write_atomically(path, _ABOVE.format(fingerprint=fingerprint).encode() + armored)
    except FileError as error:
        raise KeyringError(str(error)) from error


def revocation(keyring: Keyring, fingerprint: Fingerprint) -> bytes | None:
    """The revocation certificate as its file has it, text and armor; None: there is none. Raises `KeyringError`."""
    path = layout.revocation_file(keyring.path, fingerprint)
    try:
        return files.read_private(path)
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise KeyringError(str(error)) from error

"""``ithaca-sop extract-cert``, ``change-key-password`` and ``revoke-key``: secret keys in, something made of them out.

The law of this file: of several keys all are done, or none.
"""

import time
from collections.abc import Sequence

import click

from ithaca.cli.sop import designators, materials, options, standard_streams
from ithaca.cli.sop import passwords as password_rules
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.errors import KeyringError
from ithaca.openpgp import secret_key
from ithaca.openpgp.algorithms import RevocationReason
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys import keyholder, revocation
from ithaca.openpgp.own_keys.keyholder import Keyholder
from ithaca.openpgp.secret_key import Protection, SecretKey, SecretPart, TransferableSecretKey

INPUT = "standard input"


def _keys() -> list[TransferableSecretKey]:
    return materials.keys_in(standard_streams.read_all(designators.MOST_OCTETS), INPUT)


def _write(kind: str, keys: Sequence[TransferableSecretKey], octets: Sequence[bytes], armored: bool) -> None:
    versions = [key.version for key in keys]
    standard_streams.write(materials.written(kind, b"".join(octets), armored=armored, versions=versions))


@click.command("extract-cert")
@options.no_armor
def extract_cert(armored: bool) -> None:
    """Print the certificate of each secret key on standard input: what others may have."""
    keys = _keys()
    _write(materials.PUBLIC, keys, [key.public_octets for key in keys], armored)


@click.command("change-key-password")
@options.no_armor
@click.option(
    "--old-key-password",
    "old",
    metavar="PASSWORD",
    multiple=True,
    help="Holds a password that may open a key (repeatable).",
)
@click.option(
    "--new-key-password", "new", metavar="PASSWORD", help="Holds the new password; without it, keys are not protected."
)
def change_key_password(armored: bool, old: tuple[str, ...], new: str | None) -> None:
    """Protect every secret key on standard input with another password, or with none."""
    password = None if new is None else password_rules.new(designators.read(new), new)
    tried = password_rules.variants(map(designators.read, old))
    keys = _keys()
    _write(materials.PRIVATE, keys, [_with_password(key, tried, password) for key in keys], armored)


def _with_password(key: TransferableSecretKey, old: Sequence[bytes], new: bytes | None) -> bytes:
    if key.unknown:
        # It would keep its password, and nobody would know.
        sentence = f"{INPUT}: the key {key.fingerprint} has a subkey of an algorithm that is not supported."
        raise Failure(ExitCode.UNSUPPORTED_ASYMMETRIC_ALGO, sentence)
    return secret_key.join(key.public_octets, [_relocked(part, old, new) for part in key.parts])


def _relocked(part: SecretPart, old: Sequence[bytes], new: bytes | None) -> bytes:
    if part.protection is Protection.ABSENT:
        return part.packet
    component = materials.unlocked(part, old, INPUT)
    if component is None:
        raise materials.protected(INPUT, part.public.fingerprint, old, "--old-key-password")
    return materials.ENGINE.lock(component, new, random=materials.random)


@click.command("revoke-key")
@options.no_armor
@options.with_key_password
def revoke_key(armored: bool, key_passwords: tuple[str, ...]) -> None:
    """Print the certificate of each secret key on standard input, revoked: for ever, and for the past too."""
    tried = password_rules.variants(map(designators.read, key_passwords))
    keys = _keys()
    _write(materials.PUBLIC, keys, [_revoked(key, tried) for key in keys], armored)


def _revoked(key: TransferableSecretKey, tried: Sequence[bytes]) -> bytes:
    primary = key.parts[0]
    component = materials.unlocked(primary, tried, INPUT) if primary.protection is not Protection.ABSENT else None
    if component is None and primary.protection is Protection.PASSPHRASE:
        raise materials.protected(INPUT, key.fingerprint, tried)
    certificate = Certificate.parse(key.public_octets, materials.ENGINE)
    holder = Keyholder(
        SecretKey(certificate, () if component is None else (component,)),
        materials.ENGINE,
        materials.random,
        int(time.time()),
    )
    try:
        change = revocation.revoke_key(holder, RevocationReason.NONE)
    except KeyringError as error:
        raise Failure(ExitCode.KEY_CANNOT_SIGN, str(error)) from error
    return keyholder.applied(change, key, key.public_octets)[1]

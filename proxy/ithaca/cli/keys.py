"""``ithaca key``: our own keys."""

import datetime
import time
from pathlib import Path

import click

from ithaca.address import addr_spec
from ithaca.cli import options
from ithaca.cli.certificates import describe, find
from ithaca.config import keyring_path
from ithaca.errors import KeyringError, PassphraseError
from ithaca.keyring.secret import FromFile
from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.pgpy_engine import PgpyEngine

SHORTEST = 8
"""Characters of a passphrase that is typed; more is better, and a file may hold what it likes."""


@click.group()
def keys() -> None:
    """Your own keys."""


@keys.command()
@click.option("--keyring", required=True, help="Name of a keyring, or the path of its folder.")
@click.option("--address", required=True, help="The mail address that the key is for.")
@click.option("--name", default="", help="Your name, as others will see it.")
@click.option("--passphrase-file", type=options.EXISTING_FILE, help="Holds the passphrase; asked for, unless given.")
@click.option("--another", is_flag=True, help="Beside a key that the keyring has already.")
def generate(keyring: str, address: str, name: str, passphrase_file: Path | None, another: bool) -> None:
    """Make a key; the keyring is made if it is missing."""
    mailbox = addr_spec(address)
    if mailbox is None:
        raise KeyringError(f"'{address}' is no mail address.")
    if any(c in name for c in "<>()\n\r\0") or not name.isprintable():
        raise KeyringError("The name must not hold brackets or control characters.")
    engine = PgpyEngine()
    if not another:
        _require_no_key(keyring)
    passphrase = FromFile(passphrase_file).read() if passphrase_file else _new_passphrase()
    place = Keyring.create(keyring_path(keyring), engine)
    user_id = f"{name} <{address}>" if name else f"<{address}>"
    # A second back, so that the key is valid at once by clocks that run behind.
    created = datetime.datetime.fromtimestamp(int(time.time()) - 1, datetime.UTC)
    key = place.import_secret(engine.generate(user_id, passphrase, created))
    click.echo(f"Key {key.fingerprint} for {address} is in {place.path}.")
    click.echo(f"Give others your public key: ithaca cert export --keyring {keyring} {address}")
    backup = f"ithaca key export --keyring {keyring} --secret -o {address}-secret.asc {address}"
    click.echo(f"Keep a copy of the secret key and its passphrase in a safe place: {backup}")


def _require_no_key(keyring: str) -> None:
    """With two keys in a keyring all its mail stops until the configuration names one."""
    place = keyring_path(keyring)
    present = Keyring(place, PgpyEngine()).secret_fingerprints() if place.is_dir() else ()
    if present:
        raise KeyringError(
            f"The keyring {place} has a key already ({present[0]}). To make another beside it add --another, "
            "and name the one to use with 'key' in the configuration."
        )


def _new_passphrase() -> bytes:
    passphrase: str = click.prompt("Passphrase for the new key", hide_input=True, confirmation_prompt=True)
    if len(passphrase) < SHORTEST:
        raise PassphraseError(f"The passphrase is too short: use at least {SHORTEST} characters.")
    return passphrase.encode()


@keys.command("list")
@options.keyring_name
def list_keys(keyring: str) -> None:
    """List the secret keys of a keyring."""
    place = options.open_keyring(keyring)
    for fingerprint in place.secret_fingerprints():
        click.echo(describe(place.own_certificate(fingerprint), int(time.time())))


@keys.command()
@options.keyring_name
@click.argument("which")
def show(keyring: str, which: str) -> None:
    """Show one secret key, by fingerprint, key ID or address."""
    place = options.open_keyring(keyring)
    click.echo(describe(_own(place, which), int(time.time()), fully=True))


@keys.command("import")
@click.option("--keyring", required=True, help="Name of a keyring, or the path of its folder.")
@click.argument("file", type=options.EXISTING_FILE)
def import_key(keyring: str, file: Path) -> None:
    """Import a secret key (armored or binary) that is protected by a passphrase."""
    place = Keyring.create(keyring_path(keyring), PgpyEngine())
    binary = armor.binary(file.read_bytes(), frozenset({"PRIVATE KEY BLOCK"}))
    key = place.import_secret(binary)
    click.echo(f"Key {key.fingerprint} is in {place.path}.")


@keys.command()
@options.keyring_name
@click.option("--secret", is_flag=True, help="The secret key, still protected by its passphrase.")
@options.out
@click.argument("which")
def export(keyring: str, secret: bool, out: Path | None, which: str) -> None:
    """Export your public key, or with --secret the secret key for a backup."""
    place = options.open_keyring(keyring)
    certificate = _own(place, which)
    if secret:
        octets = armor.armor("PRIVATE KEY BLOCK", place.secret_octets(certificate.fingerprint))
    else:
        octets = armor.armor("PUBLIC KEY BLOCK", certificate.octets)
    options.give(octets, out)


def _own(place: Keyring, which: str) -> Certificate:
    return find([place.own_certificate(f) for f in place.secret_fingerprints()], which, place)

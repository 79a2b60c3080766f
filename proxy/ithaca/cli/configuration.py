"""``ithaca config``: check the file, and its schema for editors."""

import json
import time
from pathlib import Path

import click

from ithaca import config, service
from ithaca.cli import options
from ithaca.errors import KeyringError
from ithaca.keyring.secret import FromCredential, FromTerminal
from ithaca.openpgp.pgpy_engine import PgpyEngine


@click.group()
def configuration() -> None:
    """The configuration file."""


@configuration.command()
@options.configuration
def check(config_file: Path | None) -> None:
    """Say what a file means in plain words, and try every key."""
    path = config_file or config.default_path()
    settings = config.load(path)
    click.echo(f"{path} is well-formed.")
    click.echo(config.describe(settings))
    for identity in service.access_of(settings, PgpyEngine()).identities:
        if isinstance(identity.source, (FromTerminal, FromCredential)):
            click.echo(f"Key of {identity.address}: its passphrase comes when the service starts.")
            continue
        try:
            key = identity.secret(int(time.time()))
        except KeyringError as error:
            raise KeyringError(f"Key of {identity.address}: {error}") from error
        click.echo(f"Key of {identity.address}: {key.fingerprint} opens with its passphrase.")
        if identity.address not in key.certificate.claimed_addresses():
            click.echo("  It does not carry this address: those who get your letters will see a mismatch.")


@configuration.command()
def schema() -> None:
    """Print the JSON schema of the file, for editors."""
    click.echo(json.dumps(config.schema(), indent=2))

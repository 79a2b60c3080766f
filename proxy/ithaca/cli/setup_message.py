"""``ithaca key setup-message``: one's own key on its way to another mail program, and the way back (Autocrypt Level 1).

The law of this file: the Setup Code is shown to whoever makes the message and stands nowhere else.
"""

import datetime
import os
import time
from pathlib import Path

import click

from ithaca import config
from ithaca.address import AddrSpec, addr_spec, user_id_address
from ithaca.cli import options
from ithaca.cli.key_changes import own_certificate
from ithaca.errors import DecryptionError, KeyringError, MalformedMessage, OpenPGPError
from ithaca.keyring import setup_message as sealed
from ithaca.keyring.setup_message import Carried
from ithaca.mime import setup_message as letters
from ithaca.openpgp import secret_key
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.pgpy_engine import PgpyEngine

setup_code_file = click.option(
    "--setup-code-file",
    type=options.EXISTING_FILE,
    help="Holds the Setup Code of an Autocrypt Setup Message; asked for, unless given.",
)


@click.command("setup-message", short_help="Carry your key to another mail program (Autocrypt).")
@options.keyring_name
@click.option("--address", help="Yours, to which the message goes; default: the first of the key.")
@click.option(
    "--mutual/--no-mutual",
    default=None,
    help="Tell the other program that you prefer encryption; default: what the configuration says (prefer_encrypt).",
)
@options.configuration
@options.passphrase_file
@options.out
@click.argument("which", required=False)
def setup_message(
    *,
    keyring: str,
    address: str | None,
    mutual: bool | None,
    config_file: Path | None,
    passphrase_file: Path | None,
    out: Path | None,
    which: str | None,
) -> None:
    """Make an Autocrypt Setup Message, which carries your key to another mail program.

    It is a whole message from you to yourself: open the file in the other program, or send it by one that does not send
    through Ithaca, which would seal it once more. The Setup Code that opens it is shown once: write it down.
    """
    prefers = _prefers_encryption(config_file) if mutual is None else mutual
    place = options.open_keyring(keyring)
    certificate = own_certificate(place, which)
    to = _address(certificate, address)
    given = options.passphrase(passphrase_file, f"the key {certificate.fingerprint}")
    engine, now = PgpyEngine(), int(time.time())
    key = secret_key.split(place.secret_octets(certificate.fingerprint))
    secret = secret_key.unlock(key.octets, given, engine, certificate=certificate)
    parts = (engine.lock(component, None, random=os.urandom) for component in secret.components)
    code = sealed.new_code(os.urandom)
    armored = sealed.seal(
        secret_key.join(certificate.octets, parts),
        code,
        version=key.version,
        mutual=prefers,
        engine=engine,
        now=now,
        random=os.urandom,
    )
    at = datetime.datetime.fromtimestamp(now, datetime.UTC)
    letter = letters.make(to, armored, code[:2], now=at, token=os.urandom(16).hex())
    options.give_text(letter.replace(b"\r\n", b"\n"), out)
    for fingerprint, _ in secret.locked:
        click.echo(f"Not in it: {fingerprint}, which this passphrase does not open.", err=True)
    click.echo(f"The Setup Code, which the other program will ask for: {code}", err=True)
    click.echo("Whoever has both has your key: never send the code along with the message.", err=True)


def _prefers_encryption(config_file: Path | None) -> bool:
    """What our Autocrypt fields say, so that both programs say the same. Raises `ConfigError`."""
    path = config_file or config.default_path()
    if config_file is None and not path.exists():
        return False
    return config.load(path).sealing.prefer_encrypt


def _address(certificate: Certificate, wanted: str | None) -> AddrSpec:
    own = [a for c in certificate.user_ids if (a := user_id_address(c.user_id or "")) is not None]
    if wanted is None and own:
        return own[0]
    found = addr_spec(wanted or "")
    if found is None or found not in own:
        raise KeyringError(f"The key {certificate.fingerprint} is not one of the address '{wanted or ''}'.")
    return found


def is_setup_message(octets: bytes) -> bool:
    """Does a file hold such a message, instead of a key?"""
    return letters.is_one(octets)


def opened(file: Path, octets: bytes, code_file: Path | None) -> Carried:
    """The key that the message in a file carries; asks for its code. Raises `KeyringError`, `PassphraseError`."""
    try:
        armored = letters.take(octets)
        begin = sealed.begins(armored)
        code = sealed.code_of(options.passphrase(code_file, _whose(begin)))
        return sealed.open_(armored, code, engine=PgpyEngine(), now=int(time.time()))
    except DecryptionError as error:
        raise KeyringError(f"{file}: that is not its Setup Code, or the message was altered.") from error
    except (MalformedMessage, OpenPGPError) as error:
        raise KeyringError(options.sentence(f"{file}: {error}")) from error


def _whose(begin: str | None) -> str:
    return "the message, its Setup Code" + (f" (it begins with {begin})" if begin else "")

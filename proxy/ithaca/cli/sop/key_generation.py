"""``ithaca-sop generate-key``."""

import time

import click

from ithaca.cli.sop import designators, materials, options, passwords, profiles, standard_streams
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.errors import KeyringError
from ithaca.openpgp.own_keys import generation
from ithaca.openpgp.own_keys import profiles as kinds


@click.command("generate-key")
@options.no_armor
@options.profile("generate-key")
@click.option("--signing-only", is_flag=True, help="A key that nobody can encrypt to.")
@click.option("--with-key-password", "key_password", metavar="PASSWORD", help="Holds the password that protects it.")
@click.argument("user_ids", nargs=-1, metavar="[USERID]…")
def generate_key(
    armored: bool, profile: str, signing_only: bool, key_password: str | None, user_ids: tuple[str, ...]
) -> None:
    """Make a secret key for the USERIDs, such as 'Alice <alice@example.org>'. It expires after three years."""
    chosen = profiles.find("generate-key", profile)
    password = None
    if key_password is not None:
        octets = designators.read(key_password, standard_input_is_free=True)
        password = passwords.new(octets, key_password)
    for user_id in user_ids:
        _require_text(user_id)

    kind = kinds.PROFILES[chosen.value]
    try:
        made = generation.generate(
            kind,
            user_ids,
            password,
            # A second back, so that the key is valid at once by clocks that run behind.
            created=int(time.time()) - 1,
            engine=materials.ENGINE,
            random=materials.random,
            signing_only=signing_only,
        )
    except KeyringError as error:
        raise Failure(ExitCode.BAD_DATA, str(error)) from error
    octets = materials.written(materials.PRIVATE, made.octets, armored=armored, versions=[kind.version])
    standard_streams.write(octets)


def _require_text(user_id: str) -> None:
    try:
        user_id.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Failure(ExitCode.EXPECTED_TEXT, "A USERID is not UTF-8 text.") from error

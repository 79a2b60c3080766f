"""``ithaca key``: our own keys made, listed, shown, imported and exported; `key_changes` has the rest."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import click

from ithaca.address import addr_spec
from ithaca.cli import contents, key_changes, key_revocation, options, setup_message
from ithaca.cli.certificates import day, describe, why
from ithaca.cli.key_changes import own_certificate
from ithaca.config import keyring_path
from ithaca.errors import Error, KeyringError
from ithaca.keyring import layout, opening, own
from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor, secret_key
from ithaca.openpgp.algorithms import ENCRYPTION_FLAGS, key_refused
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys import generation, passphrase, profiles
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.openpgp.public_key import PublicKey
from ithaca.openpgp.secret_key import Protection, SecretPart, TransferableSecretKey
from ithaca.verdict import Fingerprint

_NAMES = {1: "RSA", 2: "RSA", 3: "RSA", 16: "Elgamal", 17: "DSA"}
"""Of the algorithms without a curve (RFC 9580 §9.1)."""
_USUAL_YEARS = generation.KEY_LIFE // options.YEAR


@click.group()
def keys() -> None:
    """Your own keys."""


for _command in (*key_changes.COMMANDS, *key_revocation.COMMANDS, setup_message.setup_message):
    keys.add_command(_command)


@keys.command()
@options.new_keyring_name
@click.option("--address", "addresses", required=True, multiple=True, help="A mail address of yours; can be repeated.")
@click.option("--name", default="", help="Your name, as others will see it.")
@click.option(
    "--profile",
    type=click.Choice(list(profiles.PROFILES)),
    default=profiles.DEFAULT,
    show_default=True,
    help="The kind of key; "
    + "; ".join(f"{name}: {profiles.PROFILES[name].text}" for name in (profiles.DEFAULT, "v6-ed25519"))
    + ".",
)
@options.until
@options.years
@options.passphrase_file
@click.option("--another", is_flag=True, help="Beside a key that the keyring has already.")
def generate(
    *,
    keyring: str,
    addresses: Sequence[str],
    name: str,
    profile: str,
    until: str | None,
    years: int | None,
    passphrase_file: Path | None,
    another: bool,
) -> None:
    """Make a key; the keyring is made if it is missing.

    It expires after three years, unless told otherwise.
    """
    user_ids = [_user_id(name, address) for address in addresses]
    path = keyring_path(keyring)
    present = None if opening.is_to_be_made(path) else Keyring(path, PgpyEngine())
    if not another:
        _require_no_key(present)
    # A second back, so that the key is valid at once by clocks that run behind.
    created = int(time.time()) - 1
    if until is None and years is None:
        years = _USUAL_YEARS
    end = options.moment(until, years, created)
    secret = options.new_passphrase(passphrase_file)
    engine = PgpyEngine()
    made = generation.generate(
        profiles.PROFILES[profile],
        user_ids,
        secret,
        created=created,
        life=None if end is None else end - created,
        engine=engine,
        random=os.urandom,
    )
    # Last: whoever gives up before leaves no empty keyring behind.
    place = present or Keyring.create(path, engine)
    key = own.keep(place, made)
    address = addresses[0]
    click.echo(f"Key {key.fingerprint} for {' and '.join(addresses)} is in {place.path}.")
    exported = options.command("cert", "export", "--keyring", keyring, key.fingerprint if another else address)
    click.echo(f"Give others your public key: {exported}")
    which = ("-o", f"{address}-secret.asc", key.fingerprint if another else address)
    backup = options.command("key", "export", "--keyring", keyring, "--secret", *which)
    click.echo(f"Keep a copy of the secret key and its passphrase in a safe place: {backup}")
    revocation = layout.revocation_file(place.path, key.fingerprint)
    click.echo(f"Should the key be lost or stolen, this revokes it; keep a copy of it, too: {revocation}")


def _user_id(name: str, address: str) -> str:
    if addr_spec(address) is None:
        raise KeyringError(f"'{address}' is no mail address.")
    if any(c in name for c in "<>()\n\r\0") or not name.isprintable():
        raise KeyringError("The name must not hold brackets or control characters.")
    return f"{name} <{address}>" if name else f"<{address}>"


def _require_no_key(place: Keyring | None) -> None:
    """With two keys in a keyring all its mail stops until the configuration names one."""
    if place is None:
        return
    present = (*place.secret_fingerprints(), *("one that does not serve" for _ in place.refused_keys()))
    if present:
        raise KeyringError(
            f"The keyring {place.path} has a key already ({present[0]}). To make another beside it add --another, "
            "and name the one to use with 'key' in the configuration."
        )


# --- looking -----------------------------------------------------------------------------------------


@keys.command("list")
@options.keyring_name
def list_keys(keyring: str) -> None:
    """List the secret keys of a keyring."""
    place = options.open_keyring(keyring)
    found, refused = place.secret_fingerprints(), place.refused_keys()
    for fingerprint in found:
        click.echo(describe(place.own_certificate(fingerprint), int(time.time())))
    if refused:
        # Each was named as it was found.
        raise KeyringError(f"Of the keyring {place.path} not every secret key can be read ({len(refused)} cannot).")
    if not found:
        click.echo(f"The keyring {place.path} has no secret key.", err=True)


@keys.command()
@options.keyring_name
@click.argument("which", required=False)
def show(keyring: str, which: str | None) -> None:
    """Show one secret key.

    By fingerprint, key ID or address; can be left out where there is only one.
    """
    place = options.open_keyring(keyring)
    certificate = own_certificate(place, which)
    now = int(time.time())
    click.echo(describe(certificate, now, fully=True))
    key = secret_key.split(place.secret_octets(certificate.fingerprint))
    for part in key.parts:
        click.echo(f"secret       {part.public.fingerprint} ({_kind(part.public)})  {_uses(part, certificate, now)}")
    if key.unknown:
        click.echo(f"secret       {len(key.unknown)} of a kind that is not supported")
    click.echo(f"revocation   {_revocation(place, certificate.fingerprint, keyring)}")


def _revocation(place: Keyring, fingerprint: Fingerprint, keyring: str) -> str:
    """Where the revocation certificate is."""
    try:
        if own.revocation(place, fingerprint) is None:
            made = options.command("key", "revocation", "--keyring", keyring, fingerprint)
            return f"none; make one with: {made}"
    except KeyringError as error:
        return str(error)
    return str(layout.revocation_file(place.path, fingerprint))


def _kind(key: PublicKey) -> str:
    return f"{key.curve or f'{_NAMES.get(key.algorithm)} {key.bits}'}, version {key.version}"


def _uses(part: SecretPart, certificate: Certificate, now: int) -> str:
    key = part.public
    uses = []
    if part.signs and certificate.signing_refused(key, now) is None:
        uses.append("signs")
    if part.decrypts and key in certificate.encryption_keys(now):
        uses.append("decrypts")
    elif part.decrypts and (_encrypted(key, certificate) if key.subkey else key_refused(key)):
        uses.append("decrypts old letters")
    if not uses:
        uses.append("not in use")
    ends = _ends(part.public, certificate, now)
    if ends:
        uses.append(ends)
    kept = {Protection.PASSPHRASE: "has a passphrase", Protection.NONE: "has no passphrase"}
    return ", ".join([*uses, kept.get(part.protection, "is not in this file")])


def _encrypted(key: PublicKey, certificate: Certificate) -> bool:
    """Was this subkey ever one to encrypt to? An RSA key that only signs could open letters, but there are none."""
    said = [s.key_flags for c in certificate.subkeys if c.key == key for s in c.signatures]
    return not said or any(flags is None or flags & ENCRYPTION_FLAGS for flags in said)


def _ends(key: PublicKey, certificate: Certificate, now: int) -> str | None:
    """What ends a subkey apart from its key."""
    for component in certificate.subkeys:
        binding = component.live(now)
        if component.key != key or binding is None:
            continue
        if component.revoked(now):
            return "revoked"
        after = binding.key_expires_after
        end = key.created + after if after else None
        if end is not None and end != certificate.expires(now):
            return f"{'expired' if end <= now else 'expires'} on {day(end)}"
    return None


# --- in and out --------------------------------------------------------------------------------------


@keys.command("import", short_help="Import a secret key, or an Autocrypt Setup Message.")
@options.new_keyring_name
@options.passphrase_file
@setup_message.setup_code_file
@click.argument("file", type=options.INPUT)
def import_key(keyring: str, passphrase_file: Path | None, setup_code_file: Path | None, file: Path) -> None:
    """Import secret keys, armored or binary, or an Autocrypt Setup Message; - is standard input.

    One without a passphrase gets one, before it is written. The keyring is made if it is missing.
    """
    path = keyring_path(keyring)
    if not opening.is_to_be_made(path):
        # What is wrong with it is said before anything is asked.
        Keyring(path, PgpyEngine())
    octets = options.content(file)
    if setup_message.is_setup_message(octets):
        carried = setup_message.opened(file, octets, setup_code_file)
        octets = carried.key
        if carried.mutual:
            click.echo("Its owner prefers encryption: prefer_encrypt in the configuration says so to others.")
    with options.about(file, octets, contents.SECRET_KEY):
        binary = armor.binary(octets, frozenset({"PRIVATE KEY BLOCK"}))
    with options.about(file, binary, contents.SECRET_KEY):
        found = [secret_key.split(one) for one in secret_key.split_keys(binary)]
    for key in found:
        try:
            protected = _protected(key, passphrase_file)
            _import(Keyring.create(path, PgpyEngine()), key, protected)
        except Error as error:
            raise KeyringError(options.sentence(f"{file}: {error}")) from error


def _protected(key: TransferableSecretKey, passphrase_file: Path | None) -> bytes:
    """The octets to keep, every secret part with a passphrase."""
    if not any(part.signs or part.decrypts for part in key.parts):
        weak = (key_refused(part.public) for part in key.parts if part.protection is not Protection.ABSENT)
        why = "; ".join(dict.fromkeys(reason for reason in weak if reason))
        raise KeyringError(
            f"The key {key.fingerprint} can neither sign nor decrypt anything here" + (f": {why}." if why else ".")
        )
    if key.is_protected:
        parts = (part.packet for part in key.parts)
        return secret_key.join(key.public_octets, parts) if key.unknown else key.octets
    if any(part.protection is Protection.PASSPHRASE for part in key.parts):
        given = options.passphrase(passphrase_file, f"the key {key.fingerprint}, of which some parts have none")
    else:
        given = options.new_passphrase(passphrase_file, f"New passphrase for the key {key.fingerprint}, which has none")
    return passphrase.protect(key.octets, given, PgpyEngine(), os.urandom)


def _import(place: Keyring, key: TransferableSecretKey, octets: bytes) -> None:
    known = key.fingerprint in place.secret_fingerprints()
    place.import_secret(octets)
    click.echo(f"Key {key.fingerprint} is in {place.path}.")
    if key.unknown:
        click.echo(f"Left out: {len(key.unknown)} subkeys of a kind that is not supported.")
    if known:
        click.echo("It was there before: what is new was added, and its secret parts keep the passphrase they have.")
    key = secret_key.split(place.secret_octets(key.fingerprint))
    for line in _shortcomings(key, place.own_certificate(key.fingerprint)):
        click.echo(line)


def _shortcomings(key: TransferableSecretKey, certificate: Certificate) -> Sequence[str]:
    """What a person would wonder about later."""
    now = int(time.time())
    said = []
    signing = [part for part in key.parts if part.signs]
    if not any(certificate.signing_refused(part.public, now) is None for part in signing):
        refused = certificate.primary_refused(now) or "has no secret part that may"
        said.append(f"It cannot sign: {why(refused)}.")
    if not any(part.decrypts for part in key.parts):
        said.append("It cannot open letters: it has no secret part for that.")
    elif certificate.encryption_refused(now):
        refused = certificate.encryption_refused(now) or ""
        said.append(f"It opens old letters, but nobody can encrypt to it: {why(refused)}.")
    absent = [part.public.fingerprint for part in key.parts if part.protection is Protection.ABSENT]
    said += (f"The secret half of {fingerprint} is not in this file." for fingerprint in absent)
    return said


@keys.command()
@options.keyring_name
@click.option("--secret", is_flag=True, help="The secret key, still protected by its passphrase.")
@options.out
@click.argument("which", required=False)
def export(keyring: str, secret: bool, out: Path | None, which: str | None) -> None:
    """Export your public key.

    With --secret the secret key, for a backup.
    """
    place = options.open_keyring(keyring)
    certificate = own_certificate(place, which)
    fingerprint = certificate.fingerprint
    if secret:
        options.give("PRIVATE KEY BLOCK", place.secret_octets(fingerprint), fingerprint, out)
    else:
        options.give("PUBLIC KEY BLOCK", certificate.octets, fingerprint, out)

"""``ithaca key``: what ends: keys, subkeys and addresses revoked, and the revocation certificate.

The law of this file: nobody is revoked by a slip: each command names what it will revoke, and asks.
"""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ithaca import report
from ithaca.address import addr_spec, user_id_address
from ithaca.cli import contents, options
from ithaca.cli.key_changes import Published, Session, key_option, subkey_of, which_argument
from ithaca.errors import KeyringError
from ithaca.keyring import layout, own
from ithaca.openpgp import armor
from ithaca.openpgp.algorithms import RevocationReason
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys import revocation
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder
from ithaca.verdict import Fingerprint

REASONS = {
    "compromised": RevocationReason.COMPROMISED,
    "superseded": RevocationReason.SUPERSEDED,
    "retired": RevocationReason.RETIRED,
    "unspecified": RevocationReason.NONE,
}

V4 = 4
"""GnuPG takes no key of this version without a User ID."""

_Decorator = Callable[[Any], Any]
_reason: _Decorator = click.option("--reason", type=click.Choice(list(REASONS)), help="Why.")
_message: _Decorator = click.option("--message", default="", help="A sentence for whoever wonders.")
_yes: _Decorator = click.option("--yes", is_flag=True, help="Do not ask whether you mean it.")


@click.command("revoke-address")
@options.keyring_name
@key_option
@_message
@_yes
@options.passphrase_file
@click.argument("address")
def revoke_address(
    *, keyring: str, which: str | None, message: str, yes: bool, passphrase_file: Path | None, address: str
) -> None:
    """Revoke an address of a key.

    The key stands for it no longer, for ever.
    """
    wanted = addr_spec(address)
    session = Session(keyring, which or address, passphrase_file)
    held = session.certificate.user_ids_at(int(time.time()))
    found = [u for u in held if u == address or (wanted is not None and user_id_address(u) == wanted)]
    if not found:
        raise KeyringError(f"The key {session.fingerprint} has no valid User ID for {address}.")
    if len(found) == len(held) and next(session.certificate.keys()).version == V4:
        only = f"{report.plain(found[0])} is the only User ID" if len(found) == 1 else "These are the only User IDs"
        raise KeyringError(f"{only} of the key {session.fingerprint}: add another one first.")
    # All of it is asked before any of it is done.
    for user_id in found:
        _confirm(f"{report.plain(user_id)} of the key {session.fingerprint}", yes)
    for user_id in found:
        session.change(functools.partial(revocation.revoke_user_id, text=user_id, why=message))
        click.echo(f"The key {session.fingerprint} stands no longer for {report.plain(user_id)}.")
    session.publish()


# --- revocation --------------------------------------------------------------------------------------


@click.command()
@options.keyring_name
@_reason
@_message
@click.option("--prepared", is_flag=True, help="By the revocation certificate of the keyring; needs no passphrase.")
@click.option("--certificate", "file", type=options.EXISTING_FILE, help="By a revocation certificate from a file.")
@_yes
@options.passphrase_file
@click.argument("which")
def revoke(
    *,
    keyring: str,
    reason: str | None,
    message: str,
    prepared: bool,
    file: Path | None,
    yes: bool,
    passphrase_file: Path | None,
    which: str,
) -> None:
    """Revoke a key.

    Nobody may use it any more, for ever; it still opens the letters that you have. By a revocation certificate it is
    revoked without the secret key, too.
    """
    if (reason is not None) + prepared + (file is not None) != 1:
        raise click.UsageError(
            "Say why with --reason, or name a revocation certificate with --prepared or --certificate."
        )
    session = Session(keyring, which, passphrase_file) if reason is not None else Published(keyring, which, None)
    before = session.certificate.primary_refused(int(time.time())), session.certificate.octets
    octets = b"" if reason is not None else _prepared(session, file)
    _confirm(f"the key {session.fingerprint} ({', '.join(map(report.plain, _held(session.certificate)))})", yes)
    if reason is not None:
        code = REASONS[reason]
        certificate = session.change(lambda holder: revocation.revoke_key(holder, code, message))
    else:
        certificate = session.without_secret(lambda public: revocation.from_certificate(octets, public))
    click.echo(_revoked(session.fingerprint, *before, certificate))
    session.publish()


def _revoked(fingerprint: Fingerprint, refused: str | None, octets: bytes, certificate: Certificate) -> str:
    """What was done; `refused` and `octets` are as the certificate was before."""
    if certificate.octets == octets:
        return f"The key {fingerprint} was revoked by this before; nothing is new."
    if refused is not None and "was revoked" in refused:
        return f"The key {fingerprint} {refused}; now this says it, too."
    return f"The key {fingerprint} is revoked."


def _held(certificate: Certificate) -> tuple[str, ...]:
    return certificate.user_ids_at(int(time.time())) or ("no valid User ID",)


_KINDS = frozenset({"PUBLIC KEY BLOCK", "SIGNATURE"})
"""Armor of revocation certificates: the usual one, and what one may think."""


def _prepared(session: Session, file: Path | None) -> bytes:
    """A revocation certificate, binary, which is one of this key."""
    kept = layout.revocation_file(session.place.path, session.fingerprint)
    octets = options.content(file) if file is not None else own.revocation(session.place, session.fingerprint)
    if octets is None:
        raise KeyringError(f"The keyring {session.place.path} has no revocation certificate of {session.fingerprint}.")
    named = file or kept
    with options.about(named, octets, contents.REVOCATION, contents.SIGNATURE, contents.CERTIFICATE):
        binary = armor.binary(octets, _KINDS)
        try:
            revocation.from_certificate(binary, session.certificate)
        except KeyringError as error:
            raise KeyringError(f"{named}: {error}") from error
    return binary


@click.command("revoke-subkey")
@options.keyring_name
@_reason
@_message
@_yes
@options.passphrase_file
@click.argument("subkey")
def revoke_subkey(
    *, keyring: str, reason: str | None, message: str, yes: bool, passphrase_file: Path | None, subkey: str
) -> None:
    """Revoke a subkey, by fingerprint or key ID.

    Nobody may use it any more, for ever; it still opens the letters that you have.
    """
    if reason is None:
        raise click.UsageError("Say why with --reason.")
    session = Session(keyring, subkey, passphrase_file)
    fingerprint = subkey_of(session, subkey)
    _confirm(f"the subkey {fingerprint} of the key {session.fingerprint}", yes)
    code = REASONS[reason]
    certificate = session.change(lambda holder: revocation.revoke_subkey(holder, fingerprint, code, message))
    click.echo(f"The subkey {fingerprint} is revoked.")
    if certificate.encryption_refused(int(time.time())):
        added = options.command("key", "add-subkey", "--keyring", session.keyring, session.fingerprint)
        click.echo(f"Nobody can encrypt to the key any more; give it a new subkey with: {added}")
    session.publish()


@click.command("revocation")
@options.keyring_name
@options.out
@options.passphrase_file
@which_argument
def revocation_certificate(*, keyring: str, out: Path | None, passphrase_file: Path | None, which: str | None) -> None:
    """Print the revocation certificate of a key.

    Keep it apart from the key. It is made first where there is none yet.
    """
    session: Session = Published(keyring, which, passphrase_file)
    text = own.revocation(session.place, session.fingerprint)
    if text is None:
        session = Session(keyring, which, passphrase_file)

        def made(holder: Keyholder) -> Change:
            issuer = holder.issuer([])
            own.keep_revocation(session.place, session.fingerprint, revocation.certificate(issuer))
            return Change(issuer.at)

        session.change(made)
        text = own.revocation(session.place, session.fingerprint)
    options.give_text(text or b"", out)


def _confirm(what: str, yes: bool) -> None:
    if not yes:
        options.confirm(f"Revoke {what}, for ever?")


COMMANDS = (revoke, revoke_subkey, revoke_address, revocation_certificate)

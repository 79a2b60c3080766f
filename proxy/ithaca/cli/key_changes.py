"""``ithaca key``: our own keys prolonged, extended and protected; `key_revocation` ends them.

The law of this file: every command says what was done, and what is to be done next. Most changes help only once others
have them: the certificate has to be published anew.
"""

import contextlib
import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from ithaca import report
from ithaca.address import addr_spec
from ithaca.cli import options
from ithaca.cli.certificates import day, find, named
from ithaca.errors import KeyringError, OpenPGPError
from ithaca.keyring import own
from ithaca.keyring.store import Keyring
from ithaca.openpgp import secret_key
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys import keyholder, lifetime, passphrase, subkeys, user_ids
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder
from ithaca.openpgp.own_keys.subkeys import Role
from ithaca.openpgp.secret_key import TransferableSecretKey
from ithaca.verdict import Fingerprint

_Decorator = Callable[[Any], Any]
which_argument: _Decorator = click.argument("which", required=False)
key_option: _Decorator = click.option(
    "--key", "which", help="The key: fingerprint, key ID or address; can be left out where there is only one."
)
_role: _Decorator = click.option(
    "--for",
    "role",
    type=click.Choice([r.value for r in Role]),
    default=Role.ENCRYPTION.value,
    show_default=True,
    help="What the new subkey is for.",
)


def own_certificate(place: Keyring, which: str | None) -> Certificate:
    """The certificate of the own key that is named; None: of the only one. Raises `KeyringError`."""
    if which is None:
        found = place.secret_fingerprints()
        if len(found) > 1:
            raise KeyringError(
                f"The keyring {place.path} has {len(found)} secret keys; say which one, by fingerprint, key ID or "
                f"address: {report.listed(found)}."
            )
        return place.own_certificate(place.sole_secret(None))
    return find([place.own_certificate(f) for f in place.secret_fingerprints()], which, place)


class Session:
    """One key that one command changes."""

    def __init__(self, keyring: str, which: str | None, passphrase_file: Path | None) -> None:
        self.place = options.open_keyring(keyring)
        self.certificate = self._found(which)
        self.fingerprint = self.certificate.fingerprint
        self.keyring = keyring
        self._file = passphrase_file

    def _found(self, which: str | None) -> Certificate:
        return own_certificate(self.place, which)

    @functools.cached_property
    def passphrase(self) -> bytes:
        """Asked for once, before the lock is taken."""
        return options.passphrase(self._file, f"the key {self.fingerprint}")

    def change(self, how: Callable[[Keyholder], Change]) -> Certificate:
        """The certificate after a change that needs the unlocked key."""

        given = self.passphrase

        def unlocked(key: TransferableSecretKey, certificate: Certificate) -> Change:
            secret = secret_key.unlock(key.octets, given, self.place.engine, certificate=certificate)
            return how(Keyholder(secret, self.place.engine, os.urandom, int(time.time())))

        return self._changed(lambda: own.change(self.place, self.fingerprint, unlocked))

    def require_passphrase(self) -> None:
        """That it opens the key, before more is asked. Raises `KeyringError`."""
        octets = self.place.secret_octets(self.fingerprint)
        with self._about():
            secret_key.unlock(octets, self.passphrase, self.place.engine, certificate=self.certificate)

    def without_secret(self, how: Callable[[Certificate], Change]) -> Certificate:
        """The certificate after a change that needs no unlocked key, and not even its file."""
        if self.fingerprint in self.place.secret_fingerprints():
            return self._changed(lambda: own.change(self.place, self.fingerprint, lambda _key, public: how(public)))
        return self._changed(lambda: own.change_published(self.place, self.fingerprint, how))

    @contextlib.contextmanager
    def _about(self) -> Iterator[None]:
        try:
            yield
        except OpenPGPError as error:
            raise KeyringError(f"The key {self.fingerprint} cannot be changed: {error}.") from error

    def _changed(self, change_it: Callable[[], tuple[Certificate, Change]]) -> Certificate:
        with self._about():
            certificate, change = change_it()
        # Two self-signatures of one second could not be told apart, so a hasty one is dated a second ahead.
        time.sleep(min(keyholder.SLACK, max(0.0, change.at - time.time())))
        return certificate

    def publish(self) -> None:
        """What is to be done next."""
        exported = options.command("cert", "export", "--keyring", self.keyring, self.fingerprint)
        click.echo(f"Others go on by the old state until they have the new one: {exported}")


class Published(Session):
    """A key of which the certificate is enough: its secret half may be lost."""

    def _found(self, which: str | None) -> Certificate:
        own_ones = [self.place.own_certificate(f) for f in self.place.secret_fingerprints()]
        if which is None or named(own_ones, which):
            return own_certificate(self.place, which)
        return find(self.place.certificates(), which, self.place)


def subkey_of(session: Session, which: str) -> Fingerprint:
    """A subkey by fingerprint or key ID. Raises `KeyringError`."""
    digits = which.replace(" ", "").upper().removeprefix("0X")
    keys = (c.key for c in session.certificate.subkeys if c.key is not None)
    found = [key.fingerprint for key in keys if digits in (key.fingerprint, key.key_id)]
    if len(found) != 1:
        raise KeyringError(f"The key {session.fingerprint} has no subkey '{which}'.")
    return found[0]


# --- lifetime ----------------------------------------------------------------------------------------


@click.command()
@options.keyring_name
@options.until_or_now
@options.years
@click.option("--subkey", help="Only this subkey, by fingerprint or key ID.")
@options.passphrase_file
@which_argument
def extend(
    *,
    keyring: str,
    until: str | None,
    years: int | None,
    subkey: str | None,
    passphrase_file: Path | None,
    which: str | None,
) -> None:
    """Change when a key expires.

    Later, sooner, never, or with --until now at once; the whole key, or one of its subkeys.
    """
    # Before the keyring is opened: what was typed wrongly comes first.
    options.moment(until, years, int(time.time()), may_be_now=True)
    session = Session(keyring, which or subkey, passphrase_file)
    end = options.moment(until, years, int(time.time()), made=session.certificate.created, may_be_now=True)
    if subkey is None:
        certificate = session.change(lambda holder: lifetime.expire_key(holder, end))
        click.echo(f"The key {session.fingerprint} {_expires(certificate.expires(int(time.time())))}.")
    else:
        fingerprint = subkey_of(session, subkey)
        session.change(lambda holder: lifetime.expire_subkey(holder, fingerprint, end))
        click.echo(f"The subkey {fingerprint} {_expires(end) if end else 'expires with its key'}.")
    session.publish()


def _expires(seconds: int | None) -> str:
    if seconds is None:
        return "never expires"
    return f"expired on {day(seconds)}" if seconds <= time.time() else f"expires on {day(seconds)}"


# --- subkeys -----------------------------------------------------------------------------------------


@click.command("add-subkey")
@options.keyring_name
@_role
@options.until
@options.years
@options.passphrase_file
@which_argument
def add_subkey(
    *, keyring: str, role: str, until: str | None, years: int | None, passphrase_file: Path | None, which: str | None
) -> None:
    """Add a subkey.

    It serves beside those that the key has.
    """
    session = Session(keyring, which, passphrase_file)
    _add_subkey(session, Role(role), until=until, years=years, how=subkeys.add)


@click.command()
@options.keyring_name
@_role
@options.until
@options.years
@options.passphrase_file
@which_argument
def rotate(
    *, keyring: str, role: str, until: str | None, years: int | None, passphrase_file: Path | None, which: str | None
) -> None:
    """Replace subkeys by a new one.

    The older ones expire at once. They stay in the key, so that old letters can be read.
    """
    session = Session(keyring, which, passphrase_file)
    _add_subkey(session, Role(role), until=until, years=years, how=subkeys.rotate)


def _add_subkey(
    session: Session, role: Role, *, until: str | None, years: int | None, how: Callable[..., Change]
) -> None:
    end = None if until is None and years is None else options.moment(until, years, int(time.time()))
    before = len(session.certificate.subkeys)
    retired: list[Fingerprint] = []

    def made(holder: Keyholder) -> Change:
        retired[:] = [key.fingerprint for key in subkeys.current(holder, role)]
        return how(holder, role, session.passphrase, until=end)

    certificate = session.change(made)
    for component in certificate.subkeys[before:]:
        if component.key is not None:
            click.echo(f"The key {session.fingerprint} has a new subkey for {role.value}: {component.key.fingerprint}.")
    if how is subkeys.rotate:
        click.echo(_retired(retired, role))
    click.echo("Copies of the secret key that you keep lack it: make new ones.")
    session.publish()


def _retired(fingerprints: Sequence[Fingerprint], role: Role) -> str:
    if not fingerprints:
        return "There was no older subkey for this that was still in use."
    kept = {
        Role.ENCRYPTION: "It stays in the key for the letters that were sealed with it",
        Role.SIGNING: "What was signed with it stays good",
    }
    return "\n".join(f"The older one, {name}, has expired. {kept[role]}." for name in fingerprints)


# --- User IDs ----------------------------------------------------------------------------------------


@click.command("add-address")
@options.keyring_name
@key_option
@click.option("--name", help="Your name, as others will see it; default: the one beside the first address.")
@options.passphrase_file
@click.argument("address")
def add_address(
    *, keyring: str, which: str | None, name: str | None, passphrase_file: Path | None, address: str
) -> None:
    """Add a mail address to a key."""
    if addr_spec(address) is None:
        raise KeyringError(f"'{address}' is no mail address.")
    session = Session(keyring, which, passphrase_file)
    if name is None:
        name = _name_of(session.certificate)
    if any(c in name for c in "<>()"):
        raise KeyringError("The name must not hold brackets.")
    user_id = f"{name} <{address}>" if name else f"<{address}>"
    session.change(lambda holder: user_ids.add(holder, user_id))
    click.echo(f"The key {session.fingerprint} stands for {user_id} too.")
    session.publish()


def _name_of(certificate: Certificate) -> str:
    """What stands in front of the first address."""
    first = next(iter(certificate.user_ids_at(int(time.time()))), "")
    name, bracket, _ = first.partition("<")
    return name.strip() if bracket else ""


# --- passphrase --------------------------------------------------------------------------------------


@click.command("passphrase")
@options.keyring_name
@options.passphrase_file
@click.option("--new-passphrase-file", type=options.EXISTING_FILE, help="Holds the new one; asked for, unless given.")
@which_argument
def change_passphrase(
    *, keyring: str, passphrase_file: Path | None, new_passphrase_file: Path | None, which: str | None
) -> None:
    """Change the passphrase of a key."""
    session = Session(keyring, which, passphrase_file)
    kept: list[Fingerprint] = []

    def changed(holder: Keyholder) -> Change:
        change, others = passphrase.change(holder, new)
        kept.extend(others)
        return change

    session.require_passphrase()
    prompt = f"New passphrase for the key {session.fingerprint}"
    new = options.new_passphrase(new_passphrase_file, prompt, "--new-passphrase-file")
    session.change(changed)
    click.echo(f"The key {session.fingerprint} has its new passphrase.")
    for fingerprint in kept:
        click.echo(f"Its part {fingerprint} did not open, and stays as it was.")
    click.echo("A running service needs it too: put it where the configuration says (passphrase).")
    click.echo("Copies of the secret key that you keep still have the old one.")


COMMANDS = (extend, add_subkey, rotate, add_address, change_passphrase)

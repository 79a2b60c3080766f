"""``ithaca cert``: the certificates of others."""

import datetime
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from ithaca import report
from ithaca.address import AddrSpec, addr_spec
from ithaca.cli import options
from ithaca.errors import Error, KeyringError
from ithaca.keyring.store import Imported, Keyring
from ithaca.openpgp import armor, transferable
from ithaca.openpgp.certificate import Certificate

SHORTEST_NAME = 16
"""Hexadecimal digits that name a certificate: shorter key IDs can be made at will."""

V6_DIGITS = 64
"""Of a version 6 fingerprint."""


@click.group()
def certificates() -> None:
    """The keys of others."""


@certificates.command("list")
@options.keyring_name
def list_certificates(keyring: str) -> None:
    """List the certificates of a keyring."""
    for certificate in options.open_keyring(keyring).certificates():
        click.echo(describe(certificate, int(time.time())))


@certificates.command()
@options.keyring_name
@click.argument("which")
def show(keyring: str, which: str) -> None:
    """Show one certificate, by fingerprint, key ID or address."""
    place = options.open_keyring(keyring)
    click.echo(describe(find(place.certificates(), which, place), int(time.time()), fully=True))


@certificates.command("import")
@options.keyring_name
@click.argument("files", nargs=-1, required=True, type=options.EXISTING_FILE)
def import_certificates(keyring: str, files: tuple[Path, ...]) -> None:
    """Import certificates, or a revocation certificate, merging them with what is there. Armored or binary."""
    place = options.open_keyring(keyring)
    for file in files:
        try:
            binary = armor.binary(file.read_bytes(), frozenset({"PUBLIC KEY BLOCK", "SIGNATURE"}))
            found = [place.import_certificate(one) for one in _each(binary, place)]
        except Error as error:
            raise KeyringError(f"{file}: {error}.") from error
        for certificate, what in found:
            click.echo(f"{_WORDS[what]}: {describe(certificate, int(time.time()))}")


def _each(binary: bytes, place: Keyring) -> Iterable[bytes]:
    if not transferable.is_revocation(binary):
        return transferable.split_certificates(binary)
    one = transferable.revoked(binary, place.certificates())
    fingerprint = Certificate.parse(one, place.engine).fingerprint
    if fingerprint in place.secret_fingerprints():
        raise KeyringError(f"This revokes your own key: ithaca key revoke --certificate FILE {fingerprint} does it")
    return [one]


_WORDS = {Imported.NEW: "New", Imported.UPDATED: "Updated", Imported.UNCHANGED: "Unchanged"}


@certificates.command()
@options.keyring_name
@options.out
@click.option("--minimal", is_flag=True, help="Only what is needed to write to this person now.")
@click.argument("which")
def export(*, keyring: str, out: Path | None, minimal: bool, which: str) -> None:
    """Export one certificate, armored."""
    place = options.open_keyring(keyring)
    certificate = find(place.certificates(), which, place)
    octets = transferable.exportable(certificate.octets)
    if minimal:
        octets = _minimal(certificate, addr_spec(which))
    options.give("PUBLIC KEY BLOCK", octets, certificate.fingerprint, out)


def _minimal(certificate: Certificate, mailbox: AddrSpec | None) -> bytes:
    now = int(time.time())
    excerpt = transferable.minimal(certificate, now, mailbox)
    if excerpt is None:
        refused = certificate.encryption_refused(now, mailbox)
        raise KeyringError(f"Nobody can write to {certificate.fingerprint}: it {refused}.")
    return excerpt


@certificates.command()
@options.keyring_name
@click.argument("which")
def remove(keyring: str, which: str) -> None:
    """Remove one certificate."""
    place = options.open_keyring(keyring)
    certificate = find(place.certificates(), which, place)
    place.remove_certificate(certificate.fingerprint)
    click.echo(f"Removed: {describe(certificate, int(time.time()))}")


def find(among: Sequence[Certificate], which: str, place: Keyring) -> Certificate:
    """The one certificate that a fingerprint, a key ID or an address names. Raises `KeyringError`."""
    mailbox = addr_spec(which)
    digits = which.replace(" ", "").upper().removeprefix("0X")
    if mailbox is not None:
        found = [c for c in among if mailbox in c.claimed_addresses()]
    elif len(digits) >= SHORTEST_NAME:
        found = [c for c in among if any(_is_named(name, digits) for name in c.names())]
    else:
        raise KeyringError(f"'{which}' is no address, and no fingerprint of at least {SHORTEST_NAME} digits.")
    if len(found) == 1:
        return found[0]
    if not found:
        raise KeyringError(f"The keyring {place.path} has nothing for '{which}'.")
    names = report.listed(c.fingerprint for c in found)
    raise KeyringError(f"'{which}' names {len(found)} certificates: {names}; name one by its fingerprint.")


def _is_named(name: str, digits: str) -> bool:
    """A key ID is the end of a version 4 fingerprint, and the beginning of a version 6 one (RFC 9580 §5.5.4)."""
    return name.startswith(digits) if len(name) == V6_DIGITS else name.endswith(digits)


def describe(certificate: Certificate, now: int, *, fully: bool = False) -> str:
    """One line, or `fully` all that a person may want to know."""
    user_ids = [report.plain(u) for u in certificate.user_ids_at(now)] or ["(no valid User ID)"]
    refused = certificate.encryption_refused(now)
    state = f"cannot be used: it {refused}" if refused else "can be used"
    if not fully:
        return f"{certificate.fingerprint}  {', '.join(user_ids)}  {state}"
    expires = certificate.expires(now)
    lines = [
        f"fingerprint  {_grouped(certificate.fingerprint)}",
        *(f"user         {u}" for u in user_ids),
        f"made         {day(certificate.created)}",
        f"expires      {'never' if expires is None else day(expires)}",
        f"state        {state}",
        *(
            f"encryption   {key.fingerprint} ({key.curve or f'RSA {key.bits}'})"
            for key in certificate.encryption_keys(now)
        ),
        *(
            f"revoker      {name} may have revoked it: import that certificate to know"
            for name in certificate.unproved_revokers
        ),
    ]
    return "\n".join(lines)


def _grouped(fingerprint: str) -> str:
    return " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))


def day(seconds: int) -> str:
    """As a person reads it; UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d")

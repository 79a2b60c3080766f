"""``ithaca cert``: the certificates of others."""

import datetime
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from ithaca import report
from ithaca.address import AddrSpec, addr_spec
from ithaca.cli import bindings, contents, options
from ithaca.errors import KeyringError, PermanentError
from ithaca.keyring.store import Imported, Keyring
from ithaca.openpgp import transferable
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
    place = options.open_keyring(keyring)
    found = place.certificates()
    now = int(time.time())
    with bindings.peers_of(place) as peers:
        for certificate in found:
            click.echo(describe(certificate, now) + bindings.mark(certificate, peers, now))
    if not found:
        click.echo(f"The keyring {place.path} has no certificate.", err=True)


@certificates.command()
@options.keyring_name
@click.argument("which")
def show(keyring: str, which: str) -> None:
    """Show one certificate, by fingerprint, key ID or address."""
    place = options.open_keyring(keyring)
    certificate, now = find(place.certificates(), which, place), int(time.time())
    click.echo(describe(certificate, now, fully=True))
    for line in bindings.words(certificate, place, now):
        click.echo(f"tied to      {line}")


@certificates.command(short_help="Confirm that a certificate is its owner's.")
@options.keyring_name
@click.option("--yes", "given", metavar="FINGERPRINT", help="Asks nothing: this is the whole fingerprint.")
@click.argument("which")
def verify(keyring: str, given: str | None, which: str) -> None:
    """Confirm that a certificate is its owner's, by address or fingerprint.

    From then on no other one stands for its address, until you say so again.
    """
    place, now = options.open_keyring(keyring), int(time.time())
    with bindings.peers_of(place) as peers:
        held = named(place.certificates(), which)
        certificate = find(held or bindings.candidates(place, peers, which), which, place)
    if certificate.fingerprint in place.secret_fingerprints():
        raise KeyringError(f"{certificate.fingerprint} is a key of your own: there is nothing to confirm.")
    refused = certificate.encryption_refused(now)
    if refused is not None:
        raise KeyringError(f"{certificate.fingerprint} cannot be verified: {why(refused)}.")
    click.echo(describe(certificate, now, fully=True))
    addresses = bindings.addresses_of(certificate, which, now)
    bindings.agree(certificate, addresses, given)
    bindings.verify_one(place, certificate, addresses)
    click.echo(f"Verified: {certificate.fingerprint} for {report.listed(addresses)}")


_IMPORTED = (contents.CERTIFICATE, contents.SIGNATURE)
"""The second is a revocation certificate, perhaps."""


@certificates.command("import", short_help="Import certificates or revocation certificates.")
@options.keyring_name
@click.argument("files", nargs=-1, required=True, type=options.INPUT)
def import_certificates(keyring: str, files: tuple[Path, ...]) -> None:
    """Import certificates, or a revocation certificate, merging them with what is there.

    Armored or binary; - is standard input.
    """
    place = options.open_keyring(keyring)
    for file in files:
        binary = options.binary(file, frozenset({"PUBLIC KEY BLOCK", "SIGNATURE"}), *_IMPORTED)
        with options.about(file, binary, *_IMPORTED):
            try:
                given = list(_each(binary, place, keyring, file))
                with place.writing():
                    found = [place.merge_certificate(one) for one in given]
            except PermanentError as error:
                raise KeyringError(options.sentence(f"{file}: {error}")) from error
        with bindings.peers_of(place) as peers:
            for certificate, _ in found:
                peers.imported(certificate.fingerprint, certificate.claimed_addresses(), int(time.time()))
        for certificate, what in found:
            click.echo(f"{_WORDS[what]}: {describe(certificate, int(time.time()))}")


def _each(binary: bytes, place: Keyring, keyring: str, file: Path) -> Iterable[bytes]:
    if not transferable.is_revocation(binary):
        return transferable.split_certificates(binary)
    one = transferable.revoked(binary, place.certificates())
    fingerprint = Certificate.parse(one, place.engine).fingerprint
    if fingerprint in place.secret_fingerprints():
        does = options.command("key", "revoke", "--keyring", keyring, "--certificate", file, fingerprint)
        raise KeyringError(f"This revokes your own key; {does} does it.")
    return [one]


_WORDS = {Imported.NEW: "New", Imported.UPDATED: "Updated", Imported.UNCHANGED: "Unchanged"}


@certificates.command()
@options.keyring_name
@options.out
@click.option("--minimal", is_flag=True, help="Only what is needed to write to this person now.")
@click.argument("which")
def export(*, keyring: str, out: Path | None, minimal: bool, which: str) -> None:
    """Export one certificate, armored.

    By fingerprint, key ID or address.
    """
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
        raise KeyringError(f"Nobody can write to {certificate.fingerprint}: {why(refused or '')}.")
    return excerpt


@certificates.command()
@options.keyring_name
@click.argument("which")
def remove(keyring: str, which: str) -> None:
    """Remove one certificate, by fingerprint, key ID or address."""
    place = options.open_keyring(keyring)
    certificate = find(place.certificates(), which, place)
    place.remove_certificate(certificate.fingerprint)
    with bindings.peers_of(place) as peers:
        peers.removed(certificate.fingerprint)
    click.echo(f"Removed: {_named(certificate, int(time.time()))}")


def find(among: Sequence[Certificate], which: str, place: Keyring) -> Certificate:
    """The one certificate that a fingerprint, a key ID or an address names. Raises `KeyringError`."""
    found = named(among, which)
    if len(found) == 1:
        return found[0]
    if not found:
        raise KeyringError(f"The keyring {place.path} has nothing for '{which}'.")
    names = report.listed(c.fingerprint for c in found)
    raise KeyringError(f"'{which}' names {len(found)} certificates: {names}; name one by its fingerprint.")


def named(among: Sequence[Certificate], which: str) -> list[Certificate]:
    """All that a fingerprint, a key ID or an address names. Raises `KeyringError` where it is none of them."""
    mailbox = addr_spec(which)
    if mailbox is not None:
        return [c for c in among if mailbox in c.claimed_addresses()]
    digits = which.replace(" ", "").upper().removeprefix("0X")
    if len(digits) < SHORTEST_NAME:
        raise KeyringError(f"'{which}' is no address, and no fingerprint of at least {SHORTEST_NAME} digits.")
    return [c for c in among if any(_is_named(name, digits) for name in c.names())]


def _is_named(name: str, digits: str) -> bool:
    """A key ID is the end of a version 4 fingerprint, and the beginning of a version 6 one (RFC 9580 §5.5.4)."""
    return name.startswith(digits) if len(name) == V6_DIGITS else name.endswith(digits)


def describe(certificate: Certificate, now: int, *, fully: bool = False) -> str:
    """One line, or `fully` all that a person may want to know."""
    state = _state(certificate, now)
    if not fully:
        return f"{_named(certificate, now)}  {state}"
    expires = certificate.expires(now)
    lines = [
        f"fingerprint  {_grouped(certificate.fingerprint)}",
        *(f"user         {u}" for u in _user_ids(certificate, now)),
        *_revoked_user_ids(certificate, now),
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


def _named(certificate: Certificate, now: int) -> str:
    return f"{certificate.fingerprint}  {', '.join(_user_ids(certificate, now))}"


def _user_ids(certificate: Certificate, now: int) -> list[str]:
    return [report.plain(u) for u in certificate.user_ids_at(now)] or ["(no valid User ID)"]


def _revoked_user_ids(certificate: Certificate, now: int) -> Iterator[str]:
    """They stay in the certificate, and keep their names from being used again."""
    for component in certificate.user_ids:
        revocation = component.revoked(now)
        if revocation is not None:
            yield f"user         {report.plain(component.user_id or '')} (revoked on {day(revocation.created)})"


def _state(certificate: Certificate, now: int) -> str:
    refused = certificate.encryption_refused(now)
    if refused is None:
        return "can be used"
    keys = tuple(certificate.keys())
    if any(certificate.signing_refused(key, now) is None for key in keys):
        return f"can sign, but nobody can encrypt to it: {why(refused)}"
    return f"cannot be used: {why(refused)}"


def why(refused: str) -> str:
    """A verb phrase of `Certificate` as a clause."""
    return refused.removeprefix("is not accepted: ") if refused.startswith("is not accepted: ") else f"it {refused}"


def _grouped(fingerprint: str) -> str:
    return " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))


def day(seconds: int) -> str:
    """As a person reads it; UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d")

"""``ithaca explain``: the verdict on a message with every step and reason, by the same code as receiving."""

import datetime
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from ithaca import access, config, files, incoming, report, service, work
from ithaca.cli import contents, options
from ithaca.errors import KeyringError
from ithaca.keyring import loose
from ithaca.keyring.secret import FromFile, FromTerminal
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.pgpy_engine import PgpyEngine


def _moment(text: str) -> int:
    """An ISO 8601 time as seconds since 1970; without a zone it is UTC."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("is no ISO 8601 time such as 2026-11-24T10:00:00Z") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return int(moment.timestamp())


T = TypeVar("T")


@click.command()
@click.argument("message", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@options.configuration
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=options.EXISTING_FILE,
    help="A secret key, armored or binary (repeatable).",
)
@click.option(
    "--cert",
    "certs",
    multiple=True,
    type=options.EXISTING_FILE,
    help="Certificates, armored or binary (repeatable).",
)
@click.option("--passphrase-file", type=options.EXISTING_FILE, help="Holds the passphrase of the secret keys.")
@click.option(
    "--at", "moment", type=_moment, metavar="TIME", help="Judge as of this time (ISO 8601); now, unless said."
)
@click.option("--show", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write what the client would get.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (docs/verdict.md).")
def explain(  # noqa: PLR0917 (one for each option)
    message: Path,
    config_file: Path | None,
    keys: tuple[Path, ...],
    certs: tuple[Path, ...],
    passphrase_file: Path | None,
    moment: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say what is true of MESSAGE (a file, or - for standard input) and why.

    With --key or --cert nothing else is used; else the keyrings of the configuration.
    """
    engine = PgpyEngine()
    now = int(time.time()) if moment is None else moment
    if keys or certs:
        holding = _given(keys, certs, passphrase_file, engine, now)
    else:
        holding = _configured(config_file, engine, now)
    octets = sys.stdin.buffer.read() if str(message) == "-" else message.read_bytes()
    shown = work.run(incoming.open_message(as_sent(octets), holding, engine=engine, now=now))
    if out is not None:
        files.write_atomically(out, shown.message)
    if as_json:
        click.echo(json.dumps(report.as_record(shown.verdict), indent=2))
    else:
        click.echo("\n".join(report.lines(shown.verdict)))


def as_sent(octets: bytes) -> bytes:
    """A message as mail programs store it (mbox line in front, LF line ends) as it was on the wire."""
    if octets.startswith(b"From "):
        octets = octets.partition(b"\n")[2]
    return incoming.with_crlf(octets)


def _given(
    keys: tuple[Path, ...], certs: tuple[Path, ...], passphrase_file: Path | None, engine: Engine, now: int
) -> incoming.Keys:
    passphrase = FromFile(passphrase_file).read() if passphrase_file else None
    secrets = [_read(path, contents.SECRET_KEY, lambda o: loose.secret(o, passphrase, engine)) for path in keys]
    found = [c for path in certs for c in _read(path, contents.CERTIFICATE, lambda o: loose.certificates(o, engine))]
    held = {c.fingerprint: c for c in (*(s.certificate for s in secrets), *found)}
    return access.keys_of(secrets, [loose.Loose(held.values())], now)


def _read(path: Path, wanted: str, parse: Callable[[bytes], T]) -> T:
    octets = options.content(path)
    with options.about(path, octets, wanted):
        try:
            return parse(octets)
        except KeyringError as error:
            raise KeyringError(options.sentence(f"{path}: {error}")) from error


def _configured(config_file: Path | None, engine: Engine, now: int) -> incoming.Keys:
    """Everything that the person at the terminal has: the keys and keyrings of all identities."""
    settings = config.load(config_file or config.default_path())
    identities = service.access_of(settings, engine).identities
    secrets = {}
    for identity in identities:
        if isinstance(identity.source, FromTerminal):
            identity.source.ask()
        try:
            secret = identity.secret(now)
        except KeyringError as error:
            click.echo(f"ithaca: {error}", err=True)
            continue
        secrets[secret.fingerprint] = secret
    keyrings = list({identity.keyring.path: identity.keyring for identity in identities}.values())
    return access.keys_of(list(secrets.values()), keyrings, now)

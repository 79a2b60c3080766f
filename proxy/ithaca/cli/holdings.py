"""With what a command reads a message: the keys and certificates that are named, or those of the configuration."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from ithaca import access, config, incoming, service, state
from ithaca.cli import contents
from ithaca.cli import options as opts
from ithaca.errors import KeyringError, PassphraseError
from ithaca.incoming import Presentation
from ithaca.keyring import loose
from ithaca.keyring import phrase as phrases
from ithaca.keyring.secret import FromFile, FromTerminal
from ithaca.openpgp.engine import Engine
from ithaca.openpgp.secret_key import SecretKey

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """The options as they were given."""

    config_file: Path | None
    keys: tuple[Path, ...]
    certs: tuple[Path, ...]
    passphrase_file: Path | None

    @property
    def is_loose(self) -> bool:
        """Files are named: nothing else is used."""
        return bool(self.keys or self.certs)

    def settings(self) -> config.Config:
        """The configuration. Raises `ConfigError`."""
        return config.load(self.config_file or config.default_path())


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options ``--config``, ``--key``, ``--cert`` and ``--passphrase-file``, as one argument `given`."""

    def with_given(
        *,
        config_file: Path | None,
        keys: tuple[Path, ...],
        certs: tuple[Path, ...],
        passphrase_file: Path | None,
        **rest: Any,
    ) -> Any:
        return command(given=Given(config_file, keys, certs, passphrase_file), **rest)

    with_given.__doc__ = command.__doc__
    with_given.__name__ = command.__name__
    with_given.__click_params__ = list(getattr(command, "__click_params__", ()))  # type: ignore[attr-defined]
    decorated: Callable[..., Any] = with_given
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    opts.configuration,
    click.option(
        "--key", "keys", multiple=True, type=opts.EXISTING_FILE, help="A secret key, armored or binary (repeatable)."
    ),
    click.option(
        "--cert", "certs", multiple=True, type=opts.EXISTING_FILE, help="Certificates, armored or binary (repeatable)."
    ),
    click.option("--passphrase-file", type=opts.EXISTING_FILE, help="Holds the passphrase of the secret keys."),
)


def keys(given: Given, engine: Engine, now: int) -> incoming.Keys:
    """With --key or --cert nothing else is used; else the keyrings of the configuration. Raises `KeyringError`."""
    return _named(given, engine, now) if given.is_loose else _configured(given.settings(), engine, now)


def ours(given: Given) -> Presentation:
    """By what this installation knows its own form of a message.

    Where it has no key yet nothing was ever shown by it, and none is made.
    """
    folder = (None if given.is_loose else given.settings().state) or config.state_folder()
    return Presentation(key=state.installation_key(folder) if (folder / state.KEY_FILE).exists() else b"")


def presentation(given: Given) -> Presentation:
    """How a message is shown; with files alone as bare as can be."""
    if given.is_loose:
        return incoming.BARE
    settings = given.settings()
    phrase = next(filter(None, map(_phrase, settings.identities)), None)
    display, wishes = settings.display, service.names_of(settings)
    return replace(ours(given), banner=display.banner, keep=display.keep, phrase=phrase, wishes=wishes)


def _phrase(identity: config.Identity) -> str | None:
    """The seal phrase of its mail, where there is one; none is made."""
    try:
        return identity.phrase or phrases.read(config.keyring_path(identity.keyring))
    except KeyringError:
        return None


def _named(given: Given, engine: Engine, now: int) -> incoming.Keys:
    source = FromFile(given.passphrase_file) if given.passphrase_file else None
    passphrase = source.read() if source is not None else None
    remedy = "Name a private file that holds it: --passphrase-file FILE." if source is None else source.remedy

    def secret(octets: bytes) -> SecretKey:
        try:
            return loose.secret(octets, passphrase, engine)
        except PassphraseError as error:
            raise PassphraseError(f"{error} {remedy}") from error

    secrets = [_read(path, contents.SECRET_KEY, secret) for path in given.keys]
    found = [
        c for path in given.certs for c in _read(path, contents.CERTIFICATE, lambda o: loose.certificates(o, engine))
    ]
    held = {c.fingerprint: c for c in (*(s.certificate for s in secrets), *found)}
    return access.keys_of(secrets, [loose.Loose(held.values())], now)


def _read(path: Path, wanted: str, parse: Callable[[bytes], T]) -> T:
    octets = opts.content(path)
    with opts.about(path, octets, wanted):
        try:
            return parse(octets)
        except KeyringError as error:
            raise KeyringError(opts.sentence(f"{path}: {error}")) from error


def _configured(settings: config.Config, engine: Engine, now: int) -> incoming.Keys:
    """Everything that the person at the terminal has: all identities, and what is remembered."""
    held = service.access_of(settings, engine)
    for identity in held.identities:
        if isinstance(identity.source, FromTerminal):
            identity.source.ask()
        try:
            identity.secret(now)
        except KeyringError as error:
            click.echo(f"ithaca: {error}", err=True)
    return held.all_keys(now)

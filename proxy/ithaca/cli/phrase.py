"""``ithaca phrase``: the seal phrase, which stands under letters of which everything is proved."""

from pathlib import Path

import click

from ithaca import config
from ithaca.cli import options
from ithaca.errors import ConfigError
from ithaca.keyring import phrase as phrases


@click.group(invoke_without_command=True)
@options.keyring_name_as_given
@click.pass_context
def phrase(context: click.Context, keyring: str | None) -> None:
    """Show your seal phrase. Ithaca puts it under letters of which everything is proved; nobody else knows it.

    Tell it to nobody. A letter that holds it without being proved is a forgery, and your phrase is no secret any more:
    make a new one with "ithaca phrase new".
    """
    context.obj = keyring
    if context.invoked_subcommand is None:
        folder = _folder(keyring)
        click.echo(_configured(folder) or phrases.kept(folder))


@phrase.command()
@click.pass_obj
def new(keyring: str | None) -> None:
    """Make another seal phrase; the old one counts no more."""
    folder = _folder(keyring)
    click.echo(phrases.renew(folder))
    if _configured(folder):
        click.echo(
            "The configuration names a phrase of your own, which goes before this one: change it there, too.",
            err=True,
        )


def _folder(keyring: str | None) -> Path:
    return options.open_keyring(options.chosen(keyring)).path


def _configured(keyring: Path) -> str | None:
    """The phrase that the configuration names for an identity of this keyring."""
    try:
        settings = config.load(config.default_path())
    except ConfigError:
        return None
    same = (i for i in settings.identities if config.keyring_path(i.keyring).resolve() == keyring.resolve())
    return next((i.phrase for i in same if i.phrase), None)

"""The commands: parse arguments, call, print reports."""

import importlib

import click

import ithaca as package

COMMANDS = {
    "run": ("ithaca.cli.running", "Run the service in the foreground."),
    "demo": ("ithaca.cli.demonstration", "Show the whole path: no configuration, no network."),
    "explain": ("ithaca.cli.explaining", "Say what is true of a message, or what would become of it, and why."),
    "open": ("ithaca.cli.opening", "Open by hand what was delivered sealed."),
    "phrase": ("ithaca.cli.phrase", "Your seal phrase, which stands under proved letters."),
    "key": ("ithaca.cli.keys", "Your own keys: generate, show, extend, revoke, export and more."),
    "cert": ("ithaca.cli.certificates", "The keys of others: list, show, import, verify, export, remove."),
    "config": ("ithaca.cli.configuration", "Check the configuration; its schema for editors."),
}
"""Command → the module that holds it, under its own name, and its help: modules are imported when they are needed."""
_ATTRIBUTES = {"config": "configuration", "key": "keys", "cert": "certificates", "open": "open_by_hand"}


class _Lazy(click.Group):
    """A group whose commands are imported only to be run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, _ATTRIBUTES.get(cmd_name, cmd_name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package.__version__, prog_name="ithaca")
def ithaca() -> None:
    """An OpenPGP proxy for mail: unmodified programs send sealed and read opened letters."""

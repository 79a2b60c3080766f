"""``ithaca-sop``: the Stateless OpenPGP command line (draft-dkg-openpgp-stateless-cli-14).

The law of this room: octets from standard input and from what the arguments name, octets to standard output, an exit
code of the draft's, and nothing else: no configuration, no keyring, no network. Standard output stays empty until what
stands in it is proved. Each subcommand is a module that is imported to be run, since a process is started for each.
"""

import importlib
import itertools
import sys
from collections.abc import Sequence

import click

from ithaca import errors
from ithaca.cli.sop import standard_streams
from ithaca.cli.sop.exit_codes import ExitCode, Failure

PROGRAM = "ithaca-sop"
SUBCOMMANDS = {
    "version": ("about", "Print the version."),
    "list-profiles": ("about", "List the profiles of a subcommand, the default first."),
    "generate-key": ("key_generation", "Make a secret key."),
    "change-key-password": ("key_changes", "Protect secret keys with another password, or with none."),
    "revoke-key": ("key_changes", "Make the revoked certificate of each secret key."),
    "extract-cert": ("key_changes", "Print the certificate of each secret key."),
    "sign": ("signing", "Sign data: a detached signature."),
    "verify": ("verifying", "Verify detached signatures over data."),
    "encrypt": ("encrypting", "Encrypt a message, and sign it."),
    "decrypt": ("decrypting", "Decrypt a message, and verify its signatures."),
    "armor": ("armoring", "Put binary OpenPGP data into ASCII armor."),
    "dearmor": ("armoring", "Take binary OpenPGP data out of its armor."),
    "inline-detach": ("verifying", "Split a signed message into its text and its signatures."),
    "inline-verify": ("verifying", "Verify a signed message, and print its text."),
    "inline-sign": ("signing", "Sign data: a signed message, or a signed text that anybody can read."),
}
"""Subcommand → the module that holds it, with ``_`` for ``-``, and its help."""
_DEBUG = "Show where a failure comes from."

_BY_ERROR: tuple[tuple[type[errors.Error], ExitCode], ...] = (
    (errors.DecryptionError, ExitCode.CANNOT_DECRYPT),
    (errors.PassphraseError, ExitCode.KEY_IS_PROTECTED),
    (errors.OpenPGPError, ExitCode.BAD_DATA),
)
"""What the engine says, where a subcommand has no better word for it; the first that fits."""


class _Subcommands(click.Group):
    """A group whose subcommands are imported only to be run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{SUBCOMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        command.params.append(click.Option(["--debug"], is_flag=True, expose_value=False, help=_DEBUG))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        command = self.get_command(ctx, args[0])
        if command is None:
            sentence = f"There is no subcommand '{args[0]}'; '{PROGRAM} --help' lists them."
            raise Failure(ExitCode.UNSUPPORTED_SUBCOMMAND, sentence)
        _require_once(command, args[1:])
        return args[0], command, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Subcommands"):
            formatter.write_dl([(name, text) for name, (_, text) in SUBCOMMANDS.items()])


def _require_once(command: click.Command, arguments: Sequence[str]) -> None:
    """Of an option with one value that is given twice, one would be dropped in silence."""
    given = [word.partition("=")[0] for word in itertools.takewhile(lambda word: word != "--", arguments)]
    for option in command.params:
        if isinstance(option, click.Option) and not option.multiple and not option.is_flag:
            names = [name for name in option.opts if name in given]
            if names and sum(map(given.count, names)) > 1:
                raise Failure(ExitCode.INCOMPATIBLE_OPTIONS, f"{names[0]} is given more than once; it has one value.")


@click.command(
    cls=_Subcommands,
    name=PROGRAM,
    no_args_is_help=False,
    subcommand_metavar="SUBCOMMAND [ARGUMENTS]…",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--debug", is_flag=True, expose_value=False, help=_DEBUG)
def sop() -> None:
    """Stateless OpenPGP: files and standard streams alone.

    What an argument names is a file, @ENV:NAME (a variable) or @FD:NUMBER (an open descriptor). Every result is armored
    unless --no-armor is given. Exit codes and profiles: docs/sop.md.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        standard_streams.prepare()
        if not given:
            raise Failure(ExitCode.MISSING_ARG, f"Name a subcommand; '{PROGRAM} --help' lists them.")
        sop.main(given, prog_name=PROGRAM, standalone_mode=False)
    except Exception as error:  # noqa: BLE001 (whatever it is, it becomes one sentence and a code)
        if "--debug" in given:
            import traceback  # noqa: PLC0415 (seldom)

            traceback.print_exc()
        code, sentence = _judged(error)
        print(f"{PROGRAM}: {sentence} [{code.name}]", file=sys.stderr)
        return code
    return ExitCode.OK


def _judged(error: Exception) -> tuple[ExitCode, str]:
    """(exit code, sentence) of what was raised."""
    if isinstance(error, Failure):
        return error.code, str(error)
    if isinstance(error, click.ClickException):
        return _usage(error), _sentence(error.format_message())
    for kind, code in _BY_ERROR:
        if isinstance(error, kind):
            return code, _sentence(str(error))
    if isinstance(error, errors.Error):
        return ExitCode.UNSPECIFIED_FAILURE, _sentence(str(error))
    kind_of = type(error).__name__
    return ExitCode.UNSPECIFIED_FAILURE, f"This should not happen ({kind_of}); '{PROGRAM} --debug …' shows where."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?")) else ".")


def _usage(error: click.ClickException) -> ExitCode:
    """What is wrong with the arguments."""
    if isinstance(error, click.MissingParameter):
        return ExitCode.MISSING_ARG
    # Raised for an option without a value, too, and for a flag with one.
    if isinstance(error, click.BadOptionUsage) and "requires an argument" in error.message:
        return ExitCode.MISSING_ARG
    return ExitCode.UNSUPPORTED_OPTION

"""Options and arguments that several subcommands share.

The law of this file: a word means the same in every subcommand, and each is the draft's, but for those that say
otherwise in their help.
"""

import datetime
import time
from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Any], Any]

no_armor: Decorator = click.option(
    "--no-armor", "armored", is_flag=True, flag_value=False, default=True, help="Binary output."
)
with_key_password: Decorator = click.option(
    "--with-key-password",
    "key_passwords",
    metavar="PASSWORD",
    multiple=True,
    help="Holds a password that may open a secret key (repeatable).",
)
keys: Decorator = click.argument("keys", nargs=-1, required=True, metavar="KEYS…")
certs: Decorator = click.argument("certs", nargs=-1, required=True, metavar="CERTS…")


def profile(subcommand: str) -> Decorator:
    """Which of the profiles of `subcommand`."""
    return click.option(
        "--profile", metavar="PROFILE", default="default", help=f"One of those that 'list-profiles {subcommand}' shows."
    )


def sign_as(*kinds: str) -> Decorator:
    """How data are taken; the first is the default."""
    return click.option(
        "--as", "kind", type=click.Choice(kinds), default=kinds[0], show_default=True, help="How the data are taken."
    )


AHEAD = 1800
"""Seconds that a signer's clock may be ahead of ours: ``--not-after=now`` lets so much go."""


def _moment(text: str) -> int | None:
    """``-`` (None: no limit), ``now``, or an ISO 8601 time as seconds since 1970; without a zone it is UTC."""
    if text == "-":
        return None
    if text == "now":
        return int(time.time())
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        sentence = f"'{text}' is no ISO 8601 time such as 2026-11-24T10:00:00Z, nor '-' or 'now'."
        raise click.BadParameter(sentence) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return int(moment.timestamp())


def _latest(text: str) -> int | None:
    """The same for the end of a window."""
    return int(time.time()) + AHEAD if text == "now" else _moment(text)


def not_before_and_after(prefix: str = "") -> Decorator:
    """The window in which signatures count."""

    def decorate(function: Any) -> Any:
        after = click.option(
            f"--{prefix}not-after",
            "not_after",
            type=_latest,
            metavar="DATE",
            default="now",
            show_default=True,
            help="Signatures made later do not count ('-': no limit).",
        )
        before = click.option(
            f"--{prefix}not-before",
            "not_before",
            type=_moment,
            metavar="DATE",
            default="-",
            show_default=True,
            help="Signatures made earlier do not count ('-': no limit).",
        )
        return before(after(function))

    return decorate

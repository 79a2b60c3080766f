"""``ithaca explain``: the verdict on a message with every step and reason, by the same code as receiving."""

import datetime
import json
import time
from collections.abc import Mapping
from pathlib import Path

import click

from ithaca import files, incoming, report, work
from ithaca.cli import holdings, options, sending
from ithaca.incoming import reversing
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


@click.command()
@click.argument("message", required=False, type=options.INPUT)
@holdings.options
@click.option(
    "--at", "moment", type=_moment, metavar="TIME", help="Judge as of this time (ISO 8601); now, unless said."
)
@click.option("--show", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write what the client would get.")
@click.option("--send", "outgoing", type=options.INPUT, help="Say what would become of this message if it were sent.")
@click.option("--to", multiple=True, metavar="ADDRESS", help="With --send: a recipient (repeatable); else To, Cc, Bcc.")
@click.option("--from-login", "login", help="With --send: the login that sends it; else that of the From address.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (docs/verdict.md, docs/sending.md).")
def explain(  # noqa: PLR0917 (one for each option)
    message: Path | None,
    given: holdings.Given,
    moment: int | None,
    outgoing: Path | None,
    to: tuple[str, ...],
    login: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say what is true of MESSAGE (a file, or - for standard input) and why.

    MESSAGE is as it lies at the provider, or as your mail program stores it: what Ithaca has added is taken away first.
    With --key or --cert nothing else is used; else the keyrings of the configuration. With --send FILE the decision
    about a message that is to be sent; nothing leaves.
    """
    path = outgoing or message
    if path is None or (outgoing is not None and message is not None):
        raise click.UsageError("Name a message, or with --send one that is to be sent.")
    came = {"--show": out, "--at": moment is not None, "--key": given.keys, "--cert": given.certs}
    _require_none(came if outgoing is not None else {"--to": to, "--from-login": login}, outgoing)
    if outgoing is not None:
        sending.explain(reversing.as_sent(options.whole(path)), to, login, given, as_json=as_json)
        return
    engine = PgpyEngine()
    now = int(time.time()) if moment is None else moment
    keys = holdings.keys(given, engine, now)
    presentation = holdings.presentation(given)
    stored = reversing.restore(options.whole(path), holdings.ours(given))
    job = incoming.open_message(stored.octets, keys, engine=engine, now=now, presentation=presentation)
    shown = work.run(job)
    if out is not None:
        files.write_atomically(out, shown.message)
    if as_json:
        click.echo(json.dumps(report.as_record(shown.verdict) | {"shown": _shown_record(stored)}, indent=2))
    else:
        click.echo("\n".join((*_shown_lines(stored), *report.lines(shown.verdict))))


def _require_none(options_: Mapping[str, object], outgoing: Path | None) -> None:
    """An option of the other kind of message would do nothing, and nobody would see that. `click.UsageError`."""
    for name in (name for name, value in options_.items() if value):
        kind = "is for a message that came, and cannot go with" if outgoing is not None else "goes only with"
        raise click.UsageError(f"{name} {kind} --send.")


def _shown_record(stored: reversing.Restored) -> dict[str, object] | None:
    return {"whole": stored.is_whole, "said": stored.said} if stored.is_ours else None


def _shown_lines(stored: reversing.Restored) -> tuple[str, ...]:
    """What is to be known of a message that this installation has shown."""
    if not stored.is_ours:
        return ()
    if stored.is_whole:
        return ("shown       by this Ithaca; what it added was taken away, and the message is as it came",)
    return (
        "shown       by this Ithaca, opened; the sealed original was not kept, so nothing can be proved again",
        f"said then   {report.plain(stored.said, 1000)}",
    )

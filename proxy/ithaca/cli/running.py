"""``ithaca run``: the service in the foreground."""

from pathlib import Path

import click

from ithaca import config, log, service
from ithaca.cli import options


@click.command()
@options.configuration
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="How much is logged; never mail or credentials.",
)
def run(config_file: Path | None, log_level: str) -> None:
    """Run the service in the foreground until it is told to stop (SIGTERM, Ctrl-C)."""
    settings = config.load(config_file or config.default_path())
    log.set_up(log_level)
    service.run(settings)

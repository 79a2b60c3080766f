"""``ithaca demo``: the whole path on an embedded ISP."""

import asyncio
import sys

import click
from rich.console import Console

from ithaca import log
from ithaca.demo import story


@click.command()
@click.option("--keep", is_flag=True, help="Leave everything running, and print settings for a real mail program.")
def demo(keep: bool) -> None:
    """Show the whole path: a letter goes out sealed and comes home opened, and a forged one is found out."""
    log.set_up("error")
    try:
        held = asyncio.run(story.run(Console(highlight=False), keep=keep))
    except KeyboardInterrupt:
        held = True
    sys.exit(0 if held else 1)

"""``ithaca demo``: the whole path on an embedded ISP."""

import asyncio
import functools
import signal
import sys
from collections.abc import Callable

import click
from rich.console import Console

from ithaca import log
from ithaca.demo import story

ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""However a person, a shell or a service manager says that it is enough."""
INTERRUPTED = 130
"""128 + SIGINT, as a shell counts: the story was not told to its end."""


@click.command()
@click.option("--keep", is_flag=True, help="Leave everything running, and print settings for a real mail program.")
def demo(keep: bool) -> None:
    """Show the whole path: a letter goes out sealed and comes home opened, and a forged one is found out."""
    log.set_up("error")
    try:
        held = asyncio.run(_tell(keep))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(INTERRUPTED)
    sys.exit(0 if held else 1)


async def _tell(keep: bool) -> bool:
    console = Console(highlight=False)
    telling = asyncio.current_task()
    assert telling is not None  # noqa: S101 (a coroutine runs in a task)
    # However it is told to end, the keys and passphrases on the disk go with it: as after Ctrl-C, which a shell
    # switches off for what it runs in the background.
    _when_told(telling.cancel, ENDING - {signal.SIGINT})
    return await story.run(console, until=functools.partial(_told_to_end, console) if keep else None)


async def _told_to_end(console: Console) -> None:
    """Ctrl-C is how this ends, and no failure."""
    told = asyncio.Event()
    _when_told(told.set, ENDING)
    # Said only now: before, Ctrl-C would break the story off.
    console.print("Everything runs until you press Ctrl-C; then all of it is gone.")
    await told.wait()


def _when_told(act: Callable[[], object], signals: frozenset[signal.Signals]) -> None:
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, act)

"""``ithaca open``: what was delivered closed is opened by hand, each sealed part by itself."""

import sys
import time
from pathlib import Path

import click

from ithaca import files, incoming, report, work
from ithaca.cli import holdings, options
from ithaca.errors import OpenPGPError
from ithaca.files import FileError
from ithaca.incoming import by_hand, reversing
from ithaca.openpgp.pgpy_engine import PgpyEngine


@click.command("open")
@click.argument("message", type=options.INPUT)
@holdings.options
@click.option("--part", "number", type=click.IntRange(1), help="Only this one of several sealed parts.")
@click.option("-o", "--out", type=options.NEW_FILE, help="Write to this file; of several parts to FILE.1, FILE.2 …")
def open_by_hand(message: Path, given: holdings.Given, number: int | None, out: Path | None) -> None:
    """Open the sealed parts of MESSAGE (a file as your mail program stores it, or - for standard input).

    Ithaca leaves such parts closed when it delivers a letter, because what stands beside them may be an attacker's.
    What a part holds is written as it is; what is known of it is said on standard error.
    """
    engine, now = PgpyEngine(), int(time.time())
    keys = holdings.keys(given, engine, now)
    stored = reversing.restore(options.whole(message), holdings.ours(given)).octets
    parts = list(enumerate(by_hand.sealed_parts(stored), 1))
    if number is not None:
        parts = [part for part in parts if part[0] == number]
    if not parts:
        raise FileError(f"{message} holds no such sealed part." if number else f"{message} holds no sealed part.")
    if len(parts) > 1 and out is None:
        raise FileError(f"{message} holds {len(parts)} sealed parts; name one with --part N, or a file with -o FILE.")
    opened = 0
    for count, part in parts:
        shown = work.run(incoming.open_message(part.message, keys, engine=engine, now=now))
        click.echo(f"Part {count}:", err=True)
        for line in report.lines(shown.verdict):
            click.echo(f"  {line}", err=True)
        try:
            plaintext = work.run(by_hand.open_part(part, keys, engine=engine, now=now)).plaintext
        except OpenPGPError as error:
            click.echo(f"  {options.sentence(str(error))}", err=True)
            continue
        opened += 1
        _give(plaintext, out if out is None or len(parts) == 1 else out.with_name(f"{out.name}.{count}"))
    if not opened:
        raise FileError("Nothing was opened.")


def _give(octets: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(octets)
    elif out.exists():
        raise FileError(f"{out} is there already; choose another name, or remove it.")
    else:
        files.write_atomically(out, octets)

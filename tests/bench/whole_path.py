"""The figures of the whole path: sealing small and large, passing through, starting, and memory.

The law of this file: every ratio is between two ways measured in turn in this run, "direct" being the same source
straight to the same sink.
"""

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import world
from bench import measuring, parties, profiles
from bench.measuring import Figure
from ithaca import config, outgoing, sealing, service
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.work import PIECE
from servers.provider import Provider

SMALL, LARGE = 1024, 25_000_000
"""Octets of a message."""
MEGABYTE = 1_000_000
IMPORTS = {
    "the command line (click, rich)": "ithaca.cli",
    "configuration (pydantic, PyYAML)": "ithaca.config",
    "OpenPGP (PGPy, cryptography)": "ithaca.openpgp.pgpy_engine",
    "the rest of the service (asyncio, ssl, aiosmtpd)": "ithaca.service",
}
"""What idle memory is made of, in the order in which it comes."""


class Place:
    """Everybody who takes part, running."""

    def __init__(self, folder: Path, provider: Provider, sink: int, stock: int, ithaca: tuple[int, int, int]) -> None:
        self.provider, self.sink, self.stock = provider, sink, stock
        self.pid, self.smtp, self.pop3 = ithaca
        self.small, self.large = folder / "small.eml", folder / "large.eml"
        self.small.write_bytes(parties.letter(SMALL))
        self.large.write_bytes(parties.letter(LARGE))
        # Keys are unlocked and everything is imported after one letter of each kind.
        parties.send(self.smtp, self.small, 20)
        time.sleep(1)
        self.idle = measuring.resident(self.pid)

    def above_idle(self) -> float:
        """Megabytes of memory that Ithaca held at most, above idle, since the peak was forgotten."""
        return (measuring.resident(self.pid, "VmHWM") - self.idle) / MEGABYTE


def small_sealed(place: Place) -> Figure:
    """One kept connection, Ed25519 and X25519."""
    count = 300

    def through() -> float:
        return measuring.seconds(lambda: parties.send(place.smtp, place.small, count))

    def stock() -> float:
        return measuring.seconds(lambda: parties.send(place.stock, place.small, count))

    ours, other, ratio = measuring.paired(through, stock)
    costs = profiles.largest(place.pid, lambda: parties.send(place.smtp, place.small, 2000))
    measured = f"{100 * ratio:.0f} % ({count / ours:.0f}/s, aiosmtpd alone {count / other:.0f}/s)"
    return Figure("1 KB sealed, one kept connection", measured, "≥ 25 % of aiosmtpd receiving it", ratio >= 0.25, costs)


def large_sealed(place: Place) -> Iterator[Figure]:
    """One message of 25 MB; memory from the same run."""
    megabytes = place.large.stat().st_size / MEGABYTE
    measuring.forget_peak(place.pid)

    def through() -> float:
        return measuring.seconds(lambda: parties.send(place.smtp, place.large, 1))

    def direct() -> float:
        return measuring.seconds(lambda: parties.send(place.sink, place.large, 1))

    ours, other, ratio = measuring.paired(through, direct)
    peak = place.above_idle()
    costs = profiles.largest(place.pid, lambda: parties.send(place.smtp, place.large, 12))
    measured = f"{100 * ratio:.0f} % ({megabytes / ours:.0f} MB/s, direct {megabytes / other:.0f} MB/s)"
    yield Figure("25 MB sealed", measured, "≥ 30 % of direct", ratio >= 0.30, costs)
    message = place.large.read_bytes().replace(b"\n", b"\r\n")
    costs = profiles.allocations(lambda halfway: _seal_here(place, message, halfway))
    yield Figure("25 MB sealed, memory above idle", f"{peak:.0f} MB", "≤ 60 MB", peak <= 60, costs)


def _seal_here(place: Place, message: bytes, halfway: Callable[[], None]) -> None:
    """The same message sealed in this process, piece by piece as it would come in."""
    engine = PgpyEngine()
    access = service.access_of(config.load(place.large.with_name("config.yaml")), engine)
    envelope = outgoing.Envelope("isp", None, parties.SENDER.encode(), (parties.RECIPIENT.encode(),))
    around = sealing.Surroundings(engine, int(time.time()), os.urandom)
    plan = outgoing.begin(envelope, message[: 1 << 16], False, access, around)
    sealer = plan.sealer(plan.groups[0])
    for start in range(0, len(message), PIECE):
        # As long as the relay has it: until the next piece.
        sealed = sealer.feed(message[start : start + PIECE])
        if start <= len(message) // 2 < start + PIECE:
            halfway()
    del sealed
    sealer.finish()


def large_passed(place: Place) -> Figure:
    """POP3, a message that is not sealed."""
    with smtplib.SMTP("127.0.0.1", place.provider.ports["smtp"]) as exchanger:
        exchanger.sendmail("", [parties.RECIPIENT], place.large.read_bytes().replace(b"\n", b"\r\n"))
    place.provider.arrived(parties.RECIPIENT)
    megabytes = place.large.stat().st_size / MEGABYTE
    ours, other, ratio = measuring.paired(
        lambda: parties.fetch(place.pop3), lambda: parties.fetch(place.provider.ports["pop3"]), 15
    )
    costs = profiles.largest(place.pid, lambda: [parties.fetch(place.pop3) for _ in range(20)])
    measured = f"{100 * ratio:.0f} % ({megabytes / ours:.0f} MB/s, direct {megabytes / other:.0f} MB/s)"
    return Figure("25 MB not sealed, POP3", measured, "≥ 70 % of direct", ratio >= 0.70, costs)


def starting(folder: Path, sink: int, provider: Provider) -> Iterator[Figure]:
    """The command line, and the service until it accepts."""
    command = [sys.executable, "-m", "ithaca", "--help"]

    def helped() -> float:
        return measuring.seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))

    def ready() -> float:
        started = time.perf_counter()
        with parties.ithaca(folder, sink, provider):
            return time.perf_counter() - started

    seconds = measuring.median(helped)
    costs = profiles.imports(["ithaca", "--help"])
    yield Figure("ithaca --help", f"{seconds:.2f} s", "≤ 0.4 s", seconds <= 0.4, costs)
    seconds = measuring.median(ready)
    costs = profiles.imports(["ithaca", "run", "--config", str(folder / "none.yaml")])
    yield Figure("start to ready", f"{seconds:.2f} s", "≤ 0.8 s", seconds <= 0.8, costs)


def figures(folder: Path) -> Iterator[Figure]:
    """All of them, as they come."""
    world.make_keyrings(folder)
    with Provider(world.PASSWORDS) as provider, parties.sink() as sink, parties.stock_aiosmtpd() as stock:
        yield from starting(folder, sink, provider)
        with parties.ithaca(folder, sink, provider) as ithaca:
            place = Place(folder, provider, sink, stock, ithaca)
            idle = place.idle / MEGABYTE
            costs = profiles.resident_by_import(IMPORTS)
            yield Figure("memory, idle", f"{idle:.0f} MB", "≤ 80 MB", idle <= 80, costs)
            yield small_sealed(place)
            yield from large_sealed(place)
            yield large_passed(place)

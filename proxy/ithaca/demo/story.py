"""The story of the demo: two people, two Ithacas, an ISP in between; told with checked facts only.

The law of this file: nothing is claimed that was not looked at, and one fact that fails makes the whole fail.
"""

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ithaca.demo import evidence, letters, pages, people
from ithaca.demo.evidence import Fact, Reading
from ithaca.demo.isp import Isp
from ithaca.demo.pages import View
from ithaca.demo.people import Person
from ithaca.demo.suitor import BOAST, Suitor
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.sealing import Surroundings
from ithaca.service import Service

ULYSSES, PENELOPE = "ulysses@ithaca.example", "penelope@ithaca.example"
STOP_SECONDS = 2
"""The mail programs of the story have left by then; a real one of ``--keep`` is not waited for."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs while the story is told."""

    isp: Isp
    ulysses: Person
    penelope: Person


async def run(console: Console, *, until: Callable[[], Awaitable[None]] | None = None) -> bool:
    """Tell the whole story; True: every fact held. `until`: leave everything running till this returns."""
    with tempfile.TemporaryDirectory(prefix="ithaca-demo-") as folder:
        console.print(
            Text("Two people, whose keys are made now; an ISP; and an Ithaca for each of them.", style="bold")
        )
        async with _world(Path(folder)) as world:
            facts = await _first_letter(console, world) + await _second_letter(console, world)
            pages.print_facts(console, facts)
            if until is not None:
                pages.print_settings(console, (world.ulysses, world.penelope))
                await until()
            return all(fact.holds for fact in facts)


@contextlib.asynccontextmanager
async def _world(folder: Path) -> AsyncIterator[World]:
    ulysses, penelope = (people.settle(folder, address) for address in (ULYSSES, PENELOPE))
    ulysses.knows(penelope)
    penelope.knows(ulysses)
    async with contextlib.AsyncExitStack() as stack:
        isp = await stack.enter_async_context(Isp({p.address: p.password for p in (ulysses, penelope)}))
        for person in (ulysses, penelope):
            service = Service(person.configuration(isp))
            await service.start()
            stack.push_async_callback(service.stop, STOP_SECONDS)
            person.smtp_port, person.pop3_port = service.ports["isp"]
        yield World(isp, ulysses, penelope)


async def _first_letter(console: Console, world: World) -> list[Fact]:
    """A letter with a picture: sealed at the ISP, whole at Penelope's."""
    letter = letters.from_ulysses(ULYSSES, PENELOPE)
    await asyncio.to_thread(world.ulysses.send, PENELOPE, letter)
    stored = world.isp.maildrops[PENELOPE].messages[-1]
    received = await asyncio.to_thread(world.penelope.fetch_last)
    views = (
        View("What Ulysses' mail program sent", letter, "green"),
        View("What the ISP saw", stored, "red"),
        View("What Penelope's mail program received", received, "green"),
    )
    pages.print_side_by_side(console, "A letter with a picture", views)
    signer = world.ulysses.keyring.sole_secret(None)
    return [*_hidden(letter, stored), *_arrived(letter, stored, received, signer, world.penelope.phrase)]


def _hidden(letter: bytes, stored: bytes) -> list[Fact]:
    """What the ISP could read, and that the same search reads all of it in the clear letter."""
    text = evidence.phrases("\n".join((letters.SUBJECT, letters.TEXT, letters.PICTURE_NAME)))
    picture = evidence.pieces(letters.picture())
    clear, sealed = Reading(letter), Reading(stored)
    return [
        Fact(
            "the search finds subject, text and picture in what Ulysses' program sent",
            all(map(clear.shows, text + picture)),
        ),
        Fact(
            "it finds no subject, text or picture's name in what the ISP saw",
            not any(map(sealed.shows, text)),
        ),
        Fact("and nothing of the picture", not any(map(sealed.shows, picture))),
        Fact("the ISP saw a sealed message (RFC 3156) with the subject [...]", evidence.is_sealed(stored)),
    ]


def _arrived(letter: bytes, stored: bytes, received: bytes, signer: str, phrase: str) -> list[Fact]:
    return [
        Fact(
            "Penelope's program got the body octet for octet",
            evidence.body(evidence.letter(received)) == evidence.body(letter),
        ),
        Fact("the picture arrived whole", evidence.pictures(received) == (letters.picture(),)),
        Fact("the subject is back", evidence.text_of(received, b"Subject") == letters.SUBJECT),
        Fact(
            "the verdict: opened, signature good, From is the signer, by Ulysses' own key",
            evidence.says(received, decryption="full", signature="good", from_="match", signer=signer),
        ),
        Fact(
            "in front it says in plain words that nobody could read it or change it",
            "nobody could read it on the way. Nobody has changed it" in evidence.banner(received),
        ),
        Fact(
            "it ends with Penelope's seal phrase, which no letter that was sent holds",
            f"Your seal phrase: {phrase}" in evidence.banner(received)
            and not any(Reading(message).shows(phrase.encode()) for message in (letter, stored)),
        ),
    ]


async def _second_letter(console: Console, world: World) -> list[Fact]:
    """On its way a suitor at the ISP puts a letter of his own in place of the next one; then he spoils that one."""
    await asyncio.to_thread(world.ulysses.send, PENELOPE, letters.from_ulysses(ULYSSES, PENELOPE))
    maildrop = world.isp.maildrops[PENELOPE]
    genuine, letter = maildrop.messages[-1], letters.forged(ULYSSES, PENELOPE)
    forgery = maildrop.messages[-1] = await asyncio.to_thread(_forge, letter, world.penelope)
    received = await asyncio.to_thread(world.penelope.fetch_last)
    spoiled = evidence.altered(genuine)
    maildrop.deliver(spoiled)
    closed = await asyncio.to_thread(world.penelope.fetch_last)
    views = (
        View("What a suitor put in its place", BOAST + letter, "yellow"),
        View("What Penelope's program received", received, "red"),
        View("And of the letter, one character altered", closed, "red"),
    )
    pages.print_side_by_side(console, "A letter forged on its way", views)
    return [
        Fact(
            "the suitor's letter came sealed, with a good verdict of his own writing",
            evidence.is_sealed(forgery) and evidence.says(forgery, signature="good", from_="match"),
        ),
        Fact("it is not called good: nobody knows that key", evidence.says(received, signature="unknown")),
        Fact("nor is it tied to Ulysses' address", evidence.says(received, from_="none", binding="none")),
        Fact(
            "the altered letter was not opened at all",
            evidence.says(closed, decryption="none", signature="none", from_="none"),
        ),
        Fact("it came as it was, nothing lost", evidence.body(evidence.letter(closed)) == evidence.body(spoiled)),
        Fact(
            "in front of the one it says that its author is not proved, of the other that it was not opened",
            "Who wrote this is not proved." in evidence.banner(received)
            and "could not be opened" in evidence.banner(closed),
        ),
        Fact("and under neither of them stands the phrase", world.penelope.phrase.encode() not in received + closed),
    ]


def _forge(letter: bytes, reader: Person) -> bytes:
    """A letter in Ulysses' name, well sealed to its reader, signed by a key that claims his address."""
    suitor = Suitor(ULYSSES, people.pretend(ULYSSES), reader.keyring)
    return suitor.forge(letter, reader.address, Surroundings(PgpyEngine(), int(time.time()), secrets.token_bytes))

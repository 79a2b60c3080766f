"""The story of the demo: two people, two Ithacas, an ISP in between; told with checked facts only.

The law of this file: nothing is printed that was not looked at, and one fact that fails makes the whole fail.
"""

import asyncio
import base64
import contextlib
import datetime
import poplib
import quopri
import secrets
import smtplib
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ithaca import config, files
from ithaca.address import AddrSpec
from ithaca.demo import letters
from ithaca.demo.isp import Isp
from ithaca.dial import Tls
from ithaca.keyring.store import Keyring
from ithaca.mime import entity as entities
from ithaca.mime import header
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection
from ithaca.openpgp import secret_key
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.outgoing import Envelope, Refused, begin
from ithaca.policy import Policy
from ithaca.sealing import Surroundings
from ithaca.service import Service

ULYSSES, PENELOPE = "ulysses@ithaca.example", "penelope@ithaca.example"
LINES = 14
"""Lines of a letter that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that must be so."""

    text: str
    holds: bool


@dataclass(slots=True)
class Person:
    """One person: mail program settings and keyring."""

    address: str
    password: str
    keyring: Keyring
    passphrase: Path
    smtp_port: int = 0
    pop3_port: int = 0


async def run(console: Console, *, keep: bool = False) -> bool:
    """Tell the whole story; True: every fact held. `keep`: leave everything running until interrupted."""
    with tempfile.TemporaryDirectory(prefix="ithaca-demo-") as folder:
        async with _world(Path(folder), console) as (isp, ulysses, penelope):
            facts = await _first_letter(console, isp, ulysses, penelope)
            facts += await _second_letter(console, isp, ulysses, penelope)
            _print_facts(console, facts)
            if keep:
                _print_settings(console, (ulysses, penelope))
                await asyncio.Event().wait()
            return all(fact.holds for fact in facts)


@contextlib.asynccontextmanager
async def _world(folder: Path, console: Console) -> AsyncIterator[tuple[Isp, Person, Person]]:
    console.print(Text("Two people, whose keys are made now; an ISP; and an Ithaca for each of them.", style="bold"))
    people = [_person(folder, address) for address in (ULYSSES, PENELOPE)]
    for person, other in (people, people[::-1]):
        person.keyring.import_certificate(other.keyring.own_certificate(other.keyring.sole_secret(None)).octets)
    async with Isp({p.address: p.password for p in people}) as isp:
        services = []
        try:
            for person in people:
                service = Service(_settings(isp, person))
                services.append(service)
                await service.start()
                person.smtp_port, person.pop3_port = service.ports["isp"]
            yield isp, people[0], people[1]
        finally:
            for service in services:
                await service.stop(2)


def _person(folder: Path, address: str) -> Person:
    name = address.partition("@")[0]
    engine = PgpyEngine()
    passphrase = folder / f"{name}.passphrase"
    files.write_atomically(passphrase, secrets.token_urlsafe(16).encode())
    keyring = Keyring.create(folder / name, engine)
    created = datetime.datetime.fromtimestamp(int(time.time()) - 1, datetime.UTC)
    keyring.import_secret(engine.generate(f"{name.title()} <{address}>", passphrase.read_bytes(), created))
    return Person(address, secrets.token_urlsafe(9), keyring, passphrase)


def _settings(isp: Isp, person: Person) -> config.Config:
    return config.Config(
        providers={
            "isp": config.Provider(
                listen=config.Listen(smtp_port=0, pop3_port=0),
                smtp=config.Server(host="127.0.0.1", port=isp.smtp_port, tls=Tls.NONE),
                pop3=config.Server(host="127.0.0.1", port=isp.pop3_port, tls=Tls.NONE),
            )
        },
        identities=(
            config.Identity(
                address=person.address,
                provider="isp",
                keyring=str(person.keyring.path),
                passphrase=config.Passphrase(file=person.passphrase),
            ),
        ),
    )


# --- the mail programs -------------------------------------------------------------------------------


def _send(person: Person, recipient: str, message: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", person.smtp_port, timeout=30) as client:
        client.login(person.address, person.password)
        client.sendmail(person.address, [recipient], message)


def _fetch_last(person: Person) -> bytes:
    client = poplib.POP3("127.0.0.1", person.pop3_port, timeout=30)
    client.user(person.address)
    client.pass_(person.password)
    count, _ = client.stat()
    _, lines, _ = client.retr(count)
    client.quit()
    return b"".join(line + b"\r\n" for line in lines)


# --- the letters -------------------------------------------------------------------------------------


async def _first_letter(console: Console, isp: Isp, ulysses: Person, penelope: Person) -> list[Fact]:
    letter = letters.from_ulysses(ULYSSES, PENELOPE)
    await asyncio.to_thread(_send, ulysses, PENELOPE, letter)
    stored = isp.maildrops[PENELOPE].messages[-1]
    received = await asyncio.to_thread(_fetch_last, penelope)
    views = [
        ("What Ulysses' mail program sent", letter, "green"),
        ("What the ISP saw", stored, "red"),
        ("What Penelope's mail program received", received, "green"),
    ]
    _print_side_by_side(console, "A letter with a picture", views)
    shown = HeaderSection.parse(header.split_message(received)[0])
    verdict = _text(shown, b"Ithaca-Verdict")
    secret = [letters.SUBJECT, *letters.TEXT.split("\n"), letters.PICTURE_NAME]
    pixels = letters.picture()[8:200]
    return [
        Fact(
            "the search finds both in what Ulysses' program sent",
            bool(_leaks(letter, secret)) and _shows(letter, pixels),
        ),
        Fact("the ISP saw no word of the subject, the text or the picture's name", not _leaks(stored, secret)),
        Fact("the ISP saw nothing of the picture", not _shows(stored, pixels)),
        Fact("the ISP saw a sealed message (RFC 3156) with the subject [...]", _is_sealed(stored)),
        Fact("Penelope's program got the body octet for octet", _body(received) == _body(letter)),
        Fact("the picture arrived whole", _picture(received) == letters.picture()),
        Fact("the subject is back", _text(shown, b"Subject") == letters.SUBJECT),
        Fact("the verdict: opened, signature good, From is the signer", _says(verdict, "full", "good", "match")),
    ]


async def _second_letter(console: Console, isp: Isp, ulysses: Person, penelope: Person) -> list[Fact]:
    """On its way a suitor at the ISP puts a letter of his own in place of the next one, sealed and signed by him."""
    await asyncio.to_thread(_send, ulysses, PENELOPE, letters.from_ulysses(ULYSSES, PENELOPE))
    genuine = isp.maildrops[PENELOPE].messages[-1]
    forgery = await asyncio.to_thread(_forge, penelope)
    isp.maildrops[PENELOPE].messages[-1] = forgery
    received = await asyncio.to_thread(_fetch_last, penelope)
    altered = bytearray(genuine)
    at = altered.rindex(b"-----END PGP MESSAGE") - 60
    altered[at] = ord("A") if altered[at] != ord("A") else ord("B")
    isp.maildrops[PENELOPE].deliver(bytes(altered))
    broken = await asyncio.to_thread(_fetch_last, penelope)
    views = [
        (
            "What a suitor put in its place",
            letters.forged(ULYSSES, PENELOPE),
            "yellow",
        ),
        ("What Penelope's program received", received, "red"),
        ("And of the letter, one character altered", broken, "red"),
    ]
    _print_side_by_side(console, "A letter forged on its way", views)
    forged_verdict, broken_verdict = (
        _text(HeaderSection.parse(header.split_message(o)[0]), b"Ithaca-Verdict") for o in (received, broken)
    )
    return [
        Fact("the forged letter is not called good", "signature=unknown" in forged_verdict),
        Fact("nor is it tied to Ulysses' address", "from=none" in forged_verdict),
        Fact("the altered letter was not opened at all", _says(broken_verdict, "none", "none", "none")),
        Fact("it came as it was, nothing lost", _body(broken) == _body(bytes(altered))),
    ]


class _Suitor:
    """The forger as an identity of his own making: From says Ulysses, the key is his."""

    def __init__(self, keyring: Keyring, secret: secret_key.SecretKey, recipient: Keyring) -> None:
        self.address = AddrSpec(ULYSSES)
        self.policy = Policy()
        self._keyring, self._secret, self._recipient = keyring, secret, recipient

    def secret(self, now: int) -> secret_key.SecretKey:
        return self._secret

    def own_certificate(self) -> Certificate:
        return self._secret.certificate

    def claims(self, mailbox: AddrSpec) -> Sequence[Certificate]:
        return self._recipient.claims(mailbox)

    def owned(self, provider: str, login: bytes | None) -> Sequence["_Suitor"]:
        return [self]

    def claimed(self, provider: str, mailbox: AddrSpec) -> None:
        return None

    def rules(self) -> Policy:
        return self.policy


def _forge(penelope: Person) -> bytes:
    """A letter in Ulysses' name, well sealed to Penelope and well signed, by a key that claims his address."""
    engine = PgpyEngine()
    created = datetime.datetime.fromtimestamp(int(time.time()) - 1, datetime.UTC)
    octets = engine.generate(f"Ulysses <{ULYSSES}>", b"antinoos", created)
    secret = secret_key.unlock(octets, b"antinoos", engine)
    suitor = _Suitor(penelope.keyring, secret, penelope.keyring)
    letter = letters.forged(ULYSSES, PENELOPE)
    envelope = Envelope("isp", b"", ULYSSES.encode(), (PENELOPE.encode(),))
    around = Surroundings(engine, int(time.time()), secrets.token_bytes)
    plan = begin(envelope, letter, True, suitor, around)
    if isinstance(plan, Refused):
        raise TypeError("the forgery was refused")
    sealer = plan.sealer(plan.groups[0])
    return sealer.feed(letter) + sealer.finish()


# --- facts -------------------------------------------------------------------------------------------


def _forms(secret: bytes) -> list[bytes]:
    """A secret as it may stand in mail: as it is, in quoted-printable, in base64 at each alignment."""
    forms = [secret, quopri.encodestring(secret).rstrip(b"=\n")]
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + secret)
        forms.append(encoded[4 if shift else 0 : -4])
    return forms


def _leaks(stored: bytes, secrets_: Sequence[str]) -> list[str]:
    """Those lines of the letter that the ISP could have read."""
    flat = stored.replace(b"\r\n", b"")
    long_enough = [s for s in secrets_ if len(s) >= 12]
    return [s for s in long_enough if any(f in stored or f in flat for f in _forms(s.encode()))]


def _shows(message: bytes, octets: bytes) -> bool:
    """Do these octets stand in the message, in any form, wherever its lines break?"""
    flat = message.replace(b"\r\n", b"")
    return any(form in message or form in flat for form in _forms(octets))


def _is_sealed(stored: bytes) -> bool:
    section = HeaderSection.parse(header.split_message(stored)[0])
    kind = section.first(b"Content-Type")
    return kind is not None and b"multipart/encrypted" in kind.value and _text(section, b"Subject") == "[...]"


def _body(message: bytes) -> bytes:
    return message[header.split_message(message)[2] :]


def _picture(message: bytes) -> bytes:
    leaves: list[Entity] = [p for p in entities.parse(message).parts() if p.content_type.type == "image"]
    return leaves[0].decoded_body() if leaves else b""


def _says(verdict: str, decryption: str, signature: str, from_: str) -> bool:
    return all(f in verdict for f in (f"decryption={decryption}", f"signature={signature}", f"from={from_}"))


def _text(section: HeaderSection, name: bytes) -> str:
    field = section.first(name)
    return "" if field is None else field.text


# --- pictures of letters -----------------------------------------------------------------------------

_SHOWN = (b"ithaca-verdict", b"from", b"to", b"subject", b"content-type")


def _print_side_by_side(console: Console, title: str, views: Sequence[tuple[str, bytes, str]]) -> None:
    console.print()
    console.rule(Text(title, style="bold"))
    panels = [Panel(_view(octets), title=name, border_style=colour) for name, octets, colour in views]
    # Three columns need room; on a narrow terminal they stand one below the other.
    if console.width >= 120:
        table = Table.grid(expand=True)
        for _ in panels:
            table.add_column(ratio=1)
        table.add_row(*panels)
        console.print(table)
    else:
        console.print(Group(*panels))


def _view(octets: bytes) -> RenderableType:
    section, _, start = header.split_message(octets)
    text = Text(overflow="fold")
    for field in HeaderSection.parse(section).fields:
        if field.name.lower() in _SHOWN:
            text.append(f"{field.name.decode('ascii')}: ", style="bold")
            verdict = field.name.lower() == b"ithaca-verdict"
            text.append(field.text + "\n", style=_verdict_style(field.text) if verdict else "")
    text.append("\n")
    lines = _plain_lines(octets, start)
    for line in lines[:LINES]:
        text.append(line + "\n", style="dim")
    if len(lines) > LINES:
        text.append(f"… {len(lines) - LINES} more lines", style="italic dim")
    return text


def _plain_lines(octets: bytes, start: int) -> list[str]:
    """The body as a person would look at it: text decoded, other parts named, armor as it is."""
    message = entities.parse(octets)
    if message.content_type.media_type == "multipart/mixed":
        return [line for part in message.parts() for line in _leaf_lines(part)]
    if message.content_type.type == "text":
        return _leaf_lines(message)
    return octets[start:].decode("ascii", "replace").splitlines()


def _leaf_lines(part: Entity) -> list[str]:
    if part.content_type.type == "text":
        return part.decoded_body().decode("utf-8", "replace").splitlines()
    name = _text(part.header, b"Content-Disposition").partition("filename=")[2]
    return ["", f"[{part.content_type.media_type}, {len(part.decoded_body())} octets: {name}]"]


def _verdict_style(verdict: str) -> str:
    return "bold green" if "signature=good" in verdict else "bold red"


def _print_facts(console: Console, facts: Sequence[Fact]) -> None:
    console.print()
    console.rule(Text("What was checked", style="bold"))
    for fact in facts:
        mark = Text("✓ ", style="bold green") if fact.holds else Text("✗ ", style="bold red")
        console.print(mark + Text(fact.text))
    held = sum(fact.holds for fact in facts)
    console.print(Text(f"{held} of {len(facts)} facts held.", style="bold"))


def _print_settings(console: Console, people: Sequence[Person]) -> None:
    console.print()
    console.rule(Text("Settings to type into a real mail program", style="bold"))
    table = Table("", *(p.address for p in people))
    table.add_row("POP3 server", *(f"localhost, port {p.pop3_port}" for p in people))
    table.add_row("SMTP server", *(f"localhost, port {p.smtp_port}" for p in people))
    table.add_row("user name", *(p.address for p in people))
    table.add_row("password", *(p.password for p in people))
    table.add_row("connection security", *("none" for _ in people))
    table.add_row("authentication", *("password, transmitted insecurely" for _ in people))
    console.print(table)
    console.print("Everything runs until you press Ctrl-C; then all of it is gone.")

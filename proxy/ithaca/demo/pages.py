"""What the demo prints: letters side by side, the facts that were checked, settings for a mail program.

The law of this file: it decides nothing. A letter is shown with text decoded and armor as it is, shortened and said so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ithaca.demo import evidence
from ithaca.demo.evidence import Fact, body
from ithaca.demo.people import Person
from ithaca.mime import banner, entity
from ithaca.mime.entity import Entity

LINES = 14
"""Lines of a letter that are shown; the rest is counted."""
THREE_COLUMNS = 120
"""Characters that three letters side by side need; on a narrower terminal they stand one below the other."""
_SHOWN = (b"ithaca-verdict", b"from", b"to", b"subject", b"content-type")


@dataclass(frozen=True, slots=True)
class View:
    """A message as somebody sees it."""

    title: str
    message: bytes
    colour: str


def print_side_by_side(console: Console, title: str, views: Sequence[View]) -> None:
    """Several views of one letter."""
    console.print()
    console.rule(Text(title, style="bold"))
    panels = [Panel(_letter(v.message), title=v.title, border_style=v.colour) for v in views]
    if console.width < THREE_COLUMNS:
        console.print(Group(*panels))
        return
    table = Table.grid(expand=True)
    for _ in panels:
        table.add_column(ratio=1)
    table.add_row(*panels)
    console.print(table)


def print_facts(console: Console, facts: Sequence[Fact]) -> None:
    """Every fact with a mark, and how many held."""
    console.print()
    console.rule(Text("What was checked", style="bold"))
    for fact in facts:
        mark = Text("✓ ", style="bold green") if fact.holds else Text("✗ ", style="bold red")
        console.print(mark + Text(fact.text))
    held = sum(fact.holds for fact in facts)
    console.print(Text(f"{held} of {len(facts)} facts held.", style="bold"))


def print_settings(console: Console, people: Sequence[Person]) -> None:
    """What to type into a real mail program; the passwords are of this run only."""
    console.print()
    console.rule(Text("Settings to type into a real mail program", style="bold"))
    rows = {
        "POP3 server": [f"localhost, port {p.pop3_port}" for p in people],
        "SMTP server": [f"localhost, port {p.smtp_port}" for p in people],
        "user name": [p.address for p in people],
        "password": [p.password for p in people],
        "connection security": ["none" for _ in people],
        "authentication": ["password, transmitted insecurely" for _ in people],
    }
    table = Table("", *(p.address for p in people))
    for name, values in rows.items():
        # A password may hold anything, brackets too.
        table.add_row(name, *(Text(value) for value in values))
    console.print(table)


def _letter(message: bytes) -> RenderableType:
    text = Text(overflow="fold")
    for field in entity.parse(message).header.fields:
        if field.name.lower() in _SHOWN:
            text.append(f"{field.name.decode('ascii')}: ", style="bold")
            verdict = field.name.lower() == b"ithaca-verdict"
            text.append(_printable(field.text) + "\n", style=_verdict_style(field.text) if verdict else "")
    text.append("\n")
    found = banner.unwrap(entity.parse(message))
    if found is not None:
        text.append(_printable_lines(found.text) + "\n\n", style="bold")
    lines = _lines(evidence.letter(message))
    for line in lines[:LINES]:
        text.append(_printable(line) + "\n", style="dim")
    if len(lines) > LINES:
        text.append(f"… {len(lines) - LINES} more lines", style="italic dim")
    return text


def _lines(message: bytes) -> list[str]:
    """The body as a person would look at it: text decoded, other parts named, armor as it is."""
    whole = entity.parse(message)
    if whole.content_type.media_type == "multipart/mixed":
        return [line for part in whole.parts() for line in _part_lines(part)]
    if whole.content_type.type == "text":
        return _part_lines(whole)
    return body(message).decode("ascii", "replace").splitlines()


def _part_lines(part: Entity) -> list[str]:
    if part.content_type.type == "text":
        return part.decoded_body().decode("utf-8", "replace").splitlines()
    disposition = part.header.first(b"Content-Disposition")
    name = "" if disposition is None else disposition.text.partition("filename=")[2]
    return ["", f"[{part.content_type.media_type}, {len(part.decoded_body())} octets: {name}]"]


def _printable_lines(text: str) -> str:
    return "\n".join(map(_printable, text.split("\n")))


def _printable(line: str) -> str:
    """A letter does not write to the terminal: control characters would."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def _verdict_style(verdict: str) -> str:
    return "bold green" if "signature=good" in verdict else "bold red"

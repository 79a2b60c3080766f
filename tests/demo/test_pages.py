"""What the demo prints is readable, and says when it leaves something out."""

import io

import pytest
from rich.console import Console

from ithaca.demo import evidence, letters, pages, people
from ithaca.demo.evidence import Fact
from ithaca.demo.pages import View
from ithaca.mime import banner, entity

LETTER = letters.from_ulysses("u@x.example", "p@x.example")


def printed(function, *arguments, width=100, **more):
    out = io.StringIO()
    function(Console(file=out, width=width, **more), *arguments)
    return out.getvalue()


@pytest.mark.parametrize(("width", "lines"), [(80, 3), (119, 3), (120, 1), (160, 1), (200, 1)])
def test_letters_stand_side_by_side_where_there_is_room(width, lines):
    views = [View(f"view {n}", LETTER, "green") for n in range(3)]
    out = printed(pages.print_side_by_side, "A letter", views, width=width)
    assert max(map(len, out.splitlines())) <= width
    assert len([line for line in out.splitlines() if "view" in line]) == lines


def test_a_letter_is_shown_decoded_with_its_attachments_named():
    out = printed(pages.print_side_by_side, "A letter", [View("v", LETTER, "green")])
    for words in (letters.SUBJECT, "ναῦς", f"[image/png, {len(letters.picture())} octets: ", letters.PICTURE_NAME):
        assert words in out
    assert "Message-ID" not in out


def test_the_banner_stands_in_front_whole():
    text = "\n".join((banner.MARK, *("a line of it" for _ in range(40)), banner.END))
    section = entity.parse(LETTER).header
    shown = b"".join(banner.wrap(section, evidence.body(LETTER), text, b"=_b", None))
    out = printed(pages.print_side_by_side, "A letter", [View("v", shown, "green")])
    assert out.count("a line of it") == 40
    for words in (letters.SUBJECT, banner.END, "nine years of salt"):
        assert words in out


def test_a_long_letter_is_shortened_and_says_so():
    message = b"Subject: s\r\n\r\n" + b"".join(b"line %d\r\n" % n for n in range(pages.LINES + 5))
    out = printed(pages.print_side_by_side, "A letter", [View("v", message, "green")])
    assert f"line {pages.LINES - 1}" in out
    assert f"line {pages.LINES} " not in out
    assert "… 5 more lines" in out


def test_a_letter_cannot_draw_on_the_terminal():
    """Neither by rich's own marks nor by a terminal's."""
    message = b"Subject: [red]s[/red]\r\n\r\n[bold]text\x1b[2J\r\n"
    out = printed(pages.print_side_by_side, "A letter", [View("v", message, "green")], force_terminal=True)
    assert "[red]s[/red]" in out
    assert "[bold]text" in out
    assert "\x1b[2J" not in out


def test_facts_are_marked_and_counted():
    out = printed(pages.print_facts, [Fact("this is so", True), Fact("this is not", False)])
    assert "✓ this is so" in out
    assert "✗ this is not" in out
    assert "1 of 2 facts held." in out


def test_settings_are_shown_as_they_are_to_be_typed(tmp_path):
    one = people.settle(tmp_path, "ulysses@ithaca.example")
    one.password, one.smtp_port, one.pop3_port = "[/bold]x", 40001, 40002
    out = printed(pages.print_settings, [one])
    for words in ("localhost, port 40001", "localhost, port 40002", "[/bold]x", "ulysses@ithaca.example", "none"):
        assert words in out

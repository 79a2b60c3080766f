"""The story's checks can fail: each is shown what it must not miss."""

import asyncio
import io

import pytest
from rich.console import Console

from ithaca.demo import letters, story
from ithaca.demo.isp import Isp, Submitted


def test_the_search_for_leaks_finds_every_disguise():
    letter = letters.from_ulysses(story.ULYSSES, story.PENELOPE)
    assert story._leaks(letter, letters.TEXT.split("\n"))
    assert story._leaks(b"x " + letters.SUBJECT.encode(), [letters.SUBJECT])
    assert not story._leaks(b"nothing of it", [letters.SUBJECT, *letters.TEXT.split("\n")])


def test_a_provider_that_sees_the_letter_makes_the_demo_fail(monkeypatch):
    """A control: what the ISP stores is replaced by the clear letter."""

    def gossip(self, message):
        clear = letters.from_ulysses(story.ULYSSES, story.PENELOPE)
        original(self, Submitted(message.login, message.reverse_path, message.recipients, clear + message.octets))

    original = Isp.accept
    monkeypatch.setattr(Isp, "accept", gossip)
    out = io.StringIO()
    try:
        held = asyncio.run(story.run(Console(file=out, width=100)))
    except ValueError:
        # The second letter has no armor to alter.
        return
    assert held is False
    assert "✗ the ISP saw no word" in out.getvalue()


@pytest.mark.parametrize("width", [80, 160])
def test_it_reads_at_any_width(width):
    out = io.StringIO()
    assert asyncio.run(story.run(Console(file=out, width=width)))
    assert max(map(len, out.getvalue().splitlines())) <= width
    assert "What Penelope's mail program received" in out.getvalue()

"""The story's checks can fail: each is shown what it must not miss."""

import asyncio
import io
import re
import tempfile

import pytest
from rich.console import Console

from ithaca.demo import evidence, letters, story
from ithaca.demo.isp import Isp, Submitted
from ithaca.demo.people import Person
from ithaca.demo.suitor import Suitor


def tell(width=100, **more):
    """(every fact held, what was printed)."""
    out = io.StringIO()
    return asyncio.run(story.run(Console(file=out, width=width), **more)), out.getvalue()


def failed(shown):
    """The facts that did not hold."""
    return re.findall("✗ (.*)", shown)


@pytest.mark.parametrize("width", [80, 160])
def test_every_fact_holds_and_it_reads_at_any_width(width):
    held, shown = tell(width)
    assert held, failed(shown)
    assert failed(shown) == []
    assert max(map(len, shown.splitlines())) <= width
    assert "What Penelope's mail program received" in shown
    for words in (
        "=== Ithaca on this letter ===",
        "It came sealed",
        "Who wrote this is not proved",
        "Your seal phrase:",
    ):
        assert words in shown


def test_a_letter_that_comes_without_a_word_of_what_was_proved_is_noticed(monkeypatch):
    """A control: somebody on the way takes the banner off."""
    original = Person.fetch_last
    monkeypatch.setattr(
        Person, "fetch_last", lambda self: original(self).replace(b"nobody could read", b"anybody read")
    )
    held, shown = tell()
    assert held is False
    assert failed(shown) == ["in front it says in plain words that nobody could read it or change it"]


def test_a_provider_that_reads_the_letter_is_noticed(monkeypatch):
    """A control: the clear letter hangs on to what the ISP stores."""

    def gossip(self, message):
        clear = letters.from_ulysses(story.ULYSSES, story.PENELOPE)
        octets = message.octets + clear
        original(self, Submitted(message.login, message.reverse_path, message.recipients, octets))

    original = Isp.accept
    monkeypatch.setattr(Isp, "accept", gossip)
    held, shown = tell()
    assert held is False
    assert "it finds no subject, text or picture's name in what the ISP saw" in failed(shown)
    assert "and nothing of the picture" in failed(shown)


def test_a_search_that_finds_nothing_is_noticed(monkeypatch):
    monkeypatch.setattr(evidence.Reading, "shows", lambda *_: False)
    held, shown = tell()
    assert held is False
    assert failed(shown) == ["the search finds subject, text and picture in what Ulysses' program sent"]


def test_a_forgery_that_is_taken_for_good_is_noticed(monkeypatch):
    """A control: what Penelope's program gets carries the suitor's own verdict."""
    original = Person.fetch_last

    def believing(self):
        got = original(self)
        if b"Do not wait" not in got:
            return got
        kept = got[got.index(b"\r\n", got.index(b"reason=")) + 2 :]
        return b"Ithaca-Verdict: v=1; decryption=full; signature=good; from=match; binding=verified\r\n" + kept

    monkeypatch.setattr(Person, "fetch_last", believing)
    held, shown = tell()
    assert held is False
    assert failed(shown)[:2] == ["it is not called good: nobody knows that key", "nor is it tied to Ulysses' address"]


def test_a_suitor_who_does_not_seal_is_noticed(monkeypatch):
    """The story would prove nothing with a forgery that anybody sees through."""
    monkeypatch.setattr(Suitor, "forge", lambda _self, letter, *_: letter)
    held, shown = tell()
    assert held is False
    assert "the suitor's letter came sealed, with a good verdict of his own writing" in failed(shown)


@pytest.fixture
def folders(monkeypatch, tmp_path):
    """A place of its own for temporary folders: () → those that are there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return lambda: list(tmp_path.iterdir())


def test_it_keeps_everything_running_until_told_and_leaves_nothing_behind(folders):
    seen = []

    async def until():
        (folder,) = folders()
        assert folder.stat().st_mode & 0o777 == 0o700
        seen.extend(path.name for path in folder.iterdir())

    held, shown = tell(until=until)
    assert held
    assert {"ulysses", "penelope", "ulysses.passphrase"} <= set(seen)
    assert "localhost, port" in shown
    assert folders() == []


def test_a_story_that_breaks_off_leaves_nothing_behind(folders, monkeypatch):
    def broken(*_):
        raise OSError("no picture today")

    monkeypatch.setattr(letters, "from_ulysses", broken)
    with pytest.raises(OSError, match="no picture"):
        tell()
    assert folders() == []


def test_a_phrase_that_stands_in_what_is_sent_is_noticed(monkeypatch):
    """A control: whoever sends could know it."""
    monkeypatch.setattr(Person, "phrase", "nine years of salt")
    held, shown = tell()
    assert held is False
    assert failed(shown) == ["it ends with Penelope's seal phrase, which no letter that was sent holds"]

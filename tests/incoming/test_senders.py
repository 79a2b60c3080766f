"""Who From names: one mailbox that everybody reads there, or an oddity."""

import pytest

from ithaca.address import AddrSpec
from ithaca.incoming import senders
from ithaca.mime.header import HeaderSection

ALICE = AddrSpec("alice@good.example")


def sender(*lines):
    return senders.sender(HeaderSection.parse(b"".join(line + b"\r\n" for line in lines)))


def test_one_mailbox_is_who_it_is():
    found = sender(b"From: Alice <alice@good.example>")
    assert (found.sole.address, found.sole.display_name, found.remarks) == (ALICE, "Alice", ())
    assert sender(b"From: alice@good.example (Alice)").sole.display_name == "Alice"


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (b"From: alice@good.example", b"From: alice@good.example"),
        (b"From: alice@good.example, eve@evil.example",),
        (b"From: G: alice@good.example;",),
        (b"From: G:;",),
        (b'From: "alice@good.example" <eve@evil.example>',),
        (b"From: alice\xef\xbc\xa0good.example <eve@evil.example>",),
        (b"From: alice@good.example (eve@evil.example)",),
        (b"From: Alice",),
        (b"X: 1\rFrom: alice@good.example", b"From: eve@evil.example"),
    ],
    ids=[
        "none",
        "two fields",
        "two mailboxes",
        "group",
        "empty group",
        "name",
        "full-width",
        "comment",
        "no address",
        "CR",
    ],
)
def test_everything_else_is_nobody_and_odd(lines):
    found = sender(*lines)
    assert found.sole is None
    assert [name for name, _ in found.remarks] == ["odd-from"]


@pytest.mark.parametrize(
    "line",
    [
        b'From: "' + b"a" * 250_000 + b'" <eve@evil.example>',
        b'From: "' + b"a " * senders.MOST_READ + b"alice@good.example" + b'" <eve@evil.example>',
        b"From: (" + b"=?utf-8?q?a?= " * 15_000 + b") eve@evil.example",
        b"From: " + b"(a)" * (senders.MOST_READ + 1) + b" eve@evil.example",
    ],
    ids=["one word", "an address behind it", "encoded words", "comments"],
)
def test_a_name_without_end_is_nobody_and_costs_no_more_than_its_length(line):
    """Looking for an address in it was minutes once."""
    found = sender(line)
    assert found.sole is None
    assert found.remarks == (("odd-from", "a display name that nobody reads to its end"),)


def test_a_long_name_is_searched_in_time_that_its_length_allows():
    assert not senders._names_another(ALICE, "a" * 1_000_000)
    assert senders._names_another(ALICE, "a" * 1_000_000 + " eve@evil.example")


def remarks(line, people=None):
    known = {} if people is None else people
    return [name for name, _ in senders.remarks(sender(line).sole, lambda name: known.get(name, frozenset()))]


def test_a_name_that_pushes_the_address_away_is_odd():
    assert remarks(b"From: Alice <alice@good.example>") == []
    assert remarks(b'From: "Alice      ." <alice@good.example>') == ["odd-name"]
    assert remarks("From: Alice\u2800 <alice@good.example>".encode()) == ["odd-name"]
    assert remarks("From: \u202eAlice <alice@good.example>".encode()) == ["odd-name"]
    assert remarks(b"From: " + b"A" * 200 + b" <alice@good.example>") == ["odd-name"]


def test_the_name_of_somebody_who_is_known_belongs_to_their_address():
    known = {"Alice": frozenset({ALICE})}
    assert remarks(b"From: Alice <alice@good.example>", known) == []
    assert remarks(b"From: Alice <eve@evil.example>", known) == ["name-of-another"]
    assert remarks("From: A\u200blice <eve@evil.example>".encode(), known) == ["odd-name", "name-of-another"]


def test_an_address_that_looks_like_another_is_said():
    assert remarks("From: \u0430lice@good.example".encode()) == ["look-alike"]

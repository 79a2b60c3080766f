"""What of a sealed header section was secret: told no higher than it was, hidden again as its writer meant it."""

import pytest

from ithaca.incoming.secrecy import Secrecy, secrecy
from ithaca.mime import protected
from ithaca.mime.confidentiality import ADDRESSES
from ithaca.mime.entity import parse
from ithaca.mime.header import HeaderSection
from messages import sealed
from messages.frames import fields, forwarded, letter, text
from people import BOB

HIDDEN = fields(subject=b"[...]")
CAROLS = b"Cc: Carol <carol@bank.example>\r\n"
SHY = fields(sender=b"alice@openpgp.example", to=b"bob@openpgp.example", subject=b"[...]")


def found(payload, outer=HIDDEN, own=frozenset()):
    section = HeaderSection.parse(outer)
    inner = protected.read(parse(payload), encrypted=True, outer=section)
    return secrecy(inner.fields, inner, section, own)


def test_nothing_is_secret_but_what_has_no_hp_outer_of_its_name_and_value():
    assert found(sealed.protected(text())) == Secrecy(frozenset({b"subject"}), frozenset({b"subject"}))
    removed = found(sealed.protected(text(), more=b"Keywords: gate\r\n"))
    assert removed.unseen == removed.hidden == {b"subject", b"keywords"}
    assert found(sealed.protected(text(), outside=fields())) == Secrecy()


@pytest.mark.parametrize("outside", [b"Subject:  the \t plan\r\n", b"SUBJECT: the plan\r\n"])
def test_blanks_and_the_case_of_a_name_hide_nothing(outside):
    assert found(sealed.protected(text(), outside=fields(subject=None) + outside)) == Secrecy()


def test_what_was_taken_away_on_the_way_was_no_secret():
    """RFC 9788 §11.3."""
    payload = sealed.protected(text(), outside=fields(subject=b"[...]"))
    assert found(payload, b"").hidden == {b"subject"}


def test_what_stands_outside_after_all_is_not_called_secret_and_is_hidden_again_all_the_same():
    """Somebody who guesses a Subject and writes it outside must not see by the reply whether he is right."""
    assert found(sealed.protected(text()), fields()) == Secrecy(frozenset(), frozenset({b"subject"}))


def test_without_any_hp_outer_what_stands_outside_counts():
    """As Thunderbird 153 seals: or every field would be hidden, and an answer would name nobody and stand in no thread."""
    payload = sealed.protected(text(), more=CAROLS, outside=b"")
    assert found(payload, HIDDEN + CAROLS) == Secrecy(frozenset({b"subject"}), frozenset({b"subject"}))


def test_of_two_fields_of_a_name_the_one_that_was_read_counts_for_both():
    payload = sealed.protected(text(), more=b"X-A: 1\r\nX-A: 2\r\n", outside=HIDDEN + b"X-A: 1\r\n")
    assert found(payload) == Secrecy(frozenset({b"subject"}), frozenset({b"subject", b"x-a"}))


def test_encrypted_by_somebody_on_the_way_nothing_is_secret():
    """RFC 9788 §10.2."""
    assert found(sealed.protected(text(), b"clear")) == Secrecy()


@pytest.mark.parametrize(
    ("payload", "hides_addresses"),
    [
        (sealed.protected(text(), outside=SHY), False),
        (sealed.protected(text(), more=CAROLS), True),
        (sealed.protected(text(), more=CAROLS, outside=HIDDEN + b"Cc: carol@bank.example\r\n"), False),
        (sealed.protected(text(), more=CAROLS, outside=HIDDEN + b"Cc: hidden-recipients:;\r\n"), True),
        (sealed.protected(text(), outside=fields(to=b"hidden-recipients:;")), False),
        (forwarded(letter(text(), more=CAROLS), b"; forwarded=no"), True),
    ],
)
def test_a_hidden_address_is_another_thing_than_a_hidden_name(payload, hides_addresses):
    assert (ADDRESSES in found(payload, own=frozenset({BOB})).hidden) is hides_addresses


def test_the_older_ways_do_not_say_what_they_hid_so_what_stands_outside_counts():
    """RFC 9788 §4.10.2."""
    wrapped = forwarded(letter(text()), b"; forwarded=no")
    assert found(wrapped).hidden == {b"subject"}
    assert found(wrapped, fields()) == Secrecy()

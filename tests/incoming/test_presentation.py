"""What follows from the key of an installation."""

import re

from hypothesis import given
from hypothesis import strategies as st

import shown
from ithaca.incoming import BARE, Banner, Keep, Presentation


def test_the_authserv_id_is_of_this_installation_and_stays():
    name = shown.PART.authserv_id
    assert re.fullmatch(r"ithaca\.[a-z]{8}", name)
    assert name == Presentation(key=shown.KEY).authserv_id
    assert name != shown.STRANGE.authserv_id


def test_without_a_key_nothing_is_said_in_our_name():
    assert BARE.authserv_id == ""
    assert (BARE.banner, BARE.keep, BARE.phrase) == (Banner.OFF, Keep.NONE, None)


def test_neither_the_phrase_nor_the_key_shows_itself():
    for secret in (shown.PHRASE, repr(shown.KEY)):
        assert secret not in repr(shown.PART)


@given(st.lists(st.binary(max_size=5)), st.lists(st.binary(max_size=5)))
def test_no_two_lists_of_parts_are_authenticated_alike(one, other):
    same = shown.PART.authenticate(b"p", *one) == shown.PART.authenticate(b"p", *other)
    assert same == (one == other)

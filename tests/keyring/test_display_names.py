"""Display names of valid User IDs."""

import people
from ithaca.keyring import display_names


def test_people_are_known_by_the_names_of_their_user_ids():
    found = display_names.by_name(people.CERTIFICATES.values(), people.NOW)
    assert found["alice lovelace"] == {people.ALICE}
    assert found["bob babbage"] == {people.BOB}
    assert set(found) == {"alice lovelace", "bob babbage"}


def test_before_a_certificate_was_made_its_name_is_nobodys():
    assert display_names.by_name(people.CERTIFICATES.values(), 0) == {}


def test_compatible_characters_case_and_blanks_make_no_difference():
    assert display_names.folded("  Ａlice \t LOVELACE ") == "alice lovelace"

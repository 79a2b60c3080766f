"""The memory of letters: what came sealed stays so, codes serve once, and nothing stands there in clear."""

from dataclasses import replace

import pytest

from ithaca.address import AddrSpec
from ithaca.letters import CODE_SECONDS, Letters, SealedLetter

ALICE, EVE, CAROL = (AddrSpec(f"{n}@example.org") for n in ("alice", "eve", "carol"))
NOW = 1_790_000_000
LETTER = SealedLetter(
    b"<one@example.org>", ALICE, NOW - 60, False, frozenset({ALICE, CAROL}), frozenset({b"subject"}), b"d" * 32
)


@pytest.fixture
def letters(tmp_path):
    made = Letters(tmp_path, b"k" * 32)
    yield made
    made.close()


def test_what_came_sealed_is_found_with_all_that_an_answer_needs(letters):
    letters.came_sealed(LETTER, NOW)
    (found,) = letters.find([b"<x@y>", b" <one@example.org> "], [ALICE, EVE])
    assert (found.from_, found.date, found.doubtful) == (ALICE, NOW - 60, False)
    assert found.named == {ALICE}
    assert found.hidden == {b"subject"}
    assert letters.find([b"<One@example.org>", b"", b"<>"], [ALICE]) == ()


def test_many_ids_are_asked_for(letters):
    letters.came_sealed(LETTER, NOW)
    assert len(letters.find([b"<%d@x>" % n for n in range(500)] + [LETTER.message_id], [])) == 1


def test_another_letter_with_the_same_id_only_adds_doubt(letters):
    letters.came_sealed(LETTER, NOW)
    letters.came_sealed(replace(LETTER, digest=b"e" * 32, doubtful=True, addressees=frozenset({EVE})), NOW)
    letters.came_sealed(replace(LETTER, digest=b"f" * 32, addressees=frozenset({EVE})), NOW)
    (found,) = letters.find([LETTER.message_id], [ALICE, EVE])
    assert found.doubtful
    assert found.named == {ALICE}
    letters.came_sealed(replace(LETTER, from_=EVE), NOW)
    assert {f.from_ for f in letters.find([LETTER.message_id], [])} == {ALICE, EVE}


def test_what_was_hidden_is_never_told_again(letters):
    """A letter passes before it is opened, and anybody may send one with its Message-ID."""
    for hidden in ({}, {b"subject"}, {b"cc", b"subject"}, {}, {b"subject"}):
        letters.came_sealed(replace(LETTER, hidden=frozenset(hidden), digest=None), NOW)
    letters.came_sealed(replace(LETTER, hidden=frozenset()), NOW)
    assert letters.find([LETTER.message_id], [])[0].hidden == {b"subject", b"cc"}


def test_what_many_letters_with_one_id_hide_does_not_grow_for_ever(letters):
    for n in range(40):
        names = frozenset(b"%dx%d" % (n, i) + b"-" * 90 for i in range(100))
        letters.came_sealed(replace(LETTER, hidden=names, digest=b"%d" % n), NOW)
    assert len(letters.find([LETTER.message_id], [])[0].hidden) <= 200


def test_the_same_ciphertext_judged_again_replaces_the_doubt(letters):
    letters.came_sealed(replace(LETTER, doubtful=True), NOW)
    letters.came_sealed(LETTER, NOW)
    assert not letters.find([LETTER.message_id], [])[0].doubtful
    # Of what was never opened nobody can say that it is the same.
    closed = replace(LETTER, message_id=b"<two@x>", digest=None)
    letters.came_sealed(replace(closed, doubtful=True), NOW)
    letters.came_sealed(closed, NOW)
    assert letters.find([b"<two@x>"], [])[0].doubtful


@pytest.mark.parametrize("date", [-1, 1 << 80, None])
def test_a_date_that_nobody_believes_is_none(letters, date):
    letters.came_sealed(replace(LETTER, date=date), NOW)
    assert letters.find([LETTER.message_id], [])[0].date is None


def test_the_first_letter_in_which_a_ciphertext_was_opened_counts(letters):
    letters.opened(b"d" * 32, ALICE, b"<one@x>", NOW)
    letters.opened(b"d" * 32, EVE, b"<two@x>", NOW)
    assert letters.first_opened(b"d" * 32) == (ALICE, b"<one@x>")
    assert letters.first_opened(b"e" * 32) is None
    letters.opened(b"g" * 32, ALICE, b"<" + b"x" * 2000 + b">", NOW)
    assert letters.first_opened(b"g" * 32) is None
    letters.opened(b"f" * 32, None, None, NOW)
    assert letters.first_opened(b"f" * 32) == (None, None)


def test_a_code_serves_for_what_it_was_named_for_within_the_hour_and_once(letters):
    binding = (b"login", b"a@x", b"clear")
    letters.name_code(binding, "4711", NOW)
    assert letters.code_holds(binding, "4711", NOW + CODE_SECONDS)
    assert not letters.code_holds(binding, "4711", NOW + CODE_SECONDS + 1)
    assert not letters.code_holds(binding, "4711", NOW - 1)
    assert not letters.code_holds(binding, "4712", NOW)
    assert not letters.code_holds((b"login", b"b@x", b"clear"), "4711", NOW)
    letters.use_code(binding, "4711")
    assert not letters.code_holds(binding, "4711", NOW)


def test_a_new_code_replaces_the_one_before(letters):
    letters.name_code((b"x",), "1111", NOW)
    letters.name_code((b"x",), "2222", NOW)
    assert not letters.code_holds((b"x",), "1111", NOW)
    assert letters.code_holds((b"x",), "2222", NOW)


def test_ids_addressees_and_codes_do_not_stand_in_the_file(letters, tmp_path):
    letters.came_sealed(replace(LETTER, message_id=b"<canary-id@x>"), NOW)
    letters.name_code((b"canary-login",), "998877", NOW)
    letters.close()
    octets = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert b"canary" not in octets
    assert b"998877" not in octets
    assert b"carol" not in octets

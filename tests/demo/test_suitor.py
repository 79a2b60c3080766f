"""The forger's letter is as good as a letter can be without Ulysses' key."""

import secrets
import time

import pytest

from ithaca.demo import evidence, letters, people, suitor
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.sealing import Surroundings

ULYSSES, PENELOPE = "ulysses@ithaca.example", "penelope@ithaca.example"


@pytest.fixture
def around():
    return Surroundings(PgpyEngine(), int(time.time()), secrets.token_bytes)


def test_it_is_sealed_in_ulysses_name_under_a_verdict_of_his_own(tmp_path, around):
    penelope = people.settle(tmp_path, PENELOPE)
    letter = letters.forged(ULYSSES, PENELOPE)
    forged = suitor.Suitor(ULYSSES, people.pretend(ULYSSES), penelope.keyring).forge(letter, PENELOPE, around)
    assert evidence.is_sealed(forged)
    assert evidence.text_of(forged, b"From") == f"Ulysses <{ULYSSES}>"
    assert evidence.says(forged, signature="good", from_="match")
    assert not any(map(evidence.Reading(forged).shows, evidence.phrases("I am not coming back. Marry Antinoos.")))


def test_without_a_certificate_of_its_reader_there_is_no_forgery(tmp_path, around):
    """He signs at most: nothing that he writes is passed off as sealed."""
    penelope = people.settle(tmp_path, PENELOPE)
    letter = letters.forged(ULYSSES, "nobody@ithaca.example")
    one = suitor.Suitor(ULYSSES, people.pretend(ULYSSES), penelope.keyring)
    assert not evidence.is_sealed(one.forge(letter, "nobody@ithaca.example", around))

"""A ciphertext that was opened in another letter stays closed, unless its own signature says who wrote it."""

import dataclasses

import pytest

import people
from ithaca import incoming
from ithaca.incoming import Look, look
from ithaca.incoming.keys import Origin
from ithaca.policy import Policy, Sign
from ithaca.work import run
from messages.opening import keys as bobs_keys
from people import ALICE, BOB, Person

HEAD = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\nMessage-ID: <1@x>\r\nSubject: s\r\n"
MESSAGE = people.DATE + HEAD + b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nAt noon.\r\n"
UNSIGNED = people.send(MESSAGE, person=Person(policy=Policy(sign=Sign.NEVER)))[0][1]
SIGNED = people.send(MESSAGE)[0][1]


def opened(octets, origin):
    known = dataclasses.replace(bobs_keys({}), first_opened=lambda _digest: origin)
    return run(incoming.open_message(octets, known, engine=people.ENGINE, now=people.NOW))


def test_where_it_was_first_opened_it_opens_again():
    assert look(UNSIGNED, True) is Look.HOLD
    assert b"At noon." in opened(UNSIGNED, Origin(ALICE, b"<1@x>")).message
    assert b"At noon." in opened(UNSIGNED, None).message


@pytest.mark.parametrize("origin", [Origin(ALICE, b"<2@x>"), Origin(BOB, b"<1@x>"), Origin(None, None)])
def test_under_another_name_it_stays_closed(origin):
    shown = opened(UNSIGNED, origin)
    assert b"At noon." not in shown.message
    assert shown.verdict.decryption.value == "none"
    assert "replayed-ciphertext" in shown.verdict.findings
    assert shown.lesson.digest is None


def test_a_good_signature_of_who_from_names_opens_it():
    shown = opened(SIGNED, Origin(BOB, b"<2@x>"))
    assert shown.verdict.from_.value == "match"
    assert b"At noon." in shown.message

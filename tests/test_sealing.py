"""The plan: who shares a copy, and what a sealer does with a message however it is cut."""

import pytest

import people
from ithaca.openpgp import armor, packets
from ithaca.openpgp.certificate import Certificate
from ithaca.policy import Encrypt, Policy, Sign
from people import ALICE, BOB, Person

HEAD = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\nSubject: s\r\nContent-Type: text/plain\r\n"
MESSAGE = HEAD + b"\r\ntext\r\n" * 50


def test_in_clear_everybody_shares_one_copy():
    person = Person(policy=Policy(encrypt=Encrypt.NEVER))
    assert [g.recipients for g in people.begin(MESSAGE, (BOB, ALICE, "x@example.org"), person).groups] == [(0, 1, 2)]


def test_sealed_the_visible_share_and_each_blind_one_has_their_own():
    groups = people.begin(MESSAGE, (ALICE, BOB)).groups
    assert [g.recipients for g in groups] == [(1,), (0,)]


def test_every_accepted_recipient_is_in_exactly_one_group():
    groups = people.begin(MESSAGE, (BOB, ALICE, BOB, ALICE)).groups
    assert sorted(i for g in groups for i in g.recipients) == [0, 1, 2, 3]


@pytest.mark.parametrize("step", [1, 3, 17, 100_000])
@pytest.mark.parametrize(
    "policy",
    [Policy(), Policy(encrypt=Encrypt.NEVER), Policy(sign=Sign.NEVER, encrypt=Encrypt.NEVER)],
    ids=["sealed", "signed", "clear"],
)
def test_pieces_do_not_matter(policy, step):
    ((_, octets),) = people.send(MESSAGE, person=Person(policy=policy), step=step)
    envelope = people.take_apart(octets)
    assert envelope.payload.body == MESSAGE.partition(b"\r\n\r\n")[2]


def test_a_letter_is_sealed_in_the_new_way_only_where_everybody_announces_it(monkeypatch):
    """Design: or somebody could not read it, ourselves included."""

    def versions():
        ((_, octets),) = people.send(MESSAGE)
        data = armor.dearmor(octets).data
        return [p.body[0] for p in packets.split(data)]

    assert versions() == [3, 3, 1]
    announcing = {people.CERTIFICATES[BOB].fingerprint}
    monkeypatch.setattr(Certificate, "announces_seipd2", lambda self, _at: self.fingerprint in announcing)
    assert versions() == [3, 3, 1], "the sender could not read it"
    announcing.add(people.CERTIFICATES[ALICE].fingerprint)
    assert versions() == [6, 6, 2]

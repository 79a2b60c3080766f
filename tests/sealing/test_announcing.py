"""Certificates that travel with letters: one field of ours, and gossip about those in To and Cc inside encryption."""

import pytest

import people
from ithaca.address import AddrSpec
from ithaca.mime import autocrypt
from ithaca.mime.header import HeaderSection
from ithaca.openpgp import secret_key, transferable
from ithaca.openpgp.certificate import Certificate
from ithaca.policy import Encrypt, Policy, Sign
from ithaca.sealing import Style
from keymaking import generated
from people import ALICE, BOB, CERTIFICATES, ENGINE, NOW, Person

CAROL, DAVE = AddrSpec("carol@example.org"), AddrSpec("dave@example.org")
STYLE = Style(legacy_display=False)
HEAD = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\nSubject: s\r\nContent-Type: text/plain\r\n"
THEIRS = b"Autocrypt: addr=alice@openpgp.example; keydata=AAAA\r\n"
CLEAR = Person(policy=Policy(sign=Sign.NEVER, encrypt=Encrypt.NEVER))
SIGNING = Person(policy=Policy(encrypt=Encrypt.NEVER))


def send(head=HEAD, recipients=(BOB,), person=None, style=STYLE, body=b"text\r\n"):
    return [octets for _, octets in people.send(head + b"\r\n" + body, recipients, person, style=style)]


def outer(octets):
    return HeaderSection.parse(octets.partition(b"\r\n\r\n")[0] + b"\r\n")


@pytest.mark.parametrize("person", [CLEAR, SIGNING, Person()], ids=["clear", "signed", "sealed"])
@pytest.mark.parametrize("head", [HEAD, THEIRS + HEAD, HEAD + THEIRS + THEIRS.upper().replace(b"ADDR", b"addr")])
def test_exactly_one_field_which_is_ours(person, head):
    (octets,) = send(head, person=person)
    (field,) = outer(octets).get_all(b"Autocrypt")
    found = autocrypt.parse(field.value)
    assert (found.addr, found.mutual) == (ALICE, False)
    assert found.keydata == transferable.minimal(CERTIFICATES[ALICE], NOW, ALICE)
    assert Certificate.parse(found.keydata, ENGINE).fingerprint == CERTIFICATES[ALICE].fingerprint


def test_it_is_protected_like_every_other_field():
    (octets,) = send()
    inner = people.take_apart(octets).payload.header
    (field,) = outer(octets).get_all(b"Autocrypt")
    assert inner.first(b"Autocrypt") == field
    assert any(f.value == b"Autocrypt: " + field.value for f in inner.get_all(b"HP-Outer"))


def test_a_preference_is_said_if_it_is_ours():
    (octets,) = send(style=Style(legacy_display=False, prefer_encrypt=True))
    assert autocrypt.sole(outer(octets), ALICE).mutual


def test_switched_off_the_clients_own_stays():
    (octets,) = send(THEIRS + HEAD, person=CLEAR, style=Style(autocrypt=False))
    assert octets == THEIRS + HEAD + b"\r\ntext\r\n"


@pytest.mark.parametrize(
    "head",
    [
        THEIRS
        + HEAD.replace(b"text/plain", b"application/pkcs7-mime; smime-type=enveloped-data")
        + b"Content-Transfer-Encoding: base64\r\n",
        THEIRS + HEAD.replace(b"text/plain", b'multipart/signed; protocol="application/pkcs7-signature"; boundary=b'),
    ],
    ids=["sealed", "signed"],
)
def test_it_is_left_alone_on_what_passes_untouched(head):
    # The first octets of CMS enveloped-data, in base64.
    (octets,) = send(head, body=b"MIAGCSqGSIb3DQEHA6CAMIACAQAxgg==\r\n", person=SIGNING)
    assert octets == head + b"\r\nMIAGCSqGSIb3DQEHA6CAMIACAQAxgg==\r\n"


def test_a_stranger_is_announced_by_nobody():
    head = THEIRS + HEAD.replace(b"alice@", b"stranger@")
    assert send(head) == [head + b"\r\ntext\r\n"]


# --- gossip ---

TO_BOTH = HEAD.replace(b"To: bob@openpgp.example", b"To: bob@openpgp.example\r\nCc: carol@example.org")


@pytest.fixture(scope="module")
def person():
    made = {}
    for address in (CAROL, DAVE):
        octets = generated(f"<{address}>", b"a passphrase", NOW - 60).octets
        made[address] = Certificate.parse(secret_key.split(octets).public_octets, ENGINE)
    return Person(known={**CERTIFICATES, **made})


def gossip_of(octets):
    payload = people.take_apart(octets, ALICE).payload.header
    return [autocrypt.parse_gossip(f.value) for f in payload.get_all(b"Autocrypt-Gossip")]


def test_those_in_to_and_cc_hear_of_one_another(person):
    (octets,) = send(TO_BOTH, (BOB, CAROL), person)
    bob, carol = gossip_of(octets)
    assert (bob.addr, bob.keydata) == (BOB, transferable.minimal(CERTIFICATES[BOB], NOW, BOB))
    assert carol.addr == CAROL
    assert b"ossip" not in octets


def test_a_sender_who_is_named_is_announced_already(person):
    (octets,) = send(TO_BOTH.replace(b"carol@example.org", ALICE.encode()), (ALICE, BOB), person)
    assert [g.addr for g in gossip_of(octets)] == [BOB]


def test_one_alone_hears_of_nobody(person):
    (octets,) = send(HEAD, (BOB,), person)
    assert gossip_of(octets) == []


def test_nobody_hears_of_a_blind_recipient_and_he_of_the_others(person):
    """In every copy the same, so that the number of them tells nothing."""
    copies = send(TO_BOTH + b"Bcc: dave@example.org\r\n", (DAVE, BOB, CAROL), person)
    assert len(copies) == 2
    for octets in copies:
        assert [g.addr for g in gossip_of(octets)] == [BOB, CAROL]
        inner = people.take_apart(octets, ALICE).payload
        assert b"dave" not in (octets + inner.octets).lower()


def test_switched_off_there_is_no_gossip(person):
    (octets,) = send(TO_BOTH, (BOB, CAROL), person, people.PLAIN)
    assert gossip_of(octets) == []

"""Sending: what leaves is sealed or refused, and what is sealed comes back octet for octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import people
from ithaca import incoming
from ithaca.openpgp import armor, packets
from ithaca.outgoing import Refused
from ithaca.policy import Encrypt, Policy, Rule, Sign
from people import ALICE, BOB, Person

HEAD = (
    b"From: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\nSubject: the secret plan\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
)
MESSAGE = HEAD + b"\r\nAt noon.\r\n"
CAROL = "carol@example.org"
NEVER = Person(policy=Policy(encrypt=Encrypt.NEVER))

RULED = Policy(rules=(Rule("*@openpgp.example", encrypt=Encrypt.ALWAYS),))


class Fake:
    """A certificate that is what we say."""

    def __init__(self, fingerprint="AB" * 20, reason=None):
        self.fingerprint, self._reason = fingerprint, reason

    def encryption_refused(self, _at, _mailbox=None):
        return self._reason


body = st.binary(max_size=1500).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"\r\n"))


@given(text=st.binary(max_size=3000), step=st.integers(1, 700))
def test_what_is_sealed_gives_its_payload_back_octet_for_octet(text, step):
    """Any octets at all, NUL and bare line ends too."""
    ((_, sealed),) = people.send(HEAD + b"\r\n" + text, step=step)
    envelope = people.take_apart(sealed)
    assert envelope.payload.body == text
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.payload.header.first(b"Subject").value == b"the secret plan"


@given(text=body)
def test_what_is_sealed_is_shown_as_it_was_written(text):
    ((_, sealed),) = people.send(HEAD + b"\r\n" + text)
    shown = people.open_(sealed)
    if b"\0" in text:
        assert "unshowable" in shown.verdict.findings
        assert shown.message.endswith(sealed.partition(b"\r\n\r\n")[2])
    else:
        assert shown.message.partition(b"\r\n\r\n")[2] == text
        assert shown.verdict.signature.value == "good"


@given(text=body, encoding=st.sampled_from([b"8bit", b"7bit", b"binary"]))
def test_what_is_only_signed_verifies_and_keeps_its_content(text, encoding):
    message = HEAD + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + text
    ((_, signed),) = people.send(message, person=NEVER)
    envelope = people.take_apart(signed)
    assert [s.state.value for s in envelope.signatures] == ["good"]
    assert envelope.payload.decoded_body() == text


def test_nothing_of_the_letter_stands_outside():
    ((_, sealed),) = people.send(MESSAGE)
    assert b"noon" not in sealed
    assert b"secret plan" not in sealed
    assert b"Subject: [...]\r\n" in sealed


def test_it_is_encrypted_to_the_recipients_and_the_sender_and_nobody_else():
    ((_, sealed),) = people.send(MESSAGE)
    ids = _recipients(sealed)
    assert ids == sorted(k.key_id for a in (ALICE, BOB) for k in people.CERTIFICATES[a].encryption_keys(people.NOW))
    assert people.open_(sealed, ALICE).verdict.decryption.value == "full"


def _recipients(sealed):
    found = list(packets.split(armor.dearmor(sealed).data))
    return sorted(p.body[1:9].hex().upper() for p in found if p.tag == 1)


def test_bcc_has_a_copy_of_their_own_and_no_trace_in_the_others():
    blind = {**people.CERTIFICATES, CAROL: people.CERTIFICATES[BOB]}
    message = MESSAGE.replace(b"Subject", b"Bcc: carol@example.org\r\nResent-Bcc: x@example.org\r\nSubject", 1)
    message = message.replace(b"To: bob@openpgp.example", b"To: alice@openpgp.example")
    person = Person(known={ALICE: blind[ALICE], BOB: blind[BOB]})
    (visible, first), (hidden, second) = people.send(message, (ALICE, BOB), person)
    assert (visible, hidden) == ((0,), (1,))
    bob_key = people.CERTIFICATES[BOB].encryption_keys(people.NOW)[0].key_id
    assert bob_key not in _recipients(first)
    assert bob_key in _recipients(second)
    for sealed in (first, second):
        assert b"carol" not in sealed.lower()
        inner = people.take_apart(sealed, ALICE).payload.header.render().lower()
        assert b"bcc" not in inner
        assert b"carol" not in inner


def test_the_same_blind_recipient_twice_gets_one_copy():
    groups = people.begin(MESSAGE.replace(b"To: bob@openpgp.example\r\n", b""), (BOB, BOB)).groups
    assert [g.recipients for g in groups] == [(0, 1)]


@pytest.mark.parametrize(
    ("recipients", "person", "words"),
    [
        (
            (BOB, CAROL),
            Person(policy=Policy(encrypt=Encrypt.ALWAYS)),
            "no key is known for carol@example.org",
        ),
        (
            (BOB,),
            Person(known={BOB: [people.CERTIFICATES[BOB], Fake("CD" * 20)]}),
            "bob@openpgp.example has 2 keys",
        ),
        ((BOB,), Person(policy=RULED, owns=False), "does not own its From"),
        (
            (BOB,),
            Person(known={BOB: [Fake(reason="expired on 2001-09-11")]}),
            "bob@openpgp.example expired on 2001",
        ),
    ],
    ids=["absent", "ambiguous", "foreign login", "expired"],
)
def test_refusals_are_550_5_7_1_in_one_line(recipients, person, words):
    refused = people.begin(MESSAGE, recipients, person)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.enhanced) == (550, "5.7.1")
    assert words in refused.text
    assert "\n" not in refused.text


def test_a_foreign_from_passes_octet_for_octet():
    message = MESSAGE.replace(b"alice@openpgp.example", b"else@example.org").replace(
        b"To:", b"Bcc: x@example.org\r\nTo:"
    )
    assert people.send(message) == [((0,), message)]


@pytest.mark.parametrize(
    "field",
    [
        b"From: a@example.org, alice@openpgp.example",
        b"From: alice@openpgp.example\r\nFrom: alice@openpgp.example",
        b"From: alice",
        b"X: no from",
    ],
)
def test_a_from_that_can_be_read_in_two_ways_is_not_ours(field):
    message = MESSAGE.replace(b"From: Alice <alice@openpgp.example>", field)
    ((_, octets),) = people.send(message)
    assert octets == message


def test_without_our_login_nothing_is_signed():
    assert people.send(MESSAGE, person=Person(owns=False)) == [((0,), MESSAGE)]


def test_clear_text_loses_its_bcc_fields_and_nothing_else():
    message = MESSAGE.replace(b"To:", b"bcc: x@example.org,\r\n y@example.org\r\nIthaca-Wish: clear\r\nTo:")
    person = Person(policy=Policy(sign=Sign.NEVER, encrypt=Encrypt.NEVER))
    assert people.send(message, person=person, step=7) == [((0,), MESSAGE)]


def test_what_is_sealed_already_passes():
    ((_, sealed),) = people.send(MESSAGE)
    assert people.send(sealed, (CAROL,)) == [((0,), sealed)]


@pytest.mark.parametrize(
    "frame",
    [
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n--b\r\n\r\nplain words\r\n--b--\r\n',
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\nMIIB\r\n",
        b"Content-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nplain\r\n-----END PGP MESSAGE-----\r\n",
        b"Content-Type: text/plain\r\n\r\n" + armor.armor("MESSAGE", packets.encode(11, b"b\0\0\0\0\0clear")),
        b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n",
    ],
    ids=["empty frame", "S/MIME signed", "false armor", "clear literal", "nested"],
)
def test_what_only_looks_sealed_is_clear_text_to_the_policy(frame):
    message = MESSAGE.partition(b"MIME-Version")[0] + frame
    ((_, sealed),) = people.send(message)
    assert people.take_apart(sealed).payload.body == frame.partition(b"\r\n\r\n")[2]


def test_one_inline_encrypted_message_counts_as_sealed():
    ((_, sealed),) = people.send(MESSAGE)
    inline = sealed[sealed.index(b"-----BEGIN PGP") : sealed.index(b"-----END PGP")] + b"-----END PGP MESSAGE-----\r\n"
    message = HEAD + b"\r\n" + inline
    assert people.send(message, (CAROL,)) == [((0,), message)]
    # With a word beside it, it is clear text again.
    ((_, again),) = people.send(HEAD + b"\r\nhello\r\n" + inline)
    assert b"multipart/encrypted" in again


def test_what_the_client_signed_is_encrypted_around_unaltered():
    ((_, signed),) = people.send(MESSAGE, person=NEVER)
    ((_, sealed),) = people.send(signed)
    envelope = people.take_apart(sealed)
    assert [layer.value for layer in envelope.layers] == ["encrypted", "signed"]
    assert envelope.opened.body == signed.partition(b"\r\n\r\n")[2]
    assert [s.state.value for s in envelope.signatures] == ["good"]


def test_the_size_that_is_announced_is_never_exceeded():
    for size in (0, 100, 10_000, 1_000_000):
        message = HEAD + b"\r\n" + b"x" * size
        plan = people.begin(message)
        sealer = plan.sealer(plan.groups[0])
        assert len(sealer.feed(message) + sealer.finish()) <= plan.bound(len(message))


def test_two_content_types_are_refused_with_the_reason():
    refused = people.begin(MESSAGE.replace(b"MIME-Version", b"Content-Type: text/html\r\nMIME-Version"))
    assert isinstance(refused, Refused)
    assert refused.code == 554
    assert "two Content-Type fields" in refused.text


def test_a_message_without_a_body_is_sealed():
    ((_, sealed),) = people.send(HEAD)
    assert people.open_(sealed).verdict.subject == "the secret plan"
    assert incoming.look(sealed, True) is incoming.Look.HOLD

"""What the layers cover of the header section: shown from inside only there, and the mask says it."""

import pytest

import people
from ithaca.policy import Encrypt, Policy
from messages import sealed
from messages.frames import FROM_EVE, forwarded, letter, text
from messages.holders import ALICE, EVE
from messages.opening import judged
from people import Person

HEAD = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\nReply-To: home@openpgp.example\r\nSubject: s\r\n"
MESSAGE = people.DATE + HEAD + b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nAt noon.\r\n"


def mask(octets):
    return {f.name: (f.protection.value, f.differs) for f in people.open_(octets).verdict.fields}


def test_the_mask_of_a_sealed_and_a_signed_letter():
    sealed_ = people.send(MESSAGE)[0][1]
    assert mask(sealed_)["subject"] == ("signed-and-encrypted", True)
    assert mask(sealed_)["from"] == ("signed-only", False)
    signed = people.send(MESSAGE, person=Person(policy=Policy(encrypt=Encrypt.NEVER)))[0][1]
    assert mask(signed)["subject"] == ("signed-only", False)
    assert mask(signed.replace(b"At noon", b"At nine"))["subject"] == ("unprotected", False)


def test_fields_stand_where_they_stood():
    shown = people.open_(people.send(MESSAGE)[0][1]).message
    names = [line.partition(b":")[0] for line in shown.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] != b" "]
    assert names[1:6] == [b"Date", b"From", b"To", b"Reply-To", b"Subject"]


def test_a_reply_field_that_nothing_covers_is_taken_out_and_named():
    octets = letter(sealed.C, more=b"Reply-To: eve@evil.example\r\nMail-Followup-To: alice@openpgp.example\r\n")
    shown = judged(octets, {})
    assert b"eve@evil" not in shown.message.partition(b"\r\n\r\n")[0]
    assert b"Mail-Followup-To: alice@" in shown.message, "who wrote it may be answered"
    assert "reply-field-removed" in shown.verdict.findings


def test_a_from_inside_that_no_signature_binds_is_not_shown():
    inner = sealed.protected(text(), sender=FROM_EVE)
    for by in (None, ALICE):
        shown = judged(letter(sealed.sealed_by(inner, by)), {})
        assert shown.verdict.from_addresses == (people.ALICE,)
        assert "other-from-inside" in shown.verdict.findings
    assert judged(letter(sealed.sealed_by(inner, EVE.key)), {}).verdict.from_addresses == ("eve@evil.example",)


def test_a_certificate_that_claims_the_address_of_somebody_better_known_binds_no_from():
    """RFC 9788 §4.4.1.2: who may send as Mallory is shown as Mallory, whatever his certificate says of itself."""
    octets = letter(sealed.C_PROTECTED, sender=b"mallory@evil.example")
    assert judged(octets, {}).verdict.from_addresses == (people.ALICE,)
    disputed = judged(octets, {"tied": {"alice": "conflict"}}).verdict
    assert disputed.from_addresses == ("mallory@evil.example",)
    assert "other-from-inside" in disputed.findings


def test_the_other_from_is_named_to_who_asks():
    """RFC 9788 §4.4.2: both are told."""
    verdict = judged(letter(sealed.C_PROTECTED, sender=FROM_EVE), {}).verdict
    assert "other-from-inside" not in verdict.findings, "Alice has signed that it is hers"
    octets = letter(sealed.sealed_by(sealed.protected(text()), None), sender=FROM_EVE)
    (told,) = [s.outcome for s in judged(octets, {}).verdict.steps if s.subject == "other-from-inside"]
    assert told.endswith("not shown: alice@openpgp.example")


def test_a_field_that_stands_twice_is_shown_twice_in_its_place():
    again = b"X-Forwarded-Message-Id: <1@x>\r\nX-Forwarded-Message-Id: <2@x>\r\n"
    for entity in (
        sealed.sealed_by(sealed.protected(text(), more=again)),
        sealed.signed_by(sealed.protected(text(), b"clear", more=again)),
    ):
        shown = judged(letter(entity, more=again.replace(b"<2@x>", b"<evil@x>")), {}).message
        assert again + b"From: Alice" in shown
        assert b"evil" not in shown


_FOREIGN = [
    b"In-Reply-To: <evil@x>",
    b"References: <evil@x>",
    b"Cc: eve@evil.example",
    b"Keywords: evil",
    b"Disposition-Notification-To: eve@evil.example",
    b"return-receipt-to: eve@evil.example",
    b"X-Priority: 1 (evil)",
    b"Organization: evil",
]


@pytest.mark.parametrize("field", _FOREIGN)
@pytest.mark.parametrize(
    "entity",
    [
        sealed.C_PROTECTED,
        sealed.G_PROTECTED,
        sealed.sealed_by(forwarded(letter(text()), b"; forwarded=no")),
    ],
    ids=["sealed", "signed", "wrapped"],
)
def test_what_the_writer_alone_knows_is_not_taken_from_outside(field, entity):
    """RFC 9788 §4.6: a letter is not put into another thread, nor answered to somebody, by who carries it."""
    assert b"evil" not in judged(letter(entity, more=field + b"\r\n"), {}).message.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize("field", _FOREIGN)
def test_where_not_every_field_is_inside_what_stands_outside_stays(field):
    assert field in judged(letter(sealed.C, more=field + b"\r\n"), {}).message


@pytest.mark.parametrize(
    "field", [b"Received: from x", b"List-Unsubscribe: <mailto:l@x>", b"Archived-At: <https://x>", b"X-Spam-Score: 1"]
)
def test_what_is_added_on_the_way_stays(field):
    """RFC 9788 §7."""
    assert field in judged(letter(sealed.C_PROTECTED, more=field + b"\r\n"), {}).message


def test_without_a_message_id_inside_that_of_the_server_stays():
    entity = sealed.sealed_by(sealed.protected(text(), message_id=None))
    assert b"Message-ID: <server@x>" in judged(letter(entity, message_id=b"<server@x>"), {}).message


def test_the_mark_never_stands_for_a_layer():
    shown = judged(letter(sealed.signed_by(sealed.protected(text(), b"cipher"))), {})
    assert "hp-mismatch" in shown.verdict.findings
    assert {f.protection.value for f in shown.verdict.fields} == {"signed-only"}

"""What the layers cover of the header section: shown from inside only there, and the mask says it."""

import people
from ithaca.policy import Encrypt, Policy
from messages import sealed
from messages.frames import FROM_EVE, letter, text
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


def test_the_mark_never_stands_for_a_layer():
    shown = judged(letter(sealed.signed_by(sealed.protected(text(), b"cipher"))), {})
    assert "hp-mismatch" in shown.verdict.findings
    assert {f.protection.value for f in shown.verdict.fields} == {"signed-only"}

"""What the root of a payload protects, by the standard and by what came before it."""

import pytest

from ithaca.mime import protected
from ithaca.mime.entity import parse
from ithaca.mime.header import HeaderSection
from ithaca.mime.protected import Scheme
from messages import sealed
from messages.frames import FROM_EVE, fields, forwarded, letter, mixed, multi, part, text

OUTER = HeaderSection.parse(fields(subject=b"[...]"))
V1 = text(params=b'; protected-headers="v1"', more=fields())


def read(octets, *, encrypted=True):
    return protected.read(parse(octets), encrypted=encrypted, outer=OUTER)


def names(found):
    return {field.name for field in found.fields}


SMIME_SIGNED = multi(
    b"signed",
    text(),
    part(b"application/pkcs7-signature", b"MIIB\r\n"),
    params=b'; protocol="application/pkcs7-signature"',
)
SMIME_SEALED = part(b"application/pkcs7-mime; smime-type=enveloped-data", b"MIIB\r\n")
DISPLAY = part(b'text/plain; protected-headers="v1"', b"Subject: the plan\r\n")
SCHEMES = {
    "standard": (sealed.protected(text()), Scheme.STANDARD),
    "draft": (V1, Scheme.DRAFT),
    "memory hole, marked": (text(params=b'; memoryhole="v1"', more=fields()), Scheme.MEMORY_HOLE),
    "memory hole": (text(more=fields()), Scheme.MEMORY_HOLE),
    "memory hole, a part": (mixed(part(b'text/rfc822-headers; memoryhole="v1"', fields()), text()), Scheme.MEMORY_HOLE),
    "wrapped": (forwarded(letter(text()), b"; forwarded=no"), Scheme.WRAPPED),
    "wrapped, unmarked": (forwarded(letter(text())), Scheme.WRAPPED),
    "none": (text(), Scheme.NONE),
    "a forward": (forwarded(letter(text(), sender=FROM_EVE)), Scheme.NONE),
    "a forward beside words": (mixed(text(), forwarded(letter(text()), b"; forwarded=no")), Scheme.NONE),
    "a message, marked itself": (forwarded(letter(text()), b'; forwarded=no; hp="other"'), Scheme.NONE),
    "a message that is protected itself": (forwarded(letter(sealed.protected(text())), b"; forwarded=no"), Scheme.NONE),
    "a signed message": (forwarded(letter(sealed.G), b"; forwarded=no"), Scheme.NONE),
    "a message signed by S/MIME": (forwarded(letter(SMIME_SIGNED), b"; forwarded=no"), Scheme.NONE),
    "a message sealed by S/MIME": (forwarded(letter(SMIME_SEALED), b"; forwarded=no"), Scheme.NONE),
    "two types": (b"Content-Type: text/html\r\n" + sealed.protected(text()), Scheme.NONE),
}


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme(name):
    octets, scheme = SCHEMES[name]
    assert read(octets).scheme is scheme


def test_signed_alone_a_part_that_says_nothing_protects_nothing():
    assert read(text(more=fields()), encrypted=False).scheme is Scheme.NONE


def test_what_carries_or_marks_mail_is_never_lifted():
    more = b"Received: x\r\nBcc: x\r\nIthaca-Verdict: good\r\nX-Mozilla-Keys: k\r\nAuthentication-Results: x\r\nDKIM-Signature: x\r\n"
    found = read(sealed.protected(text(), more=more))
    assert names(found) == {b"From", b"To", b"Subject", b"Date", b"Message-ID"}


def test_of_a_field_that_may_stand_once_the_first_counts_and_two_are_known():
    found = read(sealed.protected(text(), more=b"From: eve@evil.example\r\n"))
    assert [f.value for f in found.fields if f.named(b"From")] == [b"Alice <alice@openpgp.example>"]
    assert found.doubled == {b"from"}


def test_a_field_that_may_stand_more_than_once_is_read_as_often():
    again = b"X-Forwarded-Message-Id: <1@x>\r\nComments: one\r\nX-Forwarded-Message-Id: <2@x>\r\nComments: two\r\n"
    found = read(sealed.protected(text(), more=again))
    assert [f.value for f in found.fields if f.named(b"X-Forwarded-Message-Id")] == [b"<1@x>", b"<2@x>"]
    assert [f.value for f in found.fields if f.named(b"Comments")] == [b"one", b"two"]
    assert found.doubled == frozenset()


def test_where_a_field_is_folded_makes_no_other_value_of_it():
    (name, value), *_ = read(sealed.protected(text(), outside=b"References: <1@x>\r\n")).outside
    (field,) = HeaderSection.parse(b"references:\r\n\t<1@x>\r\n").fields
    assert protected.compared(field) == (name, value)
    folded = b"HP-Outer:\r\n References:\r\n <1@x>\r\n\t<2@x>\r\n"
    found = read(folded + b'Content-Type: text/plain; hp="cipher"\r\n\r\nhi\r\n')
    assert found.outside == {(b"references", b"<1@x> <2@x>")}


def test_what_stands_outside_is_said_under_encryption_alone():
    assert (b"subject", b"[...]") in read(sealed.protected(text())).outside
    assert read(sealed.protected(text()), encrypted=False).outside == frozenset()


def test_the_drafts_display_part_is_not_shown():
    params = b'; protected-headers="v1"'
    sound = multi(b"mixed", DISPLAY, text(b"hi\r\n"), params=params)
    assert read(sound).content.decoded_body() == b"hi\r\n"
    assert read(sound, encrypted=False).content.content_type.type == "multipart"
    three = multi(b"mixed", DISPLAY, text(b"hi\r\n"), text(b"ho\r\n"), params=params)
    assert read(three).content.content_type.type == "multipart"


def test_fields_that_were_written_with_lf_get_crlf_and_a_lone_cr_begins_none():
    found = read(sealed.protected(text(), subject=b"x\rReceived: forged").replace(b"\r\n", b"\n"))
    (subject,) = (f for f in found.fields if f.named(b"Subject"))
    assert subject.octets == b"Subject: x\rReceived: forged\r\n"

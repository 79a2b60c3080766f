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


def test_each_name_once_and_what_stands_twice_is_known():
    found = read(sealed.protected(text(), more=b"From: eve@evil.example\r\n"))
    assert [f.value for f in found.fields if f.named(b"From")] == [b"Alice <alice@openpgp.example>"]
    assert found.doubled == {b"from"}


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

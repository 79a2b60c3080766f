"""Header protection on sealing: no Subject outside."""

import pytest

from ithaca.errors import MalformedMessage
from ithaca.mime import protection
from ithaca.mime.header import HeaderSection

MESSAGE = (
    b"From: Ulysses <u@x.example>\r\nTo: p@x.example\r\nSubject: the\r\n plan\r\nKeywords: bow\r\nThread-Topic: the plan\r\n"
    b"Message-ID: <1@x.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\nX-Own: kept\r\nIthaca-Wish: encrypt\r\n"
)


def names(section):
    return [f.name for f in section.fields]


def test_outside_a_sealed_message_stands_no_subject_and_inside_stands_all():
    inner, outer = protection.protect(HeaderSection.parse(MESSAGE), encrypted=True)
    outside = outer.render()
    assert b"plan" not in outside
    assert b"bow" not in outside
    assert b"Ithaca" not in outside + inner.render()
    assert outer.first(b"Subject").value == b"[...]"
    assert names(outer) == [b"From", b"To", b"Subject", b"Message-ID", b"X-Own", b"MIME-Version"]
    assert inner.first(b"Subject").octets == b"Subject: the\r\n plan\r\n"
    kind = inner.first(b"Content-Type").value
    assert kind == b'text/plain; charset=utf-8; protected-headers="v1"; hp="cipher"'


def test_hp_outer_repeats_exactly_what_stands_outside():
    inner, outer = protection.protect(HeaderSection.parse(MESSAGE), encrypted=True)
    marks = [f.value for f in inner.get_all(b"HP-Outer")]
    expected = [f.name + b": " + f.value for f in outer.fields if f.name != b"MIME-Version"]
    assert marks == expected


def test_a_signed_message_hides_nothing():
    inner, outer = protection.protect(HeaderSection.parse(MESSAGE), encrypted=False)
    assert outer.first(b"Subject").value == b"the plan"
    assert inner.get_all(b"HP-Outer") == ()
    assert b'hp="clear"' in inner.first(b"Content-Type").value


def test_without_a_content_type_the_default_is_written_down():
    inner, _ = protection.protect(HeaderSection.parse(b"From: a@x.example\r\n"), encrypted=True)
    assert inner.first(b"Content-Type").value.startswith(b"text/plain; charset=us-ascii")


def test_two_content_types_cannot_be_protected():
    with pytest.raises(MalformedMessage):
        protection.protect(
            HeaderSection.parse(b"Content-Type: text/plain\r\nContent-Type: text/html\r\n"), encrypted=True
        )

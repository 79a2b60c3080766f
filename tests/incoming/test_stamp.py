"""The field that says what is ours, and how a message was before."""

import dataclasses
import zlib

import pybase64
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shown
from ithaca.incoming import stamp
from ithaca.incoming.presentation import Presentation
from ithaca.incoming.stamp import Before, Stamp
from ithaca.work import run

SECTION = b"From: a@b.example\r\nSubject: s\r\n"
STAMP = Stamp(
    b"<1@b>", b"Ithaca-Verdict: v=1;\r\n x=y\r\n", "a banner\nof two lines", Before(SECTION, b"\r\n", b"d" * 32)
)


def read(octets):
    return stamp.read(octets.partition(b":")[2].strip())


@given(st.binary(max_size=3000), st.binary(max_size=400))
def test_what_was_before_comes_back(section, body):
    came = section + b"\r\n\r\n" + body
    before = run(stamp.before(came))
    field = dataclasses.replace(STAMP, before=before).field(shown.PART)
    assert all(0x20 <= octet < 0x7F for line in field.split(b"\r\n") for octet in line)
    assert max(map(len, field.split(b"\r\n"))) <= 78
    mac, found = read(field)
    assert found == before
    assert before.section + before.separator == came[: len(came) - len(came[len(before.section + before.separator) :])]
    assert dataclasses.replace(STAMP, before=found).is_ours(mac, shown.PART)


@pytest.mark.parametrize(
    "change",
    [
        {"message_id": b"<2@b>"},
        {"verdict": b"Ithaca-Verdict: v=1; x=z\r\n"},
        {"text": "a banner\nof three lines"},
        {"before": None},
        {"before": Before(SECTION + b"X: y\r\n", b"\r\n", b"d" * 32)},
        {"before": Before(SECTION, b"\n", b"d" * 32)},
        {"before": Before(SECTION, b"\r\n", b"e" * 32)},
    ],
    ids=str,
)
def test_everything_that_it_vouches_for_counts(change):
    mac, _ = read(STAMP.field(shown.PART))
    assert STAMP.is_ours(mac, shown.PART)
    assert not dataclasses.replace(STAMP, **change).is_ours(mac, shown.PART)
    assert not STAMP.is_ours(mac, shown.STRANGE)


def test_nothing_is_ours_without_a_key():
    mac, _ = read(STAMP.field(Presentation()))
    assert not STAMP.is_ours(mac, Presentation())


def test_fields_that_a_mail_program_folded_anew_are_still_ours():
    folded = dataclasses.replace(STAMP, verdict=b"Ithaca-Verdict: v=1; x=y\n", text="a banner  \nof two lines")
    mac, _ = read(STAMP.field(shown.PART))
    assert folded.is_ours(mac, shown.PART)


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_are_none(octets):
    for prefix in (b"", b"v=1; mac=00; body=00; header="):
        stamp.read(prefix + octets)


@pytest.mark.parametrize(
    "value", [b"", b"v=2; mac=00", b"v=1; mac=zz", b"v=1; mac=00; header=!!", b"v=1; mac=00; header=AAAA"]
)
def test_what_is_not_well_formed_is_none(value):
    assert stamp.read(value) is None


def test_what_is_packed_does_not_grow_without_bound():
    bomb = pybase64.b64encode(zlib.compress(b"a" * (50 << 20)))
    _, before = stamp.read(b"v=1; mac=00; body=00; header=" + bomb)
    assert len(before.section) <= stamp.MOST_SECTION + 2


def test_a_header_section_that_is_too_long_is_not_kept():
    assert run(stamp.before(b"X: " + b"y" * stamp.MOST_SECTION + b"\r\n\r\n")) is None

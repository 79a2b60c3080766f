"""Header confidentiality policies: what stands outside in place of each field."""

import pytest

from ithaca.mime import confidentiality
from ithaca.mime.confidentiality import Confidentiality
from ithaca.mime.header import HeaderSection

BASELINE, SHY, NONE = Confidentiality
HEAD = (
    b"From: Ulysses of Ithaca <U@x.example>\r\nReply-To: No man <n@x.example>\r\nTo: Penelope <p@x.example>,\r\n"
    b" friends: Argos <a@x.example>;\r\nDate: Sat, 14 Mar 2026 01:02:03 +0200\r\nSubject: Re: the plan\r\n"
    b"Message-ID: <2@x.example>\r\nIn-Reply-To: <1@x.example>\r\nReferences: <0@x.example> <1@x.example>\r\nX-Own: x\r\n"
)


def outside(octets=HEAD, policy=BASELINE, *hides):
    pairs = confidentiality.outside(HeaderSection.parse(octets).fields, policy, frozenset(hides))
    return {f.name: instead.value for f, instead in pairs if instead is not None}


def lines(octets, *more):
    return HEAD + b"".join(line + b"\r\n" for line in (octets, *more))


def test_baseline_changes_the_subject_alone():
    found = outside()
    assert found.pop(b"Subject") == b"[...]"
    assert found == {k: v for k, v in outside(policy=NONE).items() if k != b"Subject"}


@pytest.mark.parametrize(
    "field",
    [
        b"Comments: c",
        b"keywords: k",
        b"Thread-Topic: something",
        b"Thread-Index: Ac1234",
        b"X-Original-Subject: y",
        b"X-SUBJECT-old: y",
        b"X-Title: the  Plan",
        b"X-Title: =?utf-8?q?Re=3A_the_plan?=",
    ],
)
def test_baseline_leaves_out_what_repeats_the_subject(field):
    name = field.partition(b":")[0]
    assert name not in outside(lines(field))
    assert name in outside(lines(field), NONE)


def test_a_name_that_is_the_subject_stays_where_mail_needs_the_field():
    octets = b"From: x <u@x.example>\r\nTo: the plan <p@x.example>\r\nSubject: u@x.example\r\nX-Own: other\r\n"
    assert set(outside(octets)) == {b"From", b"To", b"Subject", b"X-Own"}


def test_an_empty_subject_makes_no_empty_field_disappear():
    assert b"X-Empty" in outside(b"Subject: Re:\r\nX-Empty:\r\n")


def test_shy_leaves_addresses_and_the_time_alone():
    found = outside(policy=SHY)
    assert found[b"From"] == b"u@x.example"
    assert found[b"To"] == b"p@x.example, a@x.example"
    assert found[b"Date"] == b"Fri, 13 Mar 2026 23:02:03 +0000"
    assert found[b"Reply-To"] == b"No man <n@x.example>"


@pytest.mark.parametrize(
    ("date", "utc"),
    [
        (b"Sat, 14 Mar 2026 01:02:03 -0000", b"Sat, 14 Mar 2026 01:02:03 +0000"),
        (b"14 Mar 26 01:02 EST", b"Sat, 14 Mar 2026 06:02:00 +0000"),
        (b"yesterday", None),
        (b"Fri, 31 Dec 9999 23:59:59 -2300", None),
    ],
)
def test_a_date_in_universal_time(date, utc):
    assert outside(b"Date: " + date + b"\r\n", SHY).get(b"Date") == utc


def test_what_cannot_be_read_and_is_to_be_shy_is_left_out():
    assert b"To" not in outside(b"To: ((\r\n", SHY)


@pytest.mark.parametrize(
    ("hidden", "gone"),
    [
        (b"message-id", {b"In-Reply-To", b"References"}),
        (b"in-reply-to", {b"In-Reply-To", b"References"}),
        (b"references", {b"References"}),
        (b"x-own", {b"X-Own"}),
    ],
)
def test_a_reply_leaves_out_what_its_original_hid(hidden, gone):
    assert set(outside(HEAD, NONE)) - set(outside(HEAD, NONE, hidden)) == gone


@pytest.mark.parametrize("policy", [BASELINE, NONE])
def test_a_reply_hides_the_names_of_people_wherever_they_stand(policy):
    found = outside(HEAD, policy, b"to", b"date")
    assert b"Ulysses" not in found[b"From"]
    assert b"Penelope" not in found[b"To"]
    assert b"No man" not in found[b"Reply-To"]
    assert found[b"Date"].endswith(b"+0000")


@pytest.mark.parametrize("policy", [BASELINE, SHY, NONE])
def test_a_reply_names_nobody_outside_whom_its_original_had_hidden(policy):
    octets = lines(b"Cc: c@x.example", b"Mail-Followup-To: p@x.example, c@x.example")
    found = outside(octets, policy, b"cc", confidentiality.ADDRESSES)
    assert not {b"To", b"Cc", b"Mail-Followup-To"} & set(found)
    assert found[b"From"] == b"u@x.example", "mail needs it, and it is our own"
    assert {b"To", b"Cc"} <= set(outside(octets, policy, b"cc")), "the names alone were hidden"


def test_a_reply_hides_the_subject_without_any_policy():
    found = outside(lines(b"Thread-Topic: the plan"), NONE, b"subject")
    assert found[b"Subject"] == b"[...]"
    assert b"Thread-Topic" not in found

"""Header sections: read without loss, forged fields found in every spelling."""

import email

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedMessage
from ithaca.mime import header
from ithaca.mime.header import ContentType, Field, HeaderSection


@given(st.binary(max_size=300))
def test_any_octets_render_as_they_came(octets):
    assert HeaderSection.parse(octets).render() == octets


@given(st.binary(max_size=300))
def test_a_message_comes_apart_and_together(octets):
    section, separator, start = header.split_message(octets)
    assert section + separator == octets[:start]
    assert separator in (b"", b"\r\n", b"\n")


def test_fields_unfold_and_decode():
    section = HeaderSection.parse(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n aus\r\n\tIthaka\r\nsubject : two\r\n")
    assert section.first(b"SUBJECT").text == "Grüße aus\tIthaka"
    assert [f.value for f in section.get_all(b"Subject")][1] == b"two"


def test_a_field_is_read_as_addresses_once():
    field = Field(b"To", b"To: Bob <bob@x.example>,\r\n carol@x.example\r\n")
    assert [m.address for m in field.mailboxes] == ["bob@x.example", "carol@x.example"]
    assert field.mailboxes is field.mailboxes
    with pytest.raises(MalformedMessage):
        _ = Field(b"To", b"To: <\r\n").mailboxes


FORGED = [
    b"Ithaca-Verdict: signature=good\r\n",
    b"iThAcA-vErDiCt: x\r\n",
    b"Ithaca-Verdict : x\r\n",
    b"Ithaca-Verdict\t: x\r\n",
    b"Ithaca-Anything: x\r\n folded\r\n",
    b"X-Mozilla-Keys: $label1\r\n",
    b"X-Mozilla-Status: 0001\r\n",
    b"X-Mozilla-Status2: 0\r\n",
    b"Subject: innocent\rIthaca-Verdict: x\r\n",
    b"Subject: innocent\0Ithaca-Verdict: x\r\n",
    b"Subject: innocent\r\n\r Ithaca-Verdict: x\r\n",
]


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("before", [b"", b"From: a@x.example\r\n", b"broken line\r\n", b"From x Mon\r\n"])
def test_forged_fields_go_and_all_else_stays(forged, before):
    octets = before + forged + b"To: b@x.example\r\n"
    cleaned = header.cleaned(HeaderSection.parse(octets)).render()
    assert b"ithaca-" not in cleaned.lower()
    assert b"x-mozilla" not in cleaned.lower()
    assert cleaned.startswith(before)
    assert cleaned.endswith(b"To: b@x.example\r\n")


@pytest.mark.parametrize(
    "innocent", [b"X-Ithaca: travel\r\n", b"Subject: Ithaca-Verdict: x\r\n", b"X-Mozilla-News-Host: x\r\n"]
)
def test_innocent_fields_stay(innocent):
    assert header.cleaned(HeaderSection.parse(innocent)).render() == innocent


@given(st.binary(max_size=200))
def test_after_cleaning_no_reader_finds_a_forged_field(octets):
    cleaned = header.cleaned(HeaderSection.parse(octets + b"\r\nIthaca-Verdict: x\r\n" + octets)).render()
    seen = email.message_from_bytes(cleaned)  # noqa: TID251 (a foreign reader)
    assert not [n for n in seen.keys() if n.lower().strip().startswith("ithaca-")]


@pytest.mark.parametrize(
    ("value", "media", "params", "ambiguous"),
    [
        (b"text/plain", "text/plain", {}, False),
        (b'Multipart/Mixed; boundary="a b"; x=y', "multipart/mixed", {"boundary": "a b", "x": "y"}, False),
        (b"multipart/mixed; boundary=a; boundary=b", "multipart/mixed", {"boundary": "a"}, True),
        (b"multipart/mixed; boundary*0=a; boundary*1=b", "multipart/mixed", {"boundary": "ab"}, True),
        (b"multipart/mixed (comment); boundary=a", "multipart/mixed", {"boundary": "a"}, True),
        (b"text/plain; junk", "text/plain", {}, True),
        (b"text/plain;", "text/plain", {}, False),
        (b'text/plain; name="a\\"b"', "text/plain", {"name": 'a"b'}, False),
        (b"nonsense", "/", {}, True),
    ],
)
def test_content_types(value, media, params, ambiguous):
    found = ContentType(value)
    assert (found.media_type, found.params, found.ambiguous) == (media, params, ambiguous)


@given(st.binary(max_size=100))
def test_any_octets_are_a_content_type(octets):
    ContentType(octets)


@given(st.text(max_size=80))
def test_our_own_fields_are_well_formed(text):
    field = header.encode_text(b"X-Test", text)
    assert isinstance(field, Field)
    lines = field.octets.split(b"\r\n")
    assert lines[-1] == b""
    assert all(line.isascii() for line in lines)
    assert all(line.startswith((b" ", b"\t")) for line in lines[1:-1])


def test_a_folded_subject_that_names_us_stays():
    octets = b"Subject: see\r\n Ithaca-Greece: is an island\r\nTo: b@x.example\r\n"
    assert header.cleaned(HeaderSection.parse(octets)).render() == octets


def test_a_field_of_nothing_but_nul_is_looked_at_in_linear_time():
    """It took a hundred seconds for a hundred kilobytes, in the event loop."""
    octets = b"Subject: x" + bytes(1_000_000) + b"\r\n"
    assert header.cleaned(HeaderSection.parse(octets)).render() == octets


@pytest.mark.parametrize("first", [b" ; signature=good\r\n", b"\t; signature=good\r\n", b" a\r\n\tb\r\n"])
def test_nothing_continues_a_field_of_ours(first):
    section = HeaderSection.parse(first + b"Subject: s\r\n folded\r\n")
    assert header.self_contained(section).render() == b"Subject: s\r\n folded\r\n"


@pytest.mark.parametrize("empty", [b"\n\r\n", b"\n\n", b"\r\n\r\n"])
def test_a_header_section_ends_at_the_first_empty_line_of_any_kind(empty):
    """What stands between it and a later one is text, and must be shown."""
    octets = b"Subject: a" + empty + b"HELLO\r\n\r\nWORLD\n\nAGAIN"
    assert octets[header.split_message(octets)[2] :] == b"HELLO\r\n\r\nWORLD\n\nAGAIN"

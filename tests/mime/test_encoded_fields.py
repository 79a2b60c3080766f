import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedMessage
from ithaca.mime.encoded_fields import seven_bit
from ithaca.mime.header import HeaderSection


def made(text):
    return seven_bit(HeaderSection.parse(text.encode())).render()


def read(octets):
    """What a foreign reader makes of the one field."""
    # Python 3.11 reads a space between encoded words on two lines, where none is (RFC 2047 §6.2).
    unfolded = octets.replace(b"?=\r\n =?", b"?= =?")
    message = email.message_from_bytes(unfolded + b"\r\n", policy=email.policy.default)  # noqa: TID251 (a foreign reader)
    return next(iter(message.items()))[1]


def people(octets):
    return [(a.display_name, a.addr_spec) for a in read(octets).addresses]


@pytest.mark.parametrize(
    "text",
    ["das Tuch Größe", "Wörter " * 60, "a =?utf-8?q?b=C3=BC?= =?utf-8?q?c?= ü", "松本" * 50, "x" * 300 + "ö"],
)
def test_a_subject_reads_the_same(text):
    octets = made(f"Subject: {text}\r\n")
    assert octets.isascii()
    assert max(map(len, octets.split(b"\r\n"))) <= 78
    assert read(octets) == read(f"Subject: {text}\r\n".encode()).strip()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('"Größe, Müller" <A@b.example>', [("Größe, Müller", "A@b.example")]),
        (
            'Jürgen "Grö\\"ße" M. <a@b.example>, x <c@d.example>',
            [('Jürgen Grö"ße M.', "a@b.example"), ("x", "c@d.example")],
        ),
        ("Gruppe Ü: a@b.example, ü <c@d.example>;", [("", "a@b.example"), ("ü", "c@d.example")]),
        ("a@b.example (Jürgen)", [("", "a@b.example")]),
        ("=?utf-8?q?J=C3=BC?= Müller <a@b.example>", [("Jü Müller", "a@b.example")]),
    ],
)
def test_an_address_field_names_the_same_people(body, expected):
    octets = made(f"To: {body}\r\n")
    assert octets.isascii()
    assert people(octets) == expected


def test_a_long_name_is_folded_and_reads_the_same():
    name = "松本行弘" * 20
    (field,) = HeaderSection.parse(made(f"To: {name} <a@b.example>\r\n")).fields
    assert [(m.display_name, m.address) for m in field.mailboxes] == [(name, "a@b.example")]
    assert max(map(len, field.octets.split(b"\r\n"))) <= 100


def test_what_is_ascii_keeps_every_octet():
    section = b'From: "A"\t<a@b.example>\r\nsubject:x\r\nTo: c@d.example \r\n'
    assert seven_bit(HeaderSection.parse(section)).render() == section


@pytest.mark.parametrize("body", ["jürgen@b.example", "Ö <a@exämple.example>", '"jür gen"@b.example'])
def test_addresses_that_are_not_ascii_need_smtputf8_and_nothing_is_changed(body):
    section = f"From: {body}\r\nSubject: Größe\r\n"
    assert made(section) == section.encode()


def test_trace_fields_are_not_signed_and_stay():
    section = "Received: from ö\r\nSubject: ü\r\n"
    assert made(section) == "Received: from ö\r\n".encode() + b"Subject: =?utf-8?b?w7w=?=\r\n"


@pytest.mark.parametrize(
    "octets",
    [
        b"Subject: Gr\xf6\xdfe\r\n",
        b"From: J\xfcrgen <a@b.example>\r\n",
        "Message-ID: <ö@b.example>\r\n".encode(),
        'Content-Type: text/plain; name="Größe"\r\n'.encode(),
        "To: Ö <a@b.example\r\n".encode(),
    ],
)
def test_what_has_no_form_in_ascii_is_refused_with_the_name_of_the_field(octets):
    name = octets.partition(b":")[0].decode()
    with pytest.raises(MalformedMessage, match=f"its {name} field"):
        seven_bit(HeaderSection.parse(octets))


def test_open_quotes_do_not_cost_their_square():
    with pytest.raises(MalformedMessage):
        made("To: Ö " + '"\\' * 100_000 + "\r\n")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=100))
def test_any_subject_reads_the_same_or_is_refused(text):
    try:
        octets = made(f"Subject: {text}\r\n")
    except MalformedMessage:
        return
    assert octets.isascii()
    assert (
        HeaderSection.parse(octets).fields[0].text.split()
        == HeaderSection.parse(f"Subject: {text}\r\n".encode()).fields[0].text.split()
    )

"""Header protection on sealing: everything inside, and outside what the policy leaves."""

import pytest

from ithaca.errors import MalformedMessage
from ithaca.mime import header, protection
from ithaca.mime.confidentiality import Confidentiality
from ithaca.mime.header import ContentType, Field, HeaderSection

MESSAGE = (
    b"From: Ulysses <u@x.example>\r\nTo: p@x.example\r\nSubject: the\r\n plan\r\nKeywords: bow\r\nThread-Topic: the plan\r\n"
    b"Message-ID: <1@x.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\nX-Own: kept\r\nIthaca-Wish: encrypt\r\nX-Identity-Key: id1\r\n"
)


def names(section):
    return [f.name for f in section.fields]


def protect(octets=MESSAGE, encrypted=True, **more):
    return protection.protect(HeaderSection.parse(octets), encrypted=encrypted, **more)


def test_outside_a_sealed_message_stands_no_subject_and_inside_stands_all():
    made = protect()
    outside = made.outer.render()
    assert b"plan" not in outside
    assert b"bow" not in outside
    for section in (outside, made.inner.render()):
        assert b"Ithaca" not in section
        assert b"X-Identity-Key" not in section
    assert made.outer.first(b"Subject").value == b"[...]"
    assert names(made.outer) == [b"From", b"To", b"Subject", b"Message-ID", b"X-Own", b"MIME-Version"]
    assert made.inner.first(b"Subject").octets == b"Subject: the\r\n plan\r\n"
    assert names(HeaderSection(made.hidden)) == [b"Subject", b"Keywords", b"Thread-Topic"]
    kind = made.inner.first(b"Content-Type").value
    assert kind == b'text/plain; protected-headers="v1"; hp="cipher"; charset=utf-8'


def test_hp_outer_repeats_exactly_what_stands_outside():
    made = protect()
    marks = [f.value for f in made.inner.get_all(b"HP-Outer")]
    assert marks == [f.name + b": " + f.value for f in made.outer.fields if f.name != b"MIME-Version"]


@pytest.mark.parametrize("octets", [b"References:\r\n <a@x>\r\n <b@x>\r\n", b"X-Empty:\r\n", b"X: \xc3\xa4\r\n"])
def test_hp_outer_of_a_folded_an_empty_and_an_8_bit_field(octets):
    made = protect(octets)
    (outside,) = (f for f in made.outer.fields if f.name != b"MIME-Version")
    (mark,) = made.inner.get_all(b"HP-Outer")
    name, _, value = mark.value.partition(b": ")
    # An empty value ends in the blank that belongs to the syntax.
    assert (name.rstrip(b":"), value) == (outside.name, outside.value)


@pytest.mark.parametrize(
    "kind",
    [
        b'multipart/signed; boundary=x; protocol="application/pkcs7-signature"',
        b"application/pkcs7-mime; smime-type=signed-data",
        b"Application/X-pkcs7-MIME; smime-type=signed-data",
    ],
)
def test_a_layer_of_the_clients_own_is_no_payload_and_bears_no_mark(kind):
    made = protect(MESSAGE.replace(b"text/plain; charset=utf-8", kind))
    assert made.inner.first(b"Subject").value == b"the plan"
    assert "hp" not in made.inner.first(b"Content-Type").content_type.params
    assert made.inner.get_all(b"HP-Outer") == ()


def test_a_signed_message_hides_nothing():
    made = protect(encrypted=False, policy=Confidentiality.SHY, hides=frozenset({b"subject"}))
    assert made.outer.first(b"Subject").value == b"the plan"
    assert made.inner.get_all(b"HP-Outer") == ()
    assert made.hidden == ()
    assert b'hp="clear"' in made.inner.first(b"Content-Type").value


def test_without_a_content_type_the_default_is_written_down_and_no_charset_claimed():
    kind = protect(b"From: a@x.example\r\n").inner.first(b"Content-Type").value
    assert kind == b'text/plain; protected-headers="v1"; hp="cipher"'


@pytest.mark.parametrize(
    "octets",
    [
        b'Content-Type: text/plain; hp="clear"; charset=utf-8; protected-headers=v0; hp-legacy-display=1\r\n',
        b'Content-Type: text/plain; charset=utf-8; HP = "clear"\r\nHP-Outer: Subject: a lie\r\n',
        b"Content-Type:\r\n text/plain;\r\n charset=utf-8; broken\r\nAutocrypt-Gossip: addr=a@x.example; keydata=AAAA\r\n",
    ],
)
def test_marks_that_the_client_wrote_are_replaced(octets):
    made = protect(octets)
    params = ContentType(made.inner.first(b"Content-Type").value).params
    assert params == {"hp": "cipher", "protected-headers": "v1", "charset": "utf-8"}
    assert made.inner.get_all(b"HP-Outer") == ()
    assert b"Gossip" not in made.inner.render() + made.outer.render()


def test_what_is_signed_already_is_no_payload_and_is_not_marked_as_one():
    made = protect(
        b'Subject: x\r\nContent-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\r\n'
    )
    kind = made.inner.first(b"Content-Type").value
    assert b"protected-headers" in kind
    assert b"hp=" not in kind
    assert made.inner.get_all(b"HP-Outer") == ()
    assert made.outer.first(b"Subject").value == b"[...]"


def test_fields_for_the_inside_alone_stand_there_alone():
    made = protect(inside=[Field(b"Autocrypt-Gossip", b"Autocrypt-Gossip: x\r\n")])
    assert made.inner.first(b"Autocrypt-Gossip").value == b"x"
    assert b"Gossip" not in made.outer.render()
    assert not any(b"Gossip" in f.value for f in made.inner.get_all(b"HP-Outer"))


def test_the_subject_of_a_redirected_letter_is_hidden_in_its_resent_field_too():
    made = protect(
        MESSAGE.replace(b"X-Own: kept", b"Resent-From: v@x.example\r\nResent-Subject: the plan (redirected)")
    )
    assert b"plan" not in made.outer.render()
    assert made.outer.first(b"Resent-From").value == b"v@x.example"
    assert made.inner.first(b"Resent-Subject").value == b"the plan (redirected)"


def test_what_carried_it_so_far_stays_outside_and_what_a_list_would_write_is_protected():
    lines = b"Received: by x\r\nResent-From: u@x.example\r\nList-Unsubscribe: <mailto:l@x.example>\r\n"
    made = protect(lines)
    assert names(made.outer) == [b"Received", b"Resent-From", b"List-Unsubscribe", b"MIME-Version"]
    assert names(made.inner) == [b"List-Unsubscribe", b"HP-Outer", b"Content-Type"]


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"Content-Type: text/plain\r\nContent-type: text/html\r\n", "two Content-Type"),
        (b"Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: base64\r\n", "two Content-Transfer"),
        (b"Subject: a\r\nSUBJECT: b\r\n", "two Subject"),
        (b"To: a@x.example\r\nTo: b@x.example\r\n", "two To"),
        (b"From u@x.example Mon\r\nFrom: u@x.example\r\n", "no header field"),
        (b" continued\r\nFrom: u@x.example\r\n", "no header field"),
        (b"Content-Type: nonsense\r\n", "cannot be read"),
        (b"Content-Type: ; charset=utf-8\r\n", "cannot be read"),
    ],
)
@pytest.mark.parametrize("encrypted", [True, False])
def test_what_can_be_read_in_two_ways_cannot_be_protected(octets, reason, encrypted):
    with pytest.raises(MalformedMessage, match=reason):
        protect(octets, encrypted=encrypted)


def test_of_more_fields_than_are_looked_at_one_could_be_a_bcc():
    octets = b"X: y\r\n" * (header.MOST_FIELDS + 1) + b"Bcc: b@x.example\r\n"
    with pytest.raises(MalformedMessage, match="too many"):
        protection.check(HeaderSection.parse(octets))


@pytest.mark.parametrize(
    ("name", "carrying"),
    [(b"Received", True), (b"ARC-Seal", True), (b"Resent-To", True), (b"List-Id", False), (b"Autocrypt", False)],
)
def test_what_carries(name, carrying):
    assert protection.carries(name) is carrying


@pytest.mark.parametrize(("name", "structural"), [(b"MIME-version", True), (b"content-id", True), (b"To", False)])
def test_structural_fields(name, structural):
    assert protection.is_structural(name) is structural


def test_what_goes_in_clear_hides_what_its_original_hid_and_else_stays_as_it_is():
    section = HeaderSection.parse(b"odd line\r\n" + MESSAGE)
    assert protection.obscured(section, frozenset()) is section
    made = protection.obscured(section, frozenset({b"subject", b"content-type", b"mime-version"}))
    expected = (
        section.render()
        .replace(b"Subject: the\r\n plan", b"Subject: [...]")
        .replace(b"Thread-Topic: the plan\r\n", b"")
    )
    assert made.render() == expected

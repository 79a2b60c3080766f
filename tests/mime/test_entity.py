"""Entities: a part is exactly the octets between its boundary lines."""

import email

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedMessage
from ithaca.mime import entity

HEAD = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", [b"\r\none", b"\r\ntwo"]),
        (b"preamble\r\n--b  \r\n\r\none\r\n\r\n--b--", [b"\r\none\r\n"]),
        (b"--b\r\n\r\n--bb\r\n x--b\r\n--b--\r\nepilogue\r\n--b\r\nx", [b"\r\n--bb\r\n x--b"]),
        (b"--b\n\none\n--b--\n", [b"\none"]),
        (b"--b\r\n--b--\r\n", [b""]),
    ],
)
def test_parts_octet_for_octet(body, parts):
    assert [p.octets for p in entity.parse(HEAD + body).parts()] == parts


@pytest.mark.parametrize(
    "octets",
    [
        HEAD + b"--b\r\n\r\none\r\n",
        HEAD + b"nothing",
        b"Content-Type: multipart/mixed\r\n\r\n--b--",
        b"Content-Type: text/plain; boundary=b\r\n\r\n--b\r\n--b--",
        HEAD + b"--b\r\n" * 1100 + b"--b--",
    ],
    ids=["open", "none", "no boundary", "no multipart", "too many"],
)
def test_what_cannot_be_taken_apart_is_malformed(octets):
    with pytest.raises(MalformedMessage):
        entity.parse(octets).parts()


@given(st.lists(st.binary(max_size=60).filter(lambda b: b"--b" not in b), min_size=1, max_size=4))
def test_what_is_put_together_comes_apart(bodies):
    octets = HEAD + b"".join(b"--b\r\n" + body + b"\r\n" for body in bodies) + b"--b--\r\n"
    assert [p.octets for p in entity.parse(octets).parts()] == bodies


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "7bit"])
def test_transfer_encodings_agree_with_another_reader(encoding):
    body = {"base64": b"aGVs\r\nbG8=\r\n", "quoted-printable": b"a=3D=\r\nb =E4\r\n", "7bit": b"x\r\n"}[encoding]
    octets = b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + body
    other = email.message_from_bytes(octets)  # noqa: TID251 (a foreign reader)
    assert entity.parse(octets).decoded_body() == other.get_payload(decode=True)


def test_a_wrong_transfer_encoding_is_malformed():
    for octets in (
        b"Content-Transfer-Encoding: base64\r\n\r\n*",
        b"Content-Transfer-Encoding: x-odd\r\n\r\nx",
    ):
        with pytest.raises(MalformedMessage):
            entity.parse(octets).decoded_body()


class Walked(bytes):
    """Octets that count how many of them were searched or copied."""

    walked = 0

    def find(self, what, start=0, stop=None):
        stop = len(self) if stop is None else stop
        found = super().find(what, start, stop)
        self.walked += (stop if found < 0 else found) - start
        return found

    def __getitem__(self, key):
        found = super().__getitem__(key)
        self.walked += len(found)
        return found


@pytest.mark.parametrize(
    "lines",
    [b"--bx\r\n" * 3_000, b"--b" * 6_000 + b"\r\n", b" --b" * 4_000 + b"\r\n", (b"--b" * 9 + b"\r\n") * 600],
    ids=["each with a line of its own", "one line of them", "one line of them and blanks", "lines of them"],
)
def test_delimiters_that_are_no_boundary_cost_no_more_than_their_length(lines):
    """Each one's way to the end of its line or of the body, walked again, would be minutes for a large letter."""
    octets = Walked(HEAD + b"--b\r\n\r\n" + lines + b"--b--\r\n")
    (part,) = entity.parse(octets).parts()
    assert len(part.body) == len(lines) - 2
    assert octets.walked < 6 * len(octets)


def test_parts_are_looked_for_once():
    octets = Walked(HEAD + b"--b\r\n\r\none\r\n--b--\r\n")
    message = entity.parse(octets)
    parts, before = message.parts(), octets.walked
    assert message.parts() is parts
    assert octets.walked == before


@given(st.binary(max_size=300))
def test_any_octets_are_an_entity(octets):
    found = entity.parse(octets)
    assert found.octets == octets
    try:
        found.parts()
    except MalformedMessage:
        return

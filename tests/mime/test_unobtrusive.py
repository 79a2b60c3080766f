"""Unobtrusive signatures: what is signed, and where one stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import entity as entities
from ithaca.mime import unobtrusive

CHILD = b'Subject: x\r\nContent-Type: text/plain; hp="clear"\r\n\r\ntext\r\n\r\n\r\n'
SIGNED = b'Subject: x\r\nContent-Type: text/plain; hp="clear"\r\n\r\ntext\r\n'
SIGNATURE = bytes(range(100))
MESSAGE = b"From: u@x.example\r\n" + unobtrusive.wrapped(CHILD, SIGNATURE, b"b")


def take(octets):
    return unobtrusive.take(entities.parse(octets))


def test_what_is_made_is_found():
    assert take(MESSAGE) == ((SIGNED,), (SIGNATURE,))
    assert all(len(line) <= 78 for line in MESSAGE.split(b"\r\n"))


@pytest.mark.parametrize(
    ("entity", "signed"),
    [
        (CHILD, [SIGNED]),
        (SIGNED[:-2], [SIGNED]),
        (b"X: y\r\n\r\n", [b"X: y\r\n\r\n", b"X: y\r\n"]),
        (b"X: y\r\n\r\n\r\n\r\n", [b"X: y\r\n\r\n", b"X: y\r\n"]),
        (b"\r\ntext \t\r\n", [b"\r\ntext \t\r\n"]),
        (b"\r\na\r\n\r\n b\r\n\r\n", [b"\r\na\r\n\r\n b\r\n"]),
        (b"\r\n\r\n", [b"\r\n"]),
        (b"X: y", [b"X: y"]),
    ],
    ids=[
        "empty lines at the end",
        "no line end",
        "no body",
        "empty lines alone",
        "blanks stay",
        "within",
        "nothing",
        "no end",
    ],
)
def test_empty_lines_at_the_end_are_not_signed(entity, signed):
    assert list(unobtrusive.readings(entity)) == signed


@given(
    st.binary(max_size=200).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"\r\n")),
    st.binary(min_size=1, max_size=90),
)
def test_whatever_the_body_it_is_found(body, signature):
    if b"--" in body:
        return
    child = b"X: y\r\n\r\n" + body
    made = b"From: u@x.example\r\n" + unobtrusive.wrapped(child, signature, b"=_boundary_=")
    assert take(made) == (unobtrusive.readings(child), (signature,))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"multipart/mixed", b"multipart/alternative"),
        (b"Sig: t=p", b"X: y\r\nSig: t=p"),
        (b"Sig: t=p", b"Sig: t=c"),
        (b"Sig: t=p", b"Sig: t"),
        (b"t=p; b", b"t=p; t=p; b"),
        (b"b=\r\n", b"c=\r\n"),
        (b"b=\r\n ", b"b=\r\n !"),
        (b"Subject: x", b"Subject: x\r\nSig: t=p; b=AAAA"),
        (b"--b--", b"--b\r\n\r\nmore\r\n--b--"),
        (b"--b--", b""),
        (b'"b"', b'"b"; boundary=c'),
    ],
)
def test_whatever_is_not_exactly_so_carries_none(old, new):
    assert old in MESSAGE
    assert take(MESSAGE.replace(old, new, 1)) is None


def test_several_and_other_kinds():
    other = b"Sig: t=c; b=AAAA\r\nsig: t=p; x=y; b=QUJD;\r\nSig: t=p"
    assert take(MESSAGE.replace(b"Sig: t=p", other, 1)) == ((SIGNED,), (b"ABC", SIGNATURE))
    many = b"Sig: t=p; b=QUJD\r\n" * unobtrusive.MOST_SIGNATURES + b"Sig: t=p"
    assert take(MESSAGE.replace(b"Sig: t=p", many, 1)) is None


def test_line_ends_of_a_file():
    assert take(MESSAGE.replace(b"\r\n", b"\n")) == ((SIGNED,), (SIGNATURE,))


def test_where_none_can_be():
    for head in (b"", b"Content-Type: text/plain\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n" * 2):
        assert not unobtrusive.is_possible(entities.parse(head + b"\r\n").header)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (MESSAGE, True),
        (MESSAGE.replace(b"Sig:", b"sIG :"), True),
        (MESSAGE.replace(b"Sig:", b"Signed:"), False),
        (MESSAGE.replace(b"--b\r\nSig", b"preamble\r\n--b\r\nSig"), True),
        (MESSAGE[: MESSAGE.index(b"--b")], None),
        (MESSAGE[: MESSAGE.index(b"--b") + 6], None),
        (MESSAGE[:10], None),
        (MESSAGE.replace(b"mixed", b"signed"), False),
        (b"Subject: x\r\n\r\n", False),
    ],
)
def test_it_is_seen_by_the_beginning(octets, said):
    assert unobtrusive.begins(octets) is said

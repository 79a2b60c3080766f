"""Parameters put into a Content-Type without writing it anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedMessage
from ithaca.mime import parameters
from ithaca.mime.header import ContentType, Field


def field(body):
    return Field(b"Content-Type", b"Content-Type:" + body + b"\r\n")


@pytest.mark.parametrize(
    ("body", "made"),
    [
        (b" text/plain", b" text/plain; a=1"),
        (b"\r\n text / plain;\r\n charset=x", b"\r\n text / plain; a=1;\r\n charset=x"),
        (b" text/plain (no; comment) ; b=2", b" text/plain; a=1 (no; comment) ; b=2"),
        (b' text/plain; b="2; old=3"; old=4;', b' text/plain; a=1; b="2; old=3";'),
        (b" text/plain; OLD = 4; old=5\r\n ; c=6", b" text/plain; a=1\r\n ; c=6"),
        (b" text/plain; broken; old=4", b" text/plain; a=1; broken; old=4"),
    ],
)
def test_they_stand_behind_the_type_and_the_rest_stays(body, made):
    assert parameters.added(field(body), b"; a=1", (b"old",)) == field(made)


@pytest.mark.parametrize("body", [b"", b" text", b" /plain", b" ; a=b", b" (c) text/plain"])
def test_without_a_type_there_is_no_place(body):
    assert not parameters.is_readable(field(body))
    with pytest.raises(MalformedMessage):
        parameters.added(field(body), b"; a=1")


@given(st.binary(max_size=100).map(lambda b: b.replace(b"\n", b"").replace(b"(", b"")))
def test_whatever_follows_it_is_read(rest):
    made = parameters.added(field(b" text/plain" + rest), b'; hp="cipher"', (b"hp",))
    if parameters.is_readable(field(b" text/plain" + rest)) and rest[:1] in (b"", b";", b" "):
        assert ContentType(made.value).params.get("hp") == "cipher"


def test_many_parameters_are_taken_apart_in_linear_time():
    body = b" text/plain" + b"; a=b" * 100_000
    assert parameters.added(field(body), b"; x=y") == field(body.replace(b"plain", b"plain; x=y"))

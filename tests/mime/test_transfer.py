"""Transfer encodings while content goes by: decoded it is the same, and nothing on the way can damage it."""

import quopri

import pybase64
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ithaca.mime import transfer
from ithaca.mime.transfer import Base64, QuotedPrintable

hostile = st.one_of(
    st.binary(max_size=400),
    st.lists(
        st.sampled_from(
            [b"--", b"-" * 80, b"From ", b" ", b"\t", b"=", b"\r", b"\n", b"\r\n", b".", b"\xff", b"a" * 74]
        )
    ).map(b"".join),
)


def encoded(encoder, octets, step):
    return b"".join(encoder.feed(octets[i : i + step]) for i in range(0, len(octets), step)) + encoder.finish()


@given(hostile, st.integers(1, 100))
@example(b"-" * 400, 7)
@example(b"From From " * 40, 100)
@example(b"x" * 74 + b" \r\n" + b"y" * 75 + b"\t\r\n" + b"-" * 75 + b" ", 500)
@example(b" " * 75 + b"\r\n", 1)
def test_quoted_printable(octets, step):
    made = encoded(QuotedPrintable(), octets, step)
    assert quopri.decodestring(made) == octets
    assert made.isascii()
    assert b"\r" not in made.replace(b"\r\n", b"")
    assert b"\n" not in made.replace(b"\r\n", b"")
    for line in made.split(b"\r\n"):
        assert len(line) <= transfer.MOST_LINE
        assert not line.endswith((b" ", b"\t"))
        assert not line.startswith((b"--", b"From "))


@given(hostile, st.integers(1, 100))
def test_base64(octets, step):
    made = encoded(Base64(), octets, step)
    assert pybase64.b64decode(made.replace(b"\r\n", b""), validate=True) == octets
    assert all(len(line) <= transfer.MOST_LINE for line in made.split(b"\r\n"))
    assert not made.endswith(b"\r\n")


@pytest.mark.parametrize("octet", [b"x", b"\r", b"-"])
def test_a_line_without_end_is_not_held(octet):
    encoder = QuotedPrintable()
    octets = octet * (3 * transfer.MOST_HELD)
    made = encoder.feed(octets)
    assert len(made) >= len(octets) - 1
    assert (
        quopri.decodestring(made + encoder.feed(b"\r") + encoder.feed(b"\nend") + encoder.finish())
        == octets + b"\r\nend"
    )

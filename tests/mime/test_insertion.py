"""What is put into an encoded text is taken out again, and leaves no trace, however the text was encoded."""

import quopri
import re

import pybase64
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import insertion

ADDED = b"<div>what stood nowhere</div>"


def wrapped(digits, width):
    return b"\r\n".join(digits[at : at + width] for at in range(0, len(digits), width))


def decoded(encoded, encoding):
    if encoding == "base64":
        return pybase64.b64decode(encoded.translate(None, b"\r\n"), validate=True)
    return quopri.decodestring(encoded) if encoding == "quoted-printable" else encoded


@st.composite
def base64_texts(draw):
    """(content, offset, encoded): as mail programs break the lines, with or without a line end behind."""
    content = draw(st.binary(min_size=3, max_size=300))
    width = draw(st.sampled_from([4, 60, 64, 72, 76]))
    end = draw(st.sampled_from([b"", b"\r\n", b"\r\n\r\n"]))
    at = draw(st.integers(0, len(content) // 3 * 3 - 1))
    return content, at, wrapped(pybase64.b64encode(content), width) + end


@given(base64_texts(), st.binary(max_size=60).map(lambda octets: octets * 3))
def test_inside_base64(text, added):
    content, at, encoded = text
    made = insertion.in_base64(encoded, at, added)
    assert decoded(made, "base64") == content[:at] + added + content[at:]
    assert all(len(line) <= 76 for line in made.split(b"\r\n"))
    if added and at:
        assert insertion.taken_out(made, decoded(made, "base64"), at, at + len(added), "base64") == encoded


@given(base64_texts())
def test_more_of_a_base64_text_is_asked_for_until_it_has_a_place(text):
    _, at, encoded = text
    made = [insertion.in_base64(encoded[:end], at, ADDED + b" ") for end in range(len(encoded))]
    first = next((n for n, one in enumerate(made) if one is not None), len(encoded))
    assert all(one is not None for one in made[first:])
    assert all(one + encoded[n:] == made[-1] + encoded[-1:] for n, one in enumerate(made) if one is not None)


@pytest.mark.parametrize("width", [5, 77, 1000])
def test_base64_in_lines_of_another_form_is_left_alone(width):
    encoded = wrapped(pybase64.b64encode(b"a" * 900), width)
    with pytest.raises(ValueError, match="whole groups"):
        insertion.in_base64(encoded, 100, ADDED + b" ")


def test_nothing_is_put_into_a_last_group_that_is_filled_up():
    with pytest.raises(ValueError, match="no group"):
        insertion.in_base64(b"YWFhYQ==", 4, ADDED + b" ")


@given(st.binary(max_size=200), st.integers(0, 200))
def test_inside_quoted_printable(content, at):
    encoded = insertion.quoted(content.replace(b"\r", b"").replace(b"\n", b"\r\n"))
    at = min(at, len(encoded))
    # Not into what stands for one octet, a soft break or a line end.
    while at and re.search(rb"=.?\Z|=\r\Z|\r\Z", encoded[:at]):
        at -= 1
    before = len(decoded(encoded[:at], "quoted-printable"))
    try:
        made = insertion.in_quoted(encoded, at, ADDED)
    except ValueError:
        return
    text = decoded(made, "quoted-printable")
    assert text[before : before + len(ADDED)] == ADDED
    if before:
        assert insertion.taken_out(made, text, before, before + len(ADDED), "quoted-printable") == encoded


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "binary", "quoted-printable", "base64"])
@given(content=st.binary(max_size=200), added=st.text(min_size=1, max_size=60))
def test_in_front(encoding, content, added):
    added = added.replace("\r", "").replace("\n", "").encode() + b"\r\n\r\n"
    added = b" " * insertion.fits(len(added)) + added if encoding == "base64" else added
    encoded = {"base64": wrapped(pybase64.b64encode(content), 76), "quoted-printable": insertion.quoted(content)}.get(
        encoding, content
    )
    made = insertion.in_front(added, encoding) + encoded
    text = decoded(made, encoding)
    assert text.replace(b"\r\n", b"\n").startswith(added.replace(b"\r\n", b"\n"))
    assert insertion.taken_out(made, text, 0, len(added), encoding) == encoded


@pytest.mark.parametrize(
    ("encoded", "start", "end", "encoding"),
    [
        (b"YWFhYWFhYWFh", 0, 4, "base64"),
        (b"YWFhYWFhYWFh", 1, 3, "base64"),
        (b"YWFhYWFh", 3, 6, "base64"),
        (b"a=61a", 0, 2, "quoted-printable"),
        (b"a=61a", 1, 2, "quoted-printable"),
        (b"aaa", 0, 1, "x-uuencode"),
    ],
)
def test_what_another_has_woven_in_is_not_taken_out_here(encoded, start, end, encoding):
    assert insertion.taken_out(encoded, decoded(encoded, encoding), start, end, encoding) is None

"""Legacy display elements are taken out where they are marked, of the exact form, and in a main body part."""

import pytest

from ithaca.mime.entity import parse
from ithaca.mime.legacy import without_elements
from messages.frames import attached, base64_lines, mixed, multi, text

MARK = b'; hp-legacy-display="1"'
ELEMENT = b"Subject: the plan\r\nCc: x@y.example\r\n z@y.example\r\n\r\n"
DIV = b'<div class="header-protection-legacy-display"><pre>Subject: the plan</pre></div>'


def cut(octets):
    return without_elements(parse(octets)).octets


@pytest.mark.parametrize(
    ("with_", "without"),
    [
        (text(ELEMENT + b"hi\r\n", params=MARK), text(b"hi\r\n")),
        (
            text(b"<html><body>" + DIV + b"hi</body></html>", subtype=b"html", params=MARK),
            text(b"<html><body>hi</body></html>", subtype=b"html"),
        ),
        (
            text(base64_lines(ELEMENT + b"hi"), params=MARK, encoding=b"base64"),
            text(base64_lines(b"hi"), encoding=b"base64"),
        ),
        (multi(b"alternative", text(ELEMENT + b"hi", params=MARK)), multi(b"alternative", text(b"hi"))),
    ],
    ids=["text", "html", "base64", "alternative"],
)
def test_it_is_taken_out(with_, without):
    assert cut(with_) == without


@pytest.mark.parametrize(
    "octets",
    [
        text(ELEMENT + b"hi\r\n"),
        text(b"words\r\n" + ELEMENT, params=MARK),
        text(b"X-Own: not user-facing\r\n\r\nhi", params=MARK),
        text(b"Subject: no end", params=MARK),
        mixed(text(b"hi\r\n"), text(ELEMENT + b"hi", params=MARK)),
        attached(b"text/plain" + MARK, b"a.txt", ELEMENT),
        text(b"<html><body>words" + DIV + b"</body></html>", subtype=b"html", params=MARK),
    ],
    ids=["unmarked", "not at the start", "another field", "no end", "second part", "attachment", "not first"],
)
def test_it_stays(octets):
    assert cut(octets) == octets

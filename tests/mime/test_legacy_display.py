"""Legacy display elements: which parts get one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import legacy_display
from ithaca.mime.header import HeaderSection
from ithaca.mime.legacy_display import LegacyDisplay

SHOWN = (("Subject", "the plan"),)
ELEMENT = b"Subject: the plan\r\n\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\ntext\r\n"
HTML = b"Content-Type: text/html\r\n\r\n<html><body>text</body></html>\r\n"


def display(octets, step=None, shown=SHOWN):
    stage = LegacyDisplay(shown)
    step = step or max(1, len(octets))
    return b"".join(stage.feed(octets[i : i + step]) for i in range(0, len(octets), step)) + stage.finish()


def multipart(subtype, *parts, boundary=b"b", more=b""):
    head = b"Content-Type: multipart/" + subtype + b"; boundary=" + boundary + b"\r\n" + more + b"\r\npreamble"
    return head + b"".join(b"\r\n--" + boundary + b"\r\n" + p for p in parts) + b"\r\n--" + boundary + b"--\r\nend"


def marks(octets):
    """The marked texts, each by what follows its header section."""
    return octets.count(b'; hp-legacy-display="1"')


def test_a_text_alone():
    assert display(TEXT) == b'Content-Type: text/plain; hp-legacy-display="1"\r\n\r\n' + ELEMENT + b"text\r\n"


def test_a_body_without_text_gets_one_too():
    assert display(b"Content-Type: text/plain\r\n\r\n").endswith(b"\r\n\r\n" + ELEMENT)


@pytest.mark.parametrize(
    ("octets", "count"),
    [
        (HTML, 1),
        (multipart(b"alternative", TEXT, HTML), 2),
        (multipart(b"mixed", TEXT, TEXT), 1),
        (multipart(b"mixed", multipart(b"alternative", TEXT, HTML, boundary=b"c"), TEXT), 2),
        (multipart(b"alternative", TEXT, multipart(b"related", HTML, TEXT, boundary=b"c")), 2),
        (multipart(b"mixed", b"Content-Type: image/png\r\n\r\nx", TEXT), 0),
        (multipart(b"mixed", TEXT.replace(b"\r\n\r\n", b"\r\nContent-Disposition: attachment\r\n\r\n", 1)), 0),
        (multipart(b"mixed", TEXT.replace(b"\r\n\r\n", b"\r\nContent-Disposition: Inline; x=y\r\n\r\n", 1)), 1),
        (multipart(b"signed", TEXT, TEXT), 0),
        (multipart(b"report", TEXT, TEXT), 0),
        (multipart(b"mixed", b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n" + TEXT, TEXT), 0),
        (b"Content-Type: message/rfc822\r\n\r\n" + TEXT, 0),
        (multipart(b"mixed", multipart(b"signed", TEXT, TEXT, boundary=b"c"), TEXT), 0),
        (multipart(b"mixed", TEXT, more=b"Content-Transfer-Encoding: base64\r\n"), 0),
        # Its header section is an octet string in the body of the letter, and would have to change.
        (multipart(b"mixed", b"\r\ntext"), 0),
        (multipart(b"mixed", b"X: y"), 0),
        (b"Content-Type: text/enriched\r\n\r\nx", 0),
    ],
)
@pytest.mark.parametrize("step", [1, 7, None])
def test_the_main_body_parts_get_one_and_no_other(octets, count, step):
    made = display(octets, step)
    assert marks(made) == count
    assert made.count(b"the plan") == count
    if not count:
        assert made == octets


@given(
    st.lists(
        st.sampled_from([TEXT, HTML, b"--b\r\n", b"--b--", b"\r\n", b"x", b"Content-Type: message/rfc822\r\n\r\n"])
    ).map(b"".join),
    st.integers(1, 50),
)
def test_without_the_elements_it_is_what_it_was(octets, step):
    octets = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + octets
    made = display(octets, step)
    assert made == display(octets)
    for added in (
        b'; hp-legacy-display="1"',
        ELEMENT,
        b'<div class="header-protection-legacy-display"><pre>Subject: the plan</pre></div>',
    ):
        made = made.replace(added, b"")
    # A part that says nothing of its type has to say it now.
    assert made.replace(b"Content-Type: text/plain\r\n", b"") == octets.replace(b"Content-Type: text/plain\r\n", b"")


def test_only_what_a_person_is_meant_to_see_and_on_one_line():
    section = HeaderSection.parse(
        b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe=0A=00X=3A_y?=\r\n from\r\nThread-Topic: t\r\nX-Own: x\r\nTO: p@x.example\r\n"
    )
    assert legacy_display.shown(section.fields) == (("Subject", "grüße X: y from"), ("TO", "p@x.example"))
    assert legacy_display.shown(()) == ()

"""What is shown is read as programs read it; what is taken out is gone, and nothing else."""

import email.header
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.address import decode_words
from ithaca.mime import visible


def without(source, words, view):
    text = view.shown(source)
    at = text.index(words)
    return visible.taken_out(source, view, [(at, at + len(words))], "***")


@pytest.mark.parametrize(
    ("source", "text", "after"),
    [
        ("<p>a <b>salt sea</b> z</p>", "\na salt sea z\n", "<p>a <b>***</b> z</p>"),
        ("a sa<wbr>lt <i>sea</i>", "a salt sea", "a ***<wbr><i></i>"),
        ("&#115;al&#x74; sea&amp;", "salt sea&", "***&amp;"),
        ("x<br>salt sea<hr/>", "x\nsalt sea\n", "x<br>***<hr/>"),
        ("<!-- no --><span title='x'>salt sea</span", "salt sea</span", "<!-- no --><span title='x'>***</span"),
        ("a < salt sea &nosuch; &", "a < salt sea &nosuch; &", "a < *** &nosuch; &"),
    ],
)
def test_html(source, text, after):
    assert visible.MARKUP.shown(source) == text
    assert without(source, "salt sea", visible.MARKUP) == after


def test_every_tag_can_be_changed():
    assert visible.in_tags("a<b>a&amp;a</b>", str.upper) == "a<B>a&amp;a</B>"


@pytest.mark.parametrize(
    ("source", "text", "after"),
    [
        (" salt sea", " salt sea", " ***"),
        (" =?utf-8?Q?the_salt_sea_too?= x", " the salt sea too x", " =?utf-8?q?the?= *** =?utf-8?q?too?= x"),
        (" =?utf-8?Q?salt_sea?=\r\n =?utf-8?B?w6k=?=", " salt seaé", " *** =?utf-8?b?w6k=?="),
        (" (salt =?utf-8?Q?sea?=)", " (salt sea)", " (***)"),
        (" (=?utf-8?Q?salt?= sea)", " (salt sea)", " (***)"),
        (" (=?utf-8?Q?a_salt?= sea)", " (a salt sea)", " (=?utf-8?q?a?= ***)"),
        (" (salt =?utf-8?Q?sea_z?=)", " (salt sea z)", " (*** =?utf-8?q?z?=)"),
        (' "sa\\lt sea\\""', ' "salt sea""', ' "***\\""'),
        (" a; filename*=utf-8''%73alt%20sea%21", " a; filename*=utf-8''salt sea!", " a; filename*=utf-8''***%21"),
        (" a; n*=iso-8859-1''%E9%73alt%20sea", " a; n*=iso-8859-1''ésalt sea", " a; n*=iso-8859-1''%E9***"),
        (" a; n*=utf-8''%E9%73alt%20sea", " a; n*=utf-8''ésalt sea", " a; n*=utf-8''%C3%A9***"),
        (" a; n*=no-such''%73alt%20sea", " a; n*=no-such''salt sea", " a; n*=no-such''***"),
        (
            " a; n*0*=utf-8''sa;\r\n n*1*=lt%20;\r\n n*2*=sea.txt",
            " a; n*0*=utf-8''salt sea.txt",
            " a; n*0*=utf-8''***;\r\n n*1*=;\r\n n*2*=.txt",
        ),
        (" a; n*0*=utf-8''sal%CC;\r\n n*1*=%81t", " a; n*0*=utf-8''sal\u0301t", None),
        (' a; n*0="sa";\r\n\tn*1="lt sea"; b=c', ' a; n*0="salt sea"; b=c', ' a; n*0="***";\r\n\tn*1=""; b=c'),
        (' a; n*0="sa\\"; n*1="lt sea"', ' a; n*0="sa"lt sea"', None),
    ],
)
def test_a_header_field(source, text, after):
    assert visible.STRUCTURED.shown(source) == text
    if after is not None:
        assert without(source, "salt sea", visible.STRUCTURED) == after


def test_in_a_field_that_is_text_no_character_has_a_meaning():
    for view, left in ((visible.STRUCTURED, ' the ***",('), (visible.UNSTRUCTURED, " the ***")):
        assert without(' the "salt", (sea'.replace('"salt', "salt"), 'salt", (sea', view) == left
        assert view.shown(" =?utf-8?Q?salt?= %41") == " salt A"


def test_of_a_very_long_field_no_words_are_decoded():
    source = "=?utf-8?Q?x?= " * 6_000
    assert list(visible.STRUCTURED.tokens(source)) == []


def test_a_calendar():
    source = "DESCRIPTION:a sa\r\n lt\\nsea z\\N\r\nEND:VEVENT\r\n"
    assert visible.FOLDED_LINES.shown(source) == "DESCRIPTION:a salt\nsea z\n\r\nEND:VEVENT\r\n"
    assert without(source, "salt\nsea", visible.FOLDED_LINES) == "DESCRIPTION:a *** z\\N\r\nEND:VEVENT\r\n"


PIECES = ["<b>", "</p>", "&amp;", "&#65;", "=?utf-8?Q?a_b?=", " ", "\r\n ", "\\n", "\\", "%41", ";n*1*=", '"', "x", "é"]
SOURCES = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


VIEWS = st.sampled_from([visible.MARKUP, visible.STRUCTURED, visible.FOLDED_LINES, visible.AS_WRITTEN])


@given(SOURCES, VIEWS, st.data())
def test_what_is_taken_out_is_gone_and_the_rest_is_shown(source, view, data):
    text = view.shown(source)
    ends = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    spans = list(zip(ends[::2], ends[1::2], strict=False))
    after = visible.taken_out(source, view, spans, "#")
    if not spans:
        assert after == source
    elif view is visible.AS_WRITTEN:
        wanted, at = "", 0
        for start, end in spans:
            wanted, at = f"{wanted}{text[at:start]}#", end
        assert after == wanted + text[at:]
    else:
        # What was put there stands in its place, and nothing of what stood there is left.
        assert after.count("#") - source.count("#") <= len(spans)
        tags = [t.end - t.start for t in view.tokens(source) if t.write is None]
        assert view is visible.STRUCTURED or len(after) >= sum(tags) + len(spans)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20))
def test_what_is_left_of_encoded_words_can_be_read(rest):
    words = email.header.Header(f"{rest} salt sea {rest}", "utf-8").encode().replace("\n", "\r\n")
    after = without(f" {words}", "salt sea", visible.STRUCTURED).replace("\r\n", "")
    assert decode_words(after).split() == [rest, "***", rest]


@pytest.mark.parametrize(
    "text", ["<", "<a ", "&", "&#1", "=?a?q?", "=?a?q?b?= ", "%", ";", "; ", "; a*1", "\\", '"', "\r\n", "\r\n "]
)
def test_it_takes_time_in_proportion_to_the_source(text):
    for view, size in ((visible.MARKUP, 1 << 20), (visible.FOLDED_LINES, 1 << 20), (visible.STRUCTURED, 1 << 16)):
        source = "*%" + text * (size // len(text) - 2)
        before = time.process_time()
        shown = view.shown(source)
        visible.taken_out(source, view, [(0, len(shown))], "")
        assert time.process_time() - before < 6

"""The phrase and the head line are found as a person reads them, and nothing else is."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import banner, searching
from ithaca.mime.searching import Search, folded

PHRASE = "copper lantern walnut river"
WRITTEN = {
    "as it is": PHRASE,
    "case": "COPPER Lantern walnut RIVER",
    "quoted and rewrapped": "copper\n> > lantern\n> > walnut\n| river",
    "marked": "copper* _lantern_ - walnut, river",
    "in a URL": "copper%20lantern%20walnut%20river",
    "together": "copperlanternwalnutriver",
    "wide": "ｃｏｐｐｅｒ lantern walnut river",
    "bold letters of mathematics": "\U0001d41c\U0001d428\U0001d429\U0001d429\U0001d41e\U0001d42b lantern walnut river",
    "soft hyphens": "cop\u00adper lan\u200btern wal\ufeffnut\u00a0ri\u2060ver",
    "variation selectors": "copper\ufe0f lantern walnut river",
}
OWN = "Würde & (Größe) ﬁx"
OWN_WRITTEN = {
    "as it is": OWN,
    "composed": unicodedata.normalize("NFC", OWN),
    "decomposed": unicodedata.normalize("NFD", OWN),
    "compatibility": unicodedata.normalize("NFKC", OWN),
    "compatibility decomposed": unicodedata.normalize("NFKD", OWN),
    "capitals": OWN.upper(),
    "decomposed capitals": unicodedata.normalize("NFD", OWN.upper()),
    "the sharp s": OWN.replace("ß", "ẞ"),
}


@pytest.mark.parametrize("around", [("", ""), ("x > ", "!"), ("ÄÖ\u0301 ", "\nß"), ("ﬁ", "\ufb01")])
@pytest.mark.parametrize(
    ("phrase", "text"),
    [*((PHRASE, text) for text in WRITTEN.values()), *((OWN, text) for text in OWN_WRITTEN.values())],
    ids=[*WRITTEN, *(f"own: {name}" for name in OWN_WRITTEN)],
)
def test_it_is_found_in_its_place(phrase, text, around):
    """px-phrase."""
    search = Search((phrase,))
    before, after = around
    (place,) = search.places(before + text + after)
    assert place == (len(before), len(before + text))
    assert search.holds(text)
    assert search.count(text + " - " + text) == 2
    assert searching.finder(phrase)(text)


def test_a_mark_on_the_last_letter_goes_with_it():
    assert Search(("salt seé",)).places("salt see\u0301\u0323!") == [(0, 10)]


@pytest.mark.parametrize(
    "text", ["", "copper lantern walnut", "copper lantern and walnut river", "lantern copper walnut river", "riv er"]
)
def test_other_words_are_not(text):
    assert not Search((PHRASE,)).holds(text)
    assert Search((PHRASE,)).places(text) == []


@pytest.mark.parametrize("phrases", [(), ("",), (" ",), ("\u200d",)])
def test_without_a_phrase_nothing_is_found(phrases):
    for text in ("", "x", "\U0001f468\u200d\U0001f469"):
        assert Search(phrases).places(text) == []


def test_several_phrases_and_the_head_line_are_found_in_their_order():
    text = f"a b c > {banner.MARK} > salt sea > a b c"
    places = Search(("salt sea", "a b", "b c"), heads=True).places(text)
    assert [text[start:end] for start, end in places] == ["a b c", "Ithaca on this letter", "salt sea", "a b c"]


@given(st.text(), st.text())
def test_folding_goes_character_by_character(first, second):
    assert folded(first + second) == folded(first) + folded(second)
    assert folded(folded(first)) == folded(first)


@given(st.text(max_size=30), st.sampled_from([*WRITTEN.values()]), st.text(max_size=30))
def test_what_is_found_is_all_there_is(before, text, after):
    search = Search((PHRASE,))
    whole = before + text + after
    left, at = [], 0
    for start, end in search.places(whole):
        left.append(whole[at:start])
        at = end
    assert at
    assert not search.holds("|x|".join((*left, whole[at:])))


# --- the head line ---

HEADS = {
    "as it is": banner.MARK,
    "quoted": f"Yes.\n> {banner.MARK}",
    "deeply": f"> >>> | > {banner.MARK}",
    "rewrapped": "> === Ithaca on\n> this letter ===",
    "one word a line": "> ===\n> Ithaca\n> on\n> this\n> letter\n> ===",
    "joined to what stood before": "> yours, Bob. === Ithaca on this letter === This letter is from",
    "a name in front": "Bob> === Ithaca on this letter ===",
    "other rules": "*** Ithaca on this letter ***",
    "no rule": "> Ithaca on this letter",
    "capitals": "ITHACA ON THIS LETTER",
    "wide": "=== Ｉｔｈａｃａ on this letter ===",
    "soft hyphen": "=== Itha\u00adca on this letter ===",
    "other blanks": "===\u00a0Ithaca\u00a0on\u2003this letter\u00a0===",
}


@pytest.mark.parametrize("text", HEADS.values(), ids=HEADS)
def test_the_head_line_is_found(text):
    (place,) = Search((), heads=True).places(text)
    inside = text[slice(*place)]
    assert folded(inside).startswith("ithaca")
    assert folded(inside).endswith("letter")
    assert not Search((PHRASE,)).holds(text)
    assert not banner.holds_banner(text.replace(inside, "[...]"))


@pytest.mark.parametrize(
    "text",
    [
        "What do you think of Ithaca on this letter?",
        "Ithaca on this letterhead",
        "Ithaca. On this letter I rely.",
        "Ithaca, on this letter",
        "from Ithaca\non this\nletter",
        "Ithaca on these letters",
        "x" * 500 + " Ithaca on this letter",
        "=== The letter follows ===",
    ],
)
def test_a_sentence_with_its_words_is_none(text):
    assert Search((), heads=True).places(text) == []


@given(st.text(st.sampled_from("=> |*\nx\u00ad"), max_size=12), st.text(st.sampled_from(" \n!x"), max_size=3))
def test_whatever_the_other_side_would_take_for_a_banner_is_found(before, after):
    text = f"{before}Ithaca on this letter{after}"
    assert Search((), heads=True).holds(text) or not banner.holds_banner(text)


@pytest.mark.parametrize(
    "text", ["ithaca ", "ithaca on this letter ", "copper ", "copper" + ">" * 199, "%20", "=\n", "é"]
)
def test_it_takes_time_in_proportion_to_the_text(text):
    search = Search((PHRASE,), heads=True)
    whole = text * ((1 << 20) // len(text.encode()))
    before = time.process_time()
    search.places(whole)
    assert time.process_time() - before < 5

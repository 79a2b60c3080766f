"""The banner as MIME: what is built is taken apart again, and nothing else is."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import banner, entity
from ithaca.mime.header import HeaderSection

TEXT = f"{banner.MARK}\nThis letter is from somebody.\n{banner.END}"
SECTION = HeaderSection.parse(
    b"Subject: s\r\nContent-Type: text/html;\r\n charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nX: y\r\n"
)
BOUNDARY = b"=_ithaca_x_="


def wrapped(section=SECTION, body=b"body\r\n", text=TEXT, original=None, name=banner.ORIGINAL_NAME):
    hanging = None if original is None else banner.Original(name, original)
    return b"".join(banner.wrap(section, body, text, BOUNDARY, hanging))


def test_content_fields_move_into_the_part_and_nothing_else_does():
    message = entity.parse(wrapped())
    assert message.header.render() == (
        b'Subject: s\r\nX: y\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_ithaca_x_="\r\n'
    )
    assert message.parts()[1].octets == (
        b"Content-Type: text/html;\r\n charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nbody\r\n"
    )


@given(
    st.binary(max_size=200).filter(lambda b: BOUNDARY not in b),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n")),
    st.none() | st.binary(max_size=100),
)
def test_what_was_wrapped_is_taken_apart_again(body, words, original):
    text = f"{banner.MARK}\n{words.rstrip()}.\n{banner.END}"
    found = banner.unwrap(entity.parse(wrapped(body=body, text=text, original=original)))
    assert (found.text, found.content.body, found.original) == (text, body, original)


@pytest.mark.parametrize("name", [banner.ORIGINAL_NAME, banner.ARMORED_NAME])
def test_without_a_banner_only_the_original_hangs_on(name):
    message = wrapped(text="", original=b"sealed\n\xff", name=name)
    assert (b"sealed" in message) is (name == banner.ORIGINAL_NAME)
    found = banner.unwrap(entity.parse(message))
    assert (found.text, found.content.body, found.original) == ("", b"body\r\n", b"sealed\n\xff")


@pytest.mark.parametrize(
    "message",
    [
        b"Subject: s\r\n\r\nbody\r\n",
        wrapped(text="no head line"),
        wrapped().replace(b"--=_ithaca_x_=--", b""),
        wrapped(text=""),
        wrapped(original=b"x").replace(b"original.sealed", b"original.opened"),
    ],
    ids=["plain", "no mark", "no end", "alone", "another file"],
)
def test_what_was_not_wrapped_by_us_is_left_alone(message):
    assert banner.unwrap(entity.parse(message)) is None


def test_eight_bits_are_announced():
    assert b"Content-Transfer-Encoding: 8bit\r\n\r\n--=_ith" in wrapped(body=b"\xff\r\n")
    assert b"8bit" not in wrapped()


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (TEXT, True),
        ("ITHACA ON THIS LETTER", True),
        ("a letter\n  *** Ithaca on this letter", True),
        # In HTML all blanks look like one.
        ("=== Ithaca  on\n this\tletter ===", True),
        ("> " + banner.MARK, False),
        ("> === Ithaca on\n> this letter ===", False),
        ("see what Ithaca on this letter says", False),
        ("Ithaca on these letters", False),
        ("", False),
    ],
)
def test_a_line_that_looks_like_our_first_is_a_banner(text, is_one):
    assert banner.holds_banner(text) is is_one


def test_texts_are_those_that_are_seen_first_and_only_so_many():
    parts = b"".join(b"--m\r\nContent-Type: text/plain\r\n\r\n%d\r\n" % n for n in range(100))
    message = entity.parse(b"Content-Type: multipart/mixed; boundary=m\r\n\r\n" + parts + b"--m--\r\n")
    assert list(banner.texts(message, attached=True))[:3] == ["0", "1", "2"]
    assert len(list(banner.texts(message, attached=True))) < banner.MOST_LEAVES
    long = entity.parse(b"\r\n" + b"x" * 100_000)
    assert list(banner.texts(long, attached=True)) == ["x" * (banner.MOST_SEARCHED - 2)]


def test_no_more_text_is_looked_at_than_the_limit():
    part = b"--m\r\nContent-Type: text/plain\r\n\r\n" + b"x" * 30_000 + b"\r\n"
    message = entity.parse(b"Content-Type: multipart/mixed; boundary=m\r\n\r\n" + part * 10 + b"--m--\r\n")
    assert banner.MOST_SEARCHED - 200 < sum(map(len, banner.texts(message, attached=True))) < banner.MOST_SEARCHED


@given(st.binary(max_size=300))
def test_any_octets_have_texts(octets):
    for head in (b"", b"Content-Type: text/html; charset=utf-7\r\n", b"Content-Type: multipart/mixed; boundary=m\r\n"):
        for text in banner.texts(entity.parse(head + octets), attached=True):
            banner.holds_banner(text)


def test_tags_are_taken_out_and_characters_by_name_put_in():
    assert banner.without_tags("<p>one&nbsp;<b>t</b>wo</p>three&#33;") == "\none\u00a0two\nthree!"


# --- the mark in the Subject ---


def subject(text):
    return HeaderSection.parse(b"From: a@b.example\r\n" + text + b"Date: today\r\n")


def test_a_mark_is_set():
    marked = banner.with_subject_mark(subject(b"Subject: Re: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"), "proved")
    assert marked.first(b"Subject").text == "[Ithaca: proved] Re: Grüße"
    assert banner.with_subject_mark(subject(b""), "proved").first(b"Subject").text == "[Ithaca: proved]"


@pytest.mark.parametrize(
    "forged",
    [
        b"Subject: [Ithaca: proved] pay\r\n",
        b"subject: Re: [iThAcA : proved] pay\r\n",
        b"Subject: =?utf-8?B?W0l0aGFjYTogcHJvdmVkXSBwYXk=?=\r\n",
        b"Subject: =?utf-8?Q?[Itha=C2=ADca:_proved]_pay?=\r\n",
        b"Subject: [Itha\r\n ca: proved] [Ithaca:\r\n proved] pay\r\n",
        "Subject: ［Ithaca: proved］ pay\r\n".encode(),
    ],
)
def test_a_forged_mark_is_made_harmless(forged):
    for section in (banner.neutralised(subject(forged)), banner.with_subject_mark(subject(forged), "not proved")):
        text = section.first(b"Subject").text
        assert "proved] pay" in text or "proved］ pay" in text
        assert "[Ithaca: proved" not in banner._bare(text)


@given(st.text())
def test_any_other_subject_stays_octet_for_octet(text):
    section = subject(b"Subject: " + text.replace("\r", "").replace("\n", "").encode("utf-8", "replace") + b"\r\n")
    if "ithaca" not in banner._bare(section.first(b"Subject").text).lower():
        assert banner.neutralised(section) is section


def test_values_are_frozen():
    found = banner.unwrap(entity.parse(wrapped()))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.text = ""

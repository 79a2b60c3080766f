"""What programs make of armor when they show it is put right again; its data never."""

import html
import random
import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedPacket
from ithaca.incoming import shown_armor
from ithaca.mime import entity
from ithaca.openpgp import armor

DATA = random.Random(4711).randbytes(900)
HEADERS = [
    ("Version", "GnuPG v2"),
    ("Comment", "Using GnuPG with Mozilla - https://www.enigmail.example/"),
    ("Charset", "utf-8"),
]


def written(headers=(), line_end="\n"):
    writer = armor.ArmorWriter(headers=headers, line_end=line_end.encode())
    return (writer.feed(DATA) + writer.finish()).decode()


PLAIN = written()
WITH_HEADERS = written(HEADERS)


def marked(text, mark):
    return "".join(f"{mark}{line}\n" for line in text.splitlines())


def broken(text, width, mark="> "):
    lines = (part for line in text.splitlines() for part in textwrap.wrap(line, width) or [""])
    return marked("\n".join(lines), mark)


def in_html(text, line_end):
    return html.escape(text).replace("\n", line_end)


TEXTS = {
    "as it was": PLAIN,
    "CRLF": written(line_end="\r\n"),
    "with headers": WITH_HEADERS,
    "among words": f"words -----BEGIN PGP MESSAGE----- and\n{PLAIN}more words\n",
    "indented": marked(PLAIN, "    "),
    "quoted": marked(WITH_HEADERS, "> "),
    "quoted deeply": marked(WITH_HEADERS, "> > >|>  "),
    "without a blank": marked(WITH_HEADERS, ">"),
    "rewrapped": broken(WITH_HEADERS, 60),
    "one is broken at its marks": broken(PLAIN, 20),
    "in cleartext that was signed": PLAIN.replace("-----BEGIN", "- -----BEGIN").replace("-----END", "- -----END"),
    "no blank line": PLAIN.replace("\n\n", "\n", 1),
    "blank lines everywhere": WITH_HEADERS.replace("\n", "\n\n"),
    "no-break spaces": marked(WITH_HEADERS, "\u00a0").replace(" ", "\u00a0", 3),
    "unseen characters": PLAIN.replace("A", "A\u200b"),
    "blanks at line ends": PLAIN.replace("\n", "  \n"),
    "without a checksum": "".join(line for line in PLAIN.splitlines(keepends=True) if line[0] != "="),
}
PAGES = {
    "pre": f"<pre>{html.escape(WITH_HEADERS)}</pre>",
    "br": in_html(WITH_HEADERS, "<br>"),
    "br and a line end": in_html(WITH_HEADERS, "<br/>\r\n"),
    "paragraphs": "<p>" + in_html(WITH_HEADERS, "</p>\n<p class=x>") + "</p>",
    "quoted": in_html(marked(WITH_HEADERS, "> "), "<br>"),
    "a quotation": f"<blockquote type=cite><div>words</div>{in_html(PLAIN, '<br>')}</blockquote>",
    "no-break spaces": in_html(WITH_HEADERS, "<br>").replace(" ", "&nbsp;"),
    "signs by number": in_html(PLAIN, "<br>").replace("+", "&#43;").replace("/", "&#x2F;"),
    "a tag in the middle": in_html(PLAIN, "<br>").replace("BEGIN PGP", "<b>BEGIN</b> PGP").replace("A", "A<wbr>"),
    "source that was wrapped": in_html(PLAIN, "<br>").replace("PGP MESSAGE", "PGP\r\nMESSAGE"),
}


def data(text):
    return [armor.dearmor(block).data for block in shown_armor.messages(text)]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text(text):
    assert data(text) == [DATA]
    assert data(f"{text}\nwords\n{text}") == [DATA, DATA]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_html(page):
    octets = f"<html><head><title>-----</title></head><body>{page}</body></html>".encode()
    leaf = entity.parse(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + octets)
    assert data(shown_armor.text_of(leaf, octets)) == [DATA]


def test_whatever_a_program_made_of_it_it_is_the_same_block():
    assert len({block for text in TEXTS.values() for block in shown_armor.messages(text)}) == 1


@pytest.mark.parametrize("wrong", ["*", "é", ":", "<", ">x", "...", "-"])
def test_what_is_no_data_is_not_passed_over(wrong):
    middle = len(PLAIN) // 2
    (block,) = shown_armor.messages(PLAIN[:middle] + wrong + PLAIN[middle:])
    with pytest.raises(MalformedPacket):
        armor.dearmor(block)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "see -----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----",
        PLAIN[: PLAIN.index("-----END")],
        PLAIN[len("-----BEGIN PGP MESSAGE-----") :],
        PLAIN.replace("MESSAGE", "SIGNATURE"),
        PLAIN.replace("-----BEGIN", "----BEGIN"),
    ],
)
def test_no_message(text):
    assert data(text) == []


def test_of_several_that_begin_the_last_counts():
    assert data(PLAIN[:200] + "\n" + PLAIN) == [DATA]


def test_no_more_than_a_limit():
    assert len(data(PLAIN * (shown_armor.MOST_BLOCKS + 5))) == shown_armor.MOST_BLOCKS


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "no-such", "idna"])
def test_text_in_any_charset(charset):
    octets = PLAIN.encode("utf-16" if charset == "utf-16" else "utf-8")
    leaf = entity.parse(f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + octets)
    assert data(shown_armor.text_of(leaf, octets)) == [DATA]


MARKS = ["-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----", "\n", "> ", "hQEMA", "=abcd", "Version: 1", " "]


@given(st.lists(st.sampled_from(MARKS) | st.text(max_size=5), max_size=20).map("".join))
def test_any_text_has_messages_or_none(text):
    for block in shown_armor.messages(text):
        assert block.startswith(b"-----BEGIN PGP MESSAGE-----\r\n\r\n")
        assert block.endswith(b"-----END PGP MESSAGE-----\r\n")


@pytest.mark.parametrize(
    "text", [*MARKS, "-----BEGIN PGP MESSAGE-----\n", "-----BEGIN ", "-----BEGIN" + " > " * 20, ">\n"]
)
def test_it_takes_time_in_proportion_to_the_text(text):
    whole = text * ((1 << 21) // len(text))
    for around in (whole, f"-----BEGIN PGP MESSAGE-----\n{whole}\n-----END PGP MESSAGE-----\n"):
        before = time.process_time()
        list(shown_armor.messages(around))
        assert time.process_time() - before < 5

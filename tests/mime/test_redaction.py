"""The seal phrase is taken out of all that leaves, in every form; nothing else changes."""

import base64
import email
import email.policy
import quopri
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import redaction
from ithaca.mime.redaction import Redactor

PHRASE = "copper lantern walnut river"
HEAD = b"From: a@b.example\r\nSubject: s\r\n"


def redact(message, size=None, phrases=(PHRASE,)):
    redactor = Redactor(phrases)
    size = size or max(1, len(message))
    out = [redactor.feed(message[at : at + size]) for at in range(0, len(message), size)]
    return b"".join(out) + redactor.finish()


def entity(text, kind="text/plain; charset=utf-8", encoding="8bit", charset="utf-8"):
    octets = text.replace("\n", "\r\n").encode(charset)
    if encoding == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        octets = quopri.encodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + octets


def mixed(*parts):
    joined = b"".join(b"--m\r\n" + part + b"\r\n" for part in parts)
    return b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n' + joined + b"--m--\r\n"


TEXTS = {
    "plain": f"Your seal phrase: {PHRASE}\n",
    "quoted": f"> Your seal phrase: {PHRASE}\n> more\n",
    "rewrapped": "> > Your seal phrase: copper lantern\n> > walnut river\n",
    "one word a line": ">copper\n> lantern\n>  walnut\n> river\n",
    "other signs": "| copper lantern walnut\n| river\n",
    "case": "COPPER Lantern walnut River",
    "soft hyphens": "cop\u00adper lan\u00adtern wal\u00adnut\u00a0ri\u200bver",
    "flowed": "> copper lantern \n> walnut river\n",
    "punctuation": "*copper* _lantern_ - walnut, river.",
    "together": "copperlanternwalnutriver",
    "at the very end": "x copper lantern walnut river",
    "twice": f"{PHRASE}\n\n{PHRASE}\n",
}
HTML = {
    "plain": f"<p>Your seal phrase: {PHRASE}</p>",
    "tags between": "<blockquote>copper <b>lantern</b><br>\n walnut&nbsp;<i>river</i></blockquote>",
    "tags inside": "<p>cop<wbr>per lan<span style='x'>tern wal</span>nut river</p>",
    "entities": "<p>c&#111;pper&#32;lantern&shy; walnut &#x72;iver</p>",
}
ENCODINGS = ("8bit", "quoted-printable", "base64")
CHARSETS = ("utf-8", "iso-8859-1", "windows-1252", "us-ascii", "utf-16", "no-such-charset", "shift_jis")


def content(message):
    """Every text leaf, as another program reads it."""
    found = email.message_from_bytes(message, policy=email.policy.SMTP)  # noqa: TID251 (a foreign reader)
    leaves = [p for p in found.walk() if p.get_content_maintype() == "text"]
    return [p.get_payload(decode=True).decode(p.get_content_charset("utf-8"), "replace") for p in leaves]


def squeezed(text):
    return "".join(c for c in text.casefold() if c.isalnum())


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_holds_it_any_more(text, encoding):
    """px-phrase."""
    for message in (
        HEAD + entity(text, encoding=encoding),
        HEAD + mixed(entity("Größe"), entity(text, encoding=encoding), entity("Grüße")),
        HEAD + mixed(b"Content-Type: message/rfc822\r\n\r\n" + HEAD + mixed(entity(text, encoding=encoding))),
    ):
        clean = redact(message)
        assert "copperlanternwalnutriver" not in squeezed("".join(content(clean)))
        assert "[...]" in "".join(content(clean))
        assert [t for t in content(clean) if "Gr" in t] == [t for t in content(message) if "Gr" in t]
        for size in (1, 7, 100):
            assert redact(message, size) == clean


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("markup", HTML.values(), ids=HTML)
def test_no_html_shows_it_any_more(markup, encoding):
    clean = redact(HEAD + entity(markup, "text/html; charset=utf-8", encoding))
    (shown,) = content(clean)
    assert "[...]" in shown
    for word in ("copper", "walnut", "river"):
        assert word not in shown
    assert sorted(t for t in shown.split("<") if ">" in t) or "<" not in markup
    for opened in ("<b>", "<i>", "<span style='x'>", "</span>", "</b>", "</i>", "</p>", "</blockquote>"):
        assert shown.count(opened) == markup.count(opened)


@pytest.mark.parametrize("charset", CHARSETS)
def test_in_every_charset(charset):
    written = charset if charset != "no-such-charset" else "utf-8"
    message = HEAD + entity(f"x {PHRASE} y", f"text/plain; charset={charset}", "base64", written)
    clean = redact(message)
    plain = base64.b64decode(clean.partition(b"\r\n\r\n")[2])
    assert plain == "x [...] y".encode(written) or plain.decode(written) == "x [...] y"


@pytest.mark.parametrize(
    ("field", "after"),
    [
        (b"Subject: Re: copper lantern walnut river\r\n", b"Subject: Re: [...]\r\n"),
        (b"Subject: copper lantern\r\n walnut river too\r\n", b"Subject: [...] too\r\n"),
        (b"Subject: =?utf-8?B?Y29wcGVyIGxhbnRlcm4gd2FsbnV0IHJpdmVy?=\r\n", b"Subject: [...]\r\n"),
        (b"Subject: =?utf-8?Q?copper_lantern?=\r\n =?utf-8?Q?_walnut_river?= x\r\n", b"Subject: [...] x\r\n"),
        (b"X-Note: copper lantern walnut river\r\n", b"X-Note: [...]\r\n"),
        (b'To: "copper lantern walnut river" <b@c.example>\r\n', b'To: "***" <b@c.example>\r\n'),
        (
            b"To: =?utf-8?Q?copper_lantern_walnut_river?= <b@c.example>, d@e.example\r\n",
            b"To: *** <b@c.example>, d@e.example\r\n",
        ),
        (b"Content-Description: copper lantern walnut river\r\n", b"Content-Description: [...]\r\n"),
        (
            b"Content-Disposition: attachment;\r\n filename*=utf-8''copper%20lantern%20walnut%20river.txt\r\n",
            b"Content-Disposition: attachment;\r\n filename*=utf-8''***.txt\r\n",
        ),
    ],
)
def test_no_field_holds_it_any_more(field, after):
    rest = b"From: a@b.example\r\nX-Kept:  odd \t folding\r\n\tstays\r\n"
    assert redact(rest + field + b"\r\nbody\r\n") == rest + after + b"\r\nbody\r\n"
    inside = mixed(field + b"\r\ntext")
    assert redact(HEAD + inside) == HEAD + mixed(after + b"\r\ntext")


UNTOUCHED = {
    "signed": HEAD
    + b"Content-Type: multipart/signed; boundary=m\r\n\r\n--m\r\n\r\n"
    + PHRASE.encode()
    + b"\r\n--m\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--m--\r\n",
    "picture": HEAD + b"Content-Type: image/png\r\n\r\n" + PHRASE.encode(),
    "some words": HEAD + entity("copper lantern, then something else in between: walnut river"),
    "html without": HEAD + entity("<p>copper &amp; lantern</p>", "text/html"),
}


@pytest.mark.parametrize("message", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_does_not_hold_it_or_is_signed_stays_octet_for_octet(message):
    for size in (1, 10, None):
        assert redact(message, size) == message


@given(
    st.lists(
        st.sampled_from(
            [HEAD, mixed(entity("a"), entity("b")), b"--m\r\n", b"\r\n", b"\n", b"copper ", b"\xff", b"=20"]
        )
        | st.binary(max_size=20),
        max_size=12,
    ),
    st.integers(1, 60),
)
def test_no_octet_changes_where_the_phrase_does_not_stand(parts, size):
    message = b"".join(parts)
    assert redact(message, size) == message


@given(st.integers(0, 300), st.sampled_from(ENCODINGS), st.booleans())
def test_it_is_found_wherever_it_stands(at, encoding, nested):
    text = "word " * at + PHRASE + " end" * at
    part = entity(text, encoding=encoding)
    clean = redact(HEAD + (mixed(entity("x"), part) if nested else part), 97)
    assert PHRASE not in "".join(content(clean))


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable"])
@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_a_large_text_is_searched_as_it_streams(encoding, kind):
    """Nothing like the whole of it is held."""
    chance = random.Random(4711)
    lines = [" ".join(chance.choices(["salt", "copper", "sea", "wal"], k=12)) for _ in range(60_000)]
    for at in range(500, 60_000, 3_000):
        lines[at] = "> copper lantern\n> walnut river " + lines[at]
    message = HEAD + entity("\n".join(lines), kind, encoding)
    redactor, out, most = Redactor((PHRASE,)), [], 0
    for at in range(0, len(message), 1 << 16):
        out.append(redactor.feed(message[at : at + (1 << 16)]))
        most = max(most, at + (1 << 16) - sum(map(len, out)))
    clean = b"".join(out) + redactor.finish()
    assert most < 2 * redaction.HOLD
    assert content(clean)[0].count("[...]") == content(message)[0].count("walnut river") == 20
    assert "lantern" not in content(clean)[0]


@pytest.mark.parametrize("kind", ["text/plain", "text/html"])
def test_no_phrase_is_cut_where_a_large_text_is_cut(kind):
    """The last line end before the overlap stands in the middle of it."""
    head = HEAD + f"Content-Type: {kind}\r\n\r\n".encode()
    first, second = b"copper lantern\r\n", b"walnut river " + b"x" * 200 + b"\r\n"
    before = b"salt\r\n" * ((redaction.HOLD + 1 - redaction.OVERLAP - 150) // 6)
    body = before + first + second + b"salt\r\n" * 10_000
    cut = body.rfind(b"\n", 0, redaction.HOLD + 1 - redaction.OVERLAP) + 1
    assert body[:cut].endswith(first)
    redactor = Redactor((PHRASE,))
    pieces = (head, body[: redaction.HOLD + 1], body[redaction.HOLD + 1 :])
    clean = b"".join(map(redactor.feed, pieces)) + redactor.finish()
    assert clean == head + before + b"[...] " + b"x" * 200 + b"\r\n" + b"salt\r\n" * 10_000


def test_a_large_text_without_it_stays_octet_for_octet():
    for encoding in ENCODINGS:
        message = HEAD + entity("salt and copper, Größe\n" * 120_000, encoding=encoding)
        assert redact(message, 100_000) == message


def test_several_phrases():
    message = HEAD + entity("copper lantern walnut river\nfour other plain words\n")
    clean = redact(message, phrases=(PHRASE, "four other plain words"))
    assert content(clean) == ["[...]\r\n[...]\r\n"]


def test_a_phrase_of_the_persons_own_words():
    phrase = "Würde & (Anmut) 42"
    message = HEAD + entity("> W\u00fcrde &  (Anmut)\n> 42!") + b""
    assert content(redact(message, phrases=(phrase,))) == ["> [...]!"]
    markup = HEAD + entity("<p>W&uuml;rde &amp; (Anmut)&nbsp;42!</p>", "text/html")
    assert content(redact(markup, phrases=(phrase,))) == ["<p>[...]!</p>"]


def test_a_phrase_of_blanks_is_none():
    assert redact(UNTOUCHED["some words"], phrases=("  ",)) == UNTOUCHED["some words"]


@pytest.mark.parametrize("text", [*TEXTS.values(), "ＣＯＰＰＥＲ lantern walnut river"])
def test_the_finder_sees_what_is_read(text):
    find = redaction.finder(PHRASE)
    assert find(text)
    assert not find("copper lantern walnut reviver")


class Recording:
    """A stage that gives what it gets."""

    def feed(self, octets):
        return octets

    def finish(self):
        return b"."


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(
    "message",
    [
        HEAD + entity(f"> {PHRASE}"),
        HEAD + mixed(entity("x"), entity(PHRASE, encoding="base64")),
        HEAD + b"\r\n",
        b"\r\n",
    ],
)
def test_a_stage_gets_the_header_section_as_it_came_and_the_body_without(message, size):
    start = message.index(b"\r\n\r\n") + 4 if b"\r\n\r\n" in message else 2
    guarded = redaction.Guarded(Recording(), start, (PHRASE,))
    out = b"".join(guarded.feed(message[at : at + size]) for at in range(0, len(message), size)) + guarded.finish()
    assert out[:start] == message[:start]
    assert out == redact(message) + b"."


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("message", [HEAD, HEAD[:-2], b""])
def test_a_header_section_without_an_empty_line_is_no_body(message, size):
    """What the redactor had held back of it came out as the body, with the Bcc field in it."""
    guarded = redaction.Guarded(Recording(), len(message), (PHRASE,))
    out = b"".join(guarded.feed(message[at : at + size]) for at in range(0, len(message), size)) + guarded.finish()
    assert out == message + b"."


def test_a_section_by_itself():
    section = redaction.HeaderSection.parse(b"Subject: copper lantern walnut river\r\nX: y\r\n")
    assert redaction.without(section, (PHRASE,)).render() == b"Subject: [...]\r\nX: y\r\n"
    assert redaction.without(section, ()) is section


@pytest.mark.parametrize("phrases", [(), (" ",)])
def test_without_a_phrase_what_holds_invisible_characters_stays(phrases):
    """Nothing to look for was found in front of every character of a Subject with a joined emoji."""
    octets = "Subject: the family \U0001f468\u200d\U0001f469\r\n".encode()
    assert redaction.without(redaction.HeaderSection.parse(octets), phrases).render() == octets
    message = octets + entity("the family \U0001f468\u200d\U0001f469\n")
    assert redact(message, phrases=phrases) == message

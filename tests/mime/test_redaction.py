"""The seal phrase is taken out of all that leaves, in every form; nothing else changes."""

import base64
import email
import email.policy
import quopri
import random
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.mime import entity as entities
from ithaca.mime import redaction, transfer, visible
from ithaca.mime.banner import END, MARK, holds_banner
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


@pytest.mark.parametrize(
    ("field", "after"),
    [
        (b"Date: Tue, 1 Dec 2026 10:00:00 +0000 (copper lantern walnut river)\r\n", b"+0000 (***)\r\n"),
        (b"To: b@c.example (copper =?utf-8?Q?lantern_walnut?= river)\r\n", b"To: b@c.example (***)\r\n"),
        (b"To: b@c.example (cop\\per (lantern) walnut river)\r\n", b"To: b@c.example (***())\r\n"),
        (b"To: (x) =?utf-8?Q?a_copper_lantern?=\r\n walnut river <b@c.example>\r\n", b" =?utf-8?q?a?= *** <b@"),
        (
            b"Content-Disposition: attachment; filename*=utf-8''%63opper%20lantern%20walnut%20rive%72.txt\r\n",
            b"''***.t",
        ),
        (
            b"Content-Disposition: attachment;\r\n filename*0*=utf-8''copper%20lan;\r\n filename*1*=tern%20walnut%20river\r\n",
            b" filename*0*=utf-8''***;\r\n filename*1*=\r\n",
        ),
        ("Subject: Größe, COPPER lantern\u00ad walnut river\r\n".encode(), "Subject: Größe, [...]\r\n".encode()),
        (b"Subject: Gr\xf6\xdfe, copper lantern walnut river\r\n", b"Subject: Gr\xf6\xdfe, [...]\r\n"),
        (b"X-Long: " + b"x " * redaction.HOLD + b"copper lantern walnut river\r\n", b"x [...]\r\n"),
        (
            b'To: "copper lantern" walnut (river) <b@c.example>, d@e.example\r\n',
            b'To: "***"() <b@c.example>, d@e.example\r\n',
        ),
        (b"no field, but copper lantern walnut river\r\n", b"no field, but ***\r\n"),
    ],
)
def test_nothing_else_of_the_field_changes(field, after):
    rest = b"From: a@b.example\r\n"
    clean = redact(rest + field + b"\r\nbody\r\n")
    assert after in clean
    assert clean.startswith(rest)
    assert clean.endswith(b"\r\nbody\r\n")
    assert not redaction.Search((PHRASE,)).holds(clean.decode("latin-1"))


@pytest.mark.parametrize("size", [1, 7, None])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_not_in_front_of_the_first_part_nor_behind_the_last_one(text, size):
    octets = text.replace("\n", "\r\n").encode()
    for inside in (mixed(entity("Größe")), mixed(mixed(entity("Größe")))):
        head, _, rest = inside.partition(b"\r\n\r\n")
        message = HEAD + head + b"\r\n\r\n" + octets + b"\r\n" + rest + octets
        clean = redact(message, size)
        assert "copperlanternwalnutriver" not in squeezed(clean.decode())
        assert clean.startswith(HEAD + head + b"\r\n\r\n")
        assert rest in clean


def inner(word="walnut"):
    head = HEAD.replace(b"Subject: s", f"Subject: Re: copper lantern {word} river".encode())
    markup = f"<b>copper</b> lantern<br>{word} river {'x' * 90}"
    return head + mixed(entity("Größe\n"), entity(markup, "text/html; charset=utf-8", "base64"))


INNER = inner()
KINDS = {
    "a message": "message/rfc822",
    "an internationalised one": "message/global",
    "a file": 'application/octet-stream; name="Re: noon.eml"',
    "a file of text": "text/plain; name*=utf-8''noon%2EEML",
}


def attached(kind, encoding, octets=INNER):
    if encoding == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        octets = transfer.quoted(octets)
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    return (
        b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nx\r\n--o\r\n" + head + octets + b"\r\n--o--\r\n"
    )


def opened(message, encoding):
    body = entities.parse(message).parts()[1].body
    return base64.b64decode(body) if encoding == "base64" else quopri.decodestring(body)


@pytest.mark.parametrize("size", [1, 100, None])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_not_in_an_encoded_message_or_one_in_a_file(kind, encoding, size):
    for line_end in (b"\r\n", b"\n") if encoding == "base64" else (b"\r\n",):
        before = INNER.replace(b"\r\n", line_end)
        clean = redact(HEAD + attached(kind, encoding, before), size)
        found = opened(clean, encoding) if encoding != "8bit" else entities.parse(clean).parts()[1].body
        assert found == redact(before)
        assert b"Subject: Re: [...]" + line_end in found
        assert content(found)[0] == content(before)[0]
        assert "lantern" not in content(found)[1]
        untouched = HEAD + attached(kind, encoding, inner("almond").replace(b"\r\n", line_end))
        assert redact(untouched, size) == untouched


def test_not_in_messages_encoded_in_one_another_as_deep_as_people_go():
    within = INNER
    for depth in range(8):
        whole = redact(HEAD + attached("message/rfc822", "base64", within))
        for _ in range(depth + 1):
            whole = opened(whole, "base64")
        assert (b"Re: [...]" in whole) is (depth < redaction.MOST_DEPTH)
        within = HEAD + attached("message/rfc822", "base64", within)


def test_a_large_encoded_message_and_one_that_is_none_pass():
    large = HEAD + attached("message/rfc822", "base64", INNER + b"x" * redaction.HOLD)
    assert redact(large, 50_000) == large
    as_text = HEAD + attached("text/plain; name=x.eml", "quoted-printable", b"x\r\n" * redaction.HOLD + PHRASE.encode())
    assert b"[...]" in redact(as_text, 50_000)[-60:]
    unencoded = HEAD + attached(
        "application/octet-stream; name=x.eml", "8bit", b"\r\n" + b"x\r\n" * redaction.HOLD + INNER
    )
    assert PHRASE.encode() not in redact(unencoded, 50_000)
    broken = HEAD + attached("message/rfc822", "8bit", b"\xff*").replace(b"8bit", b"base64")
    assert redact(broken) == broken


def test_not_in_the_fields_of_a_letter_that_came_back():
    part = b"Content-Type: text/rfc822-headers\r\n\r\nSubject: =?utf-8?B?Y29wcGVyIGxhbnRlcm4gd2FsbnV0IHJpdmVy?=\r\n"
    assert b"\r\n\r\nSubject: [...]\r\n" in redact(HEAD + mixed(part))


def test_not_in_a_description_of_a_picture_or_a_link():
    markup = f"<p><img alt='{PHRASE}'><a href='http://a.example/?q=copper%20lantern%20walnut%20river&amp;x'>x</a></p>"
    clean = content(redact(HEAD + entity(markup, "text/html; charset=utf-8", "base64")))[0]
    assert clean == "<p><img alt='[...]'><a href='http://a.example/?q=[...]&amp;x'>x</a></p>"


def test_not_in_an_invitation():
    part = b"Content-Type: text/calendar; charset=utf-8\r\n\r\nDESCRIPTION:copper lan\r\n tern\\nwalnut\\nriver\\nx\r\n"
    assert redact(HEAD + mixed(part)).count(b"\r\n\r\nDESCRIPTION:[...]\\nx\r\n") == 1


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-be", "utf-7", "iso-2022-jp", "gb18030", "euc-kr", "shift_jis"])
def test_in_charsets_of_which_no_two_octets_are_alike(charset):
    text = "日本 copper lantern walnut river 日本"
    message = HEAD + entity(text, f"text/plain; charset={charset}", "base64", charset)
    clean = redact(message)
    assert base64.b64decode(clean.partition(b"\r\n\r\n")[2]).decode(charset) == "日本 [...] 日本"
    without = HEAD + entity(text.replace("river", "reef"), f"text/plain; charset={charset}", "base64", charset)
    assert redact(without) == without


def test_text_that_is_not_in_the_charset_that_it_names():
    for charset in ("utf-16", "utf-7", "idna", "no-such", "base64", "a\0b", "x" * 100):
        message = HEAD + f"Content-Type: text/plain; charset={charset}\r\n\r\n\xff copper lantern walnut river".encode()
        assert redact(message).endswith(b"\xff [...]") or redact(message).endswith("\xff [...]".encode())


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_in_every_normal_form(form, encoding):
    phrase = "Würde & (Größe) 42"
    for text in (phrase, phrase.upper(), phrase.replace("42", "４２")):
        message = HEAD + entity(unicodedata.normalize(form, f"Ä {text}, é"), encoding=encoding)
        assert content(redact(message, phrases=(phrase,))) == [unicodedata.normalize(form, "Ä [...], é")]


def disguised(disguises, gaps):
    """The phrase, every character written in another way, every word apart in another way."""
    characters = st.tuples(*(st.sampled_from(disguises) for _ in PHRASE.replace(" ", "")))
    between = st.tuples(*(st.sampled_from(gaps) for _ in range(3)))

    def joined(drawn):
        ways, blanks = map(iter, drawn)
        words = ["".join(next(ways)(c) for c in word) for word in PHRASE.split()]
        return words[0] + "".join(next(blanks) + word for word in words[1:])

    return st.tuples(characters, between).map(joined)


def same(character):
    return character


IN_HTML = disguised(
    [
        same,
        str.upper,
        lambda c: f"&#{ord(c)};",
        lambda c: f"&#x{ord(c):X};",
        lambda c: f"<b>{c}</b>",
        lambda c: f"{c}&shy;",
        lambda c: f"{c}<wbr>",
        lambda c: chr(ord(c) - 97 + 0x1D41A),
        lambda c: c + "\u0301",
    ],
    [" ", "&nbsp;", "<br>\r\n&gt; ", "</p><p>", "\r\n", "%20", ""],
)
IN_A_PARAMETER = disguised(
    [same, str.upper, lambda c: f"%{ord(c):02X}", lambda c: c + "%CC%81"], ["%20", "_", "-", "%C2%A0", "%E2%80%94"]
)
IN_A_COMMENT = disguised(
    [same, str.upper, lambda c: f"\\{c}"], [" ", "\r\n ", " (", ") ", " =?utf-8?Q?=C2=A0?= ", " =?utf-8?Q?_-_?= "]
)


@given(IN_HTML, st.sampled_from(ENCODINGS))
def test_no_disguise_in_html_keeps_it(written, encoding):
    markup = f"<p>Größe {written} Ende</p>"
    (clean,) = content(redact(HEAD + entity(markup, "text/html; charset=utf-8", encoding)))
    seen = visible.MARKUP.shown(clean)
    assert not redaction.Search((PHRASE,)).holds(seen)
    assert "Größe [...]" in seen
    assert " Ende" in seen


@given(IN_A_PARAMETER, st.integers(1, 60))
def test_no_disguise_in_a_parameter_keeps_it(written, width):
    # A percent sign and what it stands for are never parted (RFC 2231 §4.1).
    signs = re.findall("%[0-9A-F]{2}|.", written)
    pieces = ["".join(signs[at : at + width]) for at in range(0, len(signs), width)]
    whole = f"attachment; filename*=utf-8''a%20{written}.txt"
    parted = "attachment" + "".join(
        f";\r\n filename*{n}*={chr(39).join(('utf-8', '', piece)) if not n else piece}"
        for n, piece in enumerate(pieces)
    )
    for value in (whole, parted):
        section = redact(f"Content-Disposition: {value}\r\n\r\nx".encode())
        name = entities.parse(section).filename
        assert not redaction.Search((PHRASE,)).holds(name)
        assert "***" in name


@given(IN_A_COMMENT)
def test_no_disguise_in_a_comment_keeps_it(written):
    clean = redact(f"To: b@c.example (a {written} z)\r\n\r\nx".encode()).decode()
    specials = "".join(c for c in written if c in "()")
    assert clean == f"To: b@c.example (a ***{specials} z)\r\n\r\nx"


# --- the head line of the banner ---

BANNER = f"{MARK}\nThis letter is from Bob.\n\nYour seal phrase: {PHRASE}\n{END}\n"
QUOTED_HEADS = {
    "plain": (BANNER, "text/plain"),
    "quoted": (BANNER.replace("\n", "\n> "), "text/plain"),
    "deep": ("> " + BANNER.replace("\n", "\n> > |> "), "text/plain"),
    "rewrapped": ("> === Ithaca on\n> this letter === This letter is\n> from Bob.", "text/plain"),
    "html": (f"<blockquote><pre>{BANNER}</pre></blockquote>", "text/html"),
    "marked up": ("<div>=== <b>Ithaca</b>&nbsp;on this<br>letter ===</div>This letter is from Bob.", "text/html"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("text", "kind"), QUOTED_HEADS.values(), ids=QUOTED_HEADS)
def test_the_head_line_never_leaves_and_the_rest_does(text, kind, encoding):
    """Without a phrase, too."""
    for phrases in ((), (PHRASE,)):
        message = HEAD + mixed(entity(f"Größe\n{text}", f"{kind}; charset=utf-8", encoding))
        (clean,) = content(redact(message, phrases=phrases))
        shown = visible.MARKUP.shown(clean) if kind == "text/html" else clean
        assert "=== [...] ===" in " ".join(shown.split())
        assert "ithacaonthisletter" not in squeezed(shown)
        assert not holds_banner(shown)
        assert "This letter is" in shown
        assert ("walnut" in clean) is ("walnut" in text and not phrases)
        if encoding == "8bit" and kind == "text/plain":
            before = message.decode()
            for words in ("Ithaca on this letter", "Ithaca on\r\n> this letter", *phrases):
                before = before.replace(words, "[...]")
            assert redact(message, phrases=phrases).decode() == before


def test_a_sentence_with_the_words_of_the_head_line_stays():
    message = HEAD + entity("What do you think of Ithaca on this letter?\n") + b"from Ithaca\r\non this letter\r\n"
    assert redact(message) == message


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

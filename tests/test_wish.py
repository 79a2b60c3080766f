"""Wishes: what strengthens counts anywhere, what weakens at the very start, and a stranger's never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca import wish
from ithaca.mime.header import HeaderSection
from ithaca.wish import Names, Place, Wish


def section(*lines):
    return HeaderSection.parse("".join(f"{line}\r\n" for line in lines).encode())


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("Dinner", Wish()),
        ("Dinner [encrypt]", Wish(encrypt=True)),
        ("Re: [ENCRYPT] dinner", Wish(encrypt=True)),
        ("[clear] dinner", Wish(clear=True)),
        ("[clear 4711] dinner", Wish(clear=True, code="4711")),
        ("[Encrypt 4711] dinner", Wish(encrypt=True, code="4711")),
        ("Re: [clear] dinner", Wish()),
        ("Dinner [clear]", Wish()),
        ("Re: [nosign] dinner", Wish()),
        ("[nosign][clear] dinner", Wish(clear=True, nosign=True)),
        ("[nosign] [encrypt] dinner", Wish(encrypt=True, nosign=True)),
        ("Dinner [sign]", Wish(sign=True)),
        ("[clearly] dinner", Wish()),
        ("=?utf-8?q?=5Bclear=5D_d=C3=ADner?=", Wish(clear=True)),
        ("=?utf-8?b?W2VuY3J5cHRdIGTDrW5lcg==?=", Wish(encrypt=True)),
        ("[cle\r\n ar] dinner", Wish()),
        ("[clear\r\n 4711] dinner", Wish(clear=True, code="4711")),
        ("=?bogus?q?x?= =?utf-8?q?=5Bencrypt=5D?=", Wish(encrypt=True)),
    ],
)
def test_tags_in_the_subject(subject, wanted):
    assert wish.read(section(f"Subject: {subject}")) == wanted


def test_where_a_wish_stands_is_known():
    both = wish.read(section("Subject: [nosign] Re: x [encrypt]", "Ithaca-Wish: encrypt"))
    assert both.places("encrypt") == {Place.SUBJECT, Place.FIELD}
    assert both.places("nosign") == {Place.SUBJECT}
    assert both.places("clear") == set()
    renamed = wish.read(section("Ithaca-Wish: geheim"), Names(encrypt="geheim"))
    assert (renamed.encrypt, renamed.places("encrypt")) == (True, {Place.FIELD})


def test_the_field_says_the_same():
    assert wish.read(section("Ithaca-Wish: clear 4711, nosign")) == Wish(clear=True, nosign=True, code="4711")
    assert wish.read(section("ithaca-wish: encrypt", "Subject: x")) == Wish(encrypt=True)


def test_names_are_the_persons_to_choose():
    german = Names("geheim", "offen", "unterschrift", "ohne")
    assert wish.read(section("Subject: [offen] Abend"), german) == Wish(clear=True)
    assert wish.read(section("Subject: [clear] Abend"), german) == Wish()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Subject: [clear] dinner at  eight\r\n", b"Subject: dinner at eight\r\n"),
        (b"subject:[encrypt 4711]\r\n dinner\r\n", b"subject: dinner\r\n"),
        (b"Subject: dinner [encrypt] at eight\r\n", b"Subject: dinner at eight\r\n"),
        (b"Subject: Re: [clear] dinner\r\n", b"Subject: Re: [clear] dinner\r\n"),
        (b"Subject:  dinner\r\n  at eight \r\n", b"Subject:  dinner\r\n  at eight \r\n"),
        (b"Subject: =?utf-8?q?=5Bsign=5D_d=C3=ADner?=\r\n", b"Subject: =?utf-8?b?ZMOtbmVy?=\r\n"),
    ],
)
def test_a_wish_is_removed_and_a_subject_without_one_stays_octet_for_octet(before, after):
    assert wish.removed(HeaderSection.parse(b"X: y\r\n" + before + b"Ithaca-Wish: sign\r\n")).render() == (
        b"X: y\r\n" + after
    )


@given(st.text(), st.sampled_from(["encrypt", "clear", "sign", "nosign"]), st.text())
def test_what_was_removed_is_no_wish_any_more(before, tag, after):
    line = f"Subject: {before.split('[')[0]}[{tag}]{after}".replace("\r", "").replace("\n", "") + "\r\n"
    found = wish.removed(HeaderSection.parse(line.encode("utf-8", "surrogatepass")))
    left = wish.read(found)
    assert not left.encrypt
    assert not left.sign


FORMS = [
    b"[clear] x",
    b"Re: [CLEAR] x",
    b"[ encrypt ] x",
    b"[clear\r\n 4711] x",
    "［clear］ x".encode(),
    "[ｃｌｅａｒ] x".encode(),
    "[cl\u200bear] x".encode(),
    "[cle\u00adar] x".encode(),
    "\u2060[clear\ufe0f] x".encode(),
    b"=?utf-8?q?=5Bclear=5D?= x",
    b"=?utf-8?q?=5Bcle?= =?utf-8?q?ar=5D?=",
    b"=?utf-8?b?W2NsZWFyXQ==?=",
    b"=?bogus?q?x?= =?utf-8?q?=5Bclear=5D?=",
    b"=?utf-8?q?=5Bcl=E2=80=8Bear=5D?=",
    b"[nosign][clear][encrypt] x",
    b"=?us-ascii*en?q?[clear]?= x",
]


def as_a_program_might(text):
    """What a stranger's Subject may become on its way through a mail program."""
    import unicodedata

    cleaned = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Cf", "Mn"))
    return [text, cleaned, text.strip(), cleaned.strip()]


@pytest.mark.parametrize("subject", FORMS)
def test_a_strangers_subject_wishes_nothing_when_it_is_answered_or_sent_on(subject):
    altered = wish.neutralised(HeaderSection.parse(b"Subject: " + subject + b"\r\nX: y\r\n"))
    assert altered.get_all(b"X")[0].octets == b"X: y\r\n"
    for text in as_a_program_might(wish.decoded(altered.fields[0].octets.partition(b":")[2])):
        for line in (text, f"Re: {text}", f"[Fwd: {text}]"):
            assert wish.read(section(f"Subject: {line}")).is_none, line


@given(st.text(alphabet=st.sampled_from("[]［］clear encryptsigno\u200b\u00ad (=?utf-8q)5BD_\r\n\t"), max_size=60))
def test_whatever_a_stranger_writes(text):
    octets = b"Subject: " + text.replace("\n", "\n ").encode() + b"\r\n"
    altered = wish.neutralised(HeaderSection.parse(octets))
    for field in altered.get_all(b"Subject"):
        for line in as_a_program_might(wish.decoded(field.octets.partition(b":")[2])):
            assert wish.read(section(f"Subject: {line}")).is_none


def test_only_one_character_of_a_plain_subject_changes():
    octets = b"SUBJECT :  a [clear]  b \r\n\tc\r\n"
    assert wish.neutralised(HeaderSection.parse(octets)).render() == b"SUBJECT :  a (clear]  b \r\n\tc\r\n"


@pytest.mark.parametrize("subject", [b"[debian-user] x", b"[clearly] x", b"\xff[x", b"", b"=?utf-8?q?=5Bok=5D?="])
def test_a_subject_without_a_tag_stays_octet_for_octet(subject):
    parsed = HeaderSection.parse(b"Subject: " + subject + b"\r\n")
    assert wish.neutralised(parsed) is parsed
    assert wish.removed(parsed) == parsed

"""What the demo claims rests on these searches: each is shown what it must find, and what it must not."""

import base64
import quopri
from email.header import Header

import pytest

from ithaca.demo import evidence, letters
from ithaca.demo.evidence import Reading
from ithaca.mime import banner, entity

SECRET = "naked ναῦς, and a rather long line, so that every encoding breaks it somewhere in the middle of it"
HEAD = b"From: u@x.example\r\nSubject: [...]\r\n\r\n"


def in_base64(octets, before):
    return base64.encodebytes(before + octets).replace(b"\n", b"\r\n")


def in_quoted_printable(octets, before):
    return quopri.encodestring(before + octets).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("encode", [lambda octets, before: before + octets, in_base64, in_quoted_printable])
@pytest.mark.parametrize("shift", range(60))
def test_a_text_is_found_in_every_encoding_wherever_its_lines_break(encode, shift, line_end):
    """A server keeps mail in files with LF."""
    message = HEAD + encode(SECRET.encode(), b"x" * shift) + b"\r\n"
    assert Reading(message.replace(b"\r\n", line_end)).shows(SECRET.encode())


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-7"])
def test_a_subject_is_found_in_encoded_words(charset):
    subject = Header("Ο Οδυσσεας home at last", charset, maxlinelen=40).encode(linesep="\r\n")
    assert "=?" in subject
    message = b"Subject: " + subject.encode() + b"\r\n\r\nbody\r\n"
    assert all(map(Reading(message).shows, evidence.phrases("Ο Οδυσσεας home at last")))


def test_what_is_not_there_is_not_found():
    random = base64.encodebytes(bytes(range(256)) * 40).replace(b"\n", b"\r\n")
    sealed = Reading(HEAD + random)
    wanted = evidence.phrases(letters.TEXT + letters.SUBJECT) + evidence.pieces(letters.picture())
    assert [w for w in wanted if sealed.shows(w)] == []


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_each_phrase_and_each_piece_of_the_letter_is_found_in_it_by_itself(line_end):
    letter = Reading(letters.from_ulysses("u@x.example", "p@x.example").replace(b"\r\n", line_end))
    wanted = (
        *evidence.phrases("\n".join((letters.SUBJECT, letters.TEXT, letters.PICTURE_NAME))),
        *evidence.pieces(letters.picture()),
    )
    assert len(wanted) > 100
    assert [w for w in wanted if not letter.shows(w)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one two three four five", (b"one two three four", b"two three four five")),
        ("island at dusk", (b"island at dusk",)),
        ("short", ()),
        ("", ()),
        ("a long enough\nline by line", (b"a long enough", b"line by line")),
    ],
)
def test_phrases_are_four_words_of_a_line_or_a_shorter_line_whole(text, found):
    assert evidence.phrases(text) == found


def test_pieces_are_the_whole_of_it():
    octets = bytes(range(200))
    assert b"".join(evidence.pieces(octets)) == octets[:192]


VERDICT = b'Ithaca-Verdict: v=1; decryption=full;\r\n signature=unknown; from=none; reason="a; signature=good"\r\n'


def test_a_verdict_is_read_by_its_pairs_and_not_by_its_words():
    message = VERDICT + HEAD
    assert evidence.says(message, decryption="full", signature="unknown", from_="none")
    assert not evidence.says(message, signature="good")
    assert not evidence.says(HEAD, decryption="full")
    assert evidence.verdict(VERDICT + VERDICT + HEAD) == {}, "two verdicts are none"


SEALED = b"Content-Type: multipart/encrypted; boundary=b\r\n"


@pytest.mark.parametrize(
    ("message", "sealed"),
    [
        (SEALED + HEAD, True),
        (SEALED + HEAD.replace(b"[...]", b"[...] home"), False),
        (HEAD + SEALED, False),
        (SEALED.replace(b"encrypted", b"mixed") + HEAD, False),
    ],
)
def test_sealed_is_a_type_and_a_hidden_subject(message, sealed):
    assert evidence.is_sealed(message) is sealed


@pytest.mark.parametrize("lines", range(1, 40))
def test_altering_changes_one_character_of_data_and_no_line(lines):
    armor = b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + b"QUJD\r\n" * lines + b"=\r\n-----END PGP MESSAGE-----\r\n"
    message = HEAD + b"x\r\n" * 5 + armor
    spoiled = evidence.altered(message)
    differing = [i for i in range(len(message)) if message[i] != spoiled[i]]
    assert len(spoiled) == len(message)
    assert len(differing) == 1
    assert message.count(b"\r\n") == spoiled.count(b"\r\n")
    assert message[differing[0] - 2 : differing[0] + 1] in (b"\r\nQ", b"\r\n=", b"\r\n-")


def test_pictures_are_those_attached():
    message = letters.from_ulysses("u@x.example", "p@x.example")
    assert evidence.pictures(message) == (letters.picture(),)
    assert evidence.pictures(HEAD + b"none") == ()
    assert evidence.body(HEAD + b"the body\r\n") == b"the body\r\n"


def test_what_stands_in_front_of_a_letter_and_the_letter_behind_it():
    letter = letters.from_ulysses("u@x.example", "p@x.example")
    section = entity.parse(letter).header
    text = f"{banner.MARK}\nNobody could\nread it.\n{banner.END}"
    shown = b"".join(banner.wrap(section, evidence.body(letter), text, b"=_b", None))
    assert evidence.banner(shown) == text.replace("\n", " ")
    assert evidence.body(evidence.letter(shown)) == evidence.body(letter)
    assert evidence.pictures(shown) == (letters.picture(),)
    assert (evidence.banner(letter), evidence.letter(letter)) == ("", letter)

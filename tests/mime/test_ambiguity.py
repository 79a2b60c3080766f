"""What can be read in two ways is said to be in doubt, and nothing else is."""

import pytest

from ithaca.mime import ambiguity
from ithaca.mime.entity import parse
from messages.frames import mixed, multi, signed, text

SOUND = mixed(text(), text(b"two\r\n"))
DOUBTFUL = {
    "two types": b"Content-Type: text/html\r\n" + SOUND,
    "two encodings": b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 8bit\r\n" + SOUND,
    "behind CR": b"X: 1\rContent-Type: text/html\r\n" + SOUND,
    "behind NUL": b"X: 1\0Content-Type: text/html\r\n" + SOUND,
    "encoded": b"Content-Transfer-Encoding: base64\r\n" + SOUND,
    "two boundaries": SOUND.replace(b'boundary="outer"', b'boundary="outer"; boundary="x"'),
    "pieces": SOUND.replace(b'boundary="outer"', b'boundary*0="ou"; boundary*1="ter"'),
    "longer line": SOUND.replace(b"two\r\n", b"--outer-and-more\r\ntwo\r\n"),
    "behind the end": SOUND + b"--outer\r\n\r\nx\r\n--outer--\r\n",
    "lone LF": SOUND.replace(b"two\r\n", b"\n--outer\r\ntwo\r\n"),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_in_doubt(name):
    assert ambiguity.doubt(parse(DOUBTFUL[name])) is not None


@pytest.mark.parametrize(
    "octets",
    [
        SOUND,
        text(),
        SOUND.replace(b"--outer--\r\n", b"--outer--  \r\n"),
        SOUND.replace(b"\r\n", b"\n"),
        mixed(SOUND, boundary=b"x"),
    ],
    ids=["multipart", "leaf", "blanks at the end", "LF", "nested"],
)
def test_everybody_reads_it_alike(octets):
    assert ambiguity.doubt(parse(octets)) is None


def test_text_around_the_parts_is_seen_and_the_usual_sentence_is_none():
    assert not ambiguity.text_outside(parse(SOUND))
    usual = b"This is an OpenPGP/MIME signed message (RFC 4880 and 3156)\r\n"
    assert not ambiguity.text_outside(parse(signed(text(), b"x", preamble=usual)))
    assert ambiguity.text_outside(parse(multi(b"mixed", text(), preamble=b"Pay Eve.\r\n")))
    assert ambiguity.text_outside(parse(multi(b"mixed", text(), epilogue=b"Pay Eve.\r\n")))

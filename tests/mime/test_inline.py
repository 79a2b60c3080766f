"""Inline OpenPGP is the layer of its message, or a part of something else."""

import pytest

from ithaca.incoming.armored import blocks
from ithaca.mime import inline, leaves
from ithaca.mime.entity import parse
from messages import sealed
from messages.frames import attached, html, mixed, multi, text

A = sealed.C_ARMOR
COPY = html(b"<pre>" + A + b"</pre>")
KEY = attached(b"application/pgp-keys", b"k.asc", sealed.armor("PUBLIC KEY BLOCK", b"\x98\x01\x04"))


def survey(entity):
    return leaves.survey(parse(entity), blocks)


@pytest.mark.parametrize("entity", [text(A), mixed(text(A)), multi(b"alternative", text(A), COPY), mixed(text(A), KEY)])
def test_it_is_the_layer(entity):
    assert inline.whole_sealed(survey(entity)) is not None


@pytest.mark.parametrize(
    "entity",
    [
        multi(b"alternative", text(A), html(b"other")),
        mixed(text(A), text(b"words\r\n")),
        mixed(text(A), text(A)),
        attached(b"application/octet-stream", b"a.asc", A),
        mixed(text(A), attached(b"image/png", b"p.png", b"x")),
    ],
)
def test_it_is_a_part_of_something_else(entity):
    assert inline.whole_sealed(survey(entity)) is None


def test_what_it_holds_is_text_in_the_charset_that_fits():
    assert inline.text_refused("ü".encode()) is None
    assert inline.text_refused("ü".encode("latin-1")) is not None
    assert inline.as_entity("ü".encode(), "iso-8859-1").charset == "utf-8"
    assert inline.as_entity("ü".encode("latin-1"), "iso-8859-1").charset == "iso-8859-1"
    assert inline.as_entity(b"\xff", "utf-7").charset == "utf-8"
    assert inline.as_entity(b"Subject: x\r\n\r\ny", "utf-8").body == b"Subject: x\r\n\r\ny"

"""One sealed entity with other things behind it, or every leaf sealed by itself."""

import pytest

from ithaca.incoming.armored import blocks
from ithaca.mime import leaves, partial
from ithaca.mime.entity import parse
from messages import sealed
from messages.frames import attached, forwarded, html, letter, mixed, text

A = sealed.C_ARMOR
FILE = attached(b"image/png", b"p.png", b"x")


def survey(entity):
    return leaves.survey(parse(entity), blocks)


@pytest.mark.parametrize(
    "entity",
    [
        mixed(sealed.C, text(b"footer\r\n")),
        mixed(text(A), FILE),
        mixed(text(b"\r\n"), sealed.C),
        text(A + b"footer\r\n"),
    ],
)
def test_it_may_be_shown_by_itself(entity):
    assert partial.one_sealed(survey(entity)) is not None


@pytest.mark.parametrize(
    "entity",
    [
        mixed(text(b"words\r\n"), sealed.C),
        mixed(sealed.C, html(b"x")),
        mixed(sealed.C, forwarded(letter(text()))),
        mixed(mixed(sealed.C, boundary=b"in"), text(b"footer\r\n")),
        mixed(sealed.G, text(b"footer\r\n")),
        mixed(text(A), text(A)),
    ],
)
def test_it_may_not(entity):
    assert partial.one_sealed(survey(entity)) is None


def test_every_leaf_is_sealed_or_not_all():
    file_ = attached(b"application/octet-stream", b"a.asc", A)
    assert len(partial.all_sealed(survey(mixed(text(A), file_)))) == 2
    assert partial.all_sealed(survey(mixed(text(A), FILE))) is None
    assert partial.all_sealed(survey(mixed(text(b"\r\n")))) is None


def test_what_was_opened_stands_in_front_of_the_message_as_it_came():
    made = partial.beside(parse(text(b"hi\r\n")), b"From: a@b\r\n\r\n\xfc")
    first, second = made.parts()
    assert first.decoded_body() == b"hi\r\n"
    # Thunderbird would draw a message/rfc822 into the same window.
    assert second.content_type.media_type == "application/octet-stream"
    assert second.decoded_body() == b"From: a@b\r\n\r\n\xfc"
    assert second.disposition.subtype == "attachment"


def test_files_lose_the_suffix_that_said_that_they_were_sealed():
    found = survey(mixed(text(A), attached(b"application/octet-stream", b"map.png.pgp", A)))
    made = partial.together(found, [parse(text(b"hi\r\n")), b"\0\1"])
    first, second = made.parts()
    assert first.decoded_body() == b"hi\r\n"
    assert (second.filename, second.decoded_body()) == ("map.png", b"\0\1")

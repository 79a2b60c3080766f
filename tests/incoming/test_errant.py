"""Encrypted parts below what was taken apart are found, wherever they hide, and stay closed."""

import pytest

from ithaca.incoming import errant
from ithaca.mime import entity as entities
from messages import sealed
from messages.frames import attached, base64_lines, forwarded, letter, mixed, text
from messages.holders import ALICE

READABLE = sealed.armor("MESSAGE", sealed.inside(b"At noon.\r\n", ALICE))
HIDING = {
    "multipart": mixed(text(), sealed.C),
    "deep": mixed(text(), mixed(text(), sealed.C, boundary=b"in")),
    "forward": mixed(text(), forwarded(letter(sealed.C))),
    "inline": mixed(text(), text(b"words\r\n" + sealed.C_ARMOR)),
    "behind one that is only signed": mixed(text(), text(READABLE + sealed.C_ARMOR)),
    "attachment": mixed(
        text(), attached(b"application/octet-stream", b"a.asc", base64_lines(sealed.C_ARMOR), encoding=b"base64")
    ),
    "binary": mixed(
        text(), attached(b"application/octet-stream", b"a.gpg", base64_lines(sealed.binary(b"x")), encoding=b"base64")
    ),
}


@pytest.mark.parametrize("name", HIDING)
def test_an_encrypted_part_is_found(name):
    assert errant.holds_one(entities.parse(HIDING[name]))


@pytest.mark.parametrize(
    "entity",
    [
        text(),
        text(b"> -----BEGIN PGP MESSAGE-----\r\n"),
        mixed(text(), sealed.G),
        mixed(text(), forwarded(letter(text()))),
        mixed(text(), text(READABLE)),
    ],
    ids=["plain", "quoted", "signed", "forward", "armored, not encrypted"],
)
def test_nothing_else_is(entity):
    assert not errant.holds_one(entities.parse(entity))

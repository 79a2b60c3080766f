"""PGP/MIME that something took apart: opened only where nothing else is in it."""

import pytest

from ithaca.errors import MalformedMessage
from ithaca.incoming.armored import blocks
from ithaca.mime import leaves, mangled
from ithaca.mime.entity import parse
from messages import sealed
from messages.frames import CONTROL, attached, encrypted, html, mixed, multi, text

DATA = attached(b"application/octet-stream", b"encrypted.asc", sealed.C_ARMOR)
OTHER = attached(b"application/octet-stream", b"report.asc", sealed.C_ARMOR)


def found(entity):
    return mangled.sealed(leaves.survey(parse(entity), blocks))


@pytest.mark.parametrize("entity", [mixed(text(b"\r\n"), CONTROL, DATA), mixed(CONTROL, OTHER), mixed(DATA), DATA])
def test_it_is_opened(entity):
    assert found(entity) is not None


@pytest.mark.parametrize(
    "entity",
    [
        mixed(text(b"words\r\n"), CONTROL, DATA),
        mixed(DATA, html(b"x")),
        mixed(DATA, DATA),
        mixed(OTHER),
        mixed(CONTROL),
        text(),
    ],
)
def test_it_stays_closed(entity):
    assert found(entity) is None


def test_a_broken_frame_is_read_by_its_own_boundary_lines():
    wrong = encrypted(sealed.C_ARMOR).replace(b'boundary="sealed"', b'boundary="gone"')
    assert mangled.sealed_part(parse(wrong), blocks) is not None
    assert mangled.sealed_part(parse(multi(b"encrypted", DATA)), blocks) is not None
    assert mangled.sealed_part(parse(multi(b"encrypted", DATA, text(b"words\r\n"))), blocks) is None
    with pytest.raises(MalformedMessage):
        mangled.sealed_part(parse(wrong.replace(b"--sealed", b"no boundary")), blocks)

"""Which packets make a message (RFC 9580 §10.3)."""

import pytest

from ithaca.errors import OpenPGPError
from ithaca.openpgp.grammar import MessageGrammar

OPS, SIG, LIT, ZIP, MARKER, PADDING = 4, 2, 11, 8, 10, 21


def derive(*tags):
    grammar = MessageGrammar()
    for tag in tags:
        grammar.packet(tag)
    grammar.end()


@pytest.mark.parametrize(
    "tags",
    [
        (LIT,),
        (OPS, LIT, SIG),
        (OPS, OPS, LIT, SIG, SIG),
        (SIG, LIT),
        (ZIP, OPS, LIT, SIG),
        (OPS, ZIP, LIT, SIG),
        (MARKER, LIT, PADDING),
        (61, LIT, 40),
    ],
)
def test_messages(tags):
    derive(*tags)


@pytest.mark.parametrize(
    "tags",
    [
        (),
        (SIG,),
        (OPS, LIT),
        (LIT, LIT),
        (LIT, SIG),
        (OPS, LIT, SIG, SIG),
        (LIT, ZIP),
        (18,),
        (1, LIT),
        (LIT, 18),
        (9,),
        (39, LIT),
        (ZIP, ZIP, ZIP, LIT),
        (OPS,) * 33 + (LIT,) + (SIG,) * 33,
    ],
)
def test_no_messages(tags):
    with pytest.raises(OpenPGPError):
        derive(*tags)

"""Addresses that look like others are doubted, and never taken for them."""

import pytest

from ithaca.address import addr_spec
from ithaca.incoming.lookalike import is_doubtful


@pytest.mark.parametrize(
    "text",
    [
        "\u0430lice@good.example",
        "alice@g\u043eod.example",
        "alice@xn--gd-emcb.example",
        "\u0430\u0441\u0435@good.example",
        "alice@gro\u00df-\u0430.example",
    ],
    ids=["local part", "domain", "A-label", "all of it", "beside a sharp s"],
)
def test_letters_that_many_fonts_draw_as_latin_ones(text):
    assert is_doubtful(addr_spec(text))


@pytest.mark.parametrize("text", ["alice@good.example", "jörg@größe.example", "алиса@почта.example", "δέλτα@x.example"])
def test_a_word_of_one_script_is_what_it_is(text):
    assert not is_doubtful(addr_spec(text))

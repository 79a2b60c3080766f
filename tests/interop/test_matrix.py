"""Ours and gpg, sqop, rnp, gosop and pgpainless-cli: every kind of key of version 4, every operation, both ways."""

import pytest

from interop.matrix import VERSION_4


@pytest.mark.parametrize("cell", list(VERSION_4.cells()), ids=str)
def test_cell(cell, outcome, judge):
    judge(VERSION_4, cell, outcome)

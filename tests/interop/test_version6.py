"""Ours, pysequoia and OpenPGP.js: keys of version 6, version 2 SEIPD packets, Argon2, every operation, both ways."""

import pytest

from interop.matrix import VERSION_6


@pytest.mark.parametrize("cell", list(VERSION_6.cells()), ids=str)
def test_cell(cell, outcome, judge):
    judge(VERSION_6, cell, outcome)

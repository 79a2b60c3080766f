"""Sizes as the ISP listed them."""

from hypothesis import given
from hypothesis import strategies as st

from ithaca.pop3.maildrop import Maildrop


def test_sizes_are_remembered():
    maildrop = Maildrop()
    maildrop.listed(b"1 120\r\n2 200\r\nodd\r\n")
    assert (maildrop.size(1), maildrop.size(2), maildrop.size(3)) == (120, 200, None)


@given(st.binary(max_size=100))
def test_any_octets_are_survived(octets):
    Maildrop().listed(octets)

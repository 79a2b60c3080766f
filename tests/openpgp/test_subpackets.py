"""Subpacket areas: every length checked, encoding and parsing each other's inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import subpackets
from ithaca.openpgp.subpackets import MOST_SUBPACKETS, Subpacket

SUBPACKETS = st.lists(
    st.builds(Subpacket, st.integers(0, 127), st.binary(max_size=300) | st.just(bytes(9000)), st.booleans()), max_size=5
)


@given(SUBPACKETS)
def test_what_was_encoded_is_parsed_again(found):
    assert subpackets.parse(b"".join(s.encode() for s in found), 0) == tuple(found)


@pytest.mark.parametrize(
    ("area", "offset"), [(b"\x05\x02", 6), (b"\x02\x02\x00\x00", 9), (b"\xff\x00\x00", 6), (b"\xc0", 6)]
)
def test_a_length_that_is_not_there_is_told_with_its_place(area, offset):
    with pytest.raises(MalformedPacket) as caught:
        subpackets.parse(area, 6)
    assert caught.value.offset == offset


def test_a_flood_is_past_a_limit():
    with pytest.raises(LimitExceeded):
        subpackets.parse(b"\x01\x14" * (MOST_SUBPACKETS + 1), 0)


@given(st.binary(max_size=300))
def test_any_octets_are_an_area_or_an_error_of_ours(octets):
    try:
        subpackets.parse(octets, 0)
    except OpenPGPError:
        return

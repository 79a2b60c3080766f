"""The block round a session key: right in every octet, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.openpgp.arithmetic import session_block
from ithaca.openpgp.engine import SessionKey

SESSIONS = st.sampled_from([(7, 16), (8, 24), (9, 32), (2, 24), (11, 16)]).flatmap(
    lambda pair: st.builds(SessionKey, st.just(pair[0]), st.binary(min_size=pair[1], max_size=pair[1]))
)


@given(SESSIONS)
def test_version_3_names_the_cipher_and_version_6_does_not(session):
    assert session_block.decode(session_block.encode(session, 3), 3) == session
    assert session_block.decode(session_block.encode(session, 6), 6) == SessionKey(0, session.key)


@given(SESSIONS, st.data())
def test_a_changed_octet_is_no_block(session, data):
    block = bytearray(session_block.encode(session, 3))
    at = data.draw(st.integers(0, len(block) - 1))
    block[at] ^= data.draw(st.integers(1, 255))
    opened = session_block.decode(bytes(block), 3)
    # Another cipher with keys of that length is the one change that no sum can tell.
    assert opened is None or (at == 0 and opened.key == session.key)


@pytest.mark.parametrize("octets", [b"", b"\x09", b"\x09" + bytes(33), b"\x09" + bytes(35), b"\x07" + bytes(34)])
def test_a_key_of_a_wrong_length_is_none(octets):
    assert session_block.decode(octets, 3) is None


@given(st.binary(max_size=40))
def test_padding_comes_off_again(block):
    padded = session_block.padded(block)
    assert len(padded) % 8 == 0
    assert session_block.unpadded(padded) == block


@pytest.mark.parametrize("octets", [b"", b"\x00", b"abc\x05", b"ab\x02\x03", b"\x07" * 3])
def test_padding_that_is_none_is_told(octets):
    assert session_block.unpadded(octets) is None


def test_padding_to_forty_octets_is_read():
    """§11.5 lets senders hide the length of the key."""
    assert session_block.unpadded(bytes(19) + bytes([21]) * 21) == bytes(19)

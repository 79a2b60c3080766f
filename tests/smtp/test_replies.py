"""Replies: the ISP's octet for octet, ours in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import RemoteProtocolError
from ithaca.smtp import replies
from ithaca.smtp.replies import Assembler, Reply


def test_a_multi_line_reply_is_kept_verbatim():
    assembler = Assembler()
    assert assembler.line(b"250-one\r\n") is None
    assert assembler.line(b"250-\r\n") is None
    reply = assembler.line(b"250 two words \xff\r\n")
    assert reply.octets == b"250-one\r\n250-\r\n250 two words \xff"


@pytest.mark.parametrize("lines", [[b"hello"], [b"250-a", b"251 b"], [b"150 x"], [b"99 x"], [b""], [b"250_x"]])
def test_what_is_no_smtp(lines):
    assembler = Assembler()
    with pytest.raises(RemoteProtocolError):
        for line in lines:
            assembler.line(line)


def test_endless_replies_end():
    assembler = Assembler()
    with pytest.raises(RemoteProtocolError):
        for _ in range(2000):
            assembler.line(b"250-x")


OURS = [value for value in vars(replies).values() if isinstance(value, Reply)]


@pytest.mark.parametrize("reply", OURS, ids=lambda r: r.octets.decode()[:30])
def test_our_own_replies_are_one_line_within_the_limit(reply):
    assert len(reply.lines) == 1
    assert len(reply.octets) <= 510
    assert reply.octets.isascii()


@given(st.text())
def test_no_text_breaks_out_of_its_line(text):
    reply = replies.own(550, "5.7.1", text)
    assert b"\r" not in reply.octets
    assert b"\n" not in reply.octets


@given(st.binary(max_size=50))
def test_any_octets_are_a_reply_or_an_error_of_ours(octets):
    try:
        Assembler().line(octets)
    except RemoteProtocolError:
        return

"""The ISP's POP3 server, spoken to in lines; test_isp meets it with real clients."""

import asyncio
import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.demo import pop3
from ithaca.demo.maildrops import Accounts

MESSAGE = b"A: b\r\n\r\none\r\n.two\r\n\r\nfour\r\n"
ENTER = b"USER a@isp.example\r\nPASS s\r\n"


def talk(sent, accounts=None):
    """What the server says to octets that come all at once, before they end."""
    accounts = accounts or account()

    async def session():
        server = await asyncio.start_server(
            lambda r, w: pop3.serve(accounts, r, w, stls=None), "127.0.0.1", 0, limit=1 << 12
        )
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(sent)
        writer.write_eof()
        said = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        server.close()
        await asyncio.sleep(0)
        return said

    return asyncio.run(session())


def account():
    accounts = Accounts({"a@isp.example": "s"})
    accounts.maildrops["a@isp.example"].deliver(MESSAGE)
    return accounts


def sasl(*parts):
    return base64.b64encode(b"\0".join(parts))


def test_a_pipelined_session_is_answered_in_order():
    said = talk(ENTER + b"STAT\r\nLIST 1\r\nretr 1\r\nNOOP\r\nQUIT\r\n")
    greeting, rest = said.split(b"\r\n", 1)
    assert greeting.startswith(b"+OK")
    size = len(MESSAGE)
    assert rest == (
        b"+OK\r\n+OK logged in\r\n+OK 1 %d\r\n+OK 1 %d\r\n+OK %d octets\r\n" % (size, size, size)
        + MESSAGE.replace(b"\r\n.", b"\r\n..")
        + b".\r\n+OK\r\n+OK Bye\r\n"
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (b"0", b""),
        (b"1", b"one\r\n"),
        (b"2", b"one\r\n..two\r\n"),
        (b"3", b"one\r\n..two\r\n\r\n"),
        (b"4", b"one\r\n..two\r\n\r\nfour\r\n"),
        (b"99999999", b"one\r\n..two\r\n\r\nfour\r\n"),
        (b"9" * 2000, b"one\r\n..two\r\n\r\nfour\r\n"),
    ],
)
def test_top_shows_the_header_section_and_so_many_lines(count, shown):
    said = talk(ENTER + b"TOP 1 " + count + b"\r\nQUIT\r\n")
    assert said.partition(b"logged in\r\n")[2] == b"+OK\r\nA: b\r\n\r\n" + shown + b".\r\n+OK Bye\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"PASS \xc3\xa9",
        b"PASS \xff",
        b"APOP a@isp.example",
        b"APOP nobody@isp.example \xff",
        b"AUTH PLAIN A",
        b"AUTH PLAIN *",
        b"AUTH PLAIN " + sasl(b"", b"\xff", b"\xff"),
        b"AUTH PLAIN " + sasl(b"a@isp.example", b"s"),
        b"AUTH PLAIN " + sasl(b"", b"", b""),
        b"AUTH SCRAM-SHA-1",
        b"RETR 1",
        b"STLS",
        b"",
        b"\xff\xfe",
    ],
)
def test_what_does_not_log_in_gets_an_error_and_the_session_goes_on(line):
    said = talk(b"USER a@isp.example\r\n" + line + b"\r\nCAPA\r\n")
    assert said.split(b"\r\n")[2].startswith(b"-ERR")
    assert b"SASL PLAIN\r\n" in said


@pytest.mark.parametrize(
    "line", [b"RETR 2", b"RETR \xc2\xb9", b"TOP 1", b"TOP 1 \xc2\xb2", b"TOP 1 -1", b"DELE x", b"USER a"]
)
def test_what_cannot_be_done_in_transaction_gets_an_error_and_the_session_goes_on(line):
    said = talk(ENTER + line + b"\r\nNOOP\r\n")
    assert said.split(b"\r\n")[3].startswith(b"-ERR")
    assert said.endswith(b"+OK\r\n")


def test_auth_plain_in_one_step_and_in_two():
    right = sasl(b"", b"a@isp.example", b"s")
    assert b"+OK logged in" in talk(b"AUTH PLAIN " + right + b"\r\n")
    assert b"+ \r\n+OK logged in" in talk(b"AUTH plain\r\n" + right + b"\r\n")


def test_what_is_delivered_during_a_session_is_for_the_next_one():
    accounts = account()
    maildrop = accounts.maildrops["a@isp.example"]

    async def session():
        server = await asyncio.start_server(lambda r, w: pop3.serve(accounts, r, w, stls=None), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(ENTER)
        await reader.readuntil(b"logged in\r\n")
        maildrop.deliver(b"later\r\n")
        writer.write(b"STAT\r\nDELE 1\r\nQUIT\r\n")
        said = await reader.read()
        writer.close()
        server.close()
        return said

    assert asyncio.run(session()).startswith(b"+OK 1 %d\r\n" % len(MESSAGE))
    assert maildrop.messages == [b"later\r\n"]


def test_a_client_that_goes_away_leaves_the_maildrop_free_and_whole():
    accounts = account()
    talk(ENTER + b"DELE 1\r\n", accounts)
    assert accounts.maildrops["a@isp.example"].in_use is False
    assert accounts.maildrops["a@isp.example"].messages == [MESSAGE]


def test_a_line_without_end_ends_the_session_alone():
    accounts = account()
    talk(b"x" * 100_000, accounts)
    assert b"logged in" in talk(ENTER, accounts)


_WORDS = st.sampled_from([b"USER", b"PASS", b"APOP", b"AUTH", b"PLAIN", b"TOP", b"RETR", b"LIST", b"DELE", b"1", b"="])
_LINES = st.lists(st.lists(st.one_of(_WORDS, st.binary(max_size=8)), max_size=4).map(b" ".join), max_size=6)


@given(lines=_LINES, inside=st.booleans())
def test_any_octets_leave_a_server_that_serves(lines, inside):
    accounts = account()
    said = talk((ENTER if inside else b"") + b"\r\n".join(lines) + b"\r\n", accounts)
    assert said.startswith(b"+OK POP3 ready")
    assert accounts.maildrops["a@isp.example"].in_use is False
    assert b"logged in" in talk(ENTER, accounts)

"""The connection to the ISP: hostile servers end it, and nothing else."""

import asyncio

import pytest

from ithaca.dial import Endpoint, Tls
from ithaca.errors import LocalProtocolError, Unreachable
from ithaca.smtp.upstream import Times, Upstream


def against(octets, act=None):
    """Open a connection to a server that says `octets` and closes."""

    async def run():
        async def client(_reader, writer):
            writer.write(octets)
            writer.close()

        server = await asyncio.start_server(client, "127.0.0.1", 0)
        upstream = Upstream(Endpoint("127.0.0.1", server.sockets[0].getsockname()[1], Tls.NONE), Times().scaled(0.05))
        try:
            greeting = await upstream.open()
            return await act(upstream) if act else greeting
        finally:
            await upstream.close()
            server.close()
            await asyncio.sleep(0.01)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"220",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"220-" + b"x" * 200_000,
        b"220-x\r\n" * 5000,
        b"\0" * 100 + b"\n",
    ],
    ids=["nothing", "cut", "http", "long line", "endless", "zeros"],
)
def test_what_is_no_smtp_is_unreachable_with_a_sentence(octets):
    with pytest.raises(Unreachable) as failed:
        against(octets)
    assert failed.value.text.endswith((".", "again."))


def test_a_parting_word_is_heard():
    async def act(upstream):
        return await upstream.parting()

    assert against(b"220 hi\r\n421 going down\r\n", act).code == 421


def test_a_command_is_one_line():
    async def act(upstream):
        with pytest.raises(LocalProtocolError):
            upstream.send(b"NOOP\r\nMAIL FROM:<evil@x.example>")

    against(b"220 hi\r\n", act)


def test_times_scale():
    assert Times().scaled(0.5).dot == 42.5

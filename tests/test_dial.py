"""Connecting: TLS is never given up, and every failure is a sentence for the person who waits."""

import asyncio
import contextlib
import ssl

import pytest
import trustme

from ithaca import dial
from ithaca.dial import Endpoint, Tls
from ithaca.errors import Unreachable, UntrustedServer


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


def context(authority, name):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    return made


def scenario(server_context, endpoint_of, *, hello=b"hello\n", act=None):
    ended = asyncio.Event()

    async def client(reader, writer):
        writer.write(hello)
        with contextlib.suppress(OSError):
            await writer.drain()
            await reader.read()
        writer.close()
        ended.set()

    async def run():
        server = await asyncio.start_server(client, "127.0.0.1", 0, ssl=server_context)
        port = server.sockets[0].getsockname()[1]
        try:
            streams = await dial.connect(endpoint_of(port), seconds=2)
            try:
                if act:
                    return await act(streams, endpoint_of(port))
                return await streams[0].readline()
            finally:
                dial.abort(streams[1].transport)
        finally:
            server.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.3)
            await asyncio.sleep(0.02)

    return asyncio.run(run())


def test_a_trusted_server_is_reached(authority, ca_file):
    found = scenario(context(authority, "localhost"), lambda p: Endpoint("localhost", p, Tls.IMPLICIT, ca_file))
    assert found == b"hello\n"


def test_a_wrong_name_is_refused(authority, ca_file):
    with pytest.raises(UntrustedServer, match=r"not trusted: .*[Hh]ostname"):
        scenario(context(authority, "other.example"), lambda p: Endpoint("localhost", p, Tls.IMPLICIT, ca_file))


def test_an_unknown_issuer_is_refused(authority):
    with pytest.raises(UntrustedServer, match="is not trusted"):
        scenario(context(authority, "localhost"), lambda p: Endpoint("localhost", p, Tls.IMPLICIT))


def test_a_server_without_tls_is_not_taken_for_one():
    with pytest.raises((UntrustedServer, Unreachable)):
        scenario(None, lambda p: Endpoint("127.0.0.1", p, Tls.IMPLICIT))


def test_nobody_there_is_said_in_words():
    with pytest.raises(Unreachable, match=r"The mail server 127\.0\.0\.1:9 cannot be reached: connection refused\."):
        asyncio.run(dial.connect(Endpoint("127.0.0.1", 9, Tls.NONE), seconds=2))


def test_an_unknown_host_is_said_in_words():
    with pytest.raises(Unreachable, match="no-such-host.invalid"):
        asyncio.run(dial.connect(Endpoint("no-such-host.invalid", 25, Tls.NONE), seconds=5))


def test_octets_before_tls_are_refused(ca_file):
    """A reply sent in clear would be taken for one that came under TLS (CVE-2021-38371)."""

    async def act(streams, endpoint):
        await asyncio.sleep(0.1)
        await dial.start_tls(streams, endpoint, seconds=1)

    with pytest.raises(UntrustedServer, match="before TLS had begun"):
        scenario(None, lambda p: Endpoint("localhost", p, Tls.STARTTLS, ca_file), act=act)


def test_cutting_a_tls_connection_that_is_gone_already_is_no_error(authority, ca_file):
    """It was one in Python 3.11.2, and would have ended the client's session in its place."""

    async def act(streams, _endpoint):
        transport = streams[1].transport
        transport.close()
        transport.close()
        dial.abort(transport)
        return transport.is_closing()

    server = context(authority, "localhost")
    assert scenario(server, lambda p: Endpoint("localhost", p, Tls.IMPLICIT, ca_file), act=act)


@pytest.mark.parametrize("kind", [Tls.IMPLICIT, Tls.STARTTLS])
def test_authorities_that_cannot_be_read_are_told_to_the_client(tmp_path, kind):
    """Else the session would end without a reply."""
    (tmp_path / "ca.der").write_bytes(b"\x30\x82")

    async def act(streams, endpoint):
        await dial.start_tls(streams, endpoint, seconds=1)

    with pytest.raises(UntrustedServer, match=r"cannot be trusted: .*ca\.der holds no certificates that can be read"):
        scenario(None, lambda p: Endpoint("localhost", p, kind, tmp_path / "ca.der"), hello=b"", act=act)

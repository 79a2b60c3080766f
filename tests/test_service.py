"""From settings to running parts."""

import asyncio
import socket

import pytest

from ithaca import config, service
from ithaca.errors import KeyringError
from ithaca.listening import UnansweredError
from ithaca.mime.confidentiality import Confidentiality
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.sealing import Style
from ithaca.service import Service


def test_a_missing_keyring_is_said_at_start(tmp_path):
    settings = config.Config(
        providers={"p": config.Provider(smtp=config.Server(host="a"), pop3=config.Server(host="b"))},
        identities=(
            config.Identity(
                address="a@b.example",
                provider="p",
                keyring=str(tmp_path / "none"),
                passphrase=config.Passphrase(terminal=True),
            ),
        ),
    )
    with pytest.raises(KeyringError, match="There is no keyring"):
        service.access_of(settings, PgpyEngine())


def test_what_is_chosen_reaches_the_sealing():
    assert service.style_of(config.Sealing()) == Style()
    chosen = config.Sealing(header_protection="shy", legacy_display=True, autocrypt=False, prefer_encrypt=True)
    assert service.style_of(chosen) == Style(
        Confidentiality.SHY, legacy_display=True, autocrypt=False, prefer_encrypt=True
    )


# --- inherited sockets ---


def one_provider(smtp, pop3):
    """A configuration without identities, and with a provider that is never reached."""
    server = config.Server(host="127.0.0.1", port=9, tls=config.Tls.NONE)
    listen = config.Listen(address="127.0.0.1", smtp_port=smtp, pop3_port=pop3)
    return config.Config(providers={"home": config.Provider(smtp=server, pop3=server, listen=listen)})


@pytest.fixture
def held():
    """Two listening sockets as `systemd.inherited` gives them, and the ports that they hold."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    for sock in sockets:
        sock.setblocking(False)
    yield sockets, [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()


def test_inherited_sockets_are_served_and_closed_at_the_end(held):
    sockets, (smtp, pop3) = held

    async def story():
        running = Service(one_provider(smtp, pop3), inherited=sockets[::-1])
        await running.start()
        ports = dict(running.ports)
        reader, writer = await asyncio.open_connection("127.0.0.1", pop3)
        greeting = await reader.readline()
        writer.close()
        await running.stop(5)
        return ports, greeting

    ports, greeting = asyncio.run(story())
    assert ports == {"home": (smtp, pop3)}
    assert greeting.startswith(b"-ERR [SYS/TEMP]")
    assert [sock.fileno() for sock in sockets] == [-1, -1]


def test_a_socket_that_no_provider_listens_on_is_no_start_and_nothing_stays_open(held):
    sockets, (smtp, pop3) = held
    running = Service(one_provider(smtp, 0), inherited=sockets)
    with pytest.raises(UnansweredError, match=f"for port {pop3} on 127.0.0.1, where no provider listens"):
        asyncio.run(running.start())
    assert [sock.fileno() for sock in sockets] == [-1, -1]
    assert running.ports == {}

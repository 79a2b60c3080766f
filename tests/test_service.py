"""From settings to running parts."""

import socket

import pytest

from ithaca import config, service, systemd
from ithaca.errors import KeyringError
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.service import ListenError


def test_both_loopback_addresses_share_a_port():
    sockets = service.listening(config.Listen(), 0)
    try:
        assert [s.getsockname()[0] for s in sockets] == ["127.0.0.1", "::1"]
        assert len({s.getsockname()[1] for s in sockets}) == 1
    finally:
        for sock in sockets:
            sock.close()


def test_a_port_in_use_names_the_port_and_the_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"Port {port} on 127.0.0.1 is in use"):
            service.listening(config.Listen(), port)


def test_a_machine_without_ipv6_listens_on_the_other_address(monkeypatch, caplog):
    real = service._bound

    def without(family, address, port):
        if family is socket.AF_INET6:
            raise OSError(99, "Cannot assign requested address")
        return real(family, address, port)

    monkeypatch.setattr(service, "_bound", without)
    (only,) = service.listening(config.Listen(), 0)
    only.close()
    assert "no address ::1" in caplog.text


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


@pytest.mark.parametrize("prefix", ["", "\0"])
def test_states_reach_the_service_manager(monkeypatch, tmp_path, prefix):
    name = prefix + str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name)
        monkeypatch.setenv("NOTIFY_SOCKET", name.replace("\0", "@"))
        assert systemd.notify("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_without_a_service_manager_nothing_is_said(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not systemd.notify("READY=1")

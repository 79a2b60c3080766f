"""What is said to the service manager, and what is taken from it."""

import fcntl
import os
import socket

import pytest

from ithaca import systemd
from ithaca.systemd import InheritedError

LISTENERS = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]


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


def test_credentials_lie_in_the_folder_that_the_service_manager_names(monkeypatch, tmp_path):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert systemd.credentials() == tmp_path
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert systemd.credentials() is None


# --- inherited sockets ---


@pytest.fixture
def passed(monkeypatch):
    """``passed(file, …)``: as if the service manager had passed these; the first one's descriptor."""
    descriptors = []

    def give(*given, pid=None, count=None):
        # From 3 on lie pytest's own.
        first = fcntl.fcntl(given[0], fcntl.F_DUPFD, 700) if given else 700
        descriptors.append(first)
        for number, one in enumerate(given[1:], first + 1):
            os.dup2(one.fileno(), number)
            descriptors.append(number)
        monkeypatch.setattr(systemd, "FIRST_DESCRIPTOR", first)
        monkeypatch.setenv("LISTEN_PID", str(os.getpid()) if pid is None else pid)
        monkeypatch.setenv("LISTEN_FDS", str(len(given)) if count is None else count)
        monkeypatch.setenv("LISTEN_FDNAMES", ":".join(["ithaca.socket"] * len(given)))
        return first

    yield give
    for descriptor in descriptors:
        try:
            os.close(descriptor)
        except OSError:
            pass


@pytest.fixture
def listeners():
    """Listening on both loopback addresses; blocking, as systemd's are not but anybody's may be."""
    opened = []
    for family, address in LISTENERS:
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.bind((address, 0))
        sock.listen()
        opened.append(sock)
    yield opened
    for sock in opened:
        sock.close()


def open_descriptors():
    return set(os.listdir("/proc/self/fd"))


def test_inherited_sockets_are_these_in_their_order_with_address_and_family(passed, listeners):
    first = passed(*listeners)
    sockets = systemd.inherited()
    try:
        assert [s.fileno() for s in sockets] == [first, first + 1]
        assert [(s.family, s.getsockname()) for s in sockets] == [(s.family, s.getsockname()) for s in listeners]
        with socket.create_connection(listeners[1].getsockname()[:2], timeout=5):
            sockets[1].settimeout(5)
            sockets[1].accept()[0].close()
    finally:
        for sock in sockets:
            sock.close()


def test_no_program_that_is_started_later_inherits_them_and_none_of_them_blocks(passed, listeners):
    passed(*listeners)
    sockets = systemd.inherited()
    try:
        assert [(s.get_inheritable(), s.gettimeout()) for s in sockets] == [(False, 0.0)] * 2
    finally:
        for sock in sockets:
            sock.close()


def test_they_are_taken_once_and_the_environment_forgets_them(passed, listeners):
    passed(listeners[0])
    for sock in systemd.inherited():
        sock.close()
    assert [name for name in os.environ if name.startswith("LISTEN_")] == []
    assert systemd.inherited() == ()


@pytest.mark.parametrize("pid", ["", "1", "x", f"{os.getpid()} ", f"+{os.getpid()}"])
def test_sockets_of_another_process_are_left_alone_and_forgotten(passed, listeners, pid):
    first = passed(listeners[0], pid=pid)
    assert systemd.inherited() == ()
    os.fstat(first)
    assert "LISTEN_FDS" not in os.environ


def test_without_socket_activation_there_are_none(monkeypatch):
    monkeypatch.delenv("LISTEN_FDS", raising=False)
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    assert systemd.inherited() == ()


@pytest.mark.parametrize("count", ["", "0", "-1", "+1", " 1", "1\n", "01", "0x1", "1.0", "one", "١", "9" * 5000])
def test_a_number_of_sockets_that_is_none_is_an_error(passed, listeners, count):
    passed(listeners[0], count=count)
    with pytest.raises(InheritedError, match=r"^LISTEN_FDS is '.{,20}', which is no number of sockets"):
        systemd.inherited()
    assert "LISTEN_FDS" not in os.environ


def test_one_descriptor_too_few_is_an_error_that_names_it_and_leaves_nothing_open(passed, listeners):
    before = open_descriptors()
    first = passed(*listeners, count="3")
    with pytest.raises(InheritedError, match=f"^Descriptor {first + 2}, .* \\(Bad file descriptor\\)"):
        systemd.inherited()
    assert open_descriptors() == before


def _pipe():
    return os.fdopen(os.pipe()[0])


def _unix():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind("")
    sock.listen()
    return sock


def _datagram():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def _bound_only():
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def _connected():
    """What Accept=yes would pass."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        server.accept()[0].close()
    return client


@pytest.mark.parametrize(
    "make", [_pipe, _unix, _datagram, _bound_only, _connected], ids=lambda m: m.__name__.strip("_")
)
def test_what_is_no_listening_tcp_socket_is_an_error_with_what_to_do(passed, listeners, make):
    with make() as given:
        first = passed(listeners[0], given)
        with pytest.raises(InheritedError) as caught:
            systemd.inherited()
    assert f"Descriptor {first + 1}, which the service manager passed, is not a listening TCP socket" in str(
        caught.value
    )
    assert "ithaca.socket may have lines ListenStream=ADDRESS:PORT alone, and no Accept=yes." in str(caught.value)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(first)

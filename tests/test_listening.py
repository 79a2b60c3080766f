"""Where mail programs connect to: our own sockets, or those that the service manager holds."""

import socket

import pytest

from ithaca import listening
from ithaca.listening import ListenError, UnansweredError

LOOPBACK = ("127.0.0.1", "::1")


@pytest.fixture
def close():
    """Sockets put in here are closed at the end."""
    opened = []
    yield opened.extend
    for sock in opened:
        sock.close()


@pytest.fixture
def held(close):
    """``held("::1", port)``: listened on by somebody else, or by the service manager for us."""

    def hold(address, port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        close([sock])
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen()
        return sock

    return hold


@pytest.fixture
def both(held):
    """Two sockets on one port."""
    while True:
        first = held("127.0.0.1")
        try:
            return [first, held("::1", port_of(first))]
        except OSError:
            # Somebody else has this port on the other address.
            first.close()


def port_of(sock):
    return sock.getsockname()[1]


def test_both_loopback_addresses_share_a_port(close):
    sockets = listening.sockets_for(LOOPBACK, 0)
    close(sockets)
    assert [s.getsockname()[0] for s in sockets] == list(LOOPBACK)
    assert len(set(map(port_of, sockets))) == 1
    assert not any(s.get_inheritable() for s in sockets)


@pytest.mark.parametrize("address", LOOPBACK)
def test_a_port_in_use_on_either_address_names_it_and_the_remedy(held, address):
    port = port_of(held(address))
    with pytest.raises(
        ListenError, match=f"^Port {port} on {address} is in use by another program, or Ithaca runs already; end it, or"
    ):
        listening.sockets_for(LOOPBACK, port)


def test_a_machine_without_ipv6_listens_on_the_other_address(monkeypatch, caplog, close):
    real = listening._bound

    def without(family, address, port):
        if family is socket.AF_INET6:
            raise OSError(99, "Cannot assign requested address")
        return real(family, address, port)

    monkeypatch.setattr(listening, "_bound", without)
    close(listening.sockets_for(LOOPBACK, 0))
    assert "this machine has no address ::1: listening on 127.0.0.1 alone" in caplog.text


def test_a_port_that_the_system_chose_and_somebody_has_on_the_other_address_is_chosen_again(monkeypatch, close):
    real, refused = listening._bound, []

    def taken_once(family, address, port):
        if address == "::1" and not refused:
            refused.append(port)
            raise OSError(98, "Address already in use")
        return real(family, address, port)

    monkeypatch.setattr(listening, "_bound", taken_once)
    sockets = listening.sockets_for(LOOPBACK, 0)
    close(sockets)
    assert len(sockets) == 2
    assert refused


def test_an_address_of_another_machine_is_no_start():
    with pytest.raises(ListenError, match=r"^Cannot listen on 192\.0\.2\.1 port 0: Cannot assign requested address\.$"):
        listening.sockets_for(("192.0.2.1",), 0)


# --- inherited sockets ---


def test_an_inherited_socket_is_used_for_its_address_and_port_in_whatever_order_they_came(both):
    assert listening.sockets_for(LOOPBACK, port_of(both[0]), both[::-1]) == both


@pytest.mark.parametrize("address", ["0:0:0:0:0:0:0:1", "::0001"])
def test_an_address_may_be_written_otherwise(both, address):
    assert listening.sockets_for((address,), port_of(both[1]), both) == [both[1]]


def test_what_is_not_inherited_is_opened_beside_it(both, close):
    inherited, other = both
    other.close()
    sockets = listening.sockets_for(LOOPBACK, port_of(inherited), [inherited])
    close(sockets)
    assert sockets[0] is inherited
    assert sockets[1].getsockname()[:2] == ("::1", port_of(inherited))


def test_the_same_port_of_another_address_is_not_taken_for_it(both):
    """Inherited on ::1 alone, and somebody else has 127.0.0.1: he would get the passwords."""
    somebody, inherited = both
    with pytest.raises(ListenError, match=f"^Port {port_of(somebody)} on 127.0.0.1 is in use by another program"):
        listening.sockets_for(LOOPBACK, port_of(somebody), [inherited])


def test_a_port_that_the_system_chooses_is_never_an_inherited_one(both, close):
    sockets = listening.sockets_for(LOOPBACK, 0, both)
    close(sockets)
    assert not set(sockets) & set(both)


def test_every_inherited_socket_stands_for_a_provider_or_nothing_starts(both):
    port = port_of(both[0])
    listening.require_provider(both, [("127.0.0.1", port), ("::1", port)])
    for places in ([], [("127.0.0.1", port)], [("::1", port), ("127.0.0.1", 0)]):
        with pytest.raises(UnansweredError, match=f"^The service manager passed a socket for port {port} on "):
            listening.require_provider(both, places)


def test_the_error_names_the_socket_that_nobody_answers_and_the_remedy(both):
    port = port_of(both[0])
    with pytest.raises(UnansweredError) as caught:
        listening.require_provider(both, [("127.0.0.1", port)])
    assert str(caught.value) == (
        f"The service manager passed a socket for port {port} on ::1, where no provider listens; "
        "take it out of ithaca.socket, or give a provider this port under 'listen'."
    )

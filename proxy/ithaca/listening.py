"""The sockets that mail programs connect to: those that the service manager holds for us, else our own.

The law of this file: whoever has a port that mail programs are pointed at is handed their passwords. So a port that
somebody else has is an error on any of its addresses, and so is a socket of ours that nobody would answer.
"""

import contextlib
import errno
import ipaddress
import logging
import socket
from collections.abc import Sequence

from ithaca.errors import PermanentError, SetUpError

ATTEMPTS = 5
"""Where the system chooses the port: the one that is free on the first address may be taken on the second."""

_log = logging.getLogger("ithaca.listening")


class ListenError(PermanentError):
    """A local port cannot be had."""


class UnansweredError(SetUpError):
    """A socket was inherited that stands for no provider."""


def sockets_for(addresses: Sequence[str], port: int, inherited: Sequence[socket.socket] = ()) -> list[socket.socket]:
    """Listening sockets for one port on every address, inherited where there are such; raises `ListenError`.

    A machine without IPv6 is a warning; a port that somebody else has is not, on any of the addresses: he would be
    handed the passwords of mail programs that try the other one.
    """
    for _ in range(0 if port else ATTEMPTS - 1):
        with contextlib.suppress(ListenError):
            return _sockets_on(addresses, 0, ())
    return _sockets_on(addresses, port, inherited)


def _sockets_on(addresses: Sequence[str], port: int, inherited: Sequence[socket.socket]) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    for address in addresses:
        ready = [sock for sock in inherited if _stands_for(sock, address, port)]
        if ready:
            sockets += ready
            continue
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            sockets.append(_bound(family, address, port))
        except OSError as error:
            if sockets and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                _log.warning("this machine has no address %s: listening on %s alone", address, addresses[0])
                continue
            for sock in sockets:
                sock.close()
            raise ListenError(_words(error, address, port)) from error
        port = sockets[0].getsockname()[1]
    return sockets


def require_provider(inherited: Sequence[socket.socket], places: Sequence[tuple[str, int]]) -> None:
    """Every inherited socket must be one of the (address, port) that providers listen on; raises `UnansweredError`.

    Mail programs that find the port open would wait there for an answer until they give up.
    """
    for sock in inherited:
        if not any(_stands_for(sock, address, port) for address, port in places):
            address, port = sock.getsockname()[:2]
            raise UnansweredError(
                f"The service manager passed a socket for port {port} on {address}, where no provider listens; "
                "take it out of ithaca.socket, or give a provider this port under 'listen'."
            )


def _stands_for(sock: socket.socket, address: str, port: int) -> bool:
    """By address and port, not by name: the configuration says already which port is whose."""
    own_address, own_port = sock.getsockname()[:2]
    return bool(own_port == port and ipaddress.ip_address(own_address) == ipaddress.ip_address(address))


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(128)
    except OSError:
        sock.close()
        raise
    return sock


def _words(error: OSError, address: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {address} is in use by another program, or Ithaca runs already; "
            "end it, or choose another port under 'listen'."
        )
    return f"Cannot listen on {address} port {port}: {error.strerror}."

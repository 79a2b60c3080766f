"""Talking to systemd: state (sd_notify(3)), credentials (systemd.exec(5)), inherited sockets (sd_listen_fds(3)).

The law of this file: it takes from the environment and the descriptors what was meant for this process, and says
what it found; what that means for the service is decided elsewhere.
"""

import contextlib
import os
import re
import socket
from pathlib import Path

from ithaca.errors import SetUpError

FIRST_DESCRIPTOR = 3
"""SD_LISTEN_FDS_START: inherited sockets lie here and behind, without a gap."""


class InheritedError(SetUpError):
    """What the service manager passed as sockets cannot be listened on."""


def notify(state: str) -> bool:
    """Send ``READY=1``, ``STOPPING=1`` or ``STATUS=…``; False where no service manager listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address or address[0] not in "/@":
        return False
    # "@" stands for the NUL octet of an abstract address.
    target = "\0" + address[1:] if address[0] == "@" else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.connect(target)
            sender.sendall(state.encode())
        except OSError:
            return False
    return True


def credentials() -> Path | None:
    """The folder that ``LoadCredential=`` made for this service; None outside such a service."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(folder) if folder else None


def inherited() -> tuple[socket.socket, ...]:
    """The listening sockets that the service manager opened for us; none outside socket activation.

    A second call finds nothing: the variables are taken away, so that no child believes the sockets are its own.
    Raises `InheritedError`; what was opened is closed again.
    """
    names = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
    process, count, _ = (os.environ.pop(name, None) for name in names)
    # Another process's, which passed its environment on to us: our descriptors from 3 on are whatever they are.
    if count is None or process != str(os.getpid()):
        return ()
    if not re.fullmatch("[1-9][0-9]{0,5}", count):
        raise InheritedError(
            f"LISTEN_FDS is {count[:20]!a}, which is no number of sockets: whatever starts Ithaca must set it "
            "as sd_listen_fds(3) says, or leave it out."
        )
    descriptors = range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(count))
    with contextlib.ExitStack() as opened:
        sockets = tuple(opened.enter_context(_listening(descriptor)) for descriptor in descriptors)
        opened.pop_all()
    return sockets


def _listening(descriptor: int) -> socket.socket:
    try:
        os.set_inheritable(descriptor, False)
        sock = socket.socket(fileno=descriptor)
    except OSError as error:
        raise InheritedError(_words(descriptor, error.strerror)) from error
    internet = sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM
    if not internet or not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        sock.close()
        raise InheritedError(_words(descriptor))
    sock.setblocking(False)
    return sock


def _words(descriptor: int, reason: str | None = None) -> str:
    return (
        f"Descriptor {descriptor}, which the service manager passed, is not a listening TCP socket"
        f"{f' ({reason})' if reason else ''}: ithaca.socket may have lines ListenStream=ADDRESS:PORT alone, "
        "and no Accept=yes."
    )

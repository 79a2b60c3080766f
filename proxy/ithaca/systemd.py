"""Talking to systemd: the notification socket (sd_notify(3)) and credentials (systemd.exec(5))."""

import os
import socket
from pathlib import Path


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

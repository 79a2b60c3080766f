"""One provider: a folder, Postfix, Dovecot, a certificate authority of its own, and maildirs that can be looked into.

The law of this file: whoever answers on a port is the server that was started here, which its greeting proves; and
what was started is ended.
"""

import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Self

import trustme

from servers import dovecot, postfix

UID = 61234
"""Owner of all mail: a number that has no account."""
PROGRAMS = {"/usr/sbin/postfix": "postfix", "/usr/sbin/dovecot": "dovecot-pop3d"}
"""Program → Debian's package."""
PORTS = ("smtp", "submission", "smtps", "clear", "pop3", "pop3s")
"""`smtp` takes mail from other providers, `clear` is submission without TLS."""
SMTP_PORT = {"starttls": "submission", "implicit": "smtps", "none": "clear"}
POP3_PORT = {"starttls": "pop3", "implicit": "pop3s", "none": "pop3"}
SECONDS = 10.0
"""To start and to stop."""


def missing() -> str | None:
    """Why the provider cannot be started on this machine; None: it can."""
    if os.geteuid():
        return "Postfix starts only as root"
    absent = [package for program, package in PROGRAMS.items() if not Path(program).exists()]
    return f"not installed: apt-get install {' '.join(absent)}" if absent else None


class Provider:
    """Running from `with` to its end. `passwords`: address, which is the login too → password; all of one domain."""

    def __init__(self, passwords: Mapping[str, str], *, names: Sequence[str] = ("localhost",)) -> None:
        self.passwords = dict(passwords)
        self._names = names
        """What the servers' certificate says; without 127.0.0.1, so that this is a wrong name."""
        (self.domain,) = {address.partition("@")[2] for address in passwords}
        # The users postfix and dovecot must be able to walk to it.
        self.folder = Path(tempfile.mkdtemp(prefix="provider-"))
        self.folder.chmod(0o755)
        self.ports: dict[str, int] = {}
        self.authority = trustme.CA()
        self.ca_file = self.folder / "ca.pem"
        self._started: list[subprocess.Popen[bytes]] = []
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._certificates()
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def trust(self) -> ssl.SSLContext:
        """For clients that talk to it directly."""
        return ssl.create_default_context(cafile=self.ca_file)

    def certificate(self, folder: Path, stem: str, *names: str) -> tuple[Path, Path]:
        """A certificate and its private key below `folder`, for servers that its clients trust."""
        # QUIRK: fetchmail 6.4 wants a common name beside the alternative names.
        leaf = self.authority.issue_cert(*names, common_name=names[0])
        certificate, private_key = folder / f"{stem}.pem", folder / f"{stem}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        private_key.write_bytes(leaf.private_key_pem.bytes())
        private_key.chmod(0o600)
        return certificate, private_key

    def servers(self, smtp: str = "starttls", pop3: str = "implicit") -> dict[str, dict[str, object]]:
        """The servers as Ithaca's configuration wants them, for a kind of TLS each."""
        ports = {"smtp": SMTP_PORT[smtp], "pop3": POP3_PORT[pop3]}
        kinds = {"smtp": smtp, "pop3": pop3}
        ca = {"ca_file": str(self.ca_file)}
        return {
            kind: {"host": "localhost", "port": self.ports[port], "tls": kinds[kind], **ca}
            for kind, port in ports.items()
        }

    def maildir(self, address: str) -> Path:
        """Where an account's mail lies on the server's disk."""
        return self.folder / "mail" / address.partition("@")[0]

    def stored(self, address: str) -> list[bytes]:
        """An account's messages as they lie on the disk, oldest first."""
        folders = (self.maildir(address) / name for name in ("new", "cur"))
        files = [path for folder in folders if folder.exists() for path in folder.iterdir()]
        return [path.read_bytes() for path in sorted(files, key=lambda p: (p.stat().st_mtime_ns, p.name))]

    def arrived(self, address: str, count: int = 1) -> list[bytes]:
        """The messages of an account once there are `count`; Postfix delivers after it has said 250."""
        until(lambda: len(self.stored(address)) >= count, f"{count} messages for {address}")
        return self.stored(address)

    def empty(self) -> None:
        """Remove all mail."""
        for address in self.passwords:
            shutil.rmtree(self.maildir(address), ignore_errors=True)

    def log(self) -> str:
        """What both servers have logged."""
        paths = (self.folder / name / "log" for name in ("postfix", "dovecot"))
        return "".join(path.read_text(errors="replace") for path in paths if path.exists())

    # --- start and stop ---

    def _certificates(self) -> None:
        self.authority.cert_pem.write_to_path(self.ca_file)
        self.certificate(self.folder, "server", *self._names)

    def _start(self) -> None:
        (self.folder / "mail").mkdir()
        shutil.chown(self.folder / "mail", UID, UID)
        self.ports = _free_ports()
        token = secrets.token_hex(4)
        settings = {
            "mail": self.folder / "mail",
            "certificate": self.folder / "server.pem",
            "private_key": self.folder / "server.key",
            "sasl": self.folder / "dovecot" / "sasl",
            "uid": UID,
            "token": token,
        }
        self._start_one(dovecot, **settings)
        # Postfix gives up a service for a minute when nobody answers about SASL.
        until(lambda: _speaks(settings["sasl"]), "Dovecot's SASL")
        self._start_one(postfix, **settings, domain=self.domain)
        self._guard = _guard(self._started, self.folder)
        for name in ("pop3", "smtp", "submission", "clear"):
            self._await_greeting(name, token.encode())
        for name in ("smtps", "pop3s"):
            until(
                lambda name=name: _greeting(self.ports[name], self.trust(), self._names[0]), f"{name} of the provider"
            )

    def _start_one(self, server: ModuleType, **settings: object) -> None:
        home = self.folder / server.__name__.rpartition(".")[2]
        server.configure(home, self.ports, self.passwords, **settings)
        self._started.append(server.start(home))

    def _await_greeting(self, name: str, token: bytes) -> None:
        def answers() -> bool:
            greeting = _greeting(self.ports[name])
            if greeting and token not in greeting:
                raise OSError(f"another server answers on port {self.ports[name]}")
            return bool(greeting)

        until(answers, f"{name} of the provider")

    def close(self) -> None:
        """End both servers and remove the folder."""
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
        for process in self._started:
            process.send_signal(signal.SIGTERM)
        for process in self._started:
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def _guard(servers: Sequence[subprocess.Popen[bytes]], folder: Path) -> subprocess.Popen[bytes]:
    """Ends the servers where the test itself is killed: a pipe from it ends then, and somebody must notice."""
    script = 'read -r _; folder=$1; shift; kill "$@"; sleep 2; rm -rf "$folder"'
    numbers = [str(process.pid) for process in servers]
    command = ["sh", "-c", script, "guard", folder, *numbers]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _free_ports() -> dict[str, int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    ports = {name: sock.getsockname()[1] for name, sock in zip(PORTS, sockets, strict=True)}
    for sock in sockets:
        sock.close()
    return ports


def _greeting(port: int, context: ssl.SSLContext | None = None, host: str = "localhost") -> bytes:
    """The first line that comes from a port; nothing while nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
            if context is None:
                return plain.recv(1000)
            with context.wrap_socket(plain, server_hostname=host) as secure:
                return secure.recv(1000)
    except OSError:
        return b""


def _speaks(path: Path) -> bool:
    """Dovecot greets whoever connects to its SASL socket."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
            return client.recv(1000).startswith(b"VERSION")
        except OSError:
            return False


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition; raises `TimeoutError`."""
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not there within {SECONDS:.0f} s: {what}")
        time.sleep(0.005)

"""The service with sockets that it inherits from ``systemd-socket-activate``, and a stand-in for the notification socket."""

import contextlib
import poplib
import re
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from integration.penelope import LOOPBACK, SECONDS, UNLOCKED, a_letter_to_herself, greeting, log_in, settings
from world import PASSPHRASE, Embedded

O_CLOEXEC = 0o2000000


@pytest.fixture
def activated(program, loop, people, tmp_path):
    """``activated(…)``: systemd-socket-activate, listening and not yet Ithaca; (process, states heard, ports)."""
    activate = program("systemd-socket-activate")
    embedded = Embedded(loop)
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "penelope-passphrase").write_bytes(PASSPHRASE)
    started = []

    def start(*, more=(), credentials=folder):
        smtp, pop3, spare = _free_ports(3)
        (tmp_path / "config.yaml").write_text(
            settings(embedded, str(people / "penelope"), smtp_port=smtp, pop3_port=pop3)
        )
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(SECONDS)
        environment = {"NOTIFY_SOCKET": tmp_path / "notify", "CREDENTIALS_DIRECTORY": credentials}
        places = [(address, port) for port in (smtp, pop3) for address in LOOPBACK]
        places += [(address, spare) for address in more]
        command = [activate]
        command += [f"--listen={f'[{a}]' if ':' in a else a}:{port}" for a, port in places]
        command += [f"--setenv={name}={value}" for name, value in environment.items()]
        command += [sys.executable, "-W", "error", "-m", "ithaca", "run", "--config", str(tmp_path / "config.yaml")]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        started.append((process, heard))
        for _ in places:
            assert process.stderr.readline().startswith(b"Listening on ")
        return process, heard, (smtp, pop3, spare)

    yield start
    for process, heard in started:
        process.kill()
        process.communicate()
        heard.close()
    embedded.close()


def _free_ports(number):
    """Ports that are free on both loopback addresses."""
    found = set()
    while len(found) < number:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = first.getsockname()[1]
            with contextlib.suppress(OSError), socket.create_server(("::1", port), family=socket.AF_INET6):
                found.add(port)
    return sorted(found)


def _stop(process, heard):
    """SIGTERM: (the log, exit status), and STOPPING=1 was said."""
    process.send_signal(signal.SIGTERM)
    assert heard.recv(100) == b"STOPPING=1"
    _, log = process.communicate(timeout=SECONDS)
    assert not select.select([heard], [], [], 0)[0], "nothing is said after STOPPING=1"
    return log, process.returncode


def test_who_connected_before_the_service_was_started_is_answered_on_every_inherited_socket(activated):
    process, heard, (smtp, pop3, _) = activated()
    with contextlib.ExitStack() as opened:
        places = [(address, port) for port in (smtp, pop3) for address in LOOPBACK]
        clients = [opened.enter_context(socket.create_connection(place, timeout=SECONDS)) for place in places]
        assert [client.recv(500)[:3] for client in clients] == [b"220", b"220", b"+OK", b"+OK"]
    assert heard.recv(100) == b"READY=1"
    log, status = _stop(process, heard)
    assert status == 0
    assert f"SMTP on port {smtp}, POP3 on port {pop3}".encode() in log
    assert b"Traceback" not in log


def test_the_passphrase_comes_from_the_folder_of_credentials(activated):
    process, heard, (smtp, pop3, _) = activated()
    received = a_letter_to_herself(("::1", smtp), ("127.0.0.1", pop3))
    assert [fact for fact in UNLOCKED if fact not in received] == []
    assert heard.recv(100) == b"READY=1"
    log, status = _stop(process, heard)
    assert status == 0
    assert PASSPHRASE not in log
    assert b" warning " not in log


@pytest.mark.parametrize("credentials", ["empty", "none"])
def test_a_credential_that_is_missing_is_told_where_mail_programs_show_it_and_the_service_runs_on(
    activated, tmp_path, credentials
):
    (tmp_path / "empty").mkdir()
    process, heard, (_, pop3, _) = activated(credentials=tmp_path / credentials)
    for _ in range(2):
        client = log_in("::1", pop3)
        with pytest.raises(poplib.error_proto, match="There is no credential 'penelope-passphrase'; add to the unit: "):
            client.stat()
        client.quit()
    assert heard.recv(100) == b"READY=1"
    log, status = _stop(process, heard)
    assert status == 0
    assert log.count(b"There is no credential") == 1


def test_no_descriptor_of_the_service_would_be_inherited_by_a_program_that_it_started(activated):
    process, heard, (_, pop3, _) = activated()
    assert greeting("127.0.0.1", pop3).startswith(b"+OK")
    assert heard.recv(100) == b"READY=1"
    folder = Path("/proc", str(process.pid))
    inheritable = set()
    for path in (folder / "fdinfo").iterdir():
        # The client's connections may be closed meanwhile.
        with contextlib.suppress(FileNotFoundError):
            flags = re.search(r"^flags:\s+([0-7]+)$", path.read_text(), re.MULTILINE)[1]
            if not int(flags, 8) & O_CLOEXEC:
                inheritable.add(path.name)
    assert inheritable == {"0", "1", "2"}
    assert [path.read_text() for path in folder.glob("task/*/children")] == [""] * len(list(folder.glob("task/*")))


def test_an_inherited_socket_that_nobody_listens_on_is_one_line_and_no_start(activated):
    process, heard, (_, pop3, port) = activated(more=["::1"])
    socket.create_connection(("::1", pop3), timeout=SECONDS).close()
    _, log = process.communicate(timeout=SECONDS)
    assert process.returncode == 78
    said = log.decode().splitlines()[-1]
    assert said == (
        f"ithaca: The service manager passed a socket for port {port} on ::1, where no provider listens; "
        "take it out of ithaca.socket, or give a provider this port under 'listen'."
    )
    assert log.count(b"ithaca: ") == 1
    assert not select.select([heard], [], [], 0)[0], "not a word of READY=1"

"""``ithaca run``: the service as a person or systemd starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest


@pytest.fixture
def running(ithaca, tmp_path, sample_keyring, passphrase):
    """Start the service with a notification socket; (process, states heard)."""
    started = []

    def start(*, smtp=0, pop3=0, passphrase_words=f"{{file: {passphrase}}}", **environment):
        path = tmp_path / "config.yaml"
        ring = tmp_path / "keyrings" / "alice"
        ring = ring if ring.exists() else sample_keyring("alice")
        path.write_text(
            f"""
providers:
  home:
    listen: {{smtp_port: {smtp}, pop3_port: {pop3}}}
    smtp: {{host: 127.0.0.1, port: 9, tls: none}}
    pop3: {{host: 127.0.0.1, port: 9, tls: none}}
identities:
  - {{address: alice@openpgp.example, provider: home, keyring: {ring}, passphrase: {passphrase_words}}}
"""
        )
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(10)
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "ithaca", "run", "--config", str(path)],
            env={**ithaca.environment, "NOTIFY_SOCKET": str(tmp_path / "notify"), **environment},
            stderr=subprocess.PIPE,
        )
        started.append((process, heard))
        return process, heard

    yield start
    for process, heard in started:
        process.kill()
        process.communicate()
        heard.close()


def test_ready_then_stopping_then_a_clean_end(running):
    process, heard = running()
    assert heard.recv(100) == b"READY=1"
    process.send_signal(signal.SIGTERM)
    assert heard.recv(100) == b"STOPPING=1"
    _, log = process.communicate(timeout=10)
    assert process.returncode == 0
    ports = re.search(rb"SMTP on port (\d+), POP3 on port (\d+)", log)
    assert ports
    assert b"Traceback" not in log


def test_it_starts_without_the_isp_and_says_so_to_the_client(running):
    process, heard = running()
    heard.recv(100)
    port = int(re.search(rb"POP3 on port (\d+)", _line(process)).group(1))
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, port), timeout=5) as client:
            assert b"-ERR [SYS/TEMP] The mail server 127.0.0.1:9 cannot be reached" in client.recv(500)


def _line(process):
    return process.stderr.readline()


def test_a_port_in_use_is_one_line_and_no_start(running):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process, _ = running(smtp=taken.getsockname()[1])
        _, log = process.communicate(timeout=10)
    assert process.returncode == 1
    assert b"is in use by another program" in log
    assert log.count(b"\n") == 1


def test_a_port_in_use_on_the_other_loopback_address_is_no_start_either(running):
    with socket.socket(socket.AF_INET6) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("::1", 0))
        taken.listen()
        process, _ = running(pop3=taken.getsockname()[1])
        _, log = process.communicate(timeout=10)
    assert process.returncode == 1
    assert b"on ::1 is in use" in log


def test_a_wrong_passphrase_is_one_line_and_the_service_goes_on(running, passphrase):
    passphrase.write_bytes(b"wrong horse")
    process, heard = running()
    assert heard.recv(100) == b"READY=1"
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=10)
    assert log.count(b"does not open the secret key") == 1
    assert b"wrong horse" not in log


def test_a_passphrase_comes_from_a_systemd_credential(running, tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "alice").write_bytes(b"ithaca-sample")
    process, heard = running(passphrase_words="{credential: alice}", CREDENTIALS_DIRECTORY=str(folder))
    assert heard.recv(100) == b"READY=1"
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=10)
    assert b"passphrase" not in log.lower()
    assert os.path.exists(folder)

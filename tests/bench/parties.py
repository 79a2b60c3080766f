"""Who takes part: a source and a sink in C, aiosmtpd as it comes, Ithaca as a person starts it, Dovecot and curl."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import yaml

import world
from bench import measuring
from servers.provider import Provider

SENDER, RECIPIENT = "ulysses@ithaca.example", "penelope@ithaca.example"


def letter(octets: int) -> bytes:
    """A letter of about that many octets, LF line ends: text alone when small, with an attachment when large."""
    message = EmailMessage(policy=SMTP.clone(linesep="\n"))
    message["From"], message["To"] = f"Ulysses <{SENDER}>", RECIPIENT
    message["Subject"] = "From the sea"
    message["Date"] = "Wed, 25 Nov 2026 10:00:00 +0000"
    message["Message-ID"] = "<1@ithaca.example>"
    if octets < 1 << 16:
        message.set_content(("The sea is wide and wine-dark, and home is far.\n" * (1 + octets // 48))[:octets])
    else:
        message.set_content("The ship is attached.\n")
        picture = os.urandom(octets * 76 // 103)
        message.add_attachment(picture, maintype="image", subtype="png", filename="ship.png")
    return message.as_bytes()


@contextlib.contextmanager
def running(*command: str | Path, port: int | None = None, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """A program, from when it accepts on `port` to the end of the block."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **more)  # type: ignore[call-overload]
    try:
        if port is not None:
            measuring.wait_for_port(port, process)
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink, which throws away what it gets; its port."""
    port = measuring.free_port()
    with running("smtp-sink", "-u", "postfix", f"127.0.0.1:{port}", "100", port=port):
        yield port


@contextlib.contextmanager
def stock_aiosmtpd() -> Iterator[int]:
    """aiosmtpd as it comes, receiving and throwing away; its port."""
    port = measuring.free_port()
    with running(
        sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}", port=port
    ):
        yield port


@contextlib.contextmanager
def ithaca(folder: Path, sink_port: int, provider: Provider) -> Iterator[tuple[int, int, int]]:
    """Ulysses' and Penelope's Ithaca as one process: (process id, SMTP port, POP3 port).

    smtp-source cannot log in, so the configuration says that this provider wants no login.
    """
    smtp, pop3 = measuring.free_port(), measuring.free_port()
    servers = {
        "smtp": {"host": "127.0.0.1", "port": sink_port, "tls": "none"},
        "pop3": provider.servers(pop3="none")["pop3"],
    }
    identities = [
        {
            "address": f"{name}@ithaca.example",
            "provider": "isp",
            "keyring": str(folder / name),
            "passphrase": {"file": str(folder / f"{name}.pass")},
        }
        for name in ("ulysses", "penelope")
    ]
    listen = {"smtp_port": smtp, "pop3_port": pop3}
    document = {
        "providers": {"isp": {**servers, "listen": listen, "sign_without_login": True}},
        "identities": identities,
        # What is not sealed is refused, and ends the run.
        "policy": {"encrypt": "always"},
        "state": str(folder / "state"),
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(document))
    command = [sys.executable, "-m", "ithaca", "run", "--config", str(folder / "config.yaml"), "--log-level", "warning"]
    with running(*command, port=smtp) as process:
        yield process.pid, smtp, pop3


def send(port: int, file: Path, messages: int, *, connections: int = 1) -> None:
    """smtp-source, on connections that are kept."""
    command = ["smtp-source", "-d", "-s", str(connections), "-m", str(messages), "-F", file]
    subprocess.run([*command, "-f", SENDER, "-t", RECIPIENT, f"127.0.0.1:{port}"], check=True, timeout=300)


def fetch(port: int, number: int = 1) -> float:
    """curl fetches one message and throws it away: its own count of the seconds, log-in included."""
    command = [
        "curl",
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{time_total}",
        "-u",
        f"{RECIPIENT}:{world.PASSWORDS[RECIPIENT]}",
    ]
    done = subprocess.run([*command, f"pop3://127.0.0.1:{port}/{number}"], check=True, capture_output=True, timeout=300)
    return float(done.stdout)

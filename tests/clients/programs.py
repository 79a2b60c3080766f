"""Mail programs of the command line, each behind two operations: send a letter, fetch the maildrop.

The law of this file: a program gets the settings that README's table gives to a person (localhost, a port, a user name
and a password) and nothing that helps Ithaca; whatever it wrote to the disk is read back as it lies there.
"""

import poplib
import re
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SECONDS = 60
_FROM_LINE = re.compile(rb"^From \S+ \w{3} \w{3} .* \d{4}\n", re.MULTILINE)
"""RFC 4155 appendix A; Python's mailbox takes every line that begins with "From " for one."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a person types into a mail program."""

    address: str
    """Mail address and user name."""
    password: str
    smtp_port: int
    pop3_port: int
    tls: str = "none"
    """none, starttls or implicit, between program and Ithaca."""
    ca_file: Path | None = None
    host: str = "localhost"

    @property
    def url_login(self) -> str:
        """User name and password as they stand in a URL."""
        return f"{quote(self.address, safe='')}:{quote(self.password, safe='')}"

    def trust(self) -> ssl.SSLContext:
        """For Python's own clients."""
        return ssl.create_default_context(cafile=self.ca_file)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: as parts for programs that write mail, as a message for those that carry it."""

    recipient: str
    subject: str
    text: str
    picture: Path
    message: bytes


def run(command: list[str | Path], home: Path, octets: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a program in a home of its own; a failure shows what it printed."""
    environment = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    done = subprocess.run(
        command, input=octets, capture_output=True, timeout=SECONDS, check=False, cwd=home, env=environment
    )
    assert done.returncode == 0, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done


def _private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


# --- senders -----------------------------------------------------------------------------------------


def send_by_smtplib(account: Account, letter: Letter, home: Path) -> None:
    """Python's own."""
    del home
    if account.tls == "implicit":
        client = smtplib.SMTP_SSL(account.host, account.smtp_port, timeout=SECONDS, context=account.trust())
    else:
        client = smtplib.SMTP(account.host, account.smtp_port, timeout=SECONDS)
    with client:
        if account.tls == "starttls":
            client.starttls(context=account.trust())
        client.login(account.address, account.password)
        client.sendmail(account.address, [letter.recipient], letter.message)


def send_by_swaks(account: Account, letter: Letter, home: Path) -> None:
    """swaks writes nothing of its own with --data."""
    (home / "letter.eml").write_bytes(letter.message)
    tls = {"none": [], "starttls": ["--tls"], "implicit": ["--tls-on-connect"]}[account.tls]
    verify = ["--tls-verify", "--tls-ca-path", account.ca_file] if tls else []
    login = ["--auth", "PLAIN", "--auth-user", account.address, "--auth-password", account.password]
    server = ["--server", account.host, "--port", str(account.smtp_port), "--from", account.address]
    run(["swaks", *server, "--to", letter.recipient, *login, *tls, *verify, "--data", "@letter.eml"], home)


def send_by_msmtp(account: Account, letter: Letter, home: Path) -> None:
    """With the authentication that it chooses by itself."""
    lines = [
        "account default",
        f"host {account.host}",
        f"port {account.smtp_port}",
        f"from {account.address}",
        f"user {account.address}",
        f"password {account.password}",
        "auth plain" if account.tls == "none" else "auth on",
        *_mpop_tls(account),
    ]
    settings = _private(home / "msmtprc", "\n".join(lines) + "\n")
    run(["msmtp", "-C", settings, letter.recipient], home, letter.message)


def _mpop_tls(account: Account) -> list[str]:
    if account.tls == "none":
        return ["tls off"]
    starttls = "on" if account.tls == "starttls" else "off"
    return ["tls on", f"tls_starttls {starttls}", f"tls_trust_file {account.ca_file}"]


def send_by_curl(account: Account, letter: Letter, home: Path) -> None:
    """AUTH PLAIN in two steps, EHLO with a file name."""
    (home / "letter.eml").write_bytes(letter.message)
    url = f"{_curl_scheme('smtp', account)}://{account.host}:{account.smtp_port}"
    envelope = ["--mail-from", account.address, "--mail-rcpt", letter.recipient]
    run(["curl", *_curl_options(account), "--url", url, *envelope, "-T", "letter.eml"], home)


def _curl_scheme(protocol: str, account: Account) -> str:
    return protocol + ("s" if account.tls == "implicit" else "")


def _curl_options(account: Account) -> list[str | Path]:
    tls: list[str | Path] = [] if account.tls == "none" else ["--ssl-reqd", "--cacert", account.ca_file or ""]
    return ["-sS", *tls, "--user", f"{account.address}:{account.password}"]


def send_by_s_nail(account: Account, letter: Letter, home: Path) -> None:
    """s-nail writes the letter itself, from text and attachment."""
    scheme = "smtps" if account.tls == "implicit" else "smtp"
    settings = {
        "ttycharset": "utf-8",
        "sendwait": "",
        "from": account.address,
        "mta": f"{scheme}://{account.url_login}@{account.host}:{account.smtp_port}",
        "smtp-auth": "plain",
        **_s_nail_tls(account, "smtp-use-starttls"),
    }
    options = _s_nail_options(settings)
    command = ["s-nail", *options, "-s", letter.subject, "-a", letter.picture, letter.recipient]
    run(command, home, letter.text.encode())


def _s_nail_tls(account: Account, starttls: str) -> dict[str, str]:
    if account.tls == "none":
        return {}
    trust = {"tls-ca-file": str(account.ca_file), "tls-verify": "strict"}
    return {**trust, starttls: ""} if account.tls == "starttls" else trust


def _s_nail_options(settings: dict[str, str]) -> list[str]:
    given = [f"{name}={value}" if value else name for name, value in settings.items()]
    return ["-:/", "-S", "v15-compat", *(word for setting in given for word in ("-S", setting))]


# --- fetchers ----------------------------------------------------------------------------------------


def fetch_by_poplib(account: Account, home: Path) -> list[bytes]:
    """Python's own."""
    del home
    if account.tls == "implicit":
        client = poplib.POP3_SSL(account.host, account.pop3_port, timeout=SECONDS, context=account.trust())
    else:
        client = poplib.POP3(account.host, account.pop3_port, timeout=SECONDS)
    if account.tls == "starttls":
        client.stls(context=account.trust())
    client.user(account.address)
    client.pass_(account.password)
    count = client.stat()[0]
    assert len(client.uidl()[1]) == count
    messages = [b"\r\n".join(client.retr(number)[1]) + b"\r\n" for number in range(1, count + 1)]
    client.quit()
    return messages


def fetch_by_curl(account: Account, home: Path) -> list[bytes]:
    """One connection a message, as curl has it."""
    url = f"{_curl_scheme('pop3', account)}://{account.host}:{account.pop3_port}/"
    listing = run(["curl", *_curl_options(account), url], home).stdout.split(b"\r\n")
    numbers = [line.split()[0].decode() for line in listing if line.strip()]
    return [run(["curl", *_curl_options(account), url + number], home).stdout for number in numbers]


def fetch_by_mpop(account: Account, home: Path) -> list[bytes]:
    """Pipelined RETR, into a maildir; a second run must find nothing new."""
    maildir = _maildir(home / "mpop")
    lines = [
        "account default",
        f"host {account.host}",
        f"port {account.pop3_port}",
        f"user {account.address}",
        f"password {account.password}",
        "auth user" if account.tls == "none" else "auth on",
        f"delivery maildir {maildir}",
        f"uidls_file {home}/uidls",
        "keep on",
        *_mpop_tls(account),
    ]
    settings = _private(home / "mpoprc", "\n".join(lines) + "\n")
    run(["mpop", "-C", settings], home)
    messages = _in_maildir(maildir)
    run(["mpop", "-C", settings], home)
    assert _in_maildir(maildir) == messages, "mpop fetched a message twice"
    return messages


def fetch_by_fetchmail(account: Account, home: Path) -> list[bytes]:
    """With ``keep`` it asks for ``TOP n 99999999`` in place of RETR."""
    maildir = _maildir(home / "fetchmail")
    tls = {
        "none": "sslproto ''",
        "starttls": f"sslproto 'TLS1.2+' sslcertck sslcertfile '{account.ca_file}'",
        "implicit": f"ssl sslcertck sslcertfile '{account.ca_file}'",
    }[account.tls]
    keep = f"/bin/sh -c 'cat > {maildir}/new/$(date +%s%N)'"
    where = f"poll {account.host} service {account.pop3_port} protocol POP3 uidl auth password"
    text = f'{where} user "{account.address}" password "{account.password}" keep {tls} mda "{keep}"\n'
    settings = _private(home / "fetchmailrc", text)
    command = ["fetchmail", "--nosyslog", "-f", settings, "-i", home / "ids", "--pidfile", home / "pid"]
    run(command, home)
    return _in_maildir(maildir)


def fetch_by_s_nail(account: Account, home: Path) -> list[bytes]:
    """TOP for the headers, RETR for the copy, into an mbox file."""
    scheme = "pop3s" if account.tls == "implicit" else "pop3"
    settings = {"folder": str(home), "pop3-auth": "plain", **_s_nail_tls(account, "pop3-use-starttls")}
    target = home / "copied.mbox"
    url = f"{scheme}://{account.url_login}@{account.host}:{account.pop3_port}"
    run(["s-nail", *_s_nail_options(settings), "-R", "-Y", f"copy * {target}", "-Y", "xit", "-f", url], home)
    return [part for part in _FROM_LINE.split(target.read_bytes()) if part.strip()]


def _maildir(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True)
    return path


def _in_maildir(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted((path / "new").iterdir())]


SENDERS: dict[str, Callable[[Account, Letter, Path], None]] = {
    "smtplib": send_by_smtplib,
    "swaks": send_by_swaks,
    "msmtp": send_by_msmtp,
    "curl": send_by_curl,
    "s-nail": send_by_s_nail,
}
FETCHERS: dict[str, Callable[[Account, Path], list[bytes]]] = {
    "poplib": fetch_by_poplib,
    "curl": fetch_by_curl,
    "mpop": fetch_by_mpop,
    "fetchmail": fetch_by_fetchmail,
    "s-nail": fetch_by_s_nail,
}
INSTALLED = frozenset({"swaks", "msmtp", "curl", "s-nail", "mpop", "fetchmail"})
"""Programs; the others are part of Python."""

"""Dovecot as a provider has it: POP3 and POP3S, and the accounts for itself and for Postfix.

The law of this file: everything lies in one folder; whoever has an account is in one file.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

MECHANISMS = "plain login cram-md5 apop scram-sha-256"

Settings = dict[str, "object | Settings"]


def _settings(home: Path, ports: Mapping[str, int], given: Mapping[str, object]) -> Settings:
    """dovecot.conf, by the pages of Dovecot 2.3; a dictionary is a section."""
    owner = given["uid"]
    sasl_for_postfix = {f"unix_listener {given['sasl']}": {"user": "postfix", "group": "postfix", "mode": "0600"}}
    # An address whose password was wrong would wait longer and longer; here all have one address.
    no_penalty = {"unix_listener anvil-auth-penalty": {"mode": "0"}}
    listeners = {
        "inet_listener pop3": {"port": ports["pop3"]},
        "inet_listener pop3s": {"port": ports["pop3s"], "ssl": "yes"},
    }
    return {
        "protocols": "pop3",
        "listen": "127.0.0.1",
        "base_dir": home / "run",
        "state_dir": home / "run",
        "log_path": home / "log",
        "login_greeting": given["token"],
        "ssl_cert": f"<{given['certificate']}",
        "ssl_key": f"<{given['private_key']}",
        "mail_location": f"maildir:{given['mail']}/%n",
        "first_valid_uid": owner,
        "auth_mechanisms": MECHANISMS,
        "auth_verbose": "yes",
        "auth_failure_delay": "0",
        # The connection without TLS is the test's own choice.
        "disable_plaintext_auth": "no",
        "passdb": {"driver": "passwd-file", "args": f"scheme=PLAIN {home}/users"},
        "userdb": {"driver": "static", "args": f"uid={owner} gid={owner} home={given['mail']}/%n"},
        "service auth": sasl_for_postfix,
        "service anvil": {"chroot": "", **no_penalty},
        "service pop3-login": {"chroot": "", **listeners},
    }


def _lines(settings: Settings, indent: str = "") -> list[str]:
    out = []
    for name, value in settings.items():
        if isinstance(value, dict):
            out += [f"{indent}{name} {{", *_lines(value, indent + "  "), f"{indent}}}"]
        else:
            out.append(f"{indent}{name} = {value}")
    return out


def configure(home: Path, ports: Mapping[str, int], users: Mapping[str, str], **settings: object) -> None:
    """Write what Dovecot needs below `home`. `users`: address → password; `settings`: paths and the like."""
    (home / "run").mkdir(parents=True)
    # A colon separates the fields of the file, so passwords stand there in hexadecimal; CRAM-MD5 and APOP need them clear.
    accounts = (f"{user}:{{PLAIN.HEX}}{password.encode().hex()}\n" for user, password in users.items())
    (home / "users").write_text("".join(accounts))
    (home / "dovecot.conf").write_text("\n".join(_lines(_settings(home, ports, settings))) + "\n")


def start(home: Path) -> subprocess.Popen[bytes]:
    """Start Dovecot's master in a session of its own."""
    with (home / "out").open("wb") as out:
        return subprocess.Popen(
            ["dovecot", "-F", "-c", home / "dovecot.conf"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

"""Postfix as a provider has it: a mail exchanger, submission with STARTTLS, and submission under TLS from the start.

The law of this file: everything lies in one folder, nothing leaves this machine (mail for another domain is thrown
away), and of Postfix's services only those run that a letter passes.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

DAEMONS = Path("/usr/lib/postfix/sbin")
SIZE = 60_000_000
"""Octets of one message: sealed, 25 MB become 34."""

_LOGIN = {"smtpd_sasl_auth_enable": "yes", "smtpd_client_restrictions": "permit_sasl_authenticated,reject"}
_LISTENERS: dict[str, dict[str, str]] = {
    "smtp": {},
    "submission": {**_LOGIN, "smtpd_tls_security_level": "encrypt"},
    "smtps": {**_LOGIN, "smtpd_tls_wrappermode": "yes"},
    "clear": _LOGIN,
}
"""What smtpd(8) does differently on each port."""
_SERVICES = {
    "cleanup": "cleanup",
    "qmgr": "qmgr",
    "rewrite": "trivial-rewrite",
    "tlsmgr": "tlsmgr",
    "proxymap": "proxymap",
    "virtual": "virtual",
    "discard": "discard",
    "error": "error",
    "bounce": "bounce",
    "anvil": "anvil",
}
"""The way of a letter through Postfix: name of the socket → program."""
_PRIVILEGED = frozenset({"virtual"})
"""Writes as the owner of the mail."""
_PROCESSES = {"qmgr": 1, "tlsmgr": 1, "anvil": 1, "cleanup": 0, "bounce": 0}
"""How many of each; 0: as many as are wanted. These five insist."""
_PUBLIC = frozenset({"cleanup", "qmgr"})


def _settings(home: Path, given: Mapping[str, object]) -> dict[str, object]:
    """main.cf, by postconf(5)."""
    domain = given["domain"]
    places = {"queue_directory": home / "queue", "data_directory": home / "data", "maillog_file": home / "log"}
    names = {"myhostname": f"mail.{domain}", "myorigin": domain, "mydestination": "", "mynetworks": ""}
    names |= {"alias_maps": "", "local_recipient_maps": ""}
    mailboxes = {
        "virtual_mailbox_domains": domain,
        "virtual_mailbox_base": given["mail"],
        "virtual_mailbox_maps": f"texthash:{home}/etc/mailboxes",
        "virtual_uid_maps": f"static:{given['uid']}",
        "virtual_gid_maps": f"static:{given['uid']}",
        "default_transport": "discard",
    }
    login = {
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_path": given["sasl"],
        "smtpd_relay_restrictions": "permit_sasl_authenticated, reject_unauth_destination",
    }
    tls = {
        "smtpd_tls_security_level": "may",
        "smtpd_tls_chain_files": f"{given['private_key']}, {given['certificate']}",
    }
    # Three refusals, each at another moment and one of two lines, for tests of what clients are told.
    refusals = {
        "smtpd_recipient_restrictions": f"inline:{{ {{ full@{domain} = 450 4.2.2 This mailbox is full }} "
        f"{{ closed@{domain} = 550 5.2.1 This mailbox is closed }} }}",
        "smtpd_end_of_data_restrictions": f"inline:{{ {{ spammer@{domain} = 552 5.7.0 This is not taken }} }}",
        "smtpd_reject_footer": f"\\n The postmaster of {domain} knows more",
    }
    refusals["smtpd_recipient_restrictions"] = f"check_recipient_access {refusals['smtpd_recipient_restrictions']}"
    refusals["smtpd_end_of_data_restrictions"] = f"check_sender_access {refusals['smtpd_end_of_data_restrictions']}"
    return {
        "compatibility_level": "3.6",
        "maillog_file_prefixes": home,
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "smtpd_banner": f"mail.{domain} ESMTP {given['token']}",
        "message_size_limit": SIZE,
        "virtual_mailbox_limit": 0,
        # The only client is a test: no name to look up, nobody to slow down.
        "smtpd_peername_lookup": "no",
        "smtpd_error_sleep_time": 0,
        "smtpd_client_connection_count_limit": 0,
        **places,
        **names,
        **mailboxes,
        **login,
        **tls,
        **refusals,
    }


def _master(ports: Mapping[str, int]) -> list[str]:
    """master.cf, by master(5): service, type, private, unprivileged, chroot, wake-up, limit, program."""
    lines = []
    for name, options in _LISTENERS.items():
        words = [f"-o {key}={value}" for key, value in options.items()]
        lines.append(" ".join((f"127.0.0.1:{ports[name]} inet n - n - - smtpd", *words)))
    for name, program in _SERVICES.items():
        private = "n" if name in _PUBLIC else "-"
        unprivileged = "n" if name in _PRIVILEGED else "-"
        limit = _PROCESSES.get(name, "-")
        lines.append(f"{name} unix {private} {unprivileged} n - {limit} {program}")
    lines.append("postlog unix-dgram n - n - 1 postlogd")
    return lines


def configure(home: Path, ports: Mapping[str, int], users: Mapping[str, str], **settings: object) -> None:
    """Write what Postfix needs below `home`. `users`: address → password; `settings`: domain, paths and the like."""
    etc = home / "etc"
    etc.mkdir(parents=True)
    (home / "data").mkdir()
    shutil.chown(home / "data", "postfix")
    _make_queue(home / "queue")
    lines = (f"{name} = {value}\n" for name, value in _settings(home, settings).items())
    (etc / "main.cf").write_text("".join(lines))
    (etc / "master.cf").write_text("\n".join(_master(ports)) + "\n")
    (etc / "mailboxes").write_text("".join(f"{address} {address.partition('@')[0]}/\n" for address in users))
    # QUIRK: Postfix waits for two seconds after a configuration file was written.
    long_ago = time.time() - 1000
    for path in etc.iterdir():
        os.utime(path, (long_ago, long_ago))


def _make_queue(queue: Path) -> None:
    """The folders that Postfix otherwise makes when it is installed; modes as postfix-files(5) of Debian has them."""
    queue.mkdir()
    (queue / "pid").mkdir()
    folders = dict.fromkeys(("active", "bounce", "corrupt", "defer", "deferred", "hold", "incoming", "private"), 0o700)
    for name, mode in {**folders, "public": 0o710, "maildrop": 0o730}.items():
        (queue / name).mkdir()
        shutil.chown(queue / name, "postfix", "postdrop" if mode != 0o700 else "root")
        (queue / name).chmod(mode)


def start(home: Path) -> subprocess.Popen[bytes]:
    """Start Postfix's master, in a session of its own: at its end it signals its whole process group."""
    with (home / "out").open("wb") as out:
        return subprocess.Popen(
            [DAEMONS / "master", "-c", home / "etc", "-d"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

"""Postfix as a provider has it: submission with STARTTLS, smtps, and a mail exchanger; SASL is Dovecot's.

The law of this file: everything lies in one folder, and nothing leaves this machine: what is for another domain is
discarded. Debian's own configuration is not read.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

DAEMONS = Path("/usr/lib/postfix/sbin")
SIZE = 64 << 20
"""Octets of one message; sealed, 25 MB become 34."""

_QUEUES = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "saved", "trace", "private"]

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {host}
mydomain = {domain}
myorigin = {domain}
smtpd_banner = $myhostname ESMTP {token}
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = texthash:{home}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_minimum_uid = 100
virtual_mailbox_limit = 0
default_transport = discard
relay_transport = discard
message_size_limit = {size}
smtpd_sasl_auth_enable = no
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sasl}
smtpd_sasl_security_options = noanonymous
smtpd_sasl_tls_security_options = noanonymous
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {private_key}
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{{
   {{ defer@{domain} = 450 4.2.1 The mailbox of defer is busy }}
   {{ reject@{domain} = 550 5.7.1 The mailbox of reject takes nothing }} }}
smtpd_end_of_data_restrictions = check_sender_access inline:{{ {{ late@{domain} = 552 5.3.4 Refused after the dot }} }}
smtpd_reject_footer = \\n For help see the pages of {domain}
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
"""

_SUBMISSION = """
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
"""
_MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_auth_only=yes{login}
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes{login}
127.0.0.1:{clear} inet n - n - - smtpd{login}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def configure(home: Path, ports: Mapping[str, int], users: Mapping[str, str], **settings: object) -> None:
    """Write what Postfix needs below `home`. `users`: address → password; `settings`: the rest of the templates."""
    etc = home / "etc"
    etc.mkdir(parents=True)
    (home / "data").mkdir()
    shutil.chown(home / "data", "postfix")
    _queue(home / "queue")
    main = _MAIN.format(home=home, daemons=DAEMONS, size=SIZE, **settings)
    (etc / "main.cf").write_text(main)
    (etc / "master.cf").write_text(_MASTER.format(login=_SUBMISSION.rstrip(), **ports))
    boxes = (f"{address} {address.partition('@')[0]}/\n" for address in users)
    (etc / "mailboxes").write_text("".join(boxes))
    # QUIRK: Postfix waits until a configuration file is two seconds old before it trusts it.
    past = time.time() - 3600
    for path in etc.iterdir():
        os.utime(path, (past, past))


def _queue(queue: Path) -> None:
    """What ``postfix check`` would make, without the second that it takes."""
    queue.mkdir()
    for name in _QUEUES:
        _folder(queue / name, 0o700, "root")
    _folder(queue / "maildrop", 0o730, "postdrop")
    _folder(queue / "public", 0o710, "postdrop")
    (queue / "pid").mkdir()


def _folder(path: Path, mode: int, group: str) -> None:
    path.mkdir()
    shutil.chown(path, "postfix", group)
    path.chmod(mode)


def start(home: Path) -> subprocess.Popen[bytes]:
    """Start Postfix's master, in a session of its own: at its end it signals its whole process group.

    Where the test itself is killed, the kernel ends it.
    """
    with (home / "out").open("wb") as out:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", DAEMONS / "master", "-c", home / "etc", "-d"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

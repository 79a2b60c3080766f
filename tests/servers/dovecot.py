"""Dovecot as a provider has it: POP3, POP3S, and the accounts for both itself and Postfix.

The law of this file: everything lies in one folder; Debian's own configuration is not read.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

MECHANISMS = "plain login cram-md5 digest-md5 apop scram-sha-1 scram-sha-256"

_CONFIGURATION = """\
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
auth_verbose = yes
auth_failure_delay = 0
listen = 127.0.0.1
protocols = pop3
login_greeting = {token}
default_internal_user = dovecot
default_login_user = dovecot
default_internal_group = dovecot
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_username_format = %Lu
mail_location = maildir:{mail}/%n
mail_uid = {uid}
mail_gid = {uid}
first_valid_uid = 100
first_valid_gid = 100
mail_fsync = never
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{private_key}
ssl_min_protocol = TLSv1.2
pop3_uidl_format = %g
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={mail}/%n
}}
service anvil {{
  chroot =
  # No penalty: a wrong password of one test would delay the logins of the next.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {sasl} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


def configure(home: Path, ports: Mapping[str, int], users: Mapping[str, str], **settings: object) -> None:
    """Write what Dovecot needs below `home`. `users`: address → password; `settings`: the rest of the template."""
    (home / "run").mkdir(parents=True)
    # In hexadecimal, since ":" separates the fields; the clear password is needed for CRAM-MD5 and APOP.
    lines = (f"{user}:{{PLAIN.HEX}}{password.encode().hex()}::::::\n" for user, password in users.items())
    (home / "users").write_text("".join(lines))
    text = _CONFIGURATION.format(home=home, mechanisms=MECHANISMS, **ports, **settings)
    (home / "dovecot.conf").write_text(text)


def start(home: Path) -> subprocess.Popen[bytes]:
    """Start Dovecot's master in a session of its own; where the test itself is killed, the kernel ends it."""
    with (home / "out").open("wb") as out:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "dovecot", "-F", "-c", home / "dovecot.conf"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

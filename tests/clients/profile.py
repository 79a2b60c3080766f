"""A new profile for Thunderbird: one POP3 account with the settings that README tells a person to type.

The law of this file: what concerns mail is as README has it, or as Thunderbird itself comes; the other preferences
keep it from talking to anybody but localhost, and from asking about itself.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from clients.programs import Account

README = Path(__file__).resolve().parents[2] / "README.md"
SECURITY = {"None": 0, "STARTTLS": 2, "SSL/TLS": 3}
"""The words of Thunderbird's settings → nsMsgSocketType."""
AUTHENTICATION = {"Password, transmitted insecurely": 3, "Normal password": 3, "Encrypted password": 4}
"""The words of Thunderbird's settings → nsMsgAuthMethod."""


@dataclass(frozen=True, slots=True)
class Server:
    """One line of README's table, in its own words."""

    host: str
    port: int
    security: str
    authentication: str


def readme() -> dict[str, Server]:
    """`incoming` and `outgoing` as README's column for Thunderbird has them."""
    found = {}
    for line in README.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] in ("incoming", "outgoing"):
            found[cells[0]] = _server(cells[1])
    return found


def _server(cell: str) -> Server:
    pattern = r"server `(\S+)`, port `(\d+)`, connection security \*(.+?)\*, authentication \*(.+?)\*"
    match = re.fullmatch(pattern, cell)
    if match is None:
        raise ValueError(f"README's settings for Thunderbird cannot be read: {cell}")
    host, port, security, authentication = match.groups()
    return Server(host, int(port), security, authentication)


def write(folder: Path, account: Account, name: str) -> None:
    """Write the preferences of a person of this name; of README's settings the ports alone are the account's own."""
    folder.mkdir(mode=0o700)
    preferences = {**_QUIET, **_preferences(account, name, readme())}
    lines = (f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in preferences.items())
    (folder / "prefs.js").write_text("".join(lines))


def _preferences(account: Account, name: str, servers: dict[str, Server]) -> dict[str, str | int | bool]:
    incoming, outgoing = servers["incoming"], servers["outgoing"]
    return {
        "mail.accountmanager.accounts": "account1,account2",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.accountmanager.localfoldersserver": "server2",
        "mail.account.account1.identities": "id1",
        "mail.account.account1.server": "server1",
        "mail.account.account2.server": "server2",
        "mail.identity.id1.fullName": name,
        "mail.identity.id1.useremail": account.address,
        "mail.identity.id1.valid": True,
        "mail.identity.id1.smtpServer": "smtp1",
        "mail.server.server1.type": "pop3",
        "mail.server.server1.name": account.address,
        "mail.server.server1.hostname": incoming.host,
        "mail.server.server1.port": account.pop3_port,
        "mail.server.server1.userName": account.address,
        "mail.server.server1.socketType": SECURITY[incoming.security],
        "mail.server.server1.authMethod": AUTHENTICATION[incoming.authentication],
        "mail.server.server1.directory-rel": f"[ProfD]Mail/{incoming.host}",
        # Mail is fetched when the test says so, and no sooner.
        "mail.server.server1.login_at_startup": False,
        "mail.server.server1.check_new_mail": False,
        "mail.server.server2.type": "none",
        "mail.server.server2.name": "Local Folders",
        "mail.server.server2.hostname": "Local Folders",
        "mail.server.server2.userName": "nobody",
        "mail.server.server2.directory-rel": "[ProfD]Mail/Local Folders",
        "mail.smtpservers": "smtp1",
        "mail.smtp.defaultserver": "smtp1",
        "mail.smtpserver.smtp1.hostname": outgoing.host,
        "mail.smtpserver.smtp1.port": account.smtp_port,
        "mail.smtpserver.smtp1.username": account.address,
        "mail.smtpserver.smtp1.try_ssl": SECURITY[outgoing.security],
        "mail.smtpserver.smtp1.authMethod": AUTHENTICATION[outgoing.authentication],
    }


_QUIET: dict[str, str | int | bool] = {
    # 0: a free port, which Thunderbird writes into the profile.
    "marionette.port": 0,
    # Marionette would turn off what a person has: passwords that are kept, delays before a button works.
    "remote.prefs.recommended": False,
    # Whatever is meant for another machine goes to a port of this one where nobody listens, its name not looked up.
    "network.proxy.type": 1,
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 9,
    "network.proxy.socks5_remote_dns": True,
    # What it shows about itself at its first start: its licence, its privacy notice, its page of news.
    "mail.rights.version": 1,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "mailnews.start_page.enabled": False,
    # The question whether one is ready to send, which Ctrl+Enter asks until it is told not to.
    "mail.warn_on_send_accel_key": False,
}

"""What the embedded ISP knows and keeps: its users, and a maildrop in memory for each of them.

The law of this file: what was delivered is kept octet for octet, and nothing of it is ever shown by a repr.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Maildrop:
    """One person's maildrop (RFC 1939 §4): messages as they are stored, CRLF lines, and their unique-ids."""

    messages: list[bytes] = field(default_factory=list, repr=False)
    unique_ids: list[str] = field(default_factory=list)
    in_use: bool = False

    def deliver(self, octets: bytes) -> None:
        """Store one message under a unique-id of its own (RFC 1939 §7)."""
        self.messages.append(octets)
        self.unique_ids.append(secrets.token_hex(8))

    def remove(self, indices: set[int]) -> None:
        """Take messages out; what stays keeps its order and its unique-id."""
        kept = [i for i in range(len(self.messages)) if i not in indices]
        self.messages[:] = [self.messages[i] for i in kept]
        self.unique_ids[:] = [self.unique_ids[i] for i in kept]


class Accounts:
    """Users by address, which is the login, too. `passwords`: address → password."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = dict(passwords)
        self.maildrops = {address: Maildrop() for address in passwords}

    def password(self, login: str) -> str | None:
        """For a mechanism that computes with it (APOP)."""
        return self._passwords.get(login)

    def admits(self, login: str, password: str) -> bool:
        """Is this the user's password? Any text at all may be asked."""
        known = self._passwords.get(login)
        return known is not None and same(known, password)


def same(one: str, other: str) -> bool:
    """Compare secrets in constant time; compare_digest itself takes no text beyond ASCII."""
    return hmac.compare_digest(*(text.encode("utf-8", "surrogateescape") for text in (one, other)))

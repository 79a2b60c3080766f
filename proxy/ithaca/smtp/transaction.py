"""The state of one mail transaction (RFC 5321 §3.3), without any I/O.

The law of this file: it changes by the ISP's replies alone.
"""

from dataclasses import dataclass, field

from ithaca.smtp.extensions import Argument
from ithaca.smtp.replies import Reply


@dataclass(slots=True)
class Transaction:
    """What the ISP has accepted so far."""

    sender: Argument | None = None
    recipients: list[Argument] = field(default_factory=list)

    def answered(self, verb: bytes, argument: Argument | None, reply: Reply) -> None:
        """The ISP answered a command that belongs to a transaction."""
        if not reply.positive:
            return
        if verb == b"MAIL":
            self.sender, self.recipients = argument, []
        elif verb == b"RCPT" and argument is not None:
            self.recipients.append(argument)
        elif verb in (b"RSET", b"EHLO", b"HELO"):
            self.reset()

    def reset(self) -> None:
        """No transaction."""
        self.sender, self.recipients = None, []

    @property
    def stated_size(self) -> int | None:
        """What the client said with SIZE= (RFC 1870 §5); None: nothing."""
        value = self.sender.value(b"SIZE") if self.sender else None
        return int(value) if value and value.isdigit() and len(value) < 20 else None

"""What an incoming message teaches: values for those who remember (peers, the reply guard); nothing is kept here."""

from dataclasses import dataclass

from ithaca.address import AddrSpec
from ithaca.verdict import Fingerprint


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one message, judged, teaches."""

    message_id: bytes | None = None
    """As shown, with its angle brackets."""
    from_: AddrSpec | None = None
    """The one address of From as shown; None where there is no single one."""
    date: int | None = None
    """Of the Date field as shown, in seconds since 1970."""
    sealed: bool = False
    """Some part of it came encrypted, whether it could be opened or not."""
    digest: bytes | None = None
    """SHA-256 of the SEIPD body (joined from its chunks) whose content is shown; None: nothing was opened."""
    hidden: frozenset[bytes] = frozenset()
    """Lower-case names of fields that came confidential (RFC 9788 §4.3), such as ``subject``."""
    signer: Fingerprint | None = None
    """Whose signature is good and matches From; None: nobody's."""
    addressees: frozenset[AddrSpec] = frozenset()
    """Whom an answer may go to: From, and the addresses of Reply-To, To and Cc that the layers cover."""
    autocrypt: tuple[bytes, ...] = ()
    """The values of the Autocrypt fields as shown, unfolded."""
    gossip: tuple[bytes, ...] = ()
    """The values of the Autocrypt-Gossip fields in the root of the encrypted payload."""
    is_report: bool = False
    """multipart/report: no letter by a person, nothing is learnt of its sender (Autocrypt 1.1)."""

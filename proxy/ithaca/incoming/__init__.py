"""The use case of receiving: a message as it came in; the message to show and its verdict out.

The law of this room: nothing is withheld and nothing is believed too easily. Whatever goes wrong, the result
is the message as it came, marked. Only layers at the root count (RFC 9787 §4.5): an encrypted part anywhere
else stays closed, and no plaintext ever stands beside octets that its layer does not cover.
"""

from ithaca.incoming.keys import Keys
from ithaca.incoming.looking import Look, as_it_came, clean, look
from ithaca.incoming.showing import Shown, show, with_crlf
from ithaca.incoming.walk import take_apart
from ithaca.openpgp.engine import Engine
from ithaca.work import Job

__all__ = ["Keys", "Look", "Shown", "as_it_came", "clean", "look", "open_message", "take_apart", "with_crlf"]


def open_message(octets: bytes, keys: Keys, *, engine: Engine, now: int) -> Job[Shown]:
    """Open and judge one message; `octets` with CRLF line ends, `now` in seconds since 1970. Never raises."""
    envelope = yield from take_apart(octets, keys, engine=engine, now=now)
    return show(octets, envelope, keys)

"""The use case of receiving: a message as it came in; the message to show and its verdict out.

The law of this room: nothing is withheld and nothing is believed too easily. Whatever goes wrong, the result
is the message as it came, marked. Only layers at the root count (RFC 9787 §4.5): an encrypted part anywhere
else stays closed, and no plaintext ever stands beside octets that its layer does not cover.
"""

from ithaca.incoming.keys import Keys
from ithaca.incoming.looking import Look, as_it_came, clean, look
from ithaca.incoming.marks import Marks
from ithaca.incoming.presentation import BARE, Banner, Keep, Presentation
from ithaca.incoming.showing import Shown, show, with_crlf
from ithaca.incoming.walk import take_apart
from ithaca.openpgp.engine import Engine
from ithaca.work import Job

__all__ = [
    "BARE",
    "Banner",
    "Keep",
    "Keys",
    "Look",
    "Marks",
    "Presentation",
    "Shown",
    "as_it_came",
    "clean",
    "look",
    "open_message",
    "take_apart",
    "with_crlf",
]


def open_message(
    octets: bytes, keys: Keys, *, engine: Engine, now: int, presentation: Presentation = BARE
) -> Job[Shown]:
    """Open and judge one message; `octets` with CRLF line ends, `now` in seconds since 1970. Never raises.

    `presentation`: how it is shown; unless said with a verdict field and nothing more.
    """
    envelope = yield from take_apart(octets, keys, engine=engine, now=now)
    return (yield from show(octets, envelope, keys, presentation))

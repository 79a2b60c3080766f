"""SESSIONKEY: number of the cipher, a colon, the key in hexadecimal (the draft's "SESSIONKEY").

The law of this file: who has such a line can read the message; it goes where it was asked for, and into no sentence.
"""

import re

from ithaca.cli.sop import designators
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.openpgp.engine import SessionKey

_FORM = re.compile(rb"([0-9]{1,3}):((?:[0-9A-Fa-f]{2})+)")


def read(designator: str) -> SessionKey:
    """The one that is behind `designator`."""
    found = _FORM.fullmatch(designators.read(designator).strip())
    if found is None:
        sentence = f"{designator} holds no session key: the number of a cipher, a colon, and hexadecimal digits."
        raise Failure(ExitCode.BAD_DATA, sentence)
    return SessionKey(int(found[1]), bytes.fromhex(found[2].decode("ascii")))


def encoded(session: SessionKey) -> bytes:
    """One line."""
    return f"{session.cipher}:{session.key.hex().upper()}\n".encode("ascii")

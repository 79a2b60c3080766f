"""What a case's own project states, held against what ``ithaca explain`` found, point by point.

The law of this file: rules for all cases, none for one. What is not stated is not compared.
"""

import enum
from dataclasses import dataclass

from corpus import mails
from ithaca import incoming


class Point(enum.Enum):
    """What can be stated and compared."""

    OPENED = "opened"
    SIGNATURE = "signature"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one case: the points that are stated, and those among them that came out so."""

    stated: frozenset[Point]
    held: frozenset[Point]

    @property
    def in_all(self):
        """Everything that is stated came out so; never where nothing is stated."""
        return bool(self.stated) and self.stated == self.held


def compare(case, answer):
    """The agreement of one answer with what its case states."""
    found = {point: rule(case.expect, answer) for point, rule in _RULES.items()}
    stated = frozenset(point for point, outcome in found.items() if outcome is not None)
    return Agreement(stated, frozenset(point for point in stated if found[point]))


def wrongly_good(expect, verdict):
    """Is a signature called good where the outcome is stated to be another one?"""
    if verdict["signature"] != "good":
        return False
    if expect.signature_must_not_be_good and verdict["from"] == "match":
        return True
    return expect.signature not in (None, "good")


def _opened(expect, answer):
    if expect.decrypts is None:
        return None
    return (answer.verdict["decryption"] != "none") is expect.decrypts


def _signature(expect, answer):
    if not expect.states_signature:
        return None
    as_stated = expect.signature in (None, answer.verdict["signature"])
    return as_stated and not wrongly_good(expect, answer.verdict)


def _text(expect, answer):
    if not expect.states_text:
        return None
    text = mails.text(answer.shown)
    return (
        expect.subject in (None, answer.verdict["subject"])
        and all(words in text for words in expect.body_contains)
        and _holds_plaintext(expect, answer)
        and _holds_fields(expect, answer)
    )


def _holds_plaintext(expect, answer):
    """Is the stated payload what is shown? Line ends aside, since files have LF."""
    if expect.plaintext_file is None:
        return True
    payload = mails.body(incoming.with_crlf(expect.plaintext_file.read_bytes()))
    return mails.ended(payload) == mails.ended(mails.body(answer.shown))


def _holds_fields(expect, answer):
    shown = mails.read(answer.shown)
    return all(value in str(shown.get(name, "")) for name, value in expect.protected_headers)


_RULES = {Point.OPENED: _opened, Point.SIGNATURE: _signature, Point.TEXT: _text}

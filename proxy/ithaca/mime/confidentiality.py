"""Header confidentiality policies (RFC 9788 §3.2): what stands outside a sealed message in place of each field.

The law of this file: what is not said to stay is at least as hidden as the policy has it, and what the message answered
had hidden is hidden again (§6.1). A field is repeated, reduced or left out; nothing is invented.
"""

import datetime
import email.utils
import enum
import re
from collections.abc import Callable, Iterable

from ithaca.errors import MalformedMessage
from ithaca.mime.header import Field

ADDRESSES = b"addresses"
"""Stands among the names of hidden fields where they hid addresses, too, and not only what stands beside them."""
OBSCURED_SUBJECT = b"Subject: [...]\r\n"
"""hcp_baseline (§3.2.1)."""


class Confidentiality(enum.Enum):
    """How much of a header section is hidden by encrypting."""

    BASELINE = "baseline"
    """hcp_baseline (§3.2.1): Subject, Comments, Keywords, and what repeats the Subject."""
    SHY = "shy"
    """hcp_shy (§3.2.2): the display names in From, To and Cc and the time zone of Date as well."""
    NONE = "none"
    """hcp_no_confidentiality (§3.2.3): nothing."""


_REMOVED = frozenset({b"comments", b"keywords", b"thread-topic", b"thread-index"})
"""§3.2.1, and the fields in which Outlook repeats the Subject and names the conversation."""
_PEOPLE = frozenset({b"from", b"sender", b"reply-to", b"to", b"cc"})
"""A name that was hidden in one of them stands in another one of the reply."""
_RECIPIENTS = frozenset({b"to", b"cc", b"mail-followup-to", b"mail-reply-to"})
"""Where a reply would name those whom the message answered had hidden: the envelope carries it without."""
_NEEDED = frozenset({b"message-id"})
"""Carrying needs it, and nothing of the message answered is in it."""
_THREADS = {b"message-id": {b"in-reply-to", b"references"}, b"in-reply-to": {b"references"}}
"""Hidden in the message answered: where the reply would repeat it."""
_PREFIX = re.compile(r"(?:(?:re|fwd?|aw|wg|sv|antw)\s*:\s*)+", re.IGNORECASE)


def outside(
    fields: Iterable[Field], policy: Confidentiality, hides: frozenset[bytes] = frozenset()
) -> list[tuple[Field, Field | None]]:
    """Each field with what stands outside for it; None: nothing does.

    `hides`: lower-case names of fields that the message answered had hidden, perhaps with `ADDRESSES`.
    """
    protected = list(fields)
    hidden = _widened(hides)
    subjects = {s for f in protected if f.named(b"Subject") for s in _said(f)} - {""}
    hiding_subject = policy is not Confidentiality.NONE or b"subject" in hidden
    out: list[tuple[Field, Field | None]] = []
    for field in protected:
        name = field.name.lower()
        if name == b"subject":
            out.append((field, Field(b"Subject", OBSCURED_SUBJECT) if hiding_subject else field))
        elif (
            (hiding_subject and _repeats(field, subjects))
            or (policy is not Confidentiality.NONE and name in _REMOVED)
            or (ADDRESSES in hidden and name in _RECIPIENTS)
        ):
            out.append((field, None))
        else:
            shy = policy is Confidentiality.SHY and name in (b"from", b"to", b"cc", b"date")
            out.append((field, _reduced(field) if shy or name in hidden else field))
    return out


def _widened(hides: frozenset[bytes]) -> frozenset[bytes]:
    """With the fields of the reply in which the same would be repeated."""
    more = set(hides - _NEEDED)
    if hides & _PEOPLE:
        more |= _PEOPLE
    for name, others in _THREADS.items():
        if name in hides:
            more |= others
    return frozenset(more)


def _said(field: Field) -> set[str]:
    """The text for comparison, with and without its ``Re:``."""
    text = " ".join(field.text.split()).casefold()
    return {text, _PREFIX.sub("", text, count=1)} if ":" in text else {text}


def _repeats(field: Field, subjects: set[str]) -> bool:
    """Does it give the Subject away: by its name, or word for word?"""
    name = field.name.lower()
    if name in _REDUCED or name in _NEEDED:
        return False
    return name in (b"thread-topic", b"thread-index") or b"subject" in name or not subjects.isdisjoint(_said(field))


def _reduced(field: Field) -> Field | None:
    """As little as mail can do with (§3.2.2); None: the field is not needed."""
    reduce = _REDUCED.get(field.name.lower())
    return None if reduce is None else reduce(field)


def _addresses(field: Field) -> Field | None:
    try:
        mailboxes = field.mailboxes
    except MalformedMessage:
        return None
    specs = b",\r\n ".join(mailbox.address.encode() for mailbox in mailboxes)
    return Field(field.name, field.name + b": " + specs + b"\r\n") if specs else None


def _utc(field: Field) -> Field | None:
    try:
        moment = email.utils.parsedate_to_datetime(field.value.decode("ascii", "replace"))
        # RFC 5322 §3.3: -0000 is UTC of which the zone is not told.
        known = moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)
        utc = known.astimezone(datetime.UTC)
    except (ValueError, OverflowError, TypeError):
        return None
    return Field(field.name, field.name + b": " + email.utils.format_datetime(utc).encode("ascii") + b"\r\n")


_REDUCED: dict[bytes, Callable[[Field], Field | None]] = {
    **dict.fromkeys((b"from", b"sender", b"reply-to", b"to", b"cc"), _addresses),
    b"date": _utc,
}

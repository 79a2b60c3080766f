"""Date fields (RFC 5322 §3.3), read as people's programs write them.

The law of this file: what cannot be read is None, and nothing is guessed by the clock or the zone of this machine.
"""

import calendar
import email.utils
import re

_MOST = 200
"""Octets of a date; the longest that is sensible has a comment with the name of a zone."""
_DIGITS = re.compile(r"\d{5,}")


def seconds(value: bytes) -> int | None:
    """Seconds since 1970 of a field body; without a zone it is UTC. None: it is no date. Never raises."""
    text = value.decode("ascii", "replace")
    if len(text) > _MOST or _DIGITS.search(text.replace("+", " ").replace("-", " ")):
        return None
    try:
        found = email.utils.parsedate_tz(text)
        return None if found is None else calendar.timegm(found[:6]) - (found[9] or 0)
    except (IndexError, OverflowError, TypeError, ValueError):
        return None

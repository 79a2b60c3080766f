"""Authentication-Results (RFC 8601): fields that claim to be ours are told from those of others.

The law of this file: whatever some client may read as our authserv-id counts as ours, in every spelling (§2.2:
comments, folding, quoting, a version behind it; §5: an attacker writes what he likes); a field of the provider never.
"""

import re

from ithaca.mime.header import Field, HeaderSection, without_comments

NAME = b"Authentication-Results"
# As in `header`: a client that takes a lone CR, a lone LF or a NUL for a line end sees a field there. Every NUL is
# looked at by itself: the search stays linear.
_HIDDEN = re.compile(rb"(?:^|\0|\r|\n)[ \t]*authentication-results[ \t\0\r\n]*:", re.IGNORECASE)
_LETTERS = re.compile(rb"[^a-z0-9.]+")


def claims(field: Field, authserv_id: bytes) -> bool:
    """Does the field, or one that some client sees in it, claim to be written by `authserv_id`?"""
    if not authserv_id or _HIDDEN.search(field.octets) is None:
        return False
    octets = field.octets.lower()
    return any(authserv_id in _LETTERS.sub(b"", reading) for reading in (octets, without_comments(octets)))


def without_claims(section: HeaderSection, authserv_id: bytes) -> HeaderSection:
    """The section without such fields; every other octet stays."""
    if not any(claims(f, authserv_id) for f in section.fields):
        return section
    return HeaderSection(tuple(f for f in section.fields if not claims(f, authserv_id)))

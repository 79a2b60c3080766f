"""Which protected fields came confidential (RFC 9788 §4.3), and what a reply must hide for that (§6.1).

The law of this file: a reader is told of no more secrecy than there was, whatever the message says of itself; a reply
hides what the writer wanted hidden, whatever became of it on the way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ithaca.address import AddrSpec
from ithaca.mime.confidentiality import ADDRESSES
from ithaca.mime.header import Field, HeaderSection
from ithaca.mime.protected import Protected, Scheme, addresses, compared

_PEOPLE = frozenset({b"from", b"sender", b"reply-to", b"to", b"cc"})


@dataclass(frozen=True, slots=True)
class Secrecy:
    """Of the fields of one sealed message that are shown from inside."""

    unseen: frozenset[bytes] = frozenset()
    """Lower-case names of those that nobody could read on the way."""
    hidden: frozenset[bytes] = frozenset()
    """Lower-case names of those that their writer made confidential, and `ADDRESSES` if that hid an address."""


def secrecy(
    lifted: Sequence[Field], inner: Protected, outer: HeaderSection, own: frozenset[AddrSpec] = frozenset()
) -> Secrecy:
    """What of the fields from inside was secret; `own`: addresses of ours, which a reply names anyhow."""
    outside = frozenset(map(compared, outer.fields))
    # No mail shows nothing outside: without any HP-Outer (Thunderbird 153 writes none) it is told as little as in the
    # older ways.
    meant = inner.outside or outside
    if inner.scheme is Scheme.STANDARD and inner.mode != "cipher":
        # §10.2: encrypted by somebody on the way, after anybody could have read it.
        return Secrecy()
    pairs = [(field, compared(field)) for field in lifted]
    secret = [field for field, this in pairs if this not in meant]
    # §11.3 leaves it to us: what stands outside after all is no secret to anybody.
    seen = {field.name.lower() for field, this in pairs if this in meant or this in outside}
    names = frozenset(field.name.lower() for field in secret)
    hides_some = not _people(secret) <= own | _people(Field(name, name + b": " + value) for name, value in meant)
    return Secrecy(names - seen, names | {ADDRESSES} if hides_some else names)


def _people(fields: Iterable[Field]) -> frozenset[AddrSpec]:
    return frozenset(one for field in fields if field.name.lower() in _PEOPLE for one in addresses([field]))

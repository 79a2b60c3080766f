"""Which messages are held, and how one looks that passes or comes back as it was.

The law of this file: a field that only Ithaca may write never passes, in no spelling.
"""

import enum

from ithaca import report
from ithaca.mime import header, pgpmime
from ithaca.mime.header import HeaderSection
from ithaca.mime.pgpmime import Shape
from ithaca.verdict import Verdict


class Look(enum.Enum):
    """What the first octets of a message show."""

    PASS = "pass"  # noqa: S105 (no password)
    """Nothing of OpenPGP: it streams through, its header section cleaned."""
    HOLD = "hold"
    """Sealed or signed: hold it whole and open it."""
    MORE = "more"
    """Not to be said yet: more octets, please."""


def look(prefix: bytes, complete: bool) -> Look:
    """What to do with a message that begins so; `complete`: no more octets will come."""
    section, separator, _ = header.split_message(prefix)
    if not separator and not complete:
        return Look.MORE
    shape = pgpmime.shape(HeaderSection.parse(section))
    return Look.PASS if shape is Shape.NONE else Look.HOLD


def clean(section: bytes) -> bytes:
    """A header section (with its empty line, if it has one) without fields that only Ithaca may write.

    Every other octet stays as it is.
    """
    fields, separator, start = header.split_message(section)
    # Behind an empty line that not everybody takes for one, a client may still see fields.
    parts = (header.cleaned(HeaderSection.parse(part)).render() for part in (fields, section[start:]))
    return separator.join(parts) if section[start:] else next(parts) + separator


def as_it_came(octets: bytes, finding: str) -> bytes:
    """A held message that will not be shown opened, or its beginning with the whole header section: marked, and
    without fields that only Ithaca may write. `finding` says why (docs/verdict.md)."""
    fields, separator, start = header.split_message(octets)
    mark = report.verdict_field(Verdict(findings=(finding,)))
    return header.under(mark, header.cleaned(HeaderSection.parse(fields))) + (separator or b"\r\n") + octets[start:]

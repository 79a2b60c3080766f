"""Which messages are held, and how one looks that passes or comes back as it was.

The law of this file: a field that only Ithaca may write never passes, in no spelling.
"""

import enum
import re

from ithaca import report, wish
from ithaca.incoming.marks import MOST_SEARCHED, Marks
from ithaca.incoming.presentation import BARE, Banner, Presentation
from ithaca.mime import authentication, banner, header, leaves, pgpmime, unobtrusive
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection
from ithaca.mime.pgpmime import Shape
from ithaca.verdict import Verdict

_SEARCHED_TYPES = ("text", "multipart", "")
"""Media types of a message in whose body OpenPGP may stand; "" where there is no readable one."""
_SIGNS = (b"BEGIN PGP ", b"=42=45=47=49=4E PGP ", *leaves.BASE64_HEADS)
"""The head of an armor, though its dashes may be encoded, or its word; and in base64."""
_CONTROL = re.compile(rb"application/pgp-encrypted", re.IGNORECASE)


class Look(enum.Enum):
    """What the first octets of a message show."""

    PASS = "pass"  # noqa: S105 (no password)
    """Nothing of OpenPGP: it streams through, its header section cleaned."""
    HOLD = "hold"
    """Sealed or signed: hold it whole and open it."""
    MORE = "more"
    """Not to be said yet: more octets, please."""


def look(prefix: bytes, complete: bool, marks: Marks | None = None) -> Look:
    """What to do with a message that begins so; `complete`: no more octets will come.

    The header section decides; of texts and multiparts also the first 64 KiB of the body. `marks`: what else is held,
    so that the person hears of it.
    """
    section, separator, start = header.split_message(prefix)
    if not separator and not complete:
        return Look.MORE
    fields = HeaderSection.parse(section)
    if pgpmime.shape(fields) is not Shape.NONE:
        return Look.HOLD
    root = Entity(prefix, fields, start)
    if root.content_type.type not in _SEARCHED_TYPES:
        return Look.HOLD if leaves.is_named_openpgp(root) else Look.PASS
    if _shows_openpgp(prefix, start):
        return Look.HOLD
    if not complete and len(prefix) - start < MOST_SEARCHED:
        return Look.MORE
    return Look.HOLD if marks is not None and marks.are_in(prefix[: start + MOST_SEARCHED]) else Look.PASS


def _shows_openpgp(prefix: bytes, start: int) -> bool:
    end = start + MOST_SEARCHED
    if any(prefix.find(sign, start, end) >= 0 for sign in _SIGNS):
        return True
    return bool(unobtrusive.begins(prefix)) or _CONTROL.search(prefix, start, end) is not None


def clean(section: bytes, presentation: Presentation = BARE) -> bytes:
    """A header section (with its empty line, if it has one) without wishes and fields that only Ithaca may write.

    Every other octet stays as it is.
    """
    fields, separator, start = header.split_message(section)
    # Behind an empty line that not everybody takes for one, a client may still see fields.
    parts = (cleaned(HeaderSection.parse(part), presentation).render() for part in (fields, section[start:]))
    return separator.join(parts) if section[start:] else next(parts) + separator


def cleaned(section: HeaderSection, presentation: Presentation) -> HeaderSection:
    """The section without forged fields, without wishes, and without forged marks where marks mean something."""
    without = authentication.without_claims(header.cleaned(section), presentation.authserv_id.encode())
    shown = wish.neutralised(without, presentation.wishes)
    return banner.neutralised(shown) if presentation.banner is Banner.SUBJECT else shown


def as_it_came(octets: bytes, finding: str, presentation: Presentation = BARE) -> bytes:
    """A held message that will not be shown opened, or its beginning with the whole header section: marked, and
    without fields that only Ithaca may write. `finding` says why (docs/verdict.md)."""
    fields, separator, start = header.split_message(octets)
    mark = report.verdict_field(Verdict(findings=(finding,)))
    shown = header.self_contained(cleaned(HeaderSection.parse(fields), presentation))
    return b"".join((mark, shown.render(), separator or b"\r\n", octets[start:]))

"""What we add to a message for its reader: our fields, the banner, the sealed original.

The law of this file: of the message itself no octet changes, and all that was changed outside can be undone
(`reversing`): the header section as it came is kept in ``Ithaca-Shown``, which only this installation can write.
"""

import itertools
from dataclasses import dataclass

import pybase64

from ithaca import report
from ithaca.incoming import stamp
from ithaca.incoming.presentation import Banner, Keep, Presentation
from ithaca.incoming.stamp import Stamp
from ithaca.mime import banner as banners
from ithaca.mime import header
from ithaca.mime.header import HeaderSection
from ithaca.verdict import Decryption, Verdict
from ithaca.work import PIECE, Job


@dataclass(frozen=True, slots=True)
class Undressed:
    """What a client is to get, before anything of ours stands on it."""

    section: HeaderSection
    """As it will be shown."""
    body: bytes
    verdict: Verdict
    came: bytes
    """The whole message as it came."""
    separator: bytes = b"\r\n"
    """The empty line between the two, as it came."""
    evidence: str = ""
    """Under this name the message as it came hangs on, whatever else is kept; "": there is no need."""


def dressed(plain: Undressed, presentation: Presentation) -> Job[bytes]:
    """The message as the client gets it."""
    opened = plain.verdict.decryption is not Decryption.NONE
    name = plain.evidence or (banners.ORIGINAL_NAME if opened and presentation.keep is Keep.ATTACH else "")
    text = banner_text(plain.verdict, presentation)
    fields = [report.verdict_field(plain.verdict)]
    if presentation.key:
        # What is opened and not kept cannot be proved again: there is nothing to go back to.
        before = None if opened or name else (yield from stamp.before(plain.came))
        original = (yield from stamp.digest(plain.came)) if name else b""
        identifier = plain.section.first(b"Message-ID")
        mark = Stamp(b"" if identifier is None else identifier.value, fields[0], text, before, original)
        fields.append(mark.field(presentation))
        if opened:
            fields.append(report.authentication_results(plain.verdict, presentation.authserv_id))
    shown = header.self_contained(_marked(plain.section, plain.verdict, presentation))
    if not text and not name:
        return b"".join((*fields, shown.render(), plain.separator, plain.body))
    boundary = _boundary(plain, presentation)
    hanging = banners.Original(name, plain.came) if name else None
    return b"".join((*fields, *banners.wrap(shown, plain.body, text, boundary, hanging)))


def banner_text(verdict: Verdict, presentation: Presentation) -> str:
    """The text of the part in front; "" where none is wanted, or there is nothing to say."""
    if presentation.banner is not Banner.PART:
        return ""
    said = report.banner_lines(verdict, presentation.phrase)
    return "\n".join((banners.MARK, *said, banners.END)) if said else ""


def _marked(section: HeaderSection, verdict: Verdict, presentation: Presentation) -> HeaderSection:
    if presentation.banner is not Banner.SUBJECT:
        return section
    mark = report.subject_mark(verdict)
    return banners.with_subject_mark(section, mark) if mark else banners.neutralised(section)


def _boundary(plain: Undressed, presentation: Presentation) -> bytes:
    """One that stands nowhere in the message."""
    # Without a key anybody could foresee what depends on the beginning alone, and write it further down.
    seed = plain.came[:PIECE] if presentation.key else plain.came
    digests = (presentation.authenticate(b"boundary", b"%d" % count, seed) for count in itertools.count())
    boundaries = (b"=_ithaca_" + pybase64.b64encode(digest[:18], b"..") + b"_=" for digest in digests)
    # With a key nobody can foresee it, and a large letter need not be searched.
    return next(boundary for boundary in boundaries if presentation.key or boundary not in plain.body)

"""What the client gets in place of a held message.

The law of this file: the payload stays untouched; a field from inside is shown only where the verdict covers it.
"""

import io
from dataclasses import dataclass, replace

from ithaca import wish
from ithaca.incoming import senders
from ithaca.incoming.covering import Covering, cover
from ithaca.incoming.dressing import Undressed, dressed
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.judging import judge
from ithaca.incoming.keys import Keys
from ithaca.incoming.lesson import NOTHING, Lesson, lesson_of
from ithaca.incoming.presentation import Presentation
from ithaca.mime import authentication, entity, header
from ithaca.mime.banner import ARMORED_NAME
from ithaca.verdict import Decryption, Verdict
from ithaca.work import PIECE, Job


@dataclass(frozen=True, slots=True)
class Shown:
    """What the client gets in place of a held message. CRLF lines, not dot-stuffed."""

    message: bytes
    verdict: Verdict
    lesson: Lesson = NOTHING
    """What it teaches."""


def show(octets: bytes, envelope: Envelope, keys: Keys, presentation: Presentation) -> Job[Shown]:
    """The message for the client, and the verdict that it carries."""
    inspect(octets, envelope, presentation)
    body = _body(envelope)
    if envelope.opened is not None and body is None:
        envelope.find("unshowable", "the opened text holds a NUL octet, which no mail may hold")
        envelope.close_all()
    covering = _covering(envelope, keys, presentation)
    sender = senders.sender(covering.section)
    verdict = judge(envelope, covering, sender, keys)
    _, separator, start = header.split_message(octets)
    if envelope.opened is None:
        plain = Undressed(covering.section, octets[start:], verdict, octets, separator or b"\r\n")
    else:
        evidence = ARMORED_NAME if envelope.decryption is Decryption.NONE else ""
        plain = Undressed(covering.section, body or b"", verdict, octets, evidence=evidence)
    lesson = lesson_of(envelope, covering, sender, verdict)
    # A large letter stands here as it came, opened, and composed: its plaintext is not held beside them.
    envelope.forget()
    message = yield from dressed(plain, presentation)
    return Shown(message, verdict, lesson)


def _covering(envelope: Envelope, keys: Keys, presentation: Presentation) -> Covering:
    """The header section to show, without what only we may write there, and without wishes of strangers."""
    covering = cover(envelope, keys)
    section = authentication.without_claims(covering.section, presentation.authserv_id.encode())
    return replace(covering, section=wish.neutralised(section, presentation.wishes))


def inspect(octets: bytes, envelope: Envelope, presentation: Presentation) -> None:
    """Look for what only we may write, or nobody but the person may know, in what a sender wrote."""
    root = entity.parse(octets) if envelope.opened is None else envelope.opened
    if presentation.marks.holds_banner(root):
        envelope.find("foreign-banner", "a text in it looks like a banner of Ithaca")
    if presentation.marks.holds_phrase(root, envelope.outer):
        envelope.find("phrase-leaked", "it holds the seal phrase, which nobody but its owner should know")


def _body(envelope: Envelope) -> bytes | None:
    """The opened body with CRLF line ends; None: nothing opened, or no mail may hold it."""
    if envelope.opened is None:
        return None
    body = envelope.opened.body
    if not envelope.opened.header.get_all(b"Content-Type"):
        # Sealed text that is no entity (a commit, a note) has no header section to take off.
        body = envelope.opened.octets
    if b"\0" in body:
        return None
    return with_crlf(body)


def with_crlf(octets: bytes) -> bytes:
    """Every CR, LF or CRLF as CRLF, in a few passes at C speed."""
    if _line_ends(octets) in (None, "\r\n"):
        return octets
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _line_ends(octets: bytes) -> str | tuple[str, ...] | None:
    """Those that stand in it, as `io` names them: a third of the time that counting each kind takes."""
    seen = io.IncrementalNewlineDecoder(None, translate=False)
    view = memoryview(octets)
    for at in range(0, len(octets), PIECE):
        seen.decode(str(view[at : at + PIECE], "latin-1"))
    seen.decode("", final=True)
    return seen.newlines

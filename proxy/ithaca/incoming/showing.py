"""What the client gets in place of a held message.

The law of this file: the payload stays untouched; a field from inside is shown only where the verdict covers it.
"""

from dataclasses import dataclass

from ithaca import report
from ithaca.incoming.envelope import Envelope
from ithaca.incoming.judging import judge, signed_by
from ithaca.incoming.keys import Keys
from ithaca.mime import header, protected
from ithaca.mime.header import HeaderSection
from ithaca.verdict import Decryption, SignatureState, Verdict, overall


@dataclass(frozen=True, slots=True)
class Shown:
    """What the client gets in place of a held message. CRLF lines, not dot-stuffed."""

    message: bytes
    verdict: Verdict


def show(octets: bytes, envelope: Envelope, keys: Keys) -> Shown:
    """The message for the client, and the verdict that it carries."""
    body = _body(envelope)
    if envelope.opened is not None and body is None:
        envelope.find("unshowable", "the opened text holds a NUL octet, which no mail may hold")
        envelope.decryption, envelope.opened = Decryption.NONE, None
        envelope.signatures.clear()
    section = _shown_section(envelope)
    verdict = judge(envelope, section, keys)
    marked = header.under(report.verdict_field(verdict), section)
    if envelope.opened is None:
        _, separator, start = header.split_message(octets)
        return Shown(marked + (separator or b"\r\n") + octets[start:], verdict)
    return Shown(marked + b"\r\n" + (body or b""), verdict)


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
    if octets.count(b"\n") == octets.count(b"\r") == octets.count(b"\r\n"):
        return octets
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _shown_section(envelope: Envelope) -> HeaderSection:
    """The header section to show: protected fields only where the verdict covers them (RFC 9788 §4)."""
    return protected.shown(
        header.cleaned(envelope.outer),
        envelope.payload.header,
        structure=None if envelope.opened is None else envelope.opened.header,
        encrypted=envelope.opened is not None,
        signed=overall(tuple(envelope.signatures)) is SignatureState.GOOD,
        from_is_bound=lambda mailbox: signed_by(envelope, mailbox),
    )

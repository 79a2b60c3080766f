"""Our own form of a message taken away again, from what a mail program has stored.

The law of this file: only what this installation has stamped is undone, and nothing that the stamp says is believed of
the message itself: it is judged anew, as it was. All else is judged as the content that it is.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ithaca.incoming import stamp
from ithaca.incoming.presentation import Presentation
from ithaca.incoming.showing import with_crlf
from ithaca.incoming.stamp import Before, Stamp
from ithaca.mime import banner as banners
from ithaca.mime import entity as entities
from ithaca.mime.entity import Entity

# mboxrd: every line that begins with From, quoted or not, gets one more sign.
_QUOTED_FROM = re.compile(rb"(?<=\r\n)>(>*From )")
_VERDICT = b"Ithaca-Verdict"


@dataclass(frozen=True, slots=True)
class Restored:
    """A stored message, without what we added."""

    octets: bytes
    """CRLF line ends; as it came where `is_whole`."""
    is_ours: bool = False
    """This installation has shown it: there was a stamp of ours."""
    is_whole: bool = True
    """All of what came is there again; False: it was opened, and its sealed original was not kept."""
    said: str = ""
    """The verdict field of then, where it is ours; printable ASCII."""


def restore(stored: bytes, presentation: Presentation) -> Restored:
    """From what a mail program has stored (maildir, mbox with its From line and ``>From``, LF or CRLF)."""
    for candidate in _readings(stored):
        restored = _undone(candidate, presentation)
        if restored is not None:
            return restored
    return Restored(as_sent(stored))


def as_sent(stored: bytes) -> bytes:
    """Without the line of an mbox in front, and with CRLF line ends, as it was on the wire."""
    if stored.startswith(b"From "):
        stored = stored.partition(b"\n")[2]
    return with_crlf(stored)


def _readings(stored: bytes) -> Iterator[bytes]:
    """What the stored octets may have been on the wire: an mbox quotes ``From ``, and ends with a line of its own."""
    octets = as_sent(stored)
    readings = (octets, octets.replace(b"\r\n>From ", b"\r\nFrom "), _QUOTED_FROM.sub(rb"\1", octets))
    for reading in dict.fromkeys(readings):
        yield reading
        yield reading.removesuffix(b"\r\n")
    # Whoever kept every octet kept a bare LF, too.
    yield stored


def _undone(octets: bytes, presentation: Presentation) -> Restored | None:
    """The message before it was shown; None: no stamp of ours, or its content is not what was stamped."""
    message = entities.parse(octets)
    fields = message.header.get_all(stamp.FIELD)
    verdicts = message.header.get_all(_VERDICT)
    read = stamp.read(fields[0].value) if len(fields) == 1 and len(verdicts) == 1 else None
    if read is None:
        return None
    mac, before = read
    identifier = message.header.first(b"Message-ID")
    wrapped = banners.unwrap(message)
    made = Stamp(
        b"" if identifier is None else identifier.value,
        verdicts[0].octets,
        "" if wrapped is None else wrapped.text,
        before,
    )
    said = verdicts[0].text
    if before is None and wrapped is not None and wrapped.original is not None:
        with_original = replace(made, original=hashlib.sha256(wrapped.original).digest())
        if with_original.is_ours(mac, presentation):
            return Restored(wrapped.original, True, True, said)
    if not made.is_ours(mac, presentation):
        return None
    # Without a banner of ours nothing is ours but the fields: parts that look like it are the sender's.
    wrapped = wrapped if made.text else None
    if before is None:
        return Restored(_content(message, wrapped), True, False, said)
    body = message.body if wrapped is None else wrapped.content.body
    if hashlib.sha256(body).digest() != before.digest:
        return None
    return Restored(_joined(before, body), True, True, said)


def _joined(before: Before, body: bytes) -> bytes:
    return before.section + before.separator + body


def _content(message: Entity, wrapped: banners.Wrapped | None) -> bytes:
    """What was opened, without the banner: the outer fields, and the Content-* fields of the part."""
    if wrapped is None:
        return message.octets
    outside = message.header.without(lambda name: name.lower().startswith(b"content-"))
    inside = (f for f in wrapped.content.header.fields)
    return outside.with_last(inside).render() + b"\r\n" + wrapped.content.body

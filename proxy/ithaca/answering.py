"""Does an outgoing message answer, send on or redirect one that came encrypted?

The law of this file: whatever shows it counts (identifiers of every kind, attached messages, our own words in a
quotation), and nothing unsays it. Work is bounded however much a stranger put into the message that is answered.
"""

import binascii
import html
import itertools
import quopri
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Protocol

import pybase64

from ithaca.address import AddrSpec
from ithaca.facts import Answered, Trace
from ithaca.letters import Found
from ithaca.mime import entity
from ithaca.mime.entity import Entity
from ithaca.mime.header import HeaderSection

MOST_IDS = 200
"""Identifiers of one kind that are looked up: the first, and the last ones. Threads that people write are shorter."""
MOST_LEAVES = 100
MOST_DEPTH = 8

_FIELDS = {
    b"message-id": Trace.OWN_ID,
    b"in-reply-to": Trace.IN_REPLY_TO,
    b"references": Trace.REFERENCES,
    b"resent-message-id": Trace.RESENT,
    b"x-forwarded-message-id": Trace.FORWARDED,
    b"original-message-id": Trace.FORWARDED,
}
_BRACKETED = re.compile(rb"<([^<>]*)>")
_WORDS = re.compile(rb"[\s<>,;]+")
_ATTACHED_ID = re.compile(rb"^(?:Original-)?Message-ID[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)


class Memory(Protocol):
    """What came sealed."""

    def find(self, ids: Sequence[bytes], asked: Collection[AddrSpec]) -> Sequence[Found]:
        """See `Letters.find`."""


def answered(
    message: Entity,
    memory: Memory,
    *,
    recipients: Collection[AddrSpec],
    own: Collection[AddrSpec],
    quotes_banner: Callable[[str], bool],
) -> Answered | None:
    """What the message has to do with one that came sealed; None: nothing. Raises `StateError`.

    `message`: perhaps its first octets alone; `recipients`: of the envelope; `own`: ours, whom nobody need name.
    """
    texts = tuple(readable(message))
    ids = _of_fields(message.header)
    ids[Trace.ATTACHED] = _capped([i for text in texts for m in _ATTACHED_ID.finditer(text) for i in _ids(m.group(1))])
    asked = tuple(dict.fromkeys(i for some in ids.values() for i in some))
    found = memory.find(asked, recipients) if asked else ()
    known = {f.message_id for f in found}
    traces = {trace for trace, some in ids.items() if not known.isdisjoint(some)}
    if any(quotes_banner(text.decode("utf-8", "replace")) for text in texts):
        traces.add(Trace.QUOTED)
    if not traces:
        return None
    directly = _direct(ids, traces)
    answers = [f for f in found if f.message_id in directly]
    first = next(iter(answers or found), None)
    return Answered(
        frozenset(traces),
        from_=first.from_ if first else "",
        date=first.date if first else None,
        doubtful=any(f.doubtful for f in answers),
        strangers=_strangers(answers, frozenset(recipients), frozenset(own)),
        hides=frozenset(name for f in found for name in f.hidden),
    )


def _direct(ids: Mapping[Trace, Sequence[bytes]], traces: Collection[Trace]) -> frozenset[bytes]:
    """What is answered, by a reply: who sends a letter on chooses himself who gets it."""
    if Trace.FORWARDED in traces or Trace.OWN_ID in traces:
        return frozenset()
    replied = ids[Trace.IN_REPLY_TO] or ids[Trace.REFERENCES][-1:]
    return frozenset(replied)


def _strangers(
    answers: Sequence[Found], recipients: frozenset[AddrSpec], own: frozenset[AddrSpec]
) -> frozenset[AddrSpec]:
    """Recipients whom no one of the letters answered names; of several with one Message-ID one must name all."""
    if not answers:
        return frozenset()
    lacking = [recipients - own - f.named for f in answers]
    return min(lacking, key=lambda some: (len(some), sorted(some)))


# --- identifiers -------------------------------------------------------------------------------------


def _of_fields(section: HeaderSection) -> dict[Trace, Sequence[bytes]]:
    found: dict[Trace, list[bytes]] = {trace: [] for trace in _FIELDS.values()}
    for field in section.fields:
        trace = _FIELDS.get(field.name.lower())
        if trace is not None:
            found[trace] += _ids(field.value)
    return {trace: _capped(ids) for trace, ids in found.items()}


def _ids(value: bytes) -> Iterator[bytes]:
    """Message-IDs in a field body, in order, without brackets; what stands there without any, word by word."""
    for inner in _BRACKETED.findall(value):
        yield b"".join(inner.split())
    yield from (word for word in _WORDS.split(_BRACKETED.sub(b" ", value)) if b"@" in word)


def _capped(ids: Sequence[bytes]) -> tuple[bytes, ...]:
    # The last mention counts: it is the last of References that is answered.
    found = tuple(dict.fromkeys(i for i in reversed(ids) if i))[::-1]
    return found if len(found) <= MOST_IDS else (found[0], *found[1 - MOST_IDS :])


# --- text --------------------------------------------------------------------------------------------


def readable(root: Entity, depth: int = 0) -> Iterator[bytes]:
    """The leaves of a message that may have been cut off, their transfer encodings taken off as far as they go."""
    for leaf in itertools.islice(_leaves(root, depth), MOST_LEAVES):
        yield _decoded(leaf)


def _leaves(part: Entity, depth: int) -> Iterator[Entity]:
    kind = part.content_type
    boundary = kind.params.get("boundary", "")
    if depth >= MOST_DEPTH:
        yield part
    elif kind.type == "multipart" and boundary:
        delimiter = b"--" + boundary.encode("utf-8", "replace")
        lines = list(entity.boundary_lines(part.whole, delimiter, part.body_start, part.stop))
        stops = [begin for begin, _, _ in lines[1:]] + [part.stop]
        if not lines:
            yield part
        for (_, start, _), stop in zip(lines, stops, strict=False):
            yield from _leaves(entity.parse(part.whole, start, stop), depth + 1)
    elif kind.media_type == "message/rfc822" and part.transfer_encoding not in ("base64", "quoted-printable"):
        yield part
        yield from _leaves(entity.parse(part.whole, part.body_start, part.stop), depth + 1)
    else:
        yield part


def _decoded(leaf: Entity) -> bytes:
    body = leaf.body
    if leaf.transfer_encoding == "quoted-printable":
        return quopri.decodestring(body)
    if leaf.transfer_encoding == "base64":
        joined = body.translate(None, b" \t\r\n")
        try:
            return pybase64.b64decode(joined[: len(joined) // 4 * 4])
        except (binascii.Error, ValueError):
            return body
    return body


_TAG = re.compile(r"<[^<>]*>")
_NO_LETTER = re.compile(r"[\W_]+")


def quotation_of(sentence: str) -> Callable[[str], bool]:
    """A predicate: does a text quote the sentence, however it was wrapped, indented, marked or written in HTML?"""
    wanted = _letters(sentence)
    # No program breaks a word when it quotes: where the longest one is missing, nothing need be looked at closely.
    word = max(re.findall("[a-z]+", sentence.lower()), key=len)

    def quotes(text: str) -> bool:
        if word not in text.lower():
            return False
        return wanted in _letters(text) or ("<" in text and wanted in _letters(_TAG.sub("", html.unescape(text))))

    return quotes


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text).lower()

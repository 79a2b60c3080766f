"""What incoming mail teaches: which letters came sealed, who signed how often, and what Autocrypt fields say.

The law of this file: learning never delays a letter and never fails one. Only what was proved is counted; a letter of
which nobody can say who wrote it is remembered as doubtful, so that no answer to it opens what somebody captured.
"""

import email.utils
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ithaca.address import AddrSpec
from ithaca.errors import MalformedMessage, OpenPGPError
from ithaca.incoming.lesson import Lesson, is_automatic
from ithaca.keyring.autocrypt import effective
from ithaca.keyring.peers import Peers
from ithaca.letters import Letters, SealedLetter
from ithaca.mime import autocrypt, header, pgpmime
from ithaca.mime.autocrypt import AutocryptField
from ithaca.mime.header import HeaderSection
from ithaca.mime.pgpmime import Shape
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import Engine
from ithaca.state import StateError
from ithaca.verdict import Binding, Decryption, Fingerprint, From, SignatureState, Verdict

MOST_GOSSIP = 100
"""Keys of others that one letter may name."""


@dataclass(frozen=True, slots=True)
class Pupils:
    """Who remembers, for one login."""

    letters: Letters
    peers: Sequence[Peers]
    """Of the keyrings of the login's identities, each once."""
    own: frozenset[AddrSpec]
    """Addresses of the login: of ourselves nothing is learnt."""
    engine: Engine


def learn(lesson: Lesson, verdict: Verdict, pupils: Pupils, now: int) -> None:
    """A letter was opened and judged at `now` (seconds since 1970). Never raises."""
    if lesson.sealed and lesson.message_id:
        letter = SealedLetter(
            lesson.message_id,
            lesson.from_,
            lesson.date,
            is_doubtful(lesson, verdict, pupils.peers),
            lesson.addressees,
            lesson.hidden,
            lesson.digest,
        )
        pupils.letters.came_sealed(letter, now)
    if lesson.digest is not None:
        pupils.letters.opened(lesson.digest, lesson.from_, lesson.message_id, now)
    proved = lesson.signer is not None and verdict.binding is not Binding.CONFLICT
    if proved and lesson.signer and lesson.from_ and lesson.message_id:
        for peers in pupils.peers:
            peers.signed(lesson.from_, lesson.signer, lesson.message_id, now)
    _autocrypt(lesson, pupils, now)


def learn_passing(section: bytes, pupils: Pupils, now: int) -> None:
    """A letter passed unopened; `section`: its header section. Never raises."""
    parsed = HeaderSection.parse(header.split_message(section)[0])
    learn(_lesson_of(parsed), Verdict(), pupils, now)


def is_doubtful(lesson: Lesson, verdict: Verdict, peers: Iterable[Peers]) -> bool:
    """Could somebody else have written what was opened: captured, and sent on under this From?"""
    if lesson.signer is not None or verdict.decryption is Decryption.NONE:
        return False
    if verdict.from_ is From.MISMATCH:
        return True
    # Who sealed a letter together with its From gets the answer himself.
    if lesson.from_inside:
        return False
    if verdict.signature is not SignatureState.NONE or lesson.from_ is None:
        return True
    try:
        known = [p.peer(lesson.from_) for p in peers]
    except StateError:
        return True
    return not any(p.verified or p.vouched or p.seen for p in known)


# --- Autocrypt ---------------------------------------------------------------------------------------


def _autocrypt(lesson: Lesson, pupils: Pupils, now: int) -> None:
    if lesson.is_automatic or lesson.from_ is None or lesson.from_ in pupils.own:
        return
    date = effective(lesson.date, now)
    sole = _sole(lesson.autocrypt, lesson.from_)

    def parse(keydata: bytes) -> Fingerprint | None:
        try:
            return Certificate.parse(keydata, pupils.engine).fingerprint
        except OpenPGPError:
            return None

    for peers in pupils.peers:
        keydata = sole.keydata if sole else None
        peers.message(lesson.from_, date, keydata, sole is not None and sole.mutual, parse=parse, now=now)
        for field in _gossip(lesson, pupils.own):
            peers.gossip(field.addr, date, field.keydata, parse=parse, now=now)


def _sole(values: Sequence[bytes], sender: AddrSpec) -> AutocryptField | None:
    """The one valid field; of several none counts."""
    parsed = (autocrypt.parse(value) for value in values)
    valid = [f for f in parsed if f is not None and f.addr == sender]
    return valid[0] if len(valid) == 1 else None


def _gossip(lesson: Lesson, own: frozenset[AddrSpec]) -> list[AutocryptField]:
    """Keys of those who got the letter too; of an address with several fields none counts."""
    found: dict[AddrSpec, list[AutocryptField]] = {}
    for value in lesson.gossip[:MOST_GOSSIP]:
        field = autocrypt.parse_gossip(value)
        if field is not None and field.addr in lesson.addressees - own - {lesson.from_}:
            found.setdefault(field.addr, []).append(field)
    return [fields[0] for fields in found.values() if len(fields) == 1]


def _lesson_of(section: HeaderSection) -> Lesson:
    """What the header section of a letter says that is not opened: it may be sealed, and too large to be."""
    try:
        senders = [m.address for f in section.get_all(b"From") for m in f.mailboxes]
    except MalformedMessage:
        senders = []
    dates = section.get_all(b"Date")
    sender = senders[0] if len(senders) == 1 else None
    ids = section.get_all(b"Message-ID")
    return Lesson(
        message_id=ids[0].value if ids else None,
        from_=sender,
        sealed=pgpmime.shape(section) is Shape.ENCRYPTED,
        addressees=frozenset() if sender is None else frozenset({sender}),
        date=_seconds(dates[0].value) if len(dates) == 1 else None,
        autocrypt=tuple(f.value for f in section.get_all(b"Autocrypt")),
        is_automatic=is_automatic(section),
    )


def _seconds(value: bytes) -> int | None:
    """A date field in seconds since 1970; None: it cannot be read."""
    try:
        parsed = email.utils.parsedate_tz(value.decode("ascii", "replace"))
        return None if parsed is None else email.utils.mktime_tz(parsed)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None

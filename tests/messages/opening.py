"""Bob's Ithaca opens one message of the corpus, and what it says is compared with what was expected.

The law of this file: the way of a fetched message, whole: `look` first, and what passes is only cleaned.
"""

import datetime
import re
from dataclasses import dataclass
from functools import cache

import people
import shown
from ithaca import incoming, report
from ithaca.address import AddrSpec
from ithaca.incoming.keys import Origin
from ithaca.keyring import loose
from ithaca.mime import header
from ithaca.openpgp.certificate import Certificate
from ithaca.verdict import Binding, Tie, Verdict
from ithaca.work import run
from messages import corpus
from messages.holders import NOW

USUAL = ("alice", "bob", "eve", "carol")
"""Whose certificates Bob has, unless a case says otherwise."""
_SINCE = datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class Opened:
    """What the client gets, and the verdict on it."""

    message: bytes
    verdict: Verdict
    passed: bool
    """It streams through: no verdict was asked for."""


@cache
def certificate(name: str) -> Certificate:
    """One of ``keys/``, parsed."""
    return Certificate.parse(corpus.certificate(name), people.ENGINE)


def keys(given: dict) -> incoming.Keys:
    """What Bob's login may use."""
    known = [certificate(name) for name in given.get("known", USUAL)]
    ties = {certificate(name).fingerprint: Binding(how) for name, how in given.get("tied", {}).items()}
    held = loose.Loose(known)
    alice = certificate("alice").fingerprint

    def tie(mailbox, signer, _message_id):
        if signer in ties:
            return Tie(ties[signer], _SINCE, 12)
        if signer == alice and mailbox == people.ALICE:
            return Tie(Binding.SEEN, _SINCE, 12)
        return Tie(Binding.NEW)

    opened = given.get("first_opened", {})

    def first_opened(digest):
        if digest.hex() != opened.get("digest"):
            return None
        return Origin(AddrSpec(opened["from"]), opened["message_id"].encode())

    bob = people.SECRETS[people.BOB]
    return incoming.Keys(
        secrets=tuple(bob.decrypting()),
        own=frozenset({bob.fingerprint}),
        lookup=held.lookup,
        tie=tie,
        addresses=frozenset({people.BOB}),
        people=lambda name: frozenset({people.ALICE}) if _bare(name) == "alice" else frozenset(),
        first_opened=first_opened,
    )


def _bare(name: str) -> str:
    """A display name by its letters alone."""
    return "".join(filter(str.isalnum, name)).lower()


def fetched(octets: bytes, given: dict) -> Opened:
    """As POP3 gives it to Bob's client."""
    if incoming.look(octets, True) is incoming.Look.PASS:
        return Opened(cleaned(octets), Verdict(), passed=True)
    return at_the_edge(octets, judged(octets, given))


def at_the_edge(octets: bytes, opened: Opened) -> Opened:
    """What the POP3 edge gives of it: what no multi-line reply may hold comes as it was."""
    ends = [opened.message.count(end) for end in (b"\r", b"\n", b"\r\n")]
    if b"\0" in opened.message or len(set(ends)) > 1:
        return Opened(incoming.as_it_came(octets, "unshowable"), Verdict(findings=("unshowable",)), passed=False)
    return opened


def judged(octets: bytes, given: dict) -> Opened:
    """As ``ithaca explain`` judges it, whatever a first look says."""
    done = run(incoming.open_message(octets, keys(given), engine=people.ENGINE, now=NOW))
    return Opened(done.message, done.verdict, passed=False)


def cleaned(octets: bytes) -> bytes:
    """What passes, without what only Ithaca may write."""
    fields, empty, start = header.split_message(octets)
    return incoming.clean(fields + empty) + octets[start:]


def differences(wanted: dict, opened: Opened, octets: bytes) -> list[str]:
    """Every fact that is another than expected."""
    found = [*_facts(wanted, opened.verdict), *_findings(wanted, opened), *_octets(wanted, opened.message)]
    if wanted.get("body_untouched") and not opened.message.endswith(octets.partition(b"\r\n\r\n")[2]):
        found.append("the body is another than the one that came")
    if wanted.get("untouched") and not _untouched(opened.message, octets):
        found.append("the octets are others than those that came")
    lines = report.lines(opened.verdict)
    found += [f"a line of the report that cannot be shown: {line!r}" for line in lines if not line.isprintable()]
    return found


def _facts(wanted, verdict):
    said = {
        "decryption": verdict.decryption.value,
        "signature": verdict.signature.value,
        "from": verdict.from_.value,
        "binding": verdict.binding.value,
        "subject": verdict.subject,
        "from_addresses": list(verdict.from_addresses),
        "layers": [layer.value for layer in verdict.layers],
    }
    for fact, value in said.items():
        if fact in wanted and wanted[fact] is not None:
            expected = wanted[fact]
            one_of = isinstance(expected, list) and not isinstance(value, list)
            if (value not in expected) if one_of else (value != expected):
                yield f"{fact} is {value!r}, not {expected!r}"


def _findings(wanted, opened):
    findings = opened.verdict.findings
    for name in wanted.get("findings", ()):
        if name not in findings:
            yield f"finding {name} is missing among {findings}"
    if wanted.get("some_finding") and not findings:
        yield "nothing odd was found"
    if wanted.get("no_findings") and findings:
        yield f"found {findings}, where nothing is odd"


def _octets(wanted, message):
    head = message.partition(b"\r\n\r\n")[0]
    for text in wanted.get("shows", ()):
        if text.encode() not in message:
            yield f"{text!r} is not shown"
    for text in wanted.get("hides", ()):
        if text.encode() in message:
            yield f"{text!r} is shown"
    for text in wanted.get("head_hides", ()):
        if text.encode() in head:
            yield f"{text!r} stands in the header section"
    for text in wanted.get("head_shows", ()):
        if text.encode() not in head:
            yield f"{text!r} does not stand in the header section"


_OUR_FIELD = re.compile(rb"(?:Ithaca-[A-Z][a-z]*:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)*")


def _untouched(message, octets):
    """Our own fields stand in front; nothing else is added, and nothing but forged fields is missing."""
    kept = cleaned(octets)
    return message.endswith(kept) and _OUR_FIELD.fullmatch(message.removesuffix(kept)) is not None


def phrase_stands(octets: bytes, given: dict) -> bool:
    """Does the seal phrase stand in what Bob's client gets, where a banner stands in front?"""
    presented = incoming.open_message(octets, keys(given), engine=people.ENGINE, now=NOW, presentation=shown.PART)
    return shown.PHRASE.encode() in run(presented).message

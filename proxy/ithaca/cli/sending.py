"""``ithaca explain --send``: what would become of a message, and why; nothing is sent, and nothing is remembered."""

import json
import os
import time
from dataclasses import dataclass

import click

from ithaca import gathering, report, service
from ithaca.access import Access
from ithaca.cli import holdings
from ithaca.errors import KeyringError, MalformedMessage
from ithaca.gathering import Envelope, Examined
from ithaca.keyring.secret import FromTerminal
from ithaca.mime import header
from ithaca.mime.header import HeaderSection
from ithaca.openpgp.pgpy_engine import PgpyEngine
from ithaca.policy import Action
from ithaca.sealing import Group, Message, Sending, Style, Surroundings
from ithaca.smtp.data import BODY
from ithaca.verdict import Fingerprint


def explain(octets: bytes, to: tuple[str, ...], login: str | None, given: holdings.Given, *, as_json: bool) -> None:
    """Print the decision on a message (CRLF lines) with every fact that led to it.

    `to`: the recipients of the envelope, else those of To, Cc and Bcc; `login`: who sends it, else whoever owns From;
    `as_json`: one object for programs.
    """
    settings = given.settings()
    engine = PgpyEngine()
    access = service.access_of(settings, engine)
    section, _, start = header.split_message(octets)
    parsed = HeaderSection.parse(section)
    envelope = _envelope(parsed, to, login, access)
    for identity in access.owned(envelope.provider, envelope.login):
        if isinstance(identity.source, FromTerminal):
            identity.source.ask()
    now, names = int(time.time()), service.names_of(settings)
    prefix, complete = octets[: start + BODY], len(octets) - start < BODY
    style = service.style_of(settings.sealing)
    seen = gathering.examine(
        envelope,
        prefix,
        complete,
        access,
        now,
        memory=access.letters,
        names=names,
        own_mutual=style.prefer_encrypt,
    )
    copies, inexact = _copies(seen, Surroundings(engine, now, os.urandom), style)
    if as_json:
        record = report.decision_record(seen.facts, seen.decision, names)
        click.echo(json.dumps(record | {"not_sent": inexact, "copies": list(map(_copy_record, copies))}, indent=2))
    else:
        lines = report.why(seen.facts.sender, seen.facts.recipients, seen.decision, names)
        lines += [f"not sent     {inexact}"] if inexact else []
        click.echo("\n".join((*lines, *map(_copy_line, copies))))
    access.close()


def _envelope(section: HeaderSection, to: tuple[str, ...], login: str | None, access: Access) -> Envelope:
    senders = _addresses(section, b"From")
    owner = next((i for i in access.identities if i.address in senders), None)
    recipients = to or _addresses(section, b"To", b"Cc", b"Bcc")
    if not recipients:
        raise KeyringError("The message names no recipient: say whom with --to ADDRESS.")
    who = next((i for i in access.identities if login is not None and i.login == login.encode()), owner)
    provider = who.provider if who is not None else access.identities[0].provider if access.identities else "-"
    known = login.encode() if login is not None else None if owner is None else owner.login
    reverse_path = senders[0].encode() if senders else b"-"
    return Envelope(provider, known, reverse_path, tuple(r.encode() for r in recipients))


def _addresses(section: HeaderSection, *names: bytes) -> tuple[str, ...]:
    """The addresses of some fields; one that cannot be read names nobody."""
    found: list[str] = []
    for field in (f for name in names for f in section.get_all(name)):
        try:
            found += gathering.addresses_of(field)
        except MalformedMessage:
            continue
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Copy:
    """One copy of what is sealed: for whom, and to which certificates."""

    whom: tuple[str, ...]
    blind: bool
    encrypted_to: tuple[Fingerprint, ...]


def _copies(seen: Examined, around: Surroundings, style: Style) -> tuple[list[_Copy], str | None]:
    """What each group of recipients gets; or why nobody gets anything, though it was decided to send."""
    if seen.decision.action in (Action.REFUSE, Action.DEFER):
        return [], None
    message = Message(seen.section, seen.body_start)
    try:
        plan = Sending(seen.decision, message, seen.recipients, seen.own, around, style=style)
    except MalformedMessage as error:
        return [], report.inexact(seen.decision, str(error))
    if seen.decision.action not in (Action.SEAL, Action.SIGN_AND_SEAL):
        return [], None
    return [_copy(seen, group) for group in plan.groups], None


def _copy(seen: Examined, group: Group) -> _Copy:
    people = [seen.recipients[i] for i in group.recipients]
    keys = {p.certificate.fingerprint for p in people if p.certificate is not None}
    keys |= {seen.own.certificate.fingerprint} if seen.own is not None else set()
    return _Copy(tuple(report.plain(p.fact.shown) for p in people), group.blind, tuple(sorted(keys)))


def _copy_line(copy: _Copy) -> str:
    kind = "a copy of their own" if copy.blind else "one copy"
    return f"copy         {kind} for {report.listed(copy.whom)}, encrypted to {report.listed(copy.encrypted_to)}"


def _copy_record(copy: _Copy) -> dict[str, object]:
    return {"recipients": list(copy.whom), "blind": copy.blind, "encrypted_to": list(copy.encrypted_to)}

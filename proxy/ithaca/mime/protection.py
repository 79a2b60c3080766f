"""Header protection (RFC 9788): what goes inside and outside when sealing, what is shown when opening.

The law of this file: outside a sealed message stands what carrying it needs, and no Subject. A field from inside is
shown only where a layer covers it; what only carries or only marks mail is never lifted from inside.
"""

import re
from collections.abc import Callable

from ithaca.address import AddrSpec, parse_mailboxes
from ithaca.errors import MalformedMessage
from ithaca.mime.header import ContentType, Field, HeaderSection

OBSCURED_SUBJECT = b"Subject: [...]\r\n"
"""hcp_baseline (RFC 9788 §3.2.1)."""
REMOVED_OUTSIDE = frozenset({b"comments", b"keywords", b"thread-topic"})
"""hcp_baseline, and a field in which some clients repeat the Subject."""
_TRACE = frozenset(
    {
        b"received",
        b"return-path",
        b"delivered-to",
        b"dkim-signature",
        b"domainkey-signature",
        b"authentication-results",
    }
)
_TRACE_PREFIXES = (b"resent-", b"arc-", b"x-mozilla-", b"ithaca-")
_LINE_END = re.compile(rb"\r?\n")
USER_FACING = frozenset(
    {
        b"from",
        b"to",
        b"cc",
        b"date",
        b"subject",
        b"reply-to",
        b"followup-to",
        b"mail-followup-to",
        b"mail-reply-to",
    }
    | {b"sender", b"comments", b"keywords"}
)
"""RFC 9787 §1.1.2, and reply fields that clients act upon."""


def is_structural(name: bytes) -> bool:
    """RFC 9787 §1.1.1."""
    lower = name.lower()
    return lower == b"mime-version" or lower.startswith(b"content-")


def _carries(name: bytes) -> bool:
    """Fields that carry or mark mail on its way: outside only, and never lifted."""
    lower = name.lower()
    return lower in _TRACE or lower.startswith(_TRACE_PREFIXES)


# --- sealing -----------------------------------------------------------------------------------------


def protect(section: HeaderSection, *, encrypted: bool) -> tuple[HeaderSection, HeaderSection]:
    """(header section of the payload root, outer header section) of a message to be sealed (RFC 9788 §5.2.1).

    The outer one has no Content-* field: the frame brings its own. Bcc must be gone already. Raises
    `MalformedMessage` where the message says twice what it is.
    """
    if len(section.get_all(b"Content-Type")) > 1:
        raise MalformedMessage("it has two Content-Type fields.")
    fields = [f for f in section.fields if f.name and not f.name.lower().startswith(b"ithaca-")]
    protected = [_ended(f) for f in fields if not is_structural(f.name) and not _carries(f.name)]
    structural = [_ended(f) for f in fields if is_structural(f.name)]
    carrying = [_ended(f) for f in fields if _carries(f.name)]
    outside = [o for f in protected if (o := _outside(f)) is not None] if encrypted else protected
    marks = [_hp_outer(f) for f in outside] if encrypted else []
    mode = b"cipher" if encrypted else b"clear"
    content = [_marked(f, mode) for f in structural if not f.named(b"MIME-Version")]
    if not any(f.named(b"Content-Type") for f in content):
        content.insert(0, _marked(Field(b"Content-Type", b"Content-Type: text/plain; charset=us-ascii\r\n"), mode))
    version = Field(b"MIME-Version", b"MIME-Version: 1.0\r\n")
    return HeaderSection((*protected, *marks, *content)), HeaderSection((*carrying, *outside, version))


def _ended(field: Field) -> Field:
    return field if field.octets.endswith(b"\n") else Field(field.name, field.octets + b"\r\n")


def _outside(field: Field) -> Field | None:
    if field.named(b"Subject"):
        return Field(b"Subject", OBSCURED_SUBJECT)
    return None if field.name.lower() in REMOVED_OUTSIDE else field


def _hp_outer(field: Field) -> Field:
    """RFC 9788 §2.2: the field as it stands outside."""
    body = field.octets.partition(b":")[2].lstrip(b" \t")
    return Field(b"HP-Outer", b"HP-Outer: " + field.name + b": " + body)


def _marked(field: Field, mode: bytes) -> Field:
    """The Content-Type of the payload root with ``hp`` (RFC 9788 §2.1.1), and the mark of the older draft."""
    if not field.named(b"Content-Type") or "hp" in ContentType(field.value).params:
        return field
    octets = field.octets.rstrip(b"\r\n \t;")
    if b"protected-headers" not in octets.lower():
        octets += b';\r\n protected-headers="v1"'
    return Field(field.name, octets + b';\r\n hp="' + mode + b'"\r\n')


# --- opening -----------------------------------------------------------------------------------------


def shown(
    outer: HeaderSection,
    payload: HeaderSection,
    *,
    structure: HeaderSection | None,
    encrypted: bool,
    signed: bool,
    from_is_bound: Callable[[AddrSpec], bool],
) -> HeaderSection:
    """The header section that a client sees.

    `payload`: of the payload root; `structure`: of the opened entity, whose Content-* fields replace the outer ones
    (None: the body stays as it came); `encrypted`, `signed`: whether such a layer was opened, or proved good;
    `from_is_bound`: does a good signature bind this address?
    """
    fields = list(outer.fields)
    if encrypted or signed:
        lifted, strict = _protected(payload)
        lifted = [_with_crlf(f) for f in lifted if not f.named(b"From") or _may_show_from(f, outer, from_is_bound)]
        names = {f.name.lower() for f in lifted}
        hidden = names | (USER_FACING - {b"from"} if strict else set())
        fields = [f for f in fields if f.name.lower() not in hidden] + lifted
    if structure is None:
        return HeaderSection(tuple(map(_ended, fields)))
    fields = [f for f in fields if not is_structural(f.name)]
    return HeaderSection(tuple(map(_ended, [*fields, *map(_with_crlf, _content(structure))])))


def _with_crlf(field: Field) -> Field:
    """A field from inside with CRLF line ends: many programs seal what they wrote with LF, and no mail may hold that.

    A lone CR stays: as a line end it would begin a field of the sender's choice.
    """
    return Field(field.name, _LINE_END.sub(b"\r\n", field.octets))


def _content(structure: HeaderSection) -> list[Field]:
    content = [f for f in structure.fields if f.name.lower().startswith(b"content-")]
    if not any(f.named(b"Content-Type") for f in content):
        # The sealed octets are no entity: plain text, shown whole.
        content = [
            Field(b"Content-Type", b"Content-Type: text/plain; charset=utf-8\r\n"),
            Field(b"Content-Transfer-Encoding", b"Content-Transfer-Encoding: 8bit\r\n"),
        ]
    return [Field(b"MIME-Version", b"MIME-Version: 1.0\r\n"), *content]


def _protected(payload: HeaderSection) -> tuple[list[Field], bool]:
    """(the fields that the payload protects, each once; whether it says so by RFC 9788, which means all)."""
    kinds = payload.get_all(b"Content-Type")
    if len(kinds) != 1:
        return [], False
    params = ContentType(kinds[0].value).params
    standard = params.get("hp") in ("clear", "cipher")
    # The draft before the standard: draft-autocrypt-lamps-protected-headers.
    if not standard and params.get("protected-headers", "").lower() != "v1":
        return [], False
    found: dict[bytes, Field] = {}
    for field in payload.fields:
        if field.name and not _never_lifted(field.name):
            found.setdefault(field.name.lower(), field)
    return list(found.values()), standard


def _never_lifted(name: bytes) -> bool:
    lower = name.lower()
    return is_structural(name) or _carries(name) or lower in (b"hp-outer", b"bcc", b"list-id")


def _may_show_from(field: Field, outer: HeaderSection, from_is_bound: Callable[[AddrSpec], bool]) -> bool:
    """RFC 9788 §4.4: an inner From that differs is shown only if a good signature binds it."""
    try:
        inner = [m.address for m in parse_mailboxes(field.value)]
        outside = [m.address for f in outer.get_all(b"From") for m in parse_mailboxes(f.value)]
    except MalformedMessage:
        return False
    return len(inner) == 1 and (inner == outside or from_is_bound(inner[0]))

"""Header protection on reading (RFC 9788 §4): which fields are shown, from inside or outside.

The law of this file: a field from inside is shown only where a layer covers it; what only carries or only marks mail
is never lifted from inside.
"""

import re
from collections.abc import Callable

from ithaca.address import AddrSpec, parse_mailboxes
from ithaca.errors import MalformedMessage
from ithaca.mime.header import ContentType, Field, HeaderSection
from ithaca.mime.protection import carries, ended, is_structural

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
        return HeaderSection(tuple(map(ended, fields)))
    fields = [f for f in fields if not is_structural(f.name)]
    return HeaderSection(tuple(map(ended, [*fields, *map(_with_crlf, _content(structure))])))


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
    return is_structural(name) or carries(name) or lower in (b"hp-outer", b"bcc", b"list-id")


def _may_show_from(field: Field, outer: HeaderSection, from_is_bound: Callable[[AddrSpec], bool]) -> bool:
    """RFC 9788 §4.4: an inner From that differs is shown only if a good signature binds it."""
    try:
        inner = [m.address for m in parse_mailboxes(field.value)]
        outside = [m.address for f in outer.get_all(b"From") for m in parse_mailboxes(f.value)]
    except MalformedMessage:
        return False
    return len(inner) == 1 and (inner == outside or from_is_bound(inner[0]))

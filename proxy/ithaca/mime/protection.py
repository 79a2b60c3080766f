"""Header protection on sealing (RFC 9788 §5.2): what goes inside and what outside.

The law of this file: outside a sealed message stands what carrying it needs, and no Subject.
"""

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


def is_structural(name: bytes) -> bool:
    """RFC 9787 §1.1.1."""
    lower = name.lower()
    return lower == b"mime-version" or lower.startswith(b"content-")


def carries(name: bytes) -> bool:
    """Fields that carry or mark mail on its way: outside only, and never lifted."""
    lower = name.lower()
    return lower in _TRACE or lower.startswith(_TRACE_PREFIXES)


def protect(section: HeaderSection, *, encrypted: bool) -> tuple[HeaderSection, HeaderSection]:
    """(header section of the payload root, outer header section) of a message to be sealed (RFC 9788 §5.2.1).

    The outer one has no Content-* field: the frame brings its own. Bcc must be gone already. Raises
    `MalformedMessage` where the message says twice what it is.
    """
    if len(section.get_all(b"Content-Type")) > 1:
        raise MalformedMessage("it has two Content-Type fields.")
    fields = [f for f in section.fields if f.name and not f.name.lower().startswith(b"ithaca-")]
    protected = [ended(f) for f in fields if not is_structural(f.name) and not carries(f.name)]
    structural = [ended(f) for f in fields if is_structural(f.name)]
    carrying = [ended(f) for f in fields if carries(f.name)]
    outside = [o for f in protected if (o := _outside(f)) is not None] if encrypted else protected
    marks = [_hp_outer(f) for f in outside] if encrypted else []
    mode = b"cipher" if encrypted else b"clear"
    content = [_marked(f, mode) for f in structural if not f.named(b"MIME-Version")]
    if not any(f.named(b"Content-Type") for f in content):
        content.insert(0, _marked(Field(b"Content-Type", b"Content-Type: text/plain; charset=us-ascii\r\n"), mode))
    version = Field(b"MIME-Version", b"MIME-Version: 1.0\r\n")
    return HeaderSection((*protected, *marks, *content)), HeaderSection((*carrying, *outside, version))


def ended(field: Field) -> Field:
    """The field with its line end."""
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

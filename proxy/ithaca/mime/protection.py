"""Header protection on sealing (RFC 9788 §5.2): what goes inside and what outside.

The law of this file: inside stands every field as its writer wrote it, and outside a sealed message what the policy
leaves. Of a header section that says something twice, or that holds what is no field, nobody can say what was sealed:
it is refused.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ithaca.errors import MalformedMessage
from ithaca.mime import confidentiality, parameters
from ithaca.mime.confidentiality import Confidentiality
from ithaca.mime.header import MOST_FIELDS, Field, HeaderSection

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
_LIKE_ANY = frozenset({b"resent-subject"})
"""No trace (RFC 5322 §3.6.6 has none such): it says what the Subject says, and is hidden with it."""
ONCE = frozenset(
    {b"from", b"sender", b"reply-to", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references"}
    | {b"content-type", b"content-transfer-encoding"}
)
"""RFC 5322 §3.6, RFC 2045 §3: of two of them some readers take the first and some the last."""
_NOT_OURS = frozenset({b"hp-outer", b"autocrypt-gossip"})
"""They have a meaning inside encryption alone, where we write them."""
_NOT_FOR_OTHERS = frozenset({b"x-identity-key", b"x-account-key"})
"""Thunderbird's notes about its own accounts."""
LAYERS = frozenset({"multipart/signed", "application/pkcs7-mime", "application/x-pkcs7-mime"})
"""Media types of what a client has signed itself (RFC 1847, RFC 8551 §3.2); encrypted, it passes as it is."""
_OUR_PARAMETERS = frozenset({b"hp", b"protected-headers", b"hp-legacy-display"})


@dataclass(frozen=True, slots=True)
class Protected:
    """The two header sections of a message to be sealed."""

    inner: HeaderSection
    """Of the entity that is signed or encrypted."""
    outer: HeaderSection
    """Without Content-* fields: the frame brings its own."""
    hidden: tuple[Field, ...] = ()
    """The fields, as written, that do not stand outside so."""


def is_structural(name: bytes) -> bool:
    """RFC 9787 §1.1.1."""
    lower = name.lower()
    return lower == b"mime-version" or lower.startswith(b"content-")


def carries(name: bytes) -> bool:
    """Fields that carry or mark mail on its way: outside only, and never lifted."""
    lower = name.lower()
    return lower in _TRACE or (lower.startswith(_TRACE_PREFIXES) and lower not in _LIKE_ANY)


def check(section: HeaderSection) -> None:
    """Raises `MalformedMessage` where not every field can be found, so that what is for us alone could leave."""
    if len(section.fields) > MOST_FIELDS:
        raise MalformedMessage("it has too many header fields.")


def check_exact(section: HeaderSection) -> None:
    """Raises `MalformedMessage` where a header section can be read in two ways."""
    check(section)
    if any(not f.name for f in section.fields):
        raise MalformedMessage("a line in its header section is no header field.")
    count = Counter(f.name.lower() for f in section.fields)
    twice = [f.name for f in section.fields if count[f.name.lower()] > 1 and f.name.lower() in ONCE]
    if twice:
        raise MalformedMessage(f"it has two {twice[0].decode('ascii')} fields.")
    content_type = section.first(b"Content-Type")
    if content_type is not None and not parameters.is_readable(content_type):
        raise MalformedMessage("its Content-Type cannot be read.")


def protect(
    section: HeaderSection,
    *,
    encrypted: bool,
    policy: Confidentiality = Confidentiality.BASELINE,
    hides: frozenset[bytes] = frozenset(),
    inside: Sequence[Field] = (),
) -> Protected:
    """The header sections of a message to be sealed (RFC 9788 §5.2.1). Bcc must be gone already.

    `hides`: see `confidentiality.outside`; `inside`: fields that stand in the payload root alone. Raises
    `MalformedMessage`; see `check_exact`.
    """
    check_exact(section)
    fields = [ended(f) for f in section.fields if not _dropped(f.name.lower())]
    protected = [f for f in fields if not is_structural(f.name) and not carries(f.name)]
    if not encrypted:
        hides, policy = frozenset(), Confidentiality.NONE
    pairs = confidentiality.outside(protected, policy, hides)
    outer = [instead for _, instead in pairs if instead is not None]
    around = [f for f in fields if carries(f.name)]
    version = Field(b"MIME-Version", b"MIME-Version: 1.0\r\n")
    content = _content(fields, encrypted)
    # What its client has signed is a layer of its own: a mark here would speak of no payload (RFC 9788 §4.1).
    marks = [_hp_outer(f) for f in outer] if encrypted and not _is_layer(fields) else []
    return Protected(
        HeaderSection((*protected, *marks, *inside, *content)),
        HeaderSection((*around, *outer, version)),
        tuple(field for field, instead in pairs if instead is not field),
    )


def obscured(section: HeaderSection, hides: frozenset[bytes]) -> HeaderSection:
    """The header section of a letter that goes in clear, without what the one that it answers had hidden (§6.1)."""
    if not hides:
        return section
    whole = [f for f in section.fields if f.name and not is_structural(f.name) and not carries(f.name)]
    instead = {id(f): other for f, other in confidentiality.outside(whole, Confidentiality.NONE, hides)}
    found = (instead.get(id(f), f) for f in section.fields)
    return HeaderSection(tuple(f for f in found if f is not None))


def ended(field: Field) -> Field:
    """The field with its line end."""
    return field if field.octets.endswith(b"\n") else Field(field.name, field.octets + b"\r\n")


def _dropped(lower: bytes) -> bool:
    return lower.startswith(b"ithaca-") or lower in _NOT_OURS or lower in _NOT_FOR_OTHERS


def _hp_outer(field: Field) -> Field:
    """RFC 9788 §2.2: the field as it stands outside."""
    body = field.octets.partition(b":")[2].lstrip(b" \t\r\n") or b"\r\n"
    return Field(b"HP-Outer", b"HP-Outer: " + field.name + b": " + body)


def _content(fields: Sequence[Field], encrypted: bool) -> list[Field]:
    """The Content-* fields of the payload root, its Content-Type marked."""
    mode = b"cipher" if encrypted else b"clear"
    # §2.1.1; and the mark of the draft before the standard, for older readers.
    marks = b'; protected-headers="v1"' + (b"" if _is_layer(fields) else b';\r\n hp="' + mode + b'"')
    content = [f for f in fields if f.name.lower().startswith(b"content-")]
    if not any(f.named(b"Content-Type") for f in content):
        # No charset: the writer named none, and readers guess (RFC 2045 §5.2).
        content.insert(0, Field(b"Content-Type", b"Content-Type: text/plain\r\n"))
    return [parameters.added(f, marks, _OUR_PARAMETERS) if f.named(b"Content-Type") else f for f in content]


def _is_layer(fields: Sequence[Field]) -> bool:
    found = next((f for f in fields if f.named(b"Content-Type")), None)
    return found is not None and found.content_type.media_type in LAYERS

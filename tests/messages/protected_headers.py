"""Header protection as honest programs send it: RFC 9788 and what was there before it."""

from messages.case import Case, proved, want
from messages.frames import DATE, PLAN, fields, forwarded, html, letter, mixed, multi, part, text
from messages.holders import ALICE
from messages.sealed import ENTITY, protected, sealed_by, signed_by

_NOON = ["The gate opens at noon."]
_OUTSIDE = {"subject": b"[...]"}


def _case(slug, entity, wanted, what, why, **fields_):
    return Case(slug, "protected-headers", letter(entity, **fields_), wanted, what, why)


def _full(**more):
    return proved("full", **{"subject": "the plan", "shows": _NOON, "head_hides": ["[...]", "HP-Outer"], **more})


def _hp(entity, mode, more=b"", body_type=None):
    """Any fields of the payload root, and any parameters on its Content-Type."""
    first, _, rest = entity.partition(b"\r\n")
    return more + (body_type or first) + mode + b"\r\n" + rest


def cases():
    yield from _standard()
    yield from _older()


def _standard():
    why = "A field comes from inside, once, and its marks are not shown (RFC 9788 §4)."
    yield _case(
        "hp-cipher", sealed_by(protected(ENTITY)), _full(), "Sealed, Subject hidden (hcp_baseline).", why, **_OUTSIDE
    )
    yield _case(
        "hp-cipher-unsigned",
        sealed_by(protected(ENTITY), None),
        want("full", subject="the plan", shows=_NOON),
        "The same, signed by nobody.",
        "The Subject comes from inside; nobody is proved.",
        **_OUTSIDE,
    )
    yield _case(
        "hp-cipher-signed-inside",
        sealed_by(signed_by(protected(ENTITY)), None),
        _full(),
        "The protected payload is signed by a layer of its own inside the encryption.",
        why,
        **_OUTSIDE,
    )
    yield _case(
        "hp-clear",
        signed_by(protected(ENTITY, b"clear")),
        proved("none", subject="the plan", body_untouched=True),
        "Signed only: the same fields inside and outside.",
        "Nothing differs, so nothing is changed: the evidence stays.",
    )
    yield _case(
        "hp-clear-subject-changed-outside",
        signed_by(protected(ENTITY, b"clear")),
        want("none", "good", "match", subject="the plan", head_hides=["[list]"], phrase=None),
        "A mailing list has put its tag into the Subject outside.",
        "What is signed is shown (RFC 9788 §4).",
        subject=b"[list] the plan",
    )
    shy = fields(sender=b"alice@openpgp.example", to=b"bob@openpgp.example", subject=b"[...]")
    yield _case(
        "hp-shy",
        sealed_by(protected(ENTITY, outside=shy)),
        _full(head_shows=["Alice <alice@openpgp.example>"]),
        "hcp_shy: names are hidden as well.",
        "The names come from inside, since a good signature binds the address.",
        sender=b"alice@openpgp.example",
        to=b"bob@openpgp.example",
        **_OUTSIDE,
    )
    legacy = text(b"Subject: the plan\r\n\r\n" + PLAN + b"\r\n", params=b'; hp-legacy-display="1"')
    yield _case(
        "hp-legacy-text",
        sealed_by(protected(legacy)),
        _full(hides=["Subject: the plan\r\n\r\nThe gate"]),
        "With a legacy display element in the text (§2.1.2).",
        "It repeats what the header section says: it is hidden (§4.5.3).",
        **_OUTSIDE,
    )
    div = b'<div class="header-protection-legacy-display"><pre>Subject: the plan</pre></div>'
    page = text(
        b"<html><body>" + div + b"<p>" + PLAN + b"</p></body></html>\r\n",
        subtype=b"html",
        params=b'; hp-legacy-display="1"',
    )
    yield _case(
        "hp-legacy-html",
        sealed_by(protected(multi(b"alternative", legacy, page))),
        _full(hides=['header-protection-legacy-display"><pre>']),
        "The same in text and in HTML.",
        "Both are hidden (§4.5.3).",
        **_OUTSIDE,
    )
    yield _case(
        "hp-many-fields",
        sealed_by(
            protected(ENTITY, more=b"Cc: carol@bank.example\r\nReply-To: alice@openpgp.example\r\nKeywords: gate\r\n")
        ),
        _full(head_shows=["Keywords: gate", "Cc: carol@bank.example"]),
        "Cc, Reply-To and Keywords are protected, too; Keywords were removed outside.",
        why,
        **_OUTSIDE,
    )


def _older():
    why = "Older than the standard, and in the wild: read the same way under encryption."
    older = _hp(ENTITY, b'; protected-headers="v1"', b"Subject: the plan\r\n")
    yield _case(
        "protected-headers-v1",
        sealed_by(older),
        _full(),
        'The draft before the standard: protected-headers="v1", Subject alone.',
        why,
        subject=b"...",
    )
    display = part(
        b'text/plain; protected-headers="v1"', b"Subject: the plan\r\n", more=b"Content-Disposition: inline\r\n"
    )
    both = _hp(mixed(display, ENTITY), b'; protected-headers="v1"', b"Subject: the plan\r\n")
    yield _case(
        "protected-headers-legacy-part",
        sealed_by(both),
        _full(hides=["\r\n\r\nSubject: the plan"]),
        "With the legacy display part of that draft: the first of exactly two.",
        "It is not shown (draft-autocrypt-lamps-protected-headers §4).",
        subject=b"...",
    )
    yield _case(
        "protected-headers-signed",
        signed_by(
            _hp(ENTITY, b'; protected-headers="v1"', b"Subject: the plan\r\nFrom: Alice <alice@openpgp.example>\r\n")
        ),
        proved("none", subject="the plan", body_untouched=True),
        "The same draft, signed only.",
        "Nothing differs outside.",
    )
    both_marks = _hp(ENTITY, b'; protected-headers="v1"; hp="cipher"', fields())
    yield _case(
        "hp-and-protected-headers", sealed_by(both_marks), _full(), "Both marks on one root.", why, subject=b"..."
    )
    hole = mixed(part(b'text/rfc822-headers; memoryhole="v1"', b"Subject: the plan\r\nDate: " + DATE + b"\r\n"), ENTITY)
    yield _case(
        "memory-hole",
        sealed_by(hole),
        _full(subject=["the plan", "Encrypted Message"], head_hides=["HP-Outer"]),
        "Memory Hole: the first part holds the fields.",
        "Read where it is sealed; where it is not read, nothing is claimed.",
        subject=b"Encrypted Message",
    )
    hole_root = _hp(ENTITY, b'; memoryhole="v1"', b"Subject: the plan\r\n")
    yield _case(
        "memory-hole-root",
        sealed_by(hole_root),
        _full(subject=["the plan", "Encrypted Message"], head_hides=["HP-Outer"]),
        "Memory Hole with the copies in the payload's header section.",
        "As above.",
        subject=b"Encrypted Message",
    )
    wrapped = forwarded(letter(ENTITY), b"; forwarded=no")
    yield _case(
        "wrapped-rfc822",
        sealed_by(wrapped),
        _full(subject=["the plan", "..."], head_hides=["HP-Outer"]),
        "The whole message as message/rfc822 with forwarded=no, sealed.",
        "The payload alone and sealed: it is the message itself (RFC 9788 §4.10).",
        subject=b"...",
    )
    yield _case(
        "wrapped-rfc822-signed-inside",
        sealed_by(forwarded(letter(ENTITY)), ALICE),
        want("full", "good", ["match", "mismatch"], phrase=None, shows=_NOON),
        "The form of RFC 8551: message/rfc822 without any mark, sealed and signed.",
        "It may be read as the message itself, or as an attached one; the letter is there either way.",
        subject=b"...",
    )
    yield _case(
        "protected-html-only",
        sealed_by(protected(html(b"<p>" + PLAN + b"</p>"))),
        _full(),
        "HTML alone, fields protected.",
        why,
        **_OUTSIDE,
    )

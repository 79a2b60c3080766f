"""Hostile: header protection turned against its reader (RFC 9788)."""

from messages.case import want
from messages.efail import case
from messages.frames import FROM_EVE, PLAN, fields, forwarded, html, letter, mixed, part, text
from messages.holders import EVE
from messages.sealed import ENTITY, protected, sealed_by, signed_by

_HIDDEN = {"subject": b"[...]"}
_EVIL = b"Subject: Pay Eve\r\nFrom: Boss <boss@bank.example>\r\n"


def _with(params, more, body=PLAN + b"\r\n", subtype=b"plain"):
    return more + text(body, params=params, subtype=subtype)


def cases():
    yield from _places()
    yield from _lies()
    yield from _legacy()
    yield from _wrapped()


def _places():
    why = "Only the root of the cryptographic payload protects fields (RFC 9788 §4.1)."
    marked = _with(b'; hp="cipher"', _EVIL)
    full = want("full", "good", "match", head_hides=["Pay Eve", "boss@bank"], phrase=None)
    yield case("hp-part", "hp-part", sealed_by(mixed(marked, ENTITY)), full, "A part, not the root, is marked.", why)
    older = _with(b'; protected-headers="v1"', _EVIL)
    yield case("hp-part-older", "hp-part", sealed_by(mixed(older, ENTITY)), full, "The same with the older mark.", why)
    yield case(
        "hp-part-rfc822",
        "hp-part",
        sealed_by(mixed(ENTITY, forwarded(letter(marked)))),
        full,
        "In an attached message.",
        why,
    )
    yield case("hp-part-clear", "hp-part", marked.replace(b'"cipher"', b'"clear"'), want(untouched=True),
               "On a message that nobody sealed or signed.", "No layer, nothing protected: it passes.")  # fmt: skip
    yield case("hp-part-errant", "hp-part", mixed(text(b"x\r\n"), sealed_by(protected(ENTITY, subject=b"Pay Eve"))),
               want("none", "none", "none", hides=["Pay Eve"]), "In an errant layer.", why)  # fmt: skip
    why = "An inner From that nobody signed is never shown as From (§4.4)."
    inner = protected(ENTITY, outside=fields(sender=FROM_EVE, subject=b"[...]"))
    outer = {"sender": FROM_EVE, **_HIDDEN}
    yield case("hp-unsigned", "hp-unsigned", sealed_by(inner, None),
               want("full", "none", "none", head_shows=["eve@evil.example"], head_hides=["From: Alice"]),
               "Sealed by anyone, unsigned: From Eve outside, From Alice inside.", why, **outer)  # fmt: skip
    yield case("hp-unsigned-by-eve", "hp-unsigned", sealed_by(inner, EVE.key),
               want("full", "good", "match", head_shows=["eve@evil.example"], head_hides=["From: Alice"], from_addresses=["eve@evil.example"]),
               "The same, signed by Eve.", "Her signature does not bind Alice's address: the outer From is shown.", **outer)  # fmt: skip
    yield case("hp-unsigned-signed-only", "hp-unsigned", signed_by(protected(ENTITY, b"clear"), EVE.key),
               want("none", "good", "match", head_hides=["From: Alice"]), "Signed by Eve alone, From Alice inside.",
               "As above.", sender=FROM_EVE)  # fmt: skip


def _lies():
    why = "Whatever HP-Outer says: the field comes from inside, and HP-Outer is not shown (§2.2, §4)."
    full = want("full", "good", "match", subject="the plan", head_hides=["HP-Outer"], phrase=None)
    forms = {
        "unlike": fields(subject=b"quite another"),
        "missing": b"",
        "twice": fields(subject=b"[...]") + fields(subject=b"one more"),
        "structural": fields(subject=b"[...]") + b"Content-Type: text/html\r\n",
    }
    for name, outside in forms.items():
        yield case(f"hp-outerlie-{name}", "hp-outerlie", sealed_by(protected(ENTITY, outside=outside)), full,
                   f"HP-Outer fields that do not fit what stands outside: {name}.", why, **_HIDDEN)  # fmt: skip
    why = "hp never stands for a layer (§10.2): what was opened and what was signed says the walk."
    yield case("hp-mode-cipher-signed", "hp-mode", signed_by(_with(b'; hp="cipher"', fields())),
               want("none", "good", "match", layers=["signed"], phrase=None), 'hp="cipher" on a letter that is only signed.', why)  # fmt: skip
    yield case("hp-mode-clear-sealed", "hp-mode", sealed_by(_with(b'; hp="clear"', fields())),
               want("full", "good", "match", layers=["encrypted", "signed"], phrase=None), 'hp="clear" under encryption.', why)  # fmt: skip
    yield case("hp-mode-cipher-clear", "hp-mode", _with(b'; hp="cipher"', b""), want(untouched=True),
               'hp="cipher" on a letter in clear.', why)  # fmt: skip
    why = "What carries or marks mail, and what says its structure, is never lifted from inside (§2.2)."
    evil = (
        b"Received: from evil.example\r\nBcc: eve@evil.example\r\nDKIM-Signature: v=1; d=evil.example\r\n"
        b"Return-Path: <eve@evil.example>\r\nMIME-Version: 6.0\r\nFrom: Eve <eve@evil.example>\r\n"
    )
    yield case("hp-struct", "hp-struct", sealed_by(protected(ENTITY, more=evil)),
               want("full", "good", ["match", "mismatch"], head_hides=["evil.example", "6.0"], phrase=None),
               "Received, Bcc, DKIM-Signature, Return-Path, MIME-Version and a second From inside.", why, **_HIDDEN)  # fmt: skip


def _legacy():
    why = "Hidden only where it is marked, sealed and of the exact form; else it is text of the letter (§4.5.3)."
    said = b"Subject: Pay Eve\r\n\r\nThe gate opens at noon.\r\n"
    mark = b'; hp-legacy-display="1"'
    yield case("hp-legacy-false", "hp-legacy", sealed_by(protected(text(said, params=mark))),
               want("full", "good", "match", subject="the plan", head_hides=["Pay Eve"], phrase=None),
               "A marked element with another Subject than the protected one.", "The header section is what counts.", **_HIDDEN)  # fmt: skip
    yield case("hp-legacy-unmarked", "hp-legacy", sealed_by(protected(text(said))),
               want("full", "good", "match", subject="the plan", shows=["Subject: Pay Eve"], phrase=None), "Unmarked.", why, **_HIDDEN)  # fmt: skip
    true_text = b"Dear Bob,\r\nthis is no field\r\n\r\nThe gate opens at noon.\r\n"
    yield case("hp-legacy-true-text", "hp-legacy", sealed_by(protected(text(true_text, params=mark))),
               want("full", "good", "match", shows=["this is no field"], phrase=None),
               "Marked, but its first paragraph is true text.", why, **_HIDDEN)  # fmt: skip
    yield case("hp-legacy-signed-only", "hp-legacy", signed_by(protected(text(said, params=mark), b"clear")),
               want("none", "good", "match", shows=["Subject: Pay Eve"], body_untouched=True, phrase=None),
               "Marked, in a letter that is only signed.", why)  # fmt: skip
    div = html(b'<div class="header-protection-legacy-display"><pre>Subject: Pay Eve</pre></div><p>' + PLAN)
    yield case("hp-legacy-html-unmarked", "hp-legacy", sealed_by(protected(div)),
               want("full", "good", "match", shows=["header-protection-legacy-display"], phrase=None), "The div of HTML, unmarked.", why, **_HIDDEN)  # fmt: skip


def _wrapped():
    why = "A true forward beside other parts: its fields are its own (§4.10)."
    evil = letter(ENTITY, subject=b"Pay Eve", sender=b"Boss <boss@bank.example>")
    full = want("full", "good", "match", head_hides=["Pay Eve", "boss@bank"], phrase=None)
    yield case("hp-wrap", "hp-wrap", sealed_by(mixed(ENTITY, forwarded(evil, b"; forwarded=no"))), full,
               "forwarded=no on a message that stands beside a text.", why)  # fmt: skip
    yield case(
        "hp-wrap-hp",
        "hp-wrap",
        sealed_by(mixed(ENTITY, forwarded(evil, b'; hp="cipher"'))),
        full,
        "The same with hp.",
        why,
    )
    yield case("hp-wrap-clear", "hp-wrap", forwarded(evil, b"; forwarded=no"), want(untouched=True),
               "forwarded=no on a message in clear.", "No layer: nothing is lifted.")  # fmt: skip
    hole = mixed(part(b'text/rfc822-headers; memoryhole="v1"', b"Subject: Pay Eve\r\n"), ENTITY)
    yield case(
        "hp-wrap-memory-hole",
        "hp-wrap",
        hole,
        want(untouched=True),
        "Memory Hole in clear.",
        "No layer: nothing is lifted.",
    )
    attachment = forwarded(letter(ENTITY, subject=b"Pay Eve"), b"\r\nContent-Disposition: attachment")
    yield case("hp-wrap-attachment", "hp-wrap", sealed_by(attachment),
               want("full", "good", "match", head_hides=["Subject: Pay Eve"], phrase=None),
               "A true forward, alone and as an attachment, sealed.", "Without forwarded=no it is a forward.")  # fmt: skip

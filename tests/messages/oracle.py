"""Hostile: reply oracles, covert content, and letters moved into another context (WJ, MA)."""

import hashlib

from messages.case import closed, want
from messages.efail import case
from messages.frames import (
    FROM_EVE,
    attached,
    base64_lines,
    encrypted,
    forwarded,
    html,
    letter,
    mixed,
    multi,
    part,
    text,
)
from messages.holders import ALICE, EVE, to_bob, to_eve
from messages.sealed import (
    C_ARMOR,
    C_PROTECTED,
    C_UNSIGNED,
    ENTITY,
    G_PROTECTED,
    C,
    G,
    armor,
    binary,
    inside,
    seal,
    sealed_by,
    session_key,
)
from openpgp import raw
from openpgp import raw_message as m

_REPLY = text(b"Dear Bob, please reply to this.\r\n" + b"\r\n" * 50)
_QUOTE = "What is quoted to Eve holds at most armor"


def cases():
    yield from _mixes()
    yield from _inline()
    yield from _parts()
    yield from _replays()
    yield from _contexts()


def _eve(slug, row, entity, wanted, what, why, **more):
    return case(slug, row, entity, wanted, what, why, sender=FROM_EVE, **more)


def _mixes():
    why = f"C is no root: closed. {_QUOTE} (WJ, decryption oracle)."
    for kind in (b"mixed", b"alternative"):
        slug = "ro-mix" if kind == b"mixed" else "ro-mix-alternative"
        yield _eve(slug, "ro-mix", multi(kind, _REPLY, C), closed(), "Words, fifty empty lines, C.", why)
    hiding = {
        "display": b'<div style="display:none">',
        "visibility": b'<div style="visibility:hidden">',
        "opacity": b'<div style="opacity:0">',
        "clip": b'<div style="clip-path:circle(0)">',
        "off-screen": b'<div style="position:absolute;left:-9999px">',
        "font-size": b'<div style="font-size:0">',
        "plaintext": b"<plaintext>",
        "comment": b"<!--",
    }
    for name, opening in hiding.items():
        entity = mixed(text(b"<p>please reply</p>" + opening, subtype=b"html"), C)
        yield _eve(f"ro-hide-{name}", "ro-hide", entity, closed(), f"HTML that hides what follows ({name}), C.", why)
    part_with_id = C.replace(b"Content-Type:", b"Content-ID: <x>\r\nContent-Type:", 1)
    for tag in (b"img src", b"iframe src", b"object data", b"embed src"):
        entity = multi(b"related", html(b"<" + tag + b'="cid:x">'), part_with_id)
        name = tag.split(b" ")[0].decode()
        yield _eve(f"ro-cid-{name}", "ro-cid", entity, closed(), f"multipart/related: <{name}> refers to C.", why)
    inner = forwarded(letter(C))
    report = multi(b"report", text(b"bounced\r\n"), part(b"message/delivery-status", b"\r\n"), inner,
                   params=b"; report-type=delivery-status")  # fmt: skip
    yield _eve("ro-822-report", "ro-822", report, closed(), "A false bounce with C in message/rfc822.", why)
    yield _eve("ro-822-digest", "ro-822", multi(b"digest", inner), closed(), "C in a digest.", why)
    deep = forwarded(letter(forwarded(letter(forwarded(letter(C))))))
    yield _eve("ro-822-deep", "ro-822", deep, closed(), "C three forwards deep.", why)
    own = sealed_by(text(b"Eve's words.\r\n"), EVE.key, boundary=b"own")
    yield _eve("ro-double", "ro-double", mixed(own, C), closed(hides=["The gate opens", "Eve's words"]),
               "Eve's own sealed part, then C.", "Neither is the root: both stay closed (WJ, mix-dbl).")  # fmt: skip


def _attachments():
    yield "asc", attached(b"application/octet-stream", b"x.asc", C_ARMOR)
    yield (
        "gpg",
        attached(b"application/pgp-encrypted", b"x.gpg", base64_lines(binary(ENTITY, ALICE)), encoding=b"base64"),
    )
    yield "multipart", C
    yield "rfc822", forwarded(letter(C))


def _inline():
    for name, inner in _attachments():
        entity = sealed_by(mixed(text(b"Eve's words.\r\n"), inner, boundary=b"inner"), EVE.key, boundary=b"own")
        yield _eve(
            f"ro-attach-{name}", "ro-attach", entity,
            want("partial", "good", "match", hides=["The gate opens"], shows=["Eve's words"]),
            f"A sealed letter of Eve's with C inside, as {name}.",
            "Eve's letter is open, C an errant layer inside it: closed, and the whole is partial (RFC 9787 §4.5).",
        )  # fmt: skip
    why = f"Not the whole body: closed. {_QUOTE} (WJ, inline; CVE-2019-10732)."
    quoted = b"".join(b"> " + line + b"\r\n" for line in C_ARMOR.splitlines())
    forms = {
        "words-before": text(b"please reply\r\n" + C_ARMOR),
        "two-blocks": text(C_ARMOR + C_ARMOR),
        "own-block-first": text(seal(b"Eve's words.\r\n", EVE.key) + C_ARMOR),
        "html": html(b"<p>please reply</p><pre>" + C_ARMOR + b"</pre>"),
        "html-alone": text(C_ARMOR, subtype=b"html"),
        "quoted": text(b"please reply\r\n" + quoted),
        "base64": text(base64_lines(b"please reply\r\n" + C_ARMOR), encoding=b"base64"),
        "pgpmime-data": text(b"please reply\r\n" + seal(ENTITY, ALICE)),
    }
    for name, entity in forms.items():
        yield _eve(f"ro-inline-{name}", "ro-inline", entity, closed(), f"C's armor in a text part: {name}.", why)
    repair = {
        "words": mixed(text(b"please reply\r\n"), part(b"application/pgp-encrypted", b"Version: 1\r\n"),
                       part(b"application/octet-stream", C_ARMOR)),
        "html": mixed(html(b"<p>please reply</p>"), attached(b"application/octet-stream", b"encrypted.asc", C_ARMOR)),
        "second-text": mixed(text(b""), attached(b"application/octet-stream", b"encrypted.asc", C_ARMOR), html(b"Eve")),
    }  # fmt: skip
    for name, entity in repair.items():
        yield _eve(f"ro-repair-{name}", "ro-repair", entity, closed(),
                   "The form of a mangled message, with words of Eve's beside C.",
                   "Repaired only where the other parts are empty (design 8).")  # fmt: skip


def _parts():
    why = "Opened in part: C alone is shown, nobody is proved; an answer needs a wish (design 5 and 8)."
    part_of = want("partial", "none", "none", shows=["The gate opens"])
    yield _eve("ro-part", "ro-part", mixed(C, text(b"footer\r\n")), part_of, "C with a text behind it, from Eve.", why)
    beside = mixed(C, attached(b"image/png", b"x.png", b"\x89PNG\r\n"))
    yield _eve("ro-part-attachment", "ro-part", beside, part_of, "C with an attachment behind it, from Eve.", why)
    yield _eve(
        "ro-part-html", "ro-part", mixed(C, html(b"<p>Eve</p>")), want(["none", "partial"], "none", "none"),
        "C with HTML behind it, from Eve.", "Only text/plain counts as a footer: HTML is no footer, but may be an attachment.",
    )  # fmt: skip
    other = seal(b"Ten o'clock, then.\r\n", ALICE)
    entity = mixed(text(C_ARMOR), attached(b"text/plain", b"b.txt.asc", other))
    yield case(
        "ro-partition", "ro-partition", entity, want(["full", "partial"], "none", "none"),
        "Two leaves, each sealed and signed by Alice, of two of her letters, joined to one.",
        "Order and composition are proved by nobody: no signature of the whole, no seal phrase (design 8).",
    )  # fmt: skip
    inline = text(seal(ENTITY, None))
    for slug, form in (("ro-first", C_UNSIGNED), ("ro-first-inline", inline)):
        yield _eve(
            slug, "ro-first", form, want("full", "none", "none"),
            "An unsigned letter of Alice's, held back and delivered first under Eve's name.",
            "It opens; nobody is proved, so that an answer needs a wish (design 5).",
        )  # fmt: skip


def _seipd_digest(data):
    """Of the body of the encrypted data packet, which stands behind one for Bob's session key (lengths of two octets)."""
    at = 3 + ((data[1] - 192) << 8) + data[2] + 192
    assert data[at] == 0xD2
    return hashlib.sha256(data[at + (3 if data[at + 1] >= 192 else 2) :]).hexdigest()


def _first(data, sender="alice@openpgp.example", message_id="<plan@openpgp.example>"):
    return {"first_opened": {"digest": _seipd_digest(data), "from": sender, "message_id": message_id}}


def _replays():
    packets = inside(ENTITY + b"Bring a lamp.\r\n" * 60)
    session = session_key(packets)
    sealed = m.seipd1(session, packets)
    data = to_bob(session) + sealed
    body = sealed[3:]
    partial = b"\xd2\xe9" + body[:512] + raw.packet(18, body[512:])[1:]
    forms = {
        "ro-replay": data,
        "ro-replay-order": to_eve(session) + data,
        "ro-replay-marker": raw.packet(10, b"PGP") + data,
        "ro-replay-partial": to_bob(session) + partial,
    }
    why = "The same ciphertext under another name: closed, and said (MA; design 8)."
    for slug, octets in forms.items():
        yield _eve(
            slug, "ro-replay", encrypted(armor("MESSAGE", octets)), closed(findings=["replayed-ciphertext"]),
            "C, which Bob has read already, under Eve's name and a new Message-ID.", why,
            given=_first(data), message_id=b"<new@evil.example>",
        )  # fmt: skip
    yield case(
        "ro-replay-message-id", "ro-replay", encrypted(armor("MESSAGE", data)), closed(findings=["replayed-ciphertext"]),
        "The same from Alice, under another Message-ID.", why, given=_first(data), message_id=b"<new@evil.example>",
    )  # fmt: skip
    yield case(
        "ro-replay-none", "ro-replay", encrypted(armor("MESSAGE", data)), want("full", "none", "none"),
        "The same letter fetched twice: From and Message-ID are those of the first time.",
        "Fetching anew is no replay.", given=_first(data),
    )  # fmt: skip
    signed = binary(ENTITY, ALICE)
    yield case(
        "ro-replay-dos", "ro-replay-dos", C, want("full", "good", "match", phrase=None, shows=["The gate opens"]),
        "C was delivered first under Eve's name; now comes Alice's own letter.",
        "Its own signature is good and From matches: it opens, though the first came from Eve (design 8).",
        given=_first(signed, "eve@evil.example", "<first@evil.example>"),
    )  # fmt: skip
    yield _eve(
        "ro-replay-dos-list", "ro-replay-dos", C, closed(findings=["replayed-ciphertext"]),
        "Alice's letter was read; a copy comes with its From rewritten.",
        "From is another than the signer and than the first time: closed, the first one stays readable.",
        given=_first(signed), message_id=b"<copy@evil.example>",
    )  # fmt: skip


def _contexts():
    evil = b"eve@evil.example"
    reply = b"Reply-To: " + evil + b"\r\nMail-Reply-To: " + evil + b"\r\nMail-Followup-To: " + evil + b"\r\n"
    why = "From is proved, but no layer covers the reply fields: taken out of what is shown, named in the banner (design 8)."
    hidden = ["Reply-To: eve@", "Followup-To: eve@"]
    for slug, entity, decryption, subject in (
        ("rp-replyto", C, "full", b"the plan"),
        ("rp-replyto-protected", C_PROTECTED, "full", b"[...]"),
        ("rp-replyto-signed", G, "none", b"the plan"),
        ("rp-replyto-signed-protected", G_PROTECTED, "none", b"the plan"),
    ):
        yield case(
            slug, "rp-replyto", entity, want(decryption, "good", "match", phrase=None, head_hides=hidden),
            "Alice's letter untouched, with Reply-To and its like set to Eve, and Eve in Cc.", why,
            more=reply + b"Cc: " + evil + b"\r\n", subject=subject,
        )  # fmt: skip
    yield case(
        "rp-replyto-own", "rp-replyto", C, want("full", "good", "match", phrase=None, head_shows=["Reply-To: alice@"]),
        "Reply-To names Alice herself.", "It names nobody but From: it stays.",
        more=b"Reply-To: alice@openpgp.example\r\n",
    )  # fmt: skip
    yield case(
        "ro-context-a1", "ro-context", C_PROTECTED,
        want("full", "good", "match", subject="the plan", phrase=None, head_hides=["evil", "2027"]),
        "To, Subject and Date outside are Eve's (MA, A1).", "The protected fields are shown.",
        to=b"everybody@evil.example", subject=b"evil", date=b"Fri, 1 Jan 2027 00:00:00 +0000",
    )  # fmt: skip
    yield _eve("ro-context-a2", "ro-context", mixed(text(b"\r\n.\r\n"), mixed(C, boundary=b"deep")), closed(),
               "C moved down in the tree (MA, A2).", "An errant layer: closed.")  # fmt: skip
    yield _eve("ro-context-a3", "ro-context", mixed(text(b"hello\r\n"), C_PROTECTED), closed(),
               "Moved, and the fields altered (MA, A3).", "An errant layer: closed.", subject=b"evil")  # fmt: skip
    for name, css in (
        ("media", b"@media print"),
        ("supports", b"@supports (display:grid)"),
        ("document", b"@document url()"),
    ):
        page = html(b"<style>p.b{display:none}" + css + b"{p.a{display:none}p.b{display:block}}</style>"
                    b"<p class=a>one text</p><p class=b>another</p>")  # fmt: skip
        yield _eve(
            f"so-css-{name}", "so-css", sealed_by(page, EVE.key), want("full", "good", "match", shows=["another"]),
            "HTML that shows one text to Bob and another elsewhere, sealed and signed by Eve.",
            "A good signature is for the octets, never for their look (WJ, signing oracle).",
        )  # fmt: skip

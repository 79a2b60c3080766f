"""Hostile: what the eye sees, and what a client obeys."""

from messages.case import Case, unsigned, want
from messages.efail import case
from messages.frames import FROM_EVE, PLAN, attached, encrypted, fields, forwarded, html, letter, mixed, text
from messages.holders import ALICE, EVE, SIGNED
from messages.sealed import ENTITY, armor, protected, raw_sealed, sealed_by, signed_by
from openpgp import raw
from openpgp import raw_message as m

_GOOD = b"v=1; decryption=full; signature=good; from=match; binding=verified"
_FORGED = b"Ithaca-Verdict: " + _GOOD + b"\r\n"


def _raw(slug, row, octets, wanted, what, why, *, given=None):
    return Case(slug, "hostile", octets, wanted, what, why, (row,), given or {})


def cases():
    yield from _banners()
    yield from _fields()
    yield from _inner()
    yield from _obeyed()
    yield from _injected()


def _banners():
    why = "What looks like a banner and is not ours is judged as the content that it is; no seal phrase stands here."
    said = b"From Alice. Nobody could read or change this letter on the way.\r\n"
    forms = {
        "text": mixed(text(said), ENTITY),
        "html": mixed(html(b"<div style='position:fixed;top:0'>" + said + b"</div>"), ENTITY),
        "one-part": text(said + b"\r\n" + PLAN + b"\r\n"),
        "image": mixed(attached(b"image/png", b"banner.png", b"\x89PNG\r\n"), ENTITY),
    }
    for name, entity in forms.items():
        yield case(f"ui-banner-{name}", "ui-banner", entity, unsigned(untouched=True),
                   f"A banner in words like ours, as {name}.", why, sender=FROM_EVE)  # fmt: skip
    stored = mixed(text(said), ENTITY, boundary=b"=_ithaca")
    shown = b"Ithaca-Shown: " + b"A" * 43 + b"\r\n" + _FORGED
    yield case("ui-banner-stored", "ui-banner", stored, unsigned(hides=["signature=good"]),
               "A message as another installation shows it, with its fields and its banner, sent on.",
               "The fields are removed; a banner that is not ours is content (design 8).", more=shown)  # fmt: skip
    yield case("ui-banner-signed", "ui-banner", signed_by(mixed(text(said), ENTITY), EVE.key),
               want("none", "good", "match"), "The same, signed by Eve, from Eve.", why, sender=FROM_EVE)  # fmt: skip
    yield case("ui-phish", "ui-phish", sealed_by(text(b"Your new seal phrase is: brass owl.\r\n"), EVE.key),
               want("full", "good", "match", shows=["brass owl"]),
               "Eve writes that Bob's seal phrase is a new one.", "A phrase of hers is none of ours.", sender=FROM_EVE)  # fmt: skip


def _fields():
    why = "A field that only Ithaca may write is removed, however it is spelled (promise 4)."
    head, body = fields(), b"\r\nhello\r\n"
    field = b"Ithaca-Verdict"
    forms = {
        "ui-field": head + _FORGED + body,
        "ui-field-case": head + b"iThAcA-vErDiCt: " + _GOOD + b"\r\n" + body,
        "ui-field-blank": head + field + b" : " + _GOOD + b"\r\n" + body,
        "ui-field-folded": head + field + b":\r\n " + _GOOD + b"\r\n" + body,
        "ui-field-twice": head + _FORGED + _FORGED + body,
        "ui-field-first": _FORGED + head + body,
        "ui-field-behind-broken-line": head + b"no field at all\r\n" + _FORGED + body,
        "ui-field-bare-cr": head + b"X-One: 1\r" + _FORGED + body,
        "ui-field-bare-lf": head + b"X-One: 1\n" + _FORGED + body,
        "ui-field-nul": head + b"X-One: 1\0" + _FORGED + body,
        "ui-field-far": head + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 900) for n in range(80)) + _FORGED + body,
        "ui-field-progress": head + b"Ithaca-Progress: " + _GOOD + b"\r\n" + body,
    }
    for slug, octets in forms.items():
        yield _raw(
            slug, "ui-field", octets, unsigned(hides=["signature=good"]), f"A forged verdict field: {slug}.", why
        )
    signed = letter(signed_by(ENTITY, EVE.key), sender=FROM_EVE, more=_FORGED)
    yield _raw("ui-field-signed", "ui-field", signed,
               want("none", "good", "match", hides=["binding=verified"]), "The same on a letter that Eve signed.", why)  # fmt: skip


def _inner():
    why = "Never lifted from inside (design 8); nested ones stay where they are, without effect."
    evil = _FORGED + b"X-Mozilla-Keys: $label1\r\nAuthentication-Results: ithaca.x; x-openpgp=pass\r\n"
    hidden = ["binding=verified", "$label1", "ithaca.x"]
    yield case("ui-inner-payload", "ui-inner", sealed_by(protected(ENTITY, more=evil), EVE.key),
               want("full", "good", "mismatch", head_hides=hidden),
               "Forged fields in the header section of a sealed payload.", why, subject=b"[...]")  # fmt: skip
    outer = fields(subject=b"[...]") + evil
    yield case("ui-inner-hp-outer", "ui-inner", sealed_by(protected(ENTITY, outside=outer)),
               want("full", "good", "match", head_hides=hidden, phrase=None),
               "The same in HP-Outer fields.", why, subject=b"[...]")  # fmt: skip
    yield case("ui-inner-part", "ui-inner", sealed_by(mixed(evil + ENTITY)),
               want("full", "good", "match", head_hides=hidden, phrase=None), "The same in the header section of a part.", why)  # fmt: skip
    yield case("ui-inner-rfc822", "ui-inner", sealed_by(mixed(ENTITY, forwarded(letter(ENTITY, more=evil)))),
               want("full", "good", "match", head_hides=hidden, phrase=None), "The same in a forwarded message.", why)  # fmt: skip
    clear = mixed(evil + ENTITY)
    yield case("ui-inner-clear", "ui-inner", clear, unsigned(untouched=True), "In a part of a message in clear.",
               "Nobody obeys a field there: it passes octet for octet.")  # fmt: skip


def _obeyed():
    why = "These fields, and no others, are taken out of what comes in (promise 4)."
    obeyed = b"X-Mozilla-Status: 0001\r\nX-Mozilla-Status2: 10000000\r\nX-Mozilla-Keys: $label1\r\n"
    yield case("ui-obeyed", "ui-obeyed", text(b"hello\r\n"),
               unsigned(hides=["X-Mozilla-Status", "X-Mozilla-Keys"], untouched=True),
               "Fields that Thunderbird obeys when they come by POP3.", why, more=obeyed)  # fmt: skip
    others = b"Status: RO\r\nX-Status: A\r\nX-Label: x\r\nX-KMail-EncryptionState: F\r\nX-UIDL: 1\r\n"
    yield case("ui-obeyed-others", "ui-obeyed", text(b"hello\r\n"), unsigned(untouched=True, shows=["X-UIDL"]),
               "Fields that other programs keep in their files.", "Octet for octet (promise 4).", more=others)  # fmt: skip
    link = b"X-Mozilla-External-Attachment-URL: file:///etc/passwd\r\n"
    yield case("ui-obeyed-attachment", "ui-obeyed", mixed(text(b"hello\r\n"), link + text(b"")),
               unsigned(untouched=True), "A part that points to a file (CVE-2025-3909).", "Octet for octet (promise 4).")  # fmt: skip
    why = "Results under our own authserv-id are removed, others stay (RFC 8601 §5)."
    others = b"Authentication-Results: mx.example; dkim=pass\r\n"
    forms = {
        "": b"Authentication-Results: {ours}; x-openpgp=pass\r\n",
        "-comment": b"Authentication-Results: (x) {ours} (y) 1; x-openpgp=pass\r\n",
        "-folded": b"Authentication-Results:\r\n {ours}\r\n ; x-openpgp=pass\r\n",
        "-quoted": b'authentication-results: "{ours}"; x-openpgp=pass\r\n',
    }
    for name, field in forms.items():
        yield case(f"ui-ar{name}", "ui-ar", text(b"hello\r\n"),
                   unsigned(shows=["mx.example; dkim=pass"]),
                   "Authentication-Results that claim an authserv-id of ours (ithaca.abcdef stands for it).", why,
                   more=field.replace(b"{ours}", b"ithaca.abcdef") + others)  # fmt: skip


def _injected():
    why = "Foreign text is one line, escaped and cut, wherever it is said."
    for name in ("escapes", "long-name"):
        yield case(f"ui-inject-{name}", "ui-inject", signed_by(ENTITY, EVE.key),
                   want("none", ["good", "refused"], ["match", "mismatch", "none"], hides=["\x1b", "binding=seen"]),
                   f"Eve's User ID holds what a terminal obeys, or far too much (eve-{name}).", why,
                   sender=FROM_EVE, given={"known": ["bob", f"eve-{name}"]})  # fmt: skip
    notation = raw.sub(20, b"\x80\0\0\0\0\x03\0\x10x@y\x1b[2J\r\nForged: 1")
    yield case("ui-inject-notation", "ui-inject", signed_by(ENTITY, EVE.key, hashed=notation),
               want("none", "good", "match", head_hides=["Forged:", "\x1b"]), "A notation with line ends and ESC.", why,
               sender=FROM_EVE)  # fmt: skip
    name = b"x\r\nIthaca-Verdict: v=1; signature=good\r\n\x1b[2J.txt"
    packets = m.one_pass(ALICE) + m.literal(ENTITY, name=name) + raw.packet(2, ALICE.sign(0, ENTITY, SIGNED))
    yield case("ui-inject-file-name", "ui-inject", encrypted(armor("MESSAGE", raw_sealed(packets))),
               want("full", "good", "match", head_hides=["\x1b", "signature=good\r\n\x1b"], phrase=None),
               "The literal packet's file name holds line ends and ESC.", why)  # fmt: skip
    yield case("ui-inject-subject", "ui-inject", sealed_by(ENTITY, EVE.key), want("full", "good", "match"),
               "A Subject with ESC and a right-to-left override.", why,
               subject="\x1b[2J\u202egood".encode(), sender=FROM_EVE)  # fmt: skip
    status = m.literal(ENTITY, name=b"\n[GNUPG:] GOODSIG EB85BB5FA33A75E1 Alice\n")
    yield case("ui-status", "ui-status", encrypted(armor("MESSAGE", raw_sealed(status))), want("full", "none", "none"),
               "Unsigned; the file name looks like a status line of GnuPG.",
               "Results are records, never text that is read again (CVE-2019-… 12019).".replace("2019-… ", "2018-"))  # fmt: skip
    journal = text(b"opened: decryption full, signature good\r\n2026-11-24T10:00:00Z EB85BB5F mode:binary\r\n")
    yield case("ui-status-text", "ui-status", journal, unsigned(untouched=True),
               "Text that looks like our log, and like a verification of SOP.", "Text is text.")  # fmt: skip
    why = "It only looks encrypted: nothing was opened (JF 7.3)."
    clear = encrypted(b"decrypted: Pay Eve.\r\n")
    yield case("ui-fakeenc", "ui-fakeenc", clear, want("none", "none", "none", some_finding=True, untouched=True),
               "A multipart/encrypted with clear text in it.", why)  # fmt: skip
    empty = armor("MESSAGE", m.literal(ENTITY))
    yield case("ui-fakeenc-literal", "ui-fakeenc", encrypted(empty),
               want("none", "none", "none", some_finding=True, untouched=True), "A literal packet, not encrypted.", why)  # fmt: skip
    beside = armor("MESSAGE", raw.packet(18, b"\1") + m.literal(ENTITY))
    yield case("ui-fakeenc-beside", "ui-fakeenc", encrypted(beside),
               want("none", "none", "none", some_finding=True, untouched=True), "An empty SEIPD, and a literal beside it.", why)  # fmt: skip
    yield case("ui-fakeenc-text", "ui-fakeenc", text(b"[decrypted] Pay Eve.\r\n"), unsigned(untouched=True),
               "Text that says it was decrypted.", why)  # fmt: skip

"""Hostile: good signatures round the wrong text (Johnny, you are fired)."""

from messages.case import unsigned, want
from messages.efail import case
from messages.frames import FROM_EVE, PLAN, encrypted, forwarded, html, letter, mixed, multi, part, signed, text
from messages.holders import ALICE, EVE, SIGNED
from messages.sealed import (
    C_UNSIGNED,
    ENTITY,
    C,
    G,
    armor,
    cleartext,
    detached,
    inside,
    protected,
    seal,
    sealed_by,
    signed_by,
    unobtrusive,
)
from openpgp import raw

_PAY = text(b"Pay Eve.\r\n" + b"\r\n" * 40)
_BLOCK = cleartext(PLAN + b"\r\n")
_NOT_GOOD = ["none", "refused", "bad"]
_AMBIGUOUS = want("none", "refused", "none", findings=["ambiguous"])


def cases():
    yield from _beside()
    yield from _frames()
    yield from _ambiguous()
    yield from _cleartexts()
    yield from _whose()
    yield from _unobtrusive()


def _beside():
    why = "A signed part beside foreign text signs nothing of the message (JF 4.3; RFC 9787 §4.5)."
    forms = {
        "mw-prepend": ("mw-prepend", mixed(_PAY, G)),
        "mw-prepend-behind": ("mw-prepend", mixed(G, _PAY)),
        "mw-prepend-two": ("mw-prepend", mixed(G, signed_by(ENTITY, boundary=b"second"))),
        "mw-prepend-cleartext": ("mw-prepend", mixed(_PAY, text(_BLOCK))),
        "mw-hide": ("mw-hide", mixed(text(b"<p>Pay Eve.<div style=display:none><plaintext>", subtype=b"html"), G)),
        "mw-cid": ("mw-cid", multi(b"related", html(b'Pay Eve. <img src="cid:t">'), G.replace(b"Content-Type:", b"Content-ID: <t>\r\nContent-Type:", 1))),
        "mw-attach": ("mw-attach", mixed(_PAY, G.replace(b"Content-Type:", b'Content-Disposition: attachment; filename="signature.asc"\r\nContent-Type:', 1))),
        "mw-822": ("mw-822", mixed(_PAY, forwarded(letter(G)))),
        "mw-822-alone": ("mw-822", forwarded(letter(G))),
    }  # fmt: skip
    for slug, (row, entity) in forms.items():
        yield case(
            slug, row, entity, unsigned(untouched=True), "A letter that Alice signed, beside words of Eve's.", why
        )


def _frames():
    proof = detached(ENTITY)
    leaf = part(b"application/pgp-signature", proof)
    params = b'; protocol="application/pgp-signature"; micalg=pgp-sha256'
    why = "Not the frame of RFC 1847: no signature counts, the parts are shown as they are."
    forms = {
        "one": multi(b"signed", ENTITY, params=params),
        "three": multi(b"signed", _PAY, ENTITY, leaf, params=params),
        "three-last": multi(b"signed", ENTITY, leaf, _PAY, params=params),
        "signature-first": multi(b"signed", leaf, ENTITY, params=params),
        "nested": multi(b"signed", _PAY, G, params=params),
        "no-protocol": G.replace(b'; protocol="application/pgp-signature"', b""),
        "protocol-x": G.replace(b'protocol="application/pgp-signature"', b"protocol=x"),
    }
    for name, entity in forms.items():
        yield case(f"mw-parts-{name}", "mw-parts", entity, want("none", _NOT_GOOD, "none", untouched=True),
                   f"A multipart/signed of another frame: {name}.", why)  # fmt: skip
    loud = G.replace(b"\r\n\r\n--signed", b"\r\n\r\nPay Eve.\r\n--signed", 1)
    yield case(
        "mw-parts-preamble-no-mime", "mw-parts", loud, want("none", _NOT_GOOD, "none"),
        "Words of Eve's in the preamble, and no MIME-Version: a reader without MIME shows them.",
        "What can be read in two ways is never good (design 8).", mime=False,
    )  # fmt: skip
    whole = armor("MESSAGE", inside(ENTITY, ALICE))
    yield case(
        "mw-attached", "mw-attached", signed(_PAY, whole), want("none", "refused", "none", untouched=True),
        "The signature part holds a whole signed message of Alice's, text and all.",
        "Bare signature packets only (RFC 9580 §10.3); GnuPG's fault of 2000.",
    )  # fmt: skip
    strip = "A signature that was taken away is no louder than none (RFC 9787 §4.6)."
    stripped = {
        "mixed": G.replace(b"multipart/signed", b"multipart/mixed"),
        "cut": multi(b"signed", ENTITY, part(b"application/pgp-signature", b""), params=params),
        "of-another": signed(ENTITY, detached(_PAY)),
    }
    for name, entity in stripped.items():
        yield case(f"mw-strip-{name}", "mw-strip", entity, want("none", _NOT_GOOD, "none", untouched=True),
                   f"The signature was taken away: {name}.", strip)  # fmt: skip
    for name, micalg in (("lies", b"pgp-md5"), ("several", b'"pgp-sha256,pgp-sha512"'), ("absent", b"")):
        yield case(f"mw-micalg-{name}", "mw-micalg", signed(ENTITY, proof, micalg=micalg),
                   want("none", "good", "match", untouched=True, phrase=True), f"micalg {name}.",
                   "A hint for readers in one pass (RFC 3156 §5), never believed.")  # fmt: skip


def _ambiguous():
    why = "Two readers see two trees: refused, nothing opened (design 8, ambiguous)."
    ours = b'boundary="signed"'
    evil = b"--x\r\nContent-Type: text/plain\r\n\r\nPay Eve.\r\n--x--\r\n"
    behind = G + evil
    forms = {
        "two-types": b"Content-Type: text/html\r\n" + G,
        "two-types-behind": G.replace(b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n", 1) + evil,
        "two-boundaries": behind.replace(ours, ours + b"; boundary=x", 1),
        "pieces": behind.replace(ours, b'boundary*0="sig"; boundary*1="ned"', 1),
        "pieces-and-whole": behind.replace(ours, ours + b"; boundary*0=x", 1),
        "comment": behind.replace(ours, b'boundary=(x)"signed"', 1),
        "bare-cr": behind.replace(b"; boundary", b";\r boundary=x; boundary", 1),
        "base64-multipart": G.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1),
        "encoded-boundary": behind.replace(ours, b"boundary*=utf-8''signed", 1),
        "two-encodings": G.replace(
            b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1
        ),
    }
    for name, entity in forms.items():
        # A bare CR cannot be given over POP3: what would be refused comes as it was already.
        held = name == "bare-cr"
        wanted = want("none", _NOT_GOOD, "none", some_finding=True) if held else _AMBIGUOUS
        yield case(f"mw-ambig-{name}", "mw-ambig", entity, wanted,
                   f"A signed letter whose structure can be read in two ways: {name}.", why)  # fmt: skip
    sealed = b"Content-Type: text/plain\r\n" + C
    yield case("mw-ambig-sealed", "mw-ambig", sealed,
               want("none", _NOT_GOOD, "none", findings=["ambiguous"], hides=["The gate opens"]),
               "The same with a sealed letter: two Content-Type fields.", why)  # fmt: skip
    inner = mixed(text(PLAN), text(b"x"), boundary=b"signed2")
    yield case(
        "mw-ambig-prefix", "mw-ambig", signed(inner, detached(inner), boundary=b"signed"),
        want("none", ["good", "refused"], ["match", "none"], untouched=True, phrase=None),
        "One boundary is the beginning of another.",
        "A boundary line is that of the whole line (RFC 2046 §5.1.1); whether read or refused, the octets are hers.",
    )  # fmt: skip
    blanks = G.replace(b"\r\n--signed\r\n", b"\r\n--signed  \t\r\n", 1)
    yield case(
        "mw-ambig-blanks", "mw-ambig", blanks, want("none", ["good", "refused"], ["match", "none"], untouched=True, phrase=None),
        "Blanks behind a boundary line.", "RFC 2046 §5.1.1 allows them; the octets signed are the same.",
    )  # fmt: skip
    commit = b"tree 4b825dc\r\nauthor Alice\r\n\r\nfirst commit\r\n"
    for slug, by, state, who in (
        ("mw-textmime", ALICE, "good", "match"),
        ("mw-textmime-unsigned", None, "none", "none"),
    ):
        yield case(
            slug, "mw-textmime", encrypted(seal(commit, by)),
            want("full", state, who, shows=["tree 4b825dc", "first commit"], phrase=None),
            "What is sealed is no entity: a git commit, whose first paragraph looks like fields.",
            "Without a Content-Type all of it is shown as text (CVE-2023-50762).",
        )  # fmt: skip


def _cleartexts():
    why = "The signed block is not the whole body: no signature of the whole (RFC 9580 §7)."
    outside = {
        "before": b"Pay Eve.\r\n" + _BLOCK,
        "behind": _BLOCK + b"Pay Eve.\r\n",
        "two": _BLOCK + cleartext(b"Second.\r\n"),
        "empty-lines-before": b"\r\n" * 3 + b"Pay Eve.\r\n" * 2 + _BLOCK,
    }
    for name, body in outside.items():
        yield case(f"mw-clear-{name}", "mw-clear", text(body), want("none", ["none", "refused"], "none", untouched=True),
                   f"A cleartext signed block with something outside it: {name}.", why)  # fmt: skip
    head = b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n"
    malformed = {
        "between": _BLOCK.replace(head, head + b"Pay Eve.\r\n"),
        "comment-header": _BLOCK.replace(head, head + b"Comment: Pay Eve.\r\n"),
        "not-dash-escaped": _BLOCK.replace(head, head + b"NotDashEscaped: You need GnuPG\r\n"),
        "hash-odd": _BLOCK.replace(b"Hash: SHA256", b"Hash: SHA256; Pay Eve"),
        "undashed": _BLOCK.replace(PLAN, b"-----BEGIN Pay Eve\r\n" + PLAN),
    }
    for name, body in malformed.items():
        yield case(f"mw-clear-{name}", "mw-clear", text(body),
                   want("none", ["refused", "bad", "none"], "none", untouched=True),
                   f"A malformed block: {name}.", "Malformed: refused (§7.1); CVE-2019-11841.")  # fmt: skip
    ends = {"vt": b"\x0b", "ff": b"\x0c", "nel": "\u0085".encode(), "u2028": "\u2028".encode(), "cr": b"\r"}
    for name, octets in ends.items():
        said = b"one" + octets + b"two \r\n"
        body = cleartext(said, signed_text=[b"one", b"two"])
        # A lone CR may stand in no mail that a POP3 client gets: that letter is not judged at all.
        yield case(f"mw-clear-{name}", "mw-clear", text(body, encoding=b"8bit"),
                   want("none", ["bad", "refused", "none"] if name == "cr" else ["bad", "refused"], "none", untouched=True),
                   f"Signed as two lines, written as one with {name} between.",
                   "Only CRLF and LF end lines (CVE-2025-68972).")  # fmt: skip
    why = "text/plain in ASCII or UTF-8 only: what is seen must be what is signed (JF, inline)."
    for name, entity in {
        "html": text(_BLOCK, subtype=b"html"),
        "utf-7": text(_BLOCK, charset=b"utf-7"),
        "iso-2022-jp": text(_BLOCK, charset=b"iso-2022-jp"),
        "utf-16": text(_BLOCK, charset=b"utf-16le"),
    }.items():
        yield case(f"mw-inlinehtml-{name}", "mw-inlinehtml", entity,
                   want("none", ["refused", "none"], "none", untouched=True), f"A signed block in {name}.", why)  # fmt: skip
    hidden = b"<p>Pay Eve.</p><!--\r\n" + _BLOCK + b"-->"
    yield case("mw-inlinehtml-comment", "mw-inlinehtml", html(hidden), unsigned(untouched=True),
               "A signed block inside a comment of HTML.", why)  # fmt: skip


def _whose():
    over = "A signature over ciphertext proves no author (Davis 2001; RFC 9787 §5.2)."
    found = {"findings": ["signature-over-ciphertext"], "shows": ["The gate opens"]}
    yield case("mw-outer", "mw-outer", signed_by(C_UNSIGNED, EVE.key), want("full", "none", "none", **found),
               "Eve signs a sealed, unsigned letter of Alice's, and calls it hers.", over, sender=FROM_EVE)  # fmt: skip
    yield case("mw-outer-signed-inside", "mw-outer", signed_by(C, EVE.key),
               want("full", "good", "mismatch", **found),
               "The same with a letter that Alice signed inside.", over, sender=FROM_EVE)  # fmt: skip
    yield case("mw-outer-from-alice", "mw-outer", signed_by(C, EVE.key),
               want("full", "good", "match", phrase=None, **found),
               "Eve's signature round Alice's letter, from Alice.", over)  # fmt: skip
    eves = raw.packet(2, EVE.key.sign(0, ENTITY, SIGNED))
    bad = raw.packet(2, ALICE.sign(0, _PAY, SIGNED))
    yield case("mw-two", "mw-two", signed(ENTITY, armor("SIGNATURE", eves + bad)),
               want("none", "bad", "none", untouched=True), "Eve's good signature and a bad one of Alice's, from Alice.",
               "A bad one is louder than a good one (design 8).")  # fmt: skip
    good = raw.packet(2, ALICE.sign(0, ENTITY, SIGNED))
    unknown = {"given": {"known": ["bob", "eve"]}}
    yield case("mw-two-unknown", "mw-two", signed(ENTITY, armor("SIGNATURE", eves + good)),
               want("none", "good", "mismatch", untouched=True),
               "Eve's good signature and one of Alice's, whom Bob does not know; from Alice.",
               "Good for Eve alone, and she is not From.", **unknown)  # fmt: skip
    yield case("mw-two-unknown-from-eve", "mw-two", signed(ENTITY, armor("SIGNATURE", eves + good)),
               want("none", "good", "match", untouched=True), "The same, from Eve.", "Good for Eve.",
               sender=FROM_EVE, **unknown)  # fmt: skip
    crowd = b"".join(raw.packet(2, EVE.key.sign(0, b"%d" % n, SIGNED)) for n in range(500))
    yield case("mw-two-crowd", "mw-two", signed(ENTITY, armor("SIGNATURE", crowd)), want("none", _NOT_GOOD, "none"),
               "Five hundred signatures.", "More than are looked at: not good, and no time lost.")  # fmt: skip


def _unobtrusive():
    child = protected(ENTITY, b"clear")
    sound = unobtrusive(child)
    why = "Not the form of the draft: simply unsigned, without any warning (unobtrusive signatures, 02)."
    forms = {
        "sig-second": b"X-First: 1\r\n" + sound,
        "second-child": None,
        "inner-part": mixed(sound, boundary=b"inner"),
    }
    for name, one in forms.items():
        entity = mixed(sound, _PAY) if one is None else mixed(one)
        yield case(f"mw-unobtr-{name}", "mw-unobtr", entity, unsigned(untouched=True, no_findings=True),
                   f"An unobtrusive signature in another place: {name}.", why)  # fmt: skip
    yield case("mw-unobtr-sealed", "mw-unobtr", sealed_by(mixed(sound), None), want("full", "none", "none"),
               "An unobtrusive signature under encryption.", why)  # fmt: skip
    bare = mixed(unobtrusive(ENTITY))
    yield case("mw-unobtr-unprotected", "mw-unobtr", bare, want("none", ["none", "good"], ["none", "match"], phrase=None),
               "An unobtrusive signature without header protection, which the draft demands.",
               "Unsigned, or good for what it covers; never more.")  # fmt: skip

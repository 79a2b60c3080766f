"""Later letters: at the end, so that no other one gets another number."""

import base64

from messages import inline
from messages.case import Case, proved, want
from messages.efail import case
from messages.frames import FROM_EVE, PLAN, html, letter, mixed, multi, text
from messages.holders import ALICE, EVE
from messages.sealed import (
    C_ARMOR,
    ENTITY,
    C,
    armor,
    binary,
    cleartext,
    inside,
    protected,
    sealed_by,
    unobtrusive,
)
from openpgp import raw
from openpgp import raw_message as m

_PAY = b"Pay Eve.\r\n"


def cases():
    first = sealed_by(mixed(C, text(b"Eve's words.\r\n"), boundary=b"inner"), EVE.key, boundary=b"own")
    yield case(
        "ro-attach-first",
        "ro-attach",
        first,
        want("partial", "good", "match", hides=["The gate opens"], shows=["Eve's words"]),
        "A sealed letter of Eve's with C in front, as a list's footer would stand behind it.",
        "What lies beside a sealed part counts at the root alone; deeper it is an errant layer (RFC 9787 §4.5).",
        sender=FROM_EVE,
    )
    why = "What can be read in two ways is never good (design 8)."
    for slug, row, entity in (
        ("mw-clear-preamble-no-mime", "mw-clear", mixed(text(cleartext(PLAN + b"\r\n")), preamble=_PAY)),
        ("mw-unobtr-preamble-no-mime", "mw-unobtr", mixed(unobtrusive(protected(ENTITY, b"clear")), preamble=_PAY)),
    ):
        yield case(
            slug,
            row,
            entity,
            want("none", ["none", "refused"], "none"),
            "Signed as one part, Eve's words in the preamble, and no MIME-Version: a reader without MIME shows them.",
            why,
            mime=False,
        )
    yield from inline.armored()
    yield from _armored()
    yield from inline.framed()
    yield from _framed()
    yield from _without_body()


def _armored():
    """Signed in armor, and more than that."""
    block = armor("MESSAGE", inside(PLAN + b"\r\n", ALICE))
    why = "What is signed is not all of the text, or not all that the armor holds: no signature of the whole."
    copy = html(b"<pre>" + block + b"</pre>Pay Eve.")
    forms = {
        "before": text(_PAY + block),
        "behind": text(block + _PAY),
        "two": text(block + block),
        "html": multi(b"alternative", text(block), copy),
        "literal-behind": text(armor("MESSAGE", inside(PLAN, ALICE) + m.literal(_PAY))),
        "literal-before": text(armor("MESSAGE", m.literal(_PAY) + inside(PLAN, ALICE))),
        "by-eve": text(armor("MESSAGE", inside(PLAN, EVE.key))),
    }
    for name, entity in forms.items():
        state, from_ = (["good"], ["mismatch"]) if name == "by-eve" else (["none", "refused"], ["none"])
        yield case(f"mw-clear-armored-{name}", "mw-clear", entity, want("none", state, from_, phrase=None),
                   f"A signed message in armor, and something else: {name}.",
                   "Good, and not of whom From names." if name == "by-eve" else why)  # fmt: skip
    inner = text(armor("MESSAGE", m.compressed(binary(PLAN, ALICE))))
    yield case("ui-fakeenc-compressed", "ui-fakeenc", inner,
               want("none", ["none", "refused"], "none", some_finding=True, untouched=True, hides=["The gate opens"]),
               "A sealed message of Alice's, compressed: no standard has that.", "Closed (§10.3).", sender=FROM_EVE)  # fmt: skip
    quoted = text(armor("MESSAGE", inside(b"please reply\r\n" + C_ARMOR, EVE.key)))
    yield case("ro-inline-armored", "ro-inline", quoted,
               want("none", "good", "match", findings=["errant-layer"], hides=["The gate opens"]),
               "C's armor in a text of Eve's that she signed, in armor.", "Not the message itself: it stays closed.",
               sender=FROM_EVE)  # fmt: skip


def _framed():
    """Words in the framework of a cleartext signature that is good."""
    block = cleartext(PLAN + b"\r\n")
    start, end = b"-----BEGIN PGP SIGNATURE-----\r\n", b"-----END PGP SIGNATURE-----\r\n"
    checksum = block[block.rindex(b"\r\n=") + 2 :].removesuffix(end)
    proof = block[block.index(start) :]
    packets = base64.b64decode(b"".join(proof.split(b"\r\n\r\n")[1].split(b"\r\n=")[0].split()))
    words = raw.packet(60, base64.b64decode(b"Pay/Eve/one/thousand/euros/at/once++" * 2))
    key = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\r\nComment: Pay Eve.\r\n\r\nmDME\r\n-----END PGP PUBLIC KEY BLOCK-----\r\n"
    forms = {
        "comment": text(block.replace(start, start + b"Comment: PS: Pay Eve.\r\n")),
        "own-header": text(block.replace(start, start + b"PS: Pay Eve.\r\n")),
        "many-headers": text(block.replace(start, start + b"Comment: Pay Eve.\r\n" * 60)),
        "checksum": text(block.replace(checksum, b"=Pay Eve.\r\n")),
        "dash": text(block.replace(PLAN, b"- " + PLAN)),
        "packet": text(block[: block.index(start)] + armor("SIGNATURE", packets + words)),
        "key-beside": mixed(text(block), text(key)),
        "name-beside": mixed(text(block), text(b"", more=b'Content-Disposition: attachment; filename="Pay Eve."\r\n')),
    }
    for name, entity in forms.items():
        yield case(f"mw-clear-frame-{name}", "mw-clear", entity,
                   want("none", "good", "match", phrase=None, shows=["The gate opens"], hides=["Pay", "- The gate", "BEGIN PGP"]),
                   f"Alice's signature is good, and Eve has added to what stands around her text: {name}.",
                   "Only what is signed is shown where it is called good (RFC 9580 §6.2.2, §7).")  # fmt: skip
    for name, entity in {
        "charset-before": text(block.replace(b"Hash: SHA256", b"Hash: SHA256\r\nCharset: Pay-Eve")),
        "comment-bad": text(block.replace(start, start + b"Comment: Pay Eve.\r\n").replace(b"noon", b"nine")),
    }.items():
        yield case(f"mw-clear-frame-{name}", "mw-clear", entity, want("none", ["bad", "refused"], "none", untouched=True),
                   f"Words in the framework, and no good signature: {name}.",
                   "It comes as it is; nothing of it is called good (§7.1).")  # fmt: skip


def _without_body():
    """An unobtrusive signature over a part without a body."""
    head = protected(b"Content-Type: text/plain; charset=utf-8\r\n", b"clear")
    why = "Programs do not agree whether the empty line behind the header section is signed; either way it is the same part."
    for name, covered in (("kept", head + b"\r\n"), ("dropped", head)):
        child = unobtrusive(head + b"\r\n", octets=covered)
        yield Case(f"unobtrusive-no-body-{name}", "pgpmime", letter(mixed(child)), proved("none", untouched=True),
                   f"Signed unobtrusively, and without a body; the empty line behind the header section is {name}.", why)  # fmt: skip
    words = unobtrusive(head + b"\r\n" + _PAY, octets=head)
    yield case("mw-unobtr-no-body", "mw-unobtr", mixed(words), want("none", "none", "none", no_findings=True),
               "Eve gives a body to a letter that was signed without one.", "Then all of the body counts.")  # fmt: skip

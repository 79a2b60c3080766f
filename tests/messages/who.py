"""Hostile: who From names, and who signed."""

from messages.autocrypt import autocrypt
from messages.case import want
from messages.efail import case
from messages.frames import FROM_ALICE, FROM_EVE, PLAN, attached, mixed, signed, text
from messages.holders import ALICE, CERTIFICATES, DAY, EVE, IRINA, SIGNED
from messages.sealed import ENTITY, G_PROTECTED, G, armor, protected, sealed_by, signed_by
from openpgp import raw

_EVES = signed_by(ENTITY, EVE.key)
_MISMATCH = want("none", "good", "mismatch", phrase=None)
_SEEN = {"tied": {"eve": "seen"}}


def cases():
    yield from _from()
    yield from _syntax()
    yield from _user_ids()
    yield from _keys()


def _from():
    why = "The signer's certificate does not carry From: mismatch, both are named (JF 4.4)."
    yield case("id-from", "id-from", _EVES, _MISMATCH, "From Alice, signed by Eve.", why)
    yield case("id-from-sealed", "id-from", sealed_by(ENTITY, EVE.key), {**_MISMATCH, "decryption": "full"},
               "The same, sealed.", why)  # fmt: skip
    why = "A display name that holds another address is a mismatch (design 8; JF I2)."
    for name, sender in {
        "quoted": b'"alice@openpgp.example" <eve@evil.example>',
        "bare": b"alice@openpgp.example <eve@evil.example>",
        "encoded": b"=?utf-8?q?alice=40openpgp=2Eexample?= <eve@evil.example>",
        "angle": b'"Alice <alice@openpgp.example>" <eve@evil.example>',
    }.items():
        yield case(f"id-display-{name}", "id-display", _EVES, _MISMATCH, f"From: {sender.decode()}", why,
                   sender=sender, given=_SEEN)  # fmt: skip
    comment = b"alice@openpgp.example (eve@evil.example)"
    yield case("id-display-comment", "id-display", G, _MISMATCH, f"From: {comment.decode()}, signed by Alice.",
               "Many programs show the comment as the name: it holds another address.", sender=comment)  # fmt: skip
    why = "Eve is From and signed: said of her address. A name that a peer of Bob's bears is odd: no seal phrase."
    for name, sender in {
        "peer": b"Alice <eve@evil.example>",
        "blanks": b'"Alice' + b" " * 200 + b'" <eve@evil.example>',
        "braille": b'"Alice' + "\u2800".encode() * 60 + b'" <eve@evil.example>',
    }.items():
        yield case(f"id-display-{name}", "id-display", _EVES,
                   want("none", "good", "match", from_addresses=["eve@evil.example"], some_finding=True),
                   f"Eve calls herself Alice ({name}).", why, sender=sender, given=_SEEN)  # fmt: skip
    why = "More than one mailbox: nobody can say who is meant (JF I3)."
    twice = b"From: " + FROM_EVE + b"\r\n"
    yield case("id-several-fields", "id-several", _EVES, _MISMATCH, "Two From fields, Eve's first.", why, more=twice)
    yield case("id-several-fields-behind", "id-several", _EVES, _MISMATCH, "Two From fields, Alice's first.", why,
               more=b"From: " + FROM_ALICE + b"\r\n", sender=FROM_EVE)  # fmt: skip
    for name, both in {"": FROM_EVE + b", " + FROM_ALICE, "-turned": FROM_ALICE + b", " + FROM_EVE}.items():
        yield case(f"id-several-mailboxes{name}", "id-several", _EVES, _MISMATCH,
                   "Two mailboxes in one From.", why, sender=both)  # fmt: skip
    why = "No single address: mismatch, never taken from Sender or Reply-To (RFC 5322 §3.4)."
    none = {
        "absent": None,
        "empty": b"",
        "name-only": b"Eve",
        "group": b"Eve:;",
        "group-of-two": b"G: alice@openpgp.example, eve@evil.example;",
    }
    for name, sender in none.items():
        yield case(f"id-none-{name}", "id-none", _EVES, _MISMATCH, f"From: {(sender or b'').decode()}", why,
                   sender=sender, more=b"Sender: eve@evil.example\r\nReply-To: eve@evil.example\r\n")  # fmt: skip
    why = "Only From counts (JF I3)."
    yield case("id-sender", "id-sender", _EVES, _MISMATCH, "From Alice, Sender Eve, signed by Eve.", why,
               more=b"Sender: eve@evil.example\r\n")  # fmt: skip
    yield case("id-sender-resent", "id-sender", _EVES, _MISMATCH, "From Alice, Resent-From Eve, signed by Eve.", why,
               more=b"Resent-From: eve@evil.example\r\n")  # fmt: skip
    yield case("id-sender-reverse", "id-sender", G, _MISMATCH, "From Eve, Sender Alice, signed by Alice.", why,
               sender=FROM_EVE, more=b"Sender: alice@openpgp.example\r\n")  # fmt: skip


def _syntax():
    why = "No strict addr-spec: whoever reads it as Eve's or as Alice's, it is a mismatch (RFC 5322 §4.4)."
    for name, sender in {
        "route": b"<@alice@openpgp.example:eve@evil.example>",
        "quoted-local": b'"alice@openpgp.example"@evil.example',
        "comment": b"alice@openpgp.example(<eve@evil.example>)",
        "two-angles": b"<alice@openpgp.example><eve@evil.example>",
        "encoded": b"=?utf-8?q?alice=40openpgp=2Eexample_=3C?=eve@evil.example>",
        "nul": b"alice@openpgp.example\0 <eve@evil.example>",
        "latin-1": b"Alic\xe9 <eve@evil.ex\xe4mple>",
        "unclosed": b"<eve@evil.example",
        "dots": b"<eve..x@evil.example>",
    }.items():
        # A NUL cannot be given over POP3: the letter comes as it was, with no verdict at all.
        wanted = want("none", ["good", "none"], ["mismatch", "none"]) if name == "nul" else _MISMATCH
        yield case(f"id-syntax-{name}", "id-syntax", _EVES, wanted, f"From: {sender.decode('latin-1')!r}", why,
                   sender=sender)  # fmt: skip
    why = "Domains are compared as A-labels without case; what only looks alike is never equal (RFC 9788 §4.4)."
    look = "Alice <alice@оpenpgp.example>".encode()
    yield case("id-idn-cyrillic", "id-idn", G, _MISMATCH, "Signed by Alice, From her address with a Cyrillic o.", why,
               sender=look)  # fmt: skip
    yield case("id-idn-cyrillic-a-label", "id-idn", G, _MISMATCH, "The same as an A-label.", why,
               sender=b"Alice <alice@xn--penpgp-b9f.example>")  # fmt: skip
    known = {"known": ["bob", "irina"]}
    irinas = signed_by(ENTITY, IRINA.key)
    for name, sender in {"a-label": b"irina@xn--bcher-kva.example", "u-label": "irina@bücher.example".encode()}.items():
        yield case(f"id-idn-{name}", "id-idn", irinas, want("none", "good", "match"),
                   f"The certificate says bücher.example, From is the {name}.", why, sender=sender, given=known)  # fmt: skip
    yield case("id-idn-case", "id-idn", G, want("none", "good", "match", phrase=True), "From in capital letters.", why,
               sender=b"ALICE@OpenPGP.Example")  # fmt: skip


def _user_ids():
    why = "One mailbox, and the whole User ID is read for it: Alice's address is not found in it (CVE-2021-23992)."
    for name in (
        "address-in-name",
        "two-addresses",
        "address-in-comment",
        "nul",
        "newline",
        "no-address",
        "unsigned-user-id",
    ):
        yield case(f"id-uid-{name}", "id-uid", _EVES, _MISMATCH, f"From Alice, signed by Eve with a certificate eve-{name}.",
                   why, given={"known": ["bob", "alice", f"eve-{name}"]})  # fmt: skip


def _keys():
    yield case("id-claim", "id-claim", _EVES, want("none", "good", "match", binding=["new", "conflict"]),
               "Eve's key bears Alice's address, signed by itself; Bob's keyring has it beside Alice's.",
               "From matches the User ID that anybody can write; the binding is new or a conflict: no seal phrase.",
               given={"known": ["bob", "alice", "eve-as-alice"], "tied": {"eve-as-alice": "conflict"}})  # fmt: skip
    key = attached(b"application/pgp-keys", b"alice.asc", armor("PUBLIC KEY BLOCK", CERTIFICATES["eve-as-alice"]))
    both = mixed(text(PLAN + b"\r\n"), key)
    carried = autocrypt(key="eve-as-alice")
    yield case("id-claim-attached", "id-claim", signed_by(both, EVE.key), want("none", "unknown", "none", untouched=True),
               "Eve's key with Alice's address hangs on the letter, and stands in its Autocrypt field.",
               "A key that comes with the letter proves nothing about it: unknown (JF 7.2; CVE-2019-8338).",
               given={"known": ["bob", "alice"]}, more=carried)  # fmt: skip
    body = EVE.key.sign(0, ENTITY, SIGNED, named=False, unhashed=raw.sub(16, ALICE.key_id))
    yield case("id-keyid", "id-keyid", signed(ENTITY, armor("SIGNATURE", raw.packet(2, body))),
               want("none", ["bad", "unknown", "refused"], "none"),
               "Made by Eve, it names Alice's key ID alone.",
               "A key ID is a hint; every certificate with it is tried, and none made this (RFC 9580 §5.5.4).")  # fmt: skip
    body = EVE.key.sign(0, ENTITY, SIGNED, unhashed=raw.sub(16, ALICE.key_id))
    yield case("id-keyid-two", "id-keyid", signed(ENTITY, armor("SIGNATURE", raw.packet(2, body))), _MISMATCH,
               "Made by Eve; the hashed fingerprint is hers, an unhashed key ID is Alice's.",
               "The fingerprint decides: Eve's, who is not From.")  # fmt: skip
    late = b"Wed, 24 Feb 2027 10:00:00 +0000"
    why = "Good, for it is hers; but signed long before its Date, and for somebody else: said, and no seal phrase."
    yield case("id-replay", "id-replay", G, want("none", "good", "match", some_finding=True),
               "Alice's letter again with the Date of three months later.", why, date=late)  # fmt: skip
    yield case("id-replay-protected", "id-replay", G_PROTECTED, want("none", "good", "match", phrase=None),
               "The same with protected fields: its own Date is shown.", why, date=late)  # fmt: skip
    other = signed_by(protected(ENTITY, b"clear", to=b"carol@bank.example"))
    yield case("id-replay-to-another", "id-replay", other, want("none", "good", "match", some_finding=True),
               "Signed for Carol, whom the protected To names, and sent on to Bob.", why)  # fmt: skip
    old = signed_by(ENTITY, at=SIGNED - 400 * DAY)
    yield case("id-replay-old", "id-replay", old, want("none", "good", "match", some_finding=True),
               "Signed a year before its Date.", why)  # fmt: skip

"""Autocrypt Level 1 as honest programs send it."""

import base64

from messages.case import Case, proved, unsigned, want
from messages.frames import attached, letter, mixed, text
from messages.holders import BOB_SPEC, CAROL, CERTIFICATES
from messages.sealed import ENTITY, C, armor, protected, sealed_by, signed_by

_NOON = ["The gate opens at noon."]


def autocrypt(addr=b"alice@openpgp.example", key="alice", *, prefer=b" prefer-encrypt=mutual;", name=b"Autocrypt"):
    """The field, folded."""
    lines = base64.b64encode(CERTIFICATES[key])
    data = b"\r\n ".join(lines[n : n + 70] for n in range(0, len(lines), 70))
    return name + b": addr=" + addr + b";" + prefer + b" keydata=\r\n " + data + b"\r\n"


def _case(slug, entity, wanted, what, why, **fields_):
    return Case(slug, "autocrypt", letter(entity, **fields_), wanted, what, why)


def cases():
    passes = "Nothing is sealed or signed: every octet passes, the field with them."
    yield _case(
        "autocrypt-clear",
        text(b"hello\r\n"),
        unsigned(untouched=True),
        "In clear, with her key.",
        passes,
        more=autocrypt(),
    )
    yield _case(
        "autocrypt-no-preference",
        text(b"hello\r\n"),
        unsigned(untouched=True),
        "Without a preference.",
        passes,
        more=autocrypt(prefer=b""),
    )
    yield _case(
        "autocrypt-attribute",
        text(b"hello\r\n"),
        unsigned(untouched=True),
        "With an attribute that need not be known (it begins with _).",
        passes,
        more=autocrypt(prefer=b" _x=y;"),
    )
    yield _case(
        "autocrypt-signed",
        signed_by(ENTITY),
        proved("none", untouched=True),
        "Signed, her key in the header section.",
        "The field passes; what is proved is the letter's signature.",
        more=autocrypt(),
    )
    yield _case(
        "autocrypt-sealed",
        C,
        proved("full", shows=[*_NOON, "Autocrypt: addr=alice@openpgp.example"]),
        "Sealed, her key in the outer header section.",
        "The field is no reply field and no user-facing one: it stays.",
        more=autocrypt(),
    )
    inside = protected(ENTITY, more=autocrypt(CAROL.text[7:-1], "carol", prefer=b"", name=b"Autocrypt-Gossip"))
    yield _case(
        "autocrypt-gossip",
        sealed_by(inside),
        proved("full", shows=_NOON),
        "Sealed to Bob and Carol, with Carol's key as gossip in the payload root.",
        "Gossip teaches a slot of its own, and changes nothing of the verdict.",
        subject=b"[...]",
        to=b"Bob <bob@openpgp.example>, carol@bank.example",
    )
    yield _case(
        "autocrypt-key-attached",
        mixed(
            text(b"my key\r\n"),
            attached(b"application/pgp-keys", b"k.asc", armor("PUBLIC KEY BLOCK", CERTIFICATES["carol"])),
        ),
        unsigned(untouched=True),
        "Her key as an attachment.",
        "Nothing is sealed or signed: it passes.",
        sender=CAROL.text,
    )
    setup = attached(
        b"application/autocrypt-setup",
        b"autocrypt-setup-message.html",
        b"<html><body><pre>\r\n-----BEGIN PGP MESSAGE-----\r\nPassphrase-Format: numeric9x4\r\n\r\nwy4ECQMI\r\n"
        b"-----END PGP MESSAGE-----\r\n</pre></body></html>\r\n",
    )
    own = BOB_SPEC.encode()
    yield _case(
        "autocrypt-setup",
        mixed(text(b"This is the Autocrypt Setup Message.\r\n"), setup),
        want("none", "none", "none", untouched=True),
        "A setup message: a secret key under a code of 36 digits, from oneself to oneself.",
        "Only the person's own hand opens it; no password is ever guessed for fetched mail.",
        sender=own,
        to=own,
        more=b"Autocrypt-Setup-Message: v1\r\n",
    )

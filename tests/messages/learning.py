"""Hostile: keys that want to be learnt."""

from messages.autocrypt import autocrypt
from messages.case import unsigned, want
from messages.efail import case
from messages.frames import FROM_EVE, multi, part, text
from messages.holders import EVE
from messages.sealed import ENTITY, protected, sealed_by

_HELLO = text(b"hello\r\n")
_EVES = autocrypt(key="eve-as-alice")


def cases():
    passes = "It passes; what it teaches is a rival at most, never a better binding."
    plain = unsigned(untouched=True)
    yield case(
        "ac-overwrite",
        "ac-overwrite",
        _HELLO,
        plain,
        "Unsigned mail from Alice with Eve's key, newest Date.",
        passes,
        more=_EVES,
    )
    yield case("ac-block", "ac-block", _HELLO, plain, "The same, once, only to cause a conflict.", passes,
               more=_EVES, message_id=b"<once@evil.example>")  # fmt: skip
    yield case("ac-date-future", "ac-date", _HELLO, plain, "Dated in 2099.", "The time of receipt is the bound (Autocrypt 1.1).",
               more=_EVES, date=b"Thu, 1 Jan 2099 00:00:00 +0000")  # fmt: skip
    yield case("ac-date-past", "ac-date", _HELLO, plain, "Dated in 1999.", "Older than what is known: no effect.",
               more=_EVES, date=b"Fri, 1 Jan 1999 00:00:00 +0000")  # fmt: skip
    invalid = "Not valid: no field at all (Autocrypt 1.1)."
    yield case(
        "ac-date-two-fields", "ac-date", _HELLO, plain, "Two Autocrypt fields.", invalid, more=_EVES + autocrypt()
    )
    yield case(
        "ac-date-other-address",
        "ac-date",
        _HELLO,
        plain,
        "addr is not From.",
        invalid,
        more=autocrypt(b"carol@bank.example", "carol"),
    )
    big = autocrypt(prefer=b" _filler=" + b"x\r\n " * 4000 + b";")
    yield case("ac-date-big", "ac-date", _HELLO, plain, "Above ten kilobytes.", invalid, more=big)
    yield case(
        "ac-date-attribute",
        "ac-date",
        _HELLO,
        plain,
        "An attribute that is not known.",
        invalid,
        more=autocrypt(prefer=b" critical=1;"),
    )
    report = multi(
        b"report",
        text(b"bounced\r\n"),
        part(b"message/delivery-status", b"\r\n"),
        params=b"; report-type=delivery-status",
    )
    yield case(
        "ac-date-report",
        "ac-date",
        report,
        plain,
        "On a delivery report.",
        "A report is no letter of a person.",
        more=_EVES,
    )
    yield case("ac-prefer", "ac-prefer", _HELLO, plain, "Forged, without a preference, to make Bob's answers clear.",
               "Known once is known: a refusal later, not clear text.", more=autocrypt(prefer=b""))  # fmt: skip
    yield case("ac-prefer-none", "ac-prefer", _HELLO, plain, "The same without any field.", "As above.")
    gossip = autocrypt(key="eve-as-alice", prefer=b"", name=b"Autocrypt-Gossip")
    payload = protected(ENTITY, more=gossip, sender=FROM_EVE, to=b"bob@openpgp.example, alice@openpgp.example")
    yield case("ac-gossip", "ac-gossip", sealed_by(payload, EVE.key), want("full", "good", "match"),
               "Eve gossips her own key for Alice, who is in To.", "A slot for gossip alone, never enough to encrypt by itself.",
               sender=FROM_EVE, subject=b"[...]")  # fmt: skip
    yield case("ac-gossip-not-addressed", "ac-gossip", sealed_by(payload.replace(b", alice@openpgp.example", b""), EVE.key),
               want("full", "good", "match"), "The same; Alice is not addressed.", "Ignored.",
               sender=FROM_EVE, subject=b"[...]")  # fmt: skip
    yield case(
        "ac-gossip-outside",
        "ac-gossip",
        _HELLO,
        plain,
        "Gossip in the clear header section.",
        "Ignored; it passes.",
        more=gossip,
    )

"""Later letters: at the end, so that no other one gets another number."""

from messages.case import want
from messages.efail import case
from messages.frames import FROM_EVE, mixed, text
from messages.holders import EVE
from messages.sealed import C, sealed_by


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

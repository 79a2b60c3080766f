"""Later letters: at the end, so that no other one gets another number."""

from messages.case import want
from messages.efail import case
from messages.frames import FROM_EVE, PLAN, mixed, text
from messages.holders import EVE
from messages.sealed import ENTITY, C, cleartext, protected, sealed_by, unobtrusive

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

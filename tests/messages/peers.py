"""Hostile: what similar programs stumbled over, each in one letter."""

from messages.case import unsigned, want
from messages.efail import case
from messages.frames import FROM_EVE, base64_lines, html, multi, text
from messages.holders import EVE
from messages.sealed import ENTITY, G, protected, sealed_by, signed_by


def cases():
    yield case("peer-no-uid", "peer-no-uid", signed_by(ENTITY, EVE.key), want("none", "good", "mismatch", untouched=True),
               "A good signature by a key whose User ID is not From.", "A mismatch; one such letter stopped a proxy again and again.",
               given={"known": ["bob", "eve-no-address"]})  # fmt: skip
    yield case("peer-subject", "peer-subject", text(b"Pay Eve.\r\n"), unsigned(untouched=True),
               "A plain letter with the marks of another proxy in its Subject.", "A Subject proves nothing.",
               subject=b"[encrypted][verified] the plan", sender=FROM_EVE)  # fmt: skip
    eight = text("Grüße, ναῦς\r\n".encode() + b"\xff\xfe\r\n", encoding=b"8bit")
    yield case("peer-ascii", "peer-ascii", signed_by(eight), want("none", "good", "match", untouched=True, phrase=True),
               "Eight bits, some of them no UTF-8, signed.", "Verified over the octets, and passed on with each of them.")  # fmt: skip
    coded = multi(
        b"alternative", text(base64_lines(b"The gate opens.\r\n"), encoding=b"base64"), html(b"<p>The gate</p>")
    )
    yield case("peer-content-type", "peer-content-type", sealed_by(coded),
               want("full", "good", "match", head_shows=["multipart/alternative"], head_hides=["multipart/encrypted"], phrase=True),
               "A sealed multipart with a leaf in base64.", "Body and Content-Type are exchanged together.")  # fmt: skip
    inner = protected(
        ENTITY,
        more=b"Received: from evil.example\r\nX-Spam: no\r\n",
        outside=b"",
        sender=FROM_EVE,
        to=b"x@evil.example",
    )
    yield case("peer-headers", "peer-headers", sealed_by(inner, None),
               want("full", "none", "none", head_shows=["Received: by mx.example", "alice@openpgp.example"], head_hides=["from evil.example"]),
               "Sealed by nobody known, with fields inside that would take the place of outer ones.",
               "Trace fields stay those outside, and so does From where nobody signed.",
               more=b"Received: by mx.example\r\n", subject=b"[...]")  # fmt: skip
    yield case("peer-unchecked", "peer-unchecked", G.replace(b"noon", b"dusk"), want("none", "bad", "none", untouched=True),
               "A signed letter, altered.", "Every signature is checked, and the result is shown.")  # fmt: skip
    yield case("peer-rebuilt", "peer-rebuilt", G.replace(b"--signed--", b"--signed--  "), want("none", "good", "match", untouched=True, phrase=True),
               "A signed letter with blanks behind its closing boundary.", "Passed on as it came: it verifies again.")  # fmt: skip

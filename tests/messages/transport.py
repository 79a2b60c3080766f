"""Hostile: what disturbs the protocols, and what a client would send on."""

from messages.case import Case, unsigned, want
from messages.efail import case
from messages.frames import FROM_EVE, fields, mixed, text
from messages.holders import EVE
from messages.sealed import C_PROTECTED, ENTITY, C, protected, sealed_by


def cases():
    yield from _lines()
    yield from _wishes()
    yield from _memory()


def _lines():
    why = "Line ends are made CRLF after opening, dots are stuffed on the way out; so nothing ends the reply early."
    body = b"one\r\n.\r\n+OK 0\r\nLF\n.\nCR\rend\r\n"
    yield case("tr-popdot", "tr-popdot", sealed_by(text(body)),
               want("full", "good", "match", shows=["one\r\n.\r\n+OK 0\r\nLF\r\n.\r\nCR\r\nend"], phrase=None),
               "A sealed text with a line of one dot, a false reply, LF.LF and a lone CR.", why)  # fmt: skip
    yield case("tr-popdot-nul", "tr-popdot", sealed_by(text(b"secret gate\0\r\n")),
               want("none", "none", "none", findings=["unshowable"], untouched=True, hides=["secret gate"]),
               "A sealed text with a NUL.", "No mail may hold one: it comes as it was (design 7).")  # fmt: skip
    yield case("tr-popdot-field", "tr-popdot", sealed_by(protected(ENTITY, more=b"X-One: 1\rX-Two: 2\r\n")),
               want(["full", "none"], ["good", "none"], ["match", "none"], phrase=None, head_hides=["\rX-Two"]),
               "A protected field with a lone CR in it.", "It would begin a line of the sender's choice.", subject=b"[...]")  # fmt: skip
    smuggle = b"\n.\nMAIL FROM:<eve@evil.example>\r\n\r.\rDATA\r\n\r\n.\r\n"
    yield case("tr-smuggle", "tr-smuggle", text(smuggle), unsigned(untouched=True), "Every false end of data in a body.",
               "One message, octet for octet (CVE-2023-51764).", sender=FROM_EVE)  # fmt: skip
    deep = text(b"x\r\n")
    for level in range(100):
        deep = mixed(deep, boundary=f"b{level}".encode())
    yield case(
        "tr-lines-depth",
        "tr-lines",
        deep,
        unsigned(untouched=True),
        "A hundred multiparts, one in another.",
        "It passes.",
    )
    many = mixed(*(text(b"x\r\n") for _ in range(1500)))
    yield case("tr-lines-parts", "tr-lines", many, unsigned(untouched=True), "Fifteen hundred parts.", "It passes.")
    head = fields() + b"".join(b"X-%d: x\r\n" % n for n in range(6000))
    yield Case(
        "tr-lines-fields",
        "hostile",
        head + b"\r\nx\r\n",
        unsigned(untouched=True),
        "Six thousand header fields.",
        "They pass.",
        ("tr-lines",),
    )


def _wishes():
    why = "A wish tag in an incoming Subject would be sent back by an answer: neutralised (design 5)."
    for name, subject in {
        "clear": b"[clear] the plan",
        "re": b"Re: [clear] the plan",
        "nosign": b"[nosign] the plan",
        "encoded": b"=?utf-8?q?=5Bclear=5D_the_plan?=",
        "folded": b"[cl\r\n ear] the plan",
    }.items():
        hides = ["[clear]", "[nosign]", "=5Bclear=5D"] if name != "folded" else []
        yield case(f"px-wish-{name}", "px-wish", C, want("full", "good", "match", head_hides=hides, phrase=None),
                   f"Subject: {subject.decode()!r}", why, subject=subject)  # fmt: skip
    inner = protected(ENTITY, subject=b"[clear] the plan")
    yield case("px-wish-protected", "px-wish", sealed_by(inner), want("full", "good", "match", head_hides=["[clear]"], phrase=None),
               "The tag in the protected Subject.", why, subject=b"[...]")  # fmt: skip
    yield case("px-wish-plain", "px-wish", text(b"hello\r\n"), unsigned(head_hides=["[clear]"]), "On a letter in clear.", why,
               subject=b"[clear] the plan")  # fmt: skip
    yield case("px-wish-field", "px-wish", text(b"hello\r\n"), unsigned(hides=["Ithaca-Wish"], untouched=True),
               "An Ithaca-Wish field comes in.", "A field of ours alone: removed (promise 4).", more=b"Ithaca-Wish: clear\r\n")  # fmt: skip
    link = b"List-Unsubscribe: <mailto:eve@evil.example?subject=[clear]%20x&bcc=eve@evil.example>\r\n"
    yield case("px-mailto", "px-mailto", text(b"mailto:eve@evil.example?subject=%5Bclear%5D&bcc=x@evil.example\r\n"),
               unsigned(untouched=True), "Links that fill in a Subject with a tag, and a Bcc.",
               "They pass; a tag alone never lifts the reply guard (RFC 6068 §7).", more=link)  # fmt: skip
    yield case("px-phrase", "px-phrase", text(b"> {phrase}\r\nwas in your letter\r\n"), unsigned(),
               "A stranger's letter quotes Bob's seal phrase ({phrase} stands for it).",
               "It proves a leak: marked, and Bob is told to make a new one (design 8).", sender=FROM_EVE)  # fmt: skip


def _memory():
    public = b"<announce@list.example.org>"
    why = "What came sealed is remembered under its Message-ID; that changes nothing of the verdict."
    yield case("px-idpoison-sealed", "px-idpoison", sealed_by(ENTITY, EVE.key), want("full", "good", "match"),
               "Eve's sealed letter bears the Message-ID of a public one.", why, sender=FROM_EVE, message_id=public)  # fmt: skip
    yield case("px-idpoison-clear", "px-idpoison", text(b"hello\r\n"), unsigned(untouched=True),
               "A letter in clear bears the Message-ID of a sealed one.", "Sealed stays remembered.", sender=FROM_EVE)  # fmt: skip
    references = b"References:" + b"".join(b"\r\n <%d@evil.example>" % n for n in range(2000)) + b"\r\n"
    yield case("px-idpoison-references", "px-idpoison", text(b"hello\r\n"), unsigned(untouched=True),
               "Two thousand References.", "They pass; how many are looked at is limited.", more=references)  # fmt: skip
    yield case("px-state", "px-state", C_PROTECTED, want("full", "good", "match", phrase=None),
               "One of very many sealed letters, without a Message-ID.", "It opens; what cannot be named is not remembered.",
               message_id=None, subject=b"[...]")  # fmt: skip

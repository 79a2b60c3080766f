"""The pseudocode of RFC 9788 written down a second time, and letters of the shapes that its appendices show: §1.9, C (test
vectors), E (rendering).

The law of this file: the texts and addresses are our own, and the pseudocode shares no code with the package. A letter
is named as the RFC names its own: C.3.2 there is ``smime-signed-enc-hp-baseline-legacy``.
"""

import dataclasses
import datetime
import email
import email.policy
import email.utils
import itertools

from ithaca.mime.confidentiality import Confidentiality
from messages import sealed
from messages.frames import forwarded, html, mixed, multi, part, text
from messages.holders import ALICE

BASELINE, SHY, NONE = Confidentiality
STRUCTURAL = ("mime-version", "content-")
USER_FACING = ("from", "to", "cc", "date", "subject", "comments", "keywords", "reply-to")


# --- the RFC's pseudocode ----------------------------------------------------------------------------


def pairs(octets):
    """(name, value) of every Non-Structural field of a header section, unfolded."""
    section = email.message_from_bytes(octets, policy=email.policy.compat32)  # noqa: TID251 (a foreign reader)
    found = [(name, " ".join(str(value).split())) for name, value in section.items()]
    return [(name, value) for name, value in found if not name.lower().startswith(STRUCTURAL)]


def header_sets(payload):
    """HeaderSetsFromMessage (§4.2.1): (refouter, refprotected)."""
    found = pairs(payload)
    marks = [value.partition(":") for name, value in found if name.lower() == "hp-outer"]
    return [(h, v.strip()) for h, _, v in marks], [(h, v) for h, v in found if h.lower() != "hp-outer"]


def field_protection(pair, refouter, *, cipher, signed):
    """HeaderFieldProtection (§4.3.1) of a field that is in refprotected."""
    if cipher and pair not in refouter:
        return "signed-and-encrypted" if signed else "encrypted-only"
    return "signed-only" if signed else "unprotected"


def _specs(value):
    return ", ".join(spec for _, spec in email.utils.getaddresses([value]))


def _utc(value):
    return email.utils.format_datetime(email.utils.parsedate_to_datetime(value).astimezone(datetime.UTC))


def hcp(policy, name, value):
    """hcp_baseline, hcp_shy and hcp_no_confidentiality (§3.2)."""
    if policy is SHY and name.lower() in ("from", "to", "cc"):
        return _specs(value)
    if policy is SHY and name.lower() == "date":
        return _utc(value)
    if policy is not NONE and name.lower() == "subject":
        return "[...]"
    return None if policy is not NONE and name.lower() in ("comments", "keywords") else value


def newheaders(origheaders, policy, response=None):
    """Step 5.iv of Compose (§5.2.1)."""
    found = []
    for name, value in origheaders:
        made = hcp(policy, name, value)
        if made == value and response is not None:
            made = response.get((name, value), value)
        if made is not None:
            found.append((name, made))
    return found


def reference_hcp(payload, respond):
    """ReferenceHCP (§6.1.2) as its confmap; `respond`: the Respond Function (§6.1.1)."""
    refouter, refprotected = header_sets(payload)
    genprotected, genouter = respond(refprotected), respond(refouter)
    left = [pair for pair in genprotected if pair not in genouter]
    rest = [pair for pair in genouter if pair not in genprotected]
    return {(h, v): next((v1 for h1, v1 in reversed(rest) if h1 == h), None) for h, v in left}


# --- letters of the shapes that the RFC shows --------------------------------------------------------

MARK = b'; hp-legacy-display="1"'
PLAIN_TEXT, HTML_TEXT = b"The boats are in.\r\n-- \r\nAlice\r\n", b"<p>The boats are <b>in</b>.</p>"
PICTURE = part(b"image/png", b"iVBO\r\n", more=b"Content-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n")


INFORMATIONAL = [("Comments", "a"), ("Keywords", "b, c"), ("Comments", "d")]
"""What may repeat (RFC 5322 §3.6.5)."""


def own_fields(name, *, reply, more=()):
    """As the RFC's samples have them: Message-ID and threads folded, Date with a zone, User-Agent."""
    fields = [
        ("Subject", name),
        ("Message-ID", f"\r\n <{name}@openpgp.example>"),
        ("From", "Alice <alice@openpgp.example>"),
        ("To", "Bob <bob@openpgp.example>"),
        ("Date", "Tue, 24 Nov 2026 05:00:00 -0500"),
        ("User-Agent", "Sample MUA Version 1.0"),
        *more,
    ]
    before = f"<{name.removesuffix('-reply')}@openpgp.example>"
    return fields + ([("In-Reply-To", f"\r\n {before}"), ("References", f"\r\n {before}")] if reply else [])


def rendered(fields):
    return "".join(f"{name}: {value}\r\n".replace(": \r\n", ":\r\n") for name, value in fields).encode()


def as_hp_outer(fields):
    """One of them folded behind its name, as in C.3.16: ``HP-Outer:`` CRLF `` In-Reply-To: …``."""
    folds = {"In-Reply-To": "\r\n"}
    return b"".join(f"HP-Outer:{folds.get(h, '')} {h}: {v}\r\n".encode() for h, v in fields)


def element(fields, policy):
    return "".join(f"{h}: {v}\r\n" for h, v in fields if h.lower() in USER_FACING and hcp(policy, h, v) != v).encode()


def body(shown, *, complex_):
    """text/plain, or that and text/html with a picture; with Legacy Display Elements if there is something to show."""
    mark = MARK if shown else b""
    plain = text((shown + b"\r\n" if shown else b"") + PLAIN_TEXT, charset=b"us-ascii", params=mark)
    if not complex_:
        return plain
    said = shown.replace(b"<", b"&lt;").replace(b">", b"&gt;")
    division = b'\r\n<div class="header-protection-legacy-display">\r\n<pre>\r\n' + said + b"</pre>\r\n</div>"
    page = html((division if shown else b"") + HTML_TEXT).replace(b"charset=utf-8", b"charset=us-ascii" + mark)
    return mixed(multi(b"alternative", plain, page, boundary=b"da7"), PICTURE, boundary=b"242")


def rooted(entity, fields, params):
    """The payload: the fields of the letter in the header section of its root."""
    first, _, rest = entity.partition(b"\r\n")
    return fields + first + params + b"\r\n" + rest


@dataclasses.dataclass(frozen=True)
class Example:
    """One of the RFC's, with our own words."""

    name: str
    section: str
    payload: bytes
    """The root of it holds the fields that count."""
    outer: bytes
    """The Outer Header Section, without Structural fields."""
    wraps: bytes = b""
    """What stands around the payload (RFC8551HP)."""
    cipher: bool = True
    protects: bool = True

    def message(self, *, signed=True, nested=False):
        whole = self.wraps + self.payload
        if not self.cipher:
            entity = sealed.signed_by(whole)
        elif nested:
            entity = sealed.sealed_by(sealed.signed_by(whole), None)
        else:
            entity = sealed.sealed_by(whole, ALICE if signed else None)
        return self.outer + b"MIME-Version: 1.0\r\n" + entity


def _signed_and_encrypted():
    """C.3.1 to C.3.16."""
    kinds = itertools.product((False, True), (False, True), (BASELINE, SHY), (False, True))
    for number, (complex_, reply, policy, legacy) in enumerate(kinds, 1):
        parts = ["smime-signed-enc", "complex" * complex_, f"hp-{policy.value}", "legacy" * legacy, "reply" * reply]
        name = "-".join(filter(None, parts))
        fields = own_fields(name, reply=reply)
        outside = newheaders(fields, policy)
        shown = element(fields, policy) if legacy else b""
        root = rendered(fields) + as_hp_outer(outside)
        payload = rooted(body(shown, complex_=complex_), root, b'; hp="cipher"')
        yield Example(name, f"C.3.{number}", payload, rendered(outside))


def _others():
    for name, section, complex_ in (
        ("smime-multipart-hp", "C.2.2", False),
        ("smime-multipart-complex-hp", "C.2.4", True),
    ):
        fields = rendered(own_fields(name, reply=False))
        payload = rooted(body(b"", complex_=complex_), fields, b'; hp="clear"')
        yield Example(name, section, payload, fields, cipher=False)
    for name, section, cipher in (
        ("smime-multipart-complex-rfc8551hp", "C.2.6", False),
        ("smime-enc-signed-complex-rfc8551hp-baseline", "C.3.17", True),
    ):
        fields = own_fields(name, reply=False)
        outside = newheaders(fields, BASELINE if cipher else NONE)
        payload = rooted(body(b"", complex_=True), rendered(fields), b"")
        wraps = b"MIME-Version: 1.0\r\n" + forwarded(b"")
        yield Example(name, section, payload, rendered(outside), wraps=wraps, cipher=cipher)
    for name, section, cipher in (("smime-multipart", "C.1.3", False), ("smime-signed-enc", "C.1.4", True)):
        outer = rendered(own_fields(name, reply=False))
        yield Example(name, section, body(b"", complex_=False), outer, cipher=cipher, protects=False)
    fields = own_fields("contract", reply=False, more=INFORMATIONAL)
    outside = newheaders(fields, BASELINE)
    root = rendered(fields) + as_hp_outer(outside)
    payload = rooted(body(element(fields, BASELINE), complex_=True), root, b'; hp="cipher"')
    yield Example("keywords-removed", "1.9", payload, rendered(outside))


EXAMPLES = {example.name: example for example in (*_signed_and_encrypted(), *_others())}

"""The service extensions that both sides of a relay can honour (RFC 5321 §2.2).

The law of this file: an allow-list. BURL would make the ISP fetch a body that nobody sealed, CHUNKING is a second
way for bodies, and what is not known here cannot be answered for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ithaca import sasl
from ithaca.smtp.replies import Reply

PASSED = frozenset({b"SIZE", b"8BITMIME", b"SMTPUTF8", b"DSN", b"PIPELINING", b"ENHANCEDSTATUSCODES", b"HELP", b"VRFY"})
"""AUTH is filtered, STARTTLS is ours; everything else is not offered."""

NEEDS = {
    b"BODY": b"8BITMIME",
    b"SIZE": b"SIZE",
    b"SMTPUTF8": b"SMTPUTF8",
    b"RET": b"DSN",
    b"ENVID": b"DSN",
    b"NOTIFY": b"DSN",
    b"ORCPT": b"DSN",
    b"AUTH": b"AUTH",
}
"""Parameter of MAIL or RCPT → keyword that the ISP must have offered for it to be passed on.

Clients remember keywords from earlier connections, so such a parameter is always accepted here.
"""


def keywords(ehlo: Reply) -> dict[bytes, bytes]:
    """Keyword, in upper case → its parameters, of a positive reply to EHLO (§4.1.1.1)."""
    found: dict[bytes, bytes] = {}
    for line in ehlo.lines[1:]:
        word, _, rest = line[4:].strip().partition(b" ")
        upper = word.upper()
        if upper.startswith(b"AUTH="):
            # QUIRK: some servers still write the form of the draft before RFC 2554.
            upper, rest = b"AUTH", (upper[5:] + b" " + rest).strip()
        if upper == b"AUTH" and upper in found:
            rest = found[upper] + b" " + rest
        found[upper] = rest
    return found


def offer(ehlo: Reply, *, starttls: bool, local_tls: bool) -> Reply:
    """The reply to EHLO for our client: the ISP's first line, and what both can honour."""
    lines = [ehlo.lines[0][4:]]
    known = keywords(ehlo)
    for line in ehlo.lines[1:]:
        word = line[4:].strip().partition(b" ")[0].upper()
        if word in PASSED:
            lines.append(line[4:])
    mechanisms = sasl.listed(known.get(b"AUTH", b"").split(), local_tls=local_tls)
    if mechanisms:
        lines.append(b"AUTH " + b" ".join(mechanisms))
    if starttls:
        lines.append(b"STARTTLS")
    *first, last = lines
    return Reply(ehlo.code, (*(b"250-" + line for line in first), b"250 " + last))


def size_limit(known: Mapping[bytes, bytes]) -> int | None:
    """The ISP's SIZE in octets (RFC 1870 §3); None: no limit is known."""
    value = known.get(b"SIZE", b"").strip()
    return int(value) or None if value.isdigit() and len(value) < 20 else None


_PATH = re.compile(
    rb'(?P<verb>FROM|TO):[ \t]*<(?P<path>(?:"(?:[^"\\]|\\.)*"|[^"<>])*)>(?P<rest>(?:[ \t].*)?)\Z',
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Argument:
    """The argument of MAIL or RCPT, taken apart (§4.1.1.2, §4.1.1.3)."""

    path: bytes
    """Inside the angle brackets."""
    parameters: tuple[bytes, ...]

    def value(self, name: bytes) -> bytes | None:
        """The value of a parameter; None: it was not given."""
        for parameter in self.parameters:
            key, _, value = parameter.partition(b"=")
            if key.upper() == name:
                return value
        return None

    def line(self, verb: bytes, known: Mapping[bytes, bytes]) -> bytes:
        """The command for the ISP, without the parameters that it did not offer."""
        kept = [p for p in self.parameters if _is_offered(p, known)]
        return b" ".join((verb + b":<" + self.path + b">", *kept))

    @property
    def needs_smtputf8(self) -> bool:
        """RFC 6531 §3.2: a path that is not ASCII."""
        return not self.path.isascii()


def parse(argument: bytes, verb: bytes) -> Argument | None:
    """From ``FROM:<…> …`` or ``TO:<…> …``; None: a syntax error."""
    found = _PATH.match(argument)
    if found is None or found["verb"].upper() != verb or b"\0" in argument:
        return None
    return Argument(found["path"], tuple(found["rest"].split()))


def _is_offered(parameter: bytes, known: Mapping[bytes, bytes]) -> bool:
    needed = NEEDS.get(parameter.partition(b"=")[0].upper())
    return needed is None or needed in known

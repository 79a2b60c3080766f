"""Mail addresses: the addr-spec in one normal form, and the fields and texts that hold one (RFC 5322 §3.4).

The law of this file: strict. Of what can be read in two ways nobody gets an address; two addresses are equal only
if they are the same after normalising (domain as A-labels in lower case, local part in lower case), and
characters that only look alike never are.
"""

import email.errors
import email.header
import encodings.idna
import re
from dataclasses import dataclass
from typing import NamedTuple, NewType

from ithaca.errors import MalformedMessage

AddrSpec = NewType("AddrSpec", str)
"""An addr-spec in normal form: comparable with ``==``."""

MOST_ADDRESSES = 1000
"""Mailboxes of one field; RFC 5321 §4.5.3.1.8 lets servers stop at 100 recipients."""
MOST_LENGTH = 254
"""Octets of an addr-spec that fits a path (RFC 5321 §4.5.3.1.3)."""
MOST_FIELD = 1 << 18
MOST_COMMENT_DEPTH = 20
MOST_DECODED = 1 << 16
"""Characters of a field in which encoded words are decoded; the standard library's cost grows with their square."""

_ATEXT = r'[^\x00-\x20"(),.:;<>@\[\\\]\x7f]'
"""RFC 5322 §3.2.3, RFC 6532 §3.2: said by what it is not, since a set of a million characters takes long to compile."""
_DOT_ATOM = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*\Z")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_DOMAIN_LITERAL = re.compile(r"\[[!-Z^-~]*\]\Z")
_ENCODED = re.compile(r"=\?[!->@-~]+\?[BQbq]\?[!->@-~]*\?=(?:\s+=\?[!->@-~]+\?[BQbq]\?[!->@-~]*\?=)*")
"""Encoded words with nothing but blanks between them, which do not count (RFC 2047 §6.2)."""
_TOKEN = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}*)*|\.")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox of a field: its display name (decoded, may be empty) and its address."""

    display_name: str
    address: AddrSpec
    in_group: bool = False
    """It stands in a group (RFC 5322 §3.4)."""


def addr_spec(text: str) -> AddrSpec | None:
    """``local-part@domain`` without any folding, blank or comment, in normal form; None: it is none."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_LENGTH or not text.isprintable():
        return None
    local, at, domain = text.rpartition("@")
    if not at:
        return None
    plain = _local_part(local)
    ascii_domain = _domain(domain)
    if plain is None or ascii_domain is None:
        return None
    return AddrSpec(f"{plain.lower()}@{ascii_domain}")


def _local_part(text: str) -> str | None:
    """The local part; quotes that are not needed are taken off (RFC 5321 §4.1.2)."""
    if _DOT_ATOM.match(text):
        return text
    if len(text) < 3 or text[0] != '"' or text[-1] != '"':
        return None
    inner = re.sub(r"\\(.)", r"\1", text[1:-1])
    if re.search(r'(?<!\\)(?:\\\\)*"', text[1:-1]):
        return None
    return inner if _DOT_ATOM.match(inner) else text


def _domain(text: str) -> str | None:
    if _DOMAIN_LITERAL.match(text):
        return text.lower()
    labels = text.removesuffix(".").split(".")
    try:
        # RFC 9788 §4.4: domains are compared as A-labels without case.
        a_labels = [label.lower() if label.isascii() else _a_label(label) for label in labels]
    except UnicodeError:
        return None
    return ".".join(a_labels) if all(map(_LABEL.match, a_labels)) else None


_DEVIATIONS = re.compile("([ßς])")


def _a_label(label: str) -> str:
    """The A-label. Raises `UnicodeError`."""
    if not _DEVIATIONS.search(label):
        return label.encode("idna").decode("ascii").lower()
    # RFC 5892 §2.6: letters of their own since IDNA2008, as mail programs and registries have it. The codec of the
    # standard library writes ss and σ for them, which is another domain.
    pieces = (p if _DEVIATIONS.match(p) else encodings.idna.nameprep(p) for p in _DEVIATIONS.split(label))
    return "xn--" + "".join(pieces).encode("punycode").decode("ascii")


def path_address(path: bytes) -> AddrSpec | None:
    """The address of a forward-path or reverse-path, inside its angle brackets; None: none that can be read."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if text.startswith("@"):
        # RFC 5321 §4.1.1.3: a source route is to be ignored.
        _, colon, text = text.partition(":")
        if not colon:
            return None
    return addr_spec(text)


def user_id_address(text: str) -> AddrSpec | None:
    """The one address of an OpenPGP User ID: ``Name (comment) <a@b>`` or ``a@b``; None: none, or several."""
    text = text.strip()
    if not text.isprintable():
        return None
    if text.endswith(">"):
        name, bracket, inner = text[:-1].rpartition("<")
        if not bracket or "<" in name or ">" in inner or addr_spec(name.strip()) is not None:
            return None
        return addr_spec(inner)
    return addr_spec(text)


def matches(pattern: str, address: str) -> bool:
    """Does a rule's pattern fit? ``carol@example.org``, or ``*`` for any run of characters: ``*@bank.example``."""
    local, _, domain = pattern.rpartition("@")
    wanted = f"{local.lower()}@{_pattern_domain(domain)}"
    expression = "".join(".*" if c == "*" else re.escape(c) for c in wanted)
    return re.fullmatch(expression, address, re.DOTALL) is not None


def _pattern_domain(domain: str) -> str:
    return ".".join(label if "*" in label else (_domain(label) or label) for label in domain.lower().split("."))


# --- address lists -----------------------------------------------------------------------------------


def parse_mailboxes(value: bytes | str) -> tuple[Mailbox, ...]:
    """The mailboxes of a field body (From, To, Cc), groups resolved. Raises `MalformedMessage`."""
    return _List(_tokens(_text(value))).mailboxes()


def comments(value: bytes | str) -> tuple[str, ...]:
    """The comments of a field body, decoded: programs show them as the name where there is no other.

    Raises `MalformedMessage`.
    """
    found: list[str] = []
    _tokens(_text(value), found)
    return tuple(map(decode_words, found))


def _text(value: bytes | str) -> str:
    if isinstance(value, bytes):
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MalformedMessage("an address field is not in UTF-8") from error
    if len(value) > MOST_FIELD or "\0" in value:
        raise MalformedMessage("an address field that no mail may hold")
    return value


class _Word(NamedTuple):
    kind: str
    """``atom``, ``quoted``, ``literal``, or the special character itself."""
    text: str


def _tokens(text: str, found_comments: list[str] | None = None) -> list[_Word]:
    """Lexical tokens (RFC 5322 §3.2) without blanks and comments, which go to `found_comments`."""
    out: list[_Word] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char in " \t\r\n":
            at += 1
        elif char == "(":
            start, at = at + 1, _comment_end(text, at)
            if found_comments is not None:
                found_comments.append(text[start : at - 1])
        elif char == '"':
            quoted, at = _quoted(text, at)
            out.append(_Word("quoted", quoted))
        elif char == "[":
            end = text.find("]", at)
            if end < 0:
                raise MalformedMessage("an address field with an open bracket")
            out.append(_Word("literal", text[at : end + 1]))
            at = end + 1
        elif char in "<>,;:@":
            out.append(_Word(char, char))
            at += 1
        else:
            found = _TOKEN.match(text, at)
            if found is None:
                raise MalformedMessage("an address field that cannot be read")
            out.append(_Word("atom", found.group()))
            at = found.end()
    return out


def _comment_end(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "(":
            depth += 1
            if depth > MOST_COMMENT_DEPTH:
                break
        elif char == ")":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    raise MalformedMessage("an address field with an open comment")


def _quoted(text: str, at: int) -> tuple[str, int]:
    out: list[str] = []
    at += 1
    while at < len(text):
        char = text[at]
        if char == '"':
            return "".join(out).replace("\r\n", ""), at + 1
        if char == "\\" and at + 1 < len(text):
            at += 1
            char = text[at]
        out.append(char)
        at += 1
    raise MalformedMessage("an address field with an open quote")


class _List:
    """address-list = (mailbox / group), separated by commas (RFC 5322 §3.4)."""

    def __init__(self, words: list[_Word]) -> None:
        self._words = words
        self._at = 0
        self._in_group = False
        self._found: list[Mailbox] = []

    def _peek(self) -> str:
        return self._words[self._at].kind if self._at < len(self._words) else ""

    def mailboxes(self) -> tuple[Mailbox, ...]:
        while self._at < len(self._words):
            if self._peek() == ",":
                self._at += 1
                continue
            self._address()
            if self._peek() not in ("", ","):
                raise MalformedMessage("an address field that cannot be read")
        return tuple(self._found)

    def _address(self) -> None:
        phrase = self._phrase()
        kind = self._peek()
        if kind == ":" and not self._in_group:
            self._at += 1
            self._group()
        elif kind == "<":
            self._at += 1
            inner = self._phrase()
            self._add(_name(phrase), self._spec(inner))
            self._expect(">")
        elif kind == "@":
            self._add("", self._spec(phrase))
        else:
            raise MalformedMessage("an address field that names no address")

    def _group(self) -> None:
        # RFC 5322 §3.4: a group holds mailboxes, never another group.
        self._in_group = True
        while self._peek() not in (";", ""):
            if self._peek() == ",":
                self._at += 1
                continue
            self._address()
        self._expect(";")
        self._in_group = False

    def _phrase(self) -> list[_Word]:
        start = self._at
        while self._peek() in ("atom", "quoted"):
            self._at += 1
        return self._words[start : self._at]

    def _spec(self, local: list[_Word]) -> AddrSpec:
        """The rest of an addr-spec, from its ``@`` on."""
        self._expect("@")
        kind = self._peek()
        if kind not in ("atom", "literal") or len(local) != 1:
            raise MalformedMessage("an address field with a malformed address")
        domain = self._words[self._at].text
        self._at += 1
        word = local[0]
        text = word.text if word.kind == "atom" else _in_quotes(word.text)
        spec = None if "=?" in text else addr_spec(f"{text}@{domain}")
        if spec is None:
            raise MalformedMessage("an address field with a malformed address")
        return spec

    def _expect(self, kind: str) -> None:
        if self._peek() != kind:
            raise MalformedMessage("an address field that cannot be read")
        self._at += 1

    def _add(self, name: str, spec: AddrSpec) -> None:
        if len(self._found) >= MOST_ADDRESSES:
            raise MalformedMessage(f"an address field with more than {MOST_ADDRESSES} addresses")
        self._found.append(Mailbox(name, spec, self._in_group))


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _name(words: list[_Word]) -> str:
    """A display name, its encoded words decoded (RFC 2047 §5)."""
    return decode_words(" ".join(word.text for word in words))


def decode_words(text: str) -> str:
    """Text with its encoded words decoded; what cannot be decoded, or is too long, stays as it is. Never raises."""
    if "=?" not in text or len(text) > MOST_DECODED:
        return text
    if not text.isascii():
        # Beside other characters the standard library decodes none.
        return _ENCODED.sub(lambda run: decode_words(run.group()) if run.group().isascii() else run.group(), text)
    try:
        return str(email.header.make_header(email.header.decode_header(text)))
    except (email.errors.MessageError, LookupError, ValueError):
        return text

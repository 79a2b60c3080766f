"""What the client has done with a message already: is it sealed or signed?

The law of this file: in doubt it is clear text to the policy. A Content-Type protects nothing: what counts as sealed
has the whole frame of its standard, and nothing readable beside the ciphertext.
"""

import binascii
import re
from collections.abc import Callable, Sequence

from ithaca.errors import Error, MalformedMessage
from ithaca.facts import Form
from ithaca.mime import entity, pgpmime
from ithaca.mime.entity import Entity
from ithaca.mime.header import ContentType, HeaderSection
from ithaca.mime.pgpmime import Shape
from ithaca.openpgp import armor, beginning, packets

BEGIN, END = b"-----BEGIN PGP MESSAGE-----", b"-----END PGP MESSAGE-----"
MOST_PREAMBLE = 200
"""Octets before the first part: some programs write one sentence about OpenPGP there, nobody a letter."""
_SESSION_KEYS, _SEIPD = frozenset({1, 3}), 18
MOST_PART_HEADER = 1000
"""Octets of the header section of one of the two parts; programs write 200."""
_PART_FIELDS = re.compile(rb"(?:content-.*|mime-version)\Z", re.IGNORECASE | re.DOTALL)
_ARMOR_KEYS = (b"Version", b"Comment", b"MessageID", b"Hash", b"Charset")
"""Those of RFC 9580 §6.2.2, and one of older programs; anybody can read their values."""
_ARMOR_HEAD = re.compile(
    BEGIN + rb"[ \t]*\r?\n((?:(?:" + b"|".join(_ARMOR_KEYS) + rb"): ?[^\r\n]{0,80}\r?\n){0,5})[ \t]*\r?\n"
)
_ARMOR_DATA = re.compile(
    rb"(?:[A-Za-z0-9+/]*[ \t]{0,4}\r?\n)*[A-Za-z0-9+/]*={0,2}[ \t]{0,4}(?:\r?\n|\Z)(?:=[A-Za-z0-9+/]{0,4}\s*)?"
)
"""Without blanks between digits, which would make words of them; in the place of the checksum a reader takes any words
(RFC 9580 §6.1)."""


def form_of(section: HeaderSection, body: bytes, complete: bool) -> Form:
    """Is the message sealed or signed? `body`: the first octets of it; `complete`: that is all."""
    shape = pgpmime.shape(section)
    if shape is Shape.ENCRYPTED:
        return Form.SEALED if _is_pgp_mime(section, body, complete) else Form.CLEAR
    if shape is Shape.SIGNED:
        return Form.SIGNED
    content_types = section.get_all(b"Content-Type")
    if len(content_types) != 1:
        return Form.SEALED if not content_types and complete and _is_one_message(body) else Form.CLEAR
    return _by_type(content_types[0].content_type, section, body, complete)


def _by_type(kind: ContentType, section: HeaderSection, body: bytes, complete: bool) -> Form:
    if kind.ambiguous:
        return Form.CLEAR
    if kind.media_type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        form, contents = _SMIME.get(kind.params.get("smime-type", "").lower(), (Form.CLEAR, ()))
        return form if _cms_type(section, body) in contents else Form.CLEAR
    if kind.media_type == "multipart/signed":
        protocol = kind.params.get("protocol", "").lower()
        return Form.SIGNED if protocol in _SMIME_SIGNATURES else Form.CLEAR
    encodings = {f.value.strip().lower() for f in section.get_all(b"Content-Transfer-Encoding")}
    plain = kind.media_type == "text/plain" and encodings <= {b"7bit", b"8bit"}
    return Form.SEALED if plain and complete and _is_one_message(body) else Form.CLEAR


_SMIME_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")


_LENGTH = rb"(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)"
_CONTENT_INFO = re.compile(rb"\x30" + _LENGTH + rb"\x06(?=([\x00-\x7f]))", re.DOTALL)
"""The beginning of a CMS object, up to the identifier of its type (RFC 5652 §3), in BER."""
_PKCS7, _SMIME_CT = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07", b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
_SIGNED_DATA, _ENVELOPED_DATA = _PKCS7 + b"\x02", _PKCS7 + b"\x03"  # RFC 5652 §5.1, §6.1
_AUTH_ENVELOPED_DATA = _SMIME_CT + b"\x17"  # RFC 5083 §2.1
# RFC 8551 §3.2.2. Under the same media type signed-data is readable by anyone, and proves its author all the same.
_SMIME = {
    "enveloped-data": (Form.SEALED, (_ENVELOPED_DATA, _AUTH_ENVELOPED_DATA)),
    "authenveloped-data": (Form.SEALED, (_ENVELOPED_DATA, _AUTH_ENVELOPED_DATA)),
    "signed-data": (Form.SIGNED, (_SIGNED_DATA,)),
}


def _cms_type(section: HeaderSection, body: bytes) -> bytes:
    """What a CMS object is by its own first octets, whatever its media type says; empty: it is none."""
    encodings = [f.value.strip().lower() for f in section.get_all(b"Content-Transfer-Encoding")]
    if encodings == [b"base64"]:
        try:
            body = binascii.a2b_base64(body[:256].translate(None, b" \t\r\n")[:64])
        except binascii.Error:
            return b""
    elif encodings not in ([b"binary"], [b"8bit"]):
        return b""
    found = _CONTENT_INFO.match(body)
    return b"" if found is None else body[found.end() + 1 : found.end() + 1 + found[1][0]]


# --- PGP/MIME ----------------------------------------------------------------------------------------


def _is_pgp_mime(section: HeaderSection, body: bytes, complete: bool) -> bool:
    """The frame of RFC 3156 §4: a control part and one of armored ciphertext, nothing before, between or behind."""
    boundary = section.get_all(b"Content-Type")[0].content_type.params.get("boundary", "")
    if not boundary:
        return False
    lines = list(entity.boundary_lines(body, b"--" + boundary.encode("utf-8", "replace")))
    closings = [closing for _, _, closing in lines]
    # The second part may go on behind what was seen.
    if closings != [False, False, True] and (complete or closings != [False, False]):
        return False
    if len(body[: lines[0][0]].strip()) > MOST_PREAMBLE:
        return False
    control = entity.parse(body[lines[0][1] : lines[1][0]])
    stop = lines[2][0] if len(lines) == 3 else len(body)
    data = entity.parse(body[lines[1][1] : stop])
    if not (_is_quiet(control) and _is_quiet(data) and _is_control(control)):
        return False
    if data.content_type.media_type != "application/octet-stream":
        return False
    whole = len(lines) == 3
    if whole and body[lines[2][1] :].strip():
        return False
    return _is_ciphertext(data, whole=whole)


def _is_quiet(part: Entity) -> bool:
    """Is there no room for a letter in its header section?"""
    named = all(_PART_FIELDS.match(f.name) for f in part.header.fields)
    return named and len(part.header.render()) <= MOST_PART_HEADER


def _is_control(part: Entity) -> bool:
    try:
        version = part.decoded_body().strip().lower()
    except MalformedMessage:
        return False
    return part.content_type.media_type == pgpmime.ENCRYPTED and re.fullmatch(rb"version:\s*1", version) is not None


def _is_ciphertext(part: Entity, *, whole: bool) -> bool:
    if part.transfer_encoding not in ("7bit", "8bit"):
        return False
    body = part.body.strip()
    if whole:
        return _is_one_message(body)
    # Its end has not come yet: what is here must be armor, and nothing but armor, of an encrypted message.
    return _is_bare(body, b"") and _is_encrypted(beginning.tags, body)


# --- inline ------------------------------------------------------------------------------------------


def _is_one_message(body: bytes) -> bool:
    """Nothing but one armored message, and that one encrypted (RFC 9580 §10.3)."""
    text = body.strip()
    return _is_bare(text, END) and _is_encrypted(_tags, text)


def _tags(armored: bytes) -> list[int]:
    return [p.tag for p in packets.split(armor.dearmor(armored).data)]


def _is_bare(text: bytes, end: bytes) -> bool:
    """Armor with nothing in it to read: a few short header lines at most, each once, and base64 up to `end`."""
    head = _ARMOR_HEAD.match(text)
    if head is None:
        return False
    keys = [line.partition(b":")[0] for line in head[1].splitlines()]
    data = _ARMOR_DATA.fullmatch(text, head.end(), len(text) - len(end))
    return len(set(keys)) == len(keys) and data is not None and text.endswith(end)


def _is_encrypted(tags_of: Callable[[bytes], Sequence[int]], armored: bytes) -> bool:
    """Session keys and what they open, and nothing else: what is signed or packed alone anybody can read."""
    try:
        tags = tags_of(armored)
    except Error:
        return False
    return len(tags) >= 2 and set(tags[:-1]) <= _SESSION_KEYS and tags[-1] == _SEIPD

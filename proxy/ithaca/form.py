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
_ARMOR_HEAD = re.compile(BEGIN + rb"[ \t]*\r?\n(?:[A-Za-z-]{1,40}: ?[^\r\n]{0,200}\r?\n){0,10}[ \t]*\r?\n")
_NOT_ARMOR = re.compile(rb"[^A-Za-z0-9+/=\r\n]")


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
        # RFC 8551 §3.2.2: signed-data under the same media type is readable by anyone.
        smime = kind.params.get("smime-type", "").lower()
        sealed = smime in ("enveloped-data", "authenveloped-data") and _is_enveloped(section, body)
        return Form.SEALED if sealed else Form.CLEAR
    if kind.media_type == "multipart/signed":
        protocol = kind.params.get("protocol", "").lower()
        return Form.SIGNED if protocol in _SMIME_SIGNATURES else Form.CLEAR
    encodings = {f.value.strip().lower() for f in section.get_all(b"Content-Transfer-Encoding")}
    plain = kind.media_type == "text/plain" and encodings <= {b"7bit", b"8bit"}
    return Form.SEALED if plain and complete and _is_one_message(body) else Form.CLEAR


_SMIME_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")


_LENGTH = rb"(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)"
_ENVELOPED = re.compile(
    rb"\x30"
    + _LENGTH
    + rb"\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03|\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17)",
    re.DOTALL,
)
"""ContentInfo of id-envelopedData or id-ct-authEnvelopedData (RFC 5652 §3, RFC 5083 §2.1), in BER."""


def _is_enveloped(section: HeaderSection, body: bytes) -> bool:
    """Begins it as a CMS object that is encrypted does, whatever its media type says?"""
    encodings = [f.value.strip().lower() for f in section.get_all(b"Content-Transfer-Encoding")]
    if encodings == [b"base64"]:
        try:
            body = binascii.a2b_base64(body[:256].translate(None, b" \t\r\n")[:64])
        except binascii.Error:
            return False
    elif encodings not in ([b"binary"], [b"8bit"]):
        return False
    return _ENVELOPED.match(body) is not None


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
    if not _is_control(control) or data.content_type.media_type != "application/octet-stream":
        return False
    whole = len(lines) == 3
    if whole and body[lines[2][1] :].strip():
        return False
    return _is_ciphertext(data, whole=whole)


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
    begins = _ARMOR_HEAD.match(body)
    is_armor = begins is not None and _NOT_ARMOR.search(body, begins.end()) is None
    return is_armor and _is_encrypted(beginning.tags, body)


# --- inline ------------------------------------------------------------------------------------------


def _is_one_message(body: bytes) -> bool:
    """Nothing but one armored message, and that one encrypted (RFC 9580 §10.3)."""
    text = body.strip()
    if not text.startswith(BEGIN) or not text.endswith(END):
        return False
    if text.count(b"-----BEGIN PGP ") != 1:
        return False
    return _is_encrypted(lambda armored: [p.tag for p in packets.split(armor.dearmor(armored).data)], text)


def _is_encrypted(tags_of: Callable[[bytes], Sequence[int]], armored: bytes) -> bool:
    """Session keys and what they open, and nothing else: what is signed or packed alone anybody can read."""
    try:
        tags = tags_of(armored)
    except Error:
        return False
    return len(tags) >= 2 and set(tags[:-1]) <= _SESSION_KEYS and tags[-1] == _SEIPD

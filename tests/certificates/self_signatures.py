"""Cases about single self-signatures: their hash, their time, their subpackets."""

from certificates.case import DAY, FUTURE, LATE, T0
from certificates.people import ALICE, ROBERT, Person
from certificates.verdicts import KEY, refused, usable
from openpgp import raw

_A = ALICE
_KEY = KEY


def cases():
    """Each spoilt in one way."""
    a, r = _A, ROBERT
    yield refused(
        "self-signature-md5",
        "sg-hash",
        "The self-signature is with MD5.",
        r.head + r.uid(hash_id=1) + r.enc(),
        "has no valid self-signature",
    )
    yield usable(
        "self-signature-sha1-early",
        "sg-hash",
        "The self-signature is with SHA-1, of 2020.",
        r.head + r.uid(hash_id=2) + r.enc(),
        keys=(r.encryption.fingerprint,),
    )
    yield refused(
        "self-signature-sha1-late",
        "sg-hash",
        "The self-signature is with SHA-1, of November 2023.",
        r.head + r.uid(LATE, hash_id=2) + r.enc(),
        "has no valid self-signature",
    )
    yield refused(
        "self-signature-ripemd",
        "sg-hash",
        "The self-signature is with RIPEMD-160.",
        r.head + r.uid(hash_id=3) + r.enc(),
        "has no valid self-signature",
    )
    yield refused(
        "binding-sha1-late",
        "sg-hash",
        "The binding of the subkey is with SHA-1, of November 2023.",
        r.head + r.uid() + r.enc(LATE, hash_id=2),
        "has no subkey for encryption",
    )
    yield refused(
        "self-signature-before-key",
        "sg-time",
        "The self-signature is older than the key.",
        a.head + a.uid(T0 - DAY) + a.enc(),
        "has no valid self-signature",
    )
    yield refused(
        "self-signature-future",
        "sg-time",
        "The self-signature is of the year 2100.",
        a.head + a.uid(FUTURE) + a.enc(),
        "has no valid self-signature",
        user_ids=(),
    )
    future = Person("Fiona", created=FUTURE)
    yield refused(
        "key-future",
        "sg-time",
        "The key is of the year 2100.",
        future.head + future.uid() + future.enc(),
        "is not valid before 2100-01-01",
    )
    yield refused(
        "self-signature-critical-subpacket",
        "sg-critical",
        "The self-signature has a critical subpacket of an unknown type.",
        a.head + a.uid(hashed=raw.sub(100, b"x", critical=True)) + a.enc(),
        "has no valid self-signature",
    )
    notation = b"\x80\0\0\0" + b"\0\x10\0\x01" + b"odd@example.org\0"[:16] + b"x"
    yield refused(
        "self-signature-critical-notation",
        "sg-critical",
        "The self-signature has a critical notation of an unknown name.",
        a.head + a.uid(hashed=raw.sub(20, notation, critical=True)) + a.enc(),
        "has no valid self-signature",
    )
    yield usable(
        "self-signature-notation",
        "sg-critical",
        "The self-signature has a notation of an unknown name, which is not critical.",
        a.head + a.uid(hashed=raw.sub(20, notation)) + a.enc(),
    )
    yield refused(
        "self-signature-two-times",
        "sg-unhashed",
        "The self-signature has two creation times.",
        a.head + a.uid(hashed=raw.sub(2, raw.u32(T0 + DAY))) + a.enc(),
        "has no valid self-signature",
    )
    text = a.text
    untimed = a.primary.sign(
        0x13,
        a.primary.hashed + raw.user_id_hashed(text),
        T0,
        time=False,
        hashed=raw.sub(27, b"\x03"),
        unhashed=raw.sub(2, raw.u32(T0)),
    )
    yield refused(
        "self-signature-time-unhashed",
        "sg-unhashed",
        "The creation time of the self-signature stands in the unhashed area alone.",
        a.head + raw.packet(13, text) + raw.packet(2, untimed) + a.enc(),
        "has no valid self-signature",
    )
    three = a.primary.sign(0x13, a.primary.hashed + raw.user_id_hashed(text), T0, version=3)
    yield refused(
        "self-signature-v3",
        "sg-v3",
        "The self-signature is of version 3, which says nothing of the key.",
        a.head + raw.packet(13, text) + raw.packet(2, three) + a.enc(),
        "has no valid self-signature",
    )
    yield refused(
        "flags-of-wrong-length",
        "sg-unhashed",
        "The key flags of the subkey are empty.",
        a.head + a.uid() + _enc_with(raw.sub(27, b"")),
        "has no subkey for encryption",
    )
    yield refused(
        "self-signature-time-of-three-octets",
        "sg-unhashed",
        "The creation time of the self-signature has three octets.",
        a.head
        + raw.packet(13, text)
        + raw.packet(
            2,
            a.primary.sign(
                0x13, a.primary.hashed + raw.user_id_hashed(text), T0, time=False, hashed=raw.sub(2, b"abc")
            ),
        )
        + a.enc(),
        "has no valid self-signature",
    )


def _enc_with(hashed, unhashed=b"", created=T0):
    body = _A.primary.sign(0x18, _A.primary.hashed + _A.encryption.hashed, created, hashed=hashed, unhashed=unhashed)
    return raw.packet(14, _A.encryption.body) + raw.packet(2, body)

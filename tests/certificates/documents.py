"""Cases about what a document signature says and is made of."""

from certificates.case import DAY, DOCUMENT, FUTURE, LATE, SIGNED, T0, Case
from certificates.framing import SHORT
from certificates.people import ALICE, MALLORY, ROBERT, SIX
from openpgp import raw

_A = ALICE
_GOOD = _A.head + _A.uid() + _A.enc() + _A.sig()


def _case(slug, row, readme, signature, state="good", reason="", *, certificate=_GOOD, **more):
    return Case(slug, row, readme, "signature", state, reason, certificate, signature, **more)


def _refused(slug, row, readme, signature, reason, **more):
    return _case(slug, row, readme, signature, "refused", reason, **more)


def _types():
    for kind, what in (
        (0x02, "a standalone signature"),
        (0x10, "a certification"),
        (0x13, "a positive certification"),
        (0x16, "of no known type"),
        (0x18, "a subkey binding"),
        (0x1F, "a direct-key signature"),
        (0x30, "a revocation of a certification"),
        (0x40, "a timestamp"),
        (0x50, "a third-party confirmation"),
    ):
        yield _refused(
            f"type-{kind:02x}",
            "sg-type",
            f"By type, {what}; it is over the document.",
            _A.signs(kind=kind),
            f"type 0x{kind:02x}",
        )
    standalone = raw.packet(2, _A.signing.sign(0x02, b"", SIGNED))
    yield _refused(
        "standalone", "sg-type", "A genuine standalone signature beside a document.", standalone, "type 0x02"
    )


def _texts():
    crlf = DOCUMENT.replace(b"\n", b"\r\n")
    yield _case("text-mode", "sg-text", "In text mode; the document has LF.", _A.signs(kind=1, data=crlf))
    yield _case(
        "text-mode-crlf", "sg-text", "In text mode; the document has CRLF.", _A.signs(kind=1, data=crlf), document=crlf
    )
    yield _case(
        "text-mode-over-lf",
        "sg-text",
        "In text mode, but made over LF.",
        _A.signs(kind=1),
        "bad",
        "not what was signed",
    )
    yield _case(
        "binary-over-lf-document-crlf",
        "sg-text",
        "Made over LF; the document has CRLF now.",
        _A.signs(),
        "bad",
        "not what was signed",
        document=crlf,
    )
    blank = DOCUMENT.replace(b"\n", b" \t\n")
    yield _case(
        "text-mode-trailing-blanks",
        "sg-text",
        "In text mode, over lines without trailing blanks; the document has them.",
        _A.signs(kind=1, data=crlf),
        "bad",
        "not what was signed",
        document=blank,
    )
    lone = b"one\rtwo\n"
    yield _case(
        "text-mode-lone-cr",
        "sg-text",
        "In text mode; a lone CR is no line end.",
        _A.signs(kind=1, data=b"one\rtwo\r\n"),
        document=lone,
    )
    yield _case(
        "text-mode-lone-cr-as-line-end",
        "sg-text",
        "In text mode, made as if the lone CR were a line end.",
        _A.signs(kind=1, data=b"one\r\ntwo\r\n"),
        "bad",
        "not what was signed",
        document=lone,
    )


def _versions():
    yield _case(
        "v3",
        "sg-v3",
        "Of version 3, by a version 4 RSA key.",
        ROBERT.signs(by=ROBERT.primary, version=3),
        certificate=ROBERT.sound,
    )
    yield _refused(
        "v3-sha1",
        "sg-v3",
        "Of version 3 with SHA-1.",
        ROBERT.signs(by=ROBERT.primary, version=3, hash_id=2),
        "SHA1 is not accepted",
        certificate=ROBERT.sound,
    )
    yield _refused("v5", "sg-v3", "Of version 5 (LibrePGP).", _A.signs(version=5), "version 5")
    yield _refused(
        "v6-by-v4",
        "sg-v3",
        "Of version 6, by a version 4 key.",
        _A.signs(version=6),
        "version 6 signature by a version 4 key",
    )
    yield _refused(
        "v4-by-v6",
        "sg-v3",
        "Of version 4, by a version 6 key.",
        SIX.signs(version=4),
        "version 4 signature by a version 6 key",
        certificate=SIX.sound,
    )
    yield _refused(
        "v2", "sg-v3", "Of version 2.", raw.packet(2, b"\x02" + _A.signing.sign(0, DOCUMENT, SIGNED)[1:]), "version 2"
    )
    yield _refused(
        "v6-salt-of-wrong-size",
        "sg-v3",
        "Of version 6 with a salt of eight octets.",
        SIX.signs(salt=bytes(8)),
        "salt",
        certificate=SIX.sound,
    )


def _hashes():
    yield _refused("md5", "sg-hash", "With MD5.", _A.signs(hash_id=1), "MD5 is not accepted")
    yield _refused("sha1", "sg-hash", "With SHA-1, of 2022.", _A.signs(hash_id=2), "SHA1 is not accepted")
    yield _refused(
        "sha1-early", "sg-hash", "With SHA-1, of 2020.", _A.signs(T0 + DAY, hash_id=2), "SHA1 is not accepted"
    )
    yield _refused("ripemd", "sg-hash", "With RIPEMD-160.", _A.signs(hash_id=3), "RIPEMD160 is not accepted")
    yield _case("sha512", "sound", "With SHA-512.", _A.signs(hash_id=10))
    r = ROBERT
    good = r.head + r.uid(LATE, hash_id=2) + r.sig()
    yield _refused(
        "self-signature-sha1-late-signs",
        "sg-hash",
        "The self-signature is with SHA-1, of November 2023.",
        r.signs(LATE + DAY),
        "has no valid self-signature",
        certificate=good,
    )
    early = r.head + r.uid(hash_id=2) + r.sig()
    yield _case(
        "self-signature-sha1-early-signs",
        "sg-hash",
        "The self-signature is with SHA-1, of 2020.",
        r.signs(),
        certificate=early,
    )


def _subpackets():
    notation = b"\x80\0\0\0\0\x0f\0\x01odd@example.orgx"
    a = _A
    yield _refused(
        "critical-subpacket",
        "sg-critical",
        "A critical subpacket of an unknown type.",
        a.signs(hashed=raw.sub(100, b"x", critical=True)),
        "critical subpacket of type 100",
    )
    yield _case(
        "uncritical-subpacket",
        "sg-critical",
        "A subpacket of an unknown type, which is not critical.",
        a.signs(hashed=raw.sub(100, b"x")),
    )
    yield _refused(
        "critical-notation",
        "sg-critical",
        "A critical notation of an unknown name.",
        a.signs(hashed=raw.sub(20, notation, critical=True)),
        "critical notation",
    )
    yield _case(
        "uncritical-notation",
        "sg-critical",
        "A notation of an unknown name, which is not critical.",
        a.signs(hashed=raw.sub(20, notation)),
    )
    yield _refused(
        "two-times",
        "sg-unhashed",
        "Two creation times.",
        a.signs(hashed=raw.sub(2, raw.u32(SIGNED + DAY))),
        "exactly one creation time",
    )
    yield _refused("no-time", "sg-unhashed", "No creation time.", a.signs(time=False), "exactly one creation time")
    yield _refused(
        "time-unhashed",
        "sg-unhashed",
        "The creation time stands in the unhashed area alone.",
        a.signs(time=False, unhashed=raw.sub(2, raw.u32(SIGNED))),
        "exactly one creation time",
    )
    yield _case(
        "second-time-unhashed",
        "sg-unhashed",
        "Another creation time stands in the unhashed area.",
        a.signs(unhashed=raw.sub(2, raw.u32(FUTURE))),
    )
    yield _case(
        "expiry-unhashed",
        "sg-unhashed",
        "The expiry stands in the unhashed area alone.",
        a.signs(unhashed=raw.sub(3, raw.u32(60))),
    )
    yield _case(
        "critical-unhashed",
        "sg-unhashed",
        "A critical subpacket of an unknown type in the unhashed area.",
        a.signs(unhashed=raw.sub(100, b"x", critical=True)),
    )
    yield _case(
        "issuer-of-another-unhashed",
        "sg-unhashed",
        "The unhashed area names Mallory, too.",
        a.signs(unhashed=raw.sub(16, MALLORY.signing.key_id)),
    )
    yield _case("issuer-none", "sg-unhashed", "It names nobody.", a.signs(named=False), "unknown", "not known")
    wrong = raw.packet(
        2,
        a.signing.sign(
            0,
            DOCUMENT,
            SIGNED,
            named=False,
            hashed=raw.sub(33, b"\x04" + MALLORY.signing.fingerprint),
            unhashed=raw.sub(16, a.signing.key_id),
        ),
    )
    yield _case(
        "issuer-of-another-hashed",
        "sg-unhashed",
        "The hashed area names Mallory, the unhashed one Alice, who made it.",
        wrong,
        "bad",
        "",
    )
    yield _refused(
        "eighteen-octets",
        "sg-critical",
        "A subpacket that claims 4 GiB, 18 octets in all.",
        raw.packet(2, SHORT),
        "past its area",
    )
    yield _refused(
        "time-of-three-octets",
        "sg-unhashed",
        "The creation time has three octets.",
        a.signs(time=False, hashed=raw.sub(2, b"abc")),
        "exactly one creation time",
    )
    yield _refused(
        "subpacket-past-its-area",
        "sg-critical",
        "A subpacket is longer than its area.",
        a.signs(hashed=b"\x50\x14x"),
        "past its area",
    )
    yield _refused(
        "subpacket-of-length-0", "sg-critical", "A subpacket of length zero.", a.signs(hashed=b"\x00"), "past its area"
    )
    mallory = raw.sub(35, b"\x04" + MALLORY.primary.fingerprint)
    yield _case(
        "intended-not-encrypted",
        "pk-forward",
        "For Mallory; but a detached signature was not encrypted to anybody.",
        a.signs(hashed=mallory),
    )


def cases():
    """Types, text, versions, hashes and subpackets."""
    for part in (
        _types,
        _texts,
        _versions,
        _hashes,
        _subpackets,
    ):
        yield from part()

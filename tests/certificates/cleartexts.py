"""Cases about the cleartext signature framework (RFC 9580 §7)."""

import base64

from certificates.case import SIGNED, Case
from certificates.people import ALICE
from openpgp import raw

_HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----\n"
_TEXT = b"Dear Bob,\n- ten euros for Carol\nFrom here to there\n\nAlice"
"""Without the line end in front of the signature, which is not signed."""


def _case(slug, readme, octets, state="good", reason=""):
    return Case(slug, "mw-clear", readme, "cleartext", state, reason, ALICE.sound, octets)


def _crc24(octets):
    value = 0xB704CE
    for octet in octets:
        value ^= octet << 16
        for _ in range(8):
            value = value << 1 ^ (0x1864CFB if value & 0x800000 else 0)
    return (value & 0xFFFFFF).to_bytes(3, "big")


def _block(signature):
    encoded = base64.b64encode(signature)
    lines = b"\n".join(encoded[at : at + 64] for at in range(0, len(encoded), 64))
    end = b"\n=" + base64.b64encode(_crc24(signature)) + b"\n-----END PGP SIGNATURE-----\n"
    return b"-----BEGIN PGP SIGNATURE-----\n\n" + lines + end


def _signed(text=_TEXT, *, hashed=None, headers=b"Hash: SHA256\n", escape=True, **more):
    """The text in the framework; `hashed`: what is signed, if not the text."""
    over = (text if hashed is None else hashed).replace(b"\n", b"\r\n")
    signature = raw.packet(2, ALICE.signing.sign(1, over, SIGNED, **more))
    shown = (b"\n" + text).replace(b"\n-", b"\n- -")[1:] if escape else text
    return _HEAD + headers + b"\n" + shown + b"\n" + _block(signature)


def cases():
    """What §7 allows, and what text could hide in."""
    sound = _signed()
    yield _case("cleartext", "A line begins with a hyphen.", sound)
    yield _case("cleartext-crlf", "With CRLF throughout.", sound.replace(b"\n", b"\r\n"))
    blanks = _signed(_TEXT.replace(b"Bob,", b"Bob, \t"), hashed=_TEXT)
    yield _case("cleartext-blanks", "Blanks at the end of a line are not signed.", blanks)
    feeds = _TEXT.replace(b"Bob,", b"Bob,\x0b\x0c")
    yield _case("cleartext-form-feed", "Other white space is signed.", _signed(feeds))
    yield _case(
        "cleartext-form-feed-added",
        "Other white space was added.",
        _signed(feeds, hashed=_TEXT),
        "bad",
        "not what was signed",
    )
    yield _case(
        "cleartext-altered", "One letter is another.", sound.replace(b"ten", b"tin"), "bad", "not what was signed"
    )
    yield _case("cleartext-no-hash", "Without a Hash header.", _signed(headers=b""))
    yield _case("cleartext-hash-lies", "The Hash header names SHA-512.", _signed(headers=b"Hash: SHA512\n"))
    yield _case("cleartext-two-hashes", "Two Hash headers.", _signed(headers=b"Hash: SHA512\nHash: SHA256\n"))
    yield _case("cleartext-sha1", "With SHA-1.", _signed(headers=b"Hash: SHA1\n", hash_id=2), "refused", "SHA1")
    for slug, words, headers in (
        ("text-as-header", "Text stands among the headers.", b"Hash: SHA256\nPay Mallory\n"),
        ("other-header", "A header of another name.", b"Hash: SHA256\nComment: pay Mallory\n"),
        ("not-dash-escaped", "GnuPG's header by which nothing is escaped.", b"Hash: SHA256\nNotDashEscaped: x\n"),
        ("hash-is-text", "The Hash header holds a sentence.", b"Hash: SHA256 and pay Mallory\n"),
    ):
        yield _case(f"cleartext-{slug}", words, _signed(headers=headers), "malformed", "header that may not stand")
    bare = _signed(b"-ten euros\nAlice", escape=False)
    yield _case("cleartext-hyphen", "A hyphen is not escaped.", bare, "malformed", "begins with a hyphen")
    cut = sound[: sound.index(b"-----END")]
    yield _case("cleartext-cut", "The end is missing.", cut, "malformed", "tail line")
    yield _case(
        "cleartext-unsigned",
        "Without a signature.",
        sound[: sound.index(b"-----BEGIN PGP SIGNATURE")],
        "malformed",
        "without its signature",
    )

"""The cleartext framework: what is shown is what was signed, and nothing can hide beside it."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import armor, cleartext, verification
from ithaca.openpgp.algorithms import SignatureType
from ithaca.openpgp.cleartext import CleartextWriter
from ithaca.openpgp.signer import DetachedSigner
from ithaca.openpgp.verification import Surroundings
from ithaca.verdict import SignatureState
from ithaca.work import run

NOW = 1_790_000_000
BLOCK = armor.armor("SIGNATURE", b"\xc2\x01\x04", line_end=b"\n")
HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----\n"


def framed(text, headers=b"Hash: SHA256\n"):
    return HEAD + headers + b"\n" + text + BLOCK


@pytest.fixture
def verify(engine, lookup):
    def judge(octets):
        found = cleartext.parse(octets)
        bodies = verification.signature_bodies(found.signatures)
        judged = run(verification.verify_pieces(found.hashed(), bodies, Surroundings(engine, lookup, NOW + 60)))
        return found.text, [s.state for s in judged]

    return judge


@pytest.fixture
def signed(engine, alice):
    def make(text, step=None):
        signer = DetachedSigner(
            alice.signing(NOW), engine=engine, created=NOW, random=os.urandom, kind=SignatureType.TEXT
        )
        writer, out = CleartextWriter(("SHA256",)), []
        step = step or len(text) or 1
        for start in range(0, len(text), step):
            octets, hashed = writer.feed(text[start : start + step])
            out.append(octets)
            signer.feed(hashed)
        octets, hashed = writer.finish()
        signer.feed(hashed)
        return b"".join((*out, octets, signer.finish()))

    return make


TEXTS = [
    b"",
    b"\n",
    b"one line",
    b"- dash\n-----BEGIN PGP MESSAGE-----\nFrom here\n-- \nname\n",
    b"trailing \t\nblanks  \n",
    "Größe, ναῦς\n".encode(),
    "Größe\n".encode("latin-1"),
    b"a\r\nb\r\n",
    b"\n\n\nlines\n\n\n",
    b"a\rb\n\x0c\x00\n",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("step", [None, 1, 3])
def test_ours_reads_back_and_is_good(verify, signed, text, step):
    shown, states = verify(signed(text, step))
    assert shown == (text if text.endswith(b"\n") or not text else text + b"\n")
    assert states == [SignatureState.GOOD]


@pytest.mark.parametrize("text", TEXTS[2:7])
def test_gpg_and_we_read_each_other(verify, signed, gpg, alice_octets, text):
    gpg("--import", data=alice_octets)
    clock = ("--faked-system-time", str(NOW + 9))
    assert b"GOODSIG" in gpg(*clock, "--verify", data=signed(text)).stderr
    made = gpg(*clock, "--clear-sign", data=text).stdout
    for octets in (made, made.replace(b"\n", b"\r\n")):
        shown, states = verify(octets)
        assert shown.replace(b"\r\n", b"\n").split() == text.replace(b"\r\n", b"\n").split()
        assert states == [SignatureState.GOOD]


def test_an_altered_word_is_bad(verify, signed):
    assert verify(signed(b"I owe you 10\n").replace(b"10", b"99"))[1] == [SignatureState.BAD]


@pytest.mark.parametrize(
    "headers",
    [b"Hash: SHA256\n", b"Hash: SHA256,SHA512\nHash: MD5\n", b"", b"Hash: SHA3-256\n", b"Hash: no-such-hash\n"],
)
def test_hash_headers_are_read_over(headers):
    assert cleartext.parse(framed(b"text\n", headers)).text == b"text\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"Comment: I owe you 99\n",
        b"Hash: SHA256\nYou owe me nothing\n",
        b"Hash: SHA256; pay Mallory\n",
        b"Hash: pay Mallory 99\n",
        b"hash: SHA256\n",
        b"Hash:\n",
        b"\x00\n",
        b"\x0b\n",
    ],
)
def test_text_that_hides_among_the_headers_is_refused(headers):
    """RFC 9580 §7: it would be shown, and is not signed."""
    with pytest.raises(MalformedPacket):
        cleartext.parse(framed(b"text\n", headers))


def test_a_head_line_with_more_on_it_is_refused():
    with pytest.raises(MalformedPacket, match="head"):
        cleartext.parse(HEAD[:-1] + b" pay Mallory\n\ntext\n" + BLOCK)


def test_what_stands_outside_is_named():
    octets = b"before\n" + framed(b"text\n") + b"after\n"
    found = cleartext.parse(octets)
    assert (octets[: found.start], octets[found.end :]) == (b"before\n", b"after\n")


@pytest.mark.parametrize("line", [b"-x", b"-", b"--", b"-----BEGIN PGP SIGNED MESSAGE-----", b"-\t"])
def test_an_unescaped_hyphen_is_refused(line):
    with pytest.raises(MalformedPacket, match="hyphen"):
        cleartext.parse(framed(b"a\n" + line + b"\nb\n"))


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"text", "no cleartext"),
        (HEAD + b"\ntext\n", "without its signature"),
        (HEAD + b"Hash: SHA256\n", "empty line"),
        (HEAD + b"\ntext\n" + BLOCK[:-20], "tail line"),
    ],
)
def test_what_is_missing_is_named(octets, words):
    with pytest.raises(MalformedPacket, match=words):
        cleartext.parse(octets)


HOSTILE = {
    "headers": HEAD + b"Hash: SHA256\n" * 100_000,
    "one endless header": HEAD + b"Hash: " + b"SHA256," * 200_000,
    "blanks": framed(b" " * 2_000_000 + b"x\n"),
    "blank lines": framed(b" \t\r\n" * 500_000),
    "hyphens": framed(b"- " * 1_000_000 + b"\n"),
    "heads": HEAD * 100_000,
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_takes_no_time(octets):
    before = time.process_time()
    try:
        b"".join(cleartext.parse(octets).hashed())
    except (MalformedPacket, LimitExceeded):
        pass
    assert time.process_time() - before < 5


@given(
    st.binary(max_size=60), st.lists(st.sampled_from([HEAD, b"\n", b"Hash: SHA1\n", b"- ", BLOCK, b"x"]), max_size=8)
)
def test_any_octets_are_a_framework_or_an_error_of_ours(junk, parts):
    try:
        b"".join(cleartext.parse(b"".join(parts) + junk).hashed())
    except OpenPGPError:
        return

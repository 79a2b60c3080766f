"""The cleartext framework: what is shown is what was signed, and nothing can hide beside it."""

import itertools
import os
import time
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, MalformedPacket, OpenPGPError
from ithaca.openpgp import armor, cleartext, verification
from ithaca.openpgp.algorithms import SignatureType
from ithaca.openpgp.cleartext import MOST_BLANKS, MOST_SIGNATURES, CleartextReader, CleartextWriter
from ithaca.openpgp.signer import DetachedSigner
from ithaca.openpgp.verification import Surroundings
from ithaca.verdict import SignatureState
from ithaca.work import run

NOW = 1_790_000_000
BLOCK = armor.armor("SIGNATURE", b"\xc2\x01\x04", line_end=b"\n")
HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----\n"
SIGNATURE = b"-----BEGIN PGP SIGNATURE-----\n"


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
    [
        b"Hash: SHA256\n",
        b"Hash: SHA256,SHA512\nHash: MD5\n",
        b"",
        b"Hash: SHA3-256\n",
        b"Hash:SHA1 ,\tRIPEMD160 \n",
        b"Hash: sha512\r\n",
    ],
)
def test_hash_headers_are_read_over(headers):
    found = cleartext.parse(framed(b"text\n", headers))
    assert found.text == b"text\n"
    said = headers.decode().replace("Hash:", " ").replace(",", " ").upper()
    assert found.hash_names == tuple(said.split())


@pytest.mark.parametrize(
    "headers",
    [
        b"Comment: I owe you 99\n",
        b"Hash: SHA256\nYou owe me nothing\n",
        b"Hash: SHA256; pay Mallory\n",
        b"Hash: pay Mallory 99\n",
        b"Hash: pay, Mallory, 99\n",
        b"Hash: PAY-MALLORY-99\n",
        b"Hash: SHA256\x0b\x0bpay Mallory\n",
        b"Hash: SHA256\rpay Mallory\n",
        b"Hash: SHA256,\n",
        b"Hash: SHA256,\x0bSHA1\n",
        b"Hash : SHA256\n",
        b" Hash: SHA256\n",
        b"hash: SHA256\n",
        b"Hash:\n",
        b"NotDashEscaped: You need GnuPG to verify this\n",
        b"Charset: utf-8\n",
        b"Hash: SHA256\n" * 65,
        b"\x00\n",
        b"\x0b\n",
        b"\x0c\n",
        b"\r\r\n",
        b"\xc2\xa0\n",
        b"\xe2\x80\x8b\n",
    ],
)
def test_text_that_hides_among_the_headers_is_refused(headers):
    """RFC 9580 §7: it would be shown, and is not signed."""
    with pytest.raises(MalformedPacket):
        cleartext.parse(framed(b"text\n", headers))


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b" \t\n", b" \r\n"])
def test_the_empty_line_may_have_blanks(blank):
    assert cleartext.parse(HEAD + b"Hash: SHA256\n" + blank + b"text\n" + BLOCK).text == b"text\n"


def test_a_head_line_with_more_on_it_is_refused():
    with pytest.raises(MalformedPacket, match="head"):
        cleartext.parse(HEAD[:-1] + b" pay Mallory\n\ntext\n" + BLOCK)


@pytest.mark.parametrize("before", [b"", b"before\n", b"\xff\x00\n", b" " + HEAD, b"- " + HEAD, b"\x0c" + HEAD])
@pytest.mark.parametrize("after", [b"", b"after\n", b"\n", framed(b"second\n"), BLOCK])
def test_what_stands_outside_is_named(before, after):
    octets = before + framed(b"text\n") + after
    found = cleartext.parse(octets)
    assert found.text == b"text\n"
    assert (octets[: found.start], octets[found.end :]) == (before, after)


def test_the_signatures_are_given_as_packets():
    assert cleartext.parse(framed(b"text\n")).signatures == b"\xc2\x01\x04"
    assert cleartext.parse(framed(b"text\n").replace(b"\n", b"\r\n")).signatures == b"\xc2\x01\x04"
    assert cleartext.parse(framed(b"text\n").rstrip()).end == len(framed(b"text\n")) - 1


@pytest.mark.parametrize(
    "block",
    [
        BLOCK.replace(b"SIGNATURE-----\n", b"SIGNATURE----- pay Mallory\n", 1),
        b"-----BEGIN PGP SIGNATURE-----pay Mallory\npay Mallory\n" + BLOCK,
        b"-----BEGIN PGP SIGNATURE----- \x0b\npay Mallory\n\n" + BLOCK,
        BLOCK.rstrip() + b" pay Mallory\n",
        BLOCK.rstrip() + b"\x0bpay Mallory\n",
        BLOCK.replace(b"-----END", b"pay Mallory\n-----END"),
        BLOCK.replace(b"\n\n", b"\npay Mallory\n\n"),
        BLOCK.replace(b"-----END PGP SIGNATURE", b"-----END PGP MESSAGE"),
        BLOCK.replace(b"-----END PGP SIGNATURE-----", b"-----END PGP SIGNATURE"),
        BLOCK.replace(b"-----END", b"  -----END"),
        SIGNATURE + b"\n" + SIGNATURE,
        SIGNATURE[:-1] + b" " * 300 + b"\npay Mallory\n" + BLOCK,
    ],
)
def test_text_that_hides_round_the_signature_is_refused(block):
    """Inside the framework and not signed: who shows the letter as it came would show it as signed."""
    with pytest.raises(MalformedPacket):
        cleartext.parse(HEAD + b"Hash: SHA256\n\ntext\n" + block)


@pytest.mark.parametrize("line", [b"-x", b"-", b"--", b"-----BEGIN PGP SIGNED MESSAGE-----", b"-\t"])
def test_an_unescaped_hyphen_is_refused(line):
    octets = framed(b"a\n" + line + b"\nb\n")
    with pytest.raises(MalformedPacket, match="hyphen") as caught:
        cleartext.parse(octets)
    assert octets[: caught.value.offset].endswith(b"\n\na\n")


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"text", "no cleartext"),
        (HEAD + b"\ntext\n", "without its signature"),
        (HEAD + b"Hash: SHA256\n", "empty line"),
        (HEAD + b"\ntext\n" + BLOCK[:-20], "tail line"),
        (HEAD + b"\ntext\n" + BLOCK.replace(b"\n\n", b"\n"), "blank line"),
        (HEAD + b"\ntext " + BLOCK.partition(b"\n-----END")[0], "without its signature"),
        (HEAD + b"\ntext\n- " + BLOCK.partition(b"\n-----END")[0], "without its signature"),
        (HEAD + b"\ntext " + BLOCK, "begins with a hyphen"),
        (HEAD + b"\n" + SIGNATURE[:-1], "blank line"),
        (HEAD + b"\n" + SIGNATURE[:-1] + b"x", "malformed head of a signature"),
    ],
)
def test_what_is_missing_is_named(octets, words):
    with pytest.raises(MalformedPacket, match=words):
        cleartext.parse(octets)


# --- what is hashed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        (b"", b""),
        (b"\n", b""),
        (b"\r\n", b""),
        (b"\n\n", b"\r\n"),
        (b"a\n", b"a"),
        (b"a \t \n", b"a"),
        (b"a\n \t\n", b"a\r\n"),
        (b"a\r\nb\nc\r\n", b"a\r\nb\r\nc"),
        (b"a\r\r\nb\n", b"a\r\nb"),
        (b"a \r \nb\n", b"a\r\nb"),
        (b"a\rb\n", b"a\rb"),
        (b" a\tb\n", b" a\tb"),
        (b"- -dash\n- From\n- - x\n", b"-dash\r\nFrom\r\n- x"),
        (b"a\x0c\n\x0b\n\0\n", b"a\x0c\r\n\x0b\r\n\0"),
        (b"\x0ca\n", b"\x0ca"),
        (b"\xa0\n", b"\xa0"),
    ],
)
def test_line_ends_and_blanks_before_them_are_not_hashed_as_they_came(text, hashed):
    """RFC 9580 §7.2: spaces and tabs at the ends of lines, and the last line end, are not signed; a CR in a line is."""
    found = cleartext.parse(framed(text))
    assert b"".join(found.hashed()) == hashed
    assert b"".join(found.hashed(b"\n")) == hashed.replace(b"\r\n", b"\n")


def simply_hashed(text):
    """The same, as simply as it can be said."""
    return b"\r\n".join(line.rstrip(b" \t\r") for line in text.removesuffix(b"\n").split(b"\n"))


TEXT = st.lists(
    st.sampled_from([b"a", b"\n", b"\r\n", b" ", b"\t", b"\r", b"-", b"From ", b"Fr", b"\x0c"]), max_size=20
).map(b"".join)


def written(text, sizes):
    writer, out, at = CleartextWriter(("SHA256",)), [], 0
    for size in itertools.cycle(sizes):
        if at >= len(text):
            break
        out.append(writer.feed(text[at : at + size]))
        at += size
    out.append(writer.finish())
    return tuple(b"".join(column) for column in zip(*out, strict=True))


@given(TEXT, st.lists(st.integers(1, 9), min_size=1, max_size=4))
@example(b"\n ", [1000])
@example(b"a\n \t", [1])
def test_what_is_written_in_pieces_of_any_size_reads_back_as_it_was_hashed(text, sizes):
    octets, hashed = written(text, sizes)
    assert (octets, hashed) == written(text, [1000])
    assert hashed == simply_hashed(text)
    found = cleartext.parse(octets + BLOCK)
    assert found.text == (text if text.endswith(b"\n") or not text else text + b"\n")
    assert b"".join(found.hashed()) == hashed
    escaped = octets.partition(b"\n\n")[2]
    assert not any(line.startswith((b"From ", b"-")) and line[:2] != b"- " for line in escaped.split(b"\n"))


def test_a_writer_holds_nothing_back_of_an_endless_line():
    writer = CleartextWriter(("SHA256",))
    tracemalloc.start()
    try:
        for _ in range(1000):
            writer.feed(b"a" * 4096)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000


def test_a_writer_takes_so_many_blanks_at_the_end_of_a_line_and_no_more():
    """They have to be held until it is known whether the line ends there."""
    writer = CleartextWriter(("SHA256",))
    writer.feed(b"a" + b" " * MOST_BLANKS)
    assert writer.feed(b"b" + b"\t" * MOST_BLANKS)[1] == b" " * MOST_BLANKS + b"b"
    with pytest.raises(LimitExceeded, match="blanks at the end of a line"):
        writer.feed(b"\t")


def test_a_writer_without_hashes_writes_no_header():
    writer = CleartextWriter((), line_end=b"\r\n")
    octets = writer.feed(b"text")[0] + writer.finish()[0]
    assert octets == b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\ntext\r\n"


@pytest.mark.parametrize("text", [b"a\rb\n", b"\x0ca\n", b"a\x0b \t\nb\n", b"a \r \nb\n", b"\0a\n", b"a\xa0\n"])
def test_gpg_hashes_odd_octets_as_we_do(verify, signed, gpg, alice_octets, text):
    gpg("--import", data=alice_octets)
    clock = ("--faked-system-time", str(NOW + 9))
    assert verify(gpg(*clock, "--clear-sign", data=text).stdout)[1] == [SignatureState.GOOD]
    assert b"GOODSIG" in gpg(*clock, "--verify", data=signed(text)).stderr


# --- in pieces ---------------------------------------------------------------------------------------

PARTS = [
    *(HEAD, HEAD[:-1], HEAD + b"\n", b"Hash: SHA1\n", b"Hash: sha1, MD5\r\n", b"Hash: SHA1\n" * 64, b"\n", b"\r\n"),
    *(b"- ", b"-", b"--", b"text\n", b" ", b"\r", b"\x0b", b" " * 300, b" " * 16_400, SIGNATURE, SIGNATURE[:-1]),
    *(BLOCK, BLOCK[:-1], BLOCK.replace(b"\n", b" \r\n"), BLOCK.replace(b"-----END", b" -----END"), b"wgEE\n"),
    *(b"-----END PGP SIGNATURE-----", b"-----END PGP SIGNATURE"),
]
ANY = st.lists(st.sampled_from(PARTS), max_size=8).map(b"".join)
FRAMED = st.builds(
    lambda before, text, block, after: before + HEAD + b"Hash: SHA256\n\n" + text + b"\n" + block + after,
    st.sampled_from([b"", b"before\n"]),
    ANY,
    st.sampled_from([BLOCK, BLOCK[:-1], BLOCK.replace(b"\n", b"\r\n"), SIGNATURE]),
    ANY,
)


def read_in_pieces(octets, sizes):
    """What a reader says after the last of them, or the error that it ends with."""
    reader, text, at = CleartextReader(), [], 0
    try:
        for size in itertools.cycle(sizes):
            if at >= len(octets):
                break
            text.append(reader.feed(octets[at : at + size]))
            at += size
        reader.finish()
    except OpenPGPError as error:
        return type(error), error.reason, error.offset
    return b"".join(text), reader.signatures, reader.hash_names, reader.begin, reader.end


def read_whole(octets):
    try:
        found = cleartext.parse(octets)
    except OpenPGPError as error:
        return type(error), error.reason, error.offset
    return found.text, found.signatures, found.hash_names, found.start, found.end


@given(FRAMED | ANY, st.lists(st.integers(1, 40), min_size=1, max_size=5))
@example(framed(b"- -a\n- \n- - \n"), [1])
@example(framed(b"a\n--b\n"), [1])
@example(b"before\n" + framed(b"text\n", b"Hash: SHA1\nHash: MD5\n") + b"after", [1])
@example(HEAD + b"\ntext\n" + BLOCK[:-1] + b" " * 40 + b"x\n", [1])
@example(HEAD + b"\ntext\n" + SIGNATURE[:-1] + b" " * 300 + b"\n", [1])
def test_in_pieces_of_any_size_it_means_the_same(octets, sizes):
    """The text, its signatures, and every error with its offset."""
    assert read_in_pieces(octets, sizes) == read_whole(octets)


def test_the_text_is_given_as_it_goes_by():
    reader = CleartextReader()
    assert reader.feed(b"before\n" + HEAD + b"Hash: SHA256\n\n- -a\nb") == b"-a\nb"
    assert (reader.begin, reader.hash_names, reader.end) == (7, ("SHA256",), None)
    assert reader.feed(b"\n-") == b"\n"
    assert reader.feed(b" c\n") == b"c\n"
    assert reader.feed(BLOCK + b"after") == b""
    reader.finish()
    assert (reader.signatures, reader.end) == (b"\xc2\x01\x04", reader.offset - len(b"after"))


ENDLESS = {
    "lines in front": (b"", b"a\n"),
    "a line in front": (b"", b"a"),
    "a line": (HEAD + b"\n", b"a"),
    "lines": (HEAD + b"\n", b"- -\n"),
    "blanks": (HEAD + b"\n", b" "),
    "blanks behind the signature": (HEAD + b"\n" + BLOCK[:-1], b" "),
    "text behind the signature": (HEAD + b"\n" + BLOCK[:-1], b"a"),
    "lines behind the signature": (HEAD + b"\n" + BLOCK, HEAD),
    "line ends in the signature": (HEAD + b"\n" + SIGNATURE + b"\n", b"\n"),
}


@pytest.mark.parametrize(("before", "part"), ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("size", [7, 4096])
def test_a_reader_holds_nothing_back_of_what_has_no_end(before, part, size):
    reader, octets = CleartextReader(), part * (size // len(part) + 1)
    reader.feed(before)
    tracemalloc.start()
    try:
        for _ in range(2_000_000 // size if size > 7 else 20_000):
            reader.feed(octets)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000


def test_the_head_of_the_signature_has_its_limit():
    reader = CleartextReader()
    with pytest.raises(MalformedPacket, match="malformed head of a signature") as caught:
        reader.feed(HEAD + b"\n" + SIGNATURE[:-1] + b" " * 300)
    assert caught.value.offset == len(HEAD) + 1


def test_signatures_have_their_limit():
    largest = b"\xc2" * MOST_SIGNATURES
    assert cleartext.parse(HEAD + b"\n" + armor.armor("SIGNATURE", largest)).signatures == largest
    with pytest.raises(LimitExceeded, match="signatures under a cleartext") as caught:
        cleartext.parse(HEAD + b"\n" + armor.armor("SIGNATURE", largest + b"\xc2"))
    assert caught.value.offset == len(HEAD) + 1


# --- hostile -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [b"Hash: " + b"," * 20_000, b"Hash: SHA256" + b" " * 20_000, b" " * 20_000])
def test_a_header_line_has_its_limit(line):
    with pytest.raises(LimitExceeded, match="above") as caught:
        cleartext.parse(framed(b"text\n", line + b"\n"))
    assert caught.value.offset == len(HEAD)


HOSTILE = {
    "headers": HEAD + b"Hash: SHA256\n" * 100_000,
    "one endless header": HEAD + b"Hash: " + b"SHA256," * 200_000,
    "blanks": framed(b" " * 2_000_000 + b"x\n"),
    "blank lines": framed(b" \t\r\n" * 500_000),
    "hyphens": framed(b"- " * 1_000_000 + b"\n"),
    "heads": HEAD * 100_000,
    "hyphen lines": framed(b"- \n" * 500_000),
    "line ends": framed(b"\n" * 1_000_000),
    "signatures without end": HEAD + b"\n" + SIGNATURE * 50_000,
    "a signature without end": HEAD + b"\n" + SIGNATURE + b"\n" + b"A\n" * 500_000,
    "blanks behind the signature": framed(b"") + b" " * 1_000_000,
    "one line": framed(b"a" * 2_000_000 + b"\n"),
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_takes_no_time(octets):
    before = time.process_time()
    try:
        b"".join(cleartext.parse(octets).hashed())
    except (MalformedPacket, LimitExceeded):
        pass
    assert time.process_time() - before < 1


@given(
    st.binary(max_size=60), st.lists(st.sampled_from([HEAD, b"\n", b"Hash: SHA1\n", b"- ", BLOCK, b"x"]), max_size=8)
)
def test_any_octets_are_a_framework_or_an_error_of_ours(junk, parts):
    try:
        found = cleartext.parse(b"".join(parts) + junk)
    except OpenPGPError:
        return
    assert b"".join(found.hashed()) == simply_hashed(found.text)

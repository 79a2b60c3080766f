"""Armor: what mail does to it is read, what is no base64 is not skipped, hostile forms cost linear time."""

import base64
import itertools
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, LocalProtocolError, MalformedPacket, OpenPGPError
from ithaca.openpgp import armor, packets

DATA = b"\xd2" + bytes(range(200))
TEXT = armor.armor("MESSAGE", DATA)
LINE_ENDS = [b"\n", b"\r\n"]


def whole(octets, kinds=None):
    block = armor.dearmor(octets, kinds)
    return block.kind, block.headers, block.data, block.crc


def in_pieces(octets, sizes, kinds=None):
    reader, out, at = armor.ArmorReader(kinds), [], 0
    for size in itertools.cycle(sizes):
        if at >= len(octets):
            break
        out.append(reader.feed(octets[at : at + size]))
        at += size
    reader.finish()
    return reader.kind, reader.headers, b"".join(out), reader.crc


def outcome(read, *arguments):
    """What it gives, or its error with reason and place."""
    try:
        return read(*arguments)
    except OpenPGPError as error:
        return type(error), error.reason, error.offset


# --- writing -----------------------------------------------------------------------------------------


@given(st.binary(max_size=400), st.integers(1, 100), st.sampled_from(LINE_ENDS), st.booleans())
def test_what_is_written_reads_back(data, size, line_end, crc):
    writer = armor.ArmorWriter("MESSAGE", line_end=line_end, crc=crc)
    text = b"".join(writer.feed(data[i : i + size]) for i in range(0, len(data), size)) + writer.finish()
    assert text == armor.armor("MESSAGE", data, line_end=line_end, crc=crc)
    assert whole(text) == ("MESSAGE", (), data, "good" if crc else "absent")
    assert text.count(b"\n") == text.count(line_end)
    assert all(len(line) <= armor.COLUMNS <= 76 for line in text.split(line_end))


def test_large_data_reads_back():
    data = bytes(range(256)) * 5000
    assert armor.dearmor(armor.armor("MESSAGE", data)).data == data


def test_base64_agrees_with_the_standard_library():
    data = bytes(range(256)) * 7
    lines = armor.armor("MESSAGE", data).split(b"\r\n")
    assert base64.b64decode(b"".join(lines[2:-3])) == data


def test_the_checksum_is_the_one_of_the_standard(gpg):
    """gpg refuses armor whose checksum is another."""
    literal = packets.encode(11, b"b\0" + bytes(4) + b"text")
    assert gpg("--decrypt", data=armor.armor("MESSAGE", literal)).stdout == b"text"


def test_a_buffer_that_is_used_again_does_no_harm():
    writer, buffer, out = armor.ArmorWriter("MESSAGE"), bytearray(100), []
    for number in range(20):
        buffer[:] = bytes([number]) * 100
        out.append(writer.feed(memoryview(buffer)))
    assert armor.dearmor(b"".join(out) + writer.finish()).data == b"".join(bytes([n]) * 100 for n in range(20))


def test_headers_are_written_where_they_are_asked_for():
    headers = (("Comment", "Größe: 3"), ("Version", ""))
    writer = armor.ArmorWriter("MESSAGE", headers=headers, line_end=b"\n")
    text = writer.feed(DATA) + writer.finish()
    assert text.startswith("-----BEGIN PGP MESSAGE-----\nComment: Größe: 3\nVersion: \n\n".encode())
    assert whole(text) == ("MESSAGE", headers, DATA, "good")


@pytest.mark.parametrize(
    "header", [("Comment", "a\nb"), ("Comment", "a\r\n\r\nAAAA"), ("", "a"), ("a:b", "c"), ("a b", "c"), ("ä", "c")]
)
def test_no_line_is_smuggled_in_by_a_header(header):
    with pytest.raises(LocalProtocolError):
        armor.ArmorWriter("MESSAGE", headers=[header])


# --- reading -----------------------------------------------------------------------------------------


def without_checksum(text):
    return b"\r\n".join(line for line in text.split(b"\r\n") if not line.startswith(b"="))


def with_checksum(text, checksum):
    return text[: text.rindex(b"\r\n=")] + b"\r\n" + checksum + b"\r\n-----END PGP MESSAGE-----\r\n"


def with_head(text, headers):
    return text.replace(b"\r\n\r\n", b"\r\n" + headers, 1)


def in_lines(text, columns):
    """The same with lines of that many columns."""
    head, blank, *body, checksum, tail, end = text.split(b"\r\n")
    digits = b"".join(body)
    lines = [digits[at : at + columns] for at in range(0, len(digits), columns)]
    return b"\r\n".join([head, blank, *lines, checksum, tail, end])


FORMS = {
    "as written": (lambda t: t, "good"),
    "LF": (lambda t: t.replace(b"\r\n", b"\n"), "good"),
    "mixed line ends": (lambda t: t.replace(b"\r\n", b"\n", 3), "good"),
    "blanks at line ends": (lambda t: t.replace(b"\r\n", b" \t \r\n"), "good"),
    "blanks before digits": (lambda t: t.replace(b"\r\n", b"\r\n  ").replace(b"  --", b"--"), "good"),
    "blanks before the tail": (lambda t: t.replace(b"-----END", b" \t-----END"), "good"),
    "text around": (lambda t: b"words before \xff\r\n" + t + b"words after", "good"),
    "an empty header": (lambda t: with_head(t, b"Version:\r\n\r\n"), "good"),
    "a header without a space": (lambda t: with_head(t, b"Version:1\r\n\r\n"), "good"),
    "a UTF-8 header": (lambda t: with_head(t, "Comment: Größe\r\n\r\n".encode()), "good"),
    "a header of any octets": (lambda t: with_head(t, b"Comment: \xc3\xff\r\n\r\n"), "good"),
    "24 headers": (lambda t: with_head(t, b"A: b\r\n" * 24 + b"\r\n"), "good"),
    "a blank line of blanks": (lambda t: with_head(t, b" \t \r\n"), "good"),
    "several blank lines": (lambda t: with_head(t, b"\r\n\r\n\r\n"), "good"),
    "24 blank lines": (lambda t: with_head(t, b"\r\n" * 24), "good"),
    "blank lines between": (lambda t: t.replace(b"\r\n=", b"\r\n\r\n\r\n="), "good"),
    "no checksum": (without_checksum, "absent"),
    "wrong checksum": (lambda t: with_checksum(t, b"=AAAA"), "bad"),
    "short checksum": (lambda t: with_checksum(t, b"=AA"), "bad"),
    "empty checksum": (lambda t: with_checksum(t, b"="), "bad"),
    "checksum that is none": (lambda t: with_checksum(t, b"=* what?"), "bad"),
    "indented checksum": (lambda t: t.replace(b"\r\n=", b"\r\n ="), "good"),
    "no line end at the end": (lambda t: t.rstrip(), "good"),
    "more on the tail line": (lambda t: t.rstrip() + b" and more", "good"),
    "one long line": (lambda t: in_lines(t, 10_000), "good"),
    "lines of 76": (lambda t: in_lines(t, 76), "good"),
    "lines of 77": (lambda t: in_lines(t, 77), "good"),
    "lines of 2": (lambda t: in_lines(t, 2), "good"),
    "byte order mark": (lambda t: b"\xef\xbb\xbf" + t, "good"),
    "a head without end before": (lambda t: b"-----BEGIN PGP MESSAGE, PART 1/2-----\r\n" + t, "good"),
    "a head with more on it before": (lambda t: b"-----BEGIN PGP MESSAGE----- see below:\r\n" + t, "good"),
    "a head that is too long before": (lambda t: b"-----BEGIN PGP MESSAGE-----" + b" " * 300 + b"\r\n" + t, "good"),
}


@pytest.mark.parametrize(("change", "crc"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("data", [DATA, DATA[:-1], DATA[:-2], b""])
def test_what_mail_does_to_armor_is_read(change, crc, data):
    octets = change(armor.armor("MESSAGE", data))
    kind, _, read, said = whole(octets)
    assert (kind, read, said) == ("MESSAGE", data, crc)
    for size in (1, 2, 3, 7, 64):
        assert in_pieces(octets, [size]) == whole(octets)


@pytest.mark.parametrize("size", range(4))
def test_padding_may_be_missing(size):
    octets = armor.armor("MESSAGE", DATA[:size])
    bare = octets.replace(b"==\r\n", b"\r\n").replace(b"=\r\n", b"\r\n")
    assert (bare != octets) is bool(size % 3)
    assert whole(bare) == whole(octets)


@pytest.mark.parametrize(
    "text",
    [
        b"no armor",
        b"",
        TEXT.replace(b"-----END PGP MESSAGE-----", b""),
        TEXT[: TEXT.index(b"-----END")] + b"-----END PGP MESS",
        TEXT.replace(b"-----END PGP MESSAGE", b"-----END PGP SIGNATURE"),
        TEXT.replace(b"\r\n-----END", b"-----END"),
        without_checksum(TEXT).replace(b"\r\n-----END", b"-----END"),
        TEXT.replace(b"\r\n=", b"="),
        TEXT.replace(b"\r\n=", b"=\r\n="),
        armor.armor("MESSAGE", DATA[:-1]).replace(b"=\r\n=", b"==\r\n="),
        armor.armor("MESSAGE", DATA[:-2]).replace(b"==\r\n=", b"=\r\n="),
        armor.armor("MESSAGE", DATA[:-2]).replace(b"==\r\n=", b"===\r\n="),
        TEXT.replace(b"\r\n\r\n", b"\r\n", 1),
        TEXT[:100] + b"*" + TEXT[100:],
        TEXT[:100] + b"_" + TEXT[101:],
        TEXT[:100] + b"-" + TEXT[101:],
        TEXT[:100] + b"\0" + TEXT[100:],
        TEXT[:100] + b"\x0c" + TEXT[100:],
        TEXT[:100] + b"=" + TEXT[100:],
        TEXT[:100] + TEXT[103:],
        TEXT.replace(b"\r\n=", b"\r\n=AAAA\r\n="),
        TEXT.replace(b"\r\n-----END", b"\r\nAAAA\r\n-----END"),
        TEXT.replace(b"\r\n-----END", b"\r\n-----BEGIN PGP MESSAGE-----\r\n-----END"),
        b"> " + TEXT.replace(b"\n", b"\n> "),
        TEXT.replace(b"MESSAGE-----\r", b"MESSAGE----- and more\r", 1),
        TEXT.replace(b"BEGIN PGP MESSAGE-----", b"BEGIN PGP MESSAGE", 1),
        TEXT.replace(b"MESSAGE", b"SIGNED MESSAGE"),
    ],
    ids=[
        "none",
        "nothing",
        "no tail",
        "tail cut",
        "tail of another kind",
        "tail not at a line start",
        "tail behind the digits",
        "checksum behind the digits",
        "padding of nothing",
        "padding too long",
        "padding too short",
        "padding of three",
        "no blank line",
        "foreign octet",
        "digit of another base64",
        "hyphen",
        "NUL",
        "form feed",
        "padding inside",
        "one digit too many",
        "two checksums",
        "data behind the checksum",
        "head inside",
        "quoted",
        "more on the head line",
        "half a head line",
        "a cleartext",
    ],
)
def test_broken_armor_is_malformed(text):
    with pytest.raises(MalformedPacket):
        armor.dearmor(text)
    for size in (1, 5, 64):
        assert outcome(in_pieces, text, [size]) == outcome(whole, text)


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_no_octet_of_the_data_is_skipped(line_end):
    """Whatever stands in the place of a digit or of a line end: the decoder below may skip what it does not know."""
    octets = armor.armor("MESSAGE", bytes(200), crc=False, line_end=line_end)
    start = octets.index(line_end * 2) + 2 * len(line_end)
    for at in range(start, octets.index(b"-----END") - len(line_end)):
        for foreign in (b"*", b"\x80", b"_", b"\0"):
            with pytest.raises(MalformedPacket) as caught:
                armor.dearmor(octets[:at] + foreign + octets[at + 1 :])
            assert caught.value.offset in (at, octets.index(b"=") if b"=" in octets else at)


@pytest.mark.parametrize(
    ("octets", "words", "offset"),
    [
        (b"text", "no armored", 4),
        (b"-----BEGIN PGP MESSAGE-----", "blank line", 27),
        (b"-----BEGIN PGP MESSAGE-----\nA: b", "blank line", 32),
        (b"-----BEGIN PGP MESSAGE-----\nA: b\nno header\n\n", "blank line", 33),
        (b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n", "tail line", 34),
        (b"x\n-----BEGIN PGP MESSAGE-----\n\nAAAA\nAA*A", "foreign", 38),
        (b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n=AAAA\n\n=AAAA\n", "foreign", 41),
        (b"-----BEGIN PGP MESSAGE-----\n\nAAAA\nA\n-----END PGP MESSAGE-----", "wrong length", 36),
        (b"-----BEGIN PGP MESSAGE-----\nA: b\n" + b"C" * 20_000, "above", 33),
        (b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n=" + b"C" * 20_000, "above", 34),
        (b"-----BEGIN PGP MESSAGE-----\n" + b"A: b\n" * 65, "headers", 28 + 64 * 5),
    ],
)
def test_what_is_wrong_is_named_with_its_place(octets, words, offset):
    kind, reason, place = outcome(whole, octets)
    assert issubclass(kind, OpenPGPError)
    assert words in reason
    assert place == offset
    assert outcome(in_pieces, octets, [1]) == outcome(in_pieces, octets, [1000]) == outcome(whole, octets)


# --- several, and their places -----------------------------------------------------------------------


def test_several_blocks_are_joined():
    two = armor.armor("PUBLIC KEY BLOCK", b"\x99a") + b"\r\n" + armor.armor("PUBLIC KEY BLOCK", b"\x99b")
    assert armor.binary(two) == b"\x99a\x99b"
    assert armor.binary(b"\x99a") == b"\x99a"


def test_a_block_that_is_cut_behind_a_whole_one_is_an_error():
    for end in range(27, TEXT.index(b"-----END") + len(b"-----END PGP MESSAGE")):
        with pytest.raises(MalformedPacket):
            armor.binary(TEXT + TEXT[:end])


def test_blocks_without_number_cost_linear_time():
    many = armor.armor("PUBLIC KEY BLOCK", b"\x99a", line_end=b"\n") * 30_000
    before = time.process_time()
    assert armor.binary(many) == b"\x99a" * 30_000
    assert time.process_time() - before < 2


def test_a_block_of_another_kind_is_passed_over():
    octets = armor.armor("PUBLIC KEY BLOCK", b"\xc6\x01x") + armor.armor("MESSAGE", b"data")
    reader = armor.ArmorReader(frozenset({"MESSAGE"}))
    assert (reader.feed(octets), reader.kind, reader.is_complete) == (b"data", "MESSAGE", True)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_place_of_a_block_is_known(size):
    octets = b"before\n" + TEXT + b"behind\nand more\n"
    reader = armor.ArmorReader(start=100)
    for at in range(0, len(octets), size):
        reader.feed(octets[at : at + size])
    reader.finish()
    assert (reader.begin, reader.end) == (107, 107 + len(TEXT))


def test_the_end_without_a_line_end_is_that_of_the_octets():
    reader = armor.ArmorReader()
    reader.feed(TEXT.rstrip())
    assert reader.is_complete
    assert reader.end is None
    reader.finish()
    assert reader.end == len(TEXT) - 2


# --- armor or binary ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before", [b"", b"text\n", "Über mich\n".encode(), "Über mich\r\n".encode("latin-1"), b"\xef\xbb\xbf"]
)
def test_text_before_armor_is_no_binary(before):
    assert armor.is_armored(before + TEXT)
    assert armor.binary(before + TEXT) == DATA


def test_armor_inside_a_binary_message_makes_it_no_text():
    """RFC 9580 §5.9: a text of one's own may hold armor, and a signature may name it."""
    inner = b"see:\n" + TEXT
    for octets in (
        packets.encode(11, b"b\0" + bytes(4) + inner),
        packets.encode(4, bytes([3, 0, 8, 22]) + bytes(8) + b"\1") + packets.encode(11, b"b\0" + bytes(4) + inner),
        packets.encode(2, bytes([4, 0]) + inner),
        packets.encode(8, b"\0" + packets.encode(11, b"b\0" + bytes(4) + inner)),
        b"\x99" + len(inner).to_bytes(2, "big") + b"\4" + inner,
    ):
        assert not armor.is_armored(octets)
        assert armor.binary(octets) == octets


# --- in pieces ---------------------------------------------------------------------------------------

SIZES = st.lists(st.integers(1, 90), min_size=1, max_size=5)
JUNK = st.binary(max_size=60).map(lambda junk: junk.replace(b"\n", b"\n ")) | st.sampled_from(
    [
        b"-----BEGIN PGP MESSAGE",
        b"-----BEGIN PGP SIGNATURE-----",
        b"-----BEGIN PGP \n",
        b"-----END PGP MESSAGE-----",
        b"--",
    ]
)
JUNKS = st.lists(JUNK, max_size=3).map(b"\n".join).filter(lambda junk: b"-----BEGIN PGP MESSAGE-----" not in junk)


@given(JUNKS, st.binary(max_size=400), st.booleans(), st.sampled_from(LINE_ENDS), JUNKS, SIZES)
def test_what_was_written_is_read_in_pieces_of_any_size(before, data, crc, line_end, after, sizes):
    octets = before + b"\n" + armor.armor("MESSAGE", data, crc=crc, line_end=line_end) + after
    kinds = frozenset({"MESSAGE"})
    assert in_pieces(octets, sizes, kinds) == ("MESSAGE", (), data, "good" if crc else "absent")


CHANGES = [
    b"",
    b"=",
    b"==",
    b"-",
    b"\n",
    b"\r",
    b" ",
    b"\x80",
    b"=abcd\n",
    b"\n=",
    b"\n-",
    b":",
    b"-----END PGP MESSAGE",
]


@given(
    st.binary(max_size=120),
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(CHANGES), st.booleans()), max_size=4),
    SIZES,
)
def test_a_reader_fed_in_pieces_comes_to_the_same_end_as_one_that_has_it_all(data, changes, sizes):
    octets = armor.armor("MESSAGE", data, line_end=b"\n")
    for place, change, is_inserted in changes:
        at = place % len(octets)
        octets = octets[:at] + change + octets[at + (not is_inserted) :]
    assert outcome(in_pieces, octets, sizes) == outcome(whole, octets)


@given(st.binary(max_size=200), SIZES)
def test_any_octets_are_a_block_or_an_error_of_ours(octets, sizes):
    for text in (
        octets,
        b"-----BEGIN PGP MESSAGE-----\n" + octets,
        b"-----BEGIN PGP MESSAGE-----\n\n" + octets + b"\n-----END PGP MESSAGE-----",
        b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n=" + octets + b"\n-----END PGP MESSAGE-----",
    ):
        assert outcome(in_pieces, text, sizes) == outcome(whole, text)


# --- hostile -----------------------------------------------------------------------------------------

HEAD = b"-----BEGIN PGP MESSAGE-----\r\n"
HOSTILE = {
    "24 lines after a cleartext head": b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" + b"\r\n" * 24,
    "lines after a cleartext head": b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" + b"\r\n" * 100_000,
    "24 header lines": HEAD + b"A: b\r\n" * 24,
    "header lines": HEAD + b"A: b\r\n" * 100_000,
    "16,000 colons in a header line": HEAD + b"a: " * 16_000,
    "5,000 colons in a header line": HEAD + b"a: " * 5_000,
    "one endless header line": HEAD + b"a: " * 1_000_000,
    "heads without an end": HEAD * 100_000,
    "4,000 heads of signed messages": b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" * 4_000,
    "heads of signed messages": b"-----BEGIN PGP SIGNED MESSAGE-----\r\n" * 50_000,
    "heads without a kind": b"-----BEGIN PGP \n" * 100_000,
    "a head line without end": b"-----BEGIN PGP " + b"MESSAGE" * 500_000,
    "carriage returns behind a head": HEAD.strip() + b"\r" * 1_000_000,
    "a million lines of one character": HEAD + b"\r\n" + b"A\n" * 1_000_000,
    "a million empty lines": HEAD + b"\r\n" + b"\n" * 1_000_000,
    "one line without end": HEAD + b"\r\n" + b"A" * 4_000_000,
    "no line at all": b"A" * 4_000_000,
    "hyphens": HEAD + b"\r\n" + b"-\n" * 1_000_000,
    "a checksum without end": HEAD + b"\r\nAAAA\n=" + b"A\n" * 1_000_000,
    "blanks without end": HEAD + b"\r\nAAAA\n=" + b" \n" * 1_000_000,
    "blanks between the digits": HEAD + b"\r\n" + b"A " * 1_000_000,
    "no end": TEXT[: TEXT.index(b"-----END")],
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("size", [1000, 1 << 18])
def test_a_hostile_text_ends_at_once_in_an_error_of_ours(octets, size):
    """Exponential or quadratic readers take minutes to years for these."""
    before = time.process_time()
    assert outcome(in_pieces, octets, [size])[0] in (MalformedPacket, LimitExceeded)
    assert outcome(whole, octets)[0] in (MalformedPacket, LimitExceeded)
    assert time.process_time() - before < 1


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_that_comes_octet_by_octet_costs_linear_time(octets):
    """What is held back is looked at once for each octet that comes: it has to be little."""
    before = time.process_time()
    assert outcome(in_pieces, octets[:100_000], [1])[0] in (MalformedPacket, LimitExceeded)
    assert time.process_time() - before < 2


@pytest.mark.parametrize(
    "name",
    [
        "no line at all",
        "a million lines of one character",
        "one line without end",
        "a head line without end",
        "blanks without end",
    ],
)
def test_what_is_held_back_does_not_grow(name):
    octets, reader = HOSTILE[name], armor.ArmorReader()
    tracemalloc.start()
    try:
        for at in range(0, len(octets), 4096):
            reader.feed(octets[at : at + 4096])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200_000

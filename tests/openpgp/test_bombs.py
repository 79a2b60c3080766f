"""Bombs: few octets that unpack to a gigabyte, or for ever, are refused within a second and in bounded memory.

Each is opened as what a letter holds, as a signed message, and by ``ithaca-sop``.
"""

import base64
import hashlib
import io
import json
import subprocess
import sys
import time
import tracemalloc
import zlib

import pytest

from cli.sop.processes import COMMAND, Sop
from ithaca.cli.sop.exit_codes import ExitCode
from ithaca.errors import LimitExceeded
from ithaca.openpgp import compression, decryption, packets
from ithaca.openpgp.decryption import Keys
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.signed_message import read_message
from ithaca.openpgp.sources import pieces_of
from ithaca.openpgp.verification import Surroundings
from ithaca.openpgp.walk import FREE_PLAINTEXT, MOST_RATIO
from ithaca.work import PIECE, run
from openpgp import raw_message

NOW = 1_790_000_000
SECONDS = 1
"""Of process time; for ``ithaca-sop`` with its start."""
MOST_PROCESS = 64 << 20
"""Octets of memory of a whole ``ithaca-sop``, which has forty megabytes before it reads anything."""
WORKING = 8 << 20
"""Octets of memory that reading takes: pieces, and an inflater of bzip2."""
SESSION = SessionKey(9, hashlib.sha256(b"bomb").digest())

# bz2.BZ2Compressor(9) fed with a literal packet: b"\xcb\xff" + (6 + 2**30).to_bytes(4, "big") + b"b" + bytes(5), then
# 2**30 octets of zero. It takes six seconds, so it is written down. Those 805 octets are a packet of 809.
_GIBIBYTE = """
QlpoOTFBWSZTWbRMzdsFfjjFBMEAQAAQAAAIAAigAFCGAE1UNDnZFQEtkVASzVQqAl7ucIqAl75igrJMprIcE8W+Ar8cgAGAAAAQ
QABhAJqMhUBLUhUBLmKCskymshwTxb4CvxyAAYAAABBAAGEAmoyFQEtSFQEuYoKyTKayHBPFvgK/HIABgAAAEEAAYQCajIVAS1IV
AS5igrJMprIcE8W+Ar8cgAGAAAAQQABhAJqMhUBLUhUBLmKCskymshwTxb4CvxyAAYAAABBAAGEAmoyFQEtSFQEuYoKyTKayHBPF
vgK/HIABgAAAEEAAYQCajIVAS1IVAS5igrJMprIcE8W+Ar8cgAGAAAAQQABhAJqMhUBLUhUBLmKCskymshwTxb4CvxyAAYAAABBA
AGEAmoyFQEtSFQEuYoKyTKayHBPFvgK/HIABgAAAEEAAYQCajIVAS1IVAS5igrJMprIcE8W+Ar8cgAGAAAAQQABhAJqMhUBLUhUB
LmKCskymshwTxb4CvxyAAYAAABBAAGEAmoyFQEtSFQEuYoKyTKayHBPFvgK/HIABgAAAEEAAYQCajIVAS1IVAS5igrJMprIcE8W+
Ar8cgAGAAAAQQABhAJqMhUBLUhUBLmKCskymshwTxb4CvxyAAYAAABBAAGEAmoyFQEtSFQEuYoKyTKayHBPFvgK/HIABgAAAEEAA
YQCajIVAS1IVAS5igrJMprIcE8W+Ar8cgAGAAAAQQABhAJqMhUBLUhUBLmKCskymshwTxb4CvxyAAYAAABBAAGEAmoyFQEtSFQEu
YoKyTKayHBPFvgK/HIABgAAAEEAAYQCajIVAS1IVAS5igrJMprIcE8W+Ar8cgAGAAAAQQABhAJqMhUBLUhUBLmKCskymshwTxb4C
vxyAAYAAABBAAGEAmoyFQEtSFQEuYoKyTKayHBPFvgK/HIABgAAAEEAAYQCajIVAS1IVAS5igrJMprIcE8W+Ar8cgAGAAAAQQABh
AJqMhUBLUhUBLmKCskymsri8lEoBFKeIAYAAQAAAEEAAYZgKU01RIkNgSRIeLuSKcKEgwe+m8g==
"""
BZIP2 = packets.encode(Tag.COMPRESSED, b"\x03" + base64.b64decode(_GIBIBYTE))


def _zip():
    """A gibibyte in bare deflate: one mebibyte is compressed, and stands there a thousand times."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = b"\xcb\xff" + (6 + (1 << 30)).to_bytes(4, "big") + b"b" + bytes(5)
    start = deflate.compress(head) + deflate.flush(zlib.Z_FULL_FLUSH)
    mebibyte = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return packets.encode(Tag.COMPRESSED, b"\x01" + start + mebibyte * 1024 + deflate.flush())


def _nested(count):
    octets = raw_message.literal(b"text")
    for _ in range(count):
        octets = raw_message.compressed(octets)
    return octets


def _bits(*codes):
    """Codes of deflate, each (value, how many bits), from the lowest bit on (RFC 1951 §3.1.1)."""
    number = at = 0
    for value, count in codes:
        number |= value << at
        at += count
    return number.to_bytes((at + 7) // 8, "little")


def _code(value, count):
    """A Huffman code, which comes from its highest bit on (RFC 1951 §3.1.1)."""
    return int(f"{value:0{count}b}"[::-1], 2), count


def _stored(count):
    """The head of a block of so many octets as they are (RFC 1951 §3.2.4)."""
    return b"\0" + count.to_bytes(2, "little") + (count ^ 0xFFFF).to_bytes(2, "little")


def quine():
    """A compressed packet that unpacks to itself, by Russ Cox's construction ("Zip Files All The Way Down", 2010).

    Blocks that store are written L, with their count in fives of octets; blocks that repeat what came last are R. Both
    have five octets, so what a block stores can be blocks. The packet has indeterminate length, so nothing counts it.
    """
    head = b"\xa3\x01"
    fixed, final, end = (0b010, 3), (0b011, 3), (0, 7)
    high, low = _code(0x190 + head[0] - 144, 9), _code(0x30 + head[1], 8)
    # A length of n ≤ 10 is the code n - 2 of seven bits; distances of 7, 20 and 3 are the codes 5, 8 and 2.
    r_head = _bits(fixed, high, low, _code(3, 7), _code(5, 5), (0, 1), end)
    ten = (_code(8, 7), _code(8, 5), (3, 3))
    r4 = _bits(fixed, *ten, *ten, end)
    r_end = _bits(final, _code(1, 7), _code(2, 5), end)
    l_head, l_end = _stored(len(head) + 5), _stored(len(r_end))
    l0, l1, l4 = _stored(0), _stored(5), _stored(20)
    first = head + l_head + head + l_head + r_head + l1 + r_head + l1 + l1
    second = l4 + r_head + l1 + l1 + l4 + r4 + l4 + r4 + l4 + r4 + l4 + r4
    return first + second + l4 + r4 + l0 + l0 + l_end + r4 + l0 + l0 + l_end + r_end + r_end


BOMBS = {
    "1 GiB in 809 octets of bzip2": (BZIP2, "unpacks to more"),
    "1 GiB of deflate": (_zip(), "unpacks to more"),
    "200 compressions": (_nested(200), "deep"),
    "a packet that unpacks to itself": (quine(), "deep"),
}
EACH = pytest.mark.parametrize(("octets", "words"), BOMBS.values(), ids=BOMBS)


def test_the_bombs_are_what_they_are_called():
    assert len(BZIP2) == 809
    assert len(_zip()) < 1_100_000
    assert zlib.decompress(quine()[2:], -15) == quine()
    for octets in (BZIP2, _zip()):
        (packet,) = packets.split(octets)
        unpacked = compression.inflated(packets.Body(packets.Source(pieces_of(packet.body)), packet.tag, None))
        literal = packets.PacketReader(packets.Source(unpacked)).next()
        assert literal.read(1) == b"b"
        assert unpacked() == bytes(PIECE)


@pytest.fixture(scope="module")
def around(engine):
    return Surroundings(engine, lambda _: (), NOW)


def _sealed(octets):
    """Encrypted by the session key that is known."""
    return raw_message.seipd1(SESSION.key, octets)


@pytest.fixture(scope="module")
def ways(engine, around):
    """How a bomb comes in: (what is made of it, what opens that, does its content stay in memory)."""
    keys = Keys(engine, sessions=[SESSION])

    def opened(spool):
        return lambda octets: run(decryption.open_message(pieces_of(octets), keys, around, spool=spool()))

    def signed(octets):
        run(read_message(pieces_of(octets), around, spool=io.BytesIO()))

    return {
        "a letter": (_sealed, opened(lambda: None), True),
        "a letter with a spool": (_sealed, opened(io.BytesIO), False),
        "a signed message": (bytes, signed, False),
    }


WAYS = pytest.mark.parametrize("way", ["a letter", "a letter with a spool", "a signed message"])


@WAYS
@EACH
def test_a_bomb_is_refused_within_a_second(ways, way, octets, words):
    make, opened, _ = ways[way]
    message = make(octets)
    before = time.process_time()
    with pytest.raises(LimitExceeded, match=words):
        opened(message)
    assert time.process_time() - before < SECONDS


@WAYS
@EACH
def test_a_bomb_is_refused_in_bounded_memory(ways, way, octets, words):
    make, opened, is_kept = ways[way]
    message = make(octets)
    # The ratio counts what was read, and the first piece is read at once.
    content = max(FREE_PLAINTEXT, min(len(message), PIECE) * MOST_RATIO) if is_kept else 0
    tracemalloc.start()
    try:
        with pytest.raises(LimitExceeded, match=words):
            opened(message)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < content + WORKING


MEASURED = """
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdin=open("message", "rb"), stderr=open("said", "wb"))
used = resource.getrusage(resource.RUSAGE_CHILDREN)
json.dump([code, used.ru_utime + used.ru_stime, used.ru_maxrss << 10], sys.stdout)
"""
"""Runs what it is given: exit code, process time, and most octets of memory. A process of its own, since the memory of
whoever starts one counts as its own until it is another program."""


@pytest.fixture
def sop(tmp_path):
    made = Sop(tmp_path)
    made.write("session", b"9:" + SESSION.key.hex().upper().encode())
    made.write("cert", made("extract-cert", octets=made("generate-key")))
    return made


@pytest.mark.parametrize("command", ["decrypt", "inline-verify"])
@EACH
def test_ithaca_sop_refuses_a_bomb_within_a_second_and_in_bounded_memory(sop, command, octets, words):
    argument, make = {"decrypt": ("--with-session-key=session", _sealed), "inline-verify": ("cert", bytes)}[command]
    sop.write("message", make(octets))
    run_it = [sys.executable, "-c", MEASURED, *COMMAND, command, argument]
    done = subprocess.run(run_it, capture_output=True, check=True, cwd=sop.folder, env=sop.environment(), timeout=60)
    code, seconds, memory = json.loads(done.stdout)
    assert words in sop.path("said").read_text()
    assert code == ExitCode.BAD_DATA
    assert seconds < SECONDS
    assert memory < MOST_PROCESS


# --- floods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"\x03" + bytes(8) + b"\x12" + bytes(40), b"\x04\x09\x00\x08"], ids=["keys", "words"])
def test_a_letter_has_a_hundred_recipients_at_most(engine, around, body):
    def opened(count):
        tag = Tag.PKESK if body[0] == 3 else Tag.SKESK
        octets = packets.encode(tag, body) * count + _sealed(raw_message.literal(b"text"))
        keys = Keys(engine, sessions=[SESSION])
        return b"".join(run(decryption.open_message(pieces_of(octets), keys, around)).release())

    assert opened(100) == b"text"
    with pytest.raises(LimitExceeded, match="more than 100 recipients"):
        opened(101)

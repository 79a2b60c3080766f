"""What a walk takes for a message: nesting, announcements, limits. Encrypted ones are in `test_decryption`."""

import zlib

import pytest

from ithaca.errors import LimitExceeded, MalformedPacket
from ithaca.openpgp import packets
from ithaca.openpgp.sources import pieces_of
from ithaca.openpgp.verification import Surroundings
from ithaca.openpgp.walk import Limits, Walk, contents
from ithaca.verdict import SignatureState
from ithaca.work import run

NOW = 1_790_000_000
LITERAL = packets.encode(11, b"b\0" + bytes(4) + b"text")


def walked(engine, octets, lookup=lambda _: [], limits=Limits()):  # noqa: B008 (frozen)
    walk = Walk(limits, lambda: len(octets), lambda _: None)
    run(walk.run(pieces_of(octets)))
    return run(walk.judged(Surroundings(engine, lookup, NOW)))


def announcement(key, kind=0, hash_id=8, algorithm=22, issuer=None, last=1):
    return packets.encode(4, bytes([3, kind, hash_id, algorithm]) + (issuer or key.fingerprint[-8:]) + bytes([last]))


@pytest.fixture
def key(raw):
    return raw.Key(NOW - 1000)


@pytest.mark.parametrize(
    "change", [{"kind": 1}, {"hash_id": 10}, {"algorithm": 1}, {"issuer": bytes(8)}], ids=lambda c: next(iter(c))
)
def test_a_signature_that_was_announced_otherwise_is_refused(engine, raw, key, change):
    signature = packets.encode(2, key.sign(0, b"text", NOW))
    (found,) = walked(engine, announcement(key, **change) + LITERAL + signature)
    assert (found.state, found.reason) == (SignatureState.REFUSED, "it is not the signature that was announced")


def test_a_good_one_beside_one_of_an_unknown_version_stands(engine, raw, key):
    """§10.3.2.2: what is not understood is passed over alone."""
    strange = packets.encode(4, b"\x09" + bytes(30)), packets.encode(2, b"\x09" + bytes(30))
    signature = packets.encode(2, key.sign(0, b"text", NOW))
    octets = strange[0] + announcement(key) + LITERAL + signature + strange[1]
    states = [s.state for s in walked(engine, octets)]
    assert states == [SignatureState.UNKNOWN, SignatureState.REFUSED]


def test_signatures_in_the_order_of_their_announcements_are_refused(engine, raw, key):
    """§5.4: they nest."""
    other = raw.Key(NOW - 500)
    first, second = (packets.encode(2, one.sign(0, b"text", NOW)) for one in (key, other))
    heads = announcement(key, last=0) + announcement(other)
    assert {s.state for s in walked(engine, heads + LITERAL + second + first)} == {SignatureState.UNKNOWN}
    assert {s.state for s in walked(engine, heads + LITERAL + first + second)} == {SignatureState.REFUSED}


@pytest.mark.parametrize("octets", [b"", LITERAL * 2, LITERAL[:-1], packets.encode(9, b"x"), packets.encode(18, b"x")])
def test_what_is_no_message_is_told(engine, octets):
    with pytest.raises(MalformedPacket):
        walked(engine, octets)


def test_content_above_its_limit_is_told(engine):
    with pytest.raises(LimitExceeded):
        walked(engine, LITERAL, limits=Limits(plaintext=3))


EMPTY_BLOCKS = b"\x00\x00\x00\xff\xff"
"""Of deflate: five octets that hold nothing, however many stand there."""
HOLLOW = {
    "padding": packets.encode(21, bytes(40 << 20)),
    "private packets": packets.encode(60, bytes(20 << 20)) * 2,
    "a compression that holds nothing": packets.encode(8, b"\x01" + EMPTY_BLOCKS * (8 << 20)),
}


@pytest.mark.parametrize("inside", HOLLOW.values(), ids=HOLLOW)
def test_a_bomb_that_holds_no_text_is_a_limit_too(engine, inside):
    """Or a megabyte of it would keep a core busy for a minute."""
    octets = packets.encode(8, b"\x02" + zlib.compress(inside + LITERAL, 9))
    with pytest.raises(LimitExceeded):
        walked(engine, octets)


def test_what_is_compressed_as_text_is_stays_within_the_limits(engine):
    inside = packets.encode(11, b"b\0" + bytes(4) + b"It does not move. " * 200_000)
    walked(engine, packets.encode(8, b"\x02" + zlib.compress(inside, 9)))


def test_the_content_alone_comes_out(raw, key):
    octets = announcement(key) + packets.encode(10, b"PGP") + LITERAL + packets.encode(2, key.sign(0, b"text", NOW))
    assert b"".join(contents(pieces_of(octets))) == b"text"

"""What is too big to be stored, built here: opened as Bob, bounded, and never better called than it is."""

import zlib

import pytest

from messages import opening
from messages.case import closed, unsigned, want
from messages.frames import PLAN, encrypted, fields, letter, mixed, text
from messages.holders import ALICE, to_bob, to_eve
from messages.sealed import ENTITY, armor, inside, raw_sealed, session_key, signed_by
from openpgp import raw
from openpgp import raw_message as m

_PACKETS = inside(ENTITY, ALICE)
_SESSION = session_key(_PACKETS)
_SEALED = m.seipd1(_SESSION, _PACKETS)


def _frame(data, **more):
    return letter(encrypted(armor("MESSAGE", data, **more)))


def _many_recipients():
    """pk-flood: ten thousand session keys, most of them for nobody here or for no key at all, Bob's last."""
    foreign = to_eve(_SESSION)
    hidden = raw.packet(1, b"\3" + bytes(8) + b"\1" + raw.number(1 << 3000))
    return _frame((foreign + hidden) * 5000 + to_bob(_SESSION) + _SEALED, checksum=False)


def _many_lines():
    """pk-bomb: armor of very many short lines."""
    one = armor("MESSAGE", to_bob(_SESSION) + _SEALED, checksum=False)
    return letter(encrypted(one.replace(b"\r\n\r\n", b"\r\n\r\n" + b"\r\n" * 200_000, 1)))


def _expanding():
    """pk-bomb: three hundred megabytes of text in a few hundred kilobytes of zlib."""
    packer = zlib.compressobj(9)
    head = m.literal(b"")[2:]
    data = packer.compress(b"\xcb\xff" + raw.u32(300_000_000 + len(head)) + head)
    piece = bytes(1_000_000)
    data += b"".join(packer.compress(piece) for _ in range(300)) + packer.flush()
    return _frame(raw_sealed(raw.packet(8, b"\2" + data)), checksum=False)


def _long_line():
    """tr-lines: twenty megabytes without a line end."""
    return letter(text(b"x" * 20_000_000 + b"\r\n"))


def _many_parts():
    """tr-lines: ten thousand parts."""
    return letter(mixed(*(text(b"x\r\n") for _ in range(10_000))))


def _endless_header():
    """tr-lines: a header section of nine megabytes."""
    return fields() + b"X: y\r\n" * 1_500_000 + b"\r\nx\r\n"


def _deep_signature():
    """tr-lines: a signed letter with two hundred multiparts in it, one in another."""
    deep = ENTITY
    for level in range(200):
        deep = mixed(deep, boundary=b"b%d" % level)
    return letter(signed_by(deep))


def _one_line_armor():
    """pk-length: armor that is one line of eight megabytes."""
    head, _, tail = armor("MESSAGE", to_bob(_SESSION) + _SEALED, checksum=False).partition(b"\r\n\r\n")
    return letter(encrypted(head + b"\r\n\r\n" + b"A" * 8_000_000 + tail))


CASES = {
    _many_recipients: closed(some_finding=True),
    _many_lines: want(["none", "full"], ["none", "good"], ["none", "match"]),
    _expanding: closed(some_finding=True),
    _long_line: unsigned(untouched=True),
    _many_parts: unsigned(untouched=True),
    _endless_header: unsigned(untouched=True),
    _deep_signature: want("none", ["good", "refused", "none"], ["match", "none"], shows=[PLAN.decode()]),
    _one_line_armor: closed(some_finding=True),
}


@pytest.mark.parametrize("build", CASES, ids=lambda b: b.__name__.strip("_"))
def test_what_is_too_big_to_be_stored(build):
    octets = build()
    assert opening.differences(CASES[build], opening.fetched(octets, {}), octets) == []

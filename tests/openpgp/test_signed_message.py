"""Signed messages that are not encrypted: gpg's and ours, both ways."""

import io
import os

import pytest

from ithaca.errors import OpenPGPError
from ithaca.openpgp import armor, signed_message
from ithaca.openpgp.signed_message import read_message
from ithaca.openpgp.signer import MessageSigner
from ithaca.openpgp.sources import pieces_of
from ithaca.openpgp.verification import Surroundings
from ithaca.verdict import SignatureState
from ithaca.work import run

NOW = 1_790_000_000


@pytest.fixture
def read(engine, lookup):
    """Reads a message both ways: with a spool, and in memory."""

    def make(octets):
        around = Surroundings(engine, lookup, NOW + 60)
        content, judged = run(signed_message.read(octets, around))
        message = run(read_message(pieces_of(octets), around, spool=io.BytesIO()))
        assert (content, judged) == (b"".join(message.release()), message.signatures)
        return content, [s.state for s in judged]

    return make


@pytest.fixture
def signed(engine, alice):
    def make(data):
        signer = MessageSigner([alice.signing(NOW)], engine=engine, created=NOW, random=os.urandom)
        return signer.feed(data) + signer.finish()

    return make


@pytest.mark.parametrize("size", [0, 1, 600_000])
def test_ours_reads_back(read, signed, size):
    data = os.urandom(size)
    assert read(signed(data)) == (data, [SignatureState.GOOD])
    assert read(armor.armor("MESSAGE", signed(data))) == (data, [SignatureState.GOOD])


def test_gpg_and_we_read_each_other(read, signed, gpg, alice_octets):
    gpg("--import", data=alice_octets)
    clock = ("--faked-system-time", str(NOW + 9))
    assert b"GOODSIG" in gpg(*clock, "--verify", data=signed(b"text")).stderr
    for options in ((), ("-z0",), ("--armor",), ("--compress-algo", "bzip2")):
        assert read(gpg(*clock, *options, "--sign", data=b"text").stdout) == (b"text", [SignatureState.GOOD])


def test_an_altered_text_is_bad(read, signed):
    octets = signed(b"I owe you 10")
    assert read(octets.replace(b"10", b"99"))[1] == [SignatureState.BAD]


def test_cut_anywhere_it_is_an_error_of_ours(read, signed):
    octets = signed(b"text")
    for end in range(len(octets)):
        with pytest.raises(OpenPGPError):
            read(octets[:end])

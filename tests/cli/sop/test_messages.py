"""A message on its way out: made in another thread, and what goes wrong there is told as ever."""

import os
import threading

import pytest

from ithaca.cli.sop import messages, standard_streams
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.openpgp import armor


@pytest.fixture
def written(monkeypatch):
    found = []
    monkeypatch.setattr(standard_streams, "write", lambda octets: found.append(bytes(octets)))
    return found


@pytest.mark.parametrize("has_checksum", [True, False])
def test_armor_or_none(written, has_checksum):
    pieces = [b"\xd2" + os.urandom(100_000), b"", os.urandom(50)]
    messages.write(iter(pieces), armored=True, has_checksum=has_checksum)
    block = armor.dearmor(b"".join(written))
    assert block.data == b"".join(pieces)
    assert block.crc == ("good" if has_checksum else "absent")
    written.clear()
    messages.write(iter(pieces), armored=False, has_checksum=has_checksum)
    assert b"".join(written) == b"".join(pieces)


def test_it_is_made_in_another_thread(written):
    threads = []

    def pieces():
        threads.append(threading.current_thread())
        yield b"x"

    messages.write(pieces(), armored=False, has_checksum=False)
    assert threads != [threading.current_thread()]


def test_a_failure_there_is_a_failure_here(written):
    def pieces():
        yield b"x"
        raise Failure(ExitCode.EXPECTED_TEXT, "no text")

    with pytest.raises(Failure, match="no text"):
        messages.write(pieces(), armored=True, has_checksum=False)


def test_text_that_turns_out_to_be_none_leaves_a_message_that_nobody_reads(sop, alice):
    """Larger than what is held back: it has begun to leave, and is cut off."""
    octets = b"a" * (20 << 20) + b"\xff"
    done = sop.run("encrypt", "--as=text", alice.cert, octets=octets)
    assert done.returncode == 53
    assert done.stdout
    sop.fails(41, "decrypt", alice.key, octets=done.stdout)
    assert sop.run("sign", "--as=text", alice.key, octets=octets).stdout == b""

"""The lines of POP3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.pop3 import grammar


@pytest.mark.parametrize(
    ("line", "verb", "argument"),
    [
        (b"STAT\r\n", b"STAT", b""),
        (b"retr 1\n", b"RETR", b"1"),
        (b"PASS  two words \r\n", b"PASS", b"two words"),
        (b"TOP 1 2", b"TOP", b"1 2"),
    ],
)
def test_commands(line, verb, argument):
    found = grammar.parse(line)
    assert (found.verb, found.argument) == (verb, argument)
    assert found.octets == line.rstrip(b"\r\n")


@pytest.mark.parametrize("line", [b"\r\n", b" STAT\r\n", b"ST\0AT\r\n", b"ST\rAT\r\n"])
def test_what_is_no_command(line):
    assert grammar.parse(line) is None


def test_status_lines():
    assert grammar.response_code(b"-ERR [in-use] busy\r\n") == "IN-USE"
    assert grammar.response_code(b"-ERR busy [x]\r\n") == ""
    assert grammar.text_of(b"-ERR [SYS/TEMP] the disk\r\n") == "the disk"
    assert grammar.octet_count(b"+OK 120 octets\r\n") == 120
    assert grammar.octet_count(b"+OK message follows\r\n") is None


def test_lists_are_filtered():
    assert grammar.mechanisms(b"PLAIN\r\nGSSAPI\r\n\r\n", local_tls=False) == b"PLAIN\r\n"
    listed = grammar.capabilities(b"TOP\r\nSASL GSSAPI\r\n\r\nEXPIRE 60\r\nXTND\r\n", stls=True, local_tls=False)
    assert listed == b"TOP\r\nEXPIRE 60\r\nSTLS\r\n"


@given(st.binary(max_size=80))
def test_any_octets_are_a_command_or_none(octets):
    found = grammar.parse(octets)
    assert found is None or b"\r" not in found.octets
    grammar.response_code(octets)
    grammar.text_of(octets)
    grammar.octet_count(octets)
    grammar.capabilities(octets, stls=False, local_tls=False)

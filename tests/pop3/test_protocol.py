"""Forms of replies, and what a login in trouble answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.pop3 import protocol
from ithaca.pop3.protocol import Form, Trouble


@pytest.mark.parametrize(
    ("verb", "argument", "multiline"),
    [
        (b"LIST", b"", True),
        (b"LIST", b"1", False),
        (b"RETR", b"1", True),
        (b"STAT", b"", False),
        (b"CAPA", b"", True),
    ],
)
def test_which_replies_have_many_lines(verb, argument, multiline):
    assert protocol.is_multiline(protocol.FORMS[verb], argument) is multiline


def test_every_relayed_command_has_a_form():
    assert all(isinstance(form, Form) for form in protocol.FORMS.values())
    assert not protocol.SYNCHRONOUS & set(protocol.FORMS)


def test_trouble_answers_everything_but_quit():
    trouble = Trouble("The disk is full.")
    assert trouble.answer(b"STAT") == b"-ERR [SYS/TEMP] The disk is full.\r\n"
    assert trouble.answer(b"QUIT") == b"+OK\r\n"


def test_which_logins_we_can_end_ourselves():
    assert protocol.completes(b"PASS", b"")
    assert protocol.completes(b"AUTH", b"cram-md5")
    assert not protocol.completes(b"AUTH", b"SCRAM-SHA-256")


@given(st.text())
def test_no_text_breaks_out_of_its_line(text):
    line = protocol.error(text, "SYS/TEMP")
    assert line.endswith(b"\r\n")
    assert b"\r" not in line[:-2]
    assert b"\n" not in line[:-2]
    assert len(line) <= 512

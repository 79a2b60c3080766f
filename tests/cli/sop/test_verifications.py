"""VERIFICATIONS: which signatures have a line, and what stands in it."""

import datetime
import json
import re

import pytest

from cli.sop.processes import TEXT
from ithaca.cli.sop import verifications
from ithaca.cli.sop.exit_codes import ExitCode, Failure
from ithaca.cli.sop.verifications import Window
from ithaca.verdict import Signature, SignatureState

LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) ([0-9A-F]{40}|[0-9A-F]{64}) ([0-9A-F]{40}|[0-9A-F]{64}) mode:(binary|text) (\{.*\})"
)


def judged(state=SignatureState.GOOD, at=1000):
    return Signature(state, "reason", "F" * 40, "E" * 40, datetime.datetime.fromtimestamp(at, datetime.UTC))


@pytest.mark.parametrize("who", ["alice", "six"])
def test_a_line_has_the_drafts_form(sop, person, who):
    someone = person(who)
    signature = sop.write("s", sop("sign", someone.key, octets=TEXT))
    found = LINE.fullmatch(sop("verify", signature, someone.cert, octets=TEXT).decode().removesuffix("\n"))
    assert found is not None
    made = datetime.datetime.fromisoformat(found[1])
    assert abs((datetime.datetime.now(datetime.UTC) - made).total_seconds()) < 60
    assert found[2] == found[3] == someone.fingerprint
    assert json.loads(found[5]) == {"signers": [str(someone.cert)]}


def test_a_subkey_that_signed_stands_in_front_of_its_primary_key(sop, program):
    """sqop's keys sign with a subkey."""
    import subprocess

    sqop = program("sqop")
    key = sop.write("key", subprocess.run([sqop, "generate-key", "A"], capture_output=True, check=True).stdout)
    cert = sop.write("cert", sop("extract-cert", octets=key.read_bytes()))
    line = sop("verify", sop.write("s", sop("sign", key, octets=TEXT)), cert, octets=TEXT).decode()
    signing, primary = line.split()[1:3]
    assert signing != primary
    command = [sqop, "verify", sop.path("s"), cert]
    theirs = subprocess.run(command, input=TEXT, capture_output=True, check=True).stdout.decode()
    assert theirs.split()[1:3] == [signing, primary]


@pytest.mark.parametrize("state", [s for s in SignatureState if s is not SignatureState.GOOD])
def test_nothing_but_good_has_a_line(state):
    assert verifications.lines([judged(state)], [b""], Window(None, None), []) == []


@pytest.mark.parametrize(
    ("window", "inside"),
    [
        (Window(None, None), True),
        (Window(1000, 1000), True),
        (Window(1001, None), False),
        (Window(None, 999), False),
        (Window(999, 1001), True),
    ],
)
def test_both_ends_of_the_window_are_inside(window, inside):
    assert window.holds(judged()) is inside


def test_a_signature_without_a_time_is_in_no_window():
    assert not Window(None, None).holds(Signature(SignatureState.GOOD, "reason"))


def test_without_a_line_every_reason_is_said_once():
    found = [judged(SignatureState.BAD), judged(SignatureState.BAD), judged()]
    with pytest.raises(Failure) as raised:
        verifications.require([], found)
    assert raised.value.code == ExitCode.NO_SIGNATURE
    assert str(raised.value).count("reason") == 1
    assert "outside the time" in str(raised.value)
    verifications.require(["a line"], found)


def test_a_name_with_blanks_or_line_ends_stays_inside_its_line(sop, alice):
    cert = sop.write("two\nlines  é\udcff.cert", alice.cert.read_bytes())
    signature = sop.write("s", sop("sign", alice.key, octets=TEXT))
    out = sop("verify", signature, cert, octets=TEXT)
    assert out.isascii()
    assert out.count(b"\n") == 1
    assert LINE.fullmatch(out.decode().removesuffix("\n"))

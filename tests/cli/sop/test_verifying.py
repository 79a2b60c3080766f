"""verify, inline-verify, inline-detach."""

import subprocess
import time

import pytest

from cli.sop.processes import OCTETS, TEXT
from ithaca.openpgp import armor


@pytest.fixture
def signature(sop, alice):
    return sop.write("signature", sop("sign", alice.key, octets=OCTETS))


def test_one_good_signature_is_enough(sop, alice, bob, six):
    """A bad one, or one by nobody known, beside it changes nothing (the draft's rule)."""
    others = sop("sign", bob.key, octets=b"another text") + sop("sign", six.key, octets=OCTETS)
    everything = armor.binary(others) + armor.binary(sop("sign", alice.key, octets=OCTETS))
    lines = sop("verify", sop.write("all", everything), bob.cert, alice.cert, octets=OCTETS).decode().splitlines()
    assert [line.split()[2] for line in lines] == [alice.fingerprint]


@pytest.mark.parametrize("octets", [b"", OCTETS[:-1], OCTETS + b"\0"])
def test_another_text_is_not_what_was_signed(sop, alice, signature, octets):
    said = sop.fails(3, "verify", signature, alice.cert, octets=octets)
    assert "the text is not what was signed" in said


def test_by_somebody_else_is_no_signature(sop, bob, signature):
    assert "not known here" in sop.fails(3, "verify", signature, bob.cert, octets=OCTETS)


@pytest.mark.parametrize(
    "spoil", [lambda s: b"", lambda s: b"text", lambda s: s[:60], lambda s: s.replace(b"SIGNATURE", b"MESSAGE")]
)
def test_what_is_no_signature_is_bad_data(sop, alice, signature, spoil):
    octets = spoil(signature.read_bytes())
    if b"MESSAGE" in octets:
        octets = sop("inline-sign", alice.key, octets=OCTETS)
    assert "spoilt" in sop.fails(41, "verify", sop.write("spoilt", octets), alice.cert, octets=OCTETS)


def test_the_window_of_time(sop, alice, signature):
    now = int(time.time())

    def window(before, after):
        return [f"--not-before={at(before)}", f"--not-after={at(after)}"]

    def at(seconds):
        when = time.gmtime(now + seconds) if isinstance(seconds, int) else None
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", when) if when else seconds

    message = sop("inline-sign", alice.key, octets=TEXT)
    for inside in (window("-", "-"), window(-100, 100), window(-100, "now")):
        assert sop("verify", *inside, signature, alice.cert, octets=OCTETS)
    for outside in (window(100, "-"), window("-", -100)):
        assert "outside the time" in sop.fails(3, "verify", *outside, signature, alice.cert, octets=OCTETS)
    assert sop("inline-verify", *window(-100, 100), alice.cert, octets=message) == TEXT
    sop.fails(3, "inline-verify", *window("-", -100), "--verifications-out=v", alice.cert, octets=message)
    assert not sop.path("v").exists()


def test_inline_verify_writes_nothing_if_its_other_output_cannot_be(sop, alice):
    message = sop("inline-sign", alice.key, octets=TEXT)
    sop.write("v", b"kept")
    sop.fails(59, "inline-verify", "--verifications-out=v", alice.cert, octets=message)
    assert sop.path("v").read_bytes() == b"kept"


@pytest.mark.parametrize("kind", ["binary", "text", "clearsigned"])
@pytest.mark.parametrize("armored", [True, False])
def test_detached_signatures_are_over_what_is_printed(sop, alice, six, kind, armored):
    message = sop("inline-sign", f"--as={kind}", alice.key, six.key, octets=TEXT)
    given = [] if armored else ["--no-armor"]
    text = sop("inline-detach", *given, "--signatures-out=s", octets=message)
    assert armor.is_armored(sop.path("s").read_bytes()) is armored
    assert sop("verify", "s", alice.cert, six.cert, octets=text).count(b"\n") == 2
    if kind != "clearsigned":
        assert text == TEXT


def test_detached_signatures_go_nowhere_else_if_their_place_is_taken(sop, alice):
    message = sop("inline-sign", alice.key, octets=TEXT)
    sop.write("s", b"kept")
    sop.fails(59, "inline-detach", "--signatures-out=s", octets=message)


@pytest.mark.parametrize("name", ["sqop", "gosop", "pgpainless-cli"])
def test_detached_by_others(sop, program, name):
    def ask(*arguments, octets=b""):
        return subprocess.run([program(name), *arguments], input=octets, capture_output=True, check=True).stdout

    key = sop.write("key", ask("generate-key", "Peer <peer@example.org>"))
    cert = sop.write("cert", ask("extract-cert", octets=key.read_bytes()))
    signature = sop.write("s", ask("sign", key, octets=OCTETS))
    assert sop("verify", signature, cert, octets=OCTETS)
    sop.fails(3, "verify", signature, cert, octets=OCTETS[1:])
    assert sop("decrypt", key, octets=sop("encrypt", cert, octets=OCTETS)) == OCTETS


@pytest.mark.parametrize("name", ["sqop", "pgpainless-cli"])
@pytest.mark.parametrize("kind", ["binary", "text", "clearsigned"])
def test_signed_by_others(sop, alice, program, name, kind):
    text = b"first\n- second\n"
    command = [program(name), "inline-sign", f"--as={kind}", alice.key]
    made = subprocess.run(command, input=text, capture_output=True, check=True).stdout
    assert sop("inline-verify", alice.cert, octets=made).rstrip(b"\n") == text.rstrip(b"\n")
    sop.fails(
        3, "inline-verify", alice.cert, octets=made.replace(b"first", b"worst")
    ) if kind == "clearsigned" else None


@pytest.mark.parametrize("subcommand", ["inline-verify", "inline-detach"])
def test_of_an_encrypted_message_is_said_who_reads_it(sop, alice, subcommand):
    arguments = [alice.cert] if subcommand == "inline-verify" else ["--signatures-out=signatures"]
    sealed = sop("encrypt", alice.cert, octets=b"text")
    for octets in (sealed, armor.binary(sealed)):
        said = sop.fails(41, subcommand, *arguments, octets=octets)
        assert "Standard input is encrypted: 'ithaca-sop decrypt' reads it" in said

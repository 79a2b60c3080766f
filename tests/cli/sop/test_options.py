"""Times on the command line."""

import time

import click
import pytest

from ithaca.cli.sop import options


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("-", None),
        ("2026-01-01T00:00:00Z", 1_767_225_600),
        ("20260101T000000Z", 1_767_225_600),
        ("2026-01-01", 1_767_225_600),
        ("2026-01-01T00:00:00", 1_767_225_600),
        ("2026-01-01T02:00:00+02:00", 1_767_225_600),
        ("1969-12-31T23:59:59Z", -1),
    ],
)
def test_a_moment(text, seconds):
    assert options._moment(text) == seconds
    assert options._latest(text) == seconds


def test_now_is_now_but_a_signer_may_be_a_little_ahead():
    now = time.time()
    assert options._moment("now") == pytest.approx(now, abs=2)
    assert options._latest("now") == pytest.approx(now + options.AHEAD, abs=2)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "1767225600", "NOW"])
def test_no_moment(text):
    with pytest.raises(click.BadParameter):
        options._moment(text)


@pytest.mark.parametrize(
    "twice",
    [
        ["change-key-password", "--new-key-password=a", "--new-key-password=b"],
        ["generate-key", "--profile", "rfc9580", "--profile=rfc4880-rsa3072", "Alice"],
        ["decrypt", "--verify-not-after", "now", "--verify-not-after", "now", "key"],
    ],
)
def test_of_two_values_none_is_dropped_in_silence(sop, twice):
    option = twice[1].partition("=")[0]
    assert f"{option} is given more than once; it has one value." in sop.fails(83, *twice)


def test_what_may_be_repeated_and_what_is_no_option_is_left_alone(sop, alice, bob, password):
    given = [f"--sign-with={alice.key}", "--sign-with", bob.key, f"--with-password={password}"]
    assert sop("encrypt", "--no-armor", "--no-armor", *given, octets=b"text")
    sop.fails(61, "sign", "--", "--as=text", "--as=text", octets=b"x")


@pytest.mark.parametrize(
    "arguments", [["list-profiles", "encrypt", "decrypt"], ["sign", "--loudly"], ["sign", "--as=x"]]
)
def test_what_is_wrong_with_arguments_is_a_sentence(sop, arguments):
    assert sop.fails(37, *arguments).endswith(". [UNSUPPORTED_OPTION]\n")

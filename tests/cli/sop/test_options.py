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

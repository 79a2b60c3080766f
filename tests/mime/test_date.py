"""Date fields as people's programs write them."""

import pytest

from ithaca.mime.date import seconds

NOON = 1_795_608_000


@pytest.mark.parametrize(
    "text",
    [
        b"Wed, 25 Nov 2026 12:00:00 +0000",
        b"25 Nov 2026 13:00:00 +0100",
        b"Wed, 25 Nov 2026 12:00:00 GMT (noon)",
        b"Wed, 25 Nov 2026 12:00:00 -0000",
        b"Wed, 25 Nov 2026 12:00:00",
    ],
)
def test_one_moment_in_many_spellings(text):
    assert seconds(text) == NOON


@pytest.mark.parametrize(
    "text", [b"", b"tomorrow", b"Wed, 99 Nov 99999999 12:00:00 +0000", b"x" * 1000, b"\xff", b"1 Jan 1"]
)
def test_what_is_no_date_is_none(text):
    assert seconds(text) is None or isinstance(seconds(text), int)


def test_years_that_no_clock_shows_are_none():
    assert seconds(b"1 Jan 99999 00:00:00 +0000") is None

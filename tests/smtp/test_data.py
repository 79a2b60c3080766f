"""The first octets of a message: enough to decide, never more than needed."""

from ithaca.smtp.data import BODY, MOST_HEADER, Prefix


def test_ready_after_the_header_section_and_64_kib():
    prefix = Prefix()
    prefix.feed(b"From: a\r\n")
    prefix.feed(b"\r\n" + b"x" * (BODY - 1))
    assert not prefix.ready
    prefix.feed(b"x")
    assert prefix.ready


def test_an_endless_header_section_is_noticed():
    prefix = Prefix()
    for _ in range(MOST_HEADER // 1000 + 2):
        prefix.feed(b"x" * 1000)
    assert prefix.too_long
    assert prefix.ready

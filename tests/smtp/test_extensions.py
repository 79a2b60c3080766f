"""Keywords and parameters: an allow-list both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.smtp import extensions
from ithaca.smtp.replies import Reply


def ehlo(*words):
    lines = [b"mx.example", *words]
    return Reply(250, tuple((b"250-" if i < len(lines) - 1 else b"250 ") + w for i, w in enumerate(lines)))


def test_only_what_both_can_honour_is_offered():
    reply = extensions.offer(
        ehlo(b"SIZE 10", b"CHUNKING", b"BURL imap://x", b"REQUIRETLS", b"STARTTLS", b"XCLIENT", b"dsn"),
        starttls=False,
        local_tls=False,
    )
    assert reply.lines == (b"250-mx.example", b"250-SIZE 10", b"250 dsn")


def test_mechanisms_are_gathered_and_filtered():
    reply = extensions.offer(ehlo(b"AUTH PLAIN GSSAPI", b"AUTH=LOGIN PLAIN"), starttls=True, local_tls=False)
    assert reply.lines[1:] == (b"250-AUTH PLAIN LOGIN", b"250 STARTTLS")


@pytest.mark.parametrize(
    ("word", "limit"), [(b"SIZE 1000", 1000), (b"SIZE 0", None), (b"SIZE", None), (b"size x", None)]
)
def test_size(word, limit):
    assert extensions.size_limit(extensions.keywords(ehlo(word))) == limit


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        (b"FROM:<a@x.example>", b"a@x.example"),
        (b"from: <a@x.example> SIZE=1", b"a@x.example"),
        (b"FROM:<>", b""),
        (b'FROM:<"a>b"@x.example> BODY=8BITMIME', b'"a>b"@x.example'),
        (b"FROM:<@r.example:a@x.example>", b"@r.example:a@x.example"),
    ],
)
def test_paths(argument, path):
    assert extensions.parse(argument, b"FROM").path == path


@pytest.mark.parametrize(
    "argument",
    [b"", b"FROM:a@x.example", b"TO:<a@x.example>", b"FROM:<a@x.example", b"FROM:<a\0b@x>", b"FROM:<a>b"],
)
def test_what_is_no_path(argument):
    assert extensions.parse(argument, b"FROM") is None


@given(st.binary(max_size=80))
def test_any_octets_are_an_argument_or_none(octets):
    found = extensions.parse(b"TO:" + octets, b"TO")
    assert found is None or b"\0" not in found.line(b"TO", {})

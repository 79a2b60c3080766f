"""Addresses: strict, one normal form, and nobody gets in by looking alike."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ithaca import address
from ithaca.errors import MalformedMessage


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Alice <alice@example.org>", [("Alice", "alice@example.org")]),
        ("alice@example.org", [("", "alice@example.org")]),
        ("ALICE@Example.ORG.", [("", "alice@example.org")]),
        ('"Smith, J." <j@x.example>, k@x.example', [("Smith, J.", "j@x.example"), ("", "k@x.example")]),
        ("=?utf-8?q?J=C3=B6rg?= <j@x.example>", [("Jörg", "j@x.example")]),
        ("a@x.example (a (nested) comment)", [("", "a@x.example")]),
        ("friends: a@x.example, B <b@x.example>;", [("", "a@x.example"), ("B", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ('"odd local"@x.example', [("", '"odd local"@x.example')]),
        ('"plain"@x.example', [("", "plain@x.example")]),
        ("Jörg <jörg@bücher.example>", [("Jörg", "jörg@xn--bcher-kva.example")]),
        ("j@faß-bücher.example", [("", "j@xn--fa-bcher-rya60a.example")]),
        ("j@xn--fa-bcher-rya60a.example", [("", "j@xn--fa-bcher-rya60a.example")]),
        ("j@σίσυφος.example", [("", "j@xn--kxa6ajbbmh.example")]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("J. R. Ewing <j@x.example>", [("J. R. Ewing", "j@x.example")]),
        ("A\r\n B <a@x.example>", [("A B", "a@x.example")]),
    ],
)
def test_mailboxes(value, expected):
    assert [(m.display_name, m.address) for m in address.parse_mailboxes(value)] == expected


@pytest.mark.parametrize(
    "value",
    [
        "<@good.example:e@evil.example>",
        '"a@good.example"@evil.example@x',
        "<a@good.example><e@evil.example>",
        "a@good.example(<e@evil.example>) x",
        "=?utf-8?q?a?=@x.example",
        "a@x\0.example",
        "a b@x.example",
        "a@",
        "Alice",
        "<>",
        b"\xff@x.example",
        "a@b@c.example",
        "(" * 50 + "a@x.example",
        "g1: g2: a@x.example;;",
    ],
)
def test_what_can_be_read_in_two_ways_has_no_address(value):
    with pytest.raises(MalformedMessage):
        address.parse_mailboxes(value)


@pytest.mark.parametrize(
    ("user_id", "expected"),
    [
        ("Alice <alice@example.org>", "alice@example.org"),
        ("alice@example.org", "alice@example.org"),
        ("Alice (work) <alice@example.org>", "alice@example.org"),
        ("<alice@example.org>", "alice@example.org"),
        ("good@example.org <evil@example.net>", None),
        ("<good@example.org> <evil@example.net>", None),
        ("Alice", None),
        ("Alice <alice@example.org>\nBob", None),
        ("Alice <alice@example.org>\0", None),
        ("", None),
    ],
)
def test_the_one_address_of_a_user_id(user_id, expected):
    assert address.user_id_address(user_id) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"a@x.example", "a@x.example"),
        (b"@relay.example,@two.example:a@x.example", "a@x.example"),
        ("jörg@x.example".encode(), "jörg@x.example"),
        (b"", None),
        (b"postmaster", None),
        (b"\xff@x.example", None),
    ],
)
def test_paths(path, expected):
    assert address.path_address(path) == expected


def test_look_alikes_are_never_equal():
    assert address.addr_spec("a@exаmple.org") != address.addr_spec("a@example.org")  # Cyrillic а


@pytest.mark.parametrize(
    ("pattern", "mailbox", "fits"),
    [
        ("*@bank.example", "carol@bank.example", True),
        ("*@bank.example", "carol@sub.bank.example", False),
        ("*@*.bank.example", "carol@sub.bank.example", True),
        ("Carol@Bank.Example", "carol@bank.example", True),
        ("*@bücher.example", "a@xn--bcher-kva.example", True),
        ("c?rol@bank.example", "carol@bank.example", False),
        ("*", "carol@bank.example", False),
    ],
)
def test_patterns_of_rules(pattern, mailbox, fits):
    assert address.matches(pattern, mailbox) is fits


@given(st.text(max_size=100))
def test_any_text_is_mailboxes_or_malformed(text):
    try:
        for mailbox in address.parse_mailboxes(text):
            assert address.addr_spec(mailbox.address) == mailbox.address
    except MalformedMessage:
        pass
    address.user_id_address(text)


@given(st.binary(max_size=60))
def test_any_octets_are_a_path_or_none(octets):
    address.path_address(octets)


@given(st.text(max_size=20), st.sampled_from("qQbBx"), st.text(max_size=40))
@example("u\ufffd-8", "q", "x")
@example("", "b", "x")
@example("unicode_escape", "q", "\\")
def test_any_encoded_word_is_text(charset, encoding, content):
    word = f"=?{charset}?{encoding}?{content}?="
    assert isinstance(address.decode_words(word), str)
    assert isinstance(address.decode_words(f"{word} {word}"), str)


def test_words_without_end_stay_as_they_are():
    word, most = "=?utf-8?q?gr=C3=BCn?= ", address.MOST_DECODED
    some = word * (most // len(word))
    assert "ü" in address.decode_words(some)
    assert address.decode_words(some + word) == some + word


def test_comments_are_told():
    assert address.comments(b'a@b.example (Eve (the =?utf-8?q?gr=C3=BCn?= one)), "(none)" <c@d.example>') == (
        "Eve (the grün one)",
    )

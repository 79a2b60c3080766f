"""Which packets make a message (RFC 9580 §10.3), and a detached signature (§10.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import LimitExceeded, LocalProtocolError, MalformedPacket, OpenPGPError
from ithaca.openpgp import grammar
from ithaca.openpgp.grammar import MessageGrammar, State

PKESK, SIG, SKESK, OPS, ZIP, SED, MARKER, LIT, TRUST, SEIPD, OCB, PADDING = 1, 2, 3, 4, 8, 9, 10, 11, 12, 18, 20, 21


def walk(rules, items):
    """A list is what stands in a compressed packet."""
    for item in items:
        if isinstance(item, list):
            rules.packet(ZIP)
            walk(rules, item)
            rules.leave()
        else:
            rules.packet(item)


def derive(items, start=State.CONTENT):
    rules = MessageGrammar(start)
    walk(rules, items)
    rules.end()


CONTENTS = [
    [LIT],
    [OPS, LIT, SIG],
    [OPS, OPS, LIT, SIG, SIG],
    [SIG, LIT],
    [SIG, SIG, LIT],
    [SIG, OPS, LIT, SIG],
    [OPS, SIG, LIT, SIG],
    [[LIT]],
    [[OPS, LIT, SIG]],
    [OPS, [LIT], SIG],
    [OPS, [OPS, LIT, SIG], SIG],
    [SIG, [SIG, LIT]],
    [[[LIT]]],
    [MARKER, LIT, PADDING],
    [OPS, PADDING, LIT, MARKER, SIG, PADDING],
    [[MARKER, LIT, PADDING], PADDING],
    [61, LIT, 40],
]
ENCRYPTED = [
    [SEIPD],
    [PKESK, SEIPD],
    [PKESK, SKESK, PKESK, SEIPD],
    [SKESK, SEIPD],
    [PKESK, OCB],
    [MARKER, PKESK, PADDING, 40, SEIPD, PADDING, 63],
]


@pytest.mark.parametrize("items", CONTENTS, ids=str)
def test_messages(items):
    derive(items)
    with pytest.raises(MalformedPacket, match="may not stand"):
        derive(items, State.KEYS)


@pytest.mark.parametrize("items", ENCRYPTED, ids=str)
def test_encrypted_messages(items):
    derive(items, State.KEYS)
    with pytest.raises(MalformedPacket, match="may not stand"):
        derive(items)


@pytest.mark.parametrize("items", [[SIG], [SIG, SIG], [MARKER, SIG, PADDING, SIG, 40]], ids=str)
def test_detached_signatures(items):
    derive(items, State.SIGNATURES)
    with pytest.raises(OpenPGPError):
        derive(items)


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "without its literal"),
        ([MARKER, PADDING], "without its literal"),
        ([SIG], "without its literal"),
        ([OPS], "without its literal"),
        ([OPS, LIT], "without its signature"),
        ([OPS, OPS, LIT, SIG], "without its signature"),
        ([LIT, LIT], "type 11 may not"),
        ([LIT, SIG], "nothing announced"),
        ([OPS, LIT, SIG, SIG], "nothing announced"),
        ([SIG, LIT, SIG], "nothing announced"),
        ([LIT, OPS], "type 4 may not"),
        ([OPS, LIT, OPS, SIG, SIG], "type 4 may not"),
        ([LIT, [LIT]], "type 8 may not"),
        ([[LIT], LIT], "type 11 may not"),
        ([[LIT], [LIT]], "type 8 may not"),
        ([[]], "without its literal"),
        ([[LIT, LIT]], "type 11 may not"),
        ([[OPS, LIT]], "without its signature"),
        ([[OPS, LIT], SIG], "without its signature"),
        ([OPS, [LIT, SIG]], "nothing announced"),
        ([OPS, [LIT]], "without its signature"),
        ([[LIT], SIG], "nothing announced"),
        ([[SEIPD]], "type 18 may not"),
        ([OPS, SEIPD, SIG], "type 18 may not"),
        ([PKESK, LIT], "type 1 may not"),
        ([LIT, SEIPD], "type 18 may not"),
        ([SED], "type 9 may not"),
        ([LIT, 19], "type 19 may not"),
        ([TRUST, LIT], "type 12 may not"),
        ([6, LIT], "type 6 may not"),
        ([LIT, 13], "type 13 may not"),
    ],
    ids=str,
)
def test_no_messages(items, words):
    with pytest.raises(MalformedPacket, match=words):
        derive(items)


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "without its encrypted data"),
        ([PKESK], "without its encrypted data"),
        ([PKESK, PKESK], "without its encrypted data"),
        ([PKESK, LIT], "type 11 may not"),
        ([PKESK, SED], "type 9 may not"),
        ([SED], "type 9 may not"),
        ([LIT, PKESK, SEIPD], "type 11 may not"),
        ([SIG, SEIPD], "type 2 may not"),
        ([OPS, PKESK, SEIPD, SIG], "type 4 may not"),
        ([SEIPD, SEIPD], "type 18 may not"),
        ([SEIPD, PKESK], "type 1 may not"),
        ([SEIPD, LIT], "type 11 may not"),
        ([SEIPD, SIG], "type 2 may not"),
        ([SEIPD, 19], "type 19 may not"),
        ([OCB, SEIPD], "type 18 may not"),
        ([PKESK, TRUST, SEIPD], "type 12 may not"),
    ],
    ids=str,
)
def test_no_encrypted_messages(items, words):
    with pytest.raises(MalformedPacket, match=words):
        derive(items, State.KEYS)


@pytest.mark.parametrize(
    "items", [[], [MARKER], [OPS], [LIT], [SIG, LIT], [OPS, LIT, SIG], [SIG, SEIPD], [[SIG]]], ids=str
)
def test_no_detached_signatures(items):
    with pytest.raises(MalformedPacket):
        derive(items, State.SIGNATURES)


UNKNOWN = [0, 15, 16, *range(22, 40)]


@pytest.mark.parametrize("tag", UNKNOWN)
@pytest.mark.parametrize("start", [State.KEYS, State.CONTENT, State.SIGNATURES])
def test_an_unknown_critical_packet_spoils_the_sequence_wherever_it_stands(tag, start):
    """RFC 9580 §4.3."""
    sequence = {State.KEYS: [PKESK, SEIPD], State.CONTENT: [OPS, LIT, SIG], State.SIGNATURES: [SIG, SIG]}[start]
    for at in range(len(sequence) + 1):
        with pytest.raises(MalformedPacket, match=f"type {tag}, which is not to be skipped"):
            derive([*sequence[:at], tag, *sequence[at:]], start)


@pytest.mark.parametrize("tag", range(64))
def test_what_is_ignored_and_what_is_unknown(tag):
    assert grammar.is_ignored(tag) is (tag >= 40 or tag in (MARKER, PADDING))
    assert grammar.is_critical_unknown(tag) is (tag in UNKNOWN)


@pytest.mark.parametrize(
    "items", [[[[[LIT]]]], [OPS] * 33 + [LIT] + [SIG] * 33, [SIG] * 33 + [LIT], [[OPS] * 20 + [LIT] + [SIG] * 20] * 1]
)
def test_nesting_and_signatures_are_bounded(items):
    if items == [[OPS] * 20 + [LIT] + [SIG] * 20]:
        items = [OPS] * 13 + items + [SIG] * 13
    with pytest.raises(LimitExceeded):
        derive(items)


def test_so_many_signatures_and_layers_are_allowed():
    derive([OPS] * 16 + [[[OPS] * 16 + [LIT] + [SIG] * 16]] + [SIG] * 16)
    with pytest.raises(LimitExceeded):
        derive([SIG] * 33, State.SIGNATURES)


def test_errors_have_the_offset_that_was_given():
    for act in (
        lambda rules: rules.packet(SEIPD, 7),
        lambda rules: rules.packet(39, 7),
        lambda rules: rules.end(7),
        lambda rules: (rules.packet(LIT), rules.packet(SIG, 7)),
        lambda rules: (rules.packet(ZIP), rules.leave(7)),
        lambda rules: [rules.packet(ZIP, at) for at in (1, 4, 7)],
        lambda rules: [rules.packet(SIG, 7) for _ in range(33)],
    ):
        with pytest.raises(OpenPGPError) as caught:
            act(MessageGrammar())
        assert caught.value.offset == 7


def test_a_compression_that_nobody_left_is_noticed():
    rules = MessageGrammar()
    rules.packet(ZIP)
    rules.packet(LIT)
    with pytest.raises(LocalProtocolError):
        rules.end()
    with pytest.raises(LocalProtocolError):
        MessageGrammar().leave()


# --- against the grammar itself ----------------------------------------------------------------------


def is_message(tags):
    """RFC 9580 §10.3 as it is written there, for what is not encrypted and not compressed: by taking it apart."""
    if tags == (LIT,):
        return True
    if tags[:1] == (SIG,) and is_message(tags[1:]):
        return True
    return tags[:1] == (OPS,) and tags[-1:] == (SIG,) and is_message(tags[1:-1])


@given(st.lists(st.sampled_from([OPS, LIT, SIG]), max_size=9).map(tuple))
def test_it_accepts_what_the_grammar_of_the_standard_derives(tags):
    try:
        derive(tags)
    except MalformedPacket:
        assert not is_message(tags)
    else:
        assert is_message(tags)


TREES = st.recursive(
    st.just([LIT]), lambda inner: inner.map(lambda i: [SIG, *i]) | inner.map(lambda i: [OPS, *i, SIG]), max_leaves=8
)


@given(TREES, TREES)
def test_what_the_grammar_derives_is_accepted(outer, inner):
    at = outer.index(LIT)
    for items in (outer, [*outer[:at], inner, *outer[at + 1 :]], [*outer[:at], [inner], *outer[at + 1 :]]):
        derive(items)


@given(st.lists(st.integers(0, 63), max_size=12), st.sampled_from(list(State)))
def test_any_sequence_ends_in_a_value_or_an_error_of_ours(tags, start):
    rules = MessageGrammar(start)
    try:
        for tag in tags:
            rules.packet(tag)
        rules.end()
    except (OpenPGPError, LocalProtocolError):
        return

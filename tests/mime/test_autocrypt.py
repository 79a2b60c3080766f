"""Autocrypt fields: the grammar of Level 1, and what we write."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.address import AddrSpec
from ithaca.mime import autocrypt
from ithaca.mime.autocrypt import AutocryptField
from ithaca.mime.header import HeaderSection

PENELOPE = AddrSpec("penelope@ithaca.example")
KEY = b"a certificate, let us say"
DATA = base64.b64encode(KEY)


def value(*attributes, keydata=DATA):
    return b"; ".join((*attributes, b"keydata=" + keydata))


def test_the_two_attributes_that_must_be():
    assert autocrypt.parse(value(b"addr=penelope@ithaca.example")) == AutocryptField(PENELOPE, KEY, mutual=False)


@pytest.mark.parametrize(
    ("preference", "mutual"),
    [(b"mutual", True), (b"nopreference", False), (b"MUTUAL", False), (b"", False)],
)
def test_only_mutual_is_a_preference(preference, mutual):
    found = autocrypt.parse(value(b"addr=penelope@ithaca.example", b"prefer-encrypt=" + preference))
    assert found.mutual is mutual


@pytest.mark.parametrize(
    "octets",
    [
        value(b"_later=x", b"addr=penelope@ithaca.example", b"_and=more"),
        value(b"_without a value", b"addr=penelope@ithaca.example"),
        value(b"addr=PENELOPE@Ithaca.Example"),
        value(b" addr = penelope@ithaca.example "),
        value(b"addr=penelope@ithaca.example", keydata=DATA[:7] + b"\r\n \t" + DATA[7:]),
        value(b"addr=penelope@ithaca.example") + b";",
    ],
    ids=["not critical", "not critical and odd", "case", "blanks", "folded", "semicolon at the end"],
)
def test_what_is_valid_all_the_same(octets):
    assert autocrypt.parse(octets) == AutocryptField(PENELOPE, KEY, mutual=False)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"keydata=" + DATA,
        b"addr=penelope@ithaca.example",
        value(b"addr=penelope@ithaca.example", b"critical=x"),
        value(b"addr=penelope@ithaca.example", b"type=1"),
        value(b"ADDR=penelope@ithaca.example"),
        value(b"addr=penelope@ithaca.example", b"addr=penelope@ithaca.example"),
        value(b"addr=penelope@ithaca.example", b"prefer-encrypt"),
        value(b"addr=penelope@ithaca.example") + b"; prefer-encrypt=mutual",
        value(b"addr=penelope@ithaca.example") + b"; _later=x",
        value(b"addr=penelope"),
        value(b"addr=<penelope@ithaca.example>"),
        value(b"addr=\xff@ithaca.example"),
        value(b"addr=penelope@ithaca.example", keydata=b"!!!"),
        value(b"addr=penelope@ithaca.example", keydata=DATA[:-1]),
        value(b"addr=penelope@ithaca.example", keydata=b""),
        value(b"addr=penelope@ithaca.example", keydata=base64.b64encode(bytes(autocrypt.MOST_VALUE))),
    ],
    ids=[
        "nothing",
        "no address",
        "no certificate",
        "critical",
        "of an old version",
        "name in capitals",
        "twice",
        "no value",
        "keydata not last",
        "keydata not last, not critical",
        "half an address",
        "in brackets",
        "not in UTF-8",
        "no base64",
        "cut base64",
        "empty",
        "too long",
    ],
)
def test_what_is_invalid(octets):
    assert autocrypt.parse(octets) is None


@given(st.binary(max_size=300))
def test_any_octets_are_a_field_or_none(octets):
    autocrypt.parse(octets)
    autocrypt.parse_gossip(b"addr=a@x.example;keydata=" + octets)


def test_gossip_states_nobodys_preference():
    octets = value(b"addr=penelope@ithaca.example", b"prefer-encrypt=mutual")
    assert autocrypt.parse_gossip(octets) == AutocryptField(PENELOPE, KEY, mutual=False)


# --- of a whole header section ---


def section(*values, name=b"Autocrypt"):
    return HeaderSection.parse(b"".join(name + b": " + v + b"\r\n" for v in values))


OURS, THEIRS, LATER = (
    value(b"addr=penelope@ithaca.example"),
    value(b"addr=suitor@ithaca.example"),
    value(b"addr=penelope@ithaca.example", b"version=2"),
)


def test_one_valid_field_counts_beside_invalid_ones():
    assert autocrypt.sole(section(LATER, OURS, THEIRS), PENELOPE) == AutocryptField(PENELOPE, KEY, mutual=False)


@pytest.mark.parametrize("values", [(), (THEIRS,), (LATER,), (OURS, OURS)])
def test_none_counts_where_there_is_not_exactly_one(values):
    assert autocrypt.sole(section(*values), PENELOPE) is None


def test_gossip_is_heard_of_those_named_and_once_of_each():
    fields = section(OURS, THEIRS, value(b"addr=odd@ithaca.example"), THEIRS, name=b"Autocrypt-Gossip")
    named = {PENELOPE, AddrSpec("suitor@ithaca.example")}
    assert [f.addr for f in autocrypt.gossip(fields, named)] == [PENELOPE]


def test_no_more_gossip_is_read_than_the_limit():
    many = [value(b"addr=n%d@ithaca.example" % n) for n in range(autocrypt.MOST_GOSSIP + 1)]
    named = {AddrSpec(f"n{n}@ithaca.example") for n in range(len(many))}
    assert len(autocrypt.gossip(section(*many, name=b"Autocrypt-Gossip"), named)) == autocrypt.MOST_GOSSIP


# --- what we write ---


@given(st.binary(min_size=1, max_size=3000), st.booleans())
def test_what_is_made_is_read(certificate, mutual):
    made = autocrypt.make(PENELOPE, certificate, mutual=mutual)
    assert all(len(line) <= 78 for line in made.octets.split(b"\r\n"))
    again = HeaderSection.parse(made.octets)
    assert autocrypt.sole(again, PENELOPE) == AutocryptField(PENELOPE, certificate, mutual)
    spoken = autocrypt.make_gossip(PENELOPE, certificate)
    assert spoken.name == b"Autocrypt-Gossip"
    assert b"prefer-encrypt" not in spoken.octets


def test_what_would_be_invalid_is_not_made():
    assert autocrypt.make(PENELOPE, bytes(8000), mutual=True) is None
    assert autocrypt.make(AddrSpec('"a;b"@x.example'), KEY, mutual=True) is None
    assert autocrypt.make(PENELOPE, b"", mutual=True) is None


def test_an_address_of_other_letters_is_said_in_utf_8():
    greek = AddrSpec("οδυσσέας@xn--jxalpdlp.example")
    made = autocrypt.make(greek, KEY, mutual=False)
    assert "οδυσσέας".encode() in made.octets
    assert autocrypt.sole(HeaderSection.parse(made.octets), greek).addr == greek

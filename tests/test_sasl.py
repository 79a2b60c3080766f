"""SASL: which mechanisms pass, and whose login an exchange is."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca import sasl
from ithaca.sasl import Exchange


def b64(octets):
    return base64.b64encode(octets)


def login(mechanism, *lines):
    exchange = Exchange(mechanism)
    for line in lines:
        exchange.client(b64(line))
    return exchange.login


@pytest.mark.parametrize(
    ("mechanism", "lines", "expected"),
    [
        (b"PLAIN", [b"\0alice\0secret"], b"alice"),
        (b"plain", [b"alice\0alice\0secret"], b"alice"),
        (b"PLAIN", [b"bob\0alice\0secret"], None),
        (b"PLAIN", [b"alice"], None),
        (b"PLAIN", [b"\0\0secret"], None),
        (b"LOGIN", [b"alice", b"secret"], b"alice"),
        (b"CRAM-MD5", [b"alice smith " + b"0" * 32], b"alice smith"),
        (b"CRAM-MD5", [b"alice"], None),
        (b"DIGEST-MD5", [b'username="alice",realm="x",nonce="y"'], b"alice"),
        (b"DIGEST-MD5", [b'username="alice",authzid="bob"'], None),
        (b"DIGEST-MD5", [b'username="alice",username="bob"'], None),
        (b"SCRAM-SHA-256", [b"n,,n=alice,r=abc", b"c=biws,r=abc,p=x"], b"alice"),
        (b"SCRAM-SHA-1", [b"n,a=bob,n=alice,r=abc"], None),
        (b"SCRAM-SHA-1", [b"y,,n=al=2Cice,r=abc"], b"al,ice"),
        (b"XOAUTH2", [b"user=alice\x01auth=Bearer t\x01\x01"], b"alice"),
        (b"OAUTHBEARER", [b"n,a=alice,\x01auth=Bearer t\x01\x01"], b"alice"),
        (b"EXTERNAL", [b"alice"], None),
        (b"PLAIN", [], None),
    ],
)
def test_the_login_of_an_exchange(mechanism, lines, expected):
    assert login(mechanism, *lines) == expected


def test_an_initial_response_counts_like_a_line():
    assert Exchange(b"PLAIN", b64(b"\0alice\0secret")).login == b"alice"
    assert Exchange(b"LOGIN", b"=").login is None


def test_nothing_is_shown():
    exchange = Exchange(b"PLAIN", b64(b"\0alice\0secret"))
    assert repr(exchange) == "<SASL exchange PLAIN>"


@pytest.mark.parametrize(
    ("mechanism", "passes"),
    [
        (b"PLAIN", True),
        (b"scram-sha-256", True),
        (b"SCRAM-SHA-256-PLUS", False),
        (b"EXTERNAL", False),
        (b"GSSAPI", False),
    ],
)
def test_what_can_pass_a_relay(mechanism, passes):
    assert sasl.relayable(mechanism) is passes


def test_scram_with_a_plus_beside_it_is_not_offered_on_tls():
    offered = [b"PLAIN", b"SCRAM-SHA-256", b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-1", b"GSSAPI"]
    assert sasl.listed(offered, local_tls=False) == (b"PLAIN", b"SCRAM-SHA-256", b"SCRAM-SHA-1")
    assert sasl.listed(offered, local_tls=True) == (b"PLAIN", b"SCRAM-SHA-1")


@given(st.sampled_from([b"PLAIN", b"LOGIN", b"CRAM-MD5", b"DIGEST-MD5", b"SCRAM-SHA-1", b"XOAUTH2"]), st.binary())
def test_any_octets_name_somebody_or_nobody(mechanism, octets):
    login(mechanism, octets)
    exchange = Exchange(mechanism)
    exchange.client(octets)
    assert exchange.login is None or isinstance(exchange.login, bytes)

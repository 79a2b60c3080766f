"""One-pass signature packets: what they announce must be what comes."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca.errors import MalformedPacket, OpenPGPError
from ithaca.openpgp import one_pass, signing
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.signature import Signature

NOW = 1_790_000_000


@pytest.fixture(scope="module", params=[4, 6])
def made(request, engine):
    """(announcement, its signature)."""
    kind = KeyKind(27) if request.param == 6 else KeyKind(22, "Ed25519")
    secret = engine.generate_key(kind, NOW, version=request.param)
    unsigned = signing.build(0, secret.public, 8, NOW, random=lambda n: b"s" * n)
    signature = Signature.parse(unsigned.complete(engine, secret, unsigned.hasher()))
    return one_pass.parse(one_pass.encode(unsigned, last=True)), signature


def test_it_announces_its_signature(made):
    announced, signature = made
    assert announced.announces(signature)


@pytest.mark.parametrize(
    "change",
    [{"type": 1}, {"hash_algorithm": 10}, {"algorithm": 1}, {"salt": b"t" * 16}, {"issuer": "0" * 16}, {"version": 5}],
    ids=str,
)
def test_it_announces_no_other(made, change):
    announced, signature = made
    assert not dataclasses.replace(announced, **change).announces(signature)


def test_versions_do_not_mix(made):
    announced, signature = made
    other = 3 if announced.version == 6 else 6
    assert not dataclasses.replace(announced, version=other).announces(signature)


@pytest.mark.parametrize(
    "body", [b"", b"\x03" + bytes(11), b"\x03" + bytes(13), b"\x05" + bytes(12), b"\x06\0\x08\x1b\x20" + bytes(65)]
)
def test_other_forms_are_refused(body):
    with pytest.raises(MalformedPacket):
        one_pass.parse(body)


@given(st.binary(max_size=90))
def test_any_octets_are_an_announcement_or_an_error_of_ours(octets):
    try:
        one_pass.parse(octets)
    except OpenPGPError:
        return

"""What self-signatures say, and say again."""

import pytest

from ithaca.errors import KeyringError
from ithaca.openpgp.own_keys import self_signatures
from ithaca.openpgp.own_keys.self_signatures import life, repeated
from ithaca.openpgp.signature import Signature
from ithaca.openpgp.subpackets import Subpacket


def _key(held):
    return held().key.parts[0].public


def test_a_life_is_counted_from_the_keys_own_time(held):
    key = _key(held)
    (subpacket,) = life(key, key.created + 0x01020304)
    assert subpacket == Subpacket(9, b"\x01\x02\x03\x04", critical=True)
    assert life(key, None) == ()


@pytest.mark.parametrize(("after", "words"), [(0, "before it was made"), (-5, "before"), (1 << 32, "so late")])
def test_a_life_that_cannot_be_said_is_refused(held, after, words):
    """RFC 9580 §5.2.3.13: four octets, and zero would mean never."""
    key = _key(held)
    with pytest.raises(KeyringError, match=words):
        life(key, key.created + after)


def test_what_was_said_is_said_again_unless_it_is_of_its_own_time(held, raw):
    """Preferences, policies, notations and what nobody here knows; not times, issuers, and other signatures."""
    said = [
        (2, b"\0\0\0\1"),
        (3, b"\0\0\0\5"),
        (9, b"\0\0\0\7"),
        (11, b"\x09"),
        (16, b"8octets!"),
        (20, b"n"),
        (24, b"k"),
    ]
    said += [(26, b"p"), (27, b"\3"), (30, b"\1"), (33, b"\4" + bytes(20)), (34, b"\2"), (100, b"x")]
    area = b"".join(raw.sub(*s) for s in said)
    body = bytes([4, 0x13, 22, 8]) + len(area).to_bytes(2, "big") + area + b"\0\0" + b"12"
    old = Signature.parse(body)
    assert [s.type for s in repeated(old)] == [9, 11, 20, 24, 26, 27, 30, 34, 100]
    assert [s.type for s in repeated(old, but=(9, 27))] == [11, 20, 24, 26, 30, 34, 100]


def test_a_signing_subkey_agrees_to_its_primary_key_and_to_no_other(held, engine, mallory):
    """RFC 9580 §5.2.1.9."""
    import os

    from ithaca.openpgp.engine import KeyKind
    from ithaca.openpgp.own_keys.issuer import Issuer

    primary = _key(held)
    subkey = Issuer(engine.generate_key(KeyKind(22, "Ed25519"), 1, subkey=True), engine, os.urandom, 1)
    back = Signature.parse(self_signatures.back_signature(subkey, primary))
    assert back.type == 0x19
    for key, good in ((primary, True), (next(mallory.certificate.keys()), False)):
        hasher = back.hasher()
        hasher.update(key.hashed_form() + subkey.key.hashed_form())
        assert back.matches(engine, subkey.key, hasher) is good

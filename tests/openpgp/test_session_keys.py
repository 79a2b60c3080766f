"""Encrypted session keys tried: named ones first, a bounded number, and a failure is no end."""

import pytest

from ithaca.openpgp import session_keys
from ithaca.openpgp.engine import SessionKey
from ithaca.openpgp.session_keys import MOST_FOUND, MOST_TRIALS

SESSION = SessionKey(9, bytes(32))


class Public:
    algorithm = 18
    key_id = "AB" * 8
    fingerprint = "CD" * 12 + "AB" * 8


class Secret:
    public = Public()


class Counting:
    """An engine that opens the bodies it is told to."""

    def __init__(self, *opens):
        self.opens, self.tried = opens, []

    def decrypt(self, _secret, body):
        self.tried.append(body)
        return SESSION if body in self.opens else None


OURS = bytes.fromhex("AB" * 8)
OUR_FINGERPRINT = b"\x04" + bytes.fromhex(Public.fingerprint)


def version_3(name=OURS, algorithm=18, tail=b"x"):
    return b"\x03" + name + bytes([algorithm]) + tail


def version_6(name=OUR_FINGERPRINT, algorithm=18, tail=b"x"):
    return bytes([6, len(name)]) + name + bytes([algorithm]) + tail


def find(engine, bodies, version=3, secrets=1):
    """The first session key that is found."""
    return next(filter(None, session_keys.candidates(bodies, version, [Secret()] * secrets, engine)), None)


def test_a_named_one_is_tried_before_a_hidden_one():
    hidden, named = version_3(bytes(8)), version_3()
    engine = Counting(named)
    assert find(engine, [hidden, named]) == SESSION
    assert engine.tried == [named]


@pytest.mark.parametrize(
    ("bodies", "version"),
    [
        ([version_3(b"other id")], 3),
        ([version_3(algorithm=1)], 3),
        ([version_3()], 6),
        ([version_6()], 3),
        ([version_6(b"\x06" + bytes(32))], 6),
        ([b"", b"\x03", b"\x06", b"\x06\xff", version_3(tail=b""), b"\x09" + bytes(40)], 3),
    ],
)
def test_what_is_not_for_us_is_not_tried(bodies, version):
    engine = Counting(*bodies)
    assert find(engine, bodies, version) is None
    assert engine.tried == []


def test_version_6_names_a_fingerprint_or_nobody():
    for body in (version_6(), version_6(b"")):
        assert find(Counting(body), [body], 6) == SESSION


def test_junk_in_front_is_no_end():
    bodies = [version_3(tail=b"junk"), version_3(tail=b"right")]
    assert find(Counting(bodies[1]), bodies) == SESSION


def test_trials_are_counted():
    engine = Counting()
    assert find(engine, [version_3(bytes(8))] * 100, secrets=5) is None
    assert len(engine.tried) == MOST_TRIALS


class Distinct:
    """An engine that finds another session key in every body."""

    def __init__(self):
        self.tried = []

    def decrypt(self, _secret, body):
        self.tried.append(body)
        return SessionKey(9, body[-1:] * 32)


def test_a_session_key_that_opens_nothing_does_not_hide_the_next():
    """Anybody can encrypt one to us; the message alone says which is right. Each costs a way through the message."""
    bodies = [version_3(tail=bytes([n])) for n in range(100)]
    found = list(session_keys.candidates([bodies[0], *bodies], 3, [Secret()], engine := Distinct()))
    assert [key.key[0] for key in found if key is not None] == list(range(MOST_FOUND))
    assert found.count(None) == 1
    assert len(engine.tried) == MOST_FOUND + 1

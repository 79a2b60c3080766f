"""Changes: what they need, how they land, and that every state of a certificate merges with every other."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ithaca.errors import KeyringError
from ithaca.openpgp import packets, secret_key, transferable
from ithaca.openpgp.algorithms import RevocationReason
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.engine import KeyKind
from ithaca.openpgp.own_keys import keyholder, lifetime, passphrase, revocation, subkeys, user_ids
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder
from ithaca.openpgp.own_keys.subkeys import Role
from ithaca.openpgp.packets import Tag
from openpgp import raw
from openpgp.own_keys.held import DAY, NOW, PASSPHRASE, USER_ID, Held


def stub(octets, *fingerprints):
    """The key without the secret halves of some parts, as GnuPG writes it."""
    key = secret_key.split(octets)
    parts = []
    for part in key.parts:
        body = next(packets.split(part.packet)).body
        tag = next(packets.split(part.packet)).tag
        gone = part.public.fingerprint in fingerprints
        # RFC 9580 §5.5.3: version 6 counts the parameters, and the specifier among them.
        elsewhere = b"\xfe\x08\x00\x06\x65\x00GNU\x01" if key.version == 6 else b"\xff\x00\x65\x00GNU\x01"
        absent = packets.encode(tag, body[: len(part.public.body)] + elsewhere)
        parts.append(absent if gone else part.packet)
    return secret_key.join(key.public_octets, parts)


def test_without_the_primary_key_nothing_is_changed_and_it_is_said(held):
    key = held()
    key.octets = stub(key.octets, key.fingerprint)
    with pytest.raises(
        KeyringError, match=f"Only its primary key can change the key {key.fingerprint}.*not in this file"
    ):
        key.do(lifetime.expire_key, None)
    with pytest.raises(KeyringError, match="not in this file"):
        key.do(subkeys.add, Role.SIGNING, PASSPHRASE)


def test_a_weak_primary_key_changes_nothing(engine, held):
    weak = engine.generate_key(KeyKind(1, bits=1024), NOW)
    bound = held().holder
    secret = secret_key.SecretKey(_named(bound.certificate, weak.public), (weak,))
    with pytest.raises(KeyringError, match="RSA with 1024 bits is not accepted. Make a new key"):
        _ = Keyholder(secret, engine, os.urandom, NOW).primary


class _named:  # noqa: N801
    """A certificate of another name."""

    def __init__(self, certificate, public):
        self._certificate, self.fingerprint = certificate, public.fingerprint


def test_two_changes_in_one_second_are_told_apart(either):
    """The newest self-signature counts, so the second one is dated a second later."""
    first = either.do(lifetime.expire_key, NOW + 100 * DAY)
    either.now = NOW
    second = either.do(lifetime.expire_key, NOW + 200 * DAY)
    assert (first.at, second.at) == (NOW, NOW + 1)
    assert either.certificate.expires(NOW + 1) == NOW + 200 * DAY
    assert either.certificate.expires(NOW) == NOW + 100 * DAY


def test_a_clock_that_runs_behind_is_said(held):
    key = held()
    key.do(lifetime.expire_key, NOW + 100 * DAY)
    key.now = NOW - DAY
    with pytest.raises(KeyringError, match="Is the clock of this machine right"):
        # Seen with yesterday's clock the newest statement is the one of its making; the new one would not be newer.
        key.do(lifetime.expire_key, NOW + 300 * DAY)


def test_what_others_have_added_stays_out_of_the_secret_key(held, mallory):
    """Certifications by others may be megabytes (CVE-2019-13050)."""
    key = held()
    foreign = packets.encode(Tag.SIGNATURE, _certification_by(mallory))
    head = keyholder.head_of(key.certificate.user_ids[0])
    key.public = transferable.merge(key.public, next(packets.split(key.public)).octets + head + foreign)
    key.do(lifetime.expire_key, None)
    assert foreign in key.public
    assert foreign not in key.octets


def _certification_by(mallory):
    from ithaca.openpgp import signing
    from ithaca.openpgp.pgpy_engine import PgpyEngine

    component = mallory.components[0]
    unsigned = signing.build(0x10, component.public, 8, NOW, random=os.urandom)
    return unsigned.complete(PgpyEngine(), component, unsigned.hasher())


def test_a_change_shows_no_secret(held):
    key = held()
    change = subkeys.add(key.holder, Role.ENCRYPTION, PASSPHRASE)
    for shown in (repr(change), repr(key.holder), repr(Change(0)), str(change)):
        assert "secrets" not in shown
        assert len(shown) < 120


# --- any sequence ------------------------------------------------------------------------------------

OPERATIONS = {
    "prolong": lambda key, n: key.do(lifetime.expire_key, key.now + (100 + n) * DAY),
    "for ever": lambda key, n: key.do(lifetime.expire_key, None),
    "add for encryption": lambda key, n: key.do(subkeys.add, Role.ENCRYPTION, PASSPHRASE),
    "add for signing": lambda key, n: key.do(subkeys.add, Role.SIGNING, PASSPHRASE, until=key.now + 50 * DAY),
    "rotate": lambda key, n: key.do(subkeys.rotate, Role.ENCRYPTION, PASSPHRASE),
    "expire a subkey": lambda key, n: key.do(lifetime.expire_subkey, _some_subkey(key, n), key.now + DAY),
    "revoke a subkey": lambda key, n: key.do(
        revocation.revoke_subkey, _some_subkey(key, n), RevocationReason.SUPERSEDED
    ),
    "add an address": lambda key, n: key.do(user_ids.add, f"Alice <alice{n}@example.org>"),
    "revoke an address": lambda key, n: key.do(revocation.revoke_user_id, _some_user_id(key, n)),
    "passphrase": lambda key, n: key.apply(passphrase.change(key.holder, PASSPHRASE)[0]),
    "revoke": lambda key, n: key.do(revocation.revoke_key, RevocationReason.RETIRED),
}


def _some_subkey(key, number):
    known = [c.key.fingerprint for c in key.certificate.subkeys]
    return known[number % len(known)]


def _some_user_id(key, number):
    known = key.certificate.user_ids
    return known[number % len(known)].user_id


STEPS = st.lists(st.tuples(st.sampled_from(list(OPERATIONS)), st.integers(0, 7), st.integers(0, 40)), max_size=6)


@pytest.mark.parametrize("name", ["ed25519", "v6-ed25519"])
@given(steps=STEPS, order=st.randoms(use_true_random=False))
@settings(max_examples=12)
def test_any_sequence_of_changes_only_adds_and_its_states_merge(engine, made, name, steps, order):
    key = Held(engine, made(name).octets, NOW)
    secrets = _secrets(key)
    for operation, number, days in steps:
        key.now += days * DAY
        before = set(_bodies(key.public))
        try:
            OPERATIONS[operation](key, number)
        except KeyringError:
            # Refused with a reason, and nothing was changed.
            assert set(_bodies(key.public)) == before
            continue
        assert before <= set(_bodies(key.public))
        assert secrets <= _secrets(key)
        secrets = _secrets(key)
        assert transferable.merge(key.public, key.key.public_octets) == key.public
    states = list(key.states)
    order.shuffle(states)
    merged = states[0]
    for state in states[1:]:
        merged = transferable.merge(merged, state)
    assert sorted(_bodies(merged)) == sorted(_bodies(key.public))
    now, together = key.now, Certificate.parse(merged, key.engine)
    for question in ("primary_refused", "encryption_refused", "expires", "user_ids_at"):
        assert getattr(together, question)(now) == getattr(key.certificate, question)(now)
    assert {k.fingerprint for k in together.encryption_keys(now)} == {
        k.fingerprint for k in key.certificate.encryption_keys(now)
    }


def _bodies(octets):
    return [(p.tag, p.body) for p in packets.split(octets)]


def _secrets(key):
    """The secrets themselves, whatever protects them."""
    opened = secret_key.unlock(key.octets, PASSPHRASE, key.engine, certificate=key.certificate)
    assert opened.locked == ()
    return {component.secret for component in opened.components}


def test_what_is_not_of_the_key_is_refused(held, engine):
    key = held()
    assert USER_ID in key.certificate.user_ids_at(NOW)
    with pytest.raises(KeyringError, match="has no subkey AB"):
        key.do(lifetime.expire_subkey, "AB" * 20, None)


@pytest.fixture
def of_old(engine):
    """A key whose User IDs are in Latin-1, as programs before 2000 wrote them."""
    primary, encryption = raw.Key(NOW - 9 * DAY), raw.Key(NOW - 9 * DAY, encrypting=True)
    octets = primary.secret_packet()
    for name in ("zoe", "z.e"):
        octets += raw.user_id(primary, f"Zoë <{name}@example.org>".encode("latin-1"), NOW - 9 * DAY)
    binding = raw.subkey(primary, encryption, NOW - 9 * DAY)
    bound = b"".join(p.octets for p in list(packets.split(binding))[1:])
    return Held(engine, octets + encryption.secret_packet(subkey=True) + bound, NOW, passphrase=None)


def test_a_user_id_that_is_no_utf_8_keeps_its_octets(of_old):
    names = [c.body for c in of_old.certificate.user_ids]
    of_old.do(lifetime.expire_key, NOW + DAY)
    assert of_old.certificate.expires(NOW) == NOW + DAY
    of_old.do(revocation.revoke_user_id, of_old.certificate.user_ids[1].user_id)
    assert [c.body for c in of_old.certificate.user_ids] == names
    assert [bool(c.revoked(of_old.now)) for c in of_old.certificate.user_ids] == [False, True]
    of_old.do(user_ids.add, "Zo\ufffd <z.e@example.org>")
    assert len(of_old.certificate.user_ids_at(of_old.now)) == 2

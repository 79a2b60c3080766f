"""Passphrases changed, and given to keys without one."""

import os

import pytest

from ithaca.errors import PassphraseError
from ithaca.openpgp import packets, secret_key
from ithaca.openpgp.own_keys import passphrase, subkeys
from ithaca.openpgp.own_keys.subkeys import Role
from ithaca.openpgp.secret_key import Protection
from openpgp.own_keys.held import PASSPHRASE
from openpgp.own_keys.test_keyholder import stub

NEW = b"battery staple"
USAGES = {"ed25519": 254, "v6-ed25519": 253}


def usages(octets):
    """S2K usage octets of all parts (RFC 9580 §3.7.2.1)."""
    parts = secret_key.split(octets).parts
    return {next(packets.split(p.packet)).body[len(p.public.body)] for p in parts}


def test_every_part_opens_with_the_new_one_alone(either):
    either.do(subkeys.add, Role.SIGNING, PASSPHRASE)
    change, kept = passphrase.change(either.holder, NEW)
    either.apply(change)
    assert kept == ()
    for part in either.key.parts:
        secret_key.unlock_part(part, NEW, either.engine)
        with pytest.raises(PassphraseError):
            secret_key.unlock_part(part, PASSPHRASE, either.engine)


def test_nothing_else_of_the_key_is_touched(either):
    before = either.public
    change, _ = passphrase.change(either.holder, NEW)
    either.apply(change)
    assert either.public == before
    assert either.key.public_octets == before


@pytest.mark.parametrize("name", USAGES)
def test_the_protection_is_of_todays_kind(held, name):
    """Iterated, so that GnuPG 2.2 reads it; Argon2 with authentication in version 6."""
    key = held(name, passphrase=None)
    assert usages(key.octets) == {0}
    octets = passphrase.protect(key.octets, NEW, key.engine, os.urandom)
    assert usages(octets) == {USAGES[name]}


def test_parts_that_are_elsewhere_or_do_not_open_are_kept_and_named(either):
    either.do(subkeys.add, Role.SIGNING, b"another one")
    primary, encrypting, signing = (part.public.fingerprint for part in either.key.parts)
    either.octets = stub(either.octets, encrypting)
    before = either.key.parts
    change, kept = passphrase.change(either.holder, NEW)
    either.apply(change)
    assert set(kept) == {encrypting, signing}
    assert either.key.parts[1:] == before[1:]
    secret_key.unlock_part(either.key.parts[0], NEW, either.engine)
    assert either.key.parts[0].public.fingerprint == primary


def test_a_key_without_a_passphrase_is_protected_and_the_same_key(held, engine):
    key = held("p256", passphrase=None)
    octets = passphrase.protect(key.octets, NEW, engine, os.urandom)
    protected = secret_key.split(octets)
    assert protected.is_protected
    assert protected.public_octets == key.public
    opened = secret_key.unlock(octets, NEW, engine)
    plain = secret_key.unlock(key.octets, None, engine)
    assert [c.secret for c in opened.components] == [c.secret for c in plain.components]
    for component in plain.components:
        assert component.secret not in octets


def test_one_part_without_a_passphrase_gets_that_of_the_others(held, engine):
    """One passphrase is configured, so one has to open the whole key."""
    half = held()
    plain = held(passphrase=None, created=half.certificate.created)
    bare = engine.lock(half.holder.secret.components[1], None, random=os.urandom)
    mixed = secret_key.join(half.public, (half.key.parts[0].packet, bare))
    assert not secret_key.split(mixed).is_protected
    with pytest.raises(PassphraseError, match="this is not it"):
        passphrase.protect(mixed, NEW, engine, os.urandom)
    protected = secret_key.split(passphrase.protect(mixed, PASSPHRASE, engine, os.urandom))
    assert protected.is_protected
    assert protected.parts[0] == half.key.parts[0]
    assert plain.key.parts[0].protection is Protection.NONE


def test_a_part_that_nobody_can_read_is_not_kept(held, engine):
    """Whether it is protected cannot be said."""
    key = held(passphrase=None)
    unknown = packets.encode(7, b"\4\0\0\0\1\x63" + b"secret of another kind")
    assert secret_key.split(key.octets + unknown).unknown == (unknown,)
    assert b"another kind" not in passphrase.protect(key.octets + unknown, NEW, engine, os.urandom)


# --- other programs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ed25519", "rsa3072", "p256"])
@pytest.mark.parametrize("who", ["gpg", "sqop", "rnp"])
def test_programs_open_the_key_with_its_new_passphrase(held, peer, uses, name, who):
    key = held(name)
    change, _ = passphrase.change(key.holder, NEW)
    key.apply(change)
    key.passphrase = NEW
    uses(peer(who), key)


@pytest.mark.parametrize("who", ["pysequoia", "openpgp.js"])
def test_version_6_peers_open_the_key_with_its_new_passphrase(held, peer, uses, who):
    key = held("v6-ed25519")
    change, _ = passphrase.change(key.holder, NEW)
    key.apply(change)
    key.passphrase = NEW
    uses(peer(who), key)

"""New keys: what our own certificate evaluation, and other programs, make of them."""

import os

import pytest

from interop.programs import Failed
from ithaca.errors import KeyringError, OpenPGPError
from ithaca.openpgp import armor, packets, secret_key, transferable
from ithaca.openpgp.algorithms import Feature
from ithaca.openpgp.certificate import Certificate
from ithaca.openpgp.own_keys import generation, profiles
from ithaca.openpgp.packets import Tag
from ithaca.openpgp.signature import Signature
from openpgp.own_keys.held import DAY, NOW, PASSPHRASE, USER_ID

VERSION_4 = [name for name, profile in profiles.PROFILES.items() if profile.version == 4]
VERSION_6 = [name for name, profile in profiles.PROFILES.items() if profile.version == 6]
NO_BRAINPOOL = {(name, "sqop") for name in VERSION_4 if name.startswith("brainpool")}
"""Debian's sqop is built without these curves."""


@pytest.mark.parametrize("name", profiles.PROFILES)
def test_every_profile_gives_a_key_with_just_the_uses_that_are_meant(held, name):
    key = held(name)
    certificate, primary, (subkey,) = key.certificate, key.key.parts[0].public, key.certificate.subkeys
    assert certificate.encryption_keys(NOW) == (subkey.key,)
    assert certificate.signing_refused(primary, NOW) is None
    assert certificate.signing_refused(subkey.key, NOW) is not None
    assert certificate.user_ids_at(NOW) == (USER_ID,)
    assert certificate.expires(NOW) == NOW - 10 * DAY + 3 * 365 * DAY
    assert certificate.encryption_refused(certificate.expires(NOW) - 1) is None
    assert "expired on" in certificate.encryption_refused(certificate.expires(NOW))
    assert certificate.primary_refused(certificate.created - 1) is not None


@pytest.mark.parametrize("name", profiles.PROFILES)
def test_every_profile_tells_others_what_it_reads(held, name):
    """RFC 9580 §5.2.3.32: GnuPG would write its own packets to a key that announces them."""
    (said,) = _statements(held(name))
    six = profiles.PROFILES[name].version == 6
    assert said.features == (Feature.SEIPD_1 | Feature.SEIPD_2 if six else Feature.SEIPD_1)
    assert said.ciphers == (9, 7)
    assert said.aead_suites == (((9, 2), (7, 2)) if six else ())
    assert said.value(22) == b"\0", "no compression is preferred"
    assert said.value(21) == bytes([8, 10, 9])
    assert said.key_flags == 0x03


def _statements(key):
    """The self-signatures that speak for the primary key."""
    components = (key.certificate.primary, *key.certificate.user_ids)
    return [s for c in components for s in c.signatures if s.key_flags is not None]


def test_a_version_6_key_speaks_by_its_direct_key_signature(held):
    """RFC 9580 §10.1.1 demands one."""
    certificate = held("v6-ed25519").certificate
    assert len(certificate.primary.signatures) == 1
    (certification,) = certificate.user_ids[0].signatures
    assert certification.key_flags is None
    assert certification.key_expires_after is None


def test_what_must_be_understood_is_critical(held):
    """RFC 9580 §5.2.3.11, §5.2.3.13, §5.2.3.29: time, expiry and flags."""
    (said,) = _statements(held())
    assert {s.type for s in said.hashed if s.critical} == {2, 9, 27}


def test_the_subkey_says_the_same_date_as_the_key(held, peer):
    """Sequoia asks it alone."""
    key = held(created=NOW - 3 * 365 * DAY - 1)
    ends = key.certificate.expires(NOW)
    assert key.certificate.subkeys[0].live(NOW).key_expires_after == ends - key.certificate.created
    with pytest.raises(Failed, match="not encryption-capable"):
        peer("sqop").encrypt(b"", [key.armored])


@pytest.mark.parametrize("name", ["ed25519", "v6-ed25519"])
def test_several_user_ids_and_the_first_is_the_primary_one(made, engine, name):
    two = [USER_ID, "Alice <alice@example.com>"]
    certificate = Certificate.parse(made(name, two).certificate, engine)
    assert certificate.user_ids_at(NOW) == tuple(two)
    assert [c.live(NOW).is_primary_user_id for c in certificate.user_ids] == [True, False]
    assert certificate.addresses(NOW) == ("alice@example.org", "alice@example.com")


@pytest.mark.parametrize("name", ["ed25519", "v6-ed25519"])
def test_a_key_without_any_user_id(made, engine, name):
    certificate = Certificate.parse(made(name, []).certificate, engine)
    assert certificate.encryption_refused(NOW) is None
    assert certificate.user_ids_at(NOW) == ()
    assert certificate.expires(NOW) is not None


def test_a_key_may_live_for_ever(made, engine):
    certificate = Certificate.parse(made(life=None).certificate, engine)
    assert certificate.expires(NOW) is None
    assert certificate.encryption_refused(NOW + 100 * 365 * DAY) is None


def test_a_key_that_only_signs(made, engine):
    certificate = Certificate.parse(made(signing_only=True).certificate, engine)
    assert certificate.encryption_keys(NOW) == ()
    assert certificate.signing_refused(next(certificate.keys()), NOW) is None


def test_the_public_half_is_small_enough_for_every_letter(made):
    """Autocrypt sends it each time."""
    assert len(made("ed25519").certificate) < 450
    assert len(made("p256").certificate) < 1000


@pytest.mark.parametrize("name", ["ed25519", "v6-ed25519"])
def test_it_opens_with_its_passphrase_alone(made, engine, name):
    octets = made(name).octets
    assert len(secret_key.unlock(octets, PASSPHRASE, engine).components) == 2
    with pytest.raises(KeyringError, match="does not open"):
        secret_key.unlock(octets, b"wrong horse", engine)
    assert secret_key.split(octets).is_protected
    assert not secret_key.split(made(name, passphrase=None).octets).is_protected


@pytest.mark.parametrize("name", ["ed25519", "v6-ed25519"])
def test_its_revocation_certificate_revokes_it_for_the_past_too(made, engine, name):
    key = made(name)
    revocation = [p for p in packets.split(key.revocation) if p.tag == Tag.SIGNATURE]
    primary = next(packets.split(key.certificate)).octets
    revoked = transferable.merge(key.certificate, primary + revocation[0].octets)
    assert "was revoked" in Certificate.parse(revoked, engine).primary_refused(NOW - 9 * DAY)
    # RFC 9580 §10.1.2: of version 6 it comes with its key.
    assert len(list(packets.split(key.revocation))) == (2 if name.startswith("v6") else 1)


@pytest.mark.parametrize("user_id", ["", "a\nb", "\x1b[2J", "\ud800", "x" * 1001])
def test_what_is_no_user_id_is_refused(engine, user_id):
    with pytest.raises(KeyringError, match="A User ID must"):
        _generate(engine, [user_id])


def _generate(engine, user_ids=(USER_ID,), **more):
    profile = profiles.PROFILES["ed25519"]
    return generation.generate(profile, user_ids, PASSPHRASE, created=NOW, engine=engine, random=os.urandom, **more)


class _Bitflipping:
    """An engine whose signatures are wrong."""

    def __init__(self, engine):
        self._engine = engine

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def sign(self, *arguments):
        fields = self._engine.sign(*arguments)
        return fields[:-1] + bytes([fields[-1] ^ 1])


def test_a_faulty_signature_never_leaves(engine):
    with pytest.raises(OpenPGPError, match="did not verify"):
        _generate(_Bitflipping(engine))


def test_clock_and_randomness_are_the_callers(engine):
    """The same octets for locks and salts, and the time that was said."""
    asked = []

    def random(count):
        asked.append(count)
        return bytes(count)

    profile = profiles.PROFILES["v6-ed25519"]
    made = generation.generate(profile, [USER_ID], PASSPHRASE, created=123456789, engine=engine, random=random)
    bodies = [p.body for p in packets.split(made.certificate) if p.tag == Tag.SIGNATURE]
    assert {Signature.parse(b).salt for b in bodies} == {bytes(16)}
    assert {Signature.parse(b).created for b in bodies} == {123456789}
    # Salt and nonce of both parts, and a salt for each signature, the revocation among them.
    assert sorted(asked) == [15, 15, 16, 16, 16, 16, 16, 16]


# --- other programs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VERSION_4)
@pytest.mark.parametrize("who", ["gpg", "sqop", "rnp"])
def test_programs_use_a_version_4_key(real_locks, held, peer, uses, name, who):
    if (name, who) in NO_BRAINPOOL:
        with pytest.raises(Failed, match="Key not signing-capable"):
            uses(peer(who), held(name))
        return
    uses(peer(who), held(name))


@pytest.mark.parametrize("name", VERSION_6)
@pytest.mark.parametrize("who", ["pysequoia", "openpgp.js"])
def test_programs_use_a_version_6_key_and_open_its_argon2(real_locks, held, peer, uses, name, who):
    key = held(name)
    (used,) = uses(peer(who), key)
    assert used == key.key.parts[1].public.fingerprint, "PKESK v6, before SEIPDv2"


@pytest.mark.parametrize("name", VERSION_4)
def test_gpg_lists_a_key_as_it_was_meant(held, gpg_sees, name):
    key = held(name)
    rows = gpg_sees(key)
    (primary,) = rows["pub"]
    assert primary[11] == "scESC"
    assert int(primary[6]) == key.certificate.expires(NOW)
    assert rows["sub"][0][11] == "e"
    assert [row[9] for row in rows["uid"]] == [USER_ID]


def test_gpg_reads_the_preferences(held, gpg):
    shown = gpg("--list-packets", data=held().public).stdout.decode()
    for words in (
        "pref-sym-algos: 9 7",
        "pref-hash-algos: 8 10 9",
        "pref-zip-algos: 0",
        "features: 01",
        "key flags: 0C",
    ):
        assert words in shown


@pytest.mark.parametrize("name", ["ed25519", "rsa3072", "p384"])
def test_gpg_revokes_by_the_revocation_certificate(held, made, gpg, gpg_sees, name):
    key = held(name)
    gpg_sees(key)
    # It wants its trust database for this, which the model of the other calls never makes.
    gpg("--trust-model", "pgp", "--import", data=armor.armor("PUBLIC KEY BLOCK", made(name).revocation))
    assert gpg("--with-colons", "--list-keys", key.fingerprint).stdout.count(b"pub:r:") == 1


@pytest.mark.parametrize("name", VERSION_6)
def test_version_6_peers_read_what_was_meant(held, js_sees, name):
    pysequoia = pytest.importorskip("pysequoia")
    key = held(name)
    seen = js_sees(key)
    assert seen["refused"] is None
    assert seen["expires"] == key.certificate.expires(NOW)
    assert seen["signing"] == key.fingerprint
    assert seen["encrypting"] == key.key.parts[1].public.fingerprint
    assert seen["users"] == [[USER_ID, None]]
    certificate = pysequoia.Cert.from_bytes(key.public)
    assert int(certificate.expiration.timestamp()) == key.certificate.expires(NOW)
    assert [str(u) for u in certificate.user_ids] == [USER_ID]


@pytest.mark.parametrize("name", VERSION_6)
def test_version_6_peers_revoke_by_the_revocation_certificate(held, made, engine, js_sees, name):
    pysequoia = pytest.importorskip("pysequoia")
    key = held(name)
    revocation = pysequoia.Cert.from_bytes(made(name).revocation)
    assert pysequoia.Cert.from_bytes(key.public).merge(revocation).is_revoked
    key.public = transferable.merge(key.public, made(name).revocation)
    assert js_sees(key)["revoked"]


@pytest.mark.parametrize("who", ["sqop", "pysequoia", "openpgp.js"])
def test_programs_use_a_key_without_user_ids(held, peer, uses, who):
    name = "ed25519" if who == "sqop" else "v6-ed25519"
    uses(peer(who), held(name, []))

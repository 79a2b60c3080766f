"""A keyring on disk: the format of keyrings/README.md, seen by a running reader, kept by every writer."""

import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from ithaca.errors import KeyringError, LimitExceeded, OpenPGPError
from ithaca.keyring import layout, store
from ithaca.keyring.store import Imported, Keyring
from ithaca.openpgp import packets, secret_key
from ithaca.openpgp.own_keys import self_signatures
from ithaca.openpgp.own_keys.issuer import Issuer
from keymaking import new_key
from openpgp import raw

ROOT = Path(__file__).resolve().parents[2]
ALICE, BOB = "EB85BB5FA33A75E15E944E63F231550C4F47E38E", "D1A66E1A23B182C9980F788CFBFCC82A015E7330"


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "keyrings").iterdir() if p.is_dir()))
def test_every_sample_reads_and_opens_with_its_passphrase(sample_keyring, engine, name):
    keyring = Keyring(sample_keyring(name), engine)
    assert {c.fingerprint for c in keyring.certificates()} == {ALICE, BOB}
    (own,) = keyring.secret_fingerprints()
    key = secret_key.unlock(keyring.secret_octets(own), b"ithaca-sample", engine)
    assert key.certificate.encryption_refused(int(time.time())) is None


def test_a_sample_is_refused_where_git_laid_it(engine, tmp_path):
    import shutil

    target = tmp_path / "alice"
    shutil.copytree(ROOT / "keyrings" / "alice", target)
    target.chmod(0o755)
    with pytest.raises(KeyringError, match=f"chmod -R go= {target}"):
        Keyring(target, engine)


def test_what_is_written_is_private_and_named_as_specified(keyring, key_octets):
    key = keyring.import_secret(key_octets)
    name = key.fingerprint.lower()
    files = {str(p.relative_to(keyring.path)) for p in keyring.path.rglob("*") if p.is_file()}
    assert files == {"version", "certs/writelock", f"certs/{name[:2]}/{name[2:]}", f"keys/{name}.pgp"}
    for path in keyring.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_running_reader_sees_what_a_writer_does(keyring, engine, sample_keyring, monkeypatch):
    monkeypatch.setattr(store, "LOOK_EVERY", 0)
    reader = Keyring(keyring.path, engine)
    assert reader.claims("bob@openpgp.example") == ()
    bob = Keyring(sample_keyring("alice"), engine).lookup(BOB)[0]
    assert keyring.import_certificate(bob.octets)[1] is Imported.NEW
    assert [c.fingerprint for c in reader.claims("bob@openpgp.example")] == [BOB]
    assert reader.lookup(BOB[-16:])[0].octets == bob.octets
    keyring.remove_certificate(BOB)
    assert reader.claims("bob@openpgp.example") == ()


def test_looking_at_the_disk_is_rare(keyring, monkeypatch):
    keyring.refresh(now=True)
    monkeypatch.setattr(Keyring, "_look_at_certificates", lambda _: pytest.fail("looked too soon"))
    keyring.refresh()


def test_importing_again_changes_nothing(keyring, sample_keyring, engine):
    bob = Keyring(sample_keyring("alice"), engine).lookup(BOB)[0]
    keyring.import_certificate(bob.octets)
    assert keyring.import_certificate(bob.octets)[1] is Imported.UNCHANGED


def test_a_damaged_file_is_left_alone_and_the_rest_serves(keyring, sample_keyring, engine, caplog):
    bob = Keyring(sample_keyring("alice"), engine).lookup(BOB)[0]
    keyring.import_certificate(bob.octets)
    wrong = layout.certificate_file(keyring.path, "AB" * 20)
    wrong.parent.mkdir()
    wrong.write_bytes(b"\xc6\x01")
    misnamed = layout.certificate_file(keyring.path, "CD" * 20)
    misnamed.parent.mkdir()
    misnamed.write_bytes(bob.octets)
    (keyring.path / "certs" / "_other").mkdir()
    keyring.refresh(now=True)
    assert [c.fingerprint for c in keyring.certificates()] == [BOB]
    assert str(wrong) in caplog.text
    assert "name of another certificate" in caplog.text
    assert wrong.exists()


def test_a_secret_key_that_others_can_read_does_not_serve(keyring, key_octets, caplog):
    key = keyring.import_secret(key_octets)
    path = layout.key_file(keyring.path, key.fingerprint)
    path.chmod(0o644)
    os.utime(path, (1, 1))
    for _ in range(3):
        keyring.refresh(now=True)
    assert keyring.secret_fingerprints() == ()
    assert "chmod 600" in caplog.text
    assert len(caplog.records) == 1, "said once, however often it is looked at"
    assert caplog.text.count(str(path)) == 2, "once as what is left alone, once in the command"
    assert len(keyring.refused_keys()) == 1
    path.chmod(0o600)
    keyring.refresh(now=True)
    assert keyring.secret_fingerprints() == (key.fingerprint,)
    assert keyring.refused_keys() == ()


def test_an_unprotected_key_is_refused_with_the_remedy(keyring):
    bare = new_key("Dave <dave@example.org>", None, time.time() - 60)
    with pytest.raises(KeyringError, match="has no passphrase: import it with ithaca key import"):
        keyring.import_secret(bare)
    assert keyring.certificates() == ()
    assert list((keyring.path / "keys").iterdir()) == []


def test_another_format_is_refused(keyring, engine):
    layout.version_file(keyring.path).write_bytes(b"ithaca-keyring 2\n")
    with pytest.raises(KeyringError, match="format that this version does not know"):
        Keyring(keyring.path, engine)


def test_a_missing_keyring_says_how_to_make_one(tmp_path, engine):
    with pytest.raises(KeyringError, match=f"ithaca key generate --keyring {tmp_path}/carol --address ADDRESS"):
        Keyring(tmp_path / "carol", engine)


def test_the_sole_key_is_found_and_ambiguity_said(keyring, key_octets, sample_keyring, engine):
    with pytest.raises(KeyringError, match="has no secret key"):
        keyring.sole_secret(None)
    key = keyring.import_secret(key_octets)
    assert keyring.sole_secret(None) == key.fingerprint
    alice = Keyring(sample_keyring("alice"), engine)
    keyring.import_secret(alice.secret_octets(ALICE))
    with pytest.raises(KeyringError, match="2 secret keys"):
        keyring.sole_secret(None)
    assert keyring.sole_secret(ALICE) == ALICE


def test_a_key_of_our_own_is_not_removed_as_a_certificate(keyring, key_octets):
    key = keyring.import_secret(key_octets)
    with pytest.raises(KeyringError, match="a key of your own"):
        keyring.remove_certificate(key.fingerprint)


@pytest.mark.parametrize("octets", [b"", b"junk", b"\xc6\x05abc"])
def test_what_is_no_certificate_is_not_written(keyring, octets):
    with pytest.raises(OpenPGPError):
        keyring.import_certificate(octets)
    assert not [p for p in (keyring.path / "certs").rglob("*") if p.is_file() and p.name != "writelock"]


# --- keys that are imported again --------------------------------------------------------------------


def test_a_key_that_is_imported_again_keeps_its_passphrase_and_gains_what_is_new(keyring, key_octets, engine):
    """An old backup brings no old passphrase back, and takes no subkey away."""
    keyring.import_secret(key_octets)
    key = secret_key.split(key_octets)
    locked = [
        engine.lock(secret_key.unlock_part(p, b"correct horse", engine), b"battery staple", random=os.urandom)
        for p in key.parts
    ]
    primary = secret_key.unlock_part(key.parts[0], b"correct horse", engine)
    issuer = Issuer(primary, engine, os.urandom, int(time.time()))
    body = self_signatures.certification(issuer, self_signatures.user_id_form(b"Added"), ())
    added = key.public_octets + packets.encode(13, b"Added") + packets.encode(2, body)
    keyring.import_secret(secret_key.join(added, locked))
    octets = keyring.secret_octets(key.fingerprint)
    assert len(secret_key.unlock(octets, b"correct horse", engine).components) == 2
    assert b"Added" in octets
    keyring.import_secret(key_octets)
    assert keyring.secret_octets(key.fingerprint) == octets


def test_a_damaged_key_is_not_written_over(keyring, key_octets):
    """It may hold what exists nowhere else."""
    key = keyring.import_secret(key_octets)
    path = layout.key_file(keyring.path, key.fingerprint)
    path.write_bytes(b"\xc5\x05abc")
    with pytest.raises(KeyringError, match="is damaged and must be moved away first"):
        keyring.import_secret(key_octets)
    assert path.read_bytes() == b"\xc5\x05abc"


def test_nothing_is_written_that_no_reader_would_take(keyring, key_octets, monkeypatch):
    monkeypatch.setattr(store, "MOST_FILE", 500)
    with pytest.raises(KeyringError, match="must not have more than 500 octets"):
        keyring.import_secret(key_octets)
    assert list((keyring.path / "keys").iterdir()) == []


def test_nobody_but_the_holder_can_make_a_revocation_one_too_many(keyring):
    """Whoever passes a certificate on can add to it: copies, forgeries, subkeys; the next revocation still lands."""
    primary, mallory = raw.Key(1000), raw.Key(1000)
    head = raw.packet(6, primary.body) + raw.packet(13, b"Alice <alice@example.org>")
    data = primary.hashed + raw.user_id_hashed(b"Alice <alice@example.org>")
    copies = [raw.packet(2, primary.sign(0x13, data, 1000, unhashed=raw.sub(100, raw.u32(n)))) for n in range(400)]
    junk = [raw.packet(2, mallory.sign(0x13, data, n, issuer=primary.fingerprint)) for n in range(1000, 1400)]
    subkeys = [raw.packet(14, raw.Key(1000, encrypting=True).body) for _ in range(250)]
    (there, _) = keyring.import_certificate(
        head + copies[0] + raw.subkey(primary, raw.Key(1000, encrypting=True), 1000)
    )
    for part in (copies, junk):
        keyring.import_certificate(head + b"".join(part))
    keyring.import_certificate(head + copies[0] + b"".join(subkeys))
    assert [c.octets for c in keyring.certificates()] == [there.octets]
    new = raw.subkey(primary, raw.Key(2000, encrypting=True), 2000)
    keyring.import_certificate(head + copies[3] + new + raw.revocation(primary, 0x20, primary.hashed, 3000, 2))
    (found,) = keyring.certificates()
    assert len(found.subkeys) == 2
    assert "was revoked" in found.primary_refused(4000)
    unchanged, what = keyring.import_certificate(there.octets)
    assert what is Imported.UNCHANGED
    assert "was revoked" in unchanged.primary_refused(4000)


@pytest.fixture
def appointed():
    """(Alice's certificate, revoked by Carol, whom she had appointed; Carol's; Alice's fingerprint)."""
    alice, carol = raw.Key(1000), raw.Key(1000)
    revoker = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    certificate = raw.packet(6, alice.body) + raw.packet(2, carol.sign(0x20, alice.hashed, 2000))
    certificate += raw.user_id(alice, b"Alice <alice@example.org>", 1000, hashed=revoker)
    carols = raw.packet(6, carol.body) + raw.user_id(carol, b"Carol <carol@example.org>", 1000)
    return certificate, carols, alice.fingerprint.hex().upper()


def test_a_designated_revoker_is_heard_as_soon_as_his_certificate_is_there(keyring, appointed):
    certificate, carols, alice = appointed
    keyring.import_certificate(certificate)
    assert keyring.lookup(alice)[0].primary_refused(3000) is None
    keyring.import_certificate(carols)
    assert "was revoked" in keyring.lookup(alice)[0].primary_refused(3000)
    assert keyring.lookup(alice)[0].octets == certificate


def test_revocations_that_only_a_missing_certificate_could_judge_are_bounded(keyring, appointed):
    certificate, carols, alice = appointed
    with pytest.raises(LimitExceeded, match="import that certificate first"):
        keyring.import_certificate(certificate + flooding(certificate, carols))
    keyring.import_certificate(carols)
    keyring.import_certificate(certificate)
    assert "was revoked" in keyring.lookup(alice)[0].primary_refused(3000)


def test_such_a_flood_takes_no_place_where_the_revoker_is_known(keyring, appointed):
    certificate, carols, alice = appointed
    keyring.import_certificate(carols)
    keyring.import_certificate(certificate)
    with pytest.raises(LimitExceeded, match="designated revokers"):
        keyring.import_certificate(certificate + flooding(certificate, carols))
    assert keyring.lookup(alice)[0].octets == certificate


def flooding(certificate, carols):
    """Revocations that are not Carol's, and say that they are."""
    carol = hashlib.sha1(_hashed(carols)).digest()
    mallory = raw.Key(1000, seed="Mallory")
    signed = [mallory.sign(0x20, _hashed(certificate), n, issuer=carol) for n in range(2000, 2025)]
    return b"".join(raw.packet(2, body) for body in signed)


def _hashed(certificate):
    body = next(packets.split(certificate)).body
    return b"\x99" + len(body).to_bytes(2, "big") + body


def test_a_version_6_key_and_its_names(keyring, engine):
    """64 digits; the key ID is the first 16 (RFC 9580 §5.5.4)."""
    key = keyring.import_secret(new_key("Six <six@example.org>", b"correct horse", time.time() - 60, "v6-ed25519"))
    assert len(key.fingerprint) == 64
    assert keyring.sole_secret(key.fingerprint) == key.fingerprint
    for name in (key.fingerprint, key.fingerprint[:16], key.parts[1].public.fingerprint):
        assert [c.fingerprint for c in keyring.lookup(name)] == [key.fingerprint]
    assert [c.fingerprint for c in keyring.claims("six@example.org")] == [key.fingerprint]
    assert [c.fingerprint for c in Keyring(keyring.path, engine).certificates()] == [key.fingerprint]


def test_what_keys_has_and_certs_lacks_counts(keyring, key_octets, engine):
    """A writer may have been stopped between the two."""
    key = keyring.import_secret(key_octets)
    layout.certificate_file(keyring.path, key.fingerprint).write_bytes(_without_subkeys(key.public_octets))
    keyring.refresh(now=True)
    assert len(keyring.own_certificate(key.fingerprint).subkeys) == 1
    assert keyring.lookup(key.parts[1].public.fingerprint) != ()


def _without_subkeys(octets):
    kept = list(packets.split(octets))
    return b"".join(p.octets for p in kept[: next(i for i, p in enumerate(kept) if p.tag == 14)])


def test_a_designated_revoker_counts_as_soon_as_it_is_there(keyring, monkeypatch):
    """RFC 9580 §5.2.3.23: whoever comes later, the revoker or the one whom it revokes."""
    monkeypatch.setattr(store, "LOOK_EVERY", 0)
    made, now = 1_700_000_000, int(time.time())
    alice, carol = raw.Key(made), raw.Key(made)
    appointed = raw.sub(12, b"\x80\x16" + carol.fingerprint)
    direct = raw.packet(2, alice.sign(0x1F, alice.hashed, made, hashed=appointed))
    revocation = raw.packet(2, carol.sign(0x20, alice.hashed, made + 60))
    encryption = raw.subkey(alice, raw.Key(made, encrypting=True), made)
    head = raw.packet(6, alice.body) + direct + revocation
    keyring.import_certificate(head + raw.user_id(alice, b"<alice@example.org>", made) + encryption)
    name = alice.fingerprint.hex().upper()
    assert keyring.lookup(name)[0].encryption_refused(now) is None
    keyring.import_certificate(raw.packet(6, carol.body) + raw.user_id(carol, b"<carol@example.org>", made))
    assert keyring.lookup(name)[0].encryption_refused(now) == "was revoked on 2023-11-14"
    keyring.remove_certificate(carol.fingerprint.hex().upper())
    assert keyring.lookup(name)[0].encryption_refused(now) is None


def test_a_key_whose_certificate_cannot_be_read_is_not_written(keyring, key_octets, monkeypatch):
    from ithaca.openpgp import self_signatures

    monkeypatch.setattr(self_signatures, "MOST_VERIFIED", 1)
    with pytest.raises(OpenPGPError):
        keyring.import_secret(key_octets)
    assert list((keyring.path / "keys").iterdir()) == []


def test_a_certificate_that_others_have_flooded_is_kept_without_the_flood(keyring, appointed):
    certificate, carols, alice = appointed
    flood = raw.packet(2, raw.Key(1000).sign(0x13, b"", 2000)) * 25_000
    found, what = keyring.import_certificate(certificate + flood)
    assert (found.octets, what) == (certificate, Imported.NEW)
    assert layout.certificate_file(keyring.path, alice).read_bytes() == certificate
    assert keyring.import_certificate(certificate + flood)[1] is Imported.UNCHANGED
    keyring.import_certificate(carols)
    assert "was revoked" in keyring.lookup(alice)[0].primary_refused(3000)


def test_a_file_that_is_flooded_already_is_without_the_flood_after_the_next_import(keyring, appointed):
    certificate, _, alice = appointed
    keyring.import_certificate(certificate)
    path = layout.certificate_file(keyring.path, alice)
    path.write_bytes(certificate + raw.packet(2, raw.Key(1000).sign(0x13, b"", 2000)) * 25_000)
    keyring.import_certificate(certificate)
    assert path.read_bytes() == certificate

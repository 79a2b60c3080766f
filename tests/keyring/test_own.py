"""Own keys on disk: kept with their revocation certificate, changed while others read."""

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from ithaca.errors import KeyringError
from ithaca.files import FileError
from ithaca.keyring import layout, own, store
from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor, packets, secret_key
from ithaca.openpgp.own_keys import lifetime, passphrase, revocation, subkeys
from ithaca.openpgp.own_keys.keyholder import Change, Keyholder
from ithaca.openpgp.own_keys.subkeys import Role
from keymaking import generated

PASSPHRASE = b"correct horse"
NOW = int(time.time())


@pytest.fixture(scope="session")
def made():
    return generated("Carol <carol@example.org>", PASSPHRASE, NOW - 1000)


@pytest.fixture
def kept(keyring, made):
    own.keep(keyring, made)
    return keyring


def holder(engine, now=NOW):
    """``how`` for `own.change`: a function of a `Keyholder`."""

    def asked(function, *arguments, **named):
        def how(key, certificate):
            secret = secret_key.unlock(key.octets, PASSPHRASE, engine, certificate=certificate)
            return function(Keyholder(secret, engine, os.urandom, now), *arguments, **named)

        return how

    return asked


def test_a_new_key_is_kept_with_its_revocation_certificate(kept, made):
    path = layout.revocation_file(kept.path, made.fingerprint)
    assert path == kept.path / "revocations" / f"{made.fingerprint.lower()}.asc"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    text = own.revocation(kept, made.fingerprint)
    assert text.startswith(b"Revocation certificate of the OpenPGP key\n\n    " + made.fingerprint.encode())
    assert b"\r" not in text
    assert armor.binary(text) == made.revocation
    assert kept.sole_secret(None) == made.fingerprint


def test_the_revocation_certificate_is_there_before_the_key(keyring, made, monkeypatch):
    monkeypatch.setattr(Keyring, "import_secret", lambda *_: (_ for _ in ()).throw(KeyringError("the disk is full")))
    with pytest.raises(KeyringError, match="disk is full"):
        own.keep(keyring, made)
    assert own.revocation(keyring, made.fingerprint) is not None
    assert keyring.secret_fingerprints() == ()


def test_a_change_lands_in_both_places_and_a_reader_sees_it(kept, made, engine, monkeypatch):
    monkeypatch.setattr(store, "LOOK_EVERY", 0)
    reader = Keyring(kept.path, engine)
    before = reader.own_certificate(made.fingerprint)
    certificate, change = own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, None))
    assert change.at == NOW
    assert certificate.expires(NOW) is None
    assert reader.own_certificate(made.fingerprint).expires(NOW) is None
    assert before.expires(NOW) is not None
    on_disk = layout.certificate_file(kept.path, made.fingerprint).read_bytes()
    key = secret_key.split(layout.key_file(kept.path, made.fingerprint).read_bytes())
    assert on_disk == key.public_octets == certificate.octets
    for path in kept.path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_what_fails_writes_nothing(kept, made, engine):
    files = {p: p.read_bytes() for p in kept.path.rglob("*") if p.is_file()}
    with pytest.raises(KeyringError, match="cannot expire before"):
        own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, 5))
    with pytest.raises(KeyringError, match="has no secret key AB"):
        own.change(kept, "AB" * 20, holder(engine)(lifetime.expire_key, None))
    assert {p: p.read_bytes() for p in kept.path.rglob("*") if p.is_file()} == files


def test_a_change_that_reached_its_key_is_not_said_to_have_failed(kept, made, engine, monkeypatch):
    """Whoever reads "cannot be written" does it again: three new subkeys, a revocation for ever."""

    def full(*_):
        raise FileError("certs/ab cannot be written: No space left on device.")

    with monkeypatch.context() as disk:
        disk.setattr(Keyring, "merge_certificate", full)
        with pytest.raises(KeyringError, match=f"No space left on device. But the key {made.fingerprint} is written"):
            own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, None))
    kept.refresh(now=True)
    assert kept.own_certificate(made.fingerprint).expires(NOW) is None


def test_a_new_key_that_is_there_is_not_said_to_be_missing(keyring, made, monkeypatch):
    def full(*_):
        raise FileError("certs/ab cannot be written: No space left on device.")

    with monkeypatch.context() as disk:
        disk.setattr(Keyring, "merge_certificate", full)
        with pytest.raises(KeyringError, match=f"But the key {made.fingerprint} is written"):
            own.keep(keyring, made)
    keyring.refresh(now=True)
    assert keyring.sole_secret(None) == made.fingerprint


def test_a_writer_that_was_stopped_halfway_lost_no_secret(kept, made, engine, monkeypatch):
    """The secret half of a new subkey is on the disk before anybody is told to encrypt to it."""
    with monkeypatch.context() as stopped:
        stopped.setattr(Keyring, "merge_certificate", lambda *_: (_ for _ in ()).throw(KeyringError("power failure")))
        with pytest.raises(KeyringError, match="power failure"):
            own.change(kept, made.fingerprint, holder(engine)(subkeys.add, Role.ENCRYPTION, PASSPHRASE))
    on_disk = layout.certificate_file(kept.path, made.fingerprint).read_bytes()
    assert len(secret_key.split(layout.key_file(kept.path, made.fingerprint).read_bytes()).parts) == 3
    assert on_disk == made.certificate
    # A reader puts the two together, and the next writer mends it.
    kept.refresh(now=True)
    assert len(kept.own_certificate(made.fingerprint).subkeys) == 2
    certificate, _ = own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, None))
    assert len(certificate.subkeys) == 2
    assert layout.certificate_file(kept.path, made.fingerprint).read_bytes() == certificate.octets


def test_two_writers_at_once_lose_nothing(kept, made, engine):
    """Each computes its change from what the other has left."""
    failures = []

    def write():
        try:
            own.change(
                Keyring(kept.path, engine), made.fingerprint, holder(engine)(subkeys.add, Role.SIGNING, PASSPHRASE)
            )
        except Exception as error:  # noqa: BLE001 (shown below)
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    kept.refresh(now=True)
    assert len(kept.own_certificate(made.fingerprint).subkeys) == 5
    assert len(secret_key.split(kept.secret_octets(made.fingerprint)).parts) == 6


def test_what_others_certified_stays_in_certs_alone(kept, made, engine, mallorys_certification):
    user_id = packets.encode(13, b"Carol <carol@example.org>")
    octets = next(packets.split(made.certificate)).octets + user_id + mallorys_certification
    kept.import_certificate(octets)
    own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, None))
    assert mallorys_certification in layout.certificate_file(kept.path, made.fingerprint).read_bytes()
    assert mallorys_certification not in layout.key_file(kept.path, made.fingerprint).read_bytes()


@pytest.fixture
def mallorys_certification(engine):
    """By somebody else, of Carol's User ID."""
    from ithaca.openpgp import signing

    other = secret_key.unlock(generated("M <m@example.org>", PASSPHRASE, NOW).octets, PASSPHRASE, engine).components[0]
    unsigned = signing.build(0x10, other.public, 8, NOW, random=os.urandom)
    body = unsigned.complete(engine, other, unsigned.hasher())
    return packets.encode(2, body)


def test_a_passphrase_is_changed_on_disk(kept, made, engine):
    change = holder(engine)(lambda keyholder: passphrase.change(keyholder, b"battery staple")[0])
    own.change(kept, made.fingerprint, change)
    assert secret_key.unlock(kept.secret_octets(made.fingerprint), b"battery staple", engine).locked == ()
    assert kept.own_certificate(made.fingerprint).octets == made.certificate


def test_a_damaged_file_is_named_and_left(kept, made, engine):
    path = layout.certificate_file(kept.path, made.fingerprint)
    path.write_bytes(b"\xc6\x05abc")
    with pytest.raises(KeyringError, match=f"{path} is damaged and must be moved away"):
        own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, None))
    path.unlink()
    own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, None))
    key = layout.key_file(kept.path, made.fingerprint)
    key.write_bytes(b"\xc5\x05abc")
    with pytest.raises(KeyringError, match=f"{key} is damaged and must be moved away"):
        own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, None))
    assert key.read_bytes() == b"\xc5\x05abc"


def test_no_revocation_certificate_and_one_that_others_can_read(kept, made):
    path = layout.revocation_file(kept.path, made.fingerprint)
    path.chmod(0o644)
    with pytest.raises(KeyringError, match="chmod 600"):
        own.revocation(kept, made.fingerprint)
    path.unlink()
    assert own.revocation(kept, made.fingerprint) is None


def test_a_folder_of_revocation_certificates_that_nobody_may_enter_is_said(kept, made, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", denied)
    with pytest.raises(KeyringError, match="cannot be read: Permission denied"):
        own.revocation(kept, made.fingerprint)


@pytest.mark.parametrize("damaged", [True, False])
def test_the_prepared_revocation_needs_no_key_file(kept, made, engine, damaged):
    """It is for the day on which that is lost."""
    key = layout.key_file(kept.path, made.fingerprint)
    if damaged:
        key.write_bytes(b"\xc5\x05abc")
    else:
        key.unlink()
    octets = armor.binary(own.revocation(kept, made.fingerprint))
    for _ in range(2):
        certificate, _change = own.change_published(
            kept, made.fingerprint, lambda public: revocation.from_certificate(octets, public)
        )
        assert "was revoked" in certificate.primary_refused(NOW)
        assert layout.certificate_file(kept.path, made.fingerprint).read_bytes() == certificate.octets
    assert key.read_bytes() == b"\xc5\x05abc" if damaged else not key.exists()
    with pytest.raises(KeyringError, match="has no certificate ABAB"):
        own.change_published(kept, "AB" * 20, lambda _: Change(NOW))


def test_the_file_says_how_it_is_used(kept, made):
    text = own.revocation(kept, made.fingerprint).decode()
    assert f"ithaca key revoke --keyring NAME --prepared {made.fingerprint}\n" in text
    assert f"ithaca key revoke --keyring NAME --certificate FILE {made.fingerprint}\n" in text


def test_the_prepared_revocation_needs_no_secret_key(kept, made, engine):
    octets = armor.binary(own.revocation(kept, made.fingerprint))
    certificate, _ = own.change(
        kept, made.fingerprint, lambda _key, public: revocation.from_certificate(octets, public)
    )
    assert "was revoked" in certificate.primary_refused(NOW)


def test_a_change_that_adds_nothing_is_none(kept, made):
    certificate, _ = own.change(kept, made.fingerprint, lambda *_: Change(NOW))
    assert certificate.octets == made.certificate


def test_what_no_reader_would_take_is_not_written(kept, made, engine, monkeypatch):
    """After hundreds of changes a certificate has more self-signatures than anybody verifies."""
    from ithaca.errors import LimitExceeded
    from ithaca.openpgp import self_signatures

    files = {p: p.read_bytes() for p in kept.path.rglob("*") if p.is_file()}
    monkeypatch.setattr(self_signatures, "MOST_VERIFIED", 3)
    with pytest.raises(LimitExceeded):
        own.change(kept, made.fingerprint, holder(engine)(lifetime.expire_key, None))
    assert {p: p.read_bytes() for p in kept.path.rglob("*") if p.is_file()} == files

"""``ithaca key``: what ends."""

import subprocess
import time

import pytest

from ithaca.openpgp import armor

ADDRESS = "carol@example.org"


def refused(carol):
    return carol.own().primary_refused(int(time.time()))


@pytest.mark.parametrize("reason", ["compromised", "superseded", "retired", "unspecified"])
def test_revoke_with_a_reason(carol, program, reason):
    done = carol("revoke", "--reason", reason, "--message", "a new one is coming", "--yes", ADDRESS)
    assert b"is revoked." in done.stdout
    assert b"ithaca cert export --keyring c " in done.stdout
    assert "was revoked" in refused(carol)
    packets = subprocess.run(
        [program("gpg"), "--list-packets"], input=carol.own().octets, capture_output=True, check=True
    ).stdout
    code = {"compromised": "02", "superseded": "01", "retired": "03", "unspecified": "00"}[reason]
    assert f"(revocation reason 0x{code} (a new one is coming))".encode() in packets


def test_revoke_asks_and_takes_no_for_an_answer(carol):
    before = carol.own().octets
    done = carol("revoke", "--reason", "retired", ADDRESS, data=b"n\n", status=1)
    assert b"Revoke the key " in done.stderr
    assert b"(Carol <carol@example.org>), for ever?" in done.stderr
    assert carol.own().octets == before
    assert b"[y/N]: ithaca: Nothing was changed." in done.stderr
    said = carol("revoke", "--reason", "retired", ADDRESS, status=1).stderr
    assert said.endswith(b"\nithaca: Nobody said yes, so nothing was changed; --yes says it beforehand.\n")
    carol("revoke", "--reason", "retired", ADDRESS, data=b"y\n")
    assert "was revoked" in refused(carol)


def test_revoke_needs_a_key_and_one_way_to_do_it(carol):
    assert b"Missing argument" in carol("revoke", "--reason", "retired", status=2).stderr
    assert b"Say why" in carol("revoke", "--yes", ADDRESS, status=2).stderr
    assert b"Say why" in carol("revoke", "--yes", "--prepared", "--reason", "retired", ADDRESS, status=2).stderr
    assert refused(carol) is None


def test_the_prepared_one_needs_no_passphrase(carol, ithaca):
    ithaca("key", "revoke", "--prepared", "--yes", ADDRESS)
    assert "was revoked" in refused(carol)


@pytest.mark.parametrize("state", ["lost", "damaged"])
@pytest.mark.parametrize("way", ["prepared", "from a copy"])
@pytest.mark.parametrize("named_by", ["fingerprint", "address"])
def test_it_revokes_on_the_day_it_is_for(carol, ithaca, tmp_path, state, way, named_by):
    """The file of the secret key is gone; the certificate and what revokes it are there."""
    copy = tmp_path / "copy.asc"
    copy.write_bytes(ithaca("key", "revocation").stdout)
    which = carol.own().fingerprint if named_by == "fingerprint" else ADDRESS
    (key,) = (carol.path / "keys").iterdir()
    if state == "lost":
        key.unlink()
    else:
        key.write_bytes(b"\xc5\x05abc")
    assert ithaca("key", "revocation", which).stdout == copy.read_bytes()
    by = ("--prepared",) if way == "prepared" else ("--certificate", copy)
    done = ithaca("key", "revoke", *by, "--yes", which)
    assert b" is revoked.\n" in done.stdout
    assert b"it was revoked on" in ithaca("cert", "list").stdout
    assert b"was revoked by this before; nothing is new." in ithaca("key", "revoke", *by, "--yes", which).stdout
    assert b"has nothing for" in ithaca("key", "revoke", *by, "--yes", "d@example.org", status=1).stderr


def test_a_key_that_was_revoked_before_is_not_said_to_be_revoked_now(carol, ithaca):
    carol("revoke", "--reason", "superseded", "--yes", ADDRESS)
    said = ithaca("key", "revoke", "--prepared", "--yes", ADDRESS).stdout
    assert b"was revoked on 2" in said
    assert b"; now this says it, too." in said


def test_the_printed_one_revokes_where_the_secret_key_is_lost(carol, ithaca, tmp_path):
    """Kept apart, it comes back from a file."""
    kept = tmp_path / "kept.asc"
    ithaca("key", "revocation", "-o", kept)
    assert kept.stat().st_mode & 0o077 == 0
    for path in (carol.path / "revocations").iterdir():
        path.unlink()
    assert b"no revocation certificate" in ithaca("key", "revoke", "--prepared", "--yes", ADDRESS, status=1).stderr
    ithaca("key", "revoke", "--certificate", kept, "--yes", ADDRESS)
    assert "was revoked" in refused(carol)


def test_the_revocation_certificate_says_what_it_is(carol, ithaca):
    text = ithaca("key", "revocation", ADDRESS).stdout.decode()
    above, block = text.split("-----BEGIN PGP PUBLIC KEY BLOCK-----")
    assert carol.own().fingerprint in above
    assert "Whoever publishes it declares" in above
    assert "Comment" not in block
    (path,) = (carol.path / "revocations").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.read_text() == text


def test_gpg_revokes_by_the_printed_one(carol, ithaca, program, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)

    def gpg(*arguments, data=b""):
        command = [program("gpg"), "--homedir", home, "--batch", "--no-tty", "--with-colons", *arguments]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout

    gpg("--import", data=ithaca("key", "export").stdout)
    assert b"pub:r:" not in gpg("--list-keys")
    gpg("--import", data=ithaca("key", "revocation").stdout)
    assert b"pub:r:" in gpg("--list-keys")


def test_one_is_made_where_there_is_none(carol, ithaca, passphrase):
    """Of a key that was imported."""
    (path,) = (carol.path / "revocations").iterdir()
    path.unlink()
    before = carol.own().octets
    made = carol("revocation").stdout
    assert path.read_bytes() == made
    assert carol.own().octets == before, "nothing is revoked yet"
    ithaca("key", "revoke", "--prepared", "--yes", ADDRESS)
    assert "was revoked" in refused(carol)


def test_one_of_another_key_is_refused(carol, ithaca, passphrase, tmp_path):
    ithaca("key", "generate", "--keyring", "d", "--address", "d@example.org", "--passphrase-file", passphrase)
    other = tmp_path / "other.asc"
    other.write_bytes(ithaca("key", "revocation", "--keyring", "d").stdout)
    done = ithaca("key", "revoke", "--keyring", "c", "--certificate", other, "--yes", ADDRESS, status=1)
    assert f"ithaca: {other}: This is no revocation certificate of the key".encode() in done.stderr
    other.write_bytes(b"Dear Carol")
    done = ithaca("key", "revoke", "--keyring", "c", "--certificate", other, ADDRESS, status=1)
    assert done.stderr == f"ithaca: {other}: no armored OpenPGP block (at octet 10).\n".encode()
    other.write_bytes(ithaca("key", "export", "--keyring", "c", "--secret").stdout)
    done = ithaca("key", "revoke", "--keyring", "c", "--certificate", other, ADDRESS, status=1)
    assert done.stderr == f"ithaca: {other}: it holds a secret key, no revocation certificate.\n".encode()
    assert refused(carol) is None


def test_revoke_a_subkey(carol):
    subkey = carol.own().subkeys[0].key
    done = carol("revoke-subkey", "--reason", "superseded", "--yes", subkey.fingerprint)
    said = b"Nobody can encrypt to the key any more; give it a new subkey with: ithaca key add-subkey --keyring c "
    assert said + carol.own().fingerprint.encode() in done.stdout
    assert carol.own().encryption_keys(int(time.time())) == ()
    assert refused(carol) is None
    carol("add-subkey")
    assert carol.own().encryption_refused(int(time.time())) is None


def test_revoke_a_subkey_asks_and_wants_a_reason_and_a_subkey(carol):
    certificate = carol.own()
    subkey = certificate.subkeys[0].key.fingerprint
    assert b"Say why" in carol("revoke-subkey", subkey, status=2).stderr
    assert b"Revoke the subkey" in carol("revoke-subkey", "--reason", "retired", subkey, data=b"n\n", status=1).stderr
    done = carol("revoke-subkey", "--reason", "retired", "--yes", certificate.fingerprint, status=1)
    assert b"has no subkey" in done.stderr
    assert carol.own().octets == certificate.octets


def test_revoke_an_address(carol):
    carol("add-address", "carol@example.com")
    done = carol("revoke-address", "--message", "moved", "--yes", ADDRESS)
    assert b"stands no longer for Carol <carol@example.org>" in done.stdout
    assert carol.own().addresses(int(time.time())) == ("carol@example.com",)
    assert b"add another one first" in carol("revoke-address", "--yes", "carol@example.com", status=1).stderr
    assert b"has no valid User ID for" in carol("revoke-address", "--yes", ADDRESS, status=1).stderr


def test_every_user_id_of_an_address_is_asked_for_before_any_is_revoked(carol, ithaca):
    carol("add-address", "--name", "C.", ADDRESS)
    carol("add-address", "carol@example.com")
    before = carol.own().octets
    done = carol("revoke-address", ADDRESS, data=b"y\nn\n", status=1)
    assert done.stderr.count(b"for ever?") == 2
    assert b"Nothing was changed." in done.stderr
    assert carol.own().octets == before
    carol("revoke-address", ADDRESS, data=b"y\ny\n")
    assert carol.own().addresses(int(time.time())) == ("carol@example.com",)


def test_what_cannot_be_done_is_not_asked(carol):
    """RFC 9580 allows a key without User IDs, GnuPG does not."""
    assert b"for ever?" not in carol("revoke-address", ADDRESS, status=1).stderr
    carol("add-address", "--name", "C.", ADDRESS)
    before = carol.own().octets
    said = carol("revoke-address", "--yes", ADDRESS, status=1).stderr
    assert b"These are the only User IDs of the key" in said
    assert carol.own().octets == before


def test_a_revocation_certificate_is_armor_that_other_readers_read(carol, ithaca):
    block = armor.dearmor(ithaca("key", "revocation").stdout)
    assert (block.kind, block.headers, block.crc) == ("PUBLIC KEY BLOCK", (), "good")

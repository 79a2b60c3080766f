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
    assert b"Aborted" in carol("revoke", "--reason", "retired", ADDRESS, status=1).stderr
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
    assert b"no revocation certificate of the key" in done.stderr
    assert refused(carol) is None


def test_revoke_a_subkey(carol):
    subkey = carol.own().subkeys[0].key
    done = carol("revoke-subkey", "--reason", "superseded", "--yes", subkey.fingerprint)
    assert b"Nobody can encrypt to the key any more; give it a new subkey" in done.stdout
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
    assert b"for ever?" in carol("revoke-address", "carol@example.com", data=b"n\n", status=1).stderr


def test_a_revocation_certificate_is_armor_that_other_readers_read(carol, ithaca):
    block = armor.dearmor(ithaca("key", "revocation").stdout)
    assert (block.kind, block.headers, block.crc) == ("PUBLIC KEY BLOCK", (), "good")

"""``ithaca key``."""

import subprocess
from pathlib import Path

import pytest

from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor, secret_key
from ithaca.openpgp.pgpy_engine import PgpyEngine


def test_generate_list_show_export_import(ithaca, passphrase, tmp_path, program):
    made = ithaca(
        "key",
        "generate",
        "--keyring",
        "carol",
        "--address",
        "carol@example.org",
        "--name",
        "Carol",
        "--passphrase-file",
        passphrase,
    )
    fingerprint = made.stdout.split()[1].decode()
    listed = ithaca("key", "list", "--keyring", "carol").stdout.decode()
    assert listed == f"{fingerprint}  Carol <carol@example.org>  can be used\n"
    shown = ithaca("key", "show", "--keyring", "carol", "carol@example.org").stdout.decode()
    assert "Curve25519" in shown
    secret = tmp_path / "secret.asc"
    ithaca("key", "export", "--keyring", "carol", "--secret", "-o", secret, fingerprint)
    assert secret.stat().st_mode & 0o077 == 0
    ithaca("key", "import", "--keyring", "copy", secret)
    assert ithaca("key", "list", "--keyring", "copy").stdout.decode() == listed
    public = ithaca("key", "export", "--keyring", "carol", fingerprint[-16:]).stdout
    assert public.startswith(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    packets = subprocess.run([program("gpg"), "--show-keys"], input=public, capture_output=True, check=True).stdout
    assert fingerprint.encode() in packets


def test_a_passphrase_is_asked_for_where_no_file_is_given(ithaca):
    done = ithaca(
        "key",
        "generate",
        "--keyring",
        "c",
        "--address",
        "c@example.org",
        data=b"correct horse\ncorrect horse\n",
    )
    assert b"correct horse" not in done.stdout
    done = ithaca("key", "generate", "--keyring", "d", "--address", "d@example.org", data=b"short\nshort\n", status=1)
    assert b"at least 8 characters" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("key", "list", "--keyring", "nobody"), b"There is no keyring"),
        (("key", "generate", "--keyring", "x", "--address", "no address"), b"is no mail address"),
        (
            ("key", "generate", "--keyring", "x", "--address", "a@b.example", "--name", "A <x@y>"),
            b"must not hold",
        ),
    ],
)
def test_errors_are_one_line(ithaca, passphrase, arguments, words):
    more = ("--passphrase-file", passphrase) if "generate" in arguments else ()
    done = ithaca(*arguments, *more, status=1)
    assert words in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.startswith(b"ithaca: ")


def test_a_second_key_is_made_only_when_it_is_wanted(ithaca, passphrase):
    """With two keys in a keyring all its mail stops until the configuration names one."""
    make = ("key", "generate", "--keyring", "carol", "--address", "carol@example.org", "--passphrase-file", passphrase)
    first = ithaca(*make).stdout.split()[1]
    assert b"has a key already (" + first in ithaca(*make, status=1).stderr
    ithaca(*make, "--another")
    assert ithaca("key", "list", "--keyring", "carol").stdout.count(b"\n") == 2


@pytest.fixture
def gpg_home(program, tmp_path):
    """``gpg_home("--export-secret-keys")``: gpg in a home of its own, without passphrases."""
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)

    def gpg(*arguments, data=b""):
        command = [program("gpg"), "--homedir", home, "--batch", "--no-tty", "--yes", "--pinentry-mode", "loopback"]
        done = subprocess.run([*command, "--passphrase", "", *arguments], input=data, capture_output=True, check=True)
        return done.stdout

    yield gpg
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)


def test_a_key_without_a_passphrase_gets_one_before_it_is_written(ithaca, gpg_home, passphrase, tmp_path):
    gpg_home("--quick-generate-key", "Dave <dave@example.org>", "rsa2048", "default", "1y")
    bare = tmp_path / "bare.asc"
    bare.write_bytes(gpg_home("--armor", "--export-secret-keys"))
    done = ithaca("key", "import", "--keyring", "d", "--passphrase-file", passphrase, bare)
    assert b"is in " in done.stdout
    path = ithaca.home / ".local/share/ithaca/keyrings/d"
    plain = secret_key.unlock(armor.binary(bare.read_bytes()), None, PgpyEngine())
    for file in path.rglob("*"):
        if file.is_file():
            assert not any(component.secret in file.read_bytes() for component in plain.components)
    keyring = Keyring(path, PgpyEngine())
    opened = secret_key.unlock(keyring.secret_octets(keyring.sole_secret(None)), b"ithaca-sample", PgpyEngine())
    assert [c.secret for c in opened.components] == [c.secret for c in plain.components]


def test_a_new_passphrase_is_asked_for_where_no_file_is_given(ithaca, gpg_home, tmp_path):
    gpg_home("--quick-generate-key", "Dave <dave@example.org>", "ed25519", "default", "1y")
    bare = tmp_path / "bare.pgp"
    bare.write_bytes(gpg_home("--export-secret-keys"))
    done = ithaca("key", "import", "--keyring", "d", bare, data=b"ithaca-sample\nithaca-sample\n")
    assert b"which has none" in done.stderr
    assert b"ithaca-sample" not in done.stdout + done.stderr
    assert b"at least 8" in ithaca("key", "import", "--keyring", "e", bare, data=b"short\nshort\n", status=1).stderr
    assert not list((ithaca.home / ".local/share/ithaca/keyrings/e/keys").iterdir())


def test_an_offline_primary_key_is_said_and_the_rest_serves(ithaca, gpg_home, passphrase, tmp_path):
    gpg_home("--quick-generate-key", "Dave <dave@example.org>", "ed25519", "cert", "1y")
    fingerprint = gpg_home("--with-colons", "--list-keys").decode().split("fpr:::::::::")[1][:40]
    for kind, use in (("ed25519", "sign"), ("cv25519", "encr")):
        gpg_home("--quick-add-key", fingerprint, kind, use, "1y")
    file = tmp_path / "subkeys.pgp"
    file.write_bytes(gpg_home("--export-secret-subkeys"))
    done = ithaca("key", "import", "--keyring", "d", "--passphrase-file", passphrase, file)
    assert f"The secret half of {fingerprint} is not in this file.".encode() in done.stdout
    assert b"cannot" not in done.stdout
    shown = ithaca("key", "show").stdout.decode()
    assert f"{fingerprint} (Ed25519, version 4)  not in use, is not in this file" in shown
    assert "signs, has a passphrase" in shown
    done = ithaca("key", "extend", "--passphrase-file", passphrase, "--years", "9", status=1)
    assert b"Only its primary key can change the key" in done.stderr
    # The whole key comes later, and the stub goes.
    file.write_bytes(gpg_home("--export-secret-keys"))
    done = ithaca("key", "import", "--keyring", "d", "--passphrase-file", passphrase, file)
    assert b"It was there before" in done.stdout
    ithaca("key", "extend", "--passphrase-file", passphrase, "--years", "9")


@pytest.mark.parametrize("kind", ["rsa1024", "dsa1024"])
def test_an_old_weak_key_is_kept_for_old_letters_and_it_is_said(ithaca, gpg_home, passphrase, tmp_path, kind):
    if kind == "rsa1024":
        gpg_home("--quick-generate-key", "Dave <dave@example.org>", "rsa1024", "default", "1y")
    else:
        parameters = "%no-protection\nKey-Type: DSA\nKey-Length: 1024\nSubkey-Type: ELG-E\nSubkey-Length: 1024\n"
        gpg_home("--generate-key", data=f"{parameters}Name-Email: dave@example.org\n".encode())
    file = tmp_path / "weak.pgp"
    file.write_bytes(gpg_home("--export-secret-keys"))
    done = ithaca("key", "import", "--keyring", "d", "--passphrase-file", passphrase, file)
    name = b"RSA" if kind == "rsa1024" else b"DSA"
    assert b"It cannot sign: it is not accepted: " + name + b" with 1024 bits" in done.stdout
    assert b"It opens old letters, but nobody can encrypt to it" in done.stdout
    assert b"decrypts old letters" in ithaca("key", "show").stdout
    done = ithaca("key", "extend", "--passphrase-file", passphrase, "--years", "9", status=1)
    assert b"cannot be changed any more" in done.stderr


def test_a_key_that_does_nothing_is_refused(ithaca, gpg_home, passphrase, tmp_path):
    """A primary key alone, and even that elsewhere."""
    gpg_home("--quick-generate-key", "Dave <dave@example.org>", "dsa1024", "sign", "1y")
    file = tmp_path / "dsa.pgp"
    file.write_bytes(gpg_home("--export-secret-keys"))
    done = ithaca("key", "import", "--keyring", "d", "--passphrase-file", passphrase, file, status=1)
    assert b"can neither sign nor decrypt anything here" in done.stderr
    assert ithaca("key", "list", "--keyring", "d").stdout == b""


def test_several_keys_of_one_file(ithaca, gpg_home, passphrase, tmp_path):
    for name in ("dave", "erin"):
        gpg_home("--quick-generate-key", f"<{name}@example.org>", "ed25519", "default", "1y")
    file = tmp_path / "both.asc"
    file.write_bytes(gpg_home("--armor", "--export-secret-keys"))
    done = ithaca("key", "import", "--keyring", "d", "--passphrase-file", passphrase, file)
    assert done.stdout.count(b"is in ") == 2
    assert ithaca("key", "list").stdout.count(b"\n") == 2


@pytest.mark.parametrize("content", [b"hello", b"", b"\x99\x00\x01x", b"\xc5\x05\x04abc"])
def test_what_is_no_secret_key_is_said_with_the_file(ithaca, tmp_path, content):
    file = tmp_path / "file"
    file.write_bytes(content)
    done = ithaca("key", "import", "--keyring", "d", file, status=1)
    assert done.stderr.startswith(f"ithaca: {file}: ".encode())
    assert done.stderr.count(b"\n") == 1


def test_a_version_6_key_from_making_to_revoking(ithaca, passphrase, tmp_path):
    """64 hexadecimal digits everywhere; its key ID is the first 16 of them (RFC 9580 §5.5.4)."""
    given = ("--passphrase-file", passphrase)
    done = ithaca(
        "key", "generate", "--keyring", "six", "--address", "six@example.org", "--profile", "v6-ed25519", *given
    )
    fingerprint = done.stdout.split()[1].decode()
    assert len(fingerprint) == 64
    path = ithaca.home / ".local/share/ithaca/keyrings/six"
    name = fingerprint.lower()
    for file in (f"keys/{name}.pgp", f"certs/{name[:2]}/{name[2:]}", f"revocations/{name}.asc"):
        assert (path / file).is_file()
    for which in (fingerprint, fingerprint[:16], fingerprint[:20], "six@example.org"):
        assert fingerprint in ithaca("key", "list").stdout.decode()
        assert b"version 6" in ithaca("key", "show", which).stdout
    assert b"has nothing for" in ithaca("key", "show", fingerprint[-16:], status=1).stderr
    ithaca("key", "extend", *given, "--until", "never")
    ithaca("key", "rotate", *given)
    exported = ithaca("key", "export").stdout
    assert armor.dearmor(exported).crc == "absent", "RFC 9580 §6.1"
    assert armor.dearmor(ithaca("cert", "export", fingerprint).stdout).crc == "absent"
    assert armor.dearmor(ithaca("key", "revocation").stdout).crc == "absent"
    secret = tmp_path / "six.asc"
    ithaca("key", "export", "--secret", "-o", secret)
    ithaca("key", "import", "--keyring", "copy", secret)
    ithaca("key", "revoke", "--keyring", "copy", "--reason", "retired", "--yes", *given, fingerprint[:16])
    ithaca("key", "revoke", "--keyring", "six", "--prepared", "--yes", fingerprint)
    for keyring in ("six", "copy"):
        assert b"was revoked" in ithaca("key", "list", "--keyring", keyring).stdout


def test_several_addresses_and_a_life_of_ones_own(ithaca, passphrase):
    addresses = ("--address", "carol@example.org", "--address", "carol@example.com")
    ithaca("key", "generate", "--keyring", "c", *addresses, "--until", "2040-01-01", "--passphrase-file", passphrase)
    shown = ithaca("key", "show").stdout.decode()
    assert "user         <carol@example.org>\nuser         <carol@example.com>\n" in shown
    assert "expires      2040-01-01" in shown
    ithaca("key", "generate", "--keyring", "d", *addresses, "--until", "never", "--passphrase-file", passphrase)
    assert "expires      never" in ithaca("key", "show", "--keyring", "d").stdout.decode()


def test_generating_says_where_the_revocation_certificate_is(ithaca, passphrase):
    done = ithaca("key", "generate", "--keyring", "c", "--address", "c@example.org", "--passphrase-file", passphrase)
    path = done.stdout.decode().split()[-1]
    assert "-----BEGIN PGP PUBLIC KEY BLOCK-----" in Path(path).read_text()

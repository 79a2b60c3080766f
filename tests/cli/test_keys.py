"""``ithaca key``."""

import os
import re
import shlex
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
    done = ithaca("key", "generate", "--keyring", "d", "--address", "d@example.org", data=b"correct horse\n", status=1)
    assert b"there is no terminal; name a private file that holds it: --passphrase-file FILE." in done.stderr
    assert b"Warning" not in done.stderr


def test_who_gives_up_leaves_no_keyring_behind(ithaca, passphrase, tmp_path):
    """An empty one would have to be named ever after, wherever the only one need not be."""
    make = ("key", "generate", "--keyring", "c", "--address", "c@example.org")
    short = tmp_path / "short"
    short.write_bytes(b"x\n")
    short.chmod(0o600)
    for more, status in (
        (("--passphrase-file", short), 1),
        (("--passphrase-file", passphrase, "--until", "2200-01-01"), 2),
        (("--passphrase-file", passphrase, "--until", "now"), 2),
        (("--passphrase-file", passphrase, "--name", "x" * 2000), 1),
    ):
        ithaca(*make, *more, status=status)
    ithaca(*make, data=b"correct horse\n", status=1)
    ithaca("key", "import", "--keyring", "c", passphrase, status=1)
    assert not (ithaca.home / ".local/share/ithaca/keyrings").exists()
    ithaca(*make, "--passphrase-file", passphrase)


def test_printed_commands_can_be_typed(ithaca, passphrase, tmp_path):
    make = ("key", "generate", "--keyring", "my keys", "--address", "c@example.org", "--passphrase-file", passphrase)
    for more in ((), ("--another",)):
        lines = ithaca(*make, *more).stdout.decode().splitlines()
        commands = [shlex.split(line.partition(": ")[2]) for line in lines if ": ithaca " in line]
        assert len(commands) == 2
        for name, *words in commands:
            assert name == "ithaca"
            ithaca(*(tmp_path / word if word.endswith("-secret.asc") else word for word in words))
        (tmp_path / "c@example.org-secret.asc").unlink()
    for path in (ithaca.home / ".local/share/ithaca/keyrings/my keys/revocations").iterdir():
        path.unlink()
    shown = ithaca("key", "show", lines[0].split()[1]).stdout.decode()
    _, *words = shlex.split(shown.partition("make one with: ")[2])
    assert b"Revocation certificate" in ithaca(*words, "--passphrase-file", passphrase).stdout


def test_which_of_several_keys_is_asked_for(carol, ithaca, passphrase):
    first = carol.own().fingerprint
    more = ("--another", "--passphrase-file", passphrase)
    second = ithaca("key", "generate", "--keyring", "c", "--address", "d@example.org", *more).stdout.split()[1].decode()
    for command in (("show",), ("add-address", "x@example.org")):
        said = ithaca("key", *command, status=1).stderr.decode()
        assert "has 2 secret keys; say which one, by fingerprint, key ID or address: " in said
        assert first in said
        assert second in said


def test_a_keyring_without_keys_and_one_with_a_damaged_key_are_told_apart(carol, ithaca):
    (key,) = (carol.path / "keys").iterdir()
    octets = key.read_bytes()
    key.write_bytes(b"\xc5\x05abc")
    done = ithaca("key", "list", status=1)
    assert done.stdout == b""
    assert f"{key} is left alone: ".encode() in done.stderr
    assert b"not every secret key can be read (1 cannot)" in done.stderr
    make = ("key", "generate", "--keyring", "c", "--address", "c@example.org")
    done = ithaca(*make, status=1)
    assert b"has a key already (one that does not serve)" in done.stderr
    assert done.stderr.count(b"is left alone") == 1
    key.write_bytes(octets)
    key.chmod(0o644)
    assert ithaca("key", "list", status=1).stderr.startswith(f"Left alone: {key} can be read by others; run".encode())
    key.unlink()
    done = ithaca("key", "list")
    assert (done.stdout, done.stderr) == (b"", f"The keyring {carol.path} has no secret key.\n".encode())
    ithaca("cert", "remove", "carol@example.org")
    done = ithaca("cert", "list")
    assert (done.stdout, done.stderr) == (b"", f"The keyring {carol.path} has no certificate.\n".encode())


def test_a_user_id_that_was_revoked_is_shown(carol, passphrase):
    carol("add-address", "carol@example.com")
    carol("revoke-address", "--yes", "carol@example.com")
    assert b"\nuser         Carol <carol@example.com> (revoked on 2" in carol.show()


def test_an_rsa_key_that_only_signs_opens_no_letters(ithaca, gpg_home, passphrase, tmp_path):
    gpg_home("--quick-generate-key", "Dave <dave@example.org>", "rsa2048", "cert", "1y")
    fingerprint = gpg_home("--with-colons", "--list-keys").decode().split("fpr:::::::::")[1][:40]
    for use in ("sign", "encr"):
        gpg_home("--quick-add-key", fingerprint, "rsa2048", use, "1y")
    file = tmp_path / "rsa.pgp"
    file.write_bytes(gpg_home("--export-secret-keys"))
    ithaca("key", "import", "--keyring", "d", "--passphrase-file", passphrase, file)
    uses = [line.split("  ")[-1] for line in ithaca("key", "show").stdout.decode().splitlines() if "secret" in line]
    # Made in another second, a subkey may expire apart from its key.
    uses = [re.sub("expires on [0-9-]+, ", "", use) for use in uses]
    assert uses == ["not in use, has a passphrase", "signs, has a passphrase", "decrypts, has a passphrase"]


def test_a_key_that_signs_is_not_said_to_be_of_no_use(carol, passphrase):
    subkey = carol.own().subkeys[0].key.fingerprint
    carol("extend", "--subkey", subkey, "--until", "now")
    shown = carol.show().decode()
    assert "state        can sign, but nobody can encrypt to it: it has a subkey that expired on " in shown
    carol("revoke", "--reason", "retired", "--yes", subkey)
    assert "state        cannot be used: it was revoked on " in carol.show().decode()


def test_a_revocation_certificate_that_cannot_be_read_hides_nothing_else(carol, ithaca):
    (path,) = (carol.path / "revocations").iterdir()
    path.chmod(0o644)
    shown = carol.show().decode()
    assert "state        can be used" in shown
    assert f"revocation   {path} can be read by others; run: chmod 600 {path}" in shown


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
    assert not (ithaca.home / ".local/share/ithaca/keyrings/e").exists()


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
    # Made in another second, it may expire apart from its key.
    assert re.search(r"  signs, (expires on [0-9-]+, )?has a passphrase", shown)
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
    assert b"It cannot sign: " + name + b" with 1024 bits is not accepted." in done.stdout
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
    assert b"can neither sign nor decrypt anything here: DSA with 1024 bits is not accepted." in done.stderr
    assert not (ithaca.home / ".local/share/ithaca/keyrings/d").exists()


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


@pytest.mark.parametrize("armored", [True, False])
def test_a_certificate_and_a_key_are_not_taken_for_each_other(carol, ithaca, tmp_path, armored):
    files = {"certificate": ithaca("key", "export").stdout, "secret key": ithaca("key", "export", "--secret").stdout}
    for name, octets in files.items():
        (tmp_path / name).write_bytes(octets if armored else armor.binary(octets))
    for command, given, wanted in (
        (("key", "import"), "certificate", "secret key"),
        (("cert", "import"), "secret key", "certificate"),
    ):
        file = tmp_path / given
        said = ithaca(*command, "--keyring", "c", file, status=1).stderr.decode()
        assert said == f"ithaca: {file}: it holds a {given}, no {wanted}.\n"


def test_standard_input_is_a_file_too(carol, ithaca):
    secret, public = ithaca("key", "export", "--secret").stdout, ithaca("key", "export").stdout
    assert b"is in " in ithaca("key", "import", "--keyring", "copy", "-", data=secret).stdout
    assert b"Unchanged: " in ithaca("cert", "import", "--keyring", "copy", "-", data=public).stdout


def test_a_part_that_has_a_passphrase_already_keeps_it_however_short(carol, ithaca, tmp_path):
    """It is asked for, not made: nobody can choose another here."""
    engine = PgpyEngine()
    parts = secret_key.split(armor.binary(ithaca("key", "export", "--secret").stdout))
    opened = [secret_key.unlock_part(part, b"ithaca-sample", engine) for part in parts.parts]
    locked = [engine.lock(part, word, random=os.urandom) for part, word in zip(opened, (b"old", None), strict=True)]
    (tmp_path / "mixed").write_bytes(secret_key.join(parts.public_octets, locked))
    ithaca("key", "import", "--keyring", "d", tmp_path / "mixed", data=b"old\n")
    keyring = Keyring(ithaca.home / ".local/share/ithaca/keyrings/d", engine)
    assert secret_key.unlock(keyring.secret_octets(parts.fingerprint), b"old", engine).locked == ()


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

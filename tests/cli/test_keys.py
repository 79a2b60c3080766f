"""``ithaca key``."""

import subprocess

import pytest


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

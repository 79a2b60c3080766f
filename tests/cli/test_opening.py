"""``ithaca open``: what was delivered closed, by hand."""

import pytest

import people
import shown

HEAD = b"From: Alice <alice@openpgp.example>\r\nTo: bob@openpgp.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nAt noon.\r\n"
SEALED = people.send(HEAD + TEXT)[0][1]
ENTITY = SEALED[SEALED.index(b"Content-Type: multipart/encrypted") :]
PLAIN = b"Content-Type: text/plain\r\n\r\nclear\r\n"


def mixed(*parts):
    joined = b"".join(b"--m\r\n" + part + b"\r\n" for part in parts)
    return shown.maildir(HEAD + b"Content-Type: multipart/mixed; boundary=m\r\n\r\n" + joined + b"--m--\r\n")


@pytest.fixture
def bob(ithaca, sample_keyring, tmp_path, passphrase):
    """Bob's key and Alice's certificate as options."""
    keyring = sample_keyring("bob")
    ithaca("key", "export", "--keyring", keyring, "--secret", "-o", tmp_path / "bob.asc", "bob@openpgp.example")
    ithaca("cert", "export", "--keyring", keyring, "-o", tmp_path / "alice.asc", "alice@openpgp.example")
    return ("--key", tmp_path / "bob.asc", "--passphrase-file", passphrase, "--cert", tmp_path / "alice.asc")


def stored(tmp_path, octets):
    path = tmp_path / "letter.eml"
    path.write_bytes(octets)
    return path


def test_an_errant_part_is_opened_and_its_verdict_said(ithaca, bob, tmp_path):
    letter = stored(tmp_path, mixed(PLAIN, ENTITY))
    done = ithaca("open", letter, *bob)
    assert done.stdout.endswith(b"At noon.\r\n")
    assert b"clear" not in done.stdout
    assert b"Part 1:\n  decryption  full\n  signature   good" in done.stderr
    out = tmp_path / "out"
    ithaca("open", letter, *bob, "-o", out)
    assert out.read_bytes() == done.stdout
    assert out.stat().st_mode & 0o777 == 0o600
    assert b"is there already" in ithaca("open", letter, *bob, "-o", out, status=1).stderr


def test_of_several_one_is_named_or_each_gets_a_file(ithaca, bob, tmp_path):
    letter = stored(tmp_path, mixed(ENTITY, ENTITY))
    refused = ithaca("open", letter, *bob, status=1)
    assert b"holds 2 sealed parts; name one with --part N" in refused.stderr
    assert refused.stdout == b""
    assert ithaca("open", letter, *bob, "--part", 2).stdout.endswith(b"At noon.\r\n")
    ithaca("open", letter, *bob, "-o", tmp_path / "out")
    assert (tmp_path / "out.1").read_bytes() == (tmp_path / "out.2").read_bytes()
    assert b"no such sealed part" in ithaca("open", letter, *bob, "--part", 3, status=1).stderr


def test_what_cannot_be_opened_is_said_and_nothing_is_written(ithaca, bob, tmp_path):
    letter = stored(tmp_path, mixed(PLAIN, ENTITY))
    done = ithaca("open", letter, *bob[4:], status=1)
    assert done.stdout == b""
    assert b"Nothing was opened." in done.stderr
    plain = stored(tmp_path, b"Subject: s\n\nclear\n")
    assert b"holds no sealed part" in ithaca("open", plain, *bob, status=1).stderr

"""``ithaca explain``: by files alone, and by the configuration."""

import email.utils
import json
import subprocess
from pathlib import Path

import pytest

import json_schema
import people
import shown
from ithaca import incoming, state
from ithaca.openpgp import armor
from ithaca.policy import Encrypt, Policy

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "verdict.schema.json").read_text())
ALICE = "EB85BB5FA33A75E15E944E63F231550C4F47E38E"


@pytest.fixture
def files(ithaca, sample_keyring, tmp_path):
    """Alice's secret key and Bob's certificate as files, and a letter that gpg sealed from Bob to Alice."""
    alice, bob = sample_keyring("alice"), sample_keyring("bob")
    ithaca("key", "export", "--keyring", alice, "--secret", "-o", tmp_path / "alice.asc", "alice@openpgp.example")
    ithaca("key", "export", "--keyring", bob, "--secret", "-o", tmp_path / "bob.sec.asc", "bob@openpgp.example")
    ithaca("cert", "export", "--keyring", alice, "-o", tmp_path / "bob.asc", "bob@openpgp.example")
    return tmp_path


@pytest.fixture
def letter(files, program):
    home = files / "gnupg"
    home.mkdir(mode=0o700)
    gpg = [
        program("gpg"),
        "--homedir",
        str(home),
        "--batch",
        "--pinentry-mode",
        "loopback",
        "--passphrase",
        "ithaca-sample",
    ]
    subprocess.run(
        [*gpg, "--import", str(files / "bob.sec.asc"), str(files / "alice.asc")],
        check=True,
        capture_output=True,
    )
    payload = b'Content-Type: text/plain; charset=utf-8; protected-headers="v1"\r\nSubject: the plan\r\nFrom: Bob <bob@openpgp.example>\r\n\r\nAt noon.\r\n'
    sealed = subprocess.run(
        [
            *gpg,
            "--trust-model",
            "always",
            "-a",
            "-s",
            "-u",
            "bob@openpgp.example",
            "-e",
            "-r",
            "alice@openpgp.example",
        ],
        input=payload,
        check=True,
        capture_output=True,
    ).stdout
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)
    head = b'From: Bob <bob@openpgp.example>\nTo: alice@openpgp.example\nSubject: ...\nContent-Type: multipart/encrypted;\n protocol="application/pgp-encrypted"; boundary=b\n\n'
    body = (
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--b\nContent-Type: application/octet-stream\n\n"
        + sealed
        + b"\n--b--\n"
    )
    path = files / "letter.eml"
    date = b"Date: " + email.utils.formatdate().encode() + b"\n"
    path.write_bytes(b"From bob Mon Nov 24 10:00:00 2026\n" + date + head + body)
    return path


def test_json_has_the_promised_fields(ithaca, files, passphrase, letter):
    out = files / "shown.eml"
    done = ithaca(
        "explain",
        letter,
        "--key",
        files / "alice.asc",
        "--cert",
        files / "bob.asc",
        "--passphrase-file",
        passphrase,
        "--json",
        "--show",
        out,
    )
    found = json.loads(done.stdout)
    assert (found["decryption"], found["signature"], found["from"]) == ("full", "good", "match")
    assert found["subject"] == "the plan"
    assert list(json_schema.problems(SCHEMA, found)) == []
    assert found["findings"] == []
    (signature,) = found["signatures"]
    assert signature["state"] == "good"
    assert signature["signer"] == "D1A66E1A23B182C9980F788CFBFCC82A015E7330"
    assert out.read_bytes().startswith(b"Ithaca-Verdict: v=1;")
    assert b"\r\n\r\nAt noon.\r\n" in out.read_bytes()


def test_what_is_missing_is_a_verdict_too(ithaca, files, passphrase, letter):
    key = ("--key", files / "alice.asc", "--passphrase-file", passphrase)
    unknown = json.loads(ithaca("explain", letter, *key, "--json").stdout)
    assert (unknown["decryption"], unknown["signature"], unknown["from"]) == ("full", "unknown", "none")
    closed = json.loads(ithaca("explain", letter, "--cert", files / "bob.asc", "--json").stdout)
    assert (closed["decryption"], closed["findings"]) == ("none", ["not-decrypted"])
    early = ithaca("explain", letter, *key, "--cert", files / "bob.asc", "--at", "2019-01-01", "--json")
    assert json.loads(early.stdout)["signature"] == "refused"


def test_every_step_is_said_in_words(ithaca, files, passphrase, letter):
    words = ithaca(
        "explain",
        letter,
        "--key",
        files / "alice.asc",
        "--cert",
        files / "bob.asc",
        "--passphrase-file",
        passphrase,
    ).stdout
    assert b"signature   good: signed, and the signature is good" in words
    assert b"step 1: encryption: opened with our key" in words


@pytest.mark.parametrize("octets", [b"", b"\0\xff" * 100, b"Subject: x\n\nplain\n", armor.armor("MESSAGE", b"junk")])
def test_any_file_reaches_a_verdict(ithaca, files, octets, passphrase):
    path = files / "odd.eml"
    path.write_bytes(octets)
    done = ithaca("explain", path, "--cert", files / "bob.asc", "--json")
    assert json.loads(done.stdout)["decryption"] == "none"


def test_with_the_configuration(ithaca, files, sample_keyring, passphrase, letter):
    folder = ithaca.home / ".config" / "ithaca"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(
        f"""
providers: {{home: {{smtp: {{host: a.example}}, pop3: {{host: b.example}}}}}}
identities:
  - {{address: alice@openpgp.example, provider: home, keyring: {files / "keyrings" / "alice"}, passphrase: {{file: {passphrase}}}}}
"""
    )
    assert json.loads(ithaca("explain", letter, "--json").stdout)["signature"] == "good"


def test_what_is_no_time_is_said_with_an_example(ithaca, letter):
    done = ithaca("explain", letter, "--at", "noon", status=2)
    assert b"Invalid value for '--at': is no ISO 8601 time such as 2026-11-24T10:00:00Z" in done.stderr


def test_a_wrong_passphrase_is_one_line(ithaca, files, letter, passphrase):
    passphrase.write_bytes(b"wrong")
    done = ithaca("explain", letter, "--key", files / "alice.asc", "--passphrase-file", passphrase, status=1)
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.endswith(f" Put the right one into {passphrase}.\n".encode())


def test_a_key_that_needs_a_passphrase_says_how_it_is_given(ithaca, files, letter):
    done = ithaca("explain", letter, "--key", files / "alice.asc", status=1)
    assert done.stderr.endswith(b"needs a passphrase. Name a private file that holds it: --passphrase-file FILE.\n")


@pytest.mark.parametrize("option", [("--to", "bob@openpgp.example"), ("--from-login", "alice")])
def test_an_option_for_a_message_that_is_to_be_sent_is_not_passed_over(ithaca, letter, option):
    assert f"{option[0]} goes only with --send." in ithaca("explain", letter, *option, status=2).stderr.decode()


@pytest.mark.parametrize("option", [("--show", "x"), ("--at", "2026-11-24"), ("--key", ""), ("--cert", "")])
def test_an_option_for_a_message_that_came_is_not_passed_over(ithaca, letter, option):
    given = [word or letter for word in option]
    done = ithaca("explain", "--send", letter, *given, status=2)
    assert f"{option[0]} is for a message that came, and cannot go with --send." in done.stderr.decode()


def test_a_certificate_and_a_key_are_not_taken_for_each_other(ithaca, files):
    (files / "letter").write_bytes(b"Subject: hello\r\n\r\n")
    for option, name, words in (
        ("--key", "bob.asc", "it holds a certificate, no secret key."),
        ("--cert", "alice.asc", "it holds a secret key, no certificate."),
    ):
        done = ithaca("explain", option, files / name, files / "letter", status=1)
        assert done.stderr == f"ithaca: {files / name}: {words}\n".encode()


def shown_here(ithaca, message, banner="part"):
    """A letter as this installation has shown it, and as a mail program stores it."""
    key = state.installation_key(ithaca.home / ".local/state/ithaca")
    presentation = incoming.Presentation(banner=incoming.Banner(banner), key=key)
    return people.open_(message, presentation=presentation)


def test_what_a_mail_program_has_stored_is_explained_as_what_came(ithaca, files, passphrase):
    person = people.Person(policy=Policy(encrypt=Encrypt.NEVER))
    head = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\nSubject: s\r\nContent-Type: text/plain\r\n"
    letter = people.send(head + b"\r\nAt noon.\r\n", person=person)[0][1]
    got = shown_here(ithaca, letter)
    options = ("--cert", files / "alice.public", "--json")
    ithaca("cert", "export", "--keyring", files / "keyrings/bob", "-o", files / "alice.public", "alice@openpgp.example")
    path = files / "stored.eml"
    for stored in (shown.maildir(got.message), shown.mbox(got.message), got.message):
        path.write_bytes(stored)
        found = json.loads(ithaca("explain", path, *options).stdout)
        assert (found["signature"], found["from"], found["findings"]) == ("good", "match", list(got.verdict.findings))
        assert found["shown"]["whole"] is True
    words = ithaca("explain", path, *options[:2]).stdout
    assert words.startswith(b"shown       by this Ithaca; what it added was taken away")
    path.write_bytes(got.message.replace(b"What to do", b"What to eat"))
    forged = json.loads(ithaca("explain", path, *options).stdout)
    assert (forged["signature"], forged["shown"]) == ("none", None)
    assert "foreign-banner" in forged["findings"]


def test_an_opened_letter_whose_original_was_not_kept_says_what_was_said_then(ithaca, files):
    head = b"From: alice@openpgp.example\r\nTo: bob@openpgp.example\r\nSubject: s\r\nContent-Type: text/plain\r\n"
    path = files / "stored.eml"
    path.write_bytes(shown_here(ithaca, people.send(head + b"\r\nAt noon.\r\n")[0][1]).message)
    words = ithaca("explain", path, "--cert", files / "bob.asc").stdout
    assert b"the sealed original was not kept, so nothing can be proved again" in words
    assert b"said then   v=1; decryption=full; signature=good" in words
    assert b"decryption  none" in words

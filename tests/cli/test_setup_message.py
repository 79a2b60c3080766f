"""``ithaca key setup-message``, and ``ithaca key import`` of what it made."""

import re

import pytest


@pytest.fixture
def code_file(tmp_path):
    path = tmp_path / "code"
    path.touch(mode=0o600)
    return path


@pytest.fixture
def made(carol, tmp_path, code_file):
    letter = tmp_path / "letter.eml"
    said = carol("setup-message", "-o", letter, "--mutual").stderr.decode()
    code = re.search(r"(?:[0-9]{4}-){8}[0-9]{4}", said).group()
    code_file.write_text(code.replace("-", " ") + "\n")
    assert letter.stat().st_mode & 0o077 == 0
    assert code not in letter.read_text()
    return letter


def test_a_key_goes_from_one_keyring_to_another(ithaca, carol, made, code_file, passphrase):
    done = ithaca(
        "key", "import", "--keyring", "copy", "--setup-code-file", code_file, "--passphrase-file", passphrase, made
    )
    assert b"prefers encryption" in done.stdout
    before, after = (ithaca("key", "list", "--keyring", name).stdout for name in ("c", "copy"))
    assert before == after
    assert b"has a passphrase" in ithaca("key", "show", "--keyring", "copy").stdout


def test_another_code_opens_nothing_and_leaves_no_keyring(ithaca, made, code_file):
    code_file.write_text("0000-" * 8 + "0000\n")
    done = ithaca("key", "import", "--keyring", "copy", "--setup-code-file", code_file, made, status=1)
    assert b"that is not its Setup Code" in done.stderr
    assert not (ithaca.home / ".local/share/ithaca/keyrings/copy").exists()


def test_the_code_is_asked_for_with_its_first_digits(ithaca, made, code_file, passphrase):
    code = code_file.read_bytes()
    done = ithaca(
        "key", "import", "--keyring", "copy", "--passphrase-file", passphrase, made, data=code.replace(b" ", b"")
    )
    assert b"it begins with " + code[:2] in done.stderr


def test_a_message_that_is_malformed_is_named(ithaca, made):
    made.write_bytes(made.read_bytes().replace(b"autocrypt-setup", b"octet-stream"))
    done = ithaca("key", "import", "--keyring", "copy", made, status=1)
    assert b"a Setup Message without a key where it belongs." in done.stderr


def test_to_an_address_of_ones_own_alone(carol):
    assert b"From: carol@example.org\nTo: carol@example.org\n" in carol("setup-message").stdout
    done = carol("setup-message", "--address", "other@example.org", status=1)
    assert b"is not one of the address" in done.stderr


@pytest.mark.parametrize(
    ("setting", "options", "prefers"),
    [
        (None, (), False),
        ("false", (), False),
        ("true", (), True),
        ("true", ("--no-mutual",), False),
        ("false", ("--mutual",), True),
    ],
)
def test_it_says_the_preference_that_the_configuration_says(
    ithaca, carol, code_file, passphrase, tmp_path, setting, options, prefers
):
    """Or the other program would say something else than our own Autocrypt fields."""
    if setting is not None:
        folder = ithaca.home / ".config" / "ithaca"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text(
            f"""
providers: {{home: {{smtp: {{host: a.example}}, pop3: {{host: b.example}}}}}}
identities:
  - {{address: carol@example.org, provider: home, keyring: c, passphrase: {{file: {passphrase}}}}}
sealing: {{prefer_encrypt: {setting}}}
"""
        )
    letter = tmp_path / "letter.eml"
    said = carol("setup-message", "-o", letter, *options).stderr.decode()
    code_file.write_text(re.search(r"(?:[0-9]{4}-){8}[0-9]{4}", said).group())
    more = ("--keyring", "copy", "--setup-code-file", code_file, "--passphrase-file", passphrase)
    assert (b"prefers encryption" in ithaca("key", "import", *more, letter).stdout) is prefers


def test_a_configuration_that_is_named_must_be_there(carol, tmp_path):
    assert b"cannot be read" in carol("setup-message", "--config", tmp_path / "none.yaml", status=78).stderr

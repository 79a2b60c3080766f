"""``ithaca config``."""

import json

import pytest

CONFIG = """
providers:
  home:
    smtp: {host: smtp.example.org}
    pop3: {host: pop.example.org}
identities:
  - address: alice@openpgp.example
    provider: home
    keyring: KEYRING
    passphrase: {file: PASSPHRASE}
"""


@pytest.fixture
def write(tmp_path, sample_keyring, passphrase):
    def make(text=CONFIG):
        path = tmp_path / "config.yaml"
        ring = sample_keyring("alice") if "KEYRING" in text else ""
        path.write_text(text.replace("KEYRING", str(ring)).replace("PASSPHRASE", str(passphrase)))
        return path

    return make


def test_check_says_what_a_file_means(ithaca, write):
    words = ithaca("config", "check", "--config", write()).stdout.decode()
    assert "from there it goes to smtp.example.org port 587, encrypted after STARTTLS" in words
    assert "Key of alice@openpgp.example: EB85BB5FA33A75E15E944E63F231550C4F47E38E opens with its passphrase." in words


def test_a_wrong_passphrase_is_one_line(ithaca, write, passphrase):
    path = write()
    passphrase.write_bytes(b"wrong horse\n")
    done = ithaca("config", "check", "--config", path, status=1)
    assert done.stderr.count(b"\n") == 1
    assert b"does not open the secret key" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("providers: [", b"config.yaml:1: is not well-formed YAML"),
        (CONFIG.replace("smtp:", "smpt:"), b"did you mean 'smtp'?"),
        (CONFIG.replace("KEYRING", "/nowhere/ring"), b"there is no keyring /nowhere/ring"),
    ],
    ids=["malformed", "unknown key", "missing keyring"],
)
def test_a_bad_file_ends_with_78_and_names_line_and_key(ithaca, write, text, words):
    path = write(text)
    for command in (("config", "check"), ("run",)):
        done = ithaca(*command, "--config", path, status=78)
        assert words in done.stderr


def test_a_missing_file_ends_with_78(ithaca):
    assert b"docs/config.example.yaml" in ithaca("run", status=78).stderr


def test_the_schema_is_json(ithaca):
    assert json.loads(ithaca("config", "schema").stdout)["title"] == "Config"


def test_check_says_that_a_key_does_not_carry_the_address(ithaca, write):
    path = write(CONFIG.replace("address: alice@openpgp.example", "address: penelope@example.org"))
    words = ithaca("config", "check", "--config", path).stdout.decode()
    assert "It does not carry this address: those who get your letters will see a mismatch." in words

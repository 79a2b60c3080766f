"""The configuration: every error at once, with file, line and key."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ithaca import config
from ithaca.dial import Tls
from ithaca.errors import ConfigError

CONFIGS = Path(__file__).parent / "configs"
ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("folder", sorted(CONFIGS.glob("bad-*")), ids=lambda f: f.name)
def test_a_bad_file_is_refused_for_the_stated_reasons(folder):
    with pytest.raises(ConfigError) as refused:
        config.load(folder / "config.yaml")
    found = [str(p).replace(f"{folder}{os.sep}", "") for p in refused.value.problems]
    expected = (folder / "expected-error").read_text().splitlines()
    assert len(found) == len(expected), found
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


def test_the_least_that_works_has_the_documented_defaults():
    settings = config.load(CONFIGS / "good-01-least" / "config.yaml")
    home = settings.providers["home"]
    assert (home.smtp.tls, home.smtp.port) == (Tls.STARTTLS, 587)
    assert (home.pop3.tls, home.pop3.port) == (Tls.IMPLICIT, 995)
    assert (home.listen.smtp_port, home.listen.pop3_port) == (1587, 1110)
    assert home.listen.addresses == ("127.0.0.1", "::1")


def test_the_example_is_in_order_once_its_files_are_there(tmp_path, sample_keyring, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data" / "ithaca" / "keyrings").mkdir(parents=True)
    sample_keyring("alice").rename(tmp_path / "data" / "ithaca" / "keyrings" / "alice")
    (tmp_path / "alice-passphrase").touch(mode=0o600)
    path = tmp_path / "config.yaml"
    path.write_text((ROOT / "docs" / "config.example.yaml").read_text())
    settings = config.load(path)
    assert settings.identities[0].login == "alice@example.org"
    words = config.describe(settings)
    assert "alice@example.org" in words
    assert "Mail to *@bank.example: a message is sent encrypted or not at all" in words


def test_a_passphrase_file_that_others_can_read_is_refused_with_the_remedy(tmp_path, sample_keyring):
    keyring = sample_keyring("alice")
    secret = tmp_path / "secret"
    secret.touch(mode=0o644)
    secret.chmod(0o644)
    text = f"""
providers: {{home: {{smtp: {{host: a.example}}, pop3: {{host: b.example}}}}}}
identities:
  - {{address: a@b.example, provider: home, keyring: {keyring}, passphrase: {{file: secret}}}}
"""
    with pytest.raises(ConfigError, match=f"chmod 600 {secret}"):
        config.parse(text, tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("key", "accepted"),
    [("AB" * 20, True), ("ab" * 32, True), (f"{'AB CD ' * 16}", True), ("AB" * 16, False), ("GH" * 20, False)],
)
def test_a_key_is_named_by_a_fingerprint_of_version_4_or_6(tmp_path, sample_keyring, key, accepted):
    text = f"""
providers:
  home:
    smtp: {{host: smtp.example.org}}
    pop3: {{host: pop.example.org}}
identities:
  - address: a@b.example
    provider: home
    keyring: {sample_keyring("alice")}
    key: {key}
    passphrase: {{terminal: true}}
"""
    if accepted:
        settings = config.parse(text, tmp_path / "config.yaml")
        assert settings.identities[0].key == key.replace(" ", "").upper()
        return
    with pytest.raises(ConfigError, match="is no fingerprint of 40 or 64 hexadecimal digits"):
        config.parse(text, tmp_path / "config.yaml")


def test_default_places_follow_the_xdg_specification():
    assert config.default_path({"XDG_CONFIG_HOME": "/x"}) == Path("/x/ithaca/config.yaml")
    assert config.keyring_path("alice", {"XDG_DATA_HOME": "/d"}) == Path("/d/ithaca/keyrings/alice")
    assert config.default_path({"XDG_CONFIG_HOME": "relative"}) == Path.home() / ".config/ithaca/config.yaml"


def test_the_schema_knows_every_key():
    schema = config.schema()
    assert set(schema["properties"]) == {"providers", "identities", "policy", "limits"}
    assert schema["additionalProperties"] is False


@given(st.text())
def test_any_text_is_settings_or_a_config_error(text):
    try:
        config.parse(text, Path("/nowhere/config.yaml"))
    except ConfigError as error:
        assert error.problems

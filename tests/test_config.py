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
    assert "Encrypted letters: the subject is hidden" in words
    assert "Autocrypt: your public key goes with every letter" in words


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"header_protection": "none"}, "the subject is NOT hidden"),
        ({"header_protection": "shy"}, "the names beside addresses and the time zone are hidden"),
        ({}, "the subject is hidden; what is hidden is repeated in the text\n"),
        ({"legacy_display": False}, "the subject is hidden\n"),
        ({"autocrypt": False, "prefer_encrypt": True}, "Autocrypt: no public key goes with letters"),
        ({"prefer_encrypt": True}, "every letter, and says that you prefer encryption"),
    ],
)
def test_how_what_is_sealed_looks_is_said_in_words(chosen, words):
    identity = config.Identity(
        address="a@b.example", provider="p", keyring="k", passphrase=config.Passphrase(terminal=True)
    )
    server = config.Server(host="a")
    settings = config.Config(
        providers={"p": config.Provider(smtp=server, pop3=server)}, identities=(identity,), sealing=chosen
    )
    assert words in config.describe(settings)


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


LEAST = "providers:\n  home:\n    smtp: {host: a.example}\n    pop3: {host: b.example}\n"


def test_two_tags_cannot_have_one_name(tmp_path):
    with pytest.raises(ConfigError, match="wish: must name four different tags"):
        config.parse(f"{LEAST}wish: {{clear: sign}}\n", tmp_path / "config.yaml")


def test_what_is_said_of_tags_signatures_and_memory(tmp_path):
    text = (
        f"{LEAST}state: memory\nwish: {{clear: offen}}\npolicy: {{rules: [{{match: '*@x', sign_format: attached}}]}}\n"
    )
    settings = config.parse(text, tmp_path / "config.yaml")
    assert settings.state == tmp_path / "memory"
    said = config.describe(settings)
    assert "[encrypt], [sign] anywhere; [offen], [nosign] at its start" in said
    assert f"What is remembered of letters stands in {tmp_path / 'memory'}" in said
    assert "Mail to *@x: a signature in clear is attached, as a part of its own" in said
    assert config.state_folder({"XDG_STATE_HOME": "/s"}) == Path("/s/ithaca")


def test_the_schema_knows_every_key():
    schema = config.schema()
    known = {"providers", "identities", "policy", "wish", "state", "display", "sealing", "limits"}
    assert set(schema["properties"]) == known
    assert schema["additionalProperties"] is False


@given(st.text())
def test_any_text_is_settings_or_a_config_error(text):
    try:
        config.parse(text, Path("/nowhere/config.yaml"))
    except ConfigError as error:
        assert error.problems


def test_what_is_shown_is_a_part_in_front_unless_the_configuration_says_otherwise(tmp_path, sample_keyring):
    def shown(more=""):
        text = f"""
providers: {{home: {{smtp: {{host: smtp.example.org}}, pop3: {{host: pop.example.org}}}}}}
identities:
  - {{address: a@b.example, provider: home, keyring: {sample_keyring("alice")}, passphrase: {{terminal: true}}}}
{more}
"""
        return config.parse(text, tmp_path / "config.yaml")

    assert (shown().display.banner.value, shown().display.keep.value) == ("part", "none")
    other = shown("display: {banner: subject, keep: attach}")
    assert (other.display.banner.value, other.display.keep.value) == ("subject", "attach")
    assert "marked in their Subject" in config.describe(other)
    with pytest.raises(ConfigError, match="display.banner: must be one of part, subject or off"):
        shown("display: {banner: true}")
    assert shown("display: {banner: off}").display.banner.value == "off"
    assert config.state_folder({"XDG_STATE_HOME": "/s"}) == Path("/s/ithaca")


@pytest.mark.parametrize(
    ("phrase", "accepted"), [("grey geese over the harbour", True), ("geese", False), ("a b", False)]
)
def test_a_phrase_of_ones_own_has_two_words_at_least(tmp_path, sample_keyring, phrase, accepted):
    text = f"""
providers: {{home: {{smtp: {{host: smtp.example.org}}, pop3: {{host: pop.example.org}}}}}}
identities:
  - address: a@b.example
    provider: home
    keyring: {sample_keyring("alice")}
    passphrase: {{terminal: true}}
    phrase: {phrase}
"""
    if accepted:
        assert config.parse(text, tmp_path / "config.yaml").identities[0].phrase == phrase
        return
    with pytest.raises(ConfigError, match="phrase: must have"):
        config.parse(text, tmp_path / "config.yaml")

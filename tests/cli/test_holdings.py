"""How a command shows a message: with the key of this installation, where there is one; none is made for it."""

import people
from ithaca import incoming, state
from ithaca.cli import holdings
from ithaca.keyring import phrase
from ithaca.keyring.store import Keyring
from ithaca.openpgp import armor

LOOSE = holdings.Given(None, (), ("a",), None)


def test_no_key_is_made_by_looking(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert holdings.ours(LOOSE).key == b""
    assert list(tmp_path.iterdir()) == []
    made = state.installation_key(tmp_path / "ithaca")
    assert holdings.ours(LOOSE).key == made


def test_with_files_alone_nothing_of_this_installation_is_shown():
    assert holdings.presentation(LOOSE) == incoming.BARE


def test_files_alone_are_used_where_they_are_named(tmp_path):
    path = tmp_path / "alice.asc"
    path.write_bytes(armor.armor("PUBLIC KEY BLOCK", people.CERTIFICATES[people.ALICE].octets))
    keys = holdings.keys(holdings.Given(None, (), (path,), None), people.ENGINE, people.NOW)
    assert keys.secrets == ()
    (found,) = keys.lookup(people.CERTIFICATES[people.ALICE].fingerprint)
    assert found.fingerprint == people.CERTIFICATES[people.ALICE].fingerprint


def test_a_letter_is_shown_as_the_service_shows_it(monkeypatch, tmp_path):
    """Else what the service called a leak of the phrase would be nothing to whoever asks about the same letter."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    keyring = Keyring.create(tmp_path / "bob", people.ENGINE).path
    file = tmp_path / "config.yaml"
    file.write_text(
        "providers: {home: {smtp: {host: a.example}, pop3: {host: b.example}}}\n"
        "wish: {clear: offen}\n"
        "identities:\n"
        f"  - {{address: bob@openpgp.example, provider: home, keyring: {keyring}, passphrase: {{terminal: true}}}}\n"
    )
    given = holdings.Given(file, (), (), None)
    assert holdings.presentation(given).phrase is None
    made = phrase.kept(keyring)
    assert holdings.presentation(given).phrase == made
    assert holdings.presentation(given).wishes.clear == "offen"
    phrase.renew(keyring)
    (keyring / "phrase").write_bytes(b"\xff")
    assert holdings.presentation(given).phrase is None
